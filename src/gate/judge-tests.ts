// Test results of a tree -> findings: what fails, what has no result although the parse expects one, what could not be run. Pure.
import { isArchitecture } from './affected-packages.ts'
import type { Finding } from './failure.ts'
import { fileIn } from './measurements.ts'
import { contractTask } from './obligations.ts'
import type { PackageTests } from './run-tests.ts'
import type { TestResult } from './test-report.ts'

/** Test names that a parse of the tree's files finds, by import path. A binary's word counts only for these. */
export type ExpectedTests = ReadonlyMap<string, readonly string[]>

/** A failing test, before the base is asked about it. */
export interface FailedTest {
  readonly package: string
  readonly result: TestResult
}

/** A test by its package's import path. */
export interface NamedTest {
  readonly package: string
  readonly test: string
}

/** What the runs say. */
export interface JudgedTests {
  /** Failing tests, and those without a result although their files have them. */
  readonly failed: readonly FailedTest[]
  /** Packages that end badly although no test of theirs fails. */
  readonly endings: readonly Finding[]
  readonly stuck: readonly string[]
  /** Tests that stopped at a contract whose task has not been merged. */
  readonly needs: readonly (NamedTest & { readonly task: string })[]
  readonly passed: readonly NamedTest[]
  readonly skipped: readonly NamedTest[]
}

/** Judges the runs of all packages. `laterTasks`: tasks of waves that are not merged yet. */
export function judgeTests(runs: readonly PackageTests[], expected: ExpectedTests, laterTasks: ReadonlyMap<string, unknown>): JudgedTests {
  const results = runs.flatMap((run) => run.tests.map((result): FailedTest => ({ package: run.package, result })))
  const bad = results.filter(({ result }) => result.outcome === 'failed' || result.outcome === 'unfinished')
  const needing = (one: FailedTest) => {
    const task = neededTask(one.result)
    return task !== undefined && laterTasks.has(task) ? [{ package: one.package, test: one.result.test, task }] : []
  }
  const counted = results.filter((one) => expected.get(one.package)?.includes(one.result.test) !== false)
  const named = (one: FailedTest) => ({ package: one.package, test: one.result.test })
  return {
    failed: [
      ...bad.filter((one) => needing(one).length === 0),
      ...runs.flatMap((run) => withoutResult(run, expected.get(run.package) ?? [])),
    ],
    endings: runs.flatMap(badEnding),
    stuck: runs.flatMap((run) => (run.ending.kind === 'stuck' ? [`${run.package}: ${run.ending.why}`] : [])),
    needs: bad.flatMap(needing),
    passed: counted.filter((one) => one.result.outcome === 'passed').map(named),
    skipped: counted.filter((one) => one.result.outcome === 'skipped').map(named),
  }
}

/** `<import path>.<test>`: how a test is named outside its package. */
export function testName(one: NamedTest): string {
  return `${one.package}.${one.test}`
}

function neededTask(result: TestResult): string | undefined {
  const panic = /panic: (dce: contract of .*)/.exec(result.output)?.[1]
  return panic === undefined ? undefined : contractTask(panic)
}

/** Tests that are in the files and not in the report: a TestMain that exits early, a report that is made up. */
function withoutResult(run: PackageTests, expected: readonly string[]): readonly FailedTest[] {
  if (run.ending.kind === 'stuck') return []
  const reported = new Set(run.tests.map((test) => test.test))
  const why = run.ending.kind === 'died' ? run.ending.why : 'the test binary ended without running it'
  const output = `It has no result: ${why}.`
  return expected
    .filter((test) => !reported.has(test))
    .map((test) => ({ package: run.package, result: { test, outcome: 'missing', failedSubtests: [], skippedSubtests: [], output } }))
}

/** A package that fails although none of its tests does: TestMain, a goroutine after the last test, a panic in init. */
export function badEnding(run: PackageTests): readonly Finding[] {
  const blamed = run.tests.some((test) => test.outcome === 'failed' || test.outcome === 'unfinished')
  const { ending } = run
  if (blamed || ending.kind === 'stuck' || (ending.kind === 'ended' && ending.code === 0)) return []
  const why = ending.kind === 'died' ? ending.why : `it exited with ${ending.code} although no test failed`
  return [
    {
      check: 'tests',
      kind: 'test',
      message: `The tests of ${run.package} end badly: ${why}.${excerpt(run.output)}`,
      package: run.package,
      test: 'TestMain',
      hint: 'See what the package does before, after and beside its tests (init, TestMain, goroutines).',
    },
  ]
}

const whatHappened: Readonly<Record<TestResult['outcome'], string>> = {
  passed: 'passes',
  skipped: 'is skipped',
  failed: 'fails',
  unfinished: 'does not end',
  missing: 'does not run',
}

/** What a person reads of a failing test: the subtests, then what it printed. `dir`: the package's folder in the repository. */
export function toTestFinding(failed: FailedTest, dir: string): Finding {
  const { result } = failed
  const race = result.output.includes('WARNING: DATA RACE')
  const subtests = result.failedSubtests.length === 0 ? '' : ` (${result.failedSubtests.join(', ')})`
  const what = race ? 'has a data race' : whatHappened[result.outcome]
  const place = /^\s*(\w[\w.-]*_test\.go):(\d+):/m.exec(result.output)
  return {
    check: 'tests',
    kind: race ? 'race' : isArchitecture(dir) ? 'architecture' : 'test',
    message: `${result.test}${subtests} ${what}.${excerpt(result.output)}`,
    package: failed.package,
    test: result.test,
    ...(place?.[1] === undefined ? {} : { file: fileIn({ dir }, place[1]), line: Number(place[2]) }),
    hint: race
      ? 'Guard what the goroutines share; `go test -race` shows both accesses.'
      : 'Mend the code under test; the test is right until its dispute is upheld.',
  }
}

function excerpt(output: string): string {
  const lines = output
    .trim()
    .split('\n')
    .filter((line) => line.trim() !== '')
  const shown = lines.length > 14 ? [...lines.slice(0, 10), '…', ...lines.slice(-3)] : lines
  return shown.length === 0 ? '' : `\n${shown.join('\n')}`
}
