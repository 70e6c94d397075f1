// Usage -> US dollars. Prices are data, with date and source; a model that is not here has no price, and says so.
import type { Usage } from '../../world.ts'

/** US dollars per million tokens. `long`: rates for requests whose prompt has more than `overTokens` tokens. */
export interface Price {
  readonly input: number
  readonly output: number
  readonly cacheWrite: number
  readonly cacheRead: number
  readonly long?: {
    readonly overTokens: number
    readonly input: number
    readonly output: number
    readonly cacheWrite: number
    readonly cacheRead: number
  }
}

/** When the table was last compared with its source. */
export const pricesAsOf = '2026-10-24'
/** Where the table comes from: the vendor's page "Pricing", sections "Model pricing" and "Prompt caching" (5-minute writes). */
export const pricesSource = 'platform.claude.com/docs/en/about-claude/pricing'

const opus4to5: Price = { input: 5, output: 25, cacheWrite: 6.25, cacheRead: 0.5 }
const sonnet4: Price = { input: 3, output: 15, cacheWrite: 3.75, cacheRead: 0.3 }

/** Prices by model name as the SDK's type has it. */
export const prices: Readonly<Record<string, Price>> = {
  'claude-fable-5-1': { input: 10, output: 50, cacheWrite: 12.5, cacheRead: 0.25 },
  'claude-opus-5-5': { input: 4, output: 20, cacheWrite: 5, cacheRead: 0.2 },
  'claude-opus-5': opus4to5,
  'claude-opus-4-8': opus4to5,
  'claude-opus-4-7': opus4to5,
  'claude-opus-4-6': opus4to5,
  'claude-opus-4-5': opus4to5,
  'claude-sonnet-5-5': { input: 2, output: 10, cacheWrite: 2.5, cacheRead: 0.1 },
  'claude-sonnet-5': { input: 2, output: 10, cacheWrite: 2.5, cacheRead: 0.2 },
  'claude-sonnet-4-6': sonnet4,
  'claude-sonnet-4-5': sonnet4,
  'claude-haiku-5-5': {
    input: 0.1,
    output: 0.5,
    cacheWrite: 0.125,
    cacheRead: 0.01,
    long: { overTokens: 100_000, input: 0.5, output: 2.5, cacheWrite: 0.625, cacheRead: 0.05 },
  },
  'claude-haiku-4-5': { input: 1, output: 5, cacheWrite: 1.25, cacheRead: 0.1 },
}

/** What a turn cost in US dollars; undefined for a model without a price. */
export function costOf(model: string, usage: Usage): number | undefined {
  // A name with a date is the same model pinned to a snapshot.
  const price = prices[model.replace(/-\d{8}$/, '')]
  if (price === undefined) return undefined
  const prompt = usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens
  const rate = price.long !== undefined && prompt > price.long.overTokens ? price.long : price
  const micro =
    usage.inputTokens * rate.input +
    usage.outputTokens * rate.output +
    usage.cacheWriteTokens * rate.cacheWrite +
    usage.cacheReadTokens * rate.cacheRead
  return micro / 1_000_000
}
