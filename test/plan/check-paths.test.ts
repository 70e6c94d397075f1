// Where a plan may write, and that each path has one owner: each rule with an answer that breaks it.
import { describe, expect, test } from 'vitest'
import type { PlanAnswer } from '../../src/plan/plan.ts'
import { faultsOf, file, withMore, withTask } from '../support/changed-answer.ts'
import { anAnswer, aTask, someFacts } from '../support/plan-answer.ts'

describe('paths', () => {
  const planned = (path: string, change: 'create' | 'edit' | 'delete' = 'create') =>
    withTask('w1-entity-architect', { files: [file('internal/domain/rating/rating.go'), file(path, change)] })
  const patterned = (pattern: string) => withTask('w1-entity-architect', { paths: [pattern] })

  test.each<[string, PlanAnswer, RegExp]>([
    ['an absolute path', planned('/etc/passwd'), /relative to the repository/],
    ['a way out', planned('internal/../../x.go'), /no \.\. in it/],
    ['an empty part', planned('internal//x.go'), /no empty part/],
    ['a backslash', planned('internal\\x.go'), /with \/ between its parts/],
    ['a pattern among files', planned('internal/*.go'), /put patterns into paths/],
    ['a protected file', planned('.github/workflows/ci.yml'), /it is protected: it is executed by the CI/],
    ['git’s own folder', planned('.git/hooks/x'), /it is protected/],
    ['a link', planned('docs/x.md'), /docs is a link/],
    ['a file below a file', planned('go.mod/x.go'), /go\.mod is a file, not a folder/],
    ['a folder as file', planned('internal/api'), /it is a folder/],
    ['creating what exists', planned('internal/store/store.go'), /it exists already: plan it as edit/],
    ['editing what does not', planned('internal/store/other.go', 'edit'), /cannot be edited: plan it as create/],
    ['deleting what does not', planned('internal/store/other.go', 'delete'), /cannot be deleted/],
    ['one file twice in a task', planned('internal/domain/rating/rating.go'), /lists internal\/domain\/rating\/rating\.go twice/],
    [
      'one file of two tasks',
      withMore(aTask('w1-entity-architect-2', { files: [file('internal/store/rating.go')] })),
      /internal\/store\/rating\.go would belong to two tasks, w1-entity-architect-2 and w2-repository-builder/,
    ],
    [
      'one pattern of two tasks',
      withMore(aTask('w5-unit-test-engineer-2', { paths: ['internal/api/rating*_test.go'] })),
      /would belong to two tasks, w5-unit-test-engineer and w5-unit-test-engineer-2/,
    ],
    ['names that differ in case', planned('internal/store/Store.go'), /internal\/store\/store\.go differs only in upper and lower case/],
    ['an existing folder as a whole', patterned('internal/api/'), /the folder exists and holds other people’s files/],
    ['an existing folder by glob', patterned('internal/**'), /it takes a whole existing folder/],
    ['everything', patterned('**/*.go'), /begins with the folder it is about/],
    ['a protected pattern', patterned('.github/workflows/*.yml'), /it is protected/],
  ])('%s', (_, answer, expected) => {
    expect(faultsOf(answer).join('\n')).toMatch(expected)
  })

  test('a new folder and a glob of new files may be owned', () => {
    expect(faultsOf(patterned('internal/domain/rating/events/'))).toEqual([])
    expect(faultsOf(patterned('internal/api/rating_*.go'))).toEqual([])
  })

  test('outside the output folder nothing is planned', () => {
    const config = { ...someFacts().config, outputDir: 'internal' }
    const faults = faultsOf(anAnswer(), { config })
    expect(faults).toEqual([
      'Task w2-repository-builder, migrations/0002_ratings.sql: it lies outside internal, the folder that this run may write.',
    ])
  })
})
