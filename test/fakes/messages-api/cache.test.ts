// What the prefix cache counts: lives, order, look-back, and what loses it.
import { expect, it } from 'vitest'
import { createPrefixCache } from './cache.ts'
import type { MessagesRequest } from './request.ts'

const long = (name: string) => `${name} ${'shared '.repeat(1_500)}`
const block = (text: string, ttl?: '5m' | '1h') =>
  ttl === undefined ? { type: 'text', text } : { type: 'text', text, cache_control: { type: 'ephemeral', ttl } }
const request = (more: Partial<MessagesRequest>): MessagesRequest => ({
  model: 'claude-sonnet-5-5',
  max_tokens: 10,
  messages: [{ role: 'user', content: 'hi' }],
  ...more,
})

function opened() {
  const clock = { now: 0 }
  const cache = createPrefixCache(() => clock.now)
  const ask = (more: Partial<MessagesRequest>) => {
    const counted = cache.count(request(more))
    counted.commit()
    return counted.usage
  }
  return { clock, ask }
}

it('an hour-long entry lives an hour, a short one behind it five minutes, and both are counted apart', () => {
  const { clock, ask } = opened()
  const both = { system: [block(long('a'), '1h'), block(long('b'), '5m')] }
  const first = ask(both)
  expect(first.cacheWriteTokens).toBeGreaterThan(5_000)
  expect(first.cacheWriteLongTokens).toBeGreaterThan(2_500)
  expect(first.cacheWriteLongTokens).toBeLessThan(first.cacheWriteTokens)
  clock.now += 50 * 60_000
  const later = ask(both)
  expect(later.cacheReadTokens).toBe(first.cacheWriteLongTokens)
  expect(later.cacheWriteTokens).toBe(first.cacheWriteTokens - first.cacheWriteLongTokens)
})

it('another tool_choice or other thinking loses the messages and keeps tools and system', () => {
  const { ask } = opened()
  const tools = [{ name: 'read', input_schema: { type: 'object' } }]
  const spoken = { tools, system: [block(long('s'), '5m')], messages: [{ role: 'user', content: [block(long('m'), '5m')] }] }
  const written = ask(spoken).cacheWriteTokens
  expect(ask(spoken).cacheReadTokens).toBe(written)
  for (const change of [{ tool_choice: { type: 'any' } }, { thinking: { type: 'adaptive' } }]) {
    const { cacheReadTokens } = ask({ ...spoken, ...change })
    expect(cacheReadTokens).toBeGreaterThan(2_500)
    expect(cacheReadTokens).toBeLessThan(written)
  }
})

it('another tool loses everything: tools come first', () => {
  const { ask } = opened()
  const system = [block(long('s'), '5m')]
  ask({ system, tools: [{ name: 'read', input_schema: { type: 'object' } }] })
  expect(ask({ system, tools: [{ name: 'write', input_schema: { type: 'object' } }] }).cacheReadTokens).toBe(0)
})

it('looks back twenty blocks from a breakpoint and no further', () => {
  const turns = (count: number) => Array.from({ length: count }, (_, index) => block(`turn ${index}`))
  const said = (before: number) => ({
    messages: [{ role: 'user', content: [block(long('m'), '5m'), ...turns(before), block('end', '5m')] }],
  })
  const near = opened()
  near.ask({ messages: [{ role: 'user', content: [block(long('m'), '5m')] }] })
  const moved = { messages: [{ role: 'user', content: [block(long('m')), ...turns(18), block('end', '5m')] }] }
  expect(near.ask(moved).cacheReadTokens).toBeGreaterThan(2_500)
  const far = opened()
  far.ask({ messages: [{ role: 'user', content: [block(long('m'), '5m')] }] })
  expect(far.ask({ messages: [{ role: 'user', content: [block(long('m')), ...turns(19), block('end', '5m')] }] }).cacheReadTokens).toBe(0)
  // A breakpoint on the old block itself finds it at any distance.
  expect(far.ask(said(40)).cacheReadTokens).toBeGreaterThan(2_500)
})

it('the automatic breakpoint is on the last block', () => {
  const { ask } = opened()
  const automatic = { messages: [{ role: 'user', content: long('m') }], cache_control: { type: 'ephemeral' } }
  expect(ask(automatic).cacheWriteTokens).toBeGreaterThan(2_500)
  expect(ask(automatic)).toMatchObject({ inputTokens: 0, cacheWriteTokens: 0 })
})
