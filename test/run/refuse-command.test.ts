// Which command makes sense when: the sentence a person gets, or none.
import { describe, expect, it } from 'vitest'
import { asSha, asTaskId } from '../../src/ids.ts'
import type { RunCommand } from '../../src/run/event.ts'
import { refuseCommand } from '../../src/run/refuse-command.ts'
import type { RunState, TaskState } from '../../src/run/state.ts'
import { makePlan, makeTask, simulate } from './simulate.ts'

const plan = makePlan([makeTask(1, 'entity'), makeTask(2, 'store', { needs: ['w1-entity'] })])
const finished = (await simulate({ plan })).state
const waiting = (await simulate({ plan, autoApprove: false })).state
const { finished: _, ...rest } = finished
const under: RunState = { ...rest, finished: false }

const withTask = (state: RunState, id: string, change: Partial<TaskState>): RunState => {
  const task = state.tasks[id]
  if (task === undefined) throw new Error(`no task ${id}`)
  return { ...state, tasks: { ...state.tasks, [id]: { ...task, ...change } } }
}
const entity = asTaskId('w1-entity')
const store = asTaskId('w2-store')
const retry = (task: string): RunCommand => ({ name: 'retry', target: { kind: 'task', task: asTaskId(task) }, how: 'kept' })

describe('is refused', () => {
  it.each<[string, RunState, RunCommand, RegExp]>([
    ['approve of an approved plan', under, { name: 'approve' }, /approved already/u],
    ['pause when nothing runs', finished, { name: 'pause' }, /Nothing is running/u],
    ['resume of a finished run', finished, { name: 'resume' }, /finished/u],
    ['resume before the plan is approved', waiting, { name: 'resume' }, /waits for your word/u],
    ['retry before the plan is approved', waiting, retry('w1-entity'), /waits for your word/u],
    ['continue before the plan is approved', waiting, { name: 'continue', from: 2 }, /waits for your word/u],
    ['retry of an unknown task', under, retry('w1-entiti'), /no task w1-entiti.*w1-entity, w2-store/u],
    ['retry of a running task', withTask(under, 'w1-entity', { phase: 'running' }), retry('w1-entity'), /is running/u],
    ['retry of a wave that is not planned', under, { name: 'retry', target: { kind: 'wave', wave: 5 }, how: 'kept' }, /no wave 5/u],
    ['continue from a wave that is not planned', under, { name: 'continue', from: 5 }, /no wave 5; it has 1, 2/u],
    ['skip of a merged task', under, { name: 'skip', task: entity, reason: 'r' }, /merged already/u],
    [
      'skip of what others need',
      withTask(under, 'w1-entity', { phase: 'failed' }),
      { name: 'skip', task: entity, reason: 'r' },
      /w2-store needs it/u,
    ],
    ['cancel of a finished run', finished, { name: 'cancel' }, /finished/u],
    ['budget of a finished run', finished, { name: 'budget', addUsd: 1 }, /finished/u],
    ['anything of a cancelled run', { ...under, stop: { kind: 'cancelled', by: 'you' } }, { name: 'resume' }, /was cancelled/u],
  ])('%s', (_name, state, command, words) => {
    expect(refuseCommand(state, command)).toMatch(words)
  })

  it('update and fix before anything is built', () => {
    const { seams: _seams, ...unbuilt } = waiting
    expect(refuseCommand(unbuilt, { name: 'update', base: asSha('b') })).toMatch(/Nothing is built yet/u)
    expect(refuseCommand(unbuilt, { name: 'fix', threads: [] })).toMatch(/Nothing is merged yet/u)
  })
})

describe('is taken', () => {
  it.each<[string, RunState, RunCommand]>([
    ['resume of a finished run whose result was not published yet', { ...finished, published: false }, { name: 'resume' }],
    ['approve of a plan that waits', waiting, { name: 'approve' }],
    ['cancel of a plan that waits', waiting, { name: 'cancel' }],
    ['pause while it runs', under, { name: 'pause' }],
    ['retry of a failed task', withTask(under, 'w1-entity', { phase: 'failed' }), retry('w1-entity')],
    [
      'skip of a failed task that nobody needs',
      withTask(under, 'w2-store', { phase: 'failed' }),
      { name: 'skip', task: store, reason: 'r' },
    ],
    ['fix of a finished run', finished, { name: 'fix', threads: [{ file: 'a.go', text: 't' }] }],
    ['update of a finished run', finished, { name: 'update', base: asSha('b') }],
    ['cancel of a cancelled run', { ...under, stop: { kind: 'cancelled', by: 'you' } }, { name: 'cancel' }],
  ])('%s', (_name, state, command) => {
    expect(refuseCommand(state, command)).toBeUndefined()
  })
})
