// (state, event of a task) -> state: an attempt begins, goes on, asks, ends, is read by a reviewer. Facts only; apply-event.ts says which event comes here.
import type { AttemptOutcome, Brief, RequestAnswered } from '../agent/attempt.ts'
import type { TaskId, WaveNumber } from '../ids.ts'
import { withAnswer } from '../plan/amend-plan.ts'
import type { RunEvent, StopReason } from './event.ts'
import { addUse, noUse, type RunState, stopWith, type TaskState, updateTask, updateWave } from './state.ts'

/** Attempts that a task may fail by itself before a person is asked. Chosen: one retry with what went wrong; more is the gate's repair. */
const selfRetries = 1

/** An attempt begins, or goes on after a cut. */
export function taskStarted(state: RunState, event: Extract<RunEvent, { type: 'task-started' }>): RunState {
  return updateTask(state, event.task, (task) => {
    const { next: _, resumable, reason: __, endedAt: ___, ...rest } = task
    return {
      ...rest,
      phase: 'running',
      attempt: event.attempt,
      base: event.base,
      brief: event.brief,
      paths: event.paths,
      overlap: event.overlap,
      startedAt: resumable === undefined ? event.at : (task.startedAt ?? event.at),
      turn: resumable === undefined ? 0 : task.turn,
      heardAt: event.at,
      // A resumed attempt reads its paid turns from the journal: they are in `use` already and come again through `useOfAttempt`.
      useOfAttempt: resumable === undefined ? noUse : task.useOfAttempt,
      ...(event.startFrom === undefined ? {} : { startFrom: event.startFrom }),
    }
  })
}

/** A turn has ended; its use is cumulative. */
export function progressed(task: TaskState, event: Extract<RunEvent, { type: 'task-progressed' }>): TaskState {
  return { ...charge(task, event.use), turn: event.turn, lastTools: event.tools, heardAt: event.at }
}

// `use` of an attempt is cumulative; what it had before is replaced, never added twice.
function charge(task: TaskState, use: TaskState['use']): TaskState {
  const before = task.useOfAttempt
  const negated: TaskState['use'] = {
    turns: -before.turns,
    toolCalls: -before.toolCalls,
    usage: {
      inputTokens: -before.usage.inputTokens,
      cacheReadTokens: -before.usage.cacheReadTokens,
      cacheWriteTokens: -before.usage.cacheWriteTokens,
      outputTokens: -before.usage.outputTokens,
    },
    costUsd: before.costUsd === undefined ? undefined : -before.costUsd,
  }
  return use.turns < before.turns ? task : { ...task, use: addUse(addUse(task.use, negated), use), useOfAttempt: use }
}

/** What was granted stands in the plan from here on; finished tasks that a changed contract no longer fits go on with it. */
export function requestAnswered(state: RunState, { task: id, request }: Extract<RunEvent, { type: 'request-answered' }>): RunState {
  const planned = state.plan === undefined ? state : { ...state, plan: withAnswer(state.plan, id, request) }
  const noted = updateTask(planned, id, (task) => ({ ...task, requests: [...task.requests, request] }))
  return (request.requeues ?? []).reduce((sum, finished) => updateTask(sum, finished, (task) => followed(task, id, request)), noted)
}

function followed(task: TaskState, by: TaskId, request: RequestAnswered): TaskState {
  if (task.phase !== 'waiting' || task.base === undefined || task.commit === undefined) return task
  const context = `${by} changed its contract of ${request.subject} (${request.why}). Your work no longer compiles with it: follow it, and change nothing else.`
  const next = { brief: { kind: 'retry', context } as const, base: task.base, startFrom: task.commit, paths: task.paths }
  return { ...task, phase: 'pending', reason: `the contract of ${request.subject} changed`, next }
}

/** An attempt has ended, one way or another. */
export function taskEnded(state: RunState, event: Extract<RunEvent, { type: 'task-ended' }>): RunState {
  const { outcome } = event
  const known = state.tasks[event.task]
  if (known === undefined || known.attempt !== event.attempt || known.phase !== 'running') return state
  const charged = updateTask(state, event.task, (task) => ({ ...charge(task, outcome.use), endedAt: event.at }))
  switch (outcome.kind) {
    case 'finished':
      return noteDisputes(
        updateTask(charged, event.task, (task) => ({
          ...task,
          phase: 'waiting',
          commit: outcome.commit,
          changed: outcome.changed,
          handOver: outcome.handOver,
        })),
        known.mergesInto,
        outcome,
      )
    case 'not-as-said':
      return failed(charged, event.task, {
        reason: outcome.faults.join('; '),
        ...(outcome.commit === undefined ? {} : { startFrom: outcome.commit }),
      })
    case 'superseded':
      return charged
    case 'stopped':
      return attemptStopped(charged, event.task, outcome)
  }
}

function noteDisputes(state: RunState, wave: WaveNumber, outcome: Extract<AttemptOutcome, { kind: 'finished' }>): RunState {
  if (outcome.handOver.disputes.length === 0) return state
  return updateWave(state, wave, (known) => ({ ...known, disputes: [...known.disputes, ...outcome.handOver.disputes] }))
}

function attemptStopped(state: RunState, id: TaskId, outcome: Extract<AttemptOutcome, { kind: 'stopped' }>): RunState {
  switch (outcome.reason) {
    case 'interrupted':
      // Whoever had the turns finished has stopped the run, or has said since that it goes on.
      return again(state, id, 'interrupted')
    case 'out-of-budget':
      return stopWith(again(state, id, outcome.detail), budgetStop(state, outcome.detail))
    case 'rate-limited':
      return stopWith(again(state, id, outcome.detail), { kind: 'rate-limited', untilMs: outcome.untilMs ?? state.lastAt })
    case 'rejected':
      return stopWith(again(state, id, outcome.detail), { kind: 'model-rejected', status: outcome.status ?? 400, message: outcome.detail })
    default:
      return failed(state, id, {
        reason: `${outcome.reason}: ${outcome.detail}`,
        ...(outcome.commit === undefined ? {} : { startFrom: outcome.commit }),
      })
  }
}

function budgetStop(state: RunState, detail: string): StopReason {
  const which = detail.startsWith('day') ? 'day' : detail.startsWith('plan') ? 'plan' : 'run'
  const spent = Object.values(state.tasks).reduce((sum, task) => sum + (task.use.costUsd ?? 0), state.overhead.costUsd ?? 0)
  return { kind: 'out-of-budget', which, spentUsd: spent, capUsd: which === 'day' ? state.config.dailyBudgetUsd : state.config.budgetUsd }
}

/** The attempt goes on where it was: same number, so that its journaled turns are found again. */
export function again(state: RunState, id: TaskId, reason: string): RunState {
  return updateTask(state, id, (task) => {
    if (task.base === undefined || task.brief === undefined) return task
    const kept = {
      base: task.base,
      brief: task.brief,
      paths: task.paths,
      ...(task.startFrom === undefined ? {} : { startFrom: task.startFrom }),
    }
    return { ...task, phase: 'pending', reason, resumable: kept }
  })
}

function failed(state: RunState, id: TaskId, what: { reason: string; startFrom?: RunState['base'] }): RunState {
  return updateTask(state, id, (task) => {
    if (task.failures >= selfRetries || task.base === undefined)
      return { ...task, phase: 'failed', reason: what.reason, failures: task.failures + 1 }
    const brief: Brief =
      task.brief?.kind === 'repair' ? task.brief : { kind: 'retry', context: `The attempt before this one did not succeed: ${what.reason}` }
    const next = { brief, base: task.base, paths: task.paths, ...(what.startFrom === undefined ? {} : { startFrom: what.startFrom }) }
    return { ...task, phase: 'pending', reason: what.reason, failures: task.failures + 1, next }
  })
}

/** The adversarial reviewer has read an attempt; findings go back to its author. */
export function reviewed(state: RunState, event: Extract<RunEvent, { type: 'task-reviewed' }>): RunState {
  const charged = { ...state, overhead: addUse(state.overhead, event.use) }
  return updateTask(charged, event.task, (task) => {
    if (task.attempt !== event.attempt || task.base === undefined || task.commit === undefined) return task
    if (event.findings.length === 0) return { ...task, reviewed: true }
    const next = {
      brief: { kind: 'review', findings: event.findings } as const,
      base: task.base,
      startFrom: task.commit,
      paths: task.paths,
    }
    return { ...task, reviewed: true, phase: 'pending', reason: `${event.findings.length} findings of the reviewer`, next }
  })
}
