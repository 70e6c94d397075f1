// The model over real HTTP and the real SDK: what is sent, what comes back, retries under the governor, money for every try.
import Anthropic from '@anthropic-ai/sdk'
import { describe, expect, it } from 'vitest'
import { createGovernor } from '../../../src/adapters/anthropic/governor.ts'
import { createLedger } from '../../../src/adapters/anthropic/ledger.ts'
import { createModel } from '../../../src/adapters/anthropic/model.ts'
import { openSqliteJournal } from '../../../src/adapters/journal/sqlite-journal.ts'
import { thisProcess } from '../../../src/adapters/journal/this-process.ts'
import { defaultConfig } from '../../../src/config.ts'
import { asRunId } from '../../../src/ids.ts'
import type { Model, Purse, TurnRequest } from '../../../src/world.ts'
import { fastClock } from '../../support/clocks.ts'
import { closedPort, type Reply, type Service, startService } from './service.ts'
import { makeTurn } from './turns.ts'

const never = new AbortController().signal
const run = asRunId('demo-abc123')
const sonnetOutputUsd = 10 / 1_000_000

interface Rig {
  readonly service: Service
  readonly model: Model
  readonly purse: Purse
  readonly warnings: readonly string[]
}

interface Wishes {
  readonly runUsd?: number
  readonly builder?: string
  readonly speed?: number
  /** Instead of the service. */
  readonly baseUrl?: string
}

async function open(replies: readonly Reply[], wishes: Wishes = {}): Promise<Rig> {
  const service = await startService(...replies)
  const clock = fastClock(wishes.speed ?? 50)
  const { purse } = openSqliteJournal({ path: ':memory:', processes: thisProcess() })
  const warnings: string[] = []
  const model = createModel({
    client: new Anthropic({ apiKey: 'test', baseURL: wishes.baseUrl ?? service.url, maxRetries: 0 }),
    models: { ...defaultConfig.models, builder: wishes.builder ?? 'claude-sonnet-5-5' },
    ledger: createLedger({ purse, clock, caps: () => ({ runUsd: wishes.runUsd ?? 25, dayUsd: 100, planUsd: 2 }) }),
    governor: createGovernor({ clock, concurrency: 5, random: () => 0 }),
    clock,
    log: { info: () => undefined, warn: (_, data) => warnings.push(String(data?.['message'])) },
  })
  return { service, model, purse, warnings }
}

const good: Reply = { kind: 'stream' }
const ask = (rig: Rig, turn: TurnRequest = makeTurn(), signal = never) => rig.model.turn(turn, { signal })

describe('a turn that goes well', () => {
  it('sends model, tokens, system, tools, messages and effort, and gives back content, reason, usage and cost', async () => {
    const rig = await open([
      {
        kind: 'stream',
        text: 'built',
        stopReason: 'tool_use',
        usage: { output_tokens: 200, cache_read_input_tokens: 3_000, cache_creation_input_tokens: 50 },
      },
    ])
    const tools = [{ name: 'read', description: 'reads', input_schema: { type: 'object' as const } }]
    expect(await ask(rig, makeTurn({ tools }))).toMatchObject({
      kind: 'answered',
      content: [{ type: 'text', text: 'built' }],
      stopReason: 'tool_use',
      usage: { inputTokens: 100, cacheReadTokens: 3_000, cacheWriteTokens: 50, outputTokens: 200 },
      costUsd: expect.closeTo((100 * 2 + 3_000 * 0.1 + 50 * 2.5 + 200 * 10) / 1e6, 9),
      model: 'claude-sonnet-5-5',
    })
    expect(rig.service.requests[0]?.body).toEqual({
      model: 'claude-sonnet-5-5',
      max_tokens: 8_192,
      system: [{ type: 'text', text: 'You build.' }],
      tools,
      messages: [{ role: 'user', content: 'Build it.' }],
      output_config: { effort: 'medium' },
      stream: true,
    })
    expect(rig.purse.spentUsd({ run })).toBeCloseTo((100 * 2 + 3_000 * 0.1 + 50 * 2.5 + 200 * 10) / 1e6, 9)
  })

  it.each([
    ['claude-sonnet-5-5', true],
    ['claude-opus-4-6', true],
    ['claude-mythos-preview', true],
    ['claude-haiku-4-5', false],
    ['claude-opus-4-5-20251101', false],
    ['claude-opus-4-20250514', false],
    ['claude-3-7-sonnet-20250219', false],
  ])('%s is sent an effort: %s', async (builder, takes) => {
    const rig = await open([good], { builder })
    await ask(rig)
    expect(rig.service.requests[0]?.body['output_config'] !== undefined).toBe(takes)
  })

  it.each([
    ['max_tokens', 'max_tokens'],
    ['refusal', 'refusal'],
    ['pause_turn', 'other'],
  ])('a stop for %s is %s', async (stopReason, told) => {
    expect(await ask(await open([{ kind: 'stream', stopReason }]))).toMatchObject({ stopReason: told })
  })

  it('tells once that the answer begins', async () => {
    const rig = await open([{ kind: 'broken' }, good])
    let begun = 0
    await rig.model.turn(makeTurn(), { signal: never, onFirstByte: () => begun++ })
    expect(begun).toBe(1)
  })

  it('a model without a price has no cost, and is not counted as free', async () => {
    const rig = await open([good], { builder: 'claude-unknown-9' })
    expect(await ask(rig)).toMatchObject({ kind: 'answered', costUsd: undefined })
  })
})

describe('a service that goes wrong', () => {
  it.each([
    ['a limit', { kind: 'status', status: 429, headers: { 'retry-after': '2' } }],
    ['overload', { kind: 'status', status: 529 }],
    ['an error of its own', { kind: 'status', status: 500 }],
    ['a connection that is closed at once', { kind: 'hang-up' }],
  ] as const)('%s is tried again, and costs nothing', async (_, reply) => {
    const rig = await open([reply, good])
    expect(await ask(rig)).toMatchObject({ kind: 'answered' })
    expect(rig.service.requests).toHaveLength(2)
    expect(rig.warnings).toHaveLength(1)
    expect(rig.purse.spentUsd({ run })).toBeCloseTo((100 * 2 + 10) / 1e6, 9)
  })

  it.each([
    ['an answer that breaks off', 'broken'],
    ['an answer that ends before its last word', 'cut'],
    ['an error in the middle of an answer', 'error-event'],
  ] as const)('%s is tried again; what was reserved for it stays charged and is in the turn’s cost', async (_, kind) => {
    const rig = await open([{ kind }, good])
    const result = await ask(rig)
    const spent = rig.purse.spentUsd({ run })
    expect(spent).toBeGreaterThan(8_192 * sonnetOutputUsd)
    expect(result).toMatchObject({ kind: 'answered', costUsd: expect.closeTo(spent, 9) })
  })

  it('answers that break off cannot pass a cap together: the next try needs money of its own', async () => {
    const rig = await open([{ kind: 'broken' }], { runUsd: 8_192 * sonnetOutputUsd * 1.1 })
    expect(await ask(rig)).toMatchObject({ kind: 'out-of-budget', which: 'run' })
    expect(rig.service.requests).toHaveLength(1)
    expect(rig.purse.spentUsd({ run })).toBeLessThanOrEqual(8_192 * sonnetOutputUsd * 1.1)
  })

  it('is given up after six failures, with the last one’s words', async () => {
    const rig = await open([{ kind: 'status', status: 503 }], { speed: 500 })
    expect(await ask(rig)).toMatchObject({
      kind: 'rejected',
      status: 503,
      message: expect.stringMatching(/^the service failed 6 times: .*503/u),
    })
    expect(rig.service.requests).toHaveLength(6)
  })

  it.each([
    [401, 'invalid x-api-key'],
    [404, 'model: claude-nobody'],
  ])('%i is not tried again, costs nothing, and is told in the service’s own words', async (status, words) => {
    const rig = await open([{ kind: 'status', status, words }, good])
    expect(await ask(rig)).toEqual({ kind: 'rejected', status, message: words })
    expect(rig.service.requests).toHaveLength(1)
    expect(rig.purse.spentUsd({ run })).toBe(0)
  })

  it('that cannot be reached is told by the reason of the connection, and costs nothing', async () => {
    const rig = await open([{ kind: 'hang-up' }], { speed: 500, baseUrl: await closedPort() })
    expect(await ask(rig)).toEqual({
      kind: 'rejected',
      status: 0,
      message: expect.stringMatching(/^the service failed 6 times: .*ECONNREFUSED/u),
    })
    expect(rig.purse.spentUsd({ run })).toBe(0)
  })

  it('a page of a proxy instead of an answer is tried again', async () => {
    const rig = await open([{ kind: 'page' }, good])
    expect(await ask(rig)).toMatchObject({ kind: 'answered' })
    expect(rig.service.requests).toHaveLength(2)
  })

  it('a request that is wrong is not tried again', async () => {
    const rig = await open([{ kind: 'status', status: 400 }, good])
    expect(await ask(rig)).toMatchObject({ kind: 'rejected', status: 400, message: expect.stringContaining('status 400') })
    expect(rig.service.requests).toHaveLength(1)
    expect(rig.purse.spentUsd({ run })).toBe(0)
  })

  it('an answer that says nothing for minutes is given up and tried again', async () => {
    const rig = await open([{ kind: 'silent' }, good], { speed: 2_000 })
    expect(await ask(rig)).toMatchObject({ kind: 'answered' })
    expect(rig.warnings).toEqual(['the service said nothing for 5 minutes'])
  })

  it('a service that never begins to answer is given up too', async () => {
    const rig = await open([{ kind: 'never' }, good], { speed: 2_000 })
    expect(await ask(rig)).toMatchObject({ kind: 'answered' })
    expect(rig.service.requests).toHaveLength(2)
  })
})

describe('limits', () => {
  it('longer than a wait end the turn with the time they end', async () => {
    const rig = await open([{ kind: 'status', status: 429, headers: { 'retry-after': '3600' } }])
    const before = Date.now()
    const result = await ask(rig)
    expect(result.kind).toBe('rate-limited')
    expect(result.kind === 'rate-limited' ? result.untilMs - before : 0).toBeGreaterThan(3_500_000)
    expect(rig.purse.spentUsd({ run })).toBe(0)
  })

  it('that go on for ten minutes end it too', async () => {
    const rig = await open([{ kind: 'status', status: 429, headers: { 'retry-after': '200' } }], { speed: 5_000 })
    expect((await ask(rig)).kind).toBe('rate-limited')
    expect(rig.service.requests.length).toBeGreaterThanOrEqual(3)
  })

  it('of an empty bucket hold the next turn back until a tenth of it is back', async () => {
    const reset = new Date(Date.now() + 400_000).toISOString()
    const rig = await open([
      { kind: 'stream', headers: { 'anthropic-ratelimit-input-tokens-remaining': '0', 'anthropic-ratelimit-input-tokens-reset': reset } },
      good,
    ])
    await ask(rig)
    const before = Date.now()
    await ask(rig, makeTurn({ turn: 2 }))
    expect(Date.now() - before).toBeGreaterThan(400)
  })
})

describe('money', () => {
  it('near the cap a turn is sent with fewer tokens, at it not at all', async () => {
    const rig = await open([{ kind: 'stream', usage: { output_tokens: 3_000 } }], { runUsd: 0.05 })
    await ask(rig)
    expect(rig.service.requests[0]?.body['max_tokens']).toBeLessThan(5_000)
    expect(await ask(rig, makeTurn({ turn: 2 }))).toMatchObject({ kind: 'out-of-budget', which: 'run', capUsd: 0.05 })
    expect(rig.service.requests).toHaveLength(1)
    expect(rig.purse.spentUsd({ run })).toBeLessThan(0.05)
  })

  it('the input that the service counted is what the next turn of a conversation is reserved by', async () => {
    const rig = await open([{ kind: 'stream', usage: { input_tokens: 500_000 } }, { kind: 'never' }])
    await ask(rig)
    const settled = rig.purse.spentUsd({ run })
    const abort = new AbortController()
    const second = ask(rig, makeTurn({ turn: 2 }), abort.signal)
    while (rig.service.requests.length < 2) await new Promise((resolve) => setTimeout(resolve, 5))
    expect(rig.purse.spentUsd({ run }) - settled).toBeGreaterThan(500_000 * (2.5 / 1e6))
    abort.abort()
    await second
  })

  it('parts that stood in an earlier request count as much as parts that did not', async () => {
    const reserved = async (turns: readonly Parameters<typeof makeTurn>[0][]) => {
      const rig = await open(turns.map(() => ({ kind: 'never' as const })))
      const abort = new AbortController()
      const asked: Promise<unknown>[] = []
      let beforeLastUsd = 0
      for (const turn of turns) {
        beforeLastUsd = rig.purse.spentUsd({ run })
        asked.push(ask(rig, makeTurn(turn), abort.signal))
        while (rig.service.requests.length < asked.length) await new Promise((resolve) => setTimeout(resolve, 5))
      }
      const lastUsd = rig.purse.spentUsd({ run }) - beforeLastUsd
      abort.abort()
      await Promise.all(asked)
      return lastUsd
    }
    const messages = ['one', 'two', 'three'].map((text) => ({ role: 'user' as const, content: text.repeat(5_000) }))
    const again = await reserved([{ messages: messages.slice(0, 2) }, { messages, conversation: { run, about: 'other', attempt: 1 } }])
    expect(again).toBeCloseTo(await reserved([{ messages: structuredClone(messages) }]), 9)
  })

  it('text of dense scripts is not reserved too low: three bytes a token', async () => {
    const rig = await open([{ kind: 'never' }])
    const abort = new AbortController()
    const turn = ask(rig, makeTurn({ maxTokens: 1, messages: [{ role: 'user', content: '配额'.repeat(10_000) }] }), abort.signal)
    while (rig.service.requests.length < 1) await new Promise((resolve) => setTimeout(resolve, 5))
    expect(rig.purse.spentUsd({ run })).toBeGreaterThan(20_000 * (2.5 / 1e6))
    abort.abort()
    await turn
  })
})

describe('an abort', () => {
  it.each([
    ['before the answer begins', { kind: 'never' }, 0],
    ['in the middle of an answer: what was reserved stays charged', { kind: 'silent' }, 8_192 * sonnetOutputUsd],
  ] as const)('%s ends the turn within a second', async (_, reply, leastUsd) => {
    const rig = await open([reply])
    const abort = new AbortController()
    const turn = ask(rig, makeTurn(), abort.signal)
    await new Promise((resolve) => setTimeout(resolve, 150))
    const before = Date.now()
    abort.abort()
    expect(await turn).toEqual({ kind: 'cancelled' })
    expect(Date.now() - before).toBeLessThan(1_000)
    expect(rig.purse.spentUsd({ run })).toBeGreaterThanOrEqual(leastUsd)
    if (leastUsd === 0) expect(rig.purse.spentUsd({ run })).toBe(0)
  })

  it('before the turn sends nothing', async () => {
    const rig = await open([good])
    expect(await ask(rig, makeTurn(), AbortSignal.abort())).toEqual({ kind: 'cancelled' })
    expect(rig.service.requests).toHaveLength(0)
    expect(rig.purse.spentUsd({ run })).toBe(0)
  })

  it('while it waits for a limit ends the turn', async () => {
    const rig = await open([{ kind: 'status', status: 429, headers: { 'retry-after': '200' } }], { speed: 1 })
    const abort = new AbortController()
    const turn = ask(rig, makeTurn(), abort.signal)
    while (rig.warnings.length < 1) await new Promise((resolve) => setTimeout(resolve, 5))
    abort.abort()
    expect(await turn).toEqual({ kind: 'cancelled' })
  })
})
