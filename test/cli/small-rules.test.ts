// The CLI's pure parts: flags -> configuration, state -> exit code, environment -> folders, specification -> run id.
import { homedir } from 'node:os'
import { describe, expect, it } from 'vitest'
import { exitCodeOf } from '../../src/cli/exit-code.ts'
import { configFromFlags, sandboxMode } from '../../src/cli/flags.ts'
import { placesOf } from '../../src/cli/places.ts'
import { makeRunId } from '../../src/cli/run-id.ts'
import { asSha } from '../../src/ids.ts'
import type { RunState } from '../../src/run/state.ts'
import { makePlan, makeTask, simulate } from '../run/simulate.ts'

describe('flags', () => {
  it('become configuration; what is not given stays open', () => {
    expect(configFromFlags({ repo: '.' })).toEqual({})
    expect(
      configFromFlags({ repo: '.', mode: 'parallel', quality: 'draft', outputDir: 'svc', budgetUsd: '7.5', maxParallel: '3' }),
    ).toEqual({
      execution_mode: 'parallel',
      quality_level: 'draft',
      output_dir: 'svc',
      budget_usd: 7.5,
      max_parallel: 3,
    })
  })

  it.each([
    [{ mode: 'paralel' }, /--mode.*got "paralel".*--mode parallel/su],
    [{ quality: 'best' }, /--quality.*draft, production, bulletproof/su],
    [{ budgetUsd: '0' }, /--budget-usd.*from 0\.01/su],
    [{ budgetUsd: '' }, /--budget-usd/su],
    [{ budgetUsd: '1e9' }, /--budget-usd.*10000/su],
    [{ maxParallel: '2.5' }, /--max-parallel.*integer/su],
    [{ maxParallel: '0' }, /--max-parallel/su],
  ])('%o is refused with the flag, what was expected and what was found', (flags, words) => {
    try {
      configFromFlags({ repo: '.', ...flags })
      expect.unreachable('it was taken')
    } catch (error) {
      const { message, hint } = error as { readonly message: string; readonly hint: string }
      expect(`${message} ${hint}`).toMatch(words)
    }
  })

  it('the sandbox is on unless it is put off in so many words', () => {
    expect([sandboxMode(undefined), sandboxMode('on'), sandboxMode('off')]).toEqual(['on', 'on', 'off'])
    expect(() => sandboxMode('no')).toThrow(/--sandbox/u)
  })
})

describe('the exit code', async () => {
  const { state: green } = await simulate({ plan: makePlan([makeTask(1, 'entity')]) })
  const stopped = (stop: RunState['stop']): RunState => ({ ...green, finished: false, ...(stop === undefined ? {} : { stop }) })
  const skipped: RunState = {
    ...green,
    tasks: Object.fromEntries(Object.entries(green.tasks).map(([id, task]) => [id, { ...task, phase: 'skipped' as const }])),
  }
  it.each<[string, RunState, boolean, number]>([
    ['green', green, false, 0],
    ['finished with a task left out', skipped, false, 1],
    ['green, but its branches could not be published', { ...green, published: 'failed' }, false, 3],
    ['cancelled', stopped({ kind: 'cancelled', by: 'you' }), false, 1],
    ['waiting for approval', stopped({ kind: 'approval', estimateUsd: 1 }), false, 3],
    ['out of money', stopped({ kind: 'out-of-budget', which: 'run', spentUsd: 1, capUsd: 1 }), false, 3],
    ['interrupted by the keyboard', stopped(undefined), true, 130],
    ['interrupted, and recorded so', stopped({ kind: 'interrupted' }), false, 130],
    ['green although Ctrl-C came late', green, true, 0],
  ])('of %s', (_name, state, interrupted, code) => {
    expect(exitCodeOf(state, interrupted)).toBe(code)
  })
})

describe('folders', () => {
  it('follow XDG; relative ones are ignored, as its specification says', () => {
    expect(placesOf({ XDG_STATE_HOME: '/s', XDG_CACHE_HOME: '/c' })).toEqual({ state: '/s/dce', cache: '/c/dce' })
    expect(placesOf({ XDG_STATE_HOME: 'here' })).toEqual({ state: `${homedir()}/.local/state/dce`, cache: `${homedir()}/.cache/dce` })
  })
})

describe('a run id', () => {
  const of = (more: Partial<Parameters<typeof makeRunId>[0]> = {}) =>
    makeRunId({ slug: 'buyer-quotas', specHash: 'h', base: asSha('b'), counter: 0, ...more })
  it('is the same for the same specification, base and counter, and another for any other', () => {
    expect(of()).toMatch(/^buyer-quotas-[0-9a-f]{6}$/u)
    expect(of()).toBe(of())
    expect(new Set([of(), of({ specHash: 'i' }), of({ base: asSha('c') }), of({ counter: 1 })]).size).toBe(4)
  })
  it('fits a branch name whatever the title was', () => {
    expect(of({ slug: `${'a'.repeat(31)}-very-long` })).toMatch(/^a{31}-[0-9a-f]{6}$/u)
    expect(of({ slug: '' })).toMatch(/^run-[0-9a-f]{6}$/u)
  })
})
