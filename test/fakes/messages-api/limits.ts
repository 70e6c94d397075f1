// Rate limits as token buckets: requests, input tokens and output tokens a minute. Source of the rules: API docs, "Rate limits".
import type { CacheUsage } from './cache.ts'

/** Limits of one model class; a missing one is no limit. Unit: per minute. */
export interface Limits {
  readonly requestsPerMinute?: number
  readonly inputTokensPerMinute?: number
  readonly outputTokensPerMinute?: number
}

/** Which limit a request met, and when it would fit. */
export interface OverLimit {
  readonly which: 'requests' | 'input-tokens' | 'output-tokens'
  readonly retryAfterS: number
}

/** The limits while the service runs. `now`: ms. */
export interface RateLimiter {
  /** Takes what a request needs before it is answered; takes nothing when one bucket refuses. */
  admit(usage: CacheUsage): OverLimit | undefined
  /** Output counts as it is produced. */
  produced(outputTokens: number): void
  /** The `anthropic-ratelimit-*` headers of an answer. */
  headers(): Readonly<Record<string, string>>
}

/** Buckets that are full at the start and fill continuously: "rather than being reset at fixed intervals". */
export function createRateLimiter(limits: Limits, now: () => number): RateLimiter {
  const requests = createBucket(limits.requestsPerMinute, now)
  const input = createBucket(limits.inputTokensPerMinute, now)
  const output = createBucket(limits.outputTokensPerMinute, now)
  return {
    admit: (usage) => {
      // "cache_read_input_tokens do not count towards ITPM"; input_tokens and cache_creation_input_tokens do.
      const inputTokens = usage.inputTokens + usage.cacheWriteTokens
      // "max_tokens does not factor into OTPM": a request is let in while anything is left, and what it produces is taken then.
      const needs = [
        { which: 'requests', bucket: requests, amount: 1 },
        { which: 'input-tokens', bucket: input, amount: inputTokens },
        { which: 'output-tokens', bucket: output, amount: 1 },
      ] as const
      const short = needs.find(({ bucket, amount }) => bucket.secondsUntil(amount) > 0)
      if (short !== undefined) return { which: short.which, retryAfterS: Math.max(1, Math.ceil(short.bucket.secondsUntil(short.amount))) }
      requests.take(1)
      input.take(inputTokens)
      return undefined
    },
    produced: (tokens) => output.take(tokens),
    headers: () => ({
      ...requests.headers('requests'),
      ...input.headers('input-tokens'),
      ...output.headers('output-tokens'),
      // "The anthropic-ratelimit-tokens-* headers display the values for the most restrictive limit currently in effect."
      ...(input.left() <= output.left() ? input : output).headers('tokens'),
    }),
  }
}

interface Bucket {
  left(): number
  take(amount: number): void
  /** 0 when it fits now; more than the bucket holds fits when it is full, so that one large request is late and not impossible. */
  secondsUntil(amount: number): number
  headers(name: string): Readonly<Record<string, string>>
}

function createBucket(perMinute: number | undefined, now: () => number): Bucket {
  if (perMinute === undefined) return { left: () => Infinity, take: () => undefined, secondsUntil: () => 0, headers: () => ({}) }
  let level = perMinute
  let filledAt = now()
  const left = (): number => {
    level = Math.min(perMinute, level + ((now() - filledAt) / 60_000) * perMinute)
    filledAt = now()
    return level
  }
  return {
    left,
    take: (amount) => {
      level = left() - amount
    },
    secondsUntil: (amount) => Math.max(0, ((Math.min(amount, perMinute) - left()) / perMinute) * 60),
    headers: (name) => ({
      [`anthropic-ratelimit-${name}-limit`]: String(perMinute),
      // "Rounded to the nearest thousand" for tokens.
      [`anthropic-ratelimit-${name}-remaining`]: String(remaining(name, left())),
      // "The time when the rate limit will be fully replenished, RFC 3339."
      [`anthropic-ratelimit-${name}-reset`]: new Date(now() + ((perMinute - left()) / perMinute) * 60_000).toISOString(),
    }),
  }
}

function remaining(name: string, left: number): number {
  return Math.max(0, name === 'requests' ? Math.floor(left) : Math.round(left / 1000) * 1000)
}
