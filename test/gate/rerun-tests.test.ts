// How often a failing test is run before it is blamed: by test binaries whose outcomes are told one after the other.
import { describe, expect, it } from 'vitest'
import type { BaseOutcomes } from '../../src/gate/base-outcomes.ts'
import type { PackageFacts } from '../../src/gate/measurements.ts'
import { standings } from '../../src/gate/rerun-tests.ts'
import type { Go } from '../../src/world.ts'

const path = 'example.test/m'
const result = { test: 'TestX', outcome: 'failed', failedSubtests: [], skippedSubtests: [], output: '' } as const

/** Stands one failed test beside its base; each letter is one run, the last one goes on. Answers how often each side ran, too. */
async function stand(runs: { readonly head: string; readonly base: string; readonly known?: BaseOutcomes }) {
  const ran = { head: 0, base: 0 }
  const execute: Go['execute'] = async ({ argv }) => {
    const side = argv.includes('head') ? 'head' : 'base'
    const letter = runs[side][Math.min(ran[side]++, runs[side].length - 1)]
    const [word, code] = letter === 'p' ? ['PASS', 0] : ['FAIL', 1]
    const stdout = `\x16=== RUN   TestX\n\x16--- ${word}: TestX (0.00s)\n\x16${word}\n`
    return { exit: { kind: 'exited', code }, stdout, stderr: '', droppedBytes: 0, durationMs: 1 }
  }
  const go = { execute } as Go
  const binary = (side: string) => ({ package: { importPath: path } as PackageFacts, path: side, root: '/', dir: '/' })
  const [standing] = await standings([{ package: path, result }], {
    head: [binary('head')],
    compileBase: async () => ({ binaries: [binary('base')], failed: [], stuck: [] }),
    isAtBase: () => true,
    hasBase: () => true,
    outcomes: { read: async () => runs.known ?? new Map(), add: async () => undefined },
    options: { go, timeoutS: 5 },
  })
  return { standing, ran }
}

describe('a failing test that the base has too', () => {
  it('is run until it has passed once, and is flaky then, though the base passed three times', async () => {
    expect(await stand({ head: 'ffffffp', base: 'p' })).toEqual({ standing: 'flaky', ran: { head: 7, base: 3 } })
  })

  it('is blamed when it never passes in ten runs, the first of which was the judgement’s', async () => {
    expect(await stand({ head: 'f', base: 'p' })).toEqual({ standing: 'blamed', ran: { head: 9, base: 3 } })
  })

  it('is run two times more where that is enough, and not again at a base that was asked before', async () => {
    const known: BaseOutcomes = new Map([[`${path}.TestX`, ['passed', 'passed', 'passed']]])
    expect(await stand({ head: 'p', base: 'p', known })).toEqual({ standing: 'flaky', ran: { head: 2, base: 0 } })
  })

  it('is not run again where the base never passed', async () => {
    expect(await stand({ head: 'f', base: 'f' })).toEqual({ standing: 'at-base', ran: { head: 0, base: 3 } })
  })
})
