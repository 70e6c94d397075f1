// What an agent says at the end against what its tree says.
import { describe, expect, it } from 'vitest'
import type { Assignment, HandOver } from '../../src/agent/attempt.ts'
import { checkHandOver } from '../../src/agent/check-hand-over.ts'
import { asRepoPath } from '../../src/ids.ts'
import type { Task } from '../../src/plan/plan.ts'
import type { TreeChange } from '../../src/world.ts'
import { makeTask } from '../run/simulate.ts'

const task: Task = makeTask(1, 'entity', {
  files: [
    { path: asRepoPath('a/new.go'), change: 'create', symbols: [] },
    { path: asRepoPath('a/old.go'), change: 'edit', symbols: [] },
    { path: asRepoPath('a/gone.go'), change: 'delete', symbols: [] },
  ],
})
const handOver: HandOver = {
  summary: '',
  files: ['a/new.go', './a/old.go', 'a/gone.go'],
  requirements: [],
  checks: [],
  disputes: [],
  notes: '',
}
const change = (path: string, how: TreeChange['change']) => ({ path: asRepoPath(path), change: how })
const changes = [change('a/new.go', 'added'), change('a/old.go', 'modified'), change('a/gone.go', 'deleted')]
const repair: Assignment['brief'] = { kind: 'repair', round: 1, failures: [], readOnly: [] }

function check(more: {
  readonly handOver?: Partial<HandOver>
  readonly changes?: typeof changes
  readonly there?: readonly string[]
  readonly brief?: Assignment['brief']
}) {
  const there = more.there ?? ['a/new.go', 'a/old.go']
  return checkHandOver({
    assignment: { task, brief: more.brief ?? { kind: 'first' } },
    handOver: { ...handOver, ...more.handOver },
    changes: more.changes ?? changes,
    exists: (path) => there.includes(path),
  })
}

describe('a hand-over', () => {
  it('that is as said and as planned has no fault', () => {
    expect(check({})).toEqual([])
  })

  it('without any change is refused', () => {
    expect(check({ changes: [] })).toEqual(['Nothing has changed: there is no work to hand over.'])
    expect(check({ changes: [], handOver: { disputes: [{ test: 'TestA', why: 'R3' }] } })).toHaveLength(1)
  })

  it('of a repair may change nothing when it disputes a failing test, or says where the cause lies', () => {
    const brief: Assignment['brief'] = { ...repair, failures: ['a/a_test.go:3: [tests/test] (TestA) got 1'] }
    expect(check({ brief, changes: [] })).toEqual([expect.stringMatching(/say under notes which symbol of which file/u)])
    expect(check({ brief, changes: [], handOver: { notes: 'b.New of b/b.go drops the limit' } })).toEqual([])
    for (const test of ['TestA', 'TestA/second', 'example.test/a.TestA/second', 'internal/a_test.go: TestA/second'])
      expect(check({ brief, changes: [], handOver: { disputes: [{ test, why: 'R3' }] } }), test).toEqual([])
  })

  it('of a repair disputes only what fails', () => {
    const brief: Assignment['brief'] = { ...repair, failures: ['router.go:11: [compilation/compile] no package provides it'] }
    expect(check({ brief, changes: [], handOver: { disputes: [{ test: 'the build gate', why: 'R3' }] } })).toEqual([
      'the build gate is none of the failing tests, so there is nothing to dispute. A cause that is not yours belongs under notes.',
    ])
  })

  it('names each planned file that is not there, not changed, or not gone', () => {
    expect(check({ there: ['a/old.go', 'a/gone.go'], changes: [change('a/x.go', 'added')], handOver: { files: ['a/x.go'] } })).toEqual([
      'a/new.go is planned and does not exist.',
      'a/old.go is planned to be edited and is the same as before.',
      'a/gone.go is planned to be deleted and is still there.',
    ])
  })

  it('may name a file that stays as its contract stands there', () => {
    const assignment = { task, brief: { kind: 'first' } as const, standIns: ['a/events.go'] }
    const handed = { ...handOver, files: [...handOver.files, 'a/events.go'] }
    expect(checkHandOver({ assignment, handOver: handed, changes, exists: (path) => path !== 'a/gone.go' })).toEqual([])
  })

  it('names what was said and not done, and what was done and not said', () => {
    expect(check({ handOver: { files: ['a/new.go', 'a/gone.go', 'b/b.go'] } })).toEqual([
      'You name b/b.go, but it is the same as before.',
      'a/old.go is modified, but you do not name it.',
    ])
  })

  it('of a repair may leave planned files as they are, but not missing', () => {
    const one = [change('a/new.go', 'modified')]
    expect(check({ brief: repair, changes: one, handOver: { files: ['a/new.go'] } })).toEqual([])
    expect(check({ brief: repair, changes: one, handOver: { files: ['a/new.go'] }, there: ['a/new.go'] })).toEqual([
      'a/old.go is planned and does not exist.',
    ])
  })
})
