// A creating call whose answer may be lost -> one thing, not two: never repeated blindly, always looked up first.
import { setTimeout as sleep } from 'node:timers/promises'
import { RequestError } from '@octokit/request-error'

/** Given to every creating call: Octokit's own retry would create a second one when only the answer was lost. Rate limits are still waited for. */
export const notRepeated = { request: { retries: 0 } } as const

/** How often something is tried, and how long after a failure, ms; it grows with each. Chosen: half a minute in all. */
const tries = 5
const waitMs = 2_000

/**
 * Finds it, else makes it. After a failure that may have done its work (5xx, a broken connection) it is looked for again.
 * Contract of `make`: passes {@link notRepeated}. Errors: what the last `make` rejects with; refusals (4xx) at once.
 */
export async function makeOnce<Value>(request: {
  readonly find: () => Promise<Value | undefined>
  readonly make: () => Promise<Value>
  readonly secondMs?: number
}): Promise<Value> {
  for (let attempt = 1; ; attempt++) {
    const found = await request.find()
    if (found !== undefined) return found
    try {
      return await request.make()
    } catch (cause) {
      if (attempt === tries || !mayBeDone(cause)) throw cause
      await sleep((waitMs * attempt * (request.secondMs ?? 1_000)) / 1_000)
    }
  }
}

function mayBeDone(cause: unknown): boolean {
  return cause instanceof RequestError && (cause.status >= 500 || cause.status === 408)
}
