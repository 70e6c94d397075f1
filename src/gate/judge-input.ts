// What a judgement is given, and what it asks of the outside. Types only.
import type { GateConfig, QualityLevel } from '../config.ts'
import type { Analyzer } from '../go-analyzer.ts'
import type { Sha, WaveNumber } from '../ids.ts'
import type { Plan } from '../plan/plan.ts'
import type { Clock, Git, Go, OpenDatabase } from '../world.ts'
import type { Change } from './change.ts'
import type { Checkouts } from './checkouts.ts'
import type { CheckName } from './verdict.ts'

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
  /** Commit of the last green gate of this run: its tests among `protectedTests` may not assert less since. */
  readonly protectedSince?: Sha
  /** Checkouts are made below it, and removed. */
  readonly workDir: string
  /** Results of bases are kept in it. */
  readonly cacheDir: string
  /** Stops within seconds; the judgement rejects with the signal's reason. */
  readonly signal?: AbortSignal
  readonly onProgress?: (check: CheckName) => void
  /** Told what was measured, before anything of the tree is executed. */
  readonly onMeasured?: (change: Change) => void
}

/** What judging asks of the outside. */
export interface JudgePorts {
  readonly go: Go
  readonly analyzer: Analyzer
  /** Undefined: migrations are not proven. */
  readonly openDatabase?: OpenDatabase
  readonly clock: Clock
}

/** One judgement in progress: what the checks are asked with. */
export interface Scene {
  readonly input: JudgeInput
  readonly ports: JudgePorts
  readonly change: Change
  readonly checkouts: Checkouts
}
