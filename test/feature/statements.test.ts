// Where a statement ends, what a title's short name is, and what a declaration is in Go that people write by hand.
import { describe, expect, test } from 'vitest'
import { declarationsOf } from '../../src/feature/go-declarations.ts'
import { slugOf } from '../../src/feature/slug.ts'
import { statementsOf } from '../../src/feature/statements.ts'

test.each([
  ['One. Two.', ['One.', 'Two.']],
  ['one; two', ['one', 'two']],
  ['`a; b. C` and more. Next', ['`a; b. C` and more.', 'Next']],
  ['x (a; b. C) y; z', ['x (a; b. C) y', 'z']],
  ['never closed (a; b', ['never closed (a', 'b']],
  ['never closed `a; b', ['never closed `a', 'b']],
  ['``a ` ; b``; c', ['``a ` ; b``', 'c']],
  ['A · B · C', ['A', 'B', 'C']],
  ['see e.g. Money or v1.2 of it', ['see e.g. Money or v1.2 of it']],
  ['ends in 1.5 s. 2 retries', ['ends in 1.5 s.', '2 retries']],
  ['呼ばれる。評価する。', ['呼ばれる。', '評価する。']],
  [' ;. ', []],
])('%j is cut into %j', (text, expected) => {
  expect(statementsOf(text)).toEqual(expected)
})

test.each([
  ['Buyer Blocklist', 'buyer-blocklist'],
  ['Feature Specification: Enhanced Consent (v2)', 'enhanced-consent'],
  ['Immutable Audit Logging Specification', 'immutable-audit-logging'],
  ['(All of it)', 'all-of-it'],
  ['Crème brûlée', 'creme-brulee'],
  ['呼び出し', 'feature'],
  ['a'.repeat(60), 'a'.repeat(40)],
  ['one two three four five six seven eight nine ten', 'one-two-three-four-five-six-seven-eight'],
])('%s is called %s', (title, expected) => {
  expect(slugOf(title)).toBe(expected)
})

describe('declarations', () => {
  const named = (code: string) => declarationsOf(code).map(({ kind, name, head }) => [kind, name, head])

  test('several on a line are several, brackets in text and comments count for nothing', () => {
    expect(named('func (c *Code) String() string; func Parse(s string) (Code, error) // "{" is wrong')).toEqual([
      ['func', '(*Code).String', 'func (c *Code) String() string'],
      ['func', 'Parse', 'func Parse(s string) (Code, error) // "{" is wrong'],
    ])
  })

  test('a body is an illustration; clause and imports declare nothing', () => {
    expect(named('package a\n\nimport (\n  "b"\n)\n\nfunc New() *A {\n  return &A{}\n}\n\nx := New()\n')).toEqual([
      ['func', 'New', 'func New() *A'],
    ])
  })

  test('a group of types is several types, a group of constants is one value', () => {
    expect(named('type (\n\tA int\n\tB struct {\n\t\tx A\n\t}\n)\nconst (\n\tOne A = 1\n)').map(([kind, name]) => [kind, name])).toEqual([
      ['type', 'A'],
      ['type', 'B'],
      ['value', ''],
    ])
  })

  test('a comment above a declaration is not part of the one before', () => {
    expect(named('type A int\n\n// B is another\ntype B int').map(([, , head]) => head)).toEqual(['type A int', 'type B int'])
  })
})
