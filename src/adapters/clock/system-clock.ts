// The machine's clock as the Clock port.
import { setTimeout as delay } from 'node:timers/promises'
import type { Clock } from '../../world.ts'

/** Real time; a sleep ends early, without an error, when the signal aborts. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: async (ms, signal) => {
    try {
      await delay(ms, undefined, signal === undefined ? {} : { signal })
    } catch (cause) {
      if (signal?.aborted !== true) throw cause
    }
  },
}
