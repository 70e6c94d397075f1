// Where a run, a wave and a task stand, in words; and why a run stands still.
import { describe, expect, it } from 'vitest'
import { asTaskId } from '../../src/ids.ts'
import { statusOf, waitsFor, waveWord } from '../../src/report/standing.ts'
import { sayStop, shellWord } from '../../src/report/stop.ts'
import type { RunCommand, StopReason } from '../../src/run/event.ts'
import { parseCommand, splitWords } from '../../src/run/parse-command.ts'
import { refuseCommand } from '../../src/run/refuse-command.ts'
import type { RunState } from '../../src/run/state.ts'
import { finished, makePlan, makeTask, simulate } from '../run/simulate.ts'
import { judged, plan } from './a-plan.ts'
import { beginning, ending, eventsOf, goodEnding, middle, stateOf } from './a-run.ts'

const state = stateOf(eventsOf(beginning, middle))

describe('where a run stands', () => {
  it.each([
    [beginning.slice(0, 1), 'reading the specification'],
    [beginning.slice(0, 2), 'measuring the base'],
    [beginning.slice(0, 3), 'planning'],
    [beginning, 'wave 1, not begun'],
    [[...beginning, ...middle.slice(0, 5)], 'wave 1, building'],
    [[...beginning, ...middle.slice(0, 10)], 'wave 1, merged, at the gate'],
    [[...beginning, ...middle.slice(0, 12)], 'wave 1, repair round 1'],
    [[...beginning, ...middle, ...ending], 'stopped (task-failed)'],
    [[...beginning, ...middle, ...goodEnding], 'finished'],
  ])('after %# steps is said in a few words', (events, words) => {
    expect(statusOf(stateOf(eventsOf(events)))).toBe(words)
  })

  it('a wave that a person accepted says so, whatever its gate said', () => {
    const wave = state.waves[0]
    if (wave === undefined) throw new Error('no wave')
    expect(waveWord(state, { ...wave, phase: 'accepted', verdict: judged(1) })).toBe('accepted as it is')
  })
})

describe('what a task waits for', () => {
  const waits = (of: RunState, id: string) => {
    const task = of.plan?.tasks.find((candidate) => candidate.id === id)
    return task === undefined ? 'no such task' : waitsFor(of, task)
  }

  it('its needs in adaptive mode, the gate before in sequential mode', () => {
    expect(waits(state, 'w3-service-orchestrator')).toBe('waits for w2-repository-implementer')
    const sequential = { ...state, config: { ...state.config, executionMode: 'sequential' as const } }
    expect(waits(sequential, 'w3-service-orchestrator')).toBe('waits for the gate of wave 2')
  })

  it('a free agent, when nothing else is in its way', () => {
    const parallel = { ...state, config: { ...state.config, executionMode: 'parallel' as const } }
    expect(waits(parallel, 'w3-service-orchestrator')).toBe('waits for a free agent')
  })

  it('the prerequisites it stands on', () => {
    const plan = makePlan([makeTask(0, 'fix'), makeTask(1, 'entity', { needs: ['w0-fix'] })])
    const { events } = simulate({ plan, task: () => undefined })
    const building = events.slice(
      0,
      events.findIndex((event) => event.type === 'task-ended'),
    )
    expect(waits(stateOf(building), 'w1-entity')).toBe('waits for wave 0')
  })

  it('nothing, while it runs and when it is green', () => {
    expect(waits(state, 'w2-repository-implementer')).toBeUndefined()
    expect(waits(state, 'w1-entity-architect')).toBeUndefined()
  })

  it('those of its wave that still work, as they are in the state that is asked about', () => {
    const { events } = simulate({ plan: makePlan([makeTask(1, 'one'), makeTask(1, 'two')]), task: () => finished('c') })
    const ends = events.flatMap((event, index) => (event.type === 'task-ended' ? [index + 1] : []))
    const [oneEnded, bothEnded] = ends.map((end) => stateOf(events.slice(0, end)))
    if (oneEnded === undefined || bothEnded === undefined) throw new Error('two tasks did not end')
    const done = Object.values(oneEnded.tasks).find((task) => task.phase === 'waiting')?.id ?? ''
    const said = [oneEnded, bothEnded, oneEnded].map((each) => waits(each, done))
    expect(said).toEqual([expect.stringMatching(/^its merge waits for w1-/u), 'is being merged', said[0]])
  })

  it('the gate, once it is merged', () => {
    const { events } = simulate({ plan: makePlan([makeTask(1, 'entity')]), task: () => finished('c') })
    const merged = events.slice(0, events.findIndex((event) => event.type === 'wave-merged') + 1)
    expect(waits(stateOf(merged), 'w1-entity')).toBe('at the gate of wave 1')
  })
})

describe('why a run stands still', () => {
  const stops: readonly StopReason[] = [
    { kind: 'questions', questions: ['Which day?'] },
    { kind: 'plan-failed', faults: ['no owner'] },
    { kind: 'approval', estimateUsd: 4.2 },
    { kind: 'task-failed', tasks: [asTaskId('w1-entity-architect')] },
    { kind: 'task-failed', tasks: [asTaskId('w1-entity-architect'), asTaskId('w2-migration-engineer')] },
    { kind: 'merge-failed', wave: 1, faults: ['a line would be lost'] },
    { kind: 'gate-stuck', wave: 1, why: 'rounds' },
    { kind: 'gate-stuck', wave: 1, why: 'no-progress' },
    { kind: 'gate-stuck', wave: 1, why: 'nobody-to-ask' },
    { kind: 'gate-unknown', wave: 1 },
    { kind: 'out-of-budget', which: 'day', spentUsd: 100, capUsd: 100 },
    { kind: 'rate-limited', untilMs: Date.UTC(2026, 10, 23, 19) },
    { kind: 'model-rejected', status: 401, message: 'invalid key' },
    { kind: 'model-rejected', status: 404, message: 'model: claude-nobody' },
    { kind: 'model-rejected', status: 0, message: 'the service failed 6 times: Connection error (ECONNREFUSED)' },
    { kind: 'model-rejected', status: 413, message: 'too large' },
    { kind: 'paused', by: 'ada' },
    { kind: 'interrupted' },
    { kind: 'cancelled', by: 'ada' },
    { kind: 'fault', message: 'git is gone' },
  ]
  const stopped = (stop: StopReason): RunState => ({ ...state, stop, approved: stop.kind !== 'approval' })

  it.each(stops.map((stop) => [stop.kind, stop] as const))(
    '%s: says what is wrong and gives a command that can be typed as it is',
    (_, stop) => {
      const words = sayStop(stopped(stop))
      expect(words?.what).toMatch(/^\S/u)
      expect(words?.next).toMatch(/^dce \S/u)
    },
  )

  it.each(stops.map((stop) => [stop.kind, stop] as const))(
    '%s: the command means something and is not refused in this state',
    (_, stop) => {
      const now = stopped(stop)
      const [dce, ...rest] = splitWords(sayStop(now)?.next ?? '')
      expect(dce).toBe('dce')
      if (rest[0] === 'run') return expect(rest[1]).toBe('specs/quotas.md')
      expect(rest.slice(-2)).toEqual(['--run', 'quotas-3fa9c1'])
      const parsed = parseCommand(rest.slice(0, -2))
      expect(parsed.kind).toBe('run')
      return expect(refuseCommand(now, (parsed as { readonly command: RunCommand }).command)).toBeUndefined()
    },
  )

  it('a run that goes on is not explained', () => {
    expect(sayStop(state)).toBeUndefined()
  })

  it('a path that a shell would split is quoted', () => {
    expect([shellWord('a/b.md'), shellWord('my spec.md'), shellWord("it's.md"), shellWord('$(rm).md')]).toEqual([
      'a/b.md',
      "'my spec.md'",
      "'it'\\''s.md'",
      "'$(rm).md'",
    ])
  })
})

it('the fixture’s plan is what the tests here say of it', () => {
  expect(plan.tasks.map((task) => task.id)).toEqual(Object.keys(state.tasks))
})
