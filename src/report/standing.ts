// Where a run, a wave and a task stand -> the words that every report uses for it. Decides nothing; asks decide.ts what may start.
import type { Brief } from '../agent/attempt.ts'
import { sayVerdict } from '../gate/verdict.ts'
import type { TaskId, WaveNumber } from '../ids.ts'
import type { Task } from '../plan/plan.ts'
import { baseFor, waitsForFoundation } from '../run/decide.ts'
import { isPassed, type RunState, type TaskState, taskState, type WaveState, waveBefore } from '../run/state.ts'
import { count, listSome } from './words.ts'

/** Names of the waves as people know them. Source: the seed's phases. */
export const waveNames: Readonly<Record<WaveNumber, string>> = {
  0: 'Foundation',
  1: 'Domain',
  2: 'Infrastructure',
  3: 'Service',
  4: 'API',
  5: 'Quality',
}

/** True when nothing of the run goes on by itself any more. */
export function isOver(state: RunState): boolean {
  return state.finished || state.stop !== undefined
}

/** From the start until now, or until the last event when the run is over, ms. */
export function wallMs(state: RunState, nowMs: number): number {
  return (isOver(state) ? state.lastAt : nowMs) - state.startedAt
}

/** A few words for where the run stands. */
export function statusOf(state: RunState): string {
  if (state.finished) return 'finished'
  if (state.stop !== undefined) return `stopped (${state.stop.kind})`
  if (state.feature === undefined) return 'reading the specification'
  if (state.baseMeasured === undefined) return 'measuring the base'
  if (state.plan === undefined) return 'planning'
  const open = state.waves.find((wave) => !isPassed(wave))
  return open === undefined ? 'finishing' : `wave ${open.wave}, ${waveWord(state, open)}`
}

/** `not begun`, `building`, `at the gate`, `repair round 2`, or the gate's word on it. */
export function waveWord(state: RunState, wave: WaveState): string {
  switch (wave.phase) {
    case 'green':
    case 'judged':
      return wave.verdict === undefined ? wave.phase : sayVerdict(wave.verdict)
    case 'accepted':
      return 'accepted as it is'
    case 'merged':
      return wave.compiles ? 'merged, at the gate' : 'merged, does not compile, at the gate'
    case 'building':
      return wave.round > 0 ? `repair round ${wave.round}` : isBegun(state, wave) ? 'building' : 'not begun'
  }
}

function isBegun(state: RunState, wave: WaveState): boolean {
  return Object.values(state.tasks).some((task) => task.mergesInto === wave.wave && task.attempt > 0)
}

/** Why an attempt exists, in a few words; empty for a first one. */
export function sayBrief(brief: Brief | undefined): string {
  switch (brief?.kind) {
    case 'repair':
      return `repair round ${brief.round}, ${count(brief.failures.length, 'failure')}`
    case 'retry':
      return brief.tried === undefined ? 'once more' : 'once more, another way'
    case 'review':
      return `after the review, ${count(brief.findings.length, 'finding')}`
    default:
      return ''
  }
}

/** What a task waits for, as a sentence without a subject; undefined when it waits for nothing. */
export function waitsFor(state: RunState, task: Task): string | undefined {
  const current = taskState(state, task)
  switch (current.phase) {
    case 'pending':
      return waitsToStart(state, task, current)
    case 'waiting':
      return waitsToMerge(state, current)
    case 'merged':
      return `at the gate of wave ${current.mergesInto}`
    default:
      return undefined
  }
}

function waitsToStart(state: RunState, task: Task, current: TaskState): string {
  const again = current.resumable !== undefined || current.next?.base !== undefined
  if (again || baseFor(state, task) !== undefined) return isOver(state) ? 'waits for the run to go on' : 'waits for a free agent'
  if (waitsForFoundation(state, task)) return 'waits for wave 0'
  const needs = task.needs.filter((need) => !['green', 'skipped'].includes(state.tasks[need]?.phase ?? ''))
  if (state.config.executionMode === 'adaptive' && needs.length > 0) return `waits for ${listSome(needs, 3)}`
  const before = waveBefore(state, task.wave)
  return before === undefined ? 'waits for the contracts' : `waits for the gate of wave ${before.wave}`
}

function waitsToMerge(state: RunState, current: TaskState): string {
  const before = waveBefore(state, current.mergesInto)
  if (!isPassed(before)) return `its merge waits for the gate of wave ${before?.wave}`
  const open = openTasks(state).get(current.mergesInto) ?? []
  if (open.length > 0) return `its merge waits for ${listSome(open, 3)}`
  return current.reviewed || state.config.qualityLevel !== 'bulletproof' ? 'is being merged' : 'is being reviewed'
}

/** Asked for every task that waits, about the same tasks. */
const openTasksOf = new WeakMap<RunState['tasks'], ReadonlyMap<WaveNumber, readonly TaskId[]>>()

/** Tasks that are not ready to be merged, by the wave that they merge into. */
function openTasks({ tasks }: RunState): ReadonlyMap<WaveNumber, readonly TaskId[]> {
  const open = openTasksOf.get(tasks) ?? groupOpen(Object.values(tasks))
  openTasksOf.set(tasks, open)
  return open
}

function groupOpen(tasks: readonly TaskState[]): ReadonlyMap<WaveNumber, readonly TaskId[]> {
  const open = tasks.filter((task) => ['pending', 'running', 'failed'].includes(task.phase))
  return new Map([...Map.groupBy(open, (task) => task.mergesInto)].map(([wave, group]) => [wave, group.map((task) => task.id)]))
}
