// What fails, is skipped or ends badly -> how the base stands to it. A failing test that the base has too is run three times on both sides.
import type { CompiledTests, TestBinary } from './compile-tests.ts'
import type { Finding } from './failure.ts'
import { badEnding, type FailedTest, type NamedTest } from './judge-tests.ts'
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
  readonly options: TestRunOptions
}

// Source: design, section 6: three runs on both sides.
const runsPerSide = 3

/** Standing of each failed test, in the given order. A base that does not compile the test could not pass it. */
export async function standings(failed: readonly FailedTest[], sides: RerunSides): Promise<readonly Standing[]> {
  const shared = failed.filter((one) => sides.isAtBase(one.package, one.result.test))
  if (shared.length === 0) return failed.map(() => 'blamed')
  const byPackage = Map.groupBy(shared, (one) => one.package)
  const base = await sides.compileBase([...byPackage.keys()])
  const repeated = await Promise.all(
    [...byPackage].map(async ([path, some]) => {
      const options = { ...sides.options, only: some.map((one) => one.result.test) }
      const [head, before] = await Promise.all([
        repeat(binaryOf(sides.head, path), options, runsPerSide - 1),
        repeat(binaryOf(base.binaries, path), options, runsPerSide),
      ])
      return [path, { head, before }] as const
    }),
  )
  const runs = new Map(repeated)
  return failed.map((one) => {
    const both = runs.get(one.package)
    if (both === undefined || !shared.includes(one) || base.stuck.length > 0) return 'blamed'
    return standingOf(one.result.test, both.head, both.before)
  })
}

/** The rule. `head`: the runs after the one that failed. */
export function standingOf(test: string, head: readonly PackageTests[], before: readonly PackageTests[]): Standing {
  const passes = (runs: readonly PackageTests[]) => runs.filter((run) => outcomeOf(run, test) === 'passed').length
  const [now, then] = [passes(head), passes(before)]
  // A base that was killed has not said that the test fails there.
  if (before.some((run) => run.ending.kind === 'stuck' && outcomeOf(run, test) === undefined)) return now > 0 ? 'flaky' : 'blamed'
  if (now > 0 || (then > 0 && then < before.length)) return 'flaky'
  return then === 0 ? 'at-base' : 'blamed'
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
  const byPackage = Map.groupBy(silent, (one) => one.package)
  if (byPackage.size === 0) return []
  const base = await sides.compileBase([...byPackage.keys()])
  const runs = await Promise.all(
    base.binaries.map((binary) => {
      const only = byPackage.get(binary.package.importPath)?.map((one) => one.test) ?? []
      return runTests(binary, { ...sides.options, only })
    }),
  )
  return silent
    .filter((one) => runs.some((run) => run.package === one.package && outcomeOf(run, one.test) === 'passed'))
    .map((one) => ({
      check: 'tests',
      kind: 'test-weakened',
      message: `${one.test} passes at the base and is skipped now.`,
      package: one.package,
      test: one.test,
      hint: 'Let it run: what skips it (a helper, a variable, a file) was changed.',
    }))
}

function outcomeOf(run: PackageTests, test: string) {
  return run.tests.find((one) => one.test === test)?.outcome
}

function binaryOf(binaries: readonly TestBinary[], path: string): TestBinary | undefined {
  return binaries.find((one) => one.package.importPath === path)
}

async function repeat(binary: TestBinary | undefined, options: TestRunOptions, times: number): Promise<readonly PackageTests[]> {
  const runs: PackageTests[] = []
  for (let run = 0; binary !== undefined && run < times; run += 1) runs.push(await runTests(binary, options))
  return runs
}
