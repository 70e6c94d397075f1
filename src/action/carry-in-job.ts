// A run -> carried on in this job until it ends, stops, or the job's time is over; shown and left on its branch now and then, and at the end whatever happened.
import { setTimeout as sleep } from 'node:timers/promises'
import { carry } from '../app/carry.ts'
import { leaveRun } from '../app/hand-over.ts'
import { type AppParts, originOf, stateOf } from '../app/parts.ts'
import { showRun } from '../app/show-run.ts'
import { UserFault } from '../fault.ts'
import type { RunId } from '../ids.ts'
import { isOver } from '../report/standing.ts'
import type { RunState } from '../run/state.ts'

/** Who stops a run when the job's time is over. */
const timeKeeper = 'the time limit of the job'

/** A job that has not left its run for this many times of {@link JobBounds.leaveEveryMs} is lost. */
const holdFor = 3

/** How the job is bounded, ms. */
export interface JobBounds {
  readonly timeLimitMs: number
  /** Between two times that the run is left on its branch, so that a runner that is lost costs no more than this. */
  readonly leaveEveryMs: number
  /** How long agents may take to finish a turn, and everything to be pushed. */
  readonly endWithinMs: number
  /** When the job began. */
  readonly since: number
}

/** Carries it on. `meanwhile`: done as often as the board is looked at. Errors: those of carrying; WorldFault, Gone of the last showing. */
export async function carryInJob(parts: AppParts, run: RunId, bounds: JobBounds, meanwhile: () => Promise<void>): Promise<void> {
  const over = new AbortController()
  let changed = true
  const trying = (what: string, work: () => Promise<unknown>) => async () => {
    await work().catch((cause: unknown) => parts.machine.log.warn(what, { run, cause: String(cause) }))
  }
  const show = trying('the board was not shown', async () => {
    if (!changed) return
    changed = false
    await showRun(parts, run)
  })
  const leave = trying('the run was not left', () =>
    leaveRun(parts, run, { untilMs: parts.machine.clock.now() + holdFor * bounds.leaveEveryMs }),
  )
  const hear = trying('nobody listened', meanwhile)
  await leave()
  const beside = [
    every(parts.boardEveryMs, over.signal, show),
    every(parts.boardEveryMs, over.signal, hear),
    every(bounds.leaveEveryMs, over.signal, leave),
  ]
  const leftMs = bounds.since + bounds.timeLimitMs - bounds.endWithinMs - parts.machine.clock.now()
  const keeper = setTimeout(() => stopInTime(parts, run), Math.max(0, leftMs))
  try {
    // What was said in the last moment is a letter that somebody has to read.
    do {
      await carry(parts, run, () => {
        changed = true
      })
    } while (parts.machine.journal().waiting(run).length > 0 && !parts.signal.aborted)
  } finally {
    clearTimeout(keeper)
    over.abort()
    await Promise.all(beside)
    await showRun(parts, run)
    await leaveRun(parts, run)
  }
  await sayOutOfTime(parts, run)
}

function stopInTime({ machine }: AppParts, run: RunId): void {
  machine.journal().post(run, { command: { name: 'pause' }, by: timeKeeper }, `time-${process.pid}`)
}

/** Neither over nor waiting for anybody: its job ran out of time, was cancelled, or was lost with its runner. */
export async function wasCut(parts: AppParts, run: RunId): Promise<boolean> {
  const state = await stateOf(parts, run)
  if (state === undefined || state.finished) return false
  return state.stop === undefined || state.stop.kind === 'interrupted' || isOutOfTime(state)
}

function isOutOfTime({ stop }: RunState): boolean {
  return stop?.kind === 'paused' && stop.by === timeKeeper
}

async function sayOutOfTime(parts: AppParts, run: RunId): Promise<void> {
  const state = await stateOf(parts, run)
  const origin = await originOf(parts, run)
  if (state === undefined || !isOutOfTime(state) || origin === undefined || origin.thread.number === 0) return
  await parts.connect(origin.thread).putComment({
    issue: origin.thread.number,
    marker: `dce-time ${run} ${state.lastLetter}`,
    body: `This job's time is over. Everything is on the branches of run \`${run}\`; \`/dce resume\`, setting the label again, or running this job again goes on from there.`,
  })
}

async function every(ms: number, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    await sleep(ms, undefined, { signal, ref: false }).catch(() => undefined)
    if (!signal.aborted) await work()
  }
}

/** How a run stands, in a word for the workflow: `green`, or why it stopped. */
export async function outcomeOf(parts: AppParts, run: RunId): Promise<{ readonly state: RunState; readonly word: string }> {
  const state = await stateOf(parts, run)
  if (state === undefined) throw new UserFault({ problem: `Run ${run} is not there.`, hint: 'See the log above.' })
  const word = state.finished ? 'green' : isOver(state) ? (state.stop?.kind ?? 'stopped') : 'stopped'
  return { state, word }
}
