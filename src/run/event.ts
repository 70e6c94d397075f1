// All that can happen in a run, as one closed union. The journal holds these and nothing else; state and progress.md follow from them.
import type { AttemptOutcome, Brief, RequestAnswered } from '../agent/attempt.ts'
import type { Config, ExecutionMode, QualityLevel } from '../config.ts'
import type { Feature } from '../feature/feature.ts'
import type { Failure, Verdict } from '../gate/verdict.ts'
import type { BranchName, RepoPath, RunId, Sha, TaskId, WaveNumber } from '../ids.ts'
import type { Plan } from '../plan/plan.ts'
import type { ConversationUse } from '../world.ts'

/** Why a run does not go on by itself. Each is resumable; docs/cli.md says with which command. */
export type StopReason =
  | { readonly kind: 'questions'; readonly questions: readonly string[] }
  | { readonly kind: 'plan-failed'; readonly faults: readonly string[] }
  | { readonly kind: 'approval'; readonly estimateUsd: number | undefined }
  | { readonly kind: 'task-failed'; readonly tasks: readonly TaskId[] }
  | { readonly kind: 'merge-failed'; readonly wave: WaveNumber; readonly faults: readonly string[] }
  | { readonly kind: 'gate-stuck'; readonly wave: WaveNumber; readonly why: 'rounds' | 'no-progress' | 'nobody-to-ask' }
  | { readonly kind: 'gate-unknown'; readonly wave: WaveNumber }
  | { readonly kind: 'out-of-budget'; readonly which: 'run' | 'day' | 'plan'; readonly spentUsd: number; readonly capUsd: number }
  | { readonly kind: 'rate-limited'; readonly untilMs: number }
  | { readonly kind: 'model-rejected'; readonly status: number; readonly message: string }
  | { readonly kind: 'paused'; readonly by: string }
  | { readonly kind: 'interrupted' }
  | { readonly kind: 'cancelled'; readonly by: string }
  | { readonly kind: 'fault'; readonly message: string }

/** A command as the one grammar parses it. Source: product description, table of commands. */
export type RunCommand =
  | { readonly name: 'approve' }
  | { readonly name: 'pause' }
  | { readonly name: 'resume' }
  | { readonly name: 'retry'; readonly target: RetryTarget; readonly how: 'kept' | 'clean' | 'alternative'; readonly context?: string }
  | { readonly name: 'continue'; readonly from: WaveNumber }
  | { readonly name: 'skip'; readonly task: TaskId; readonly reason: string }
  | { readonly name: 'budget'; readonly addUsd: number }
  | { readonly name: 'mode'; readonly mode: ExecutionMode }
  | { readonly name: 'quality'; readonly level: QualityLevel }
  | { readonly name: 'update'; readonly base: Sha }
  | { readonly name: 'fix'; readonly threads: readonly ReviewThread[] }
  | { readonly name: 'cancel' }

/** What `retry` is aimed at: everything that failed, one wave, or one task. */
export type RetryTarget =
  | { readonly kind: 'failed' }
  | { readonly kind: 'wave'; readonly wave: WaveNumber }
  | { readonly kind: 'task'; readonly task: TaskId }

/** One thread of a review: where, and what was said. Untrusted text. */
export interface ReviewThread {
  readonly file: string
  readonly line?: number
  readonly text: string
}

/** A disputed test and what the neutral reviewer says of it. */
export interface Ruling {
  readonly test: string
  readonly why: string
  readonly upheld: boolean
  readonly reason: string
}

/** A task's work as the merge takes it. */
export interface MergedTask {
  readonly task: TaskId
  readonly attempt: number
  readonly commit: Sha
}

/** What happened. Past tense; facts only, no decisions. */
export type Happening =
  | {
      readonly type: 'run-started'
      readonly run: RunId
      readonly repo: string
      readonly spec: { readonly source: string; readonly text: string; readonly hash: string }
      readonly base: Sha
      readonly config: Config
      readonly autoApprove: boolean
      /** A plan that is estimated at this or less needs nobody's word, US dollars. */
      readonly approveUnderUsd?: number
    }
  | { readonly type: 'feature-read'; readonly feature: Feature; readonly notSo: readonly string[] }
  | { readonly type: 'questions-asked'; readonly questions: readonly string[] }
  | { readonly type: 'base-measured'; readonly failures: readonly Failure[]; readonly compiles: boolean }
  | { readonly type: 'plan-made'; readonly plan: Plan; readonly use: ConversationUse }
  /** `stop`: it ended for another reason than a bad plan (money, limits, an interrupt) and goes on where it was. */
  | { readonly type: 'plan-failed'; readonly faults: readonly string[]; readonly use: ConversationUse; readonly stop?: StopReason }
  /** `standIns`: files of the commit that hold contracts alone, until their tasks are merged. */
  | { readonly type: 'seams-committed'; readonly commit: Sha; readonly standIns?: readonly RepoPath[] }
  | {
      readonly type: 'task-started'
      readonly task: TaskId
      readonly attempt: number
      readonly base: Sha
      readonly branch: BranchName
      readonly brief: Brief
      readonly paths: readonly string[]
      readonly startFrom?: Sha
      /** Why it could start before its wave's turn; empty when it is its wave's turn. */
      readonly overlap: string
    }
  | {
      readonly type: 'task-progressed'
      readonly task: TaskId
      readonly attempt: number
      readonly turn: number
      readonly tools: readonly string[]
      readonly use: ConversationUse
    }
  | { readonly type: 'request-answered'; readonly task: TaskId; readonly attempt: number; readonly request: RequestAnswered }
  | { readonly type: 'task-ended'; readonly task: TaskId; readonly attempt: number; readonly outcome: AttemptOutcome }
  | {
      readonly type: 'wave-merged'
      readonly wave: WaveNumber
      readonly commit: Sha
      readonly merged: readonly MergedTask[]
      readonly reconciled: readonly string[]
      /** What the repository's own generators wrote after the merge. */
      readonly generated: readonly string[]
      readonly compiles: boolean
      readonly use: ConversationUse
    }
  /** An adversarial reviewer read a finished attempt (bulletproof). */
  | {
      readonly type: 'task-reviewed'
      readonly task: TaskId
      readonly attempt: number
      readonly findings: readonly string[]
      /** How the review ended without a report; then nothing is known. */
      readonly unfinished?: 'ran-dry' | 'limit' | 'refused'
      readonly use: ConversationUse
    }
  /** A neutral reviewer ruled, with the specification, on tests that an owner disputes. */
  | { readonly type: 'disputes-ruled'; readonly wave: WaveNumber; readonly rulings: readonly Ruling[]; readonly use: ConversationUse }
  | { readonly type: 'merge-failed'; readonly wave: WaveNumber; readonly faults: readonly string[]; readonly use: ConversationUse }
  | { readonly type: 'gate-judged'; readonly wave: WaveNumber; readonly commit: Sha; readonly verdict: Verdict }
  | { readonly type: 'base-moved'; readonly wave: WaveNumber; readonly commit: Sha; readonly base: Sha }
  /** `letter`: its number in the letter box, when another process left it. */
  | { readonly type: 'command-given'; readonly command: RunCommand; readonly by: string; readonly letter?: number }
  | { readonly type: 'effect-failed'; readonly effect: string; readonly message: string; readonly stop: StopReason }
  /** `lostUsd`: reserved for turns that were in flight when the last process ended; it stays charged. */
  | { readonly type: 'process-resumed'; readonly pid: number; readonly lostUsd?: number }
  | { readonly type: 'published'; readonly branches: readonly BranchName[]; readonly final: boolean }

/** A happening with its time, ms since the epoch. */
export type RunEvent = Happening & { readonly at: number }
