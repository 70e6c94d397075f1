// One governor for all agents, on a clock that the test moves: slots, back-off, long limits, aborts.
import { describe, expect, it } from 'vitest'
import { createGovernor, type Governor } from '../../../src/adapters/anthropic/governor.ts'
import { type FakeClock, fakeClock, settled } from '../../support/clocks.ts'

const never = new AbortController().signal

function open(concurrency = 4, random = 1): { readonly governor: Governor; readonly clock: FakeClock } {
  const clock = fakeClock(1_000_000)
  return { clock, governor: createGovernor({ clock, concurrency, random: () => random }) }
}

/** Asks for slots, and counts who was granted by now. */
function ask(
  governor: Governor,
  times: number,
  signal = never,
): { readonly granted: () => number; readonly all: Promise<readonly string[]> } {
  let granted = 0
  const all = Array.from({ length: times }, async () => {
    const slot = await governor.enter(signal)
    if (slot.kind === 'granted') granted += 1
    return slot.kind
  })
  return { granted: () => granted, all: Promise.all(all) }
}

describe('slots', () => {
  it('lets as many in as there are, and the next when one is done', async () => {
    const { governor } = open(2)
    const asked = ask(governor, 5)
    await settled()
    expect(asked.granted()).toBe(2)
    governor.done({ kind: 'ok' })
    await settled()
    expect(asked.granted()).toBe(3)
  })

  it('an abort ends the wait for a slot', async () => {
    const { governor } = open(1)
    await governor.enter(never)
    const abort = new AbortController()
    const asked = ask(governor, 3, abort.signal)
    await settled()
    abort.abort()
    expect(await asked.all).toEqual(['cancelled', 'cancelled', 'cancelled'])
  })

  it('an aborted request gives its slot back and says nothing of limits', async () => {
    const { governor, clock } = open(2)
    await governor.enter(never)
    governor.done({ kind: 'nothing' })
    const asked = ask(governor, 2)
    await settled()
    expect(asked.granted()).toBe(2)
    expect(clock.sleeping()).toBe(0)
  })
})

describe('a limit', () => {
  it('holds everybody back for as long as the service said', async () => {
    const { governor, clock } = open()
    await governor.enter(never)
    governor.done({ kind: 'limited', retryAfterMs: 30_000 })
    const asked = ask(governor, 2)
    await clock.advance(29_000)
    expect(asked.granted()).toBe(0)
    await clock.advance(1_000)
    expect(asked.granted()).toBe(2)
  })

  it('halves what may run at once; each success gives one back', async () => {
    const { governor, clock } = open(8)
    await governor.enter(never)
    governor.done({ kind: 'limited', retryAfterMs: 1_000 })
    const asked = ask(governor, 20)
    await clock.advance(1_000)
    expect(asked.granted()).toBe(4)
    governor.done({ kind: 'ok' })
    await settled()
    expect(asked.granted()).toBe(6)
  })

  it('is counted once for all requests that were under way when it was met', async () => {
    const { governor, clock } = open(8)
    for (let request = 0; request < 8; request++) await governor.enter(never)
    for (let request = 0; request < 6; request++) governor.done({ kind: 'limited' })
    for (let request = 0; request < 2; request++) governor.done({ kind: 'ok' })
    const asked = ask(governor, 20)
    await clock.advance(999)
    expect(asked.granted()).toBe(0)
    await clock.advance(1)
    expect(asked.granted()).toBe(4)
  })

  it('never leaves fewer than one at work', async () => {
    const { governor, clock } = open(2)
    for (let time = 0; time < 5; time++) {
      const asked = ask(governor, 1)
      await clock.advance(120_000)
      expect(asked.granted()).toBe(1)
      governor.done({ kind: 'overloaded' })
    }
  })

  it('without a time it backs off longer each time, with jitter, up to a minute', async () => {
    const waits: number[] = []
    const { governor, clock } = open(4)
    for (let time = 0; time < 9; time++) {
      const before = clock.now()
      const asked = ask(governor, 1)
      await settled()
      while (asked.granted() === 0) await clock.advance(500)
      waits.push(clock.now() - before)
      governor.done({ kind: 'overloaded' })
    }
    expect(waits).toEqual([0, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000])
    const eager = open(4, 0)
    await eager.governor.enter(never)
    eager.governor.done({ kind: 'overloaded' })
    const asked = ask(eager.governor, 1)
    await eager.clock.advance(500)
    expect(asked.granted()).toBe(1)
  })

  it('an empty bucket holds back until it has filled, although the answer was good', async () => {
    const { governor, clock } = open()
    await governor.enter(never)
    governor.done({ kind: 'ok', emptyUntilMs: clock.now() + 10_000 })
    const asked = ask(governor, 1)
    await clock.advance(9_999)
    expect(asked.granted()).toBe(0)
    await clock.advance(1)
    expect(asked.granted()).toBe(1)
  })

  it('longer than five minutes is answered with the time it ends, to all who wait', async () => {
    const { governor, clock } = open(1)
    await governor.enter(never)
    const waiting = governor.enter(never)
    governor.done({ kind: 'limited', retryAfterMs: 3_600_000 })
    const until = clock.now() + 3_600_000
    expect(await waiting).toEqual({ kind: 'limited', untilMs: until })
    expect(await governor.enter(never)).toEqual({ kind: 'limited', untilMs: until })
    await clock.advance(3_600_000)
    expect((await governor.enter(never)).kind).toBe('granted')
  })

  it('an abort ends the wait for a limit', async () => {
    const { governor, clock } = open()
    await governor.enter(never)
    governor.done({ kind: 'limited', retryAfterMs: 60_000 })
    const abort = new AbortController()
    const asked = ask(governor, 2, abort.signal)
    await settled()
    abort.abort()
    expect(await asked.all).toEqual(['cancelled', 'cancelled'])
    expect(clock.sleeping()).toBe(0)
  })
})
