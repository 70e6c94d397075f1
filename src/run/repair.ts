// A red gate -> the next repair round, or the reason to stop and ask. Bounded by rounds and by progress; money is bounded by the ledger.
import { repairRounds } from '../config.ts'
import type { Failure, Verdict } from '../gate/verdict.ts'
import type { Sha } from '../ids.ts'
import type { StopReason } from './event.ts'
import { type RepairShare, routeFailures } from './route-failures.ts'
import type { RunState, TaskState, WaveState } from './state.ts'

/** Sends the failures of a judged wave to their causes, or gives up: out of rounds, the same failures again, or nobody to ask. */
export function planRepair(state: RunState, wave: WaveState): RunState {
  const { plan } = state
  if (plan === undefined || wave.verdict === undefined || wave.commit === undefined) return state
  const failures = fromThreads(state).concat(wave.verdict.failures)
  const seenBefore = wave.seen.filter((seen) => seen === fingerprint(wave.verdict)).length
  if (wave.round >= repairRounds[state.config.qualityLevel] + wave.extraRounds)
    return giveUp(state, { kind: 'gate-stuck', wave: wave.wave, why: 'rounds' })
  if (seenBefore >= 2) return giveUp(state, { kind: 'gate-stuck', wave: wave.wave, why: 'no-progress' })
  const escalation = seenBefore >= 1 ? 1 : 0
  const known = new Set(
    Object.values(state.tasks)
      .filter(isDone)
      .map((task) => task.id as string),
  )
  const { shares } = routeFailures({ plan, wave: wave.wave, failures, known, upheld: wave.upheld, escalation })
  if (shares.length === 0) return giveUp(state, { kind: 'gate-stuck', wave: wave.wave, why: 'nobody-to-ask' })
  return beginRound(state, { wave, shares, escalation, commit: wave.commit })
}

/** A verdict's failures as one string: equal strings mean no progress. */
export function fingerprint(verdict: Verdict | undefined): string {
  return [...new Set((verdict?.failures ?? []).map((failure) => failure.id))].sort().join('\n')
}

/** One failure as an agent or a person reads it. */
export function sayFailure(failure: Failure): string {
  const place =
    failure.file === undefined ? (failure.package ?? '') : `${failure.file}${failure.line === undefined ? '' : `:${failure.line}`}`
  const test = failure.test === undefined ? '' : ` (${failure.test})`
  return `${place === '' ? '' : `${place}: `}[${failure.check}/${failure.kind}]${test} ${failure.message}\n  -> ${failure.hint}`
}

interface Round {
  readonly wave: WaveState
  readonly shares: readonly RepairShare[]
  readonly escalation: 0 | 1
  readonly commit: Sha
}

function beginRound(state: RunState, round: Round): RunState {
  const number = round.wave.round + 1
  const tasks = Object.entries(state.tasks).map(([id, task]): [string, TaskState] => {
    const share = round.shares.find((candidate) => candidate.task === id)
    return [id, share === undefined ? task : repaired(task, share, { number, wave: round.wave, commit: round.commit })]
  })
  const seen = [...round.wave.seen, fingerprint(round.wave.verdict)]
  const waves = state.waves.map(
    (wave): WaveState =>
      wave.wave === round.wave.wave ? { ...wave, phase: 'building', round: number, escalation: round.escalation, seen } : wave,
  )
  return { ...state, tasks: Object.fromEntries(tasks), waves, threads: [] }
}

function repaired(
  task: TaskState,
  share: RepairShare,
  round: { readonly number: number; readonly wave: WaveState; readonly commit: Sha },
): TaskState {
  const brief = {
    kind: 'repair',
    round: round.number,
    failures: share.failures.map(sayFailure),
    readOnly: share.readOnly,
    ...(task.brief?.kind === 'repair' && task.handOver !== undefined
      ? { tried: [task.handOver.summary, task.handOver.notes].filter((text) => text !== '').join('\n') }
      : {}),
  } as const
  const { resumable: _, ...rest } = task
  return {
    ...rest,
    phase: 'pending',
    failures: 0,
    mergesInto: round.wave.wave,
    reason: `repair round ${round.number}: ${share.failures.length} failure${share.failures.length === 1 ? '' : 's'}`,
    next: { brief, base: round.commit, paths: share.paths },
  }
}

function isDone(task: TaskState): boolean {
  return task.phase === 'merged' || task.phase === 'green'
}

function giveUp(state: RunState, stop: StopReason): RunState {
  return { ...state, stop, published: false }
}

// A review thread is a failure like another: it has a file, and its owner mends it.
function fromThreads(state: RunState): readonly Failure[] {
  return state.threads.map((thread) => ({
    id: `review:${thread.file}:${thread.text}`,
    check: 'expected-files',
    kind: 'not-as-asked',
    message: thread.text,
    file: thread.file,
    ...(thread.line === undefined ? {} : { line: thread.line }),
    hint: 'Do what the reviewer asks where it is right; say in the hand-over why where it is not.',
  }))
}
