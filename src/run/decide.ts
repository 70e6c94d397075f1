// The story of a run. (state, event) -> (state, effects), pure: what runs when, on what base, whether a wave may go on, when to give up.
// Start reading here. apply-event.ts folds facts, repair.ts routes failures, carry-out.ts does what is decided.
import { posix } from 'node:path'
import type { Sha, TaskId, WaveNumber } from '../ids.ts'
import { dependentsOf } from '../plan/graph.ts'
import { patternsOf } from '../plan/ownership.ts'
import type { Task } from '../plan/plan.ts'
import { applyEvent } from './apply-event.ts'
import { type Effect, keyOf, type RunTask } from './effect.ts'
import type { RunEvent, StopReason } from './event.ts'
import { planRepair } from './repair.ts'
import { isPassed, type RunState, type TaskState, taskState, type WaveState, waveBefore, waveState } from './state.ts'

/** What follows from an event. */
export interface Decision {
  readonly state: RunState
  readonly effects: readonly Effect[]
}

/** One step: fold the event, settle what follows from it at once, then name everything that may start now. */
export function decide(state: RunState | undefined, event: RunEvent): Decision {
  const settled = giveUpWhenIdle(settle(applyEvent(state, event)))
  const effects = nextEffects(settled)
  return { state: { ...settled, inFlight: [...settled.inFlight, ...effects.map(keyOf)] }, effects }
}

/** All that may start now. Level-triggered: it looks at the state only, so a resumed process starts exactly what is still owed. */
export function nextEffects(state: RunState): readonly Effect[] {
  return wanted(state).filter((effect) => !state.inFlight.includes(keyOf(effect)))
}

function wanted(state: RunState): readonly Effect[] {
  if (state.finished || state.stop !== undefined) return windDown(state)
  if (state.feature === undefined) return [{ type: 'read-feature' }]
  if (state.baseMeasured === undefined) return [{ type: 'measure-base' }]
  if (state.plan === undefined) return [{ type: 'make-plan' }]
  if (state.seams === undefined) return [{ type: 'commit-seams' }]
  return [...state.waves.flatMap((wave) => advanceWave(state, wave)), ...startTasks(state, state.plan.tasks)]
}

// Stopped or finished: agents that still run finish their turn, then what there is becomes visible in the user's repository.
function windDown(state: RunState): readonly Effect[] {
  const running = state.inFlight.filter((key) => key !== 'finish-turns' && key !== 'publish')
  if (running.length > 0) return stopsAgents(state.stop) ? [{ type: 'finish-turns' }] : []
  return state.published !== false ? [] : [{ type: 'publish', final: state.finished }]
}

function stopsAgents(stop: StopReason | undefined): boolean {
  return stop?.kind === 'paused' || stop?.kind === 'interrupted' || stop?.kind === 'cancelled'
}

// --- Waves: merge, judge, go on or repair -------------------------------------------------------------------------------------------

/** What a wave needs next: reviews, a moved base, its merge, its gate, a ruling on disputed tests. */
function advanceWave(state: RunState, wave: WaveState): readonly Effect[] {
  const reviews = tasksFor(state, wave.wave).flatMap((task) => reviewOf(state, task))
  if (reviews.length > 0) return reviews
  if (wave.disputes.length > 0) return [{ type: 'rule-disputes', wave: wave.wave, disputes: wave.disputes }]
  if (state.pendingBase !== undefined && wave.commit !== undefined && isNewest(state, wave) && isQuiet(state, wave)) {
    return [{ type: 'merge-base', wave: wave.wave, onto: wave.commit, base: state.pendingBase }]
  }
  if (mayMerge(state, wave)) {
    const onto = wave.commit ?? tipBefore(state, wave.wave)
    return [{ type: 'merge-wave', wave: wave.wave, onto, tasks: workFor(state, wave.wave) }]
  }
  if (wave.phase === 'merged' && wave.commit !== undefined) {
    return [{ type: 'judge-wave', wave: wave.wave, commit: wave.commit, last: isLast(state, wave) }]
  }
  return []
}

/** A wave may merge when the wave before it passed its gate and nothing that goes into it is still being worked on. */
export function mayMerge(state: RunState, wave: WaveState): boolean {
  if (wave.phase !== 'building' || !isPassed(waveBefore(state, wave.wave))) return false
  return isQuiet(state, wave) && (wave.commit === undefined || workFor(state, wave.wave).length > 0)
}

function isQuiet(state: RunState, wave: WaveState): boolean {
  return tasksFor(state, wave.wave).every((task) => !['pending', 'running', 'failed'].includes(task.phase))
}

function reviewOf(state: RunState, task: TaskState): readonly Effect[] {
  const due = state.config.qualityLevel === 'bulletproof' && task.phase === 'waiting' && !task.reviewed
  if (!due || task.commit === undefined || task.base === undefined) return []
  return [{ type: 'review-task', task: task.id, attempt: task.attempt, base: task.base, commit: task.commit }]
}

/** Follows the gate's word without waiting: green goes on, red goes to repair, unknown and a moved limit stop. */
function settle(state: RunState): RunState {
  let settled = state
  for (const wave of state.waves) settled = settleWave(settled, waveState(settled, wave.wave) ?? wave)
  const done = settled.plan !== undefined && settled.waves.length > 0 && settled.waves.every(isPassed) && settled.pendingBase === undefined
  return done && settled.stop === undefined && !settled.finished ? { ...settled, finished: true, published: false } : settled
}

function settleWave(state: RunState, wave: WaveState): RunState {
  if (wave.phase !== 'judged' || wave.verdict === undefined || state.stop !== undefined) return state
  switch (wave.verdict.verdict) {
    case 'green':
      return state.threads.length > 0 ? planRepair(state, wave) : passWave(state, wave)
    case 'unknown':
      return { ...state, stop: { kind: 'gate-unknown', wave: wave.wave } }
    case 'red':
      return planRepair(state, wave)
  }
}

function passWave(state: RunState, wave: WaveState): RunState {
  const tasks = Object.values(state.tasks).map((task): TaskState => {
    return task.phase === 'merged' && task.mergesInto === wave.wave ? { ...task, phase: 'green' } : task
  })
  return {
    ...state,
    tasks: Object.fromEntries(tasks.map((task) => [task.id, task])),
    waves: state.waves.map((other): WaveState => (other.wave === wave.wave ? { ...other, phase: 'green' } : other)),
  }
}

// --- Tasks: when they may start, and from which commit ---------------------------------------------------------------------------------

function startTasks(state: RunState, tasks: readonly Task[]): readonly Effect[] {
  const room = state.config.maxParallel - Object.values(state.tasks).filter((task) => task.phase === 'running').length
  const ready = tasks.flatMap((task) => startOf(state, task))
  return ready.slice(0, Math.max(0, room))
}

function startOf(state: RunState, task: Task): readonly RunTask[] {
  const current = taskState(state, task)
  if (current.phase !== 'pending') return []
  const again = current.resumable ?? (current.next?.base === undefined ? undefined : { ...current.next, base: current.next.base })
  const base = again === undefined ? baseFor(state, task) : { commit: again.base, overlap: '' }
  if (base === undefined) return []
  const startFrom = again?.startFrom ?? current.next?.startFrom
  return [
    {
      type: 'run-task',
      task: task.id,
      attempt: current.resumable === undefined ? current.attempt + 1 : current.attempt,
      base: base.commit,
      ...(startFrom === undefined ? {} : { startFrom }),
      brief: again?.brief ?? current.next?.brief ?? { kind: 'first' },
      paths: again?.paths ?? current.next?.paths ?? patternsOf(task),
      merged: mergedIn(state, base.commit),
      overlap: base.overlap,
    },
  ]
}

/**
 * The commit a task starts from, or undefined while it has to wait. Prerequisites (wave 0) come before whatever stands on them.
 * sequential: the wave before is green. adaptive: all it needs is merged and compiles, whatever the wave. parallel: at once, on the contracts.
 */
export function baseFor(state: RunState, task: Task): { readonly commit: Sha; readonly overlap: string } | undefined {
  if (waitsForFoundation(state, task)) return undefined
  const foundation = state.waves.find((wave) => wave.wave === 0)
  const start = (isPassed(foundation) ? foundation?.commit : undefined) ?? state.seams
  if (start === undefined) return undefined
  if (state.config.executionMode === 'parallel') return { commit: start, overlap: task.wave > 1 ? 'parallel: starts on the contracts' : '' }
  const before = waveBefore(state, task.wave)
  if (isPassed(before)) return { commit: before?.commit ?? start, overlap: '' }
  if (state.config.executionMode === 'sequential') return undefined
  if (!task.needs.every((need) => isUsable(state, need))) return undefined
  const newest = state.waves.filter((wave) => wave.wave < task.wave && wave.commit !== undefined && wave.compiles).at(-1)
  const needs =
    task.needs.length === 0
      ? 'it needs no other task'
      : `${task.needs.join(', ')} ${task.needs.length === 1 ? 'is merged and compiles' : 'are merged and compile'}`
  return { commit: newest?.commit ?? start, overlap: `adaptive: ${needs}` }
}

/** True while the foundation is not laid for this task: it needs a prerequisite, itself or through others, or works in a folder that one mends. */
export function waitsForFoundation(state: RunState, task: Task): boolean {
  if (task.wave === 0 || isPassed(state.waves.find((wave) => wave.wave === 0))) return false
  if (state.config.executionMode === 'sequential') return true
  const tasks = state.plan?.tasks ?? []
  const prerequisites = tasks.filter((other) => other.wave === 0)
  const mended = new Set(prerequisites.flatMap((other) => patternsOf(other).map(folderOf)))
  return (
    prerequisites.some((other) => dependentsOf(tasks, other.id).includes(task.id)) ||
    patternsOf(task).some((pattern) => mended.has(folderOf(pattern)))
  )
}

function folderOf(pattern: string): string {
  return posix.dirname(pattern.endsWith('/') ? `${pattern}.` : pattern)
}

// Skipped tasks count as there: skip is refused while a planned task depends on them, or the person accepted the tree as it is.
function isUsable(state: RunState, id: TaskId): boolean {
  const task = state.tasks[id]
  if (task === undefined) return false
  if (task.phase === 'green' || task.phase === 'skipped') return true
  return task.phase === 'merged' && waveState(state, task.mergesInto)?.compiles === true
}

/** Tasks whose real code is in the commit: an agent that starts there needs no contract of theirs. */
export function mergedIn(state: RunState, commit: Sha): readonly TaskId[] {
  const upTo = state.waves.filter((wave) => wave.commit === commit).at(-1)
  if (upTo === undefined) return []
  const tasks = state.waves.filter((wave) => wave.wave <= upTo.wave).flatMap((wave) => wave.merged.map((merged) => merged.task))
  // A task that was repaired was merged more than once.
  return [...new Set(tasks)]
}

// --- Giving up ---------------------------------------------------------------------------------------------------------------------------

/** Nothing runs, nothing may start, and it is not finished: say why, so that a person can say how to go on. What there is gets published. */
function giveUpWhenIdle(state: RunState): RunState {
  if (state.finished || state.stop !== undefined || state.inFlight.length > 0 || nextEffects(state).length > 0) return state
  const failed = Object.values(state.tasks).filter((task) => task.phase === 'failed')
  const stop: StopReason =
    failed.length > 0
      ? { kind: 'task-failed', tasks: failed.map((task) => task.id) }
      : { kind: 'fault', message: 'nothing is left to start, yet the run is not finished' }
  return { ...state, stop, published: false }
}

// --- Small readings of the state ---------------------------------------------------------------------------------------------------------

function tasksFor(state: RunState, wave: WaveNumber): readonly TaskState[] {
  return Object.values(state.tasks).filter((task) => task.mergesInto === wave)
}

function workFor(state: RunState, wave: WaveNumber): readonly { task: TaskId; attempt: number; commit: Sha }[] {
  return tasksFor(state, wave).flatMap((task) =>
    task.phase === 'waiting' && task.commit !== undefined ? [{ task: task.id, attempt: task.attempt, commit: task.commit }] : [],
  )
}

function tipBefore(state: RunState, wave: WaveNumber): Sha {
  return waveBefore(state, wave)?.commit ?? state.seams ?? state.base
}

function isLast(state: RunState, wave: WaveState): boolean {
  return state.waves.at(-1)?.wave === wave.wave
}

function isNewest(state: RunState, wave: WaveState): boolean {
  return state.waves.filter((other) => other.commit !== undefined).at(-1)?.wave === wave.wave
}
