// Where requirements are met, by what agents named and what is really there.
import { describe, expect, it } from 'vitest'
import { asTaskId } from '../../src/ids.ts'
import { type TraceRequest, traceRequirements } from '../../src/report/requirement-trace.ts'
import type { RunState, TaskState } from '../../src/run/state.ts'
import { feature, handOver, plan } from './a-plan.ts'
import { beginning, ending, eventsOf, middle, stateOf } from './a-run.ts'

const state = stateOf(eventsOf(beginning, middle, ending))
const paths = new Set(Object.values(state.tasks).flatMap((task) => task.merged.flatMap((work) => work.changed)))
const trace = (more: Partial<TraceRequest> = {}) => traceRequirements({ feature, plan, state, paths, ...more })
const of = (id: string, more: Partial<TraceRequest> = {}) => trace(more).find((requirement) => requirement.id === id)

/** The state with this claim as the only one of a merged task. */
function claiming(where: string, more: Partial<TaskState> = {}): RunState {
  const id = asTaskId('w1-entity-architect')
  const task = state.tasks[id]
  if (task === undefined) throw new Error('no task')
  const merged = [{ attempt: 1, changed: [], handOver: handOver({ requirements: [{ id: 'R1', where }] }) }]
  return { ...state, tasks: { [id]: { ...task, merged, ...more } } }
}

describe('a requirement', () => {
  it('is met where a merged task names a place that is there, with file, symbol and task', () => {
    expect(of('R1')).toMatchObject({
      state: 'met',
      places: [{ file: 'internal/domain/quota/quota.go', symbol: 'NewQuota', task: 'w1-entity-architect' }],
      why: '',
    })
    expect(of('R2')?.places[0]?.symbol).toBe('(*Quota).Charge')
  })

  it('is not met by a place that is not there, and it is said who named it', () => {
    expect(of('R3')).toEqual({
      id: 'R3',
      text: 'POST /api/v1/quotas sets a quota',
      state: 'claimed',
      places: [],
      why: 'w4-rest-api-builder names internal/api/rest/gone.go:Handler, which is not there',
    })
  })

  it('is not met by work that is not merged', () => {
    expect(
      traceRequirements({ feature, plan, state: claiming('internal/domain/quota/quota.go', { phase: 'failed' }), paths })[0],
    ).toMatchObject({
      state: 'claimed',
      why: 'w1-entity-architect names internal/domain/quota/quota.go and is failed',
    })
  })

  it('that nobody names is unmet, with the tasks that have it', () => {
    const silent = { ...state, tasks: {} }
    expect(of('R4', { state: silent })).toMatchObject({
      state: 'unmet',
      why: expect.stringContaining('w2-repository-implementer has it and says nothing of it'),
    })
    expect(of('R4', { state: silent, plan: { ...plan, tasks: [] } })?.why).toBe('no task of the plan has it')
  })

  it('is found whatever the case of its number', () => {
    const lower = { ...feature, requirements: [{ id: ' r1', text: 'x' }] }
    expect(trace({ feature: lower })[0]?.state).toBe('met')
  })
})

describe('a place', () => {
  const places = (where: string) =>
    traceRequirements({ feature, plan, state: claiming(where), paths: new Set(['a/b.go', 'c/d.go', 'README.md']) })[0]?.places.map(
      ({ file, symbol }) => (symbol === undefined ? file : `${file}:${symbol}`),
    )

  it.each([
    ['a/b.go:Quota', ['a/b.go:Quota']],
    ['`a/b.go:NewQuota`', ['a/b.go:NewQuota']],
    ['a/b.go:(*Quota).Charge, c/d.go:Handler', ['a/b.go:(*Quota).Charge', 'c/d.go:Handler']],
    ['./a/b.go:12 and c/d.go', ['a/b.go', 'c/d.go']],
    ['README.md', ['README.md']],
    ['a/b.go:Quota; a/b.go:Quota', ['a/b.go:Quota']],
    ['in the quota package', []],
    ['../../etc/passwd:root', []],
  ])('is read from %j', (where, expected) => {
    expect(places(where)).toEqual(expected)
  })

  it('is checked for its symbol where symbols are known', () => {
    const symbols = new Map([['internal/domain/quota/quota.go', new Set(['Quota', 'NewQuota'])]])
    expect(of('R1', { symbols })?.state).toBe('met')
    expect(of('R2', { symbols })).toMatchObject({ state: 'claimed', why: expect.stringContaining('(*Quota).Charge, which is not there') })
    expect(of('R4', { symbols })?.state).toBe('met')
  })
})
