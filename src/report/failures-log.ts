// RunState -> failures.log: one entry for everything that is red now, with owner, place, hint, and the command that tries it again.
import type { Failure } from '../gate/verdict.ts'
import { ownerOf } from '../plan/ownership.ts'
import type { RunState, TaskState, WaveState } from '../run/state.ts'
import { plainLine, plainLines } from './plain-line.ts'
import { sayStop } from './stop.ts'
import { sayTime } from './words.ts'

/** One failure, ready to be written. `at`: ms since the epoch. */
export interface FailureEntry {
  readonly at: number
  /** `wave 2, compilation/compile`, `task w1-entity-architect`, `run`. */
  readonly what: string
  /** Who owns the place, or whose task it is; empty when nobody does. */
  readonly owner: string
  /** `file:line`, a package, or empty. */
  readonly place: string
  readonly message: string
  readonly hint: string
  readonly retry: string
}

/** All failures of the run as it stands, oldest first: gates that are not green, tasks that failed, and why the run stopped. */
export function failuresOf(state: RunState): readonly FailureEntry[] {
  const gates = state.waves.flatMap((wave) => gateEntries(state, wave))
  const tasks = Object.values(state.tasks).flatMap((task) => (task.phase === 'failed' ? [taskEntry(state, task)] : []))
  return [...gates, ...tasks, ...stopEntries(state, gates.length + tasks.length > 0)].sort((a, b) => a.at - b.at)
}

/** The file's text; one line that says so when nothing failed. */
export function renderFailures(state: RunState): string {
  const entries = failuresOf(state)
  const head = `# Failures of run ${state.run}, as of ${sayTime(state.lastAt)} UTC`
  return `${[head, ...(entries.length === 0 ? ['Nothing failed.'] : entries.map(renderEntry))].join('\n\n')}\n`
}

function renderEntry(entry: FailureEntry): string {
  const field = (name: string, text: string): readonly string[] => {
    const lines = plainLines(text).filter((line) => line !== '')
    return lines.map((line, index) => `  ${(index === 0 ? name : '').padEnd(8)} ${line}`)
  }
  return [
    `${sayTime(entry.at)}  ${plainLine(entry.what)}${entry.place === '' ? '' : `  ${plainLine(entry.place)}`}`,
    ...field('owner', entry.owner),
    ...field('message', entry.message),
    ...field('hint', entry.hint),
    ...field('retry', entry.retry),
  ].join('\n')
}

function gateEntries(state: RunState, wave: WaveState): readonly FailureEntry[] {
  const { verdict } = wave
  if (verdict === undefined || verdict.verdict === 'green') return []
  const at = wave.judgedAt ?? state.lastAt
  const retry = `dce retry wave-${wave.wave} --run ${state.run}`
  const stuck = verdict.checks.filter((check) => check.state === 'could-not-run' && check.required)
  return [
    ...verdict.failures.map((failure) => gateEntry(state, failure, { at, wave, retry })),
    ...stuck.map((check) => ({
      at,
      what: `wave ${wave.wave}, ${check.check}`,
      owner: '',
      place: '',
      message: `could not run: ${check.detail}`,
      hint: 'A required check that could not run blocks like red; mend what it names and try again.',
      retry,
    })),
  ]
}

function gateEntry(
  state: RunState,
  failure: Failure,
  gate: { readonly at: number; readonly wave: WaveState; readonly retry: string },
): FailureEntry {
  const owner = failure.file === undefined || state.plan === undefined ? undefined : ownerOf(state.plan, failure.file)
  const repair = Object.values(state.tasks).filter((task) => task.mergesInto === gate.wave.wave && isRepairing(task))
  const place =
    failure.file === undefined ? (failure.package ?? '') : `${failure.file}${failure.line === undefined ? '' : `:${failure.line}`}`
  const asked = repair.length === 0 ? '' : `; repair round ${gate.wave.round} is with ${repair.map((task) => task.id).join(', ')}`
  return {
    at: gate.at,
    what: `wave ${gate.wave.wave}, ${failure.check}/${failure.kind}${failure.test === undefined ? '' : `, ${failure.test}`}`,
    owner: `${owner?.id ?? 'nobody owns it'}${asked}`,
    place,
    message: failure.message,
    hint: failure.hint,
    retry: gate.retry,
  }
}

function isRepairing(task: TaskState): boolean {
  const brief = task.phase === 'running' ? task.brief : task.phase === 'pending' ? (task.next?.brief ?? task.resumable?.brief) : undefined
  return brief?.kind === 'repair'
}

function taskEntry(state: RunState, task: TaskState): FailureEntry {
  return {
    at: task.endedAt ?? state.lastAt,
    what: `task ${task.id}, attempt ${task.attempt}`,
    owner: task.id,
    place: '',
    message: task.reason ?? 'no reason given',
    hint: `dce explain ${task.id} --run ${state.run} says what it did; --with-context "…" tells the next attempt what to do otherwise.`,
    retry: `dce retry ${task.id} --run ${state.run}`,
  }
}

// What a gate or a task tells already is not told again; questions to a person are no failures.
function stopEntries(state: RunState, told: boolean): readonly FailureEntry[] {
  const words = sayStop(state)
  const kind = state.stop?.kind
  const failures = ['plan-failed', 'merge-failed', 'model-rejected', 'fault', 'out-of-budget', 'rate-limited']
  const standsAlone = !told && (kind === 'gate-stuck' || kind === 'gate-unknown' || kind === 'task-failed')
  if (words === undefined || kind === undefined || !(failures.includes(kind) || standsAlone)) return []
  return [{ at: state.lastAt, what: `run, ${kind}`, owner: '', place: '', message: words.what, hint: '', retry: words.next ?? '' }]
}
