// What the App does with runs that another door began, and what it leaves of its own: a run is handed over by its branch.
import { isRefusal, WorldFault } from '../fault.ts'
import type { RunId } from '../ids.ts'
import { isOver } from '../report/standing.ts'
import { commandsIn } from './commands-in.ts'
import { isRunOf, leaveRun, newestRunOf, takeOverRuns } from './hand-over.ts'
import { type AppParts, stateOf } from './parts.ts'
import type { Signal } from './signal.ts'

/** A run that is this thread's from now on. `isHeld`: a job in Actions has it, and hears comments itself; that was said. */
export interface LeftForUs {
  readonly run?: RunId
  /** Whoever had it stopped in the middle. */
  readonly goesOn?: boolean
  readonly isHeld?: boolean
}

/** Looks for it, for a thread that has no run here. Errors: WorldFault. */
export async function takeOverFor(parts: AppParts, signal: Signal): Promise<LeftForUs> {
  const { thread } = signal
  const asks = signal.kind === 'labelled' || (signal.kind === 'said' && commandsIn(signal.text).length > 0)
  if (!asks || thread === undefined) return {}
  try {
    const { held } = await takeOverRuns(parts, thread, { isWanted: isRunOf(thread), evenHeld: false })
    const [run] = held
    if (run !== undefined) {
      const body = `Run \`${run}\` is being carried on by a job in Actions, which hears commands itself. When that job has ended they are for the App.`
      await parts.connect(thread).putComment({ issue: thread.number, marker: `dce-held ${run}`, body })
      return { isHeld: true }
    }
    const newest = await newestRunOf(parts, thread)
    if (newest === undefined) return {}
    const state = await stateOf(parts, newest)
    return { run: newest, goesOn: state !== undefined && !isOver(state) }
  } catch (cause) {
    // A repository without a commit has nothing to take over; what is wrong with it is said when a run is to begin.
    const isEmpty = cause instanceof WorldFault && cause.service === 'git' && !cause.retryable
    if (!isRefusal(cause) && !isEmpty) throw cause
    return {}
  }
}

/** Leaves a run that stands still, so that another machine can go on with it. Never rejects: the run is here all the same. */
export async function leaveForOthers(parts: AppParts, run: RunId): Promise<void> {
  try {
    await leaveRun(parts, run)
  } catch (cause) {
    parts.machine.log.warn('a run was not left for others', { run, cause: String(cause) })
  }
}
