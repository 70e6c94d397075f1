// What fails, is skipped or ends badly -> how the base stands to it. A failing test that the base has too is run three times there, and up to ten times here.
import type { BaseOutcome, BaseOutcomes, OutcomeStore } from './base-outcomes.ts'
import type { CompiledTests, TestBinary } from './compile-tests.ts'
import type { Finding } from './failure.ts'
import { badEnding, type FailedTest, type NamedTest, testName } from './judge-tests.ts'
import { type PackageTests, runTests, type TestRunOptions } from './run-tests.ts'

/** How a failing test stands beside its base. */
export type Standing = 'blamed' | 'at-base' | 'flaky'

/** The two sides. Packages by import path. */
export interface RerunSides {
  readonly head: readonly TestBinary[]
  /** Compiles tests of the base; packages that do not compile there have no binary. */
  readonly compileBase: (packages: readonly string[]) => Promise<CompiledTests>
  /** True when the base has this test: its result there counts. A test of the run itself is always blamed. */
  readonly isAtBase: (path: string, test: string) => boolean
  readonly hasBase: (path: string) => boolean
  readonly outcomes: OutcomeStore
  readonly options: TestRunOptions
}

// Source: design, section 6: three runs on both sides.
const runsPerSide = 3
/**
 * What fails every second time passes three times at the base and fails three times here in one of 64 cases, and the base's runs are kept: then every
 * eighth judgement would blame it. So the head's goes on until it has passed once. Chosen: with ten runs one flaky test in a thousand is blamed.
 */
const mostHeadRuns = 10
/** Beyond {@link runsPerSide} no further run is begun after this time, ms. Chosen: a test that hangs must not hang ten times. */
const rerunTimeMs = 30_000

/** Standing of each failed test, in the given order. A base that does not compile the test could not pass it. */
export async function standings(failed: readonly FailedTest[], sides: RerunSides): Promise<readonly Standing[]> {
  const shared = failed.filter((one) => sides.isAtBase(one.package, one.result.test)).map(nameOf)
  const before = await outcomesAtBase(shared, sides)
  // What never passes at the base needs no second look at the head.
  const open = shared.filter((one) => before.get(testName(one))?.includes('passed') === true)
  const head = await rerunHead(open, sides)
  return failed.map((one) => {
    const then = before.get(testName(nameOf(one)))
    return then === undefined ? 'blamed' : standingOf(head.get(testName(nameOf(one))) ?? [], then)
  })
}

/** The rule. `now`: outcomes of the head's runs after the one that failed. `then`: the base's; empty when it cannot run the test. */
export function standingOf(now: readonly BaseOutcome[], then: readonly BaseOutcome[]): Standing {
  if (!then.includes('passed')) return 'at-base'
  return now.includes('passed') || then.some((outcome) => outcome !== 'passed') ? 'flaky' : 'blamed'
}

/** Of packages that end badly, those that did so at the base. */
export async function endingsAtBase(endings: readonly Finding[], sides: RerunSides): Promise<readonly Finding[]> {
  const paths = [...new Set(endings.flatMap((one) => one.package ?? []))].filter(sides.hasBase)
  if (paths.length === 0) return []
  const base = await sides.compileBase(paths)
  const runs = await Promise.all(base.binaries.map((binary) => runTests(binary, sides.options)))
  return runs.flatMap(badEnding)
}

/** Of skipped tests, those that ran and passed at the base: something around them skips them now. */
export async function skippedSinceBase(skipped: readonly NamedTest[], sides: RerunSides): Promise<readonly Finding[]> {
  const silent = skipped.filter((one) => sides.isAtBase(one.package, one.test))
  const before = await outcomesAtBase(silent, sides)
  return silent
    .filter(
      (one) => before.get(testName(one))?.every((outcome) => outcome === 'passed') === true && before.get(testName(one))?.length !== 0,
    )
    .map((one) => ({
      check: 'tests',
      kind: 'test-weakened',
      message: `${one.test} passes at the base and is skipped now.`,
      package: one.package,
      test: one.test,
      hint: 'Let it run: what skips it (a helper, a variable, a file) was changed.',
    }))
}

function nameOf(failed: FailedTest): NamedTest {
  return { package: failed.package, test: failed.result.test }
}

/**
 * What the base says of these tests: three runs each, kept for the next judgement. A test that the base cannot compile has an empty list;
 * one whose run was killed has none, for nobody knows.
 */
async function outcomesAtBase(tests: readonly NamedTest[], sides: RerunSides): Promise<BaseOutcomes> {
  const known = await sides.outcomes.read()
  const unknown = tests.filter((one) => !known.has(testName(one)))
  if (unknown.length === 0) return known
  const byPackage = Map.groupBy(unknown, (one) => one.package)
  const base = await sides.compileBase([...byPackage.keys()])
  if (base.stuck.length > 0) return known
  const fresh = new Map(
    (await Promise.all([...byPackage].map(([path, some]) => repeat(base.binaries, { path, some, sides, times: runsPerSide })))).flat(),
  )
  await sides.outcomes.add(fresh)
  return new Map([...known, ...fresh])
}

async function rerunHead(tests: readonly NamedTest[], sides: RerunSides): Promise<BaseOutcomes> {
  const byPackage = Map.groupBy(tests, (one) => one.package)
  return new Map(
    (
      await Promise.all(
        [...byPackage].map(([path, some]) => repeat(sides.head, { path, some, sides, times: mostHeadRuns - 1, untilPassed: true })),
      )
    ).flat(),
  )
}

interface Repetition {
  readonly path: string
  readonly some: readonly NamedTest[]
  readonly sides: RerunSides
  readonly times: number
  /** Beyond three runs on this side no more than are needed to see each pass once. */
  readonly untilPassed?: boolean
}

async function repeat(binaries: readonly TestBinary[], what: Repetition): Promise<readonly (readonly [string, readonly BaseOutcome[]])[]> {
  const binary = binaries.find((one) => one.package.importPath === what.path)
  const options = { ...what.sides.options, only: what.some.map((one) => one.test) }
  const runs: PackageTests[] = []
  const startedAt = performance.now()
  const isEnough = () =>
    what.untilPassed === true &&
    runs.length >= runsPerSide - 1 &&
    (performance.now() - startedAt > rerunTimeMs || what.some.every((one) => runs.some((run) => outcomeOf(run, one.test) === 'passed')))
  while (binary !== undefined && runs.length < what.times && !isEnough()) runs.push(await runTests(binary, options))
  return what.some.flatMap((one) => {
    const outcomes = runs.map((run) => outcomeOf(run, one.test))
    return outcomes.includes(undefined) ? [] : [[testName(one), outcomes.flatMap((outcome) => outcome ?? [])] as const]
  })
}

// Nothing when the process was killed before it came to the test.
function outcomeOf(run: PackageTests, test: string): BaseOutcome | undefined {
  return run.tests.find((one) => one.test === test)?.outcome ?? (run.ending.kind === 'stuck' ? undefined : 'none')
}
