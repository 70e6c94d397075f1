// (state, event) -> state: what is true after something happened. Facts only; what follows from them is decide.ts.
import { Bug } from '../fault.ts'
import type { TaskId } from '../ids.ts'
import type { Plan } from '../plan/plan.ts'
import { applyCommand } from './apply-command.ts'
import { again, progressed, requestAnswered, reviewed, taskEnded, taskStarted } from './apply-task.ts'
import type { RunEvent } from './event.ts'
import {
  addUse,
  newTaskState,
  noUse,
  type RunState,
  stopWith,
  type TaskState,
  updateTask,
  updateWave,
  type WaveState,
  wavesOf,
} from './state.ts'

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
    ...(event.approveUnderUsd === undefined ? {} : { approveUnderUsd: event.approveUnderUsd }),
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
      return stopWith(landed(state, 'read-feature'), { kind: 'questions', questions: event.questions })
    case 'base-measured':
      return landed({ ...state, baseMeasured: { failures: event.failures, compiles: event.compiles } }, 'measure-base')
    case 'plan-made':
      return planMade(landed({ ...state, overhead: addUse(state.overhead, event.use) }, 'make-plan'), event.plan)
    case 'plan-failed':
      return planFailed(landed(state, 'make-plan'), event)
    case 'seams-committed':
      return landed({ ...state, seams: event.commit, standIns: event.standIns ?? [] }, 'commit-seams')
    case 'task-started':
      return taskStarted(state, event)
    case 'task-progressed':
      return updateTask(state, event.task, (task) => (task.attempt === event.attempt ? progressed(task, event) : task))
    case 'request-answered':
      return requestAnswered(state, event)
    case 'task-ended':
      return taskEnded(landed(state, `task:${event.task}`), event)
    case 'task-reviewed':
      return reviewed(landed(state, `review:${event.task}`), event)
    case 'wave-merged':
      return waveMerged(landed({ ...state, overhead: addUse(state.overhead, event.use) }, `merge:${event.wave}`), event)
    case 'merge-failed':
      return stopWith(landed({ ...state, overhead: addUse(state.overhead, event.use) }, `merge:${event.wave}`), {
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
      // Nothing follows from it by itself: tried again at once it would fail again, for ever.
      if (event.effect === 'publish') return { ...landed(state, 'publish'), published: 'failed', publishFault: event.message }
      return event.stop.kind === 'interrupted' ? cut(state, event.effect) : stopWith(cut(state, event.effect), event.stop)
    case 'process-resumed':
      return processResumed({ ...state, overhead: addUse(state.overhead, { ...noUse, costUsd: event.lostUsd ?? 0 }) })
    case 'published':
      return { ...landed(state, 'publish'), published: true }
  }
}

// Still owed. A conversation that was cut at a stop goes on with the run, also when that was told to go on before the cut.
function cut(state: RunState, effect: string): RunState {
  return landed(requeued(state, effect), effect)
}

function landed(state: RunState, key: string): RunState {
  return { ...state, inFlight: state.inFlight.filter((other) => other !== key) }
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
      generated: [],
      disputes: [],
      upheld: [],
    }),
  )
  const planned = { ...state, plan, waves, tasks: Object.fromEntries(plan.tasks.map((task) => [task.id, newTaskState(task)])) }
  const { usd } = plan.estimate
  const approved = state.approved || (usd !== undefined && usd <= (state.approveUnderUsd ?? -1))
  return approved ? { ...planned, approved } : stopWith(planned, { kind: 'approval', estimateUsd: usd })
}

// A planning conversation that was only cut goes on where it was: its use is told again, in sum, when it ends.
function planFailed(state: RunState, event: Extract<RunEvent, { type: 'plan-failed' }>): RunState {
  if (event.stop !== undefined) return stopWith(state, event.stop)
  const failed = { ...state, overhead: addUse(state.overhead, event.use), planFailures: state.planFailures + 1 }
  return stopWith(failed, { kind: 'plan-failed', faults: event.faults })
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
    generated: [...new Set([...wave.generated, ...event.generated])],
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
  return running.reduce<RunState>((sum, task) => again(sum, task.id, 'the process ended'), {
    ...state,
    published: state.published === true,
    inFlight: [],
  })
}

function requeued(state: RunState, key: string): RunState {
  const id = key.startsWith('task:') ? key.slice('task:'.length) : undefined
  return id !== undefined && state.tasks[id]?.phase === 'running' ? again(state, id as TaskId, 'the step failed') : state
}
