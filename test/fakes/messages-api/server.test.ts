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

describe('refusals', () => {
  const call = (id: string) => ({ type: 'tool_use' as const, id, name: 'read', input: {} })
  const result = (id: string) => ({ type: 'tool_result' as const, tool_use_id: id, content: 'x' })
  it.each<[string, unknown, number, RegExp]>([
    ['an unknown model', { model: 'claude-none' }, 404, /model: claude-none/u],
    ['no max_tokens', { max_tokens: undefined }, 400, /max_tokens: Field required/u],
    ['an unknown field', { extra: 1 }, 400, /extra: Extra inputs are not permitted/u],
    ['no messages', { messages: [] }, 400, /at least one message/u],
    ['an assistant first', { messages: [{ role: 'assistant', content: 'x' }] }, 400, /first message/u],
    ['empty text', { messages: [{ role: 'user', content: [{ type: 'text', text: '' }] }] }, 400, /non-empty/u],
    [
      'a tool call without result',
      { messages: [user('a'), { role: 'assistant', content: [call('t1')] }, user('b')] },
      400,
      /without tool_result/u,
    ],
    ['a result without a call', { messages: [{ role: 'user', content: [result('t9')] }] }, 400, /unexpected tool_use_id/u],
    [
      'results behind words',
      {
        messages: [
          user('a'),
          { role: 'assistant', content: [call('t1')] },
          { role: 'user', content: [{ type: 'text', text: 'x' }, result('t1')] },
        ],
      },
      400,
      /come first/u,
    ],
    ['one id twice', { messages: [user('a'), { role: 'assistant', content: [call('t1'), call('t1')] }] }, 400, /unique/u],
    ['one tool twice', { tools: [tool, tool] }, 400, /unique/u],
    ['a tool name with a space', { tools: [{ ...tool, name: 'a b' }] }, 400, /pattern/u],
    ['a schema that is no object', { tools: [{ ...tool, input_schema: { type: 'string' } }] }, 400, /'object'/u],
    [
      'five breakpoints',
      {
        messages: [
          { role: 'user', content: [1, 2, 3, 4, 5].map((n) => ({ type: 'text', text: `${n}`, cache_control: { type: 'ephemeral' } })) },
        ],
      },
      400,
      /maximum of 4/u,
    ],
  ])('%s', async (_, change, status, words) => {
    const client = await open(script(hello))
    await expect(client.messages.create({ ...base, ...(change as object) } as Body)).rejects.toMatchObject({
      status,
      message: expect.stringMatching(words),
    })
  })
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

  it('a cut stream is an error, never a short answer', async () => {
    const client = await open(() => ({ content: [text('word '.repeat(500))], fault: { kind: 'cut', afterEvents: 4 } }))
    await expect(client.messages.stream(base).finalMessage()).rejects.toThrow()
  })

  it('more requests a minute than allowed are 429 with retry-after', async () => {
    const client = await open(script(hello), { requestsPerMinute: 1 })
    await client.messages.create(base)
    const error = await client.messages.create(base).catch((cause: unknown) => cause)
    expect(error).toMatchObject({ status: 429 })
    expect((error as InstanceType<typeof Anthropic.APIError>).headers?.get('retry-after')).toBeTruthy()
  })
})
