// Failing tests that the base has too -> blamed, broken before, or flaky: each is run three times on both sides.
import type { CompiledTests, TestBinary } from './compile-tests.ts'
import type { FailedTest } from './judge-tests.ts'
import { type PackageTests, runTests, type TestRunOptions } from './run-tests.ts'

/** How a failing test stands beside its base. */
export type Standing = 'blamed' | 'at-base' | 'flaky'

/** The two sides. `compileBase` compiles tests of the base by import path; packages that do not compile there have no binary. */
export interface RerunRequest {
  readonly failed: readonly FailedTest[]
  readonly head: readonly TestBinary[]
  readonly compileBase: (packages: readonly string[]) => Promise<CompiledTests>
  /** True when the base has this test: its result there counts. A test of the run itself is always blamed. */
  readonly isAtBase: (failed: FailedTest) => boolean
  readonly options: TestRunOptions
}

// Source: design, section 6: three runs on both sides.
const runsPerSide = 3

/** Standing of each failed test, in the given order. A base that cannot run the test could not pass it. */
export async function standings(request: RerunRequest): Promise<readonly Standing[]> {
  const shared = request.failed.filter(request.isAtBase)
  if (shared.length === 0) return request.failed.map(() => 'blamed')
  const byPackage = Map.groupBy(shared, (failed) => failed.package)
  const base = await request.compileBase([...byPackage.keys()])
  const sides = await Promise.all(
    [...byPackage].map(async ([path, failed]) => {
      const only = failed.map((one) => one.result.test)
      const options = { ...request.options, only }
      const [head, before] = await Promise.all([
        repeat(
          request.head.find((one) => one.package.importPath === path),
          options,
          runsPerSide - 1,
        ),
        repeat(
          base.binaries.find((one) => one.package.importPath === path),
          options,
          runsPerSide,
        ),
      ])
      return [path, { head, before }] as const
    }),
  )
  const known = new Map(sides)
  return request.failed.map((failed) => {
    const side = known.get(failed.package)
    if (side === undefined || !request.isAtBase(failed) || base.stuck.length > 0) return 'blamed'
    return standingOf(failed.result.test, side.head, side.before)
  })
}

/** The rule. `head`: repeated runs after the one that failed. */
export function standingOf(test: string, head: readonly PackageTests[], before: readonly PackageTests[]): Standing {
  const passes = (runs: readonly PackageTests[]) =>
    runs.filter((run) => run.tests.some((one) => one.test === test && one.outcome === 'passed')).length
  const [now, then] = [passes(head), passes(before)]
  // A base that was killed has not said that the test fails there.
  if (before.some((run) => run.ending.kind === 'stuck' && !run.tests.some((one) => one.test === test))) return now > 0 ? 'flaky' : 'blamed'
  if (now > 0 || (then > 0 && then < before.length)) return 'flaky'
  return then === 0 ? 'at-base' : 'blamed'
}

async function repeat(binary: TestBinary | undefined, options: TestRunOptions, times: number): Promise<readonly PackageTests[]> {
  const runs: PackageTests[] = []
  for (let run = 0; binary !== undefined && run < times; run += 1) runs.push(await runTests(binary, options))
  return runs
}
