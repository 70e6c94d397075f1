// Who runs workflows for the fake: nobody, a script of the test, or act. What it is asked and what it answers with.
import type { ArtifactFiles, JobConclusion, LogAnnotation, RunConclusion, Step, WorkflowRun } from './actions-state.ts'
import type { Repository } from './state.ts'

/** A job as the runner tells of it. */
export interface JobOutcome {
  readonly name: string
  /** `null`: goes on. */
  readonly conclusion: JobConclusion | null
  readonly steps?: readonly Step[]
  readonly annotations?: readonly LogAnnotation[]
  readonly summary?: string
}

/** How a run ended. */
export interface WorkflowOutcome {
  /** Without it, what the jobs' conclusions come to. */
  readonly conclusion?: RunConclusion
  readonly jobs: readonly JobOutcome[]
  /** By name. */
  readonly artifacts?: Readonly<Record<string, ArtifactFiles>>
  readonly log?: string
}

export interface RunRequest {
  readonly run: WorkflowRun
  readonly repository: Repository
  /** Aborted when somebody cancels, and on close. */
  readonly signal: AbortSignal
  /** Jobs as they go on. */
  readonly report: (jobs: readonly JobOutcome[]) => void
  /** A fresh `GITHUB_TOKEN` of this run. */
  readonly mintToken: () => string
}

/** Contract: called for one attempt of a run; may throw (a fault of the test); is not waited for once the signal is aborted, but `close` waits until nothing of it is left. */
export interface WorkflowRunner {
  run(request: RunRequest): Promise<WorkflowOutcome>
  close(): Promise<void>
}

/** What a test says instead of a runner. Contract: may wait as long as it likes; the run is in progress meanwhile. */
export type WorkflowScript = (run: WorkflowRun, request: RunRequest) => WorkflowOutcome | Promise<WorkflowOutcome>

/** A runner that does what the test says. */
export function scripted(script: WorkflowScript): WorkflowRunner {
  return { run: async (request) => script(request.run, request), close: async () => undefined }
}
