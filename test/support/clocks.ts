// Clocks for tests: one that stands still until it is moved, one that hurries from sleep to sleep, one that runs faster than the wall's.
import type { Clock } from '../../src/world.ts'

/** A clock that a test moves. */
export interface FakeClock extends Clock {
  /** Moves time on, waking each sleeper at its time, in order, and lets what it wakes run before the next. */
  advance(ms: number): Promise<void>
  /** How many sleep now. */
  sleeping(): number
}

/** Stands at `startMs` until it is moved. */
export function fakeClock(startMs = 0): FakeClock {
  let now = startMs
  const sleepers = new Set<{ readonly at: number; readonly wake: () => void }>()
  const sleep = (ms: number, signal?: AbortSignal) =>
    new Promise<void>((resolve) => {
      if (signal?.aborted === true) return resolve()
      const sleeper = { at: now + ms, wake: () => end() }
      const end = () => {
        sleepers.delete(sleeper)
        signal?.removeEventListener('abort', end)
        resolve()
      }
      sleepers.add(sleeper)
      signal?.addEventListener('abort', end, { once: true })
    })
  const advance = async (ms: number) => {
    const until = now + ms
    for (;;) {
      await settled()
      const next = [...sleepers].filter((sleeper) => sleeper.at <= until).sort((a, b) => a.at - b.at)[0]
      if (next === undefined) break
      now = Math.max(now, next.at)
      next.wake()
    }
    now = until
    await settled()
  }
  return { now: () => now, sleep, advance, sleeping: () => sleepers.size }
}

/** Every sleep ends in the next turn of the event loop, and time jumps on by it. */
export function hurriedClock(startMs = 0): Clock {
  let now = startMs
  return {
    now: () => now,
    sleep: async (ms) => {
      await new Promise((resolve) => setImmediate(resolve))
      now += ms
    },
  }
}

/** The wall's clock, so many times as fast. */
export function fastClock(speed: number): Clock {
  const start = Date.now()
  return {
    now: () => start + (Date.now() - start) * speed,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted === true) return resolve()
        const end = () => {
          clearTimeout(timer)
          signal?.removeEventListener('abort', end)
          resolve()
        }
        const timer = setTimeout(end, ms / speed)
        signal?.addEventListener('abort', end, { once: true })
      }),
  }
}

/** All that can run without time passing has run. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
}
