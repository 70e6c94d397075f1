// Tests: those of affected packages run, new ones pass, and ones that passed at the base still do. The only check that executes the tree's tests.

import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import pLimit from 'p-limit'
import type { Go } from '../world.ts'
import { affectedPackages } from './affected-packages.ts'
import { type Change, type CheckFindings, findings } from './change.ts'
import type { Checkouts } from './checkouts.ts'
import { type CompiledTests, compileTests, type TestBinary } from './compile-tests.ts'
import type { Finding } from './failure.ts'
import { type ExpectedTests, judgeTests, testName, toTestFinding } from './judge-tests.ts'
import type { PackageFacts } from './measurements.ts'
import { type Standing, standings } from './rerun-tests.ts'
import { runTests } from './run-tests.ts'

/** What the tests are run with. `whole`: all packages, not only those that the change can break. */
export interface TestsRequest {
  readonly change: Change
  readonly checkouts: Checkouts
  readonly go: Go
  readonly whole: boolean
  /** Top-level tests by import path, as parsed; of head and base. */
  readonly expected: { readonly head: ExpectedTests; readonly base: ExpectedTests }
  /** `<import path>.<test>` of tests of this run that were green before. */
  readonly protectedTests: readonly string[]
  /** Set to gather coverage: packages whose statements count, and the folder for profiles. */
  readonly cover?: { readonly packages: readonly string[]; readonly dir: string }
  readonly signal?: AbortSignal
}

/** The check's answer, and what others need of the runs. */
export interface TestsOutcome {
  readonly answer: CheckFindings
  readonly flaky: readonly string[]
  readonly greenTests: readonly string[]
  readonly binaries: readonly TestBinary[]
}

/** Compiles, runs, and asks the base about what fails. */
export async function checkTests(request: TestsRequest): Promise<TestsOutcome> {
  const { change } = request
  const packages = request.whole ? change.head.compile.packages : affectedPackages(change)
  const compiled = await compileSide(request, 'head', packages)
  const limit = pLimit(availableParallelism())
  const options = runOptions(request)
  const runs = await Promise.all(compiled.binaries.map((binary) => limit(() => runTests(binary, options))))
  const judged = judgeTests(runs, request.expected.head, laterTasks(change))
  const standing = await standings({
    failed: judged.failed,
    head: compiled.binaries,
    compileBase: (paths) =>
      compileSide(
        request,
        'base',
        (change.base?.compile.packages ?? []).filter((one) => paths.includes(one.importPath)),
      ),
    isAtBase: (failed) => request.expected.base.get(failed.package)?.includes(failed.result.test) === true,
    options: withoutCoverage(options),
  })
  const failed = judged.failed.map((one, index) => ({
    one,
    standing: excused(request, testName(one.package, one.result.test), standing[index]),
  }))
  const found = (which: Standing): readonly Finding[] =>
    failed.flatMap(({ one, standing: is }) => (is === which ? [toTestFinding(one, dirOf(packages, one.package))] : []))
  return {
    answer: findings('tests', {
      head: [...unlinked(compiled), ...judged.findings, ...found('blamed'), ...found('at-base')],
      base: found('at-base'),
      due: judged.needs.map((need) => ({ what: 'file', subject: testName(need.package, need.test), wave: waveOf(change, need.task) })),
      stuck: [...compiled.stuck, ...judged.stuck],
      detail: `${judged.passed.length} tests passed in ${runs.length} packages${judged.skipped.length === 0 ? '' : `, ${judged.skipped.length} skipped`}`,
      notApplicable: runs.length === 0 && compiled.stuck.length === 0,
      figures: { 'tests passed': judged.passed.length, 'tests skipped': judged.skipped.length },
    }),
    flaky: failed.flatMap(({ one, standing: is }) => (is === 'flaky' ? [testName(one.package, one.result.test)] : [])),
    greenTests: judged.passed.filter((name) => !isKnown(request.expected.base, name)),
    binaries: compiled.binaries,
  }
}

// A test that this run made and that was green before is never excused as flaky or as broken before.
function excused(request: TestsRequest, name: string, standing: Standing | undefined): Standing {
  return request.protectedTests.includes(name) ? 'blamed' : (standing ?? 'blamed')
}

async function compileSide(request: TestsRequest, side: 'head' | 'base', packages: readonly PackageFacts[]): Promise<CompiledTests> {
  if (packages.length === 0) return { binaries: [], failed: [], stuck: [] }
  return compileTests({
    go: request.go,
    root: await request.checkouts[side](),
    outDir: join(request.checkouts.scratch, `tests-${side}`),
    packages,
    race: request.change.level === 'bulletproof',
    coverPackages: side === 'head' ? (request.cover?.packages ?? []) : [],
    ...(request.signal === undefined ? {} : { signal: request.signal }),
  })
}

function runOptions(request: TestsRequest) {
  return {
    go: request.go,
    timeoutS: request.change.config.testTimeoutS,
    ...(request.cover === undefined || request.cover.packages.length === 0 ? {} : { coverDir: request.cover.dir }),
    ...(request.signal === undefined ? {} : { signal: request.signal }),
  }
}

function withoutCoverage(options: ReturnType<typeof runOptions>): ReturnType<typeof runOptions> {
  const { coverDir: _, ...rest } = options
  return rest
}

function unlinked(compiled: CompiledTests): readonly Finding[] {
  return compiled.failed.map((failed) => ({
    check: 'tests',
    kind: 'test-compile',
    message: `The tests of ${failed.package.importPath} do not link.\n${failed.message}`,
    package: failed.package.importPath,
    hint: 'Make `go test -c` of the package work.',
  }))
}

function laterTasks(change: Change): ReadonlySet<string> {
  const { plan, wave } = change
  return new Set(plan === undefined || wave === undefined ? [] : plan.tasks.filter((task) => task.wave > wave).map((task) => task.id))
}

function waveOf(change: Change, task: string) {
  return change.plan?.tasks.find((one) => one.id === task)?.wave ?? 5
}

function dirOf(packages: readonly PackageFacts[], importPath: string): string {
  return packages.find((one) => one.importPath === importPath)?.dir ?? '.'
}

function isKnown(expected: ExpectedTests, name: string): boolean {
  const cut = name.lastIndexOf('.')
  return expected.get(name.slice(0, cut))?.includes(name.slice(cut + 1)) === true
}
