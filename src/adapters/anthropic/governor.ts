// Rate limits -> when the next request may be sent. One governor for all agents: it backs off for all together.
import type { Clock } from '../../world.ts'

/** What an answer said about limits; `nothing` when the request was taken back before it could. Times in ms since the epoch. */
export interface LimitNews {
  readonly kind: 'ok' | 'limited' | 'overloaded' | 'nothing'
  readonly retryAfterMs?: number
  /** When a bucket that is empty holds enough for the next request. */
  readonly emptyUntilMs?: number
}

/** Holds requests back. */
export interface Governor {
  /** Waits for a slot; answers when it waited too long instead. Every `granted` must be given back by `done`. */
  enter(
    signal: AbortSignal,
  ): Promise<{ readonly kind: 'granted' } | { readonly kind: 'limited'; readonly untilMs: number } | { readonly kind: 'cancelled' }>
  done(news: LimitNews): void
}

/** A limit longer than this becomes a pause with a time instead of a wait. Chosen: five minutes; a person may look by then. */
const longestWaitMs = 5 * 60_000
/** First back-off when the service names none, doubled each time up to `longestBackoffMs`, with full jitter. Chosen. */
const firstBackoffMs = 1_000
const longestBackoffMs = 60_000

/** At most `concurrency` requests at once; halved on a limit, given back one by one on success. */
export function createGovernor(parts: { readonly clock: Clock; readonly concurrency: number; readonly random: () => number }): Governor {
  let allowed = parts.concurrency
  let active = 0
  let limits = 0
  let openAtMs = 0
  const waiting: (() => void)[] = []
  const wakeAll = () => {
    for (const wake of waiting.splice(0)) wake()
  }

  return {
    enter: async (signal) => {
      for (;;) {
        if (signal.aborted) return { kind: 'cancelled' }
        const waitMs = openAtMs - parts.clock.now()
        if (waitMs > longestWaitMs) return { kind: 'limited', untilMs: openAtMs }
        if (waitMs > 0) await parts.clock.sleep(waitMs, signal)
        else if (active < allowed) {
          active += 1
          return { kind: 'granted' }
        } else await slotOrAbort(waiting, signal)
      }
    },
    done: (news) => {
      active -= 1
      const now = parts.clock.now()
      if (news.kind === 'ok') {
        // What went well before the limit was met says nothing about it.
        if (now >= openAtMs) {
          limits = 0
          allowed = Math.min(parts.concurrency, allowed + 1)
        }
        if (news.emptyUntilMs !== undefined) openAtMs = Math.max(openAtMs, news.emptyUntilMs)
      } else if (news.kind !== 'nothing') backOff(news, now)
      wakeAll()
    },
  }

  function backOff(news: LimitNews, now: number): void {
    // Requests that were under way when the first of them met the limit tell of the same limit: it is not counted for each of them.
    if (now >= openAtMs) {
      limits += 1
      allowed = Math.max(1, Math.floor(allowed / 2))
      const backoffMs = Math.min(longestBackoffMs, firstBackoffMs * 2 ** (limits - 1)) * (0.5 + parts.random() / 2)
      openAtMs = Math.max(openAtMs, now + (news.retryAfterMs ?? backoffMs))
    } else if (news.retryAfterMs !== undefined) openAtMs = Math.max(openAtMs, now + news.retryAfterMs)
  }
}

async function slotOrAbort(waiting: (() => void)[], signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const wake = () => {
      signal.removeEventListener('abort', wake)
      resolve()
    }
    waiting.push(wake)
    signal.addEventListener('abort', wake, { once: true })
  })
}
