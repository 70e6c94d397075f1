// A run with everything in it that reports speak of: five waves, a repair, requests, a refusal, a failure. As events, so that all that is
// reported follows from the fold.
import type { AttemptOutcome } from '../../src/agent/attempt.ts'
import { defaultConfig } from '../../src/config.ts'
import { asBranchName, asRunId, asSha, asTaskId, type WaveNumber } from '../../src/ids.ts'
import { decide } from '../../src/run/decide.ts'
import type { Happening, RunEvent } from '../../src/run/event.ts'
import type { RunState } from '../../src/run/state.ts'
import { makeFailure } from '../run/simulate.ts'
import { done, feature, judged, plan, useOf } from './a-plan.ts'

/** 23 November 2026, 18:00 UTC. */
export const startMs = Date.UTC(2026, 10, 23, 18, 0, 0)
const minute = 60_000

const id = asTaskId
const started = (task: string, attempt = 1, more: { overlap?: string; round?: number } = {}): Happening => ({
  type: 'task-started',
  task: id(task),
  attempt,
  base: asSha('5ea35'),
  branch: asBranchName(`dce/quotas-3fa9c1/${task}`),
  brief: more.round === undefined ? { kind: 'first' } : { kind: 'repair', round: more.round, failures: ['x'], readOnly: [] },
  paths: [],
  overlap: more.overlap ?? '',
})
const progressed = (task: string, turn: number, tools: readonly string[], costUsd: number): Happening => ({
  type: 'task-progressed',
  task: id(task),
  attempt: 1,
  turn,
  tools,
  use: useOf(turn, costUsd),
})
const ended = (task: string, outcome: AttemptOutcome, attempt = 1): Happening => ({ type: 'task-ended', task: id(task), attempt, outcome })
const merged = (
  wave: WaveNumber,
  tasks: readonly (readonly [string, number])[],
  more: { reconciled?: readonly string[]; compiles?: boolean } = {},
): Happening => ({
  type: 'wave-merged',
  wave,
  commit: asSha(`${wave}beef${tasks.length}f00d00`),
  merged: tasks.map(([task, attempt]) => ({ task: id(task), attempt, commit: asSha('c0ffee1') })),
  reconciled: more.reconciled ?? [],
  generated: [],
  compiles: more.compiles ?? true,
  use: useOf(0, 0),
})

/** Minutes after the start, and what happened. */
export type Timed = readonly [number, Happening]

/** The first steps, up to the contracts. */
export const beginning: readonly Timed[] = [
  [
    0,
    {
      type: 'run-started',
      run: asRunId('quotas-3fa9c1'),
      repo: '/repo',
      spec: { source: 'specs/quotas.md', text: '# Call quotas', hash: 'f00d' },
      base: asSha('1a2b3c4d5e6f7a8b'),
      config: defaultConfig,
      autoApprove: true,
    },
  ],
  [0.1, { type: 'feature-read', feature, notSo: [] }],
  [0.5, { type: 'base-measured', failures: [makeFailure('cmd/old/main.go')], compiles: false }],
  [3, { type: 'plan-made', plan, use: useOf(6, 0.42) }],
  [3.1, { type: 'seams-committed', commit: asSha('5ea35c0de0') }],
]

/** Wave 1 built, repaired once, green; wave 2 at work. */
export const middle: readonly Timed[] = [
  [3.2, started('w1-entity-architect')],
  [3.2, started('w1-value-object-designer')],
  [3.2, started('w1-repository-interface-designer')],
  [3.3, started('w2-migration-engineer', 1, { overlap: 'adaptive: it needs no other task' })],
  [4, progressed('w1-entity-architect', 3, ['read', 'edit'], 0.1)],
  [
    5,
    {
      type: 'request-answered',
      task: id('w1-entity-architect'),
      attempt: 1,
      request: {
        kind: 'path',
        subject: 'internal/domain/quota/errors.go',
        why: 'errors of its own',
        granted: true,
        reason: 'new and unowned, in a folder of the task',
      },
    },
  ],
  [
    6,
    ended(
      'w1-entity-architect',
      done(['internal/domain/quota/quota.go', 'internal/domain/quota/errors.go'], {
        handOver: {
          summary: 'Quota with constructor and Charge.',
          requirements: [
            { id: 'R1', where: 'internal/domain/quota/quota.go:NewQuota' },
            { id: 'R2', where: 'internal/domain/quota/quota.go:(*Quota).Charge' },
          ],
        },
      }),
    ),
  ],
  [6.2, ended('w1-value-object-designer', done(['internal/domain/values/window.go']))],
  [6.4, ended('w1-repository-interface-designer', done(['internal/domain/quota/repository.go']))],
  [
    6.5,
    merged(1, [
      ['w1-entity-architect', 1],
      ['w1-value-object-designer', 1],
      ['w1-repository-interface-designer', 1],
    ]),
  ],
  [
    7,
    {
      type: 'gate-judged',
      wave: 1,
      commit: asSha('1beef3f00d00'),
      verdict: judged(1, { failures: [makeFailure('internal/domain/quota/quota.go', { line: 31 })] }),
    },
  ],
  [7.1, started('w1-entity-architect', 2, { round: 1 })],
  [
    8,
    ended(
      'w1-entity-architect',
      done(['internal/domain/quota/quota.go'], {
        handOver: {
          summary: 'Declared what was missing.',
          requirements: [
            { id: 'R1', where: 'internal/domain/quota/quota.go:NewQuota' },
            { id: 'R2', where: 'internal/domain/quota/quota.go:(*Quota).Charge' },
          ],
        },
      }),
      2,
    ),
  ],
  [8.2, merged(1, [['w1-entity-architect', 2]], { reconciled: ['internal/domain/quota/errors.go'] })],
  [
    8.7,
    {
      type: 'gate-judged',
      wave: 1,
      commit: asSha('1beef1f00d00'),
      verdict: judged(1, { due: [{ what: 'route', subject: 'POST /api/v1/quotas', wave: 4 }] }),
    },
  ],
  [8.8, started('w2-repository-implementer')],
  [9.4, progressed('w2-repository-implementer', 4, ['bash', 'edit'], 0.18)],
  [
    9.5,
    {
      type: 'request-answered',
      task: id('w2-migration-engineer'),
      attempt: 1,
      request: { kind: 'module', subject: 'github.com/x/uuid', why: 'ids', granted: false, reason: 'the plan does not list it' },
    },
  ],
  [
    9.6,
    ended(
      'w2-migration-engineer',
      done(['migrations/0007_quotas.up.sql', 'migrations/0007_quotas.down.sql'], { handOver: { notes: 'The index is named by hand.' } }),
    ),
  ],
]

/** Everything but the tests is green, the tester failed twice, and the run asks. */
export const ending: readonly Timed[] = [
  [
    12,
    ended(
      'w2-repository-implementer',
      done(['internal/infrastructure/postgres/quota.go'], {
        handOver: { requirements: [{ id: 'R4', where: 'internal/infrastructure/postgres/quota.go:QuotaRepository' }] },
      }),
    ),
  ],
  [
    12.1,
    merged(2, [
      ['w2-repository-implementer', 1],
      ['w2-migration-engineer', 1],
    ]),
  ],
  [12.6, { type: 'gate-judged', wave: 2, commit: asSha('2beef2f00d00'), verdict: judged(2) }],
  [12.7, started('w3-service-orchestrator')],
  [14, ended('w3-service-orchestrator', done(['internal/service/quota/service.go']))],
  [14.1, merged(3, [['w3-service-orchestrator', 1]])],
  [14.6, { type: 'gate-judged', wave: 3, commit: asSha('3beef1f00d00'), verdict: judged(3) }],
  [14.7, started('w4-rest-api-builder')],
  [
    16,
    ended(
      'w4-rest-api-builder',
      done(['internal/api/rest/quotas.go', 'internal/api/rest/routes.go'], {
        handOver: { requirements: [{ id: 'R3', where: 'internal/api/rest/gone.go:Handler' }] },
      }),
    ),
  ],
  [16.1, merged(4, [['w4-rest-api-builder', 1]])],
  [16.6, { type: 'gate-judged', wave: 4, commit: asSha('4beef1f00d00'), verdict: judged(4) }],
  [16.7, started('w5-unit-test-engineer')],
  [18, ended('w5-unit-test-engineer', { kind: 'stopped', reason: 'turns', detail: '60 turns', use: useOf(60, 1.2) })],
  [18.1, started('w5-unit-test-engineer', 2)],
  [
    20,
    ended(
      'w5-unit-test-engineer',
      { kind: 'not-as-said', faults: ['internal/domain/quota/quota_test.go is not there'], use: useOf(12, 0.4) },
      2,
    ),
  ],
]

/** The end of a run in which all went well. */
export const goodEnding: readonly Timed[] = [
  ...ending.slice(0, -4),
  [16.7, started('w5-unit-test-engineer')],
  [19, ended('w5-unit-test-engineer', done(['internal/domain/quota/quota_test.go']))],
  [19.1, merged(5, [['w5-unit-test-engineer', 1]])],
  [20, { type: 'gate-judged', wave: 5, commit: asSha('5beef1f00d00'), verdict: judged(5, { figures: { tests: 61, coverage: '93 %' } }) }],
]

/** Happenings with times, as events. */
export function eventsOf(...parts: readonly (readonly Timed[])[]): readonly RunEvent[] {
  return parts.flat().map(([minutes, happening]) => ({ ...happening, at: startMs + Math.round(minutes * minute) }))
}

/** The state after events. Throws when there are none. */
export function stateOf(events: readonly RunEvent[]): RunState {
  const state = events.reduce<RunState | undefined>((sum, event) => decide(sum, event).state, undefined)
  if (state === undefined) throw new Error('no events')
  return state
}
