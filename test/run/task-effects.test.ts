// What an attempt is told of the run so far.
import { expect, test } from 'vitest'
import { failingBefore } from '../../src/run/task-effects.ts'
import { makeFailure, makeVerdict } from './simulate.ts'

test('tests that gates found failing at the base too are told once each; what else is broken there is told elsewhere', () => {
  const old = makeFailure('old/old_test.go', { check: 'tests', kind: 'test', package: 'example.test/m/old', test: 'TestOld' })
  const verdict = { ...makeVerdict([]), alsoAtBase: [old, makeFailure('a.go')] }
  const waves = [{ verdict }, { verdict }, {}].map((wave, index) => ({
    wave: (index + 1) as 1 | 2 | 3,
    phase: 'green' as const,
    compiles: true,
    round: 0,
    extraRounds: 0,
    seen: [],
    escalation: 0 as const,
    merged: [],
    reconciled: [],
    generated: [],
    disputes: [],
    upheld: [],
    ...wave,
  }))
  expect(failingBefore({ waves })).toEqual(['example.test/m/old TestOld'])
})
