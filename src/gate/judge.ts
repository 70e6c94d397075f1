// A tree and its base -> the verdict. Start reading the gate here: measure both, ask every check, run the tests, put the verdict together.
import { posix } from 'node:path'
import type { GateConfig, QualityLevel } from '../config.ts'
import type { Sha, WaveNumber } from '../ids.ts'
import type { Plan } from '../plan/plan.ts'
import type { Clock, Git, Go } from '../world.ts'
import { addedLines } from './added-lines.ts'
import { baseResults } from './base-results.ts'
import type { Change, MeasuredTree } from './change.ts'
import { checkCompilation } from './check-compilation.ts'
import { checkTests, type TestsRequest } from './check-tests.ts'
import { type Checkouts, withCheckouts } from './checkouts.ts'
import { measureTree } from './measure-tree.ts'
import { type TimedAnswer, toVerdict } from './to-verdict.ts'
import type { CheckName, Verdict } from './verdict.ts'

/** What is judged. Paths absolute unless said otherwise. */
export interface JudgeInput {
  readonly git: Git
  /** The commit whose tree is judged. */
  readonly commit: Sha
  /** What was before; without it everything is new. */
  readonly base?: Sha
  /** Folders of go.mod files, relative to the repository root. */
  readonly moduleDirs: readonly string[]
  readonly plan?: Plan
  /** Wave whose gate this is; undefined: the whole tree, everything due. */
  readonly wave?: WaveNumber
  /** True at the last gate of a run: all tests run. */
  readonly last?: boolean
  /** Tasks of the plan that were skipped. */
  readonly excused?: readonly string[]
  /** Paths or patterns that may change beyond the plan: grants, generated files. */
  readonly granted?: readonly string[]
  readonly level: QualityLevel
  readonly config: GateConfig
  /** `<import path>.<test>`: tests of this run that were green before (`greenTests` of earlier verdicts). */
  readonly protectedTests?: readonly string[]
  /** Checkouts are made below it, and removed. */
  readonly workDir: string
  /** Results of bases are kept in it. */
  readonly cacheDir: string
  readonly signal?: AbortSignal
  readonly onProgress?: (check: CheckName) => void
}

/** What judging asks of the outside. */
export interface JudgePorts {
  readonly go: Go
  readonly clock: Clock
}

/** Judges. Errors: UserFault when a tool is missing, WorldFault of git; what the tree does wrong is in the verdict. */
export async function judge(input: JudgeInput, ports: JudgePorts): Promise<Verdict> {
  const started = ports.clock.now()
  const { commit, base, git, workDir } = input
  return withCheckouts({ git, workDir, head: commit, base }, async (checkouts) => {
    const timed = stopwatch(input, ports)
    const measured = await timed('compilation', () => measureChange(input, ports, checkouts))
    const change = measured.value
    const tests = await timed('tests', () => checkTests(testsRequest(input, ports, { change, checkouts })))
    const answers: readonly TimedAnswer[] = [
      { answer: checkCompilation(change), durationMs: measured.durationMs },
      { answer: tests.value.answer, durationMs: tests.durationMs },
    ]
    return toVerdict(answers, {
      tree: commit,
      base,
      wave: input.wave,
      files: new Set(change.head.files),
      config: input.config,
      flaky: tests.value.flaky,
      greenTests: tests.value.greenTests,
      durationMs: ports.clock.now() - started,
    })
  })
}

type Timed = <Value>(check: CheckName, run: () => Promise<Value>) => Promise<{ readonly value: Value; readonly durationMs: number }>

function stopwatch(input: JudgeInput, ports: JudgePorts): Timed {
  return async (check, run) => {
    input.onProgress?.(check)
    const started = ports.clock.now()
    const value = await run()
    return { value, durationMs: ports.clock.now() - started }
  }
}

/** Both trees, measured, and what changed between them. */
async function measureChange(input: JudgeInput, ports: JudgePorts, checkouts: Checkouts): Promise<Change> {
  const { git, commit, base, plan, wave } = input
  const head = await measureSide(input, ports, { root: await checkouts.head(), commit })
  const measuredBase = base === undefined ? undefined : await measureBaseOf(input, ports, { base, checkouts })
  return {
    head,
    ...(measuredBase === undefined ? {} : { base: measuredBase }),
    changes: base === undefined ? [] : await git.changes({ from: base, to: commit }),
    addedLines: base === undefined ? new Map() : addedLines(await git.diff({ from: base, to: commit, maxBytes: maxDiffBytes })),
    ...(plan === undefined ? {} : { plan }),
    ...(wave === undefined ? {} : { wave }),
    excused: new Set(input.excused),
    granted: input.granted ?? [],
    level: input.level,
    config: input.config,
  }
}

// A diff of a feature is far below; generated code may be large.
const maxDiffBytes = 256 * 1024 * 1024

async function measureBaseOf(
  input: JudgeInput,
  ports: JudgePorts,
  side: { readonly base: Sha; readonly checkouts: Checkouts },
): Promise<MeasuredTree> {
  const { cacheDir, moduleDirs, config } = input
  const key = { cacheDir, base: side.base, goVersion: await ports.go.version(), moduleDirs, tags: config.tags }
  return baseResults(key, async () => measureSide(input, ports, { root: await side.checkouts.base(), commit: side.base }))
}

async function measureSide(
  input: JudgeInput,
  ports: JudgePorts,
  side: { readonly root: string; readonly commit: Sha },
): Promise<MeasuredTree> {
  const files = await input.git.listFiles(side.commit)
  const checkout = {
    root: side.root,
    moduleDirs: input.moduleDirs.filter((dir) => files.some((file) => file === posix.join(dir, 'go.mod'))),
  }
  return measureTree({ checkout, files, tags: input.config.tags, ...signalOf(input) }, ports)
}

function testsRequest(
  input: JudgeInput,
  ports: JudgePorts,
  sides: { readonly change: Change; readonly checkouts: Checkouts },
): TestsRequest {
  return {
    ...sides,
    go: ports.go,
    whole: input.last === true || input.wave === undefined,
    expected: { head: new Map(), base: new Map() },
    protectedTests: input.protectedTests ?? [],
    ...signalOf(input),
  }
}

function signalOf(input: JudgeInput): { readonly signal?: AbortSignal } {
  return input.signal === undefined ? {} : { signal: input.signal }
}
