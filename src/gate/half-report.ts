// One half of a judgement as its job reports it, and both put together: what the tests' job says counts only for the checks and the tests that are its to speak of. Pure.
import { z } from 'zod'
import type { GateConfig } from '../config.ts'
import type { Sha, WaveNumber } from '../ids.ts'
import { type CheckFindings, findings } from './change.ts'
import type { Finding } from './failure.ts'
import type { Half, Judged } from './judge.ts'
import { type TimedAnswer, toVerdict } from './to-verdict.ts'
import { CheckName, Failure, type Verdict } from './verdict.ts'

/** Checks that each half answers. Source: product description, "The gate"; design, section 6. */
export const checksOf: Readonly<Record<Half, readonly CheckName[]>> = {
  reading: ['compilation', 'expected-files', 'conformance', 'naming', 'tamper', 'lint'],
  executing: ['tests', 'migrations', 'containers', 'coverage', 'benchmarks'],
}

const Finding_ = Failure.omit({ id: true })
const Answer = z.strictObject({
  check: CheckName,
  head: z.array(Finding_),
  base: z.array(Finding_),
  due: z.array(z.strictObject({ what: z.string(), subject: z.string(), wave: z.number() })),
  stuck: z.array(z.string()),
  detail: z.string(),
  notApplicable: z.boolean(),
  figures: z.record(z.string(), z.union([z.number(), z.string()])),
  durationMs: z.number(),
})

/** What a job of the gate uploads. `question`: hash of the text it was asked. Tests are named `<import path>.<test>`. */
export const HalfReport = z.strictObject({
  version: z.literal(1),
  half: z.enum(['reading', 'executing']),
  question: z.string(),
  tree: z.string(),
  answers: z.array(Answer),
  expected: z.array(z.string()),
  reported: z.array(z.string()),
  flaky: z.array(z.string()),
  greenTests: z.array(z.string()),
  durationMs: z.number(),
})
/** See the schema of the same name. */
export type HalfReport = z.infer<typeof HalfReport>

/** What a half found -> its report. */
export function writeReport(about: Pick<HalfReport, 'half' | 'question' | 'tree'>, { files: _files, ...judged }: Judged): HalfReport {
  const answers = judged.answers.map(({ answer, durationMs }) => ({ ...answer, durationMs }))
  // Through JSON once: what is absent is absent, as it will be for the reader.
  return HalfReport.parse(JSON.parse(JSON.stringify({ version: 1, ...about, ...judged, answers })))
}

/** A half's report, or why there is none to go by. */
export type HalfAnswer =
  | { readonly kind: 'reported'; readonly report: HalfReport }
  | { readonly kind: 'missing'; readonly why: string; readonly half: Half }

/** What the reader knows itself and takes from nobody. `files`: of the judged tree. */
export interface KnownFacts {
  readonly tree: Sha
  readonly base: Sha | undefined
  readonly wave: WaveNumber | undefined
  readonly files: ReadonlySet<string>
  readonly config: GateConfig
}

/** Both halves -> the verdict. A half that is missing could not run, and says why. */
export function combineHalves(reading: HalfAnswer, executing: HalfAnswer, known: KnownFacts): Verdict {
  const expected = new Set(reading.kind === 'reported' ? reading.report.expected : [])
  const read = answersOf(reading, 'reading')
  const executed = answersOf(executing, 'executing').map((timed) =>
    timed.answer.check === 'tests' ? { ...timed, answer: withoutGaps(timed.answer, { read, expected, executing }) } : timed,
  )
  const tests = executing.kind === 'reported' ? executing.report : undefined
  return toVerdict([...read, ...executed], {
    ...known,
    flaky: tests?.flaky ?? [],
    greenTests: (tests?.greenTests ?? []).filter((name) => expected.has(name)),
    durationMs: Math.max(durationOf(reading), durationOf(executing)),
  })
}

/** The verdict that one half alone gives: it decides how its job ends. */
export function verdictOfReport(report: HalfReport, known: KnownFacts): Verdict {
  const { half, flaky, greenTests, durationMs } = report
  return toVerdict(answersOf({ kind: 'reported', report }, half), { ...known, flaky, greenTests, durationMs })
}

function durationOf(half: HalfAnswer): number {
  return half.kind === 'reported' ? half.report.durationMs : 0
}

// Every check of the half, once; what the other half is to answer is not listened to.
function answersOf(half: HalfAnswer, name: Half): readonly TimedAnswer[] {
  return checksOf[name].map((check) => {
    const found = half.kind === 'reported' ? half.report.answers.find((one) => one.check === check) : undefined
    const why = half.kind === 'missing' ? half.why : `the job's report says nothing of ${check}`
    if (found === undefined) return { answer: findings(check, { stuck: [why] }), durationMs: 0 }
    const { durationMs, ...answer } = found
    // Obligations and findings are checked shapes; their words are what the types name more closely.
    return { answer: answer as unknown as CheckFindings, durationMs }
  })
}

// A parse of the tree knows which tests there are. One that nobody reports, of a package that is not blamed for anything else, has not run.
function withoutGaps(
  answer: CheckFindings,
  given: { readonly read: readonly TimedAnswer[]; readonly expected: ReadonlySet<string>; readonly executing: HalfAnswer },
): CheckFindings {
  if (answer.stuck.length > 0 || given.executing.kind === 'missing') return answer
  const blamed = new Set(
    [answer, ...given.read.map((one) => one.answer)].flatMap(({ head }) => head.flatMap((one) => one.package ?? one.file ?? [])),
  )
  const reported = new Set(given.executing.report.reported)
  const gaps = [...given.expected].filter((name) => !reported.has(name) && ![...blamed].some((place) => isOf(name, place)))
  return { ...answer, notApplicable: answer.notApplicable && gaps.length === 0, head: [...answer.head, ...gaps.map(toGap)] }
}

// A package by its import path; a file by the folder that ends the import path.
function isOf(test: string, place: string): boolean {
  const path = packageOf(test)
  return place === path || (place.includes('/') && path.endsWith(place.slice(0, place.lastIndexOf('/'))))
}

function packageOf(test: string): string {
  return test.slice(0, test.lastIndexOf('.'))
}

function toGap(name: string): Finding {
  const test = name.slice(name.lastIndexOf('.') + 1)
  return {
    check: 'tests',
    kind: 'test',
    message: `${test} has no result: the job that runs the tests does not name it.`,
    package: packageOf(name),
    test,
    hint: 'See the log of the job `tests`: the package has to run all its tests.',
  }
}
