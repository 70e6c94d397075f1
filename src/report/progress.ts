// RunState and what was told of its events -> progress.md. Rendered, never parsed: it cannot disagree with the events it is made of.
import type { Plan } from '../plan/plan.ts'
import { type RunState, type TaskState, taskState, totalUse, type WaveState } from '../run/state.ts'
import { gateSection } from './gate-report.ts'
import { inert, inertCode, table } from './inert-markdown.ts'
import type { Narration } from './narrate.ts'
import { statusOf, waitsFor, wallMs, waveNames, waveWord } from './standing.ts'
import { sayStop } from './stop.ts'
import { cacheShare, count, sayDuration, sayTime, sayTokens, sayUsd, shortSha, tokensOf } from './words.ts'
import { workOf } from './work-of.ts'

/** What progress.md is made of. `log`: see narrate.ts, oldest first. `nowMs`: for the age of what runs. */
export interface ProgressRequest {
  readonly state: RunState
  readonly log: readonly Narration[]
  readonly nowMs: number
}

/** Lines of the log that are shown; older ones are counted. Chosen. */
const mostLogLines = 400

/** The whole of progress.md. */
export function renderProgress({ state, log, nowMs }: ProgressRequest): string {
  const sections = [
    head(state, nowMs),
    stopSection(state),
    ...(state.plan === undefined ? [] : state.waves.map((wave) => waveSection(state, state.plan as Plan, wave, nowMs))),
    gatesSection(state),
    issuesSection(state),
    metricsSection(state, nowMs),
    remainingSection(state),
    logSection(log),
  ]
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`
}

function head(state: RunState, nowMs: number): readonly string[] {
  const use = totalUse(state)
  const facts = [
    `Run \`${state.run}\``,
    statusOf(state),
    `${state.config.executionMode}, ${state.config.qualityLevel}`,
    `base \`${shortSha(state.base)}\``,
    sayDuration(wallMs(state, nowMs)),
    `${sayTokens(tokensOf(use))} tokens`,
    `${sayUsd(use.costUsd)} of ${sayUsd(state.config.budgetUsd)}`,
  ]
  return [`# Progress: ${inert(state.feature?.title ?? state.spec.source, 120)}`, '', facts.join(' · ')]
}

function stopSection(state: RunState): readonly string[] {
  const stop = sayStop(state)
  if (stop === undefined) return []
  return [`> **Stopped.** ${inert(stop.what, 2_000)}`, ...(stop.next === undefined ? [] : ['>', `> Go on with: \`${stop.next}\``])]
}

function waveSection(state: RunState, plan: Plan, wave: WaveState, nowMs: number): readonly string[] {
  const rows = plan.tasks
    .filter((task) => task.wave === wave.wave)
    .map((task) => taskRow(taskState(state, task), { title: task.title, nowMs, waits: waitsFor(state, task) }))
  return [
    `## Wave ${wave.wave}: ${waveNames[wave.wave]} — ${inert(waveWord(state, wave))}`,
    '',
    ...table(['task', 'state', 'attempt', 'files', 'tokens', 'cost', 'time', 'note'], rows),
  ]
}

interface RowFacts {
  readonly title: string
  readonly nowMs: number
  readonly waits: string | undefined
}

function taskRow(task: TaskState, facts: RowFacts): readonly string[] {
  const files = workOf(task).files.length
  const endMs = task.phase === 'running' ? facts.nowMs : (task.endedAt ?? facts.nowMs)
  return [
    `${inertCode(task.id)} ${inert(facts.title, 60)}`,
    task.phase,
    task.attempt === 0 ? '' : String(task.attempt),
    files === 0 ? '' : String(files),
    task.use.turns === 0 ? '' : sayTokens(tokensOf(task.use)),
    task.use.turns === 0 ? '' : sayUsd(task.use.costUsd),
    task.startedAt === undefined ? '' : sayDuration(endMs - task.startedAt),
    inert(noteOf(task, facts.waits), 200),
  ]
}

function noteOf(task: TaskState, waits: string | undefined): string {
  const refused = task.requests.filter((request) => !request.granted).length
  const notes = [
    task.overlap ?? '',
    task.phase === 'running' && task.turn > 0
      ? `turn ${task.turn}${task.lastTools.length > 0 ? `: ${task.lastTools.join(', ')}` : ''}`
      : '',
    waits ?? '',
    task.reason ?? '',
    task.requests.length > 0 ? `${count(task.requests.length - refused, 'request')} granted, ${refused} refused` : '',
  ]
  return notes.filter((note) => note !== '').join('; ')
}

function gatesSection(state: RunState): readonly string[] {
  const judged = state.waves.flatMap((wave) => (wave.verdict === undefined ? [] : [gateSection(wave, wave.verdict)]))
  return judged.length === 0 ? [] : ['## Gates', ...judged.flatMap((lines) => ['', ...lines])]
}

function issuesSection(state: RunState): readonly string[] {
  const tasks = Object.values(state.tasks)
  const refused = tasks.flatMap((task) => task.requests.filter((request) => !request.granted).map((request) => ({ task, request })))
  const red = state.waves.filter((wave) => wave.verdict !== undefined && wave.verdict.verdict !== 'green')
  const lines = [
    ...state.notSo.map((text) => `- Existing context says what is not so: ${inert(text)}`),
    ...tasks
      .filter((task) => task.phase === 'failed')
      .map(
        (task) =>
          `- ${inertCode(task.id)} failed: ${inert(task.reason ?? 'no reason given')}. Again: \`dce retry ${task.id} --run ${state.run}\``,
      ),
    ...red.map(
      (wave) => `- The gate of wave ${wave.wave} is ${wave.verdict?.verdict}. Again: \`dce retry wave-${wave.wave} --run ${state.run}\``,
    ),
    ...refused.map(
      ({ task, request }) =>
        `- ${inertCode(task.id)} asked for ${request.kind} ${inertCode(request.subject)}: refused, ${inert(request.reason)}`,
    ),
    ...state.waves.flatMap((wave) =>
      wave.reconciled.map((path) => `- Wave ${wave.wave}: ${inertCode(path)} was reconciled; have a look at it`),
    ),
    ...tasks.flatMap((task) => workOf(task).notes.map((note) => `- ${inertCode(task.id)} notes: ${inert(note, 500)}`)),
  ]
  return lines.length === 0 ? [] : ['## Issues and blockers', '', ...lines]
}

function metricsSection(state: RunState, nowMs: number): readonly string[] {
  const use = totalUse(state)
  const share = cacheShare(use)
  const figures = state.waves.flatMap((wave) =>
    Object.entries(wave.verdict?.figures ?? {}).map(([name, value]) => `- Wave ${wave.wave}, ${inert(name)}: ${inert(String(value))}`),
  )
  return [
    '## Performance metrics',
    '',
    `- Wall time: ${sayDuration(wallMs(state, nowMs))}`,
    `- Model turns: ${use.turns}; tool calls: ${use.toolCalls}`,
    `- Tokens: ${sayTokens(tokensOf(use))}${share === undefined ? '' : `, ${Math.round(share * 100)} % of the input read from the cache`}`,
    `- Cost: ${sayUsd(use.costUsd)}, of that plan, merging and reviews ${sayUsd(state.overhead.costUsd)}`,
    ...figures,
  ]
}

function remainingSection(state: RunState): readonly string[] {
  if (state.finished) return []
  if (state.plan === undefined) return ['## Remaining work', '', '- The plan, and all that follows from it']
  const open = Object.values(state.tasks).filter((task) => ['pending', 'running', 'waiting', 'merged', 'failed'].includes(task.phase))
  return open.length === 0 ? [] : ['## Remaining work', '', ...open.map((task) => `- ${inertCode(task.id)} (${task.phase})`)]
}

function logSection(log: readonly Narration[]): readonly string[] {
  const told = log.filter((line) => line.weight !== 'detail')
  if (told.length === 0) return []
  const left = told.length - mostLogLines
  return [
    '## Log',
    '',
    ...(left > 0 ? [`- … ${count(left, 'older line')}`] : []),
    ...told.slice(-mostLogLines).map((line) => `- ${sayTime(line.at)} ${inert(line.text, 600)}`),
  ]
}
