// Events of a workflow -> what the App would do about them, in this job: heard, begun or carried on, shown, and left on a branch for the next job.
import { besideRun } from '../app/beside-run.ts'
import { commandsIn } from '../app/commands-in.ts'
import { hasRunOnGitHub, isRunOf, newestRunOf, takeOverRuns } from '../app/hand-over.ts'
import { headOf, hearSignal, type Next, runOfHead } from '../app/hear.ts'
import { type AppParts, stateOf } from '../app/parts.ts'
import { sayFault } from '../app/say-fault.ts'
import { answerFixes, showRun } from '../app/show-run.ts'
import type { Signal, Thread } from '../app/signal.ts'
import { type RunRequest, startRun } from '../app/start-run.ts'
import { UserFault } from '../fault.ts'
import type { RunId } from '../ids.ts'
import { carryInJob, type JobBounds, wasCut } from './carry-in-job.ts'
import { type Listener, listen, type Missed } from './missed.ts'

type ThreadSignal = Signal & { readonly thread: Thread }

/** What one job works with. `later`: heard while a run went on, and not about that run. */
interface Job {
  readonly parts: AppParts
  readonly bounds: JobBounds
  readonly listener: Listener
  readonly later: Missed[]
}

/**
 * Does what the event says, and what others say that no job has heard. Answers the run that it was about last, if any.
 * Errors: UserFault for what a person has to change, told at the end; WorldFault; Gone.
 */
export async function handleSignal(parts: AppParts, own: ThreadSignal, bounds: JobBounds): Promise<RunId | undefined> {
  const job: Job = { parts, bounds, listener: listen(parts, own, (thread) => hasRunOnGitHub(parts, thread)), later: [] }
  const faults: UserFault[] = []
  let run: RunId | undefined
  const hear = async (signal: ThreadSignal) => {
    try {
      run = (await hearInJob(job, signal)) ?? run
    } catch (cause) {
      // What one person has to change keeps nobody else waiting.
      if (!(cause instanceof UserFault)) throw cause
      faults.push(cause)
    }
  }
  await hear(own)
  while (!parts.signal.aborted) {
    const more = [...job.later.splice(0), ...(await job.listener.next())]
    if (more.length === 0) break
    for (const signal of more) await hear(signal)
  }
  if (faults[0] !== undefined) throw faults[0]
  return run
}

async function hearInJob(job: Job, signal: ThreadSignal): Promise<RunId | undefined> {
  const { parts } = job
  if (signal.kind === 'said' && commandsIn(signal.text).length === 0) return undefined
  const known = await runOf(parts, signal)
  if (known !== undefined && signal.kind === 'labelled' && (await wasCut(parts, known))) {
    parts.machine.journal().post(known, { command: { name: 'resume' }, by: `@${signal.by.login}` })
    return work(job, { carry: known })
  }
  const next = await hearSignal(parts, signal, known === undefined ? {} : { run: known })
  return (await work(job, next)) ?? known
}

// A comment on a pull request is about the run that made it; one on an issue about the issue's newest run.
async function runOf(parts: AppParts, signal: ThreadSignal): Promise<RunId | undefined> {
  const { thread } = signal
  await takeOverRuns(parts, thread, { isWanted: isRunOf(thread), evenHeld: true })
  const ofIssue = await newestRunOf(parts, thread)
  if (ofIssue !== undefined || signal.kind !== 'said') return ofIssue
  const run = runOfHead(await headOf(parts, signal))
  if (run !== undefined) await takeOverRuns(parts, thread, { isWanted: (name) => name === run, evenHeld: true })
  return run
}

async function work(job: Job, next: Next): Promise<RunId | undefined> {
  const { parts } = job
  for (const beside of next.beside ?? []) await besideRun(parts, beside)
  if (next.show !== undefined) await showRun(parts, next.show)
  // A run that is replaced ends first.
  if (next.start !== undefined && next.carry !== undefined) await carryOn(job, next.carry)
  const run = next.start === undefined ? next.carry : await begin(parts, next.start)
  if (run === undefined) return next.beside?.at(-1)?.run ?? next.show
  await carryOn(job, run)
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

// What is said meanwhile about this run reaches it at once; everything else waits until it ends or stops.
async function carryOn(job: Job, run: RunId): Promise<void> {
  const { parts, bounds, listener, later } = job
  const rest: Next[] = []
  await carryInJob(parts, run, bounds, async () => {
    for (const signal of await listener.next()) {
      if (signal.kind !== 'said' || !(await isAbout(parts, signal, run))) later.push(signal)
      else rest.push(await hearSignal(parts, signal, { run }))
    }
  })
  for (const next of rest) {
    for (const beside of next.beside ?? []) await besideRun(parts, beside)
    if (next.fixing !== undefined) await answerFixes(parts, run, [next.fixing])
  }
}

async function isAbout(parts: AppParts, signal: Extract<ThreadSignal, { kind: 'said' }>, run: RunId): Promise<boolean> {
  return isRunOf(signal.thread)(run) || runOfHead(await headOf(parts, signal)) === run
}

/** Begins a run of a specification that no issue holds, or goes on with it. Errors: UserFault when it cannot be begun. */
export async function handleRequest(parts: AppParts, request: RunRequest, bounds: JobBounds): Promise<RunId> {
  await takeOverRuns(parts, request.thread, { isWanted: isRunOf(request.thread), evenHeld: true })
  const left = await unfinishedOf(parts, request)
  if (left !== undefined) parts.machine.journal().post(left, { command: { name: 'resume' }, by: `@${request.by}` })
  const run = left ?? (await startRun(parts, request))
  await carryInJob(parts, run, bounds, async () => undefined)
  return run
}

// The same file again means the run that it began, as long as that is not over.
async function unfinishedOf(parts: AppParts, { thread, text }: RunRequest): Promise<RunId | undefined> {
  const run = await newestRunOf(parts, thread)
  const state = run === undefined ? undefined : await stateOf(parts, run)
  const goesOn = state !== undefined && !state.finished && state.stop?.kind !== 'cancelled'
  return goesOn && state.spec.source === text ? run : undefined
}
