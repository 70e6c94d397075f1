// Patterns, owners and overlaps: tables, and properties over random plans.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { asRepoPath, asSpecialistName, asTaskId } from '../../src/ids.ts'
import { findOverlaps, mayWrite, ownerOf, ownsPath, patternsOf, specificity } from '../../src/plan/ownership.ts'
import type { PlannedFile, Task } from '../../src/plan/plan.ts'

function task(id: string, paths: readonly string[], files: readonly string[] = [], change: PlannedFile['change'] = 'create'): Task {
  return {
    id: asTaskId(id),
    specialist: asSpecialistName('any'),
    wave: 1,
    title: id,
    brief: '',
    files: files.map((path) => ({ path: asRepoPath(path), change, symbols: [] })),
    paths,
    needs: [],
    acceptance: [],
    requirements: [],
    covers: [],
    integrates: false,
  }
}

describe('a pattern', () => {
  test.each([
    ['a/b.go', 'a/b.go', true],
    ['a/b.go', 'a/b.go.bak', false],
    ['a/', 'a/b/c.go', true],
    ['a/', 'ab/c.go', false],
    ['a/', 'a', false],
    ['a', 'a/b.go', false],
    ['a/*_test.go', 'a/x_test.go', true],
    ['a/*_test.go', 'a/b/x_test.go', false],
    ['a/**/*_test.go', 'a/b/c/x_test.go', true],
    ['a/*/', 'a/b/c/x.go', true],
    ['a/*', 'a/.hidden', true],
    ['a/{x,y}.go', 'a/y.go', true],
    ['!a/b.go', 'a/c.go', false],
    ['a/[slug].go', 'a/[slug].go', true],
  ])('%s on %s: %s', (pattern, path, matches) => {
    expect(ownsPath([pattern], path)).toBe(matches)
  })

  test.each([
    ['a/b/c.go', ['a/b/c.go', 'a/b/*.go', 'a/b/', 'a/*/c.go', 'a/', '**']],
    [
      'internal/quota/quota_test.go',
      ['internal/quota/*_test.go', 'internal/quota/*.go', 'internal/quota/', 'internal/**/*_test.go', 'internal/'],
    ],
  ])('of %s is closer the earlier it stands here', (path, patterns) => {
    const scores = patterns.map((pattern) => specificity(pattern, path) ?? Number.NaN)
    expect([...scores].sort((a, b) => b - a)).toEqual(scores)
    expect(new Set(scores).size).toBe(scores.length)
  })
})

describe('the owner of a path', () => {
  const plan = {
    tasks: [
      task('w1-code', ['internal/quota/']),
      task('w1-tests', ['internal/quota/*_test.go']),
      task('w2-sql', ['db/**'], ['internal/quota/store.go']),
    ],
  }

  test.each([
    ['internal/quota/quota.go', 'w1-code'],
    ['internal/quota/quota_test.go', 'w1-tests'],
    ['internal/quota/store.go', 'w2-sql'],
    ['db/migrations/1.sql', 'w2-sql'],
    ['README.md', undefined],
  ])('%s: %s', (path, owner) => {
    expect(ownerOf(plan, path)?.id).toBe(owner)
  })

  test('alone may write it, besides whom it was granted just as closely', () => {
    const [code, tests] = [plan.tasks[0] as Task, plan.tasks[1] as Task]
    const asCode = { plan, task: code, paths: patternsOf(code) }
    expect(mayWrite(asCode, 'internal/quota/quota.go')).toEqual({ kind: 'yours' })
    expect(mayWrite(asCode, 'internal/quota/quota_test.go')).toEqual({ kind: 'owned', by: 'w1-tests' })
    expect(mayWrite(asCode, 'internal/quota/store.go')).toEqual({ kind: 'owned', by: 'w2-sql' })
    expect(mayWrite(asCode, 'go.mod')).toEqual({ kind: 'unowned' })
    expect(mayWrite({ ...asCode, paths: [...asCode.paths, ...patternsOf(tests)] }, 'internal/quota/quota_test.go')).toEqual({
      kind: 'yours',
    })
    expect(mayWrite({ ...asCode, paths: [...asCode.paths, 'go.mod'] }, 'go.mod')).toEqual({ kind: 'yours' })
    expect(mayWrite({ ...asCode, readOnly: ['internal/quota/quota.go'] }, 'internal/quota/quota.go')).toEqual({ kind: 'read-only' })
  })

  test('a task that is amended owns what it says now, and the one before still what it said', () => {
    const before = task('a', ['d/*_test.go'], ['d/x.go'])
    const after = { ...before, paths: ['e/*_test.go'] }
    const ownedBy = (one: typeof before) => ['d/x.go', 'd/y_test.go', 'e/y_test.go'].filter((path) => ownerOf({ tasks: [one] }, path))
    expect([ownedBy(before), ownedBy(after), ownedBy(before)]).toEqual([
      ['d/x.go', 'd/y_test.go'],
      ['d/x.go', 'e/y_test.go'],
      ['d/x.go', 'd/y_test.go'],
    ])
  })
})

describe('overlaps', () => {
  test('are one file in two plans, one pattern twice, an existing file that two name equally, and a file in the place of a folder', () => {
    expect(findOverlaps([task('a', [], ['x.go']), task('b', [], ['x.go'])])).toEqual([{ path: 'x.go', tasks: ['a', 'b'] }])
    expect(findOverlaps([task('a', ['d/']), task('b', ['d/'])])).toEqual([{ path: 'd/', tasks: ['a', 'b'] }])
    expect(findOverlaps([task('a', ['d/*a.go']), task('b', ['d/a*.go'])], ['d/aa.go'])).toEqual([{ path: 'd/aa.go', tasks: ['a', 'b'] }])
    expect(findOverlaps([task('a', [], ['pkg']), task('b', [], ['pkg/x.go'])])).toEqual([{ path: 'pkg', tasks: ['a', 'b'] }])
    expect(findOverlaps([task('a', [], ['pkg'], 'delete'), task('b', [], ['pkg/x.go'])])).toEqual([])
  })

  test('are not: a closer pattern inside a wider one, two patterns of one task', () => {
    expect(
      findOverlaps([task('a', ['d/']), task('b', ['d/*_test.go', 'd/sub/'], ['d/x.go'])], ['d/x_test.go', 'd/sub/y.go', 'd/y.go']),
    ).toEqual([])
    expect(findOverlaps([task('a', ['d/', 'd/'], ['d/x.go', 'd/x.go'])])).toEqual([])
  })

  const segment = fc.constantFrom('a', 'b', 'x.go', 'y_test.go')
  const path = fc.array(segment, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'))
  const pattern = fc.oneof(
    path,
    path.map((text) => `${text}/`),
    path.map((text) => `${text}/*.go`),
    path.map((text) => `${text}/**`),
    path.map((text) => `${text}/*_test.go`),
  )
  const tasks = fc
    .array(fc.array(pattern, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 4 })
    .map((owned) => owned.map((patterns, index) => task(`t${index}`, patterns)))

  test('that are not found leave every path one owner, in whatever order the tasks stand', () => {
    fc.assert(
      fc.property(tasks, fc.array(path, { maxLength: 8 }), (all, paths) => {
        const overlapping = new Set(findOverlaps(all, paths).map((overlap) => overlap.path))
        for (const each of paths.filter((candidate) => !overlapping.has(candidate))) {
          expect(ownerOf({ tasks: all }, each)?.id).toBe(ownerOf({ tasks: all.toReversed() }, each)?.id)
        }
      }),
    )
  })

  test('aside, exactly the owner may write a path', () => {
    fc.assert(
      fc.property(tasks, path, (all, each) => {
        fc.pre(findOverlaps(all, [each]).every((overlap) => overlap.path !== each))
        const writers = all.filter((one) => mayWrite({ plan: { tasks: all }, task: one, paths: patternsOf(one) }, each).kind === 'yours')
        expect(writers.map((one) => one.id)).toEqual([ownerOf({ tasks: all }, each)?.id].filter((id) => id !== undefined))
      }),
    )
  })
})
