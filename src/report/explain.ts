// One task of a run -> what `dce explain` says: what it was to do, every attempt, what it asked, what it changed, and why it stands where it stands.
import type { AttemptOutcome } from '../agent/attempt.ts'
import { nearestWord } from '../nearest-word.ts'
import type { Task } from '../plan/plan.ts'
import type { RunEvent } from '../run/event.ts'
import { type RunState, type TaskState, taskState } from '../run/state.ts'
import { plainLine, plainLines } from './plain-line.ts'
import { sayBrief, waitsFor, waveNames } from './standing.ts'
import { sayStop } from './stop.ts'
import { count, listSome, sayDuration, sayTime, sayTokens, sayUsd, shortSha, tokensOf } from './words.ts'
import { workOf } from './work-of.ts'

/** What is asked. `task`: a person's word, not checked yet. `events`: of the whole run, for attempts before the last. */
export interface ExplainRequest {
  readonly state: RunState
  readonly events: readonly RunEvent[]
  readonly task: string
  readonly nowMs: number
}

/** The text, or why there is none. */
export type Explanation = { readonly kind: 'explained'; readonly text: string } | { readonly kind: 'unknown'; readonly problem: string }

/** Explains one task. */
export function explainTask(request: ExplainRequest): Explanation {
  const { state } = request
  const task = state.plan?.tasks.find((candidate) => candidate.id === request.task)
  if (task === undefined) return { kind: 'unknown', problem: sayUnknown(state, request.task) }
  const current = taskState(state, task)
  const sections = [
    [`${task.id}  ${plainLine(task.title)}`, `${current.phase}${why(state, task, current)}`, ...nextCommand(state, current)],
    assignment(task),
    attempts(request, task),
    asked(current),
    result(current),
    cost(current),
  ]
  return {
    kind: 'explained',
    text: `${sections
      .filter((lines) => lines.length > 0)
      .map((lines) => lines.join('\n'))
      .join('\n\n')}\n`,
  }
}

function sayUnknown(state: RunState, word: string): string {
  const ids = state.plan?.tasks.map((task) => task.id as string) ?? []
  if (ids.length === 0) return 'There is no plan yet, so there are no tasks.'
  const near = nearestWord(word, ids)
  return `The plan has no task ${plainLine(word, 80)}.${near === undefined ? '' : ` Did you mean ${near}?`} Its tasks are ${ids.join(', ')}.`
}

function why(state: RunState, task: Task, current: TaskState): string {
  const waits = waitsFor(state, task)
  const parts = [waits, current.reason].filter((part) => part !== undefined && part !== '')
  return parts.length === 0 ? '' : `: ${plainLine(parts.join('; '), 600)}`
}

function nextCommand(state: RunState, current: TaskState): readonly string[] {
  const run = `--run ${state.run}`
  switch (current.phase) {
    case 'failed':
    case 'cancelled':
      return [
        `next: dce retry ${current.id} ${run}   (--with-context "…", --clean, --alternative; or dce skip ${current.id} --reason "…" ${run})`,
      ]
    case 'pending':
    case 'waiting': {
      const next = sayStop(state)?.next
      return next === undefined ? [] : [`next: ${next}`]
    }
    default:
      return []
  }
}

function assignment(task: Task): readonly string[] {
  return [
    `To do (wave ${task.wave} ${waveNames[task.wave]}, ${task.specialist}):`,
    ...plainLines(task.brief).map((line) => `  ${line}`),
    ...(task.files.length === 0
      ? []
      : ['  files:', ...task.files.map((file) => `    ${file.change} ${plainLine(file.path)}${symbolsOf(file.symbols)}`)]),
    ...(task.paths.length === 0 ? [] : [`  may write besides: ${plainLine(task.paths.join(', '))}`]),
    ...(task.needs.length === 0 ? [] : [`  needs: ${task.needs.join(', ')}`]),
    ...(task.requirements.length === 0 ? [] : [`  requirements: ${plainLine(task.requirements.join(', '))}`]),
    ...(task.covers.length === 0 ? [] : [`  covers: ${task.covers.map((duty) => duty.specialist).join(', ')}`]),
    '  accepted when:',
    ...task.acceptance.map((sentence) => `    - ${plainLine(sentence)}`),
  ]
}

function symbolsOf(symbols: readonly string[]): string {
  return symbols.length === 0 ? '' : ` (${plainLine(listSome(symbols, 8))})`
}

function attempts({ events, nowMs }: ExplainRequest, task: Task): readonly string[] {
  const starts = events.flatMap((event) => (event.type === 'task-started' && event.task === task.id ? [event] : []))
  // A resumed attempt starts again under its number: the last start is the one that counts, the first tells when.
  const numbers = [...new Set(starts.map((start) => start.attempt))]
  if (numbers.length === 0) return ['Attempts: none yet']
  const lines = numbers.map((attempt) => {
    const mine = starts.filter((start) => start.attempt === attempt)
    const first = mine[0] ?? starts[0]
    const ended = events.findLast((event) => event.type === 'task-ended' && event.task === task.id && event.attempt === attempt)
    const notes = [sayBrief(first?.brief), first?.overlap ?? '', mine.length > 1 ? `resumed ${count(mine.length - 1, 'time')}` : ''].filter(
      (note) => note !== '',
    )
    const from = `from ${shortSha(first?.base ?? '')}${first?.startFrom === undefined ? '' : ` with the files of ${shortSha(first.startFrom)}`}`
    const end =
      ended?.type === 'task-ended'
        ? sayOutcome(ended.outcome, ended.at - (first?.at ?? ended.at))
        : `at work for ${sayDuration(nowMs - (first?.at ?? nowMs))}`
    return `  ${attempt}. ${sayTime(first?.at ?? 0)} ${from}${notes.length === 0 ? '' : ` (${plainLine(notes.join('; '))})`}: ${plainLine(end, 600)}`
  })
  return ['Attempts:', ...lines]
}

function sayOutcome(outcome: AttemptOutcome, tookMs: number): string {
  const spent = `${count(outcome.use.turns, 'turn')}, ${sayUsd(outcome.use.costUsd)}, ${sayDuration(tookMs)}`
  switch (outcome.kind) {
    case 'finished':
      return `finished as ${shortSha(outcome.commit)}, ${count(outcome.changed.length, 'file')} (${spent})`
    case 'not-as-said':
      return `not as it said (${spent}): ${outcome.faults.join('; ')}`
    case 'stopped':
      return `stopped, ${outcome.reason} (${spent}): ${outcome.detail}`
    case 'superseded':
      return `a later attempt had begun (${spent})`
  }
}

function asked(current: TaskState): readonly string[] {
  if (current.requests.length === 0) return []
  return [
    'Asked for:',
    ...current.requests.map(
      (request) =>
        `  ${request.kind} ${plainLine(request.subject)} (${plainLine(request.why, 200)}): ${request.granted ? 'granted' : 'refused'}, ${plainLine(request.reason, 200)}`,
    ),
  ]
}

function result(current: TaskState): readonly string[] {
  const work = workOf(current)
  if (current.handOver === undefined) return []
  return [
    'Handed over:',
    ...work.summaries.flatMap(plainLines).map((line) => `  ${line}`),
    ...work.requirements.map((claim) => `  ${plainLine(claim.id)} in ${plainLine(claim.where)}`),
    ...current.handOver.checks.map((check) => `  ran ${plainLine(check.command, 120)}: ${plainLine(check.result, 200)}`),
    ...current.handOver.disputes.map((dispute) => `  disputes ${plainLine(dispute.test)}: ${plainLine(dispute.why, 300)}`),
    ...work.notes.map((note) => `  notes: ${plainLine(note, 600)}`),
    `  changed ${count(work.files.length, 'file')}:`,
    ...work.files.map((path) => `    ${plainLine(path)}`),
  ]
}

function cost(current: TaskState): readonly string[] {
  const { use } = current
  if (use.turns === 0) return []
  return [
    `Cost: ${sayUsd(use.costUsd)}, ${sayTokens(tokensOf(use))} tokens, ${count(use.turns, 'turn')}, ${count(use.toolCalls, 'tool call')}`,
  ]
}
