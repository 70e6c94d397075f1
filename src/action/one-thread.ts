// One event of a workflow -> what the App would do about it, in this job: heard, begun or carried on, shown, and left on its branch for the next job.
import { setTimeout as sleep } from 'node:timers/promises'
import { besideRun } from '../app/beside-run.ts'
import { carry } from '../app/carry.ts'
import { leaveRun, newestRunOf, takeOverRuns } from '../app/hand-over.ts'
import { hearSignal, type Next } from '../app/hear.ts'
import type { AppParts } from '../app/parts.ts'
import { sayFault } from '../app/say-fault.ts'
import { answerFixes, showRun } from '../app/show-run.ts'
import type { Signal, Thread } from '../app/signal.ts'
import { type RunRequest, startRun } from '../app/start-run.ts'
import { UserFault } from '../fault.ts'
import type { RunId } from '../ids.ts'
import { isOver } from '../report/standing.ts'
import { replay } from '../run/drive.ts'
import type { RunState } from '../run/state.ts'

/** Who stops a run when the job's time is over. */
export const timeKeeper = 'the time limit of the job'

/** How the job is bounded, ms. `boardEveryMs` is the parts'. */
export interface JobBounds {
  readonly timeLimitMs: number
  /** Between two times that the run is left on its branch, so that a runner that is lost costs no more than this. */
  readonly leaveEveryMs: number
  /** How long agents may take to finish a turn, and everything to be pushed. */
  readonly endWithinMs: number
}

/** Does it. Answers the run that it was about, if any. Errors: UserFault for what a person has to change; WorldFault; Gone. */
export async function handleSignal(
  parts: AppParts,
  signal: Signal & { readonly thread: Thread },
  bounds: JobBounds,
): Promise<RunId | undefined> {
  await takeOverRuns(parts, signal.thread)
  const known = await newestRunOf(parts, signal.thread)
  if (known !== undefined && signal.kind === 'labelled' && (await wasCut(parts, known))) {
    parts.machine.journal().post(known, { command: { name: 'resume' }, by: `@${signal.by.login}` })
    return work(parts, { carry: known }, bounds)
  }
  const next = await hearSignal(parts, signal, known === undefined ? {} : { run: known })
  return (await work(parts, next, bounds)) ?? known
}

/** Begins a run of a specification that no issue holds. Errors: UserFault when it cannot be begun. */
export async function handleRequest(parts: AppParts, request: RunRequest, bounds: JobBounds): Promise<RunId> {
  await takeOverRuns(parts, request.thread)
  const left = await unfinishedOf(parts, request)
  if (left !== undefined) parts.machine.journal().post(left, { command: { name: 'resume' }, by: `@${request.by}` })
  const run = left ?? (await startRun(parts, request))
  await carryOn(parts, run, bounds)
  return run
}

// The same file again means the run that it began, as long as that is not over.
async function unfinishedOf(parts: AppParts, { thread, text }: RunRequest): Promise<RunId | undefined> {
  const run = await newestRunOf(parts, thread)
  const state = run === undefined ? undefined : await stateOf(parts, run)
  const goesOn = state !== undefined && !state.finished && state.stop?.kind !== 'cancelled'
  return goesOn && state.spec.source === text ? run : undefined
}

async function work(parts: AppParts, next: Next, bounds: JobBounds): Promise<RunId | undefined> {
  for (const beside of next.beside ?? []) await besideRun(parts, beside)
  if (next.show !== undefined) await showRun(parts, next.show)
  // A run that is replaced ends first.
  if (next.start !== undefined && next.carry !== undefined) await carryOn(parts, next.carry, bounds)
  const run = next.start === undefined ? next.carry : await begin(parts, next.start)
  if (run === undefined) return next.beside?.at(-1)?.run
  await carryOn(parts, run, bounds)
  if (next.fixing !== undefined) await answerFixes(parts, run, [next.fixing])
  return run
}

async function begin(parts: AppParts, request: RunRequest): Promise<RunId | undefined> {
  try {
    return await startRun(parts, request)
  } catch (cause) {
    // Said on the issue; the job's own end says it too.
    await sayFault(parts, request.thread, cause)
    throw cause
  }
}

// Neither over nor waiting for anybody: its job ran out of time, was cancelled, or was lost with its runner.
async function wasCut(parts: AppParts, run: RunId): Promise<boolean> {
  const state = await stateOf(parts, run)
  if (state === undefined || state.finished) return false
  return state.stop === undefined || state.stop.kind === 'interrupted' || (await wasOutOfTime(parts, run))
}

async function wasOutOfTime(parts: AppParts, run: RunId): Promise<boolean> {
  const state = await stateOf(parts, run)
  return state?.stop?.kind === 'paused' && state.stop.by === timeKeeper
}

async function stateOf({ machine }: AppParts, run: RunId): Promise<RunState | undefined> {
  return replay(await machine.journal().load(run))
}

// Until it ends, stops, or the job's time is over. Shown and left now and then, and at the end whatever happened.
async function carryOn(parts: AppParts, run: RunId, bounds: JobBounds): Promise<void> {
  const over = new AbortController()
  let changed = true
  const showing = every(parts.boardEveryMs, over.signal, async () => {
    if (!changed) return
    changed = false
    await showRun(parts, run).catch((cause: unknown) => parts.machine.log.warn('the board was not shown', { run, cause: String(cause) }))
  })
  const leave = async () => {
    await leaveRun(parts, run).catch((cause: unknown) => parts.machine.log.warn('the run was not left', { run, cause: String(cause) }))
  }
  await leave()
  const leaving = every(bounds.leaveEveryMs, over.signal, leave)
  const keeper = setTimeout(
    () => parts.machine.journal().post(run, { command: { name: 'pause' }, by: timeKeeper }, `time-${process.pid}`),
    Math.max(0, bounds.timeLimitMs - bounds.endWithinMs),
  )
  try {
    await carry(parts, run, () => {
      changed = true
    })
  } finally {
    clearTimeout(keeper)
    over.abort()
    await Promise.all([showing, leaving])
    await showRun(parts, run)
    await leaveRun(parts, run)
  }
  await sayOutOfTime(parts, run)
}

async function sayOutOfTime(parts: AppParts, run: RunId): Promise<void> {
  const state = await stateOf(parts, run)
  const origin = await parts.machine.journal().recorded<{ readonly thread: Thread }>({ run, key: 'github/origin' })
  if (state === undefined || origin === undefined || !(await wasOutOfTime(parts, run)) || origin.thread.number === 0) return
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
