// All that carrying out a run's effects needs, as one readonly object. Built by a door; types only.
import type { GateQuestion } from '../gate/gate-question.ts'
import type { Verdict } from '../gate/verdict.ts'
import type { Analyzer } from '../go-analyzer.ts'
import type { RunId } from '../ids.ts'
import type { SpecialistSet } from '../plan/load-specialists.ts'
import type { TokenPrice } from '../plan/plan-facts.ts'
import type { Clock, Converse, Exec, Git, Go, Journal, Log, OpenDatabase, Sandbox, SandboxPolicy } from '../world.ts'
import type { RunEvent } from './event.ts'

/** Folders of a run. Absolute. */
export interface RunFolders {
  /** What people read: progress.md, the plan, failures.log, …; outside the user's working tree. */
  readonly reports: string
  /** Worktrees of attempts. */
  readonly worktrees: string
  /** Checkouts and overlays that come and go. */
  readonly work: string
  /** Base results and other things worth keeping between runs. */
  readonly cache: string
}

/** What agents' shells are given: environment (Go's, without overlay) and policy (caches), to which the worktree is added. */
export interface ShellGround {
  readonly env: Readonly<Record<string, string>>
  readonly policy: SandboxPolicy
}

/** `again`: how often this very question was answered without a word to go by. Errors: the signal's reason. */
export type JudgeElsewhere = (question: GateQuestion, options: { readonly again: number; readonly signal: AbortSignal }) => Promise<Verdict>

/** The outside of one run. */
export interface RunWorld {
  readonly run: RunId
  readonly git: Git
  readonly exec: Exec
  readonly sandbox: Sandbox
  readonly clock: Clock
  readonly log: Log
  readonly journal: Journal<RunEvent>
  readonly converse: Converse
  /** The gate's go: its cache is never written by agents. */
  readonly go: Go
  readonly analyzer: Analyzer
  /** The agents' go and analyzer: their cache is shared by siblings. */
  readonly agentsAnalyzer: Analyzer
  readonly openDatabase: OpenDatabase | undefined
  readonly specialists: SpecialistSet
  readonly folders: RunFolders
  readonly shell: ShellGround
  readonly ripgrepPath: string | undefined
  /** Gives agents what the gate's cache holds, when theirs is empty: nothing is compiled twice. Never the other way. */
  readonly seedAgentsCache: () => Promise<void>
  /** The person's environment, for fetching the plan's modules with their proxy settings. */
  readonly personEnv: Readonly<Record<string, string>>
  readonly builderPrice: TokenPrice | undefined
  /** Judges on another machine; undefined: the gate runs here. Contract: repeating a question finds its answer; never rejects for what that machine does. */
  readonly judgeElsewhere: JudgeElsewhere | undefined
  /** Keep worktrees and task branches at the end. */
  readonly keep: boolean
}
