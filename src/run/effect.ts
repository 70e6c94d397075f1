// What the program may do next, as data. Carried out by carry-out.ts; each comes back as at least one event.
import type { Brief } from '../agent/attempt.ts'
import type { Sha, TaskId, WaveNumber } from '../ids.ts'
import type { MergedTask } from './event.ts'

/** One step to carry out. Safe to repeat: what was paid or created is found again in the journal and in git. */
export type Effect =
  | { readonly type: 'read-feature' }
  | { readonly type: 'measure-base' }
  | { readonly type: 'make-plan' }
  | { readonly type: 'commit-seams' }
  | RunTask
  | { readonly type: 'review-task'; readonly task: TaskId; readonly attempt: number; readonly base: Sha; readonly commit: Sha }
  | { readonly type: 'merge-wave'; readonly wave: WaveNumber; readonly onto: Sha; readonly tasks: readonly MergedTask[] }
  | { readonly type: 'judge-wave'; readonly wave: WaveNumber; readonly commit: Sha; readonly last: boolean }
  | {
      readonly type: 'rule-disputes'
      readonly wave: WaveNumber
      readonly disputes: readonly { readonly test: string; readonly why: string }[]
    }
  | { readonly type: 'merge-base'; readonly wave: WaveNumber; readonly onto: Sha; readonly base: Sha }
  | { readonly type: 'finish-turns' }
  | { readonly type: 'publish'; readonly final: boolean }

/** One attempt of one task, from `base`. */
export interface RunTask {
  readonly type: 'run-task'
  readonly task: TaskId
  readonly attempt: number
  readonly base: Sha
  readonly startFrom?: Sha
  readonly brief: Brief
  readonly paths: readonly string[]
  readonly merged: readonly TaskId[]
  readonly overlap: string
}

/** Names an effect while it is carried out; two effects with one key never run at once. */
export function keyOf(effect: Effect): string {
  switch (effect.type) {
    case 'run-task':
      return `task:${effect.task}`
    case 'review-task':
      return `review:${effect.task}`
    case 'merge-wave':
    case 'merge-base':
      return `merge:${effect.wave}`
    case 'judge-wave':
      return `judge:${effect.wave}`
    case 'rule-disputes':
      return `disputes:${effect.wave}`
    default:
      return effect.type
  }
}
