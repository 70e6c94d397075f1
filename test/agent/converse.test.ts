// A conversation over a scripted model: what is sent, what is recorded, what is never paid or run twice, and every way it ends.
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type ConverseParts, createConverse } from '../../src/agent/converse.ts'
import { asRunId } from '../../src/ids.ts'
import type { ConversationRequest, Message, Tool, TurnReport } from '../../src/world.ts'
import { fakeClock } from '../support/clocks.ts'
import { answered, type Call, calls, memoryJournal, type Step, scripted, words } from './scripted-model.ts'

const limits = { maxTurns: 20, maxTokens: 1_000_000, maxUsd: 10, maxWallMs: 1_000_000 }

/** `note` writes down what it is told, `read` only looks, `end` ends. */
function tools(ran: string[]): readonly Tool<string>[] {
  const text = z.strictObject({ text: z.string() })
  const noting = (name: string): Tool<string> => ({
    name,
    description: name,
    input: text,
    run: async (raw) => {
      const told = text.parse(raw).text
      ran.push(`${name} ${told}`)
      return { text: `${name}: ${told}`, isError: false }
    },
  })
  const end: Tool<string> = {
    name: 'end',
    description: 'end',
    input: text,
    run: async (raw) => {
      ran.push('end')
      return { text: 'over', isError: false, ends: text.parse(raw).text }
    },
  }
  return [noting('read'), noting('note'), end]
}

interface Talking {
  readonly steps: readonly Step[]
  readonly request?: Partial<ConversationRequest<string>>
  readonly parts?: Partial<ConverseParts>
  readonly journal?: ReturnType<typeof memoryJournal>
}

async function talk({ steps, request = {}, parts = {}, journal = memoryJournal() }: Talking) {
  const ran: string[] = []
  const model = scripted(...steps)
  const reports: TurnReport[] = []
  const { end, use } = await createConverse({ model, journal, clock: fakeClock(), ...parts })<string>({
    key: { run: asRunId('demo-abc123'), about: 'w1-entity', attempt: 2 },
    role: 'builder',
    effort: 'medium',
    system: 'You build.',
    firstMessage: 'Build it.',
    tools: tools(ran),
    limits,
    signal: new AbortController().signal,
    afterTurn: (report) => reports.push(report),
    ...request,
  })
  return { end, use, ran, requests: model.requests, journal, reports }
}

const note = (text: string): Call => ['note', { text }]
const end: Call = ['end', { text: 'done' }]
const lastResults = (request: { readonly messages: readonly Message[] } | undefined) =>
  (request?.messages.at(-1)?.content ?? []) as readonly {
    readonly type: string
    readonly tool_use_id?: string
    readonly content?: string
    readonly is_error?: boolean
    readonly text?: string
  }[]

describe('turns', () => {
  it('go on until a tool ends the conversation, and are summed up', async () => {
    const { end: over, use, ran, reports } = await talk({ steps: [calls(1, note('a')), calls(2, end)] })
    expect(over).toEqual({ kind: 'ended', value: 'done' })
    expect(ran).toEqual(['note a', 'end'])
    expect(use).toEqual({
      turns: 2,
      toolCalls: 2,
      usage: { inputTokens: 200, cacheReadTokens: 2_000, cacheWriteTokens: 100, outputTokens: 40 },
      costUsd: 0.02,
    })
    expect(reports.map(({ turn, lastTools, replayed }) => [turn, lastTools, replayed])).toEqual([
      [1, ['note'], false],
      [2, ['end'], false],
    ])
  })

  it('send every result with the id of its call, in the order asked, and the answer as it came', async () => {
    const { requests } = await talk({ steps: [calls(1, note('a'), ['read', { text: 'b' }], note('c')), calls(2, end)] })
    expect(requests[1]?.messages.map((message) => message.role)).toEqual(['user', 'assistant', 'user'])
    expect(lastResults(requests[1]).map(({ type, tool_use_id, content }) => [type, tool_use_id, content])).toEqual([
      ['tool_result', 't1c0', 'note: a'],
      ['tool_result', 't1c1', 'read: b'],
      ['tool_result', 't1c2', 'note: c'],
    ])
  })

  it('set one breakpoint behind what siblings share and move another with the newest messages, four at most', async () => {
    const { requests } = await talk({ steps: [calls(1, note('a')), calls(2, note('b')), calls(3, note('c')), calls(4, end)] })
    const marks = (request: (typeof requests)[number] | undefined) =>
      (request?.messages ?? []).map((message) => JSON.stringify(message).split('"cache_control"').length - 1)
    expect(marks(requests[0])).toEqual([1])
    expect(marks(requests[3])).toEqual([0, 0, 0, 0, 1, 0, 1])
    expect(requests.every((request) => request.system[0]?.cache_control?.type === 'ephemeral')).toBe(true)
    expect(new Set(requests.map((request) => JSON.stringify([request.tools, request.system]))).size).toBe(1)
  })

  it('tell the model what is wrong with a call, and go on', async () => {
    const { requests, ran } = await talk({
      steps: [calls(1, ['note', { txt: 1 }], ['nope', {}], note('ok')), calls(2, end)],
    })
    const [bad, unknown, good] = lastResults(requests[1])
    expect(bad).toMatchObject({ is_error: true, content: expect.stringContaining('text: ') })
    expect(unknown).toMatchObject({ is_error: true, content: 'There is no tool nope. There are: read, note, end.' })
    expect(good?.is_error).toBeUndefined()
    expect(ran).toEqual(['note ok', 'end'])
  })

  it('run nothing behind the call that ends', async () => {
    const { ran } = await talk({ steps: [calls(1, end, note('late'))] })
    expect(ran).toEqual(['end'])
  })

  it('do not run a call that was cut at the output limit', async () => {
    const cut = { ...calls(1, note('whole'), note('ha')), stopReason: 'max_tokens' as const }
    const { requests, ran } = await talk({ steps: [cut, calls(2, end)] })
    expect(ran).toEqual(['note whole', 'end'])
    expect(lastResults(requests[1])[1]).toMatchObject({ is_error: true, content: expect.stringContaining('smaller pieces') })
  })

  it('run reading calls of one answer together, and all in order as soon as one may write', async () => {
    const order: string[] = []
    const slow = (name: string, ms: number): Tool<string> => ({
      name,
      description: '',
      input: z.object({}),
      run: async () => {
        await new Promise((resolve) => setTimeout(resolve, ms))
        order.push(name)
        return { text: '', isError: false }
      },
    })
    const request = { tools: [slow('read', 40), slow('grep', 5), slow('write', 5), ...tools([])] }
    await talk({ steps: [calls(1, ['read', {}], ['grep', {}]), calls(2, ['read', {}], ['write', {}]), calls(3, end)], request })
    expect(order).toEqual(['grep', 'read', 'read', 'write'])
  })
})

describe('words without a call', () => {
  it('are answered once with what ends the work, then it is over', async () => {
    const { end: over, requests } = await talk({ steps: [words('I think…'), words('Well.')] })
    expect(over).toEqual({ kind: 'ran-dry', lastText: 'Well.' })
    expect(lastResults(requests[1])[0]?.text).toContain('end it with end')
  })

  it('that were cut count for nothing, and an empty answer is never sent back empty', async () => {
    const { end: over, requests } = await talk({
      steps: [words('long', 'max_tokens'), words('', 'max_tokens'), words('long', 'max_tokens'), calls(4, end)],
    })
    expect(over).toEqual({ kind: 'ended', value: 'done' })
    expect(requests[3]?.messages.every((message) => (message.content?.length ?? 0) > 0)).toBe(true)
    expect(JSON.stringify(requests[3]?.messages)).toContain('(no answer)')
  })
})

describe('the end', () => {
  it.each([
    [{ kind: 'out-of-budget', which: 'run', spentUsd: 25, capUsd: 25 } as const],
    [{ kind: 'rate-limited', untilMs: 5 } as const],
    [{ kind: 'rejected', status: 400, message: 'bad' } as const],
  ])('is the service’s %j, and is not recorded', async (result) => {
    const { end: over, journal } = await talk({ steps: [result] })
    expect(over).toEqual(result)
    expect(journal.keys()).toEqual([])
  })

  it('is a refusal in the model’s words', async () => {
    expect((await talk({ steps: [words('I will not.', 'refusal')] })).end).toEqual({ kind: 'refused', message: 'I will not.' })
  })

  it.each([
    ['turns', { maxTurns: 2 }],
    ['tokens', { maxTokens: 2_000 }],
    ['usd', { maxUsd: 0.015 }],
  ] as const)('is the limit of %s', async (which, less) => {
    const { end: over, use } = await talk({
      steps: [calls(1, note('a')), calls(2, note('b'))],
      request: { limits: { ...limits, ...less } },
    })
    expect(over).toEqual({ kind: 'limit', which })
    expect(use.turns).toBe(2)
  })

  it('is the limit of time', async () => {
    const clock = fakeClock()
    const slow: Step = async () => {
      await clock.advance(60)
      return calls(1, note('a'))
    }
    const { end: over } = await talk({ steps: [slow, slow], parts: { clock }, request: { limits: { ...limits, maxWallMs: 100 } } })
    expect(over).toEqual({ kind: 'limit', which: 'wall' })
  })

  it('is a loop when one call gives one result six times while nothing changes; from the third time on it is told', async () => {
    const steps = Array.from({ length: 9 }, (_, index) => calls(index + 1, note('same')))
    const { end: over, requests, use } = await talk({ steps })
    expect(over).toEqual({ kind: 'limit', which: 'loop' })
    expect(use.turns).toBe(6)
    expect(lastResults(requests[2])[0]?.content).toBe('note: same')
    expect(lastResults(requests[3])[0]?.content).toContain('3 times')
  })

  it('is no loop when the files change in between', async () => {
    let state = 0
    const steps = [...Array.from({ length: 9 }, (_, index) => calls(index + 1, note('go test'))), calls(10, end)]
    const { end: over } = await talk({ steps, request: { saveState: async () => String(state++) } })
    expect(over.kind).toBe('ended')
  })

  it('is an interruption before the next turn when a finish is asked, and at once when it is aborted', async () => {
    const finish = new AbortController()
    const first: Step = () => {
      finish.abort()
      return calls(1, note('a'))
    }
    const finished = await talk({ steps: [first, calls(2, end)], request: { finishTurn: finish.signal } })
    expect(finished.end).toEqual({ kind: 'interrupted' })
    expect(finished.ran).toEqual(['note a'])
    const stop = new AbortController()
    const aborted = await talk({
      steps: [
        () => {
          stop.abort()
          return { kind: 'cancelled' }
        },
      ],
      request: { signal: stop.signal },
    })
    expect(aborted.end).toEqual({ kind: 'interrupted' })
  })

  it('does not record the result of a call that was aborted', async () => {
    const stop = new AbortController()
    const journal = memoryJournal()
    const killed: Tool<string> = {
      name: 'bash',
      description: '',
      input: z.object({}),
      run: async () => {
        stop.abort()
        return { text: '[cancelled]', isError: true }
      },
    }
    const { end: over } = await talk({
      steps: [calls(1, note('a'), ['bash', {}])],
      journal,
      request: { signal: stop.signal, tools: [...tools([]), killed] },
    })
    expect(over).toEqual({ kind: 'interrupted' })
    expect(journal.keys()).toEqual(['w1-entity/a2/t1/model', 'w1-entity/a2/t1/tool/0'])
  })
})

describe('a resumed conversation', () => {
  it('pays no recorded turn again, runs no recorded call again, and sends the same messages', async () => {
    const journal = memoryJournal()
    const steps = [calls(1, note('a'), note('b')), calls(2, note('c'))]
    const first = await talk({ steps: [...steps, { kind: 'rate-limited', untilMs: 5 }], journal })
    const second = await talk({ steps: [calls(3, end)], journal })
    expect(second.end).toEqual({ kind: 'ended', value: 'done' })
    expect(second.ran).toEqual(['end'])
    expect(second.requests).toHaveLength(1)
    expect(second.requests[0]).toEqual(first.requests[2])
    expect(second.use).toMatchObject({ turns: 3, costUsd: 0.03 })
    expect(second.reports.map((report) => report.replayed)).toEqual([true, true, false])
  })

  it('runs only the calls of a turn that have no record, from the files as the recorded ones left them', async () => {
    const journal = memoryJournal()
    const states: string[] = []
    let writes = 0
    const crash: Tool<string> = {
      name: 'crash',
      description: '',
      input: z.object({}),
      run: () => Promise.reject(new Error('killed')),
    }
    const request = { saveState: async () => `tree-${++writes}` }
    const turn = calls(1, note('a'), note('b'), ['crash', {}])
    await expect(talk({ steps: [turn], journal, request: { ...request, tools: [...tools([]), crash] } })).rejects.toThrow('killed')
    const mended: Tool<string> = { ...crash, run: async () => ({ text: 'fine', isError: false }) }
    const ran: string[] = []
    const { end: over } = await talk({
      steps: [calls(2, end)],
      journal,
      request: { ...request, tools: [...tools(ran), mended], restoreState: async (state) => void states.push(state) },
    })
    expect(over.kind).toBe('ended')
    expect(states).toEqual(['tree-2'])
    expect(ran).toEqual(['end'])
  })

  it('that is recorded to its end asks nobody and touches no file', async () => {
    const journal = memoryJournal()
    await talk({ steps: [calls(1, note('a')), calls(2, end)], journal })
    let restored = 0
    const again = await talk({ steps: [], journal, request: { restoreState: async () => void restored++ } })
    expect(again.end).toEqual({ kind: 'ended', value: 'done' })
    expect([again.requests.length, restored]).toEqual([0, 0])
  })

  it('says once that the prefix is warm, also when the first turn is read from the record', async () => {
    const journal = memoryJournal()
    let told = 0
    const request = { onFirstByte: () => void told++ }
    await talk({ steps: [calls(1, note('a')), { kind: 'rate-limited', untilMs: 1 }], journal, request })
    expect(told).toBe(1)
    await talk({ steps: [calls(2, end)], journal, request })
    expect(told).toBe(2)
  })
})

describe('a long conversation', () => {
  it('shortens older results at once when a request grew too large, and keeps every pair of call and result', async () => {
    const long = 'x'.repeat(5_000)
    const big = { inputTokens: 10, cacheReadTokens: 130_000, cacheWriteTokens: 0, outputTokens: 10 }
    const steps = Array.from({ length: 20 }, (_, index) =>
      answered({ ...calls(index + 1, note(`${index} ${long}`)), ...(index >= 15 ? { usage: big } : {}) }),
    )
    const { requests } = await talk({
      steps: [...steps, calls(21, end)],
      request: { limits: { ...limits, maxTurns: 30, maxTokens: 10_000_000 } },
    })
    const sizes = (request: (typeof requests)[number] | undefined) =>
      (request?.messages ?? []).flatMap((message) =>
        Array.isArray(message.content)
          ? message.content.flatMap((block) => (block.type === 'tool_result' ? [String(block.content).length] : []))
          : [],
      )
    expect(sizes(requests[15]).every((size) => size > 5_000)).toBe(true)
    const after = sizes(requests[16])
    expect(after.filter((size) => size < 400)).toHaveLength(4)
    expect(after.slice(-12).every((size) => size > 5_000)).toBe(true)
    for (const request of requests) {
      const blocks = request.messages.flatMap((message) => (Array.isArray(message.content) ? message.content : []))
      const asked = blocks.flatMap((block) => (block.type === 'tool_use' ? [block.id] : []))
      const given = blocks.flatMap((block) => (block.type === 'tool_result' ? [block.tool_use_id] : []))
      expect(given).toEqual(asked)
    }
  })
})
