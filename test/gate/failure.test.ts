// Names of failures, and what the base accounts for.
import { describe, expect, it } from 'vitest'
import { compareWithBase, type Finding, toFailure } from '../../src/gate/failure.ts'

const compile = (message: string, file = 'a/a.go', line = 1): Finding => ({
  check: 'compilation',
  kind: 'compile',
  message,
  file,
  line,
  hint: 'h',
})
const compare = (head: readonly Finding[], base: readonly Finding[], files: readonly string[] = ['a/a.go', 'b/b.go']) =>
  compareWithBase({ head: head.map(toFailure), base: base.map(toFailure), files: new Set(files) })

describe('toFailure', () => {
  it('names a failure alike when its line moves', () => {
    expect(toFailure(compile('undefined: x', 'a/a.go', 3)).id).toBe(toFailure(compile('undefined: x', 'a/a.go', 30)).id)
  })

  it('leaves positions inside a message out of the name', () => {
    const one = toFailure(compile('F redeclared in this block a/b.go:3:6: other declaration of F')).id
    expect(one).toBe(toFailure(compile('F redeclared in this block a/b.go:12:6: other declaration of F')).id)
    expect(one).not.toMatch(/:\d/)
  })

  it('names a test by itself, whatever it printed', () => {
    const test = (message: string): Finding => ({ check: 'tests', kind: 'test', message, package: 'm/a', test: 'TestA', hint: 'h' })
    expect(toFailure(test('got 3 after 12ms')).id).toBe(toFailure(test('got 4 after 9ms')).id)
  })
})

describe('compareWithBase', () => {
  it('blames nothing that the base has too, and lists it', () => {
    const { blamed, alsoAtBase } = compare([compile('undefined: x', 'a/a.go', 9)], [compile('undefined: x', 'a/a.go', 2)])
    expect(blamed).toEqual([])
    expect(alsoAtBase.map((failure) => failure.line)).toEqual([9])
  })

  it('counts: a third one of a kind is blamed where the base has two', () => {
    const three = [1, 2, 3].map((line) => compile('undefined: x', 'a/a.go', line))
    expect(compare(three, three.slice(0, 2)).blamed).toHaveLength(1)
  })

  it('lets a failure move with its file, and only then', () => {
    const [here, there] = [compile('undefined: x', 'a/a.go'), compile('undefined: x', 'b/b.go')]
    expect(compare([there], [here], ['b/b.go']).blamed).toEqual([])
    expect(compare([there], [here], ['a/a.go', 'b/b.go']).blamed).toHaveLength(1)
  })
})
