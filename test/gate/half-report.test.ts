// Two halves of a judgement, put together by somebody who trusts the files more than the job that ran them.
import { describe, expect, it } from 'vitest'
import { defaultConfig } from '../../src/config.ts'
import { findings } from '../../src/gate/change.ts'
import { checksOf, combineHalves, type HalfAnswer, type HalfReport, writeReport } from '../../src/gate/half-report.ts'
import type { Half, Judged } from '../../src/gate/judge.ts'
import { asSha } from '../../src/ids.ts'

const tree = asSha('a'.repeat(40))
const known = { tree, base: undefined, wave: 1, files: new Set(['shop/cart.go']), config: defaultConfig.gate } as const
const names = ['example.test/shop.TestAdd', 'example.test/shop.TestTotal', 'example.test/pay.TestPay']

function half(which: Half, change: (judged: Judged) => Judged = (judged) => judged): HalfAnswer {
  const answers = checksOf[which].map((check) => ({ answer: findings(check, { detail: 'fine' }), durationMs: 5 }))
  const whole: Judged = {
    answers,
    files: [],
    expected: names,
    reported: which === 'executing' ? names : [],
    flaky: [],
    greenTests: which === 'executing' ? names : [],
    durationMs: 10,
  }
  return { kind: 'reported', report: writeReport({ half: which, question: 'q', tree }, change(whole)) }
}

const failing = (check: 'compilation' | 'tests', place: { readonly file?: string; readonly package?: string }) => (judged: Judged) => ({
  ...judged,
  answers: judged.answers.map((one) =>
    one.answer.check === check
      ? { ...one, answer: findings(check, { head: [{ check, kind: 'compile' as const, message: 'broken', hint: 'mend it', ...place }] }) }
      : one,
  ),
})

describe('both halves', () => {
  it('make a verdict with every check once', () => {
    const verdict = combineHalves(half('reading'), half('executing'), known)
    expect(verdict).toMatchObject({ verdict: 'green', tree, wave: 1, greenTests: names })
    expect(verdict.checks.map(({ check }) => check).sort()).toEqual([...checksOf.reading, ...checksOf.executing].sort())
  })

  it('with a half missing are unknown, and say why for each check of it', () => {
    const why = 'the job `tests` ended as cancelled'
    const verdict = combineHalves(half('reading'), { kind: 'missing', half: 'executing', why }, known)
    expect(verdict.verdict).toBe('unknown')
    expect(verdict.checks.find(({ check }) => check === 'tests')).toMatchObject({ state: 'could-not-run', detail: why })
    expect(combineHalves({ kind: 'missing', half: 'reading', why }, half('executing'), known).verdict).toBe('unknown')
  })

  it('a report that leaves a check out says nothing about it', () => {
    const verdict = combineHalves(
      half('reading', (judged) => ({ ...judged, answers: judged.answers.filter(({ answer }) => answer.check !== 'tamper') })),
      half('executing'),
      known,
    )
    expect(verdict.verdict).toBe('unknown')
  })
})

describe('what the job that runs tests says', () => {
  it('of a test that it does not name is red, for each of them', () => {
    const verdict = combineHalves(
      half('reading'),
      half('executing', (judged) => ({ ...judged, reported: [names[0] ?? ''] })),
      known,
    )
    expect(verdict.verdict).toBe('red')
    expect(verdict.failures.map(({ test }) => test)).toEqual(['TestTotal', 'TestPay'])
  })

  it('is not asked of packages that are blamed already', () => {
    const reading = half('reading', failing('compilation', { file: 'shop/cart.go' }))
    const executing = half('executing', (judged) => ({ ...judged, reported: [names[2] ?? ''] }))
    expect(combineHalves(reading, executing, known).failures.map(({ message }) => message)).toEqual(['broken'])
    const failed = half('executing', (judged) =>
      failing('tests', { package: 'example.test/shop' })({ ...judged, reported: [names[2] ?? ''] }),
    )
    expect(combineHalves(half('reading'), failed, known).failures).toHaveLength(1)
  })

  it('protects no test that the files do not have', () => {
    const executing = half('executing', (judged) => ({ ...judged, greenTests: [...names, 'example.test/made.TestUp'] }))
    expect(combineHalves(half('reading'), executing, known).greenTests).toEqual(names)
  })

  it('about what is not its own is not listened to', () => {
    const report = (half('executing') as { readonly report: HalfReport }).report
    const lying = { ...report, answers: [...report.answers, ...report.answers.map((one) => ({ ...one, check: 'compilation' as const }))] }
    const reading = half('reading', failing('compilation', { file: 'x.go' }))
    expect(combineHalves(reading, { kind: 'reported', report: lying }, known).verdict).toBe('red')
  })
})
