// .github/dce.yml: what is right is read, what is wrong is named with its line.
import { describe, expect, it } from 'vitest'
import { readConfig } from '../src/read-config.ts'

describe('the configuration of a repository', () => {
  it('is read, and an empty file is an empty configuration', () => {
    expect(readConfig('')).toEqual({})
    expect(readConfig('execution_mode: sequential\nbudget_usd: 5\ngate:\n  require: [coverage]\n')).toEqual({
      execution_mode: 'sequential',
      budget_usd: 5,
      gate: { require: ['coverage'] },
    })
  })

  it.each([
    [
      'an unknown field, with the one that was meant',
      'budget_usd: 5\nexecution_mod: parallel\n',
      /execution_mod.*execution_mode.*line 2/su,
    ],
    ['a field of the gate', 'gate:\n  requir: [coverage]\n', /gate\.requir.*require.*line 2/su],
    ['a wrong type', 'quality_level: draft\nmax_parallel: many\n', /max_parallel.*number.*"many".*line 2/su],
    ['a value that is none of the choices', 'quality_level: best\n', /draft, production, bulletproof.*"best".*line 1/su],
    ['a number out of range', '\nmax_parallel: 1000\n', /max_parallel.*100.*line 2/su],
    ['what is no YAML', 'a: [1\nb: 2\n', /line \d+ is not YAML/u],
  ])('names %s', (_, text, words) => {
    expect(() => readConfig(text)).toThrow(words)
  })
})
