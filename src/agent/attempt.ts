// One attempt at one task: what an agent is given, and every way in which it can end.
import { z } from 'zod'
import type { Sha, TaskId } from '../ids.ts'
import type { Contract, Plan, Task } from '../plan/plan.ts'
import type { ConversationUse } from '../world.ts'

/** Why this attempt exists, with what its agent must know beyond the plan. */
export type Brief =
  | { readonly kind: 'first' }
  /** The gate was red. `failures`: each as one readable paragraph with file and line. `readOnly`: paths (patterns) it may not write although owned. */
  | {
      readonly kind: 'repair'
      readonly round: number
      readonly failures: readonly string[]
      readonly readOnly: readonly string[]
      /** What the repair before this one did and said, when there was one. */
      readonly tried?: string
    }
  /** A person asked for another go. `tried`: what the earlier attempt did, for `--alternative`. */
  | { readonly kind: 'retry'; readonly context?: string; readonly tried?: string }
  /** An adversarial reviewer's findings (bulletproof). */
  | { readonly kind: 'review'; readonly findings: readonly string[] }

/** What one agent works on. */
export interface Assignment {
  readonly plan: Plan
  readonly task: Task
  /** From 1. A later attempt supersedes the earlier ones; commits check it (fencing). */
  readonly attempt: number
  /** Commit whose tree the worktree starts from. */
  readonly base: Sha
  /** Set when the files of an earlier attempt are kept: the worktree starts from this commit's tree; the new commit is still made on `base`. */
  readonly startFrom?: Sha
  /** Patterns it may write: the task's own plus what was granted. */
  readonly paths: readonly string[]
  /** Tasks whose real code is in `base`: their contracts are not overlaid. The agent's own task is never overlaid. */
  readonly merged: readonly TaskId[]
  /** Files of its own that hold nothing but its contract yet: to be replaced whole. */
  readonly standIns?: readonly string[]
  /** Tests that fail at the run's base too, as far as gates have seen: `<import path> <test>`. */
  readonly failingBefore?: readonly string[]
  readonly brief: Brief
}

/** What an agent says at the end (tool `hand_over`). Checked against the tree, never believed. */
export const HandOver = z.strictObject({
  summary: z.string().describe('What was built, in two to five sentences, for the reviewer.'),
  files: z.array(z.string()).describe('Every file you created, changed or deleted.'),
  requirements: z.array(z.strictObject({ id: z.string(), where: z.string().describe('file:symbol that meets it') })).default([]),
  checks: z.array(z.strictObject({ command: z.string(), result: z.string() })).default([]),
  disputes: z
    .array(z.strictObject({ test: z.string(), why: z.string() }))
    .default([])
    .describe('Repair only: tests that contradict the specification, with the reason. A neutral reviewer rules.'),
  notes: z.string().default('').describe('What the integrator or a sibling must know; what is left; doubts.'),
})
/** See the schema of the same name. */
export type HandOver = z.infer<typeof HandOver>

/** What an agent asked beyond its task, and the pure rule's answer. */
export interface RequestAnswered {
  readonly kind: 'path' | 'contract' | 'module'
  readonly subject: string
  readonly why: string
  readonly granted: boolean
  readonly reason: string
  /** The contract as it is from now on; set when a change of it was granted. */
  readonly contract?: Contract
  /** Finished tasks whose code does not type-check with the changed contract: they go on from where they were. */
  readonly requeues?: readonly TaskId[]
  /** The module that the tree requires from now on; set when one was fetched for this request. */
  readonly module?: Plan['modules'][number]
}

/** All ways an attempt ends. Tokens and money are in `use`. */
export type AttemptOutcome =
  | {
      readonly kind: 'finished'
      readonly commit: Sha
      readonly changed: readonly string[]
      readonly handOver: HandOver
      readonly use: ConversationUse
    }
  /** It ended, but what it handed over is not so: missing files, stubs, writes elsewhere, nothing changed. `commit` keeps what there is. */
  | { readonly kind: 'not-as-said'; readonly faults: readonly string[]; readonly commit?: Sha; readonly use: ConversationUse }
  | {
      readonly kind: 'stopped'
      readonly reason:
        | 'turns'
        | 'tokens'
        | 'usd'
        | 'wall'
        | 'loop'
        | 'faults'
        | 'ran-dry'
        | 'refused'
        | 'rejected'
        | 'out-of-budget'
        | 'rate-limited'
        | 'interrupted'
      readonly detail: string
      readonly commit?: Sha
      readonly use: ConversationUse
      /** Set for `rejected`: what the service answered, 0 when it could not be reached. */
      readonly status?: number
      /** Set for `rate-limited`: when it is worth trying again, ms since the epoch. */
      readonly untilMs?: number
    }
  | { readonly kind: 'superseded'; readonly use: ConversationUse }
