// Where a run stands, as plain data with a version: the fold of its events. Nothing here decides.
import type { Brief, HandOver, RequestAnswered } from '../agent/attempt.ts'
import type { Config } from '../config.ts'
import type { Feature } from '../feature/feature.ts'
import type { Failure, Verdict } from '../gate/verdict.ts'
import type { RepoPath, RunId, Sha, TaskId, WaveNumber } from '../ids.ts'
import type { Plan, Task } from '../plan/plan.ts'
import type { ConversationUse } from '../world.ts'
import type { MergedTask, ReviewThread, StopReason } from './event.ts'

/** What people see of a task. `waiting`: finished, its merge has to wait; `merged`: on the wave branch, not judged yet. */
export type TaskPhase = 'pending' | 'running' | 'waiting' | 'merged' | 'green' | 'failed' | 'skipped' | 'cancelled'

/** One task of the plan while the run goes on. */
export interface TaskState {
  readonly id: TaskId
  readonly phase: TaskPhase
  /** The current or last attempt; 0 before the first. */
  readonly attempt: number
  /** Set while the next attempt is decided but not started; a repair's base is the wave branch. */
  readonly next?: { readonly brief: Brief; readonly base?: Sha; readonly startFrom?: Sha; readonly paths: readonly string[] }
  /** The current attempt was cut (interrupt, limit of money or rate) and goes on where it was. */
  readonly resumable?: { readonly base: Sha; readonly brief: Brief; readonly startFrom?: Sha; readonly paths: readonly string[] }
  /** Patterns of the running attempt: what its agent may write. */
  readonly paths: readonly string[]
  readonly brief?: Brief
  readonly startFrom?: Sha
  readonly requests: readonly RequestAnswered[]
  readonly commit?: Sha
  readonly base?: Sha
  readonly changed: readonly string[]
  readonly handOver?: HandOver
  /** Attempts whose work is on a wave branch, oldest first; a repair stands beside what it repaired. */
  readonly merged: readonly { readonly attempt: number; readonly changed: readonly string[]; readonly handOver: HandOver }[]
  /** Why it failed, was skipped, or what it waits for. */
  readonly reason?: string
  /** Attempts that failed by themselves; the second failure is final until a person asks. */
  readonly failures: number
  readonly overlap?: string
  /** Bulletproof: an adversarial reviewer has read this task's work. */
  readonly reviewed: boolean
  readonly turn: number
  readonly lastTools: readonly string[]
  /** When its agent was last heard of: its start, or the end of a turn. */
  readonly heardAt?: number
  /** Of all attempts. */
  readonly use: ConversationUse
  readonly useOfAttempt: ConversationUse
  readonly startedAt?: number
  readonly endedAt?: number
  /** Wave whose gate this attempt's work goes to; a repair of an old task belongs to the wave that was red. */
  readonly mergesInto: WaveNumber
}

/** One wave that has tasks. */
export interface WaveState {
  readonly wave: WaveNumber
  readonly phase: 'building' | 'merged' | 'judged' | 'green' | 'accepted'
  readonly commit?: Sha
  readonly compiles: boolean
  readonly verdict?: Verdict
  /** Repair rounds begun. */
  readonly round: number
  /** Rounds allowed on top of the level's, given by `retry wave-K`. */
  readonly extraRounds: number
  /** Fingerprints of the failures of earlier verdicts of this wave, sorted, joined. */
  readonly seen: readonly string[]
  /** 1 when the same failures came twice and one agent has all owners' paths. */
  readonly escalation: 0 | 1
  readonly merged: readonly MergedTask[]
  readonly reconciled: readonly string[]
  /** Paths that the repository's own generators wrote: nobody's work, and no finding. */
  readonly generated: readonly string[]
  /** Tests that owners dispute, waiting for a ruling. */
  readonly disputes: readonly { readonly test: string; readonly why: string }[]
  /** Test names whose dispute was upheld: their failures go to the tester. */
  readonly upheld: readonly string[]
  readonly judgedAt?: number
}

/** The whole of a run. */
export interface RunState {
  readonly version: 1
  readonly run: RunId
  readonly repo: string
  readonly spec: { readonly source: string; readonly text: string; readonly hash: string }
  readonly base: Sha
  readonly config: Config
  readonly startedAt: number
  readonly lastAt: number
  readonly approved: boolean
  /** A plan that is estimated at this or less is approved when it is made, US dollars. */
  readonly approveUnderUsd?: number
  readonly feature?: Feature
  readonly notSo: readonly string[]
  readonly baseMeasured?: { readonly failures: readonly Failure[]; readonly compiles: boolean }
  readonly plan?: Plan
  /** Planning conversations that ended without a plan that holds; the next one is a new conversation. */
  readonly planFailures: number
  readonly seams?: Sha
  /** Files of the seams that hold contracts alone, until their tasks are merged. */
  readonly standIns?: readonly RepoPath[]
  readonly tasks: Readonly<Record<string, TaskState>>
  readonly waves: readonly WaveState[]
  /** Tokens and money beside the tasks': plan, reconcilers. */
  readonly overhead: ConversationUse
  readonly stop?: StopReason
  readonly finished: boolean
  /** Whether the branches in the person's repository are of this state. `failed`: the last try failed; the next process tries again. */
  readonly published: boolean | 'failed'
  /** Why it failed, in words. */
  readonly publishFault?: string
  /** Threads waiting for `fix`. */
  readonly threads: readonly ReviewThread[]
  /** A moved base that waits to be merged (`update`). */
  readonly pendingBase?: Sha
  /** Highest number of a letter that was acted upon; 0 before the first. */
  readonly lastLetter: number
  /** Keys of effects that are being carried out by this process. */
  readonly inFlight: readonly string[]
}

/** No tokens, no money. */
export const noUse: ConversationUse = {
  turns: 0,
  toolCalls: 0,
  usage: { inputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 0 },
  costUsd: 0,
}

/** Sum of two uses; a cost that is unknown on one side counts as what is known. */
export function addUse(a: ConversationUse, b: ConversationUse): ConversationUse {
  return {
    turns: a.turns + b.turns,
    toolCalls: a.toolCalls + b.toolCalls,
    usage: {
      inputTokens: a.usage.inputTokens + b.usage.inputTokens,
      cacheReadTokens: a.usage.cacheReadTokens + b.usage.cacheReadTokens,
      cacheWriteTokens: a.usage.cacheWriteTokens + b.usage.cacheWriteTokens,
      outputTokens: a.usage.outputTokens + b.usage.outputTokens,
    },
    costUsd: a.costUsd === undefined && b.costUsd === undefined ? undefined : (a.costUsd ?? 0) + (b.costUsd ?? 0),
  }
}

/** All that the run has used so far: tasks and overhead. */
export function totalUse(state: RunState): ConversationUse {
  return Object.values(state.tasks).reduce((sum, task) => addUse(sum, task.use), state.overhead)
}

/** The state of a planned task. Throws nothing: a task without events yet is pending. */
export function taskState(state: RunState, task: Task): TaskState {
  return state.tasks[task.id] ?? newTaskState(task)
}

/** A task before anything happened to it. */
export function newTaskState(task: Task): TaskState {
  return {
    id: task.id,
    phase: 'pending',
    attempt: 0,
    paths: [],
    requests: [],
    changed: [],
    merged: [],
    failures: 0,
    reviewed: false,
    turn: 0,
    lastTools: [],
    use: noUse,
    useOfAttempt: noUse,
    mergesInto: task.wave,
  }
}

/** Stops a run, for the first reason that comes: later ones follow from it. */
export function stopWith(state: RunState, stop: StopReason): RunState {
  return state.stop === undefined ? { ...state, stop, published: false } : state
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

/** Waves of the plan that have tasks, in order. */
export function wavesOf(plan: Plan): readonly WaveNumber[] {
  return [...new Set(plan.tasks.map((task) => task.wave))].sort((a, b) => a - b)
}

/** The wave's state, if the plan has such a wave. */
export function waveState(state: RunState, wave: WaveNumber): WaveState | undefined {
  return state.waves.find((candidate) => candidate.wave === wave)
}

/** The wave before this one among those that exist; undefined for the first. */
export function waveBefore(state: RunState, wave: WaveNumber): WaveState | undefined {
  return state.waves.filter((candidate) => candidate.wave < wave).at(-1)
}

/** True when the wave's gate said green, or a person accepted it. */
export function isPassed(wave: WaveState | undefined): boolean {
  return wave === undefined || wave.phase === 'green' || wave.phase === 'accepted'
}
