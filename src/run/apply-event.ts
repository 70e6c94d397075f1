// (state, event) -> state: what is true after something happened. Facts only; what follows from them is decide.ts.
import type { AttemptOutcome, Brief } from '../agent/attempt.ts'
import { Bug } from '../fault.ts'
import type { TaskId, WaveNumber } from '../ids.ts'
import type { Plan } from '../plan/plan.ts'
import { applyCommand } from './apply-command.ts'
import type { RunEvent, StopReason } from './event.ts'
import { addUse, newTaskState, noUse, type RunState, type TaskState, type WaveState, wavesOf } from './state.ts'

/** Attempts that a task may fail by itself before a person is asked. Chosen: one retry with what went wrong; more is the gate's repair. */
const selfRetries = 1

/** Folds one event. The first event of a run is `run-started`; anything else without a state is a bug. */
export function applyEvent(state: RunState | undefined, event: RunEvent): RunState {
  if (event.type === 'run-started') return start(event)
  if (state === undefined) throw new Bug(`a run cannot begin with ${event.type}`)
  return { ...fold(state, event), lastAt: event.at }
}

function start(event: Extract<RunEvent, { type: 'run-started' }>): RunState {
  return {
    version: 1,
    run: event.run,
    repo: event.repo,
    spec: event.spec,
    base: event.base,
    config: event.config,
    startedAt: event.at,
    lastAt: event.at,
    approved: event.autoApprove,
    notSo: [],
    planFailures: 0,
    tasks: {},
    waves: [],
    overhead: noUse,
    finished: false,
    published: false,
    threads: [],
    lastLetter: 0,
    inFlight: [],
  }
}

function fold(state: RunState, event: Exclude<RunEvent, { type: 'run-started' }>): RunState {
  switch (event.type) {
    case 'feature-read':
      return landed({ ...state, feature: event.feature, notSo: event.notSo }, 'read-feature')
    case 'questions-asked':
      return stopped(landed(state, 'read-feature'), { kind: 'questions', questions: event.questions })
    case 'base-measured':
      return landed({ ...state, baseMeasured: { failures: event.failures, compiles: event.compiles } }, 'measure-base')
    case 'plan-made':
      return planMade(landed({ ...state, overhead: addUse(state.overhead, event.use) }, 'make-plan'), event.plan)
    case 'plan-failed':
      return planFailed(landed(state, 'make-plan'), event)
    case 'seams-committed':
      return landed({ ...state, seams: event.commit }, 'commit-seams')
    case 'task-started':
      return taskStarted(state, event)
    case 'task-progressed':
      return updateTask(state, event.task, (task) => (task.attempt === event.attempt ? progressed(task, event) : task))
    case 'request-answered':
      return updateTask(state, event.task, (task) => ({
        ...task,
        requests: [...task.requests, event.request],
        ...grants(task, event.request),
      }))
    case 'task-ended':
      return taskEnded(landed(state, `task:${event.task}`), event)
    case 'task-reviewed':
      return reviewed(landed(state, `review:${event.task}`), event)
    case 'wave-merged':
      return waveMerged(landed({ ...state, overhead: addUse(state.overhead, event.use) }, `merge:${event.wave}`), event)
    case 'merge-failed':
      return stopped(landed({ ...state, overhead: addUse(state.overhead, event.use) }, `merge:${event.wave}`), {
        kind: 'merge-failed',
        wave: event.wave,
        faults: event.faults,
      })
    case 'gate-judged':
      return updateWave(landed(state, `judge:${event.wave}`), event.wave, (wave) =>
        wave.commit === event.commit && wave.phase === 'merged'
          ? { ...wave, phase: 'judged', verdict: event.verdict, judgedAt: event.at }
          : wave,
      )
    case 'disputes-ruled':
      return updateWave(
        landed({ ...state, overhead: addUse(state.overhead, event.use) }, `disputes:${event.wave}`),
        event.wave,
        (wave) => ({
          ...wave,
          disputes: [],
          upheld: [...wave.upheld, ...event.rulings.filter((ruling) => ruling.upheld).map((ruling) => ruling.test)],
        }),
      )
    case 'base-moved':
      return updateWave(landed({ ...withoutPendingBase(state), base: event.base }, `merge:${event.wave}`), event.wave, (wave) => ({
        ...wave,
        commit: event.commit,
        phase: 'merged',
      }))
    case 'command-given':
      return applyCommand({ ...state, lastLetter: Math.max(state.lastLetter, event.letter ?? 0) }, event.command, event.by)
    case 'effect-failed':
      return stopped(landed(requeued(state, event.effect), event.effect), event.stop)
    case 'process-resumed':
      return processResumed({ ...state, overhead: addUse(state.overhead, { ...noUse, costUsd: event.lostUsd ?? 0 }) })
    case 'published':
      return { ...landed(state, 'publish'), published: true }
  }
}

function landed(state: RunState, key: string): RunState {
  return { ...state, inFlight: state.inFlight.filter((other) => other !== key) }
}

function stopped(state: RunState, stop: StopReason): RunState {
  return state.stop === undefined ? { ...state, stop, published: false } : state
}

function withoutPendingBase(state: RunState): RunState {
  const { pendingBase: _, ...rest } = state
  return rest
}

function planMade(state: RunState, plan: Plan): RunState {
  const waves = wavesOf(plan).map(
    (wave): WaveState => ({
      wave,
      phase: 'building',
      compiles: false,
      round: 0,
      extraRounds: 0,
      seen: [],
      escalation: 0,
      merged: [],
      reconciled: [],
      disputes: [],
      upheld: [],
    }),
  )
  const planned = { ...state, plan, waves, tasks: Object.fromEntries(plan.tasks.map((task) => [task.id, newTaskState(task)])) }
  return state.approved ? planned : stopped(planned, { kind: 'approval', estimateUsd: plan.estimate.usd })
}

// A planning conversation that was only cut goes on where it was: its use is told again, in sum, when it ends.
function planFailed(state: RunState, event: Extract<RunEvent, { type: 'plan-failed' }>): RunState {
  if (event.stop !== undefined) return stopped(state, event.stop)
  const failed = { ...state, overhead: addUse(state.overhead, event.use), planFailures: state.planFailures + 1 }
  return stopped(failed, { kind: 'plan-failed', faults: event.faults })
}

function taskStarted(state: RunState, event: Extract<RunEvent, { type: 'task-started' }>): RunState {
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

function progressed(task: TaskState, event: Extract<RunEvent, { type: 'task-progressed' }>): TaskState {
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

function grants(task: TaskState, request: { kind: string; granted: boolean; subject: string }): Pick<TaskState, 'granted'> {
  return { granted: request.granted && request.kind === 'path' ? [...task.granted, request.subject] : task.granted }
}

function taskEnded(state: RunState, event: Extract<RunEvent, { type: 'task-ended' }>): RunState {
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
      return stopped(again(state, id, 'interrupted'), { kind: 'interrupted' })
    case 'out-of-budget':
      return stopped(again(state, id, outcome.detail), budgetStop(state, outcome.detail))
    case 'rate-limited':
      return stopped(again(state, id, outcome.detail), { kind: 'rate-limited', untilMs: outcome.untilMs ?? state.lastAt })
    case 'rejected':
      return stopped(again(state, id, outcome.detail), { kind: 'model-rejected', status: 400, message: outcome.detail })
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
function again(state: RunState, id: TaskId, reason: string): RunState {
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

function reviewed(state: RunState, event: Extract<RunEvent, { type: 'task-reviewed' }>): RunState {
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

function waveMerged(state: RunState, event: Extract<RunEvent, { type: 'wave-merged' }>): RunState {
  const into = new Map(event.merged.map((merged) => [merged.task as string, merged]))
  const tasks = Object.entries(state.tasks).map(([id, task]): [string, TaskState] => {
    const merged = into.get(id)
    return [id, merged !== undefined && merged.attempt === task.attempt ? taskMerged(task) : task]
  })
  return updateWave({ ...state, tasks: Object.fromEntries(tasks) }, event.wave, (wave) => ({
    ...wave,
    phase: 'merged',
    commit: event.commit,
    compiles: event.compiles,
    merged: [...wave.merged.filter((old) => !into.has(old.task)), ...event.merged],
    reconciled: [...new Set([...wave.reconciled, ...event.reconciled])],
  }))
}

function taskMerged(task: TaskState): TaskState {
  const { attempt, changed, handOver } = task
  const work = handOver === undefined ? [] : [{ attempt, changed, handOver }]
  return { ...task, phase: 'merged', merged: [...task.merged.filter((old) => old.attempt !== attempt), ...work] }
}

// What the last process was doing is not being done any more; agents go on from their last journaled turn.
function processResumed(state: RunState): RunState {
  const running = Object.values(state.tasks).filter((task) => task.phase === 'running')
  return running.reduce<RunState>((sum, task) => again(sum, task.id, 'the process ended'), { ...state, inFlight: [] })
}

function requeued(state: RunState, key: string): RunState {
  const id = key.startsWith('task:') ? key.slice('task:'.length) : undefined
  return id !== undefined && state.tasks[id]?.phase === 'running' ? again(state, id as TaskId, 'the step failed') : state
}

/** Changes one task's state; a task that the plan does not have is left alone (a late event of an older plan). */
export function updateTask(state: RunState, id: TaskId, change: (task: TaskState) => TaskState): RunState {
  const task = state.tasks[id]
  return task === undefined ? state : { ...state, tasks: { ...state.tasks, [id]: change(task) } }
}

/** Changes one wave's state. */
export function updateWave(state: RunState, wave: WaveNumber, change: (wave: WaveState) => WaveState): RunState {
  return { ...state, waves: state.waves.map((known) => (known.wave === wave ? change(known) : known)) }
}
