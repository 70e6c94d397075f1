// Caps on money: never passed, whatever 25 turns at once do; near them turns shrink and wait; at them they are refused.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Caps, createLedger, type Grant, type Ledger } from '../../../src/adapters/anthropic/ledger.ts'
import { costOf, prices } from '../../../src/adapters/anthropic/prices.ts'
import { openSqliteJournal } from '../../../src/adapters/journal/sqlite-journal.ts'
import { thisProcess } from '../../../src/adapters/journal/this-process.ts'
import { asRunId } from '../../../src/ids.ts'
import type { Clock, Purse } from '../../../src/world.ts'
import { fakeClock, hurriedClock, settled } from '../../support/clocks.ts'
import { makeTurn } from './turns.ts'

const run = asRunId('demo-abc123')
const model = 'claude-sonnet-5-5'
const sonnetOutputUsd = 10 / 1_000_000
const never = new AbortController().signal

function openPurse(): Purse {
  return openSqliteJournal({ path: ':memory:', processes: thisProcess() }).purse
}

function openLedger(caps: Partial<Caps>, clock: Clock = fakeClock()): { readonly ledger: Ledger; readonly purse: Purse } {
  const purse = openPurse()
  return { purse, ledger: createLedger({ purse, clock, caps: () => ({ runUsd: 25, dayUsd: 100, planUsd: 2, ...caps }) }) }
}

const reserve = (ledger: Ledger, more: { readonly maxTokens?: number; readonly about?: string; readonly signal?: AbortSignal } = {}) =>
  ledger.reserve({
    turn: makeTurn({ maxTokens: more.maxTokens ?? 10_000, ...(more.about === undefined ? {} : { about: more.about }) }),
    model,
    inputTokens: 0,
    signal: more.signal ?? never,
  })

function granted(grant: Grant): Extract<Grant, { kind: 'granted' }> {
  if (grant.kind !== 'granted') throw new Error(`refused: ${JSON.stringify(grant)}`)
  return grant
}

const noUsage = { inputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 0 }

describe('a reservation', () => {
  it('shares one look at the purse with those of the same moment, and counts them', async () => {
    const purse = openPurse()
    let looks = 0
    const watched: Purse = {
      ...purse,
      exclusively: (work) => {
        looks += 1
        return purse.exclusively(work)
      },
    }
    const each = 10_000 * sonnetOutputUsd
    const ledger = createLedger({ purse: watched, clock: hurriedClock(), caps: () => ({ runUsd: 3.5 * each, dayUsd: 100, planUsd: 2 }) })
    const asked = [1, 2, 3, 4].map(() => reserve(ledger))
    const grants = (await Promise.all(asked.slice(0, 3))).map(granted)
    expect(looks).toBe(1)
    expect(purse.spentUsd({ run })).toBeCloseTo(3 * each, 9)
    // The fourth would have to shrink: it waits for the others, and is given what they leave.
    for (const grant of grants) grant.settle(noUsage)
    expect(granted((await asked[3]) as Grant).maxTokens).toBe(10_000)
  })

  it('that cannot be made durable is refused with the reason, and not counted as open', async () => {
    const purse = openPurse()
    let isBroken = true
    const broken: Purse = {
      ...purse,
      exclusively: async (work) => {
        const value = await purse.exclusively(work)
        if (isBroken) throw new Error('disk full')
        return value
      },
    }
    const ledger = createLedger({ purse: broken, clock: fakeClock(), caps: () => ({ runUsd: 0.01, dayUsd: 100, planUsd: 2 }) })
    await expect(reserve(ledger)).rejects.toThrow('disk full')
    isBroken = false
    expect(await reserve(ledger)).toMatchObject({ kind: 'refused' })
  })

  it('holds the dearest way a turn can go, and gives back what was not used', async () => {
    const { ledger, purse } = openLedger({})
    const grant = granted(await ledger.reserve({ turn: makeTurn({ maxTokens: 10_000 }), model, inputTokens: 1_000, signal: never }))
    expect(purse.spentUsd({ run })).toBeCloseTo(1_000 * (2.5 / 1e6) + 10_000 * sonnetOutputUsd, 9)
    expect(grant.settle({ ...noUsage, inputTokens: 1_000, outputTokens: 50 })).toBeCloseTo(1_000 * (2 / 1e6) + 50 * sonnetOutputUsd, 9)
    expect(purse.spentUsd({ run })).toBeCloseTo(0.0025, 9)
  })

  it('costs nothing when the turn was not sent, and stays charged when its answer was lost', async () => {
    const { ledger, purse } = openLedger({})
    expect(granted(await reserve(ledger)).settle('nothing')).toBe(0)
    expect(purse.spentUsd({ run })).toBe(0)
    expect(granted(await reserve(ledger)).settle('lost')).toBeCloseTo(0.1, 9)
    expect(purse.spentUsd({ run })).toBeCloseTo(0.1, 9)
  })

  it('is settled once', async () => {
    const { ledger, purse } = openLedger({})
    const grant = granted(await reserve(ledger))
    grant.settle({ ...noUsage, outputTokens: 100 })
    expect(grant.settle('lost')).toBeCloseTo(0.001, 9)
    expect(purse.spentUsd({ run })).toBeCloseTo(0.001, 9)
  })

  it('is not made for a model without a price: token limits hold that one', async () => {
    const { ledger, purse } = openLedger({ runUsd: 0.000001 })
    const grant = await ledger.reserve({ turn: makeTurn(), model: 'claude-unknown', inputTokens: 1_000_000, signal: never })
    expect(granted(grant).maxTokens).toBe(8_192)
    expect(granted(grant).settle('lost')).toBeUndefined()
    expect(purse.spentUsd({})).toBe(0)
  })
})

describe('near a cap', () => {
  it('a turn gets fewer output tokens, as many as are left', async () => {
    const { ledger } = openLedger({ runUsd: 5_000 * sonnetOutputUsd })
    expect(granted(await reserve(ledger, { maxTokens: 10_000 })).maxTokens).toBe(5_000)
  })

  it('a turn is refused when less is left than a turn is worth, and told which cap it is', async () => {
    const { ledger } = openLedger({ runUsd: 2_000 * sonnetOutputUsd })
    expect(await reserve(ledger)).toEqual({ kind: 'refused', which: 'run', spentUsd: 0, capUsd: 0.02 })
  })

  it('a turn that wants little is not refused for wanting little', async () => {
    const { ledger } = openLedger({ runUsd: 600 * sonnetOutputUsd })
    expect(granted(await reserve(ledger, { maxTokens: 500 })).maxTokens).toBe(500)
  })

  it('waits while other turns hold what it needs, instead of shrinking, and goes on when they give it back', async () => {
    const clock = fakeClock()
    const { ledger } = openLedger({ runUsd: 12_000 * sonnetOutputUsd }, clock)
    const first = granted(await reserve(ledger))
    let second: Grant | undefined
    void reserve(ledger).then((grant) => (second = grant))
    await clock.advance(5_000)
    expect(second).toBeUndefined()
    first.settle({ ...noUsage, outputTokens: 100 })
    await clock.advance(500)
    expect(second).toMatchObject({ kind: 'granted', maxTokens: 10_000 })
  })

  it('takes what is left when nobody holds anything any more', async () => {
    const clock = fakeClock()
    const { ledger } = openLedger({ runUsd: 12_000 * sonnetOutputUsd }, clock)
    const first = granted(await reserve(ledger))
    let second: Grant | undefined
    void reserve(ledger).then((grant) => (second = grant))
    first.settle({ ...noUsage, outputTokens: 8_000 })
    await clock.advance(500)
    expect(second).toMatchObject({ kind: 'granted', maxTokens: 4_000 })
  })

  it('stops waiting when it is aborted', async () => {
    const clock = fakeClock()
    const { ledger } = openLedger({ runUsd: 10_000 * sonnetOutputUsd }, clock)
    await reserve(ledger)
    const abort = new AbortController()
    const second = reserve(ledger, { signal: abort.signal })
    await settled()
    abort.abort()
    expect((await second).kind).toBe('refused')
    expect(clock.sleeping()).toBe(0)
  })

  it('goes on under a cap that was raised meanwhile', async () => {
    const purse = openPurse()
    let runUsd = 0.001
    const ledger = createLedger({ purse, clock: fakeClock(), caps: () => ({ runUsd, dayUsd: 100, planUsd: 2 }) })
    expect((await reserve(ledger)).kind).toBe('refused')
    runUsd += 5
    expect((await reserve(ledger)).kind).toBe('granted')
  })
})

describe('which cap', () => {
  it('planning has its own, and the tightest one speaks', async () => {
    const { ledger } = openLedger({ planUsd: 0.001 })
    expect(await reserve(ledger, { about: 'plan' })).toMatchObject({ kind: 'refused', which: 'plan', capUsd: 0.001 })
    expect((await reserve(ledger)).kind).toBe('granted')
  })

  it('the day’s cap counts other runs of the same day, and begins anew at midnight UTC', async () => {
    const clock = fakeClock(Date.UTC(2026, 10, 23, 23, 59))
    const { ledger, purse } = openLedger({ dayUsd: 1 }, clock)
    purse.reserve({ run: asRunId('other-abc123'), day: '2026-11-23', part: 'work', about: 'x', usd: 1 })
    expect(await reserve(ledger)).toMatchObject({ kind: 'refused', which: 'day', spentUsd: 1, capUsd: 1 })
    await clock.advance(120_000)
    expect((await reserve(ledger)).kind).toBe('granted')
  })

  it('a long prompt makes its output dearer, and the reservation holds that too', async () => {
    const long = 'claude-haiku-5-5'
    const { ledger, purse } = openLedger({ runUsd: 0.13 })
    const inputTokens = 150_000
    const grant = granted(await ledger.reserve({ turn: makeTurn({ maxTokens: 32_000 }), model: long, inputTokens, signal: never }))
    expect(purse.spentUsd({ run })).toBeLessThanOrEqual(0.13)
    const usage = { ...noUsage, cacheWriteTokens: inputTokens, outputTokens: grant.maxTokens }
    expect(grant.settle(usage)).toBe(costOf(long, usage))
    expect(purse.spentUsd({ run })).toBeLessThanOrEqual(0.13)
  })
})

describe('25 turns at once', () => {
  const turn = fc.record({
    model: fc.constantFrom(...Object.keys(prices)),
    inputTokens: fc.integer({ min: 0, max: 200_000 }),
    maxTokens: fc.integer({ min: 1, max: 32_000 }),
    usedInput: fc.double({ min: 0, max: 1, noNaN: true }),
    usedOutput: fc.double({ min: 0, max: 1, noNaN: true }),
    ends: fc.constantFrom('usage', 'usage', 'usage', 'nothing', 'lost'),
    ticks: fc.integer({ min: 0, max: 6 }),
    about: fc.constantFrom('w1-entity', 'plan'),
  })
  const caps = fc.record({
    runUsd: fc.double({ min: 0.01, max: 5, noNaN: true }),
    dayUsd: fc.double({ min: 0.01, max: 5, noNaN: true }),
    planUsd: fc.double({ min: 0.01, max: 2, noNaN: true }),
  })

  it('never pass a cap at any moment, and every one of them ends', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(turn, { minLength: 25, maxLength: 25 }), caps, async (turns, limits) => {
        const clock = hurriedClock()
        const { ledger, purse } = openLedger(limits, clock)
        const check = () => {
          expect(purse.spentUsd({ run })).toBeLessThanOrEqual(limits.runUsd + 1e-9)
          expect(purse.spentUsd({ day: '1970-01-01' })).toBeLessThanOrEqual(limits.dayUsd + 1e-9)
          expect(purse.spentUsd({ run, part: 'plan' })).toBeLessThanOrEqual(limits.planUsd + 1e-9)
        }
        const kinds = await Promise.all(
          turns.map(async (one) => {
            const request = makeTurn({ maxTokens: one.maxTokens, about: one.about })
            const grant = await ledger.reserve({ turn: request, model: one.model, inputTokens: one.inputTokens, signal: never })
            check()
            if (grant.kind === 'refused') return grant.kind
            expect(grant.maxTokens).toBeLessThanOrEqual(one.maxTokens)
            expect(grant.maxTokens).toBeGreaterThanOrEqual(Math.min(one.maxTokens, 2_048))
            for (let tick = 0; tick < one.ticks; tick++) await clock.sleep(0)
            const usage = {
              ...noUsage,
              cacheWriteTokens: Math.floor(one.inputTokens * one.usedInput),
              outputTokens: Math.floor(grant.maxTokens * one.usedOutput),
            }
            grant.settle(one.ends === 'usage' ? usage : one.ends === 'lost' ? 'lost' : 'nothing')
            check()
            return grant.kind
          }),
        )
        expect(kinds).toHaveLength(25)
      }),
      { numRuns: 60 },
    )
  })
})
