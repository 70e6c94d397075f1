// The story, run to its end in memory: order of waves, bases, repair, giving up, commands, and resuming after any event.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { asRepoPath, asSha, asTaskId } from '../../src/ids.ts'
import { decide } from '../../src/run/decide.ts'
import type { Effect } from '../../src/run/effect.ts'
import { noUse } from '../../src/run/state.ts'
import { finished, makeFailure, makePlan, makeTask, makeVerdict, simulate } from './simulate.ts'

const twoWaves = makePlan([
  makeTask(1, 'entity'),
  makeTask(1, 'value'),
  makeTask(2, 'repository', { needs: ['w1-entity'] }),
  makeTask(2, 'migration'),
])
const starts = (effects: readonly Effect[]) => effects.filter((effect) => effect.type === 'run-task')
const order = (effects: readonly Effect[]) =>
  effects.map((effect) =>
    effect.type === 'run-task' ? `${effect.task}@${effect.attempt}` : 'wave' in effect ? `${effect.type} ${effect.wave}` : effect.type,
  )

describe('a run that goes well', () => {
  it('reads, measures, plans, commits the seams, then builds, merges and judges wave by wave, then publishes', () => {
    const { effects, state } = simulate({ plan: twoWaves, config: { executionMode: 'sequential' } })
    expect(order(effects)).toEqual([
      'read-feature',
      'measure-base',
      'make-plan',
      'commit-seams',
      'w1-entity@1',
      'w1-value@1',
      'merge-wave 1',
      'judge-wave 1',
      'w2-repository@1',
      'w2-migration@1',
      'merge-wave 2',
      'judge-wave 2',
      'publish',
    ])
    expect(state.finished).toBe(true)
    expect(Object.values(state.tasks).map((task) => task.phase)).toEqual(['green', 'green', 'green', 'green'])
  })

  it('merges in plan order, whatever the order in which the agents end', () => {
    const { effects } = simulate({ plan: twoWaves, pick: (pending) => pending.length - 1 })
    const merges = effects.filter((effect) => effect.type === 'merge-wave')
    expect(merges.map((merge) => merge.tasks.map((task) => task.task))).toEqual([
      ['w1-entity', 'w1-value'],
      ['w2-repository', 'w2-migration'],
    ])
  })

  it('never runs more agents at once than max_parallel allows', () => {
    const plan = makePlan(['a', 'b', 'c', 'd', 'e'].map((name) => makeTask(1, name)))
    expect(simulate({ plan, config: { maxParallel: 2 } }).mostTasksAtOnce).toBe(2)
    expect(simulate({ plan, config: { maxParallel: 5 } }).mostTasksAtOnce).toBe(5)
  })
})

describe('execution modes', () => {
  const started = (mode: 'sequential' | 'adaptive' | 'parallel') =>
    starts(simulate({ plan: twoWaves, config: { executionMode: mode } }).effects).map((effect) => [
      effect.task,
      effect.base,
      effect.overlap,
    ])

  it('sequential starts a wave only on the green commit of the wave before', () => {
    expect(started('sequential').slice(2)).toEqual([
      ['w2-repository', 'wave-1:w1-entity@1+w1-value@1', ''],
      ['w2-migration', 'wave-1:w1-entity@1+w1-value@1', ''],
    ])
  })

  it('adaptive starts a task that needs nobody at once, and one that needs merged work as soon as that compiles, and says why', () => {
    expect(started('adaptive')).toEqual([
      ['w1-entity', 'seams', ''],
      ['w1-value', 'seams', ''],
      ['w2-migration', 'seams', 'adaptive: it needs no other task'],
      ['w2-repository', 'wave-1:w1-entity@1+w1-value@1', 'adaptive: w1-entity is merged and compiles'],
    ])
  })

  it('parallel starts everything at once on the contracts', () => {
    expect(started('parallel').map(([, base]) => base)).toEqual(['seams', 'seams', 'seams', 'seams'])
  })

  describe('prerequisites come before what stands on them', () => {
    const order3 = (plan: ReturnType<typeof makePlan>, executionMode: 'sequential' | 'adaptive' | 'parallel') =>
      order(simulate({ plan, config: { executionMode } }).effects).filter((name) => /@|judge-wave 0/u.test(name))
    const others = [
      ['that needs one', makePlan([makeTask(0, 'fix'), makeTask(1, 'entity', { needs: ['w0-fix'] })])],
      [
        'that needs one through another',
        makePlan([makeTask(0, 'fix'), makeTask(1, 'entity', { needs: ['w0-fix'] }), makeTask(2, 'service', { needs: ['w1-entity'] })]),
      ],
      [
        'that works in a folder which one mends',
        makePlan([makeTask(0, 'fix'), makeTask(1, 'entity', { paths: ['internal/w0/*_test.go'] })]),
      ],
    ] as const

    it.each(others)('a task %s waits in adaptive and parallel', (_, plan) => {
      expect(order3(plan, 'adaptive').slice(0, 3)).toEqual(['w0-fix@1', 'judge-wave 0', 'w1-entity@1'])
      expect(order3(plan, 'parallel').slice(0, 3)).toEqual(['w0-fix@1', 'judge-wave 0', 'w1-entity@1'])
    })

    it('a task elsewhere that needs none starts beside them, but for sequential', () => {
      const plan = makePlan([makeTask(0, 'fix'), makeTask(1, 'entity')])
      expect(order3(plan, 'adaptive')).toEqual(['w0-fix@1', 'w1-entity@1', 'judge-wave 0'])
      expect(order3(plan, 'parallel')).toEqual(['w0-fix@1', 'w1-entity@1', 'judge-wave 0'])
      expect(order3(plan, 'sequential')).toEqual(['w0-fix@1', 'judge-wave 0', 'w1-entity@1'])
    })
  })

  it('tells an agent whose code is in its base, so that those contracts are not overlaid', () => {
    const { effects } = simulate({ plan: twoWaves, config: { executionMode: 'sequential' } })
    expect(starts(effects).map((effect) => effect.merged)).toEqual([[], [], ['w1-entity', 'w1-value'], ['w1-entity', 'w1-value']])
  })
})

describe('a red gate', () => {
  const file = 'internal/w1/entity.go'

  it('sends the failure to its owner on the wave branch, merges again onto it and judges again', () => {
    const { effects, state } = simulate({
      plan: twoWaves,
      gate: (effect, count) => makeVerdict(effect.wave === 1 && count === 1 ? [makeFailure(file)] : []),
    })
    const repair = starts(effects).find((effect) => effect.brief.kind === 'repair')
    expect(repair).toMatchObject({ task: 'w1-entity', attempt: 2, base: 'wave-1:w1-entity@1+w1-value@1' })
    const merges = effects.filter((effect) => effect.type === 'merge-wave' && effect.wave === 1)
    expect(merges[1]).toMatchObject({ onto: 'wave-1:w1-entity@1+w1-value@1', tasks: [{ task: 'w1-entity', attempt: 2 }] })
    expect(state.finished).toBe(true)
  })

  it('lets no later wave merge before it is green', () => {
    const { effects } = simulate({
      plan: twoWaves,
      config: { executionMode: 'parallel' },
      gate: (effect, count) => makeVerdict(effect.wave === 1 && count === 1 ? [makeFailure(file)] : []),
    })
    const names = order(effects)
    expect(names.indexOf('merge-wave 2')).toBeGreaterThan(names.lastIndexOf('judge-wave 1'))
  })

  it('gives one agent all paths when the same failures come again, and stops and asks when they come a third time', () => {
    const { effects, state } = simulate({
      plan: twoWaves,
      gate: () => makeVerdict([makeFailure(file), makeFailure('internal/w1/value.go', { kind: 'format', id: 'format' })]),
    })
    const repairs = starts(effects).filter((effect) => effect.brief.kind === 'repair')
    expect(repairs.map((effect) => effect.task)).toEqual(['w1-entity', 'w1-value', 'w1-entity'])
    expect(repairs[2]?.paths).toEqual(['internal/w1/entity.go', 'internal/w1/value.go'])
    expect(state.stop).toEqual({ kind: 'gate-stuck', wave: 1, why: 'no-progress' })
  })

  it.each([
    ['draft', 1],
    ['production', 3],
    ['bulletproof', 5],
  ] as const)('%s stops after %i repair rounds even when the failures change', (qualityLevel, rounds) => {
    const { state } = simulate({
      plan: twoWaves,
      config: { qualityLevel },
      gate: (_, count) => makeVerdict([makeFailure(file, { id: `failure ${count}` })]),
    })
    expect(state.stop).toEqual({ kind: 'gate-stuck', wave: 1, why: 'rounds' })
    expect(state.waves[0]?.round).toBe(rounds)
  })

  it('stops when nobody can be asked', () => {
    const plan = makePlan([makeTask(1, 'entity')])
    const { state, effects } = simulate({
      plan,
      task: (effect) => ({ kind: 'stopped', reason: 'refused', detail: 'no', use: { ...noUse, turns: effect.attempt } }),
    })
    expect(state.stop).toEqual({ kind: 'task-failed', tasks: ['w1-entity'] })
    // What there is becomes visible, the log of failures among it.
    expect(order(effects).at(-1)).toBe('publish')
    expect(state.published).toBe(true)
  })

  it('an unknown verdict blocks like red and can be judged anew', () => {
    const unknown = { ...makeVerdict([]), verdict: 'unknown' as const }
    const stopped = simulate(
      { plan: twoWaves, gate: (effect, count) => (effect.wave === 1 && count === 1 ? unknown : makeVerdict([])) },
      { extra: [] },
    )
    expect(stopped.state.stop).toEqual({ kind: 'gate-unknown', wave: 1 })
    const resumed = simulate(
      { plan: twoWaves, gate: (effect, count) => (effect.wave === 1 && count === 1 ? unknown : makeVerdict([])) },
      { extra: [{ type: 'command-given', command: { name: 'resume' }, by: 'me' }] },
    )
    expect(resumed.state.finished).toBe(true)
  })
})

describe('an attempt that does not succeed', () => {
  it('is tried once more with what went wrong and its files kept, then the run stops and names it', () => {
    const { effects, state } = simulate({
      plan: twoWaves,
      task: (effect) =>
        effect.task === 'w1-value'
          ? { kind: 'not-as-said', faults: ['no file'], commit: asSha(`half@${effect.attempt}`), use: noUse }
          : undefined,
    })
    const attempts = starts(effects).filter((effect) => effect.task === 'w1-value')
    expect(attempts.map((effect) => [effect.attempt, effect.startFrom])).toEqual([
      [1, undefined],
      [2, 'half@1'],
    ])
    expect(state.stop).toEqual({ kind: 'task-failed', tasks: ['w1-value'] })
    expect(state.tasks['w1-entity']?.phase).toBe('waiting')
  })

  it('a limit of money stops the run; after budget + it goes on with the same attempt', () => {
    let paid = 0
    const { effects, state } = simulate(
      {
        plan: twoWaves,
        task: (effect) =>
          effect.task === 'w1-value' && paid++ === 0
            ? { kind: 'stopped', reason: 'out-of-budget', detail: 'run', use: { ...noUse, turns: 2, costUsd: 1 } }
            : undefined,
      },
      { extra: [{ type: 'command-given', command: { name: 'budget', addUsd: 5 }, by: 'me' }] },
    )
    expect(
      starts(effects)
        .filter((effect) => effect.task === 'w1-value')
        .map((effect) => effect.attempt),
    ).toEqual([1, 1])
    expect(state.finished).toBe(true)
    expect(state.config.budgetUsd).toBe(30)
  })
})

describe('commands', () => {
  it('without approval the plan is published and waits; approve goes on', () => {
    const waiting = simulate({ plan: twoWaves, autoApprove: false })
    expect(waiting.state.stop).toEqual({ kind: 'approval', estimateUsd: 1 })
    expect(order(waiting.effects).at(-1)).toBe('publish')
    const approved = simulate(
      { plan: twoWaves, autoApprove: false },
      { extra: [{ type: 'command-given', command: { name: 'approve' }, by: 'me' }] },
    )
    expect(approved.state.finished).toBe(true)
  })

  it('skip leaves a failed task out and the run finishes without it', () => {
    const { state } = simulate(
      {
        plan: twoWaves,
        task: (effect) => (effect.task === 'w2-migration' ? { kind: 'stopped', reason: 'refused', detail: 'no', use: noUse } : undefined),
      },
      { extra: [{ type: 'command-given', command: { name: 'skip', task: asTaskId('w2-migration'), reason: 'by hand' }, by: 'me' }] },
    )
    expect(state.finished).toBe(true)
    expect(state.tasks['w2-migration']).toMatchObject({ phase: 'skipped', reason: 'by hand' })
  })

  it('retry of a finished task reopens the last wave, merges and judges it again', () => {
    const { effects, state } = simulate(
      { plan: twoWaves },
      {
        extra: [
          {
            type: 'command-given',
            command: { name: 'retry', target: { kind: 'task', task: asTaskId('w1-value') }, how: 'kept', context: 'use int64' },
            by: 'me',
          },
        ],
      },
    )
    const again = starts(effects).filter((effect) => effect.task === 'w1-value')
    expect(again[1]).toMatchObject({ attempt: 2, brief: { kind: 'retry', context: 'use int64' } })
    expect(order(effects).slice(-4)).toEqual(['w1-value@2', 'merge-wave 2', 'judge-wave 2', 'publish'])
    expect(state.finished).toBe(true)
  })

  it('fix sends each thread to the owner of its file, even when the gate was green', () => {
    const { effects, state } = simulate(
      { plan: twoWaves },
      {
        extra: [
          {
            type: 'command-given',
            command: { name: 'fix', threads: [{ file: 'internal/w1/value.go', line: 4, text: 'name it Amount' }] },
            by: 'me',
          },
        ],
      },
    )
    const repair = starts(effects).find((effect) => effect.brief.kind === 'repair')
    expect(repair?.task).toBe('w1-value')
    expect(JSON.stringify(repair?.brief)).toContain('name it Amount')
    expect(state.finished).toBe(true)
  })

  it('cancel stops the run and nothing starts any more', () => {
    const { state, effects } = simulate(
      { plan: twoWaves, autoApprove: false },
      { extra: [{ type: 'command-given', command: { name: 'cancel' }, by: 'me' }] },
    )
    expect(state.stop).toEqual({ kind: 'cancelled', by: 'me' })
    expect(starts(effects)).toEqual([])
  })

  it('continue --from accepts what is there, gates the wave before, and goes on', () => {
    const { state, effects } = simulate(
      {
        plan: twoWaves,
        task: (effect) => (effect.task === 'w1-value' ? { kind: 'stopped', reason: 'refused', detail: 'no', use: noUse } : undefined),
      },
      { extra: [{ type: 'command-given', command: { name: 'continue', from: 2 }, by: 'me' }] },
    )
    expect(state.finished).toBe(true)
    expect(state.tasks['w1-value']?.phase).toBe('skipped')
    expect(order(effects)).toContain('judge-wave 1')
  })

  it('update merges the moved base into the newest wave and judges it', () => {
    const { state, effects } = simulate(
      { plan: twoWaves },
      { extra: [{ type: 'command-given', command: { name: 'update', base: asSha('new') }, by: 'me' }] },
    )
    expect(order(effects).slice(-3)).toEqual(['merge-base 2', 'judge-wave 2', 'publish'])
    expect(state).toMatchObject({ finished: true, base: 'new' })
  })
})

describe('while agents work', () => {
  const contract = { task: asTaskId('w1-entity'), path: asRepoPath('a.go'), kind: 'declare' as const, source: 'package a\n' }

  it('a changed contract sends finished consumers back to follow it, from where they were', () => {
    const { state, effects } = simulate({ plan: makePlan([makeTask(1, 'entity'), makeTask(1, 'value')]) }, { until: 'merge-wave' })
    const request = {
      kind: 'contract',
      subject: 'Quota',
      why: 'a field is missing',
      granted: true,
      reason: 'it type-checks',
      contract,
      requeues: [asTaskId('w1-value')],
    } as const
    const waiting = {
      ...state,
      tasks: { ...state.tasks, 'w1-entity': { ...state.tasks['w1-entity']!, phase: 'running' as const } },
      inFlight: ['task:w1-entity'],
    }
    const told = decide(waiting, { type: 'request-answered', task: asTaskId('w1-entity'), attempt: 1, request, at: 99 })
    expect(effects.filter((effect) => effect.type === 'run-task')).toHaveLength(2)
    expect(told.effects).toMatchObject([
      { type: 'run-task', task: 'w1-value', attempt: 2, startFrom: state.tasks['w1-value']?.commit, brief: { kind: 'retry' } },
    ])
  })

  it('bulletproof reads every finished attempt once before it is merged; findings go back to the author', () => {
    const plan = makePlan([makeTask(1, 'entity')])
    const config = { qualityLevel: 'bulletproof' as const }
    const { effects, state } = simulate({ plan, config, review: ({ attempt }) => (attempt === 1 ? ['a.go:3 wrong'] : []) })
    expect(order(effects).slice(4)).toEqual(['w1-entity@1', 'review-task', 'w1-entity@2', 'merge-wave 1', 'judge-wave 1', 'publish'])
    expect(starts(effects)[1]).toMatchObject({ brief: { kind: 'review', findings: ['a.go:3 wrong'] } })
    expect(state.finished).toBe(true)
  })

  it('a review that is cut short stops the run and is asked for again, not taken for an answer', () => {
    const plan = makePlan([makeTask(1, 'entity')])
    const stop = { kind: 'out-of-budget', which: 'run', spentUsd: 25, capUsd: 25 } as const
    let cuts = 0
    const { effects, state } = simulate(
      { plan, config: { qualityLevel: 'bulletproof' }, review: () => (cuts++ === 0 ? stop : []) },
      { extra: [{ type: 'command-given', command: { name: 'budget', addUsd: 5 }, by: 'you' }] },
    )
    expect(effects.filter((effect) => effect.type === 'review-task')).toHaveLength(2)
    expect(state.finished).toBe(true)
  })
})

describe('resuming', () => {
  it('after a kill behind any event, the run ends in the same state, and no finished attempt runs again', () => {
    const answers = {
      plan: twoWaves,
      gate: (effect: { wave: number; commit: string }) =>
        makeVerdict(effect.wave === 1 && !effect.commit.includes('@2') ? [makeFailure('internal/w1/entity.go')] : []),
    }
    const whole = simulate(answers)
    for (let cut = 1; cut < whole.events.length; cut++) {
      const resumed = simulate(answers, { from: whole.events.slice(0, cut) })
      expect(resumed.state.waves.map((wave) => wave.commit)).toEqual(whole.state.waves.map((wave) => wave.commit))
      expect(resumed.state.finished).toBe(true)
      const ended = whole.events.slice(0, cut).flatMap((event) => (event.type === 'task-ended' ? [`${event.task}@${event.attempt}`] : []))
      const restarted = starts(resumed.effects).map((effect) => `${effect.task}@${effect.attempt}`)
      expect(restarted.filter((name) => ended.includes(name))).toEqual([])
    }
  })

  it('any order of answers ends finished, in any mode', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('parallel', 'sequential', 'adaptive'),
        fc.array(fc.nat(20), { minLength: 60, maxLength: 60 }),
        (executionMode, choices) => {
          let index = 0
          const plan = makePlan([
            makeTask(1, 'a'),
            makeTask(1, 'b'),
            makeTask(2, 'c', { needs: ['w1-a'] }),
            makeTask(3, 'd'),
            makeTask(3, 'e', { needs: ['w2-c', 'w1-b'] }),
            makeTask(5, 'f'),
          ])
          const { state } = simulate({
            plan,
            config: { executionMode, maxParallel: 3 },
            pick: (pending) => (choices[index++ % choices.length] ?? 0) % pending.length,
          })
          expect(state.finished).toBe(true)
          expect(state.waves.every((wave) => wave.phase === 'green')).toBe(true)
        },
      ),
    )
  })

  it('a late end of a superseded attempt changes nothing', () => {
    const { state } = simulate(
      { plan: twoWaves },
      { extra: [{ type: 'task-ended', task: asTaskId('w1-entity'), attempt: 1, outcome: finished('late') }] },
    )
    expect(state.tasks['w1-entity']?.commit).toBe('w1-entity@1')
  })
})
