// Every event has a line that a person understands, and says what it led to.
import { describe, expect, it } from 'vitest'
import { asSha, asTaskId } from '../../src/ids.ts'
import { createNarrator, type Narration, narrateAll } from '../../src/report/narrate.ts'
import type { Happening, RunEvent } from '../../src/run/event.ts'
import { done, judged, useOf } from './a-plan.ts'
import { beginning, ending, eventsOf, goodEnding, middle, stateOf } from './a-run.ts'

const whole = eventsOf(beginning, middle, ending)
const lines = (events: readonly RunEvent[]) => narrateAll(events).map((narration) => narration.text)

/** The line for something that happens at the end of these events. */
function told(events: readonly RunEvent[], happening: Happening): Narration {
  const all = [...events, { ...happening, at: (events.at(-1)?.at ?? 0) + 1_000 }]
  const last = narrateAll(all).at(-1)
  if (last === undefined) throw new Error('nothing was told')
  return last
}

describe('the lines of a run', () => {
  it('are one for each event, at its time, each a whole sentence on one line', () => {
    const narrations = narrateAll(whole)
    expect(narrations.map((narration) => narration.at)).toEqual(whole.map((event) => event.at))
    for (const { text } of narrations) expect(text).toMatch(/^\S.*[.!?…]$/u)
  })

  it('are the same told one by one as told together', () => {
    const narrator = createNarrator()
    const oneByOne = whole.map((event, index) => narrator(event, stateOf(whole.slice(0, index + 1))))
    expect(oneByOne).toEqual(narrateAll(whole))
  })

  it('tell progress of single turns only as a detail', () => {
    const details = narrateAll(whole).filter((narration) => narration.weight === 'detail')
    expect(details).toHaveLength(whole.filter((event) => event.type === 'task-progressed').length)
    expect(details[0]?.text).toMatch(/w1-entity-architect: turn 3 \(read, edit\), .* tokens, \$0\.10/u)
  })
})

describe('what an event led to', () => {
  it('a red gate says where it failed and whom the repair goes to', () => {
    expect(lines(whole)).toContain(
      'Gate of wave 1: red: 1 failure (31 s): internal/domain/quota/quota.go: undefined: X. Repair round 1 goes to w1-entity-architect.',
    )
  })

  it('a first failure of a task says that it is tried once more, the last one stops the run with the command that goes on', () => {
    const ends = lines(whole).filter((line) => /^w5-unit-test-engineer (?:used|handed)/u.test(line))
    expect(ends[0]).toMatch(/It is tried once more\.$/u)
    expect(ends[1]).toMatch(/Stopped: .* Go on with: dce retry w5-unit-test-engineer --run quotas-3fa9c1\.$/u)
  })

  it('the last green gate says that the run is finished', () => {
    const last = narrateAll(eventsOf(beginning, middle, goodEnding)).at(-1)
    expect(last).toMatchObject({
      weight: 'important',
      text: expect.stringMatching(/^Gate of wave 5: green.*Finished: all waves passed their gates\.$/u),
    })
  })

  it('a stop is told once, by the event that brought it', () => {
    const stopped = eventsOf(beginning, middle)
    const pause = told(stopped, { type: 'command-given', command: { name: 'pause' }, by: 'ada' })
    expect(pause.text).toBe('ada: pause. Stopped: Paused by ada. Go on with: dce resume --run quotas-3fa9c1.')
    const later: RunEvent[] = [...stopped, { type: 'command-given', command: { name: 'pause' }, by: 'ada', at: 1 }]
    expect(
      told(later, { type: 'task-ended', task: asTaskId('w2-repository-implementer'), attempt: 1, outcome: done(['a.go']) }).text,
    ).not.toContain('Stopped')
  })
})

describe('every kind of event', () => {
  const before = eventsOf(beginning, middle)
  const task = asTaskId('w2-repository-implementer')
  const cases: readonly (readonly [Happening, RegExp])[] = [
    [{ type: 'questions-asked', questions: ['Which day?'] }, /1 question open/u],
    [{ type: 'plan-failed', faults: ['no owner of go.mod'], use: useOf(3, 0.2) }, /\$0\.20: no owner of go\.mod/u],
    [
      { type: 'task-reviewed', task, attempt: 1, findings: ['no lock'], use: useOf(1, 0.1) },
      /1 finding of the reviewer, it goes back: no lock/u,
    ],
    [{ type: 'task-reviewed', task, attempt: 1, findings: [], use: useOf(1, 0.1) }, /found nothing/u],
    [
      {
        type: 'disputes-ruled',
        wave: 2,
        rulings: [{ test: 'TestX', why: 'w', upheld: true, reason: 'the text says so' }],
        use: useOf(1, 0.1),
      },
      /TestX contradicts the specification \(the text says so\)/u,
    ],
    [
      { type: 'merge-failed', wave: 2, faults: ['a line would be lost'], use: useOf(1, 0.1) },
      /Wave 2 could not be merged: a line would be lost/u,
    ],
    [
      {
        type: 'wave-merged',
        wave: 2,
        commit: asSha('abc'),
        merged: [],
        reconciled: ['x.go'],
        generated: [],
        compiles: false,
        use: useOf(0, 0),
      },
      /does not compile yet; reconciled: x\.go/u,
    ],
    [{ type: 'gate-judged', wave: 2, commit: asSha('abc'), verdict: judged(2) }, /Gate of wave 2: green, not proven: benchmarks/u],
    [{ type: 'base-moved', wave: 2, commit: asSha('abc'), base: asSha('def') }, /moved base def is merged into wave 2/u],
    [
      { type: 'effect-failed', effect: 'merge:2', message: 'disk full', stop: { kind: 'fault', message: 'disk full' } },
      /A step failed \(merge:2\): disk full\. Stopped: disk full/u,
    ],
    [{ type: 'process-resumed', pid: 42 }, /Process 42 goes on/u],
    [{ type: 'published', branches: [], final: false }, /Progress is published/u],
    [{ type: 'task-ended', task, attempt: 1, outcome: { kind: 'superseded', use: useOf(1, 0.1) } }, /ended after a later one had begun/u],
    [
      { type: 'task-ended', task, attempt: 1, outcome: { kind: 'stopped', reason: 'interrupted', detail: 'Ctrl-C', use: useOf(1, 0.1) } },
      /was interrupted and keeps its work/u,
    ],
    [
      { type: 'command-given', command: { name: 'skip', task, reason: 'by hand' }, by: 'ada' },
      /ada: skip w2-repository-implementer: by hand/u,
    ],
    [{ type: 'command-given', command: { name: 'budget', addUsd: 5 }, by: 'ada' }, /budget \+\$5\.00/u],
    [
      { type: 'command-given', command: { name: 'retry', target: { kind: 'wave', wave: 1 }, how: 'clean' }, by: 'ada' },
      /retry wave 1 \(clean\)/u,
    ],
  ]

  it.each(cases.map(([happening, line]) => [happening.type, happening, line] as const))('%s speaks', (_, happening, line) => {
    expect(told(before, happening).text).toMatch(line)
  })
})

it('what foreign text brings along cannot reach a terminal', () => {
  const evil = told(eventsOf(beginning, middle), {
    type: 'merge-failed',
    wave: 2,
    faults: ['\u001b[2J\u001b]0;x\u0007wiped\nRun: green'],
    use: useOf(0, 0),
  })
  expect(evil.text).toMatch(/^Wave 2 could not be merged: wiped Run: green\./u)
})
