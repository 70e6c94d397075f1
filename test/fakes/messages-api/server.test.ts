// The strict server through the real SDK: its streams, its refusals, its cache, its faults.
import Anthropic from '@anthropic-ai/sdk'
import { afterEach, describe, expect, it } from 'vitest'
import { type Answer, script, text, toolUse } from './answers.ts'
import { type MessagesApi, type MessagesApiOptions, startMessagesApi } from './server.ts'

let api: MessagesApi | undefined
afterEach(async () => {
  await api?.close()
})

async function open(answer: MessagesApiOptions['answer'], more: Partial<MessagesApiOptions> = {}): Promise<Anthropic> {
  api = await startMessagesApi({ answer, ...more })
  return new Anthropic({ apiKey: 'k', baseURL: api.url, maxRetries: 0 })
}

const hello: Answer = { content: [text('hello')] }
const tool = { name: 'read', description: 'd', input_schema: { type: 'object' as const } }
const user = (content: string) => ({ role: 'user' as const, content })
type Body = Anthropic.MessageCreateParamsNonStreaming
const base: Body = { model: 'claude-sonnet-5-5', max_tokens: 100, messages: [user('hi')] }

describe('answers', () => {
  it('stream words and tool calls in pieces that the SDK puts together', async () => {
    const long = { path: 'a.go', content: 'x'.repeat(3000) }
    const client = await open(script({ content: [text('I write.'), toolUse('write', long)] }))
    const message = await client.messages.stream({ ...base, tools: [{ ...tool, name: 'write' }] }).finalMessage()
    expect(message.stop_reason).toBe('tool_use')
    expect(message.content).toMatchObject([
      { type: 'text', text: 'I write.' },
      { type: 'tool_use', name: 'write', input: long },
    ])
  })

  it('count tokens as a request uses them', async () => {
    const client = await open(script(hello))
    const { max_tokens: _, ...counted } = { ...base, system: 'You are brief.', tools: [tool] }
    const { input_tokens: tokens } = await client.messages.countTokens(counted)
    const message = await client.messages.create({ ...counted, max_tokens: 10 })
    expect(message.usage.input_tokens + (message.usage.cache_read_input_tokens ?? 0)).toBe(tokens)
  })
})

it('a refusal reaches the SDK as the error it is', async () => {
  const client = await open(script(hello))
  const unknown = client.messages.create({ ...base, model: 'claude-none' })
  await expect(unknown).rejects.toMatchObject({ status: 404, message: expect.stringMatching(/model: claude-none/u) })
  await expect(client.messages.create({ ...base, max_tokens: 0 })).rejects.toMatchObject({ status: 400 })
})

describe('the prefix cache', () => {
  const system = (words: string) => [{ type: 'text' as const, text: words, cache_control: { type: 'ephemeral' as const } }]
  const long = 'shared '.repeat(2000)
  const ask = async (client: Anthropic, words: string, message: string) =>
    (await client.messages.create({ ...base, system: system(words), messages: [user(message)] })).usage

  it('a sibling reads what the first one wrote; another prefix does not', async () => {
    const client = await open(script(hello))
    expect(await ask(client, long, 'one')).toMatchObject({ cache_read_input_tokens: 0, cache_creation_input_tokens: expect.any(Number) })
    expect((await ask(client, long, 'two')).cache_read_input_tokens).toBeGreaterThan(3000)
    expect((await ask(client, `other ${long}`, 'two')).cache_read_input_tokens).toBe(0)
  })

  it('siblings that start before the first answer begins read nothing', async () => {
    const client = await open(() => ({ ...hello, firstTokenDelayMs: 50 }))
    const usages = await Promise.all(['one', 'two', 'three'].map((message) => ask(client, long, message)))
    expect(usages.filter((usage) => (usage.cache_read_input_tokens ?? 0) === 0).length).toBeGreaterThanOrEqual(1)
    expect((await ask(client, long, 'four')).cache_read_input_tokens).toBeGreaterThan(3000)
  })

  it('a short prefix is not cached, and an entry lives five minutes after its last use', async () => {
    let now = 0
    const client = await open(script(hello), { now: () => now })
    await ask(client, 'short', 'one')
    expect((await ask(client, 'short', 'two')).cache_read_input_tokens).toBe(0)
    await ask(client, long, 'one')
    now += 4 * 60_000
    expect((await ask(client, long, 'two')).cache_read_input_tokens).toBeGreaterThan(3000)
    now += 4 * 60_000
    expect((await ask(client, long, 'three')).cache_read_input_tokens).toBeGreaterThan(3000)
    now += 6 * 60_000
    expect((await ask(client, long, 'four')).cache_read_input_tokens).toBe(0)
  })
})

describe('bad days', () => {
  it.each([401, 429, 500, 529] as const)('status %i reaches the SDK as what it is', async (status) => {
    const client = await open(() => ({ ...hello, fault: { kind: 'status', status, retryAfterS: 7 } }))
    await expect(client.messages.create(base)).rejects.toMatchObject({ status })
  })

  it.each([
    ['a cut stream', { kind: 'cut', afterEvents: 4 }],
    ['a stream that says it failed', { kind: 'error-event', afterEvents: 4 }],
    ['a connection that dies', { kind: 'reset' }],
    ['a page of a proxy', { kind: 'not-json' }],
  ] as const)('%s is an error, never a short answer', async (_, fault) => {
    const client = await open(() => ({ content: [text('word '.repeat(500))], fault }))
    await expect(client.messages.stream(base).finalMessage()).rejects.toThrow()
  })

  it('slow tokens come one by one', async () => {
    const client = await open(() => ({ content: [text('word '.repeat(240))], tokenDelayMs: 20 }))
    const times: number[] = []
    const stream = client.messages.stream(base).on('text', () => times.push(performance.now()))
    await stream.finalMessage()
    expect(times).toHaveLength(3)
    expect((times[2] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(35)
  })

  it('more requests a minute than allowed are 429 with retry-after, and the headers say what is left', async () => {
    const client = await open(script(hello), { requestsPerMinute: 1 })
    const { response } = await client.messages.create(base).withResponse()
    expect(response.headers.get('anthropic-ratelimit-requests-remaining')).toBe('0')
    const error = await client.messages.create(base).catch((cause: unknown) => cause)
    expect(error).toMatchObject({ status: 429 })
    expect((error as InstanceType<typeof Anthropic.APIError>).headers?.get('retry-after')).toBe('60')
  })

  it('a prompt beyond the window is refused, not cut', async () => {
    const client = await open(script(hello))
    const long = client.messages.create({ ...base, model: 'claude-haiku-4-5', messages: [user('word '.repeat(200_000))] })
    await expect(long).rejects.toMatchObject({ status: 400, message: expect.stringMatching(/prompt is too long/u) })
  })
})
