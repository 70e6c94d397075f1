// The record of one workflow run: made, its jobs noted as they go on, summed up when it ends, and begun again.

import type { StartGiven } from './actions.ts'
import type { Commit, Job, RunConclusion, Workflow, WorkflowRun } from './actions-state.ts'
import type { JobOutcome, WorkflowOutcome } from './run-workflow.ts'
import { type Account, type GitHubState, nextId, type Repository } from './state.ts'
import { fillIn, type WorkflowFile } from './workflow-file.ts'
import { zip } from './zip.ts'

const noFile = (path: string): WorkflowFile => ({ name: path, on: new Map(), permissions: {}, jobs: [] })

/** A run that waits, with a job for each of its file. */
export function newRun(
  state: GitHubState,
  made: {
    readonly repository: Repository
    readonly workflow: Workflow
    readonly by: Account
    readonly given: StartGiven
    readonly head: Commit
  },
): WorkflowRun {
  const { repository, workflow, by, given, head } = made
  const { ref, event, before, inputs } = given
  const file = given.file instanceof Error ? noFile(given.path) : given.file
  const at = state.now()
  const earlier = [...repository.workflowRuns.values()].filter((run) => run.workflow === workflow)
  const github = { ref, ref_name: branchOf(ref), sha: head.sha, event_name: event, actor: by.login, workflow: file.name }
  const run: WorkflowRun = {
    id: nextId(state),
    number: earlier.length + 1,
    workflow,
    file,
    event,
    ref,
    before,
    head,
    inputs,
    title: file.runName === undefined ? defaultTitle(event, file, head) : fillIn(file.runName, { github, inputs }),
    actor: by,
    createdAt: at,
    updatedAt: at,
    startedAt: at,
    attempt: 1,
    status: 'queued',
    conclusion: null,
    jobs: [],
    artifacts: [],
    log: '',
  }
  addJobs(state, run)
  return run
}

function defaultTitle(event: string, file: WorkflowFile, head: Commit): string {
  return event === 'push' ? (head.message.split('\n')[0] ?? '') : file.name
}

/** `refs/heads/x` -> `x`. */
export function branchOf(ref: string): string {
  return ref.replace(/^refs\/(?:heads|tags)\//u, '')
}

/** Queued once more, with the same id. */
export function nextAttempt(state: GitHubState, run: WorkflowRun): void {
  run.attempt += 1
  run.status = 'queued'
  run.conclusion = null
  addJobs(state, run)
}

function addJobs(state: GitHubState, run: WorkflowRun): void {
  run.jobs.push(...run.file.jobs.map(({ name }) => newJob(state, run, name)))
}

function newJob(state: GitHubState, run: WorkflowRun, name: string): Job {
  return {
    id: nextId(state),
    name,
    attempt: run.attempt,
    createdAt: state.now(),
    startedAt: null,
    completedAt: null,
    status: 'queued',
    conclusion: null,
    steps: [],
    annotations: [],
    summary: '',
  }
}

/** Jobs that are not of the file yet (a matrix makes them) are added. */
export function noteJobs(state: GitHubState, run: WorkflowRun, told: readonly JobOutcome[]): void {
  for (const { name, conclusion, steps = [], annotations = [], summary = '' } of told) {
    let job = run.jobs.find((one) => one.attempt === run.attempt && one.name === name)
    if (job === undefined) {
      job = newJob(state, run, name)
      run.jobs.push(job)
    }
    job.startedAt ??= state.now()
    Object.assign(job, { steps, annotations, summary })
    if (conclusion === null) job.status = 'in_progress'
    else endJob(state, job, conclusion)
  }
}

function endJob(state: GitHubState, job: Job, conclusion: NonNullable<Job['conclusion']>): void {
  job.status = 'completed'
  job.conclusion = conclusion
  job.startedAt ??= state.now()
  job.completedAt ??= state.now()
}

/** What the run comes to. Without an outcome it was cancelled. */
export function sumUp(state: GitHubState, run: WorkflowRun, outcome: WorkflowOutcome | undefined): RunConclusion {
  if (outcome !== undefined) {
    noteJobs(state, run, outcome.jobs)
    run.log += outcome.log ?? ''
    for (const [name, files] of Object.entries(outcome.artifacts ?? {}))
      run.artifacts.push({ id: nextId(state), name, zip: zip(files), createdAt: state.now(), expired: false })
  }
  const told = new Set(outcome?.jobs.map(({ name }) => name))
  const mine = run.jobs.filter((job) => job.attempt === run.attempt)
  // The file's name of a matrix job is no job's name.
  const unreal = outcome === undefined ? [] : mine.filter((job) => job.status === 'queued' && !told.has(job.name))
  for (const job of unreal) run.jobs.splice(run.jobs.indexOf(job), 1)
  const left = mine.filter((job) => !unreal.includes(job))
  for (const job of left) if (job.status !== 'completed') endJob(state, job, 'cancelled')
  if (outcome === undefined) return 'cancelled'
  if (outcome.conclusion !== undefined) return outcome.conclusion
  const had = new Set(left.map(({ conclusion }) => conclusion))
  return (['failure', 'timed_out', 'cancelled', 'success'] as const).find((one) => had.has(one)) ?? 'skipped'
}
