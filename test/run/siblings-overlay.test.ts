// Which contracts an attempt compiles against besides its own files.
import { describe, expect, it } from 'vitest'
import type { RequestAnswered } from '../../src/agent/attempt.ts'
import { asRepoPath, asSha, asTaskId, type TaskId } from '../../src/ids.ts'
import type { Contract } from '../../src/plan/plan.ts'
import { contractsFor } from '../../src/run/siblings-overlay.ts'
import type { RunState } from '../../src/run/state.ts'
import { makePlan, makeTask, simulate } from './simulate.ts'

const contract = (task: string, path: string, kind: Contract['kind'] = 'declare'): Contract => ({
  task: asTaskId(task),
  path: asRepoPath(path),
  kind,
  source: 'package x\n',
})
const contracts = [contract('w1-entity', 'a.go'), contract('w1-value', 'b.go'), contract('w1-value', 'old.go', 'amend')]
const plan = { ...makePlan([makeTask(1, 'entity'), makeTask(1, 'value'), makeTask(2, 'store')]), contracts }
const { state } = simulate({ plan })
const store = plan.tasks[2]!
const attempt = (merged: readonly TaskId[] = [], task = store) => ({
  plan,
  task,
  attempt: 1,
  base: asSha('b'),
  paths: [],
  merged,
  brief: { kind: 'first' } as const,
})
const pathsFor = (of: RunState, ...[merged, task]: Parameters<typeof attempt>) =>
  contractsFor(of, attempt(merged, task)).map(({ path }) => path)

function withRequest(of: RunState, task: string, changed: Contract): RunState {
  const request: RequestAnswered = { kind: 'contract', subject: 'X', why: 'w', granted: true, reason: 'r', contract: changed }
  const known = of.tasks[task]!
  return { ...of, tasks: { ...of.tasks, [task]: { ...known, requests: [request] } } }
}

describe('an attempt compiles against', () => {
  it('what siblings declare; amends are in its base already', () => {
    expect(pathsFor(state)).toEqual(['a.go', 'b.go'])
  })

  it('nothing of what is its own, and nothing whose real code is in its base', () => {
    expect(pathsFor(state, [], plan.tasks[0]!)).toEqual(['b.go'])
    expect(pathsFor(state, [asTaskId('w1-value')])).toEqual(['a.go'])
  })

  it('an amend that was changed since, and every contract as it is now', () => {
    const changed = withRequest(state, 'w1-value', contract('w1-value', 'old.go', 'amend'))
    expect(pathsFor(changed)).toEqual(['a.go', 'b.go', 'old.go'])
  })
})
