// Tests: those of affected packages run, new ones pass, and ones that passed at the base still do. The only check that executes the tree's tests.
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import pLimit from 'p-limit'
import type { Go } from '../world.ts'
import { affectedPackages } from './affected-packages.ts'
import type { OutcomeStore } from './base-outcomes.ts'
import { type Change, type CheckFindings, findings } from './change.ts'
import { lacksServices, usesServices } from './check-containers.ts'
import type { Checkouts } from './checkouts.ts'
import { type CompiledTests, compileTests } from './compile-tests.ts'
import type { Finding } from './failure.ts'
import { type ExpectedTests, type FailedTest, judgeTests, testName, toTestFinding } from './judge-tests.ts'
import type { PackageFacts } from './measurements.ts'
import { lastWave, laterTasks } from './obligations.ts'
import { endingsAtBase, type RerunSides, type Standing, skippedSinceBase, standings } from './rerun-tests.ts'
import { runTests, type TestRunOptions } from './run-tests.ts'

/** What the tests are run with. `whole`: all packages, not only those that the change can break. */
export interface TestsRequest {
  readonly change: Change
  readonly checkouts: Checkouts
  readonly go: Go
  readonly whole: boolean
  /** Top-level tests by import path, as parsed; of head and base. */
  readonly expected: { readonly head: ExpectedTests; readonly base: ExpectedTests }
  /** `<import path>.<test>` of tests whose own body skips them: what is new in that is a matter of the parse. */
  readonly skipping: ReadonlySet<string>
  /** `<import path>.<test>` of tests of this run that were green before. */
  readonly protectedTests: readonly string[]
  /** What is known of the base's tests from earlier judgements. */
  readonly outcomes: OutcomeStore
  /** Packages whose statements are counted, and the folder for profiles. */
  readonly cover: { readonly packages: readonly string[]; readonly dir: string }
  readonly signal?: AbortSignal
}

/** The check's answer, and what others need of the runs. Tests are named `<import path>.<test>`. */
export interface TestsOutcome {
  readonly answer: CheckFindings
  readonly flaky: readonly string[]
  readonly greenTests: readonly string[]
  /** Tests that stopped because they had no container, database or other service. */
  readonly withoutServices: readonly string[]
  /** Tests that have a result, whatever it is. */
  readonly reported: readonly string[]
}

/** Packages whose tests run. `whole`: all, not only those that the change can break. */
export function packagesToTest(change: Change, whole: boolean): readonly PackageFacts[] {
  return whole ? change.head.compile.packages : affectedPackages(change)
}

/** Compiles, runs, and asks the base about what fails. */
export async function checkTests(request: TestsRequest): Promise<TestsOutcome> {
  const { change } = request
  const packages = packagesToTest(change, request.whole)
  const compiled = await compileSide(request, 'head', packages)
  const limit = pLimit(availableParallelism())
  const coverDir = request.cover.packages.length === 0 ? {} : { coverDir: request.cover.dir }
  const runs = await Promise.all(compiled.binaries.map((binary) => limit(() => runTests(binary, { ...runOptions(request), ...coverDir }))))
  const later = laterTasks(change)
  const judged = judgeTests(runs, request.expected.head, later)
  const sides = sidesOf(request, compiled)
  const all = await withStandings(request, judged.failed, sides)
  const stopped = all.filter((stood) => stoppedAtServices(change, sides, stood)).map((stood) => stood.one)
  const failed = all.filter((stood) => !stopped.includes(stood.one))
  const atBase = found(packages, failed, 'at-base')
  return {
    answer: findings('tests', {
      head: [
        ...unlinked(change, compiled),
        ...judged.endings,
        ...found(packages, failed, 'blamed'),
        ...atBase,
        ...(await skippedSinceBase(
          judged.skipped.filter((one) => !request.skipping.has(testName(one))),
          sides,
        )),
      ],
      base: [...atBase, ...(await endingsAtBase(judged.endings, sides))],
      due: judged.needs.map((need) => ({ what: 'file', subject: testName(need), wave: later.get(need.task) ?? lastWave(change) })),
      stuck: [...compiled.stuck, ...judged.stuck],
      detail: sayCounts(judged, runs.length),
      notApplicable: runs.length === 0 && compiled.stuck.length === 0,
      figures: { 'tests passed': judged.passed.length, 'tests skipped': judged.skipped.length },
    }),
    flaky: failed.flatMap(({ one, standing }) => (standing === 'flaky' ? [testName({ package: one.package, test: one.result.test })] : [])),
    greenTests: judged.passed.filter((one) => request.expected.base.get(one.package)?.includes(one.test) !== true).map(testName),
    withoutServices: stopped.map((one) => testName({ package: one.package, test: one.result.test })),
    reported: runs.flatMap((run) => run.tests.map(({ test }) => testName({ package: run.package, test }))),
  }
}

function sayCounts(judged: { readonly passed: readonly unknown[]; readonly skipped: readonly unknown[] }, packages: number): string {
  const skipped = judged.skipped.length === 0 ? '' : `, ${judged.skipped.length} skipped`
  return `${judged.passed.length} tests passed in ${packages} package${packages === 1 ? '' : 's'}${skipped}`
}

interface Stood {
  readonly one: FailedTest
  readonly standing: Standing
}

// A test that this run made and that was green before is never excused as flaky or as broken before.
async function withStandings(request: TestsRequest, failed: readonly FailedTest[], sides: RerunSides): Promise<readonly Stood[]> {
  const all = await standings(failed, sides)
  return failed.map((one, index) => {
    const isProtected = request.protectedTests.includes(testName({ package: one.package, test: one.result.test }))
    return { one, standing: isProtected ? 'blamed' : (all[index] ?? 'blamed') }
  })
}

function found(packages: readonly PackageFacts[], failed: readonly Stood[], which: Standing): readonly Finding[] {
  const dirOf = (path: string) => packages.find((one) => one.importPath === path)?.dir ?? '.'
  return failed.flatMap(({ one, standing }) => (standing === which ? [toTestFinding(one, dirOf(one.package))] : []))
}

// A test that had its service at the base and has none now is a failure; one that never had any is not proven.
function stoppedAtServices(change: Change, sides: RerunSides, { one, standing }: Stood): boolean {
  const passedBefore = standing !== 'at-base' && sides.isAtBase(one.package, one.result.test)
  return !passedBefore && lacksServices(one.result.output) && usesServices(change.head.compile.packages, one.package)
}

function sidesOf(request: TestsRequest, compiled: CompiledTests): RerunSides {
  const packages = request.change.base?.compile.packages ?? []
  const isBlind = (request.change.base?.factsStuck.length ?? 0) > 0
  return {
    head: compiled.binaries,
    compileBase: (paths) =>
      compileSide(
        request,
        'base',
        packages.filter((one) => paths.includes(one.importPath)),
      ),
    // Without facts of the base nobody knows: its runs are asked, and the verdict is unknown anyway.
    isAtBase: (path, test) => isBlind || request.expected.base.get(path)?.includes(test) === true,
    hasBase: (path) => packages.some((one) => one.importPath === path),
    outcomes: request.outcomes,
    options: runOptions(request),
  }
}

async function compileSide(request: TestsRequest, side: 'head' | 'base', packages: readonly PackageFacts[]): Promise<CompiledTests> {
  if (packages.length === 0) return { binaries: [], failed: [], stuck: [] }
  return compileTests({
    go: request.go,
    root: await request.checkouts[side](),
    outDir: join(request.checkouts.scratch, `tests-${side}`),
    packages,
    race: request.change.level === 'bulletproof',
    coverPackages: side === 'head' ? request.cover.packages : [],
    ...(request.signal === undefined ? {} : { signal: request.signal }),
  })
}

function runOptions(request: TestsRequest): TestRunOptions {
  const signal = request.signal === undefined ? {} : { signal: request.signal }
  return { go: request.go, timeoutS: request.change.config.testTimeoutS, ...signal }
}

// Where the program itself does not link, its tests do not for the same reason.
function unlinked(change: Change, compiled: CompiledTests): readonly Finding[] {
  if (change.head.compile.errors.some((error) => error.file === undefined)) return []
  return compiled.failed.map((failed) => ({
    check: 'tests',
    kind: 'test-compile',
    message: `The tests of ${failed.package.importPath} do not link.\n${failed.message}`,
    package: failed.package.importPath,
    hint: 'Make `go test -c` of the package work.',
  }))
}
