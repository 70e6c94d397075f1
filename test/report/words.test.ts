// Figures as people read them.
import { expect, it } from 'vitest'
import { cacheShare, count, listSome, sayDuration, sayTime, sayTokens, sayUsd, tokensOf } from '../../src/report/words.ts'
import { noUse } from '../../src/run/state.ts'

it.each([
  [0, '0'],
  [999, '999'],
  [1_234, '1.2 k'],
  [999_949, '999.9 k'],
  [999_950, '1.0 M'],
  [3_400_000, '3.4 M'],
])('%i tokens are %s', (tokens, words) => {
  expect(sayTokens(tokens)).toBe(words)
})

it.each([
  [-5, '0 ms'],
  [850, '850 ms'],
  [12_400, '12 s'],
  [59_600, '1 min 00 s'],
  [185_000, '3 min 05 s'],
  [7_800_000, '2 h 10 min'],
])('%i ms are %s', (ms, words) => {
  expect(sayDuration(ms)).toBe(words)
})

it('money without a known price is a dash, never zero', () => {
  expect([sayUsd(undefined), sayUsd(0), sayUsd(0.425)]).toEqual(['–', '$0.00', '$0.42'])
})

it('times are UTC', () => {
  expect(sayTime(Date.UTC(2026, 10, 23, 18, 5, 12))).toBe('2026-11-23 18:05:12')
})

it('counts and lists say one, many, and how many more', () => {
  expect([count(1, 'file'), count(0, 'file'), count(2, 'branch', 'branches')]).toEqual(['1 file', '0 files', '2 branches'])
  expect([listSome(['a', 'b'], 2), listSome(['a', 'b', 'c'], 2)]).toEqual(['a, b', 'a, b and 1 more'])
})

it('the share of the cache is that of the input, and unknown without input', () => {
  const use = { ...noUse, usage: { inputTokens: 100, cacheReadTokens: 800, cacheWriteTokens: 100, outputTokens: 5 } }
  expect([tokensOf(use), cacheShare(use), cacheShare(noUse)]).toEqual([1_005, 0.8, undefined])
})
