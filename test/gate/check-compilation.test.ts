// Whose fault a compile error is when the file it is told of was broken before.
import { describe, expect, it } from 'vitest'
import type { Change, MeasuredTree } from '../../src/gate/change.ts'
import { checkCompilation } from '../../src/gate/check-compilation.ts'
import type { BuildError } from '../../src/gate/measurements.ts'

const old: BuildError = { kind: 'test-compile', message: 'undefined: gone', file: 'rest/old_test.go', line: 9, tags: 'integration' }
const clash: BuildError = {
  kind: 'test-compile',
  message: 'io already declared through import of package io ("io") rest/new.go:6:2',
  file: 'rest/old_test.go',
  line: 4,
  tags: 'integration',
}

const tree = (errors: readonly BuildError[]) =>
  ({
    compile: { packages: [], errors, modules: [], stuck: ['nothing to count'] },
    facts: { diagnostics: [] },
    files: [],
  }) as unknown as MeasuredTree

function blamed(head: readonly BuildError[], base: readonly BuildError[], touched: readonly string[] = []): readonly string[] {
  const change = { head: tree(head), base: tree(base), changes: touched.map((path) => ({ path, change: 'modified' })) } as unknown as Change
  const found = checkCompilation(change)
  const before = new Set(found.base.map(({ file, message }) => `${file} ${message}`))
  return found.head.filter(({ file, message }) => !before.has(`${file} ${message}`)).map(({ message }) => message)
}

describe('a tagged test that did not compile at the base', () => {
  it('blames nobody for what else clashes in it, so that no code of the default build bends to it', () => {
    expect(blamed([old, clash], [old])).toEqual([])
  })

  it('blames whoever touches it', () => {
    expect(blamed([old, clash], [old], ['rest/old_test.go'])).toHaveLength(1)
  })

  it('that compiled at the base is blamed on the change', () => {
    expect(blamed([clash], [])).toHaveLength(1)
  })

  it('is no excuse for an error of the default build, or of other tags', () => {
    const { tags: _, ...plain } = clash
    expect(blamed([old, plain], [old])).toHaveLength(1)
    expect(blamed([old, { ...clash, tags: 'e2e' }], [old])).toHaveLength(1)
  })
})
