// What a specification spells as code is what the repository's outline shows first.
import { expect, it } from 'vitest'
import { focusWords } from '../../src/feature/focus-words.ts'

function wordsOf(text: string, ...models: readonly string[]): readonly string[] {
  return focusWords({ spec: { source: 'spec.md', hash: '', text }, domainModels: models.map((name) => ({ name, text: '' })) })
}

it('names of code spans and fenced code are words of the focus, words of prose are not', () => {
  const text = 'The router calls `Handler.registerRoutes`.\n\n```go\nfunc NewQuota(limit values.Money) error\n```\nNo `id`.'
  expect(wordsOf(text)).toEqual(['Handler', 'registerRoutes', 'func', 'NewQuota', 'limit', 'values', 'Money', 'error'])
})

it('domain models come first, and each word once', () => {
  expect(wordsOf('`Quota` and `Quota`', 'Quota', 'Buyer')).toEqual(['Quota', 'Buyer'])
})

it('a fence that is never closed, or no code at all, gives no words', () => {
  expect(wordsOf('Nothing.\n\n```go\nfunc A()')).toEqual([])
})
