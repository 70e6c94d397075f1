// The table of prices, and what a turn costs by it.
import { describe, expect, it } from 'vitest'
import { costOf, prices, pricesAsOf, pricesSource } from '../../../src/adapters/anthropic/prices.ts'
import { defaultConfig } from '../../../src/config.ts'

const usage = { inputTokens: 1_000_000, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 0 }

describe('the table', () => {
  it.each(Object.entries(prices))(
    '%s: reading the cache is cheapest, then input, then writing the cache, output is dearest',
    (_, price) => {
      for (const rate of price.long === undefined ? [price] : [price, price.long]) {
        expect([rate.cacheRead, rate.input, rate.cacheWrite, rate.output].toSorted((a, b) => a - b)).toEqual([
          rate.cacheRead,
          rate.input,
          rate.cacheWrite,
          rate.output,
        ])
        expect(rate.cacheRead).toBeGreaterThan(0)
      }
    },
  )

  it('says when and where it was looked up', () => {
    expect(pricesAsOf).toMatch(/^\d{4}-\d\d-\d\d$/u)
    expect(pricesSource).toContain('pricing')
  })

  it('has a price for every model that is the default of a role', () => {
    for (const model of Object.values(defaultConfig.models)) expect(prices[model], model).toBeDefined()
  })
})

describe('a turn', () => {
  it('costs each kind of token at its own rate', () => {
    const cost = costOf('claude-sonnet-5-5', {
      inputTokens: 10_000,
      cacheReadTokens: 200_000,
      cacheWriteTokens: 4_000,
      outputTokens: 1_000,
    })
    expect(cost).toBeCloseTo(0.02 + 0.02 + 0.01 + 0.01, 9)
  })

  it('costs the long rate when the whole prompt, cache included, is long', () => {
    expect(costOf('claude-haiku-5-5', { ...usage, inputTokens: 100_000 })).toBeCloseTo(0.01, 9)
    expect(costOf('claude-haiku-5-5', { ...usage, inputTokens: 1, cacheReadTokens: 100_000 })).toBeCloseTo(0.000_000_5 + 0.005, 9)
  })

  it('of a name with a date costs what the model costs; of an unknown model it has no price', () => {
    expect(costOf('claude-opus-4-5-20251101', usage)).toBe(costOf('claude-opus-4-5', usage))
    expect(costOf('claude-opus-99', usage)).toBeUndefined()
  })
})
