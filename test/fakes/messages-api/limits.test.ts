// The buckets of the fake service, with a clock of their own.
import { expect, it } from 'vitest'
import { createRateLimiter } from './limits.ts'

const usage = (inputTokens: number, more: { readonly read?: number; readonly write?: number } = {}) => ({
  inputTokens,
  cacheReadTokens: more.read ?? 0,
  cacheWriteTokens: more.write ?? 0,
  cacheWriteLongTokens: 0,
})

it('fills continuously: after a share of the minute a share of the requests fits', () => {
  let now = 0
  const limiter = createRateLimiter({ requestsPerMinute: 60 }, () => now)
  for (let sent = 0; sent < 60; sent++) expect(limiter.admit(usage(1))).toBeUndefined()
  expect(limiter.admit(usage(1))).toEqual({ which: 'requests', retryAfterS: 1 })
  now += 2_000
  expect(limiter.admit(usage(1))).toBeUndefined()
  expect(limiter.admit(usage(1))).toBeUndefined()
  expect(limiter.admit(usage(1))).toMatchObject({ which: 'requests' })
})

it('counts input that is new or written to the cache, not what is read from it', () => {
  const limiter = createRateLimiter({ inputTokensPerMinute: 10_000 }, () => 0)
  expect(limiter.admit(usage(1_000, { read: 500_000, write: 4_000 }))).toBeUndefined()
  expect(limiter.headers()['anthropic-ratelimit-input-tokens-remaining']).toBe('5000')
  expect(limiter.admit(usage(6_000))).toEqual({ which: 'input-tokens', retryAfterS: 6 })
})

it('a refused request takes nothing', () => {
  const limiter = createRateLimiter({ requestsPerMinute: 2, inputTokensPerMinute: 1_000 }, () => 0)
  expect(limiter.admit(usage(600))).toBeUndefined()
  expect(limiter.admit(usage(600))).toMatchObject({ which: 'input-tokens' })
  expect(limiter.headers()['anthropic-ratelimit-requests-remaining']).toBe('1')
})

it('output is taken as it is produced, and holds later requests back', () => {
  let now = 0
  const limiter = createRateLimiter({ outputTokensPerMinute: 6_000 }, () => now)
  expect(limiter.admit(usage(1))).toBeUndefined()
  limiter.produced(8_000)
  expect(limiter.admit(usage(1))).toEqual({ which: 'output-tokens', retryAfterS: 21 })
  now += 21_000
  expect(limiter.admit(usage(1))).toBeUndefined()
})

it('a request larger than the whole bucket is late, not impossible', () => {
  const limiter = createRateLimiter({ inputTokensPerMinute: 1_000 }, () => 0)
  expect(limiter.admit(usage(5_000))).toBeUndefined()
  expect(limiter.admit(usage(1))?.retryAfterS).toBe(241)
})

it('says nothing of limits that are not there', () => {
  expect(createRateLimiter({}, () => 0).headers()).toEqual({})
})
