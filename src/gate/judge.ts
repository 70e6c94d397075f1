// A tree and its base -> the verdict. Start reading the gate here: measure both, ask every check, run the tests, put the verdict together.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { asRepoPath } from '../ids.ts'
import { type OutcomeStore, outcomeStore } from './base-outcomes.ts'
import { basePath } from './base-results.ts'
import type { CheckFindings } from './change.ts'
import { checkBenchmarks, type PreparedBenchmarks, prepareBenchmarks } from './check-benchmarks.ts'
import { checkCompilation } from './check-compilation.ts'
import { checkConformance } from './check-conformance.ts'
import { checkContainers } from './check-containers.ts'
import { checkCoverage, packagesToCover } from './check-coverage.ts'
import { checkExpectedFiles } from './check-expected-files.ts'
import { checkLint } from './check-lint.ts'
import { checkMigrations } from './check-migrations.ts'
import { checkNaming } from './check-naming.ts'
import { checkTamper, type OwnTests } from './check-tamper.ts'
import { checkTests, packagesToTest, type TestsOutcome, type TestsRequest } from './check-tests.ts'
import { withCheckouts } from './checkouts.ts'
import { compareContracts } from './compare-contracts.ts'
import { expectedTests, skippingTests } from './expected-tests.ts'
import type { JudgeInput, JudgePorts, Scene } from './judge-input.ts'
import { testName } from './judge-tests.ts'
import { leaveToOwners } from './leave-to-owners.ts'
import { baseKey, measureChange, moduleDirsAt } from './measure-change.ts'
import { measureFacts, noFacts } from './measure-facts.ts'
import { type TimedAnswer, toVerdict } from './to-verdict.ts'
import type { CheckName, Verdict } from './verdict.ts'
import { packageOf } from './weakened-tests.ts'

/** Judges. Errors: UserFault when a tool is missing, WorldFault of git; what the tree does wrong is in the verdict. */
export async function judge(input: JudgeInput, ports: JudgePorts): Promise<Verdict> {
  const { answers, files, ...found } = await judgeHalves(input, ports, ['reading', 'executing'])
  const { commit: tree, base, wave, config } = input
  return toVerdict(answers, { tree, base, wave, config, files: new Set(files), ...found })
}

/** `reading` asks what executes nothing of the tree; `executing` runs its tests, migrations and benchmarks. */
export type Half = 'reading' | 'executing'

/** What halves of a judgement found. Tests are named `<import path>.<test>`. */
export interface Judged {
  readonly answers: readonly TimedAnswer[]
  /** Every path of the judged tree. */
  readonly files: readonly string[]
  /** Tests that a parse of the tree finds in the packages that are to be tested. */
  readonly expected: readonly string[]
  /** Tests that have a result; none without the executing half. */
  readonly reported: readonly string[]
  readonly flaky: readonly string[]
  readonly greenTests: readonly string[]
  readonly durationMs: number
}

/** Judges in halves, for who does not let what the tree executes near the rest. Errors: as {@link judge}. */
export async function judgeHalves(input: JudgeInput, ports: JudgePorts, halves: readonly Half[]): Promise<Judged> {
  const started = ports.clock.now()
  const { commit, base, git, workDir } = input
  return withCheckouts({ git, workDir, head: commit, base }, async (checkouts) => {
    const timed = stopwatch(input, ports)
    const measured = await timed('compilation', () => measureChange(input, ports, checkouts))
    input.onMeasured?.(measured.value)
    const scene: Scene = { input, ports, checkouts, change: measured.value }
    const compilation = { answer: checkCompilation(scene.change), durationMs: measured.durationMs }
    const read = halves.includes('reading') ? [compilation, ...(await askInTurn(timed, readingChecks(scene)))] : []
    // From here on code of the tree is executed, sandboxed: nothing above may depend on what it does.
    const executed = halves.includes('executing') ? await execute(scene, timed) : nothingExecuted
    return {
      ...executed,
      answers: [...read, ...executed.answers],
      files: scene.change.head.files,
      expected: expectedNames(scene),
      durationMs: ports.clock.now() - started,
    }
  })
}

type Executed = Pick<Judged, 'answers' | 'reported' | 'flaky' | 'greenTests'>
const nothingExecuted: Executed = { answers: [], reported: [], flaky: [], greenTests: [] }

async function execute(scene: Scene, timed: Timed): Promise<Executed> {
  const benchmarks = await prepareBenchmarks(runRequest(scene))
  const cover = await coverRequest(scene)
  const outcomes = await storeOf(scene)
  const tests = await timed('tests', () => checkTests(testsRequest(scene, { cover, outcomes })))
  const proofs = await askInTurn(timed, proofsAfter(scene, { tests: tests.value, coverDir: cover.dir, benchmarks }))
  const { answer, reported, flaky, greenTests } = tests.value
  return { answers: [{ answer, durationMs: tests.durationMs }, ...proofs], reported, flaky, greenTests }
}

function expectedNames({ change, input }: Scene): readonly string[] {
  const expected = expectedTests(change.head.facts)
  return packagesToTest(change, isWhole(input)).flatMap(({ importPath }) =>
    (expected.get(importPath) ?? []).map((test) => testName({ package: importPath, test })),
  )
}

function isWhole({ last, wave }: JudgeInput): boolean {
  return last === true || wave === undefined
}

type Ask = readonly [CheckName, () => Promise<CheckFindings>]

/** Checks that read the tree and execute nothing of it. */
function readingChecks(scene: Scene): readonly Ask[] {
  const { change, input } = scene
  return [
    ['expected-files', async () => checkExpectedFiles(change)],
    ['conformance', async () => checkConformance(change, await compareContracts(change, scene))],
    ['naming', async () => leaveToOwners(change, checkNaming(change))],
    ['tamper', async () => checkTamper(change, await ownTests(scene))],
    ['lint', async () => leaveToOwners(change, await checkLint({ ...runRequest(scene), moduleDirs: input.moduleDirs }))],
  ]
}

/** Checks that need what the tests left behind, or that run code or SQL of the tree. Benchmarks come last: nothing may run beside them. */
function proofsAfter(
  scene: Scene,
  left: { readonly tests: TestsOutcome; readonly coverDir: string; readonly benchmarks: PreparedBenchmarks },
): readonly Ask[] {
  const { change, ports, input } = scene
  // From git, not from the checkout: there a path may be a link to anywhere.
  const read = async (path: string) => (await input.git.readFile({ at: input.commit, path: asRepoPath(path) })) ?? ''
  return [
    ['migrations', () => checkMigrations({ change, openDatabase: ports.openDatabase, read, ...signalOf(input) })],
    ['containers', async () => checkContainers(change, left.tests.withoutServices)],
    ['coverage', () => checkCoverage(change, left.coverDir)],
    ['benchmarks', () => checkBenchmarks(runRequest(scene), left.benchmarks)],
  ]
}

function runRequest(scene: Scene) {
  return { change: scene.change, checkouts: scene.checkouts, go: scene.ports.go, ...signalOf(scene.input) }
}

async function coverRequest(scene: Scene): Promise<TestsRequest['cover']> {
  const dir = join(scene.checkouts.scratch, 'coverage')
  await mkdir(dir)
  return { dir, packages: packagesToCover(scene.change).now.map((one) => one.importPath) }
}

function testsRequest(scene: Scene, more: Pick<TestsRequest, 'cover' | 'outcomes'>): TestsRequest {
  const { input, change } = scene
  return {
    ...runRequest(scene),
    ...more,
    whole: isWhole(input),
    expected: { head: expectedTests(change.head.facts), base: expectedTests(change.base?.facts ?? noFacts) },
    skipping: skippingTests(change.head.facts),
    protectedTests: input.protectedTests ?? [],
  }
}

/** The run's own tests, as they were at its last green gate. */
async function ownTests({ input, ports, checkouts }: Scene): Promise<OwnTests> {
  const { protectedTests: names = [], protectedSince: since, git, commit } = input
  if (since === undefined || names.length === 0) return { names, before: undefined }
  const moduleDirs = await moduleDirsAt(git, since, input.moduleDirs)
  const { facts } = await measureFacts({ root: await checkouts.at(since), moduleDirs }, { analyzer: ports.analyzer, ...signalOf(input) })
  const own = facts.tests.filter((test) => names.includes(testName({ package: packageOf(test), test: test.name })))
  return { names, before: { tests: own, changes: await git.changes({ from: since, to: commit }) } }
}

/** Outcomes of the base's tests: with the race detector others than without. */
async function storeOf(scene: Scene): Promise<OutcomeStore> {
  const { input, ports } = scene
  const path =
    input.base === undefined ? join(scene.checkouts.scratch, 'none') : basePath(await baseKey({ ...input, base: input.base }, ports))
  return outcomeStore(`${path}-tests${input.level === 'bulletproof' ? '-race' : ''}.json`)
}

function signalOf(input: JudgeInput): { readonly signal?: AbortSignal } {
  return input.signal === undefined ? {} : { signal: input.signal }
}

type Timed = <Value>(check: CheckName, run: () => Promise<Value>) => Promise<{ readonly value: Value; readonly durationMs: number }>

function stopwatch(input: JudgeInput, ports: JudgePorts): Timed {
  return async (check, run) => {
    input.signal?.throwIfAborted()
    input.onProgress?.(check)
    const started = ports.clock.now()
    const value = await run()
    return { value, durationMs: ports.clock.now() - started }
  }
}

async function askInTurn(timed: Timed, asks: readonly Ask[]): Promise<readonly TimedAnswer[]> {
  const answers: TimedAnswer[] = []
  for (const [check, ask] of asks) {
    const { value, durationMs } = await timed(check, ask)
    answers.push({ answer: value, durationMs })
  }
  return answers
}
