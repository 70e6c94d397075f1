// What the fake GitHub holds of Actions: workflows by file, their runs, jobs and artifacts. Plain mutable data; actions.ts changes it, render-actions.ts shows it.
import type { Account } from './state.ts'
import type { WorkflowFile } from './workflow-file.ts'

export interface Workflow {
  readonly id: number
  /** `.github/workflows/x.yml`. */
  readonly path: string
  readonly createdAt: number
  state: 'active' | 'disabled_manually' | 'disabled_inactivity'
}

export type JobConclusion = 'success' | 'failure' | 'cancelled' | 'skipped' | 'timed_out' | 'neutral' | 'action_required'
export type RunConclusion = JobConclusion | 'startup_failure' | 'stale'

export interface Step {
  readonly name: string
  /** `null`: goes on. */
  readonly conclusion: JobConclusion | null
}

export interface LogAnnotation {
  readonly level: 'error' | 'warning' | 'notice'
  readonly message: string
  /** `file`, `line`, `title`, …, as the command named them. */
  readonly properties: Readonly<Record<string, string>>
}

export interface Job {
  readonly id: number
  readonly name: string
  readonly attempt: number
  readonly createdAt: number
  startedAt: number | null
  completedAt: number | null
  status: 'queued' | 'in_progress' | 'completed'
  conclusion: JobConclusion | null
  steps: readonly Step[]
  annotations: readonly LogAnnotation[]
  /** What its steps wrote to GITHUB_STEP_SUMMARY. */
  summary: string
}

/** Files of an artifact by their path in it. */
export type ArtifactFiles = Readonly<Record<string, string | Uint8Array>>

export interface Artifact {
  readonly id: number
  readonly name: string
  readonly zip: Uint8Array
  readonly createdAt: number
  expired: boolean
}

export interface Commit {
  readonly sha: string
  readonly tree: string
  readonly message: string
  /** ISO 8601. */
  readonly at: string
  readonly author: { readonly name: string; readonly email: string }
  readonly committer: { readonly name: string; readonly email: string }
}

export type TriggerEvent = 'push' | 'workflow_dispatch'

export interface WorkflowRun {
  readonly id: number
  readonly number: number
  readonly workflow: Workflow
  readonly file: WorkflowFile
  readonly event: TriggerEvent
  /** `refs/heads/x`. */
  readonly ref: string
  /** Before the push; `null` when the branch is new, and for dispatches. */
  readonly before: string | null
  readonly head: Commit
  readonly inputs: Readonly<Record<string, string>>
  readonly title: string
  readonly actor: Account
  readonly createdAt: number
  updatedAt: number
  startedAt: number
  attempt: number
  status: 'queued' | 'in_progress' | 'completed'
  conclusion: RunConclusion | null
  /** Of all attempts. */
  readonly jobs: Job[]
  readonly artifacts: Artifact[]
  /** All that the runner printed, of all attempts. */
  log: string
}
