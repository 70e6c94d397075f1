// Pushes and dispatches -> workflow runs, one after the other, each told to the app's webhook as it is requested, begins and ends.
import { randomBytes } from 'node:crypto'
import type { RunConclusion, TriggerEvent, Workflow, WorkflowRun } from './actions-state.ts'
import { fillIn } from './fill-in.ts'
import { changedRefs, commitOf, type Move, workflowsAt } from './git-actions.ts'
import type { Hooks } from './hooks.ts'
import type { Description } from './openapi.ts'
import { hookBase, type Places } from './render.ts'
import { workflowRun as renderRun, workflow as renderWorkflow } from './render-actions.ts'
import { openQueue, type Waiting } from './run-queue.ts'
import { contextsOf, newRun, nextAttempt, noteJobs, sumUp } from './run-record.ts'
import { cancelled, type RunRequest, type WorkflowOutcome, type WorkflowRunner } from './run-workflow.ts'
import { type Payload, startingEvents, startsOf } from './start-on-event.ts'
import { type Account, type GitHubState, keyOf, nextId, type Repository } from './state.ts'
import { startsOnPush, type WorkflowFile } from './workflow-file.ts'

export interface Actions {
  /** Refs moved: what starts, starts. Resolves when the runs are in the queue. */
  pushed(repository: Repository, by: Account, moves: readonly Move[]): Promise<void>
  /** Something happened: what starts by it, starts. */
  heard(event: string, payload: Payload): void
  /** One run of one workflow, whatever its triggers. */
  start(repository: Repository, by: Account, given: StartGiven): Promise<WorkflowRun>
  /** The workflow of a path, known or made known. */
  workflowAt(repository: Repository, path: string): Workflow
  /** Answers false when it has ended already. */
  cancel(run: WorkflowRun): boolean
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
  readonly payload?: Payload
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

export function openActions(stage: ActionsStage): Actions {
  const { state, runner } = stage
  const starting = new Set<Promise<void>>()

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
  const runOne = async (request: RunRequest): Promise<WorkflowOutcome> => {
    try {
      return (await runner?.run(request)) ?? cancelled
    } catch (cause) {
      if (request.signal.aborted) return cancelled
      stage.faults.push(`${request.run.workflow.path}: ${String(cause instanceof Error ? cause.stack : cause)}`)
      return { conclusion: 'failure', jobs: [] }
    }
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
    const mintToken = () => mint(state, { repository, run, tokens })
    const outcome = await runOne({ run, repository, signal, report, mintToken })
    for (const token of tokens) state.tokens.delete(token)
    end(one, sumUp(state, run, outcome))
  }
  const drop = (one: Waiting) => end(one, sumUp(state, one.run, cancelled))
  const queue = openQueue({ atOnce: stage.atOnce, isHeld: runner === undefined, work: attempt, drop })
  const wait = (one: Waiting) => {
    tell('requested', one)
    queue.add(one)
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
    if (!(given.file instanceof Error)) wait({ repository, run, by, ...groupOf(repository, run) })
    else {
      run.log = `${given.file.message}\n`
      tell('requested', { repository, run, by })
      end({ repository, run, by }, 'startup_failure')
    }
    return run
  }
  // What a workflow's own token does starts no workflow.
  const mayStart = (repository: Repository, by: Account) => runner !== undefined && repository.actionsEnabled && by.id !== actionsBot.id
  const startAll = async (repository: Repository, by: Account, all: readonly StartGiven[]) => {
    for (const one of all) if (workflowAt(repository, one.path).state === 'active') await start(repository, by, one)
  }
  return {
    start,
    workflowAt,
    heard: (event, payload) => {
      const known = startingEvents.find((one) => one === event)
      const { repository: named, sender } = payload as { readonly repository?: Named; readonly sender?: Account }
      const repository = state.repositories.get(named?.full_name?.toLowerCase() ?? '')
      if (known === undefined || repository === undefined || sender === undefined || !mayStart(repository, sender)) return
      const { id, login, type } = sender
      const work = startsOf(repository, known, payload)
        .then((all) => startAll(repository, { id, login, type }, all))
        .catch((cause: unknown) => void stage.faults.push(`${event}: ${String(cause instanceof Error ? cause.stack : cause)}`))
      starting.add(work.finally(() => starting.delete(work)))
    },
    pushed: async (repository, by, moves) => {
      if (!mayStart(repository, by)) return
      for (const { ref, before, after } of changedRefs(moves)) {
        if (skips.test((await commitOf(repository.gitDir, after)).message)) continue
        const found = (await workflowsAt(repository.gitDir, after)).filter(({ file }) => file instanceof Error || startsOnPush(file, ref))
        const given = { event: 'push', ref, sha: after, before, inputs: {} } as const
        await startAll(
          repository,
          by,
          found.map((one) => ({ ...one, ...given })),
        )
      }
    },
    cancel: (run) => queue.cancel(run),
    rerun: (repository, run, by) => {
      if (run.status !== 'completed') return false
      nextAttempt(state, run)
      wait({ repository, run, by, ...groupOf(repository, run) })
      return true
    },
    hold: queue.hold,
    release: queue.release,
    settled: async () => {
      await Promise.all(starting)
      await queue.settled()
    },
    close: async () => {
      await Promise.all(starting)
      await queue.close()
      await runner?.close()
    },
  }
}

interface Named {
  readonly full_name?: string
}

// Groups are a repository's own, and case does not matter.
function groupOf(repository: Repository, run: WorkflowRun): Pick<Waiting, 'concurrency'> {
  const { concurrency } = run.file
  if (concurrency === undefined) return {}
  const group = fillIn(concurrency.group, contextsOf(run)).toLowerCase()
  return { concurrency: { group: `${repository.id} ${group}`, endsRunning: concurrency.endsRunning } }
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
