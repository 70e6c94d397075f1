// Pushes and dispatches -> workflow runs, one after the other, each told to the app's webhook as it is requested, begins and ends.
import { randomBytes } from 'node:crypto'
import type { RunConclusion, TriggerEvent, Workflow, WorkflowRun } from './actions-state.ts'
import { changedRefs, commitOf, type Move, workflowsAt } from './git-actions.ts'
import type { Hooks } from './hooks.ts'
import type { Description } from './openapi.ts'
import { hookBase, type Places } from './render.ts'
import { workflowRun as renderRun, workflow as renderWorkflow } from './render-actions.ts'
import { newRun, nextAttempt, noteJobs, sumUp } from './run-record.ts'
import type { WorkflowOutcome, WorkflowRunner } from './run-workflow.ts'
import { type Account, type GitHubState, keyOf, nextId, type Repository } from './state.ts'
import { startsOnPush, type WorkflowFile } from './workflow-file.ts'

export interface Actions {
  /** Refs moved: what starts, starts. Resolves when the runs are in the queue. */
  pushed(repository: Repository, by: Account, moves: readonly Move[]): Promise<void>
  /** One run of one workflow, whatever its triggers. */
  start(repository: Repository, by: Account, given: StartGiven): Promise<WorkflowRun>
  /** The workflow of a path, known or made known. */
  workflowAt(repository: Repository, path: string): Workflow
  /** Answers false when it has ended already. */
  cancel(repository: Repository, run: WorkflowRun, by: Account): boolean
  /** Answers false when it has not ended yet. */
  rerun(repository: Repository, run: WorkflowRun, by: Account): boolean
  /** No runner is free: what is queued stays so. */
  hold(): void
  release(): void
  /** Resolves when no run goes on and none waits for anything but `release`. */
  settled(): Promise<void>
  close(): Promise<void>
}

export interface StartGiven {
  readonly path: string
  readonly file: WorkflowFile | Error
  readonly event: TriggerEvent
  readonly ref: string
  readonly sha: string
  readonly before: string | null
  readonly inputs: Readonly<Record<string, string>>
}

export interface ActionsStage {
  readonly state: GitHubState
  readonly places: Places
  readonly hooks: Hooks
  readonly description: Description
  readonly faults: string[]
  /** Without one, nothing starts. */
  readonly runner: WorkflowRunner | undefined
  /** Runs that go on at the same time. */
  readonly atOnce: number
}

/** GitHub's own app of Actions: who a `GITHUB_TOKEN` is. */
export const actionsBot: Account = { id: 41_898_282, login: 'github-actions[bot]', type: 'Bot' }

const skips = /\[(?:skip ci|ci skip|no ci|skip actions|actions skip)\]/u
/** A run and its token live no longer than a day. */
const tokenLifeMs = 24 * 3_600_000

interface Waiting {
  readonly repository: Repository
  readonly run: WorkflowRun
  readonly by: Account
}

export function openActions(stage: ActionsStage): Actions {
  const { state, runner } = stage
  const queue: Waiting[] = []
  const going = new Map<WorkflowRun, { readonly end: AbortController; readonly done: Promise<void> }>()
  let held = false

  const tell = (action: 'requested' | 'in_progress' | 'completed', { repository, run, by }: Waiting) => {
    run.updatedAt = state.now()
    if (!state.app.events.includes('workflow_run')) return
    const payload = {
      action,
      workflow: renderWorkflow(stage.places, repository, run.workflow, run.file),
      workflow_run: renderRun(stage.places, repository, run),
      ...hookBase(stage.places, { state, repository, sender: by }),
    }
    stage.faults.push(...stage.description.hook(`workflow-run-${action.replace('_', '-')}`, JSON.parse(JSON.stringify(payload))))
    stage.hooks.deliver('workflow_run', payload)
  }
  const end = (one: Waiting, conclusion: RunConclusion) => {
    one.run.status = 'completed'
    one.run.conclusion = conclusion
    tell('completed', one)
  }
  const attempt = async (one: Waiting, signal: AbortSignal) => {
    const { repository, run } = one
    run.status = 'in_progress'
    run.startedAt = state.now()
    tell('in_progress', one)
    const tokens: string[] = []
    const report = (jobs: WorkflowOutcome['jobs']) => {
      if (!signal.aborted) noteJobs(state, run, jobs)
    }
    const work = Promise.resolve(
      runner?.run({ run, repository, signal, report, mintToken: () => mint(state, { repository, run, tokens }) }),
    ).catch((cause: unknown): WorkflowOutcome => {
      if (!signal.aborted) stage.faults.push(`${run.workflow.path}: ${String(cause instanceof Error ? cause.stack : cause)}`)
      return { conclusion: 'failure', jobs: [] }
    })
    const outcome = await Promise.race([work, aborted(signal)])
    for (const token of tokens) state.tokens.delete(token)
    end(one, sumUp(state, run, outcome))
  }
  const go = () => {
    while (!held && queue.length > 0 && going.size < stage.atOnce) {
      const one = queue.shift() as Waiting
      const stop = new AbortController()
      const done = attempt(one, stop.signal).finally(() => {
        going.delete(one.run)
        go()
      })
      going.set(one.run, { end: stop, done })
    }
  }
  const wait = (one: Waiting) => {
    queue.push(one)
    tell('requested', one)
    go()
  }
  const workflowAt: Actions['workflowAt'] = (repository, path) => {
    const found = repository.workflows.get(path) ?? { id: nextId(state), path, createdAt: state.now(), state: 'active' as const }
    repository.workflows.set(path, found)
    return found
  }
  const start: Actions['start'] = async (repository, by, given) => {
    const workflow = workflowAt(repository, given.path)
    const run = newRun(state, { repository, workflow, by, given, head: await commitOf(repository.gitDir, given.sha) })
    repository.workflowRuns.set(run.id, run)
    const one = { repository, run, by }
    if (!(given.file instanceof Error)) wait(one)
    else {
      run.log = `${given.file.message}\n`
      tell('requested', one)
      end(one, 'startup_failure')
    }
    return run
  }
  return {
    start,
    workflowAt,
    pushed: async (repository, by, moves) => {
      // What a workflow's own token pushes starts no workflow.
      if (runner === undefined || !repository.actionsEnabled || by.id === actionsBot.id) return
      for (const { ref, before, after } of changedRefs(moves)) {
        if (skips.test((await commitOf(repository.gitDir, after)).message)) continue
        for (const { path, file } of await workflowsAt(repository.gitDir, after)) {
          if (workflowAt(repository, path).state !== 'active') continue
          if (!(file instanceof Error) && !startsOnPush(file, ref)) continue
          await start(repository, by, { path, file, event: 'push', ref, sha: after, before, inputs: {} })
        }
      }
    },
    cancel: (repository, run, by) => {
      if (run.status === 'completed') return false
      const at = queue.findIndex((one) => one.run === run)
      if (at < 0) going.get(run)?.end.abort()
      else {
        queue.splice(at, 1)
        end({ repository, run, by }, sumUp(state, run, undefined))
      }
      return true
    },
    rerun: (repository, run, by) => {
      if (run.status !== 'completed') return false
      nextAttempt(state, run)
      wait({ repository, run, by })
      return true
    },
    hold: () => {
      held = true
    },
    release: () => {
      held = false
      go()
    },
    settled: async () => {
      while (going.size > 0) await Promise.all([...going.values()].map(({ done }) => done))
    },
    close: async () => {
      held = true
      for (const one of going.values()) one.end.abort()
      await Promise.all([...going.values()].map(({ done }) => done))
      await runner?.close()
    },
  }
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined)
    else signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
}

// A workflow's token is an installation of GitHub's own app, on this repository alone; it ends with the run.
function mint(
  state: GitHubState,
  { repository, run, tokens }: { readonly repository: Repository; readonly run: WorkflowRun; readonly tokens: string[] },
): string {
  const value = `ghs_${randomBytes(18).toString('hex')}`
  const repositories = new Set([keyOf(repository.owner.login, repository.name)])
  const installation = { id: nextId(state), account: repository.owner, repositories, createdAt: state.now(), suspended: false }
  state.tokens.set(value, {
    value,
    installation,
    expiresAtMs: state.now() + tokenLifeMs,
    workflow: { permissions: run.file.permissions },
  })
  tokens.push(value)
  return value
}
