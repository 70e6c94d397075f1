// failures.log: each failure that is red now, with whose it is and the command that tries it again.
import { describe, expect, it } from 'vitest'
import { failuresOf, renderFailures } from '../../src/report/failures-log.ts'
import { parseCommand, splitWords } from '../../src/run/parse-command.ts'
import type { RunState } from '../../src/run/state.ts'
import { makeFailure } from '../run/simulate.ts'
import { judged } from './a-plan.ts'
import { beginning, ending, eventsOf, goodEnding, middle, startMs, stateOf } from './a-run.ts'

const repairing = stateOf(eventsOf(beginning, middle.slice(0, 12)))
const stopped = stateOf(eventsOf(beginning, middle, ending))

function withVerdict(failures: readonly ReturnType<typeof makeFailure>[], checks = judged(1).checks): RunState {
  const state = stateOf(eventsOf(beginning, middle))
  const verdict = judged(1, { verdict: failures.length > 0 ? 'red' : 'unknown', failures: [...failures], checks })
  return { ...state, waves: state.waves.map((wave) => (wave.wave === 1 ? { ...wave, phase: 'judged', verdict, judgedAt: startMs } : wave)) }
}

describe('failures.log', () => {
  it('has for a failure of a gate: time, wave, check, place, owner, who repairs it, message, hint, command', () => {
    expect(failuresOf(repairing)).toEqual([
      {
        at: startMs + 7 * 60_000,
        what: 'wave 1, compilation/compile',
        owner: 'w1-entity-architect; repair round 1 is with w1-entity-architect',
        place: 'internal/domain/quota/quota.go:31',
        message: 'undefined: X',
        hint: 'declare it',
        retry: 'dce retry wave-1 --run quotas-3fa9c1',
      },
    ])
    expect(renderFailures(repairing)).toContain(
      '2026-11-23 18:07:00  wave 1, compilation/compile  internal/domain/quota/quota.go:31\n  owner    w1-entity-architect;',
    )
  })

  it('has a task that failed, once, although the run stopped because of it', () => {
    expect(failuresOf(stopped)).toEqual([
      expect.objectContaining({
        what: 'task w5-unit-test-engineer, attempt 2',
        retry: 'dce retry w5-unit-test-engineer --run quotas-3fa9c1',
        message: 'internal/domain/quota/quota_test.go is not there',
      }),
    ])
  })

  it('has a required check that could not run', () => {
    const [entry] = failuresOf(
      withVerdict([], [{ check: 'tests', required: true, state: 'could-not-run', detail: 'no sandbox', durationMs: 1 }]),
    )
    expect(entry).toMatchObject({ what: 'wave 1, tests', message: 'could not run: no sandbox' })
  })

  it('says when nobody owns a place, and has the test and the package of a failure without a file', () => {
    const [first, second] = failuresOf(
      withVerdict([
        makeFailure('cmd/other/main.go'),
        {
          ...makeFailure('x', { test: 'TestQuota', package: 'example.com/quota', kind: 'test', check: 'tests' }),
          file: undefined as never,
        },
      ]),
    )
    expect(first?.owner).toBe('nobody owns it')
    expect(second).toMatchObject({ what: 'wave 1, tests/test, TestQuota', place: 'example.com/quota' })
  })

  it('has a fault of the run itself, but no question to a person', () => {
    const faulty: RunState = { ...stateOf(eventsOf(beginning)), stop: { kind: 'fault', message: 'git is gone' } }
    expect(failuresOf(faulty)).toEqual([
      expect.objectContaining({ what: 'run, fault', message: 'git is gone', retry: 'dce resume --run quotas-3fa9c1' }),
    ])
    expect(failuresOf({ ...faulty, stop: { kind: 'approval', estimateUsd: 1 } })).toEqual([])
  })

  it('is one sentence when nothing failed', () => {
    expect(renderFailures(stateOf(eventsOf(beginning, middle, goodEnding)))).toMatch(
      /^# Failures of run quotas-3fa9c1, as of .* UTC\n\nNothing failed\.\n$/u,
    )
  })

  it('names commands that the grammar understands', () => {
    for (const entry of [...failuresOf(repairing), ...failuresOf(stopped)]) {
      const words = splitWords(entry.retry)
      expect(parseCommand(words.slice(1, -2)).kind).toBe('run')
    }
  })

  it('keeps the lines of a long message and no control character', () => {
    const text = renderFailures(withVerdict([makeFailure('a.go', { message: 'first\n\tsecond\u001b[31m\nthird' })]))
    expect(text).toContain('  message  first\n             second\n           third')
    expect(text).not.toContain('\u001b')
  })
})
