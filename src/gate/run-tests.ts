// Test binaries -> results. Each runs sandboxed in its package's folder, the only one it may write to. One panic does not hide the other tests.
import { mkdir } from 'node:fs/promises'
import { posix } from 'node:path'
import type { CommandResult, Go } from '../world.ts'
import type { TestBinary } from './compile-tests.ts'
import { readTestReport, type TestReport, type TestResult } from './test-report.ts'

/** How tests run. `only`: top-level names; undefined: all. `coverDir`: absolute folder for coverage profiles. */
export interface TestRunOptions {
  readonly go: Go
  readonly timeoutS: number
  readonly only?: readonly string[]
  readonly coverDir?: string
  readonly signal?: AbortSignal
}

/** Results of one package. `ending`: how its last process ended; the results before it count. */
export interface PackageTests {
  readonly package: string
  readonly tests: readonly TestResult[]
  readonly ending: TestReport['ending']
  readonly output: string
}

// A tree in the middle of a feature has tests that panic with a contract's text; more panics in one package than this say nothing new. By taste.
const maxRestarts = 12
// What the process may take beyond the tests' own limit: start, coverage, a stack dump.
const graceMs = 30_000

/** Runs one binary; where a test takes the process down, the ones after it run in a new process. */
export async function runTests(binary: TestBinary, options: TestRunOptions): Promise<PackageTests> {
  const done = new Map<string, TestResult>()
  let last: TestReport | undefined
  for (let start = 0; start <= maxRestarts; start += 1) {
    last = await runOnce(binary, options, [...done.keys()])
    const culprits = last.ending.kind === 'died' ? culpritsOf(last) : []
    for (const test of last.tests) if (test.outcome !== 'unfinished' && !done.has(test.test)) done.set(test.test, test)
    for (const culprit of culprits) done.set(culprit.test, culprit)
    if (last.ending.kind !== 'died' || culprits.length === 0) break
  }
  const report = last ?? { ending: { kind: 'stuck', why: 'it did not run' } as const, output: '' }
  return { package: binary.package.importPath, tests: [...done.values()], ending: report.ending, output: report.output }
}

/** The tests that took the process down: those named by a time-out, else the one whose output holds the panic, else the last one begun. */
function culpritsOf(report: TestReport): readonly TestResult[] {
  const text = report.tests.map((test) => test.output).join('\n') + report.output
  const timedOut = /panic: test timed out after \S+\n\trunning tests:\n((?:\t\t\S+ \(\S+\)\n?)+)/.exec(text)?.[1]
  if (timedOut !== undefined) {
    const names = [...timedOut.matchAll(/^\t\t([^\s/]+)/gm)].map((match) => match[1])
    return report.tests.filter((test) => names.includes(test.test)).map((test) => ({ ...test, outcome: 'unfinished' as const }))
  }
  const panicked = report.tests.filter((test) => /^(panic|fatal error):/m.test(test.output))
  const last = report.tests.filter((test) => test.outcome === 'unfinished').at(-1)
  const found = panicked.length > 0 ? panicked : last === undefined ? [] : [last]
  return found.map((test) => ({ ...test, outcome: test.outcome === 'failed' ? 'failed' : 'unfinished' }))
}

async function runOnce(binary: TestBinary, options: TestRunOptions, skip: readonly string[]): Promise<TestReport> {
  if (options.coverDir !== undefined) await mkdir(posix.dirname(coverProfile(binary, options.coverDir)), { recursive: true })
  const flags = [
    '-test.v=test2json',
    '-test.paniconexit0',
    '-test.count=1',
    `-test.timeout=${options.timeoutS}s`,
    ...(options.only === undefined ? [] : [`-test.run=${nameFilter(options.only)}`]),
    ...(skip.length === 0 ? [] : [`-test.skip=${nameFilter(skip)}`]),
    ...(options.coverDir === undefined ? [] : [`-test.coverprofile=${coverProfile(binary, options.coverDir)}`]),
  ]
  const result = await runBinary(binary, { go: options.go, flags, timeoutMs: options.timeoutS * 1000 + graceMs, ...rest(binary, options) })
  return readTestReport({
    package: binary.package.importPath,
    text: result.stdout,
    exit: result.exit,
    droppedBytes: result.droppedBytes,
  })
}

function rest(binary: TestBinary, options: TestRunOptions): { readonly signal?: AbortSignal; readonly writable: readonly string[] } {
  return {
    writable: options.coverDir === undefined ? [] : [posix.dirname(coverProfile(binary, options.coverDir))],
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  }
}

/** Runs a test binary with flags. Both streams come as one text, in the order of a terminal: a panic follows the test it belongs to. */
export function runBinary(
  binary: TestBinary,
  run: {
    readonly go: Go
    readonly flags: readonly string[]
    readonly timeoutMs: number
    readonly writable: readonly string[]
    readonly signal?: AbortSignal
  },
): Promise<CommandResult> {
  return run.go.execute({
    argv: ['/bin/sh', '-c', 'exec "$0" "$@" 2>&1', binary.path, ...run.flags],
    cwd: binary.dir,
    readable: [binary.root, binary.path],
    writable: [binary.dir, ...run.writable],
    timeoutMs: run.timeoutMs,
    ...(run.signal === undefined ? {} : { signal: run.signal }),
  })
}

// A folder of its own: no package's tests can write another's profile.
function coverProfile(binary: TestBinary, coverDir: string): string {
  return posix.join(coverDir, binary.package.importPath.replaceAll('/', '_'), 'profile.cover')
}

// Names of Go functions: letters, digits and underscores, nothing that a regular expression reads otherwise.
function nameFilter(names: readonly string[]): string {
  return `^(${names.join('|')})$`
}
