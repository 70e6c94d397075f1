// The machine's clock as the Clock port.
import type { Clock } from '../../world.ts'

/** Real time; a sleep ends early, without an error, when the signal aborts. */
export const systemClock: Clock = {
  now: () => Date.now(),
  // Not node:timers/promises: its error for an early end, with its stack, would be made at the end of every answer.
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted === true) return resolve()
      const end = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', end)
        resolve()
      }
      const timer = setTimeout(end, ms)
      signal?.addEventListener('abort', end, { once: true })
      return undefined
    }),
}
