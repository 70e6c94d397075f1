// A run and its plan -> title and body of the pull request: what was asked, where it is met, what is proven, how to read it, what is left.
// Foreign text is made inert: it closes no issue, mentions nobody, links nowhere.
import type { Feature } from '../feature/feature.ts'
import { sayVerdict, type Verdict } from '../gate/verdict.ts'
import type { Plan } from '../plan/plan.ts'
import { isPassed, type RunState, type TaskState, totalUse, type WaveState } from '../run/state.ts'
import { fitSections, type Section } from './fit-sections.ts'
import { checksTable, failureList, gateTitle } from './gate-report.ts'
import { defuse, inert, inertCode, inertQuote, table, tableRow } from './inert-markdown.ts'
import { plainLine } from './plain-line.ts'
import { type ReadingStop, readingOrder } from './reading-order.ts'
import { type RequirementTrace, traceRequirements } from './requirement-trace.ts'
import { statusOf, wallMs, waveNames } from './standing.ts'
import { sayStop } from './stop.ts'
import { cacheShare, count, sayDuration, sayTokens, sayUsd, shortSha, tokensOf } from './words.ts'
import { workOf } from './work-of.ts'

/** What the text is made of. */
export interface PullRequestRequest {
  readonly state: RunState
  readonly plan: Plan
  readonly feature: Feature
  /** Every file of the tree that is proposed. */
  readonly paths: ReadonlySet<string>
  /** By path, what it declares; where it is known, named symbols are checked too. */
  readonly symbols?: ReadonlyMap<string, ReadonlySet<string>>
  /** Changed lines by path, for the reading guide. */
  readonly lines?: ReadonlyMap<string, number>
  /** Markdown (the program's own) that says where progress.md is, for what is cut. */
  readonly fullText: string
  readonly nowMs: number
}

/** Plain title, Markdown body. */
export interface PullRequestText {
  readonly title: string
  readonly body: string
}

/** Characters of a body. GitHub takes 65,536 and counts some characters otherwise, so there is a margin. */
export const maxBodyChars = 59_900
const maxTitleChars = 120

/** The text for the run as it stands; a run that is not green says so first. */
export function renderPullRequest(request: PullRequestRequest): PullRequestText {
  const traces = traceRequirements(request)
  const stops = readingOrder(request.plan, request.state, request.lines)
  const sections = [
    introduction(request, stops),
    asked(request.feature),
    requirements(traces),
    ...waves(request),
    gates(request.state),
    toDecide(request.plan),
    unproven(request.state, traces),
    reading(request.state, stops),
    requests(request.state),
    remaining(request, traces),
    leftOut(request.plan),
    spending(request),
  ]
  return { title: titleOf(request), body: `${fitSections(sections, { maxChars: maxBodyChars, fullText: request.fullText })}\n` }
}

function titleOf({ state, feature }: PullRequestRequest): string {
  return defuse(plainLine(`${isGreen(state) ? '' : '[partial] '}${feature.title}`, maxTitleChars))
}

function isGreen(state: RunState): boolean {
  return state.finished && state.waves.every((wave) => wave.phase === 'green')
}

function section(
  heading: string,
  noun: string,
  parts: { readonly fixed?: readonly string[]; readonly items?: readonly string[] },
): Section {
  return { heading, noun, fixed: parts.fixed ?? [], items: parts.items ?? [] }
}

function introduction({ state, plan, fullText }: PullRequestRequest, stops: readonly ReadingStop[]): Section {
  const files = new Set(stops.flatMap((stop) => stop.files)).size
  const facts = `Built by dce, run \`${state.run}\`, on \`${shortSha(state.base)}\`, ${state.config.executionMode}, ${state.config.qualityLevel}: ${count(stops.length, 'task')} of ${plan.tasks.length}, ${count(files, 'file')}. The whole story is in ${fullText}.`
  return section('', 'line', { fixed: [`**${outcome(state)}**`, '', inert(plan.summary, 1_200), '', facts] })
}

function outcome(state: RunState): string {
  const last = state.waves.at(-1)
  if (isGreen(state))
    return `All ${count(state.waves.length, 'wave')} passed the gate. The last one says: ${inert(last?.verdict === undefined ? '' : sayVerdict(last.verdict))}.`
  const accepted = state.waves.filter((wave) => wave.phase === 'accepted').map((wave) => wave.wave)
  const parts = [
    state.finished
      ? 'Finished, but not all of it passed the gate.'
      : `Not finished: ${inert(sayStop(state)?.what ?? statusOf(state), 600)}`,
    ...(accepted.length === 0 ? [] : [`Accepted as they are, without a green gate: wave ${accepted.join(', ')}.`]),
  ]
  return parts.join(' ')
}

function asked(feature: Feature): Section {
  const source = `From ${inertCode(feature.spec.source)}, pinned as ${inertCode(feature.spec.hash.slice(0, 12))}.`
  return section('## What was asked', 'line', {
    fixed: [source, ...(feature.overview.trim() === '' ? [] : ['', inertQuote(feature.overview, 3_000)])],
  })
}

function requirements(traces: readonly RequirementTrace[]): Section {
  const rows = traces.map((trace) => tableRow([inert(trace.id, 40), inert(trace.text, 200), whereMet(trace)]))
  const unmet = traces.filter((trace) => trace.state !== 'met').length
  const summary =
    unmet === 0
      ? `All ${traces.length} are found in the tree.`
      : `${traces.length - unmet} of ${traces.length} are found in the tree, **${unmet} not**.`
  return section('## Where each requirement is met', 'requirement', {
    fixed: traces.length === 0 ? ['The specification numbers no requirements.'] : [summary, '', ...table(['', 'requirement', 'where'], [])],
    items: rows,
  })
}

function whereMet(trace: RequirementTrace): string {
  if (trace.state !== 'met') return `**${trace.state === 'claimed' ? 'not found' : 'not met'}**: ${inert(trace.why)}`
  const places = trace.places.slice(0, 4).map((place) => inertCode(`${place.file}${place.symbol === undefined ? '' : `:${place.symbol}`}`))
  return trace.places.length > 4 ? `${places.join(', ')} and ${trace.places.length - 4} more` : places.join(', ')
}

// --- What was done, and what the gate says of it ---------------------------------------------------------------------------------------

function waves(request: PullRequestRequest): readonly Section[] {
  return request.state.waves.map((wave, index) => {
    const verdict = wave.verdict === undefined ? wave.phase : inert(sayVerdict(wave.verdict))
    const heading = `### Wave ${wave.wave}: ${waveNames[wave.wave]} — ${wave.phase === 'accepted' ? `accepted as it is (${verdict})` : verdict}`
    const tasks = request.plan.tasks.filter((task) => task.wave === wave.wave)
    const items = tasks.map((task) => taskItem(task.title, request.state.tasks[task.id]))
    return section(index === 0 ? `## What each wave did\n\n${heading}` : heading, 'task', { items })
  })
}

/** One task of a wave: what it is, how it went, what its agent said. */
export function taskItem(title: string, task: TaskState | undefined): string {
  if (task === undefined) return `- ${inert(title, 120)}`
  const work = workOf(task)
  const facts = [
    task.phase,
    count(work.files.length, 'file'),
    ...(task.attempt > 1 ? [count(task.attempt, 'attempt')] : []),
    sayUsd(task.use.costUsd),
  ]
  const said =
    task.phase === 'green' || task.phase === 'merged' || task.phase === 'waiting' ? work.summaries.join(' ') : (task.reason ?? '')
  return `- ${inertCode(task.id)} ${inert(title, 120)} (${facts.join(', ')})${said === '' ? '' : `: ${inert(said, 700)}`}`
}

function gates(state: RunState): Section {
  const judged = state.waves.flatMap((wave) => (wave.verdict === undefined ? [] : [{ wave, verdict: wave.verdict }]))
  const last = judged.at(-1)
  if (last === undefined) return section('## Gate', 'line', { fixed: ['No gate has spoken yet.'] })
  const titles = judged.map(
    ({ wave, verdict }) => `- ${gateTitle(wave, verdict)}, ${sayDuration(verdict.durationMs)}${sayFigures(verdict)}`,
  )
  const failures = failureList(last.verdict.failures)
  const fixed = [
    ...titles,
    '',
    `The last one in full (wave ${last.wave.wave}):`,
    '',
    ...checksTable(last.verdict),
    '',
    ...failures,
    ...(failures.length > 0 ? [''] : []),
  ]
  return section('## Gate', 'line', { fixed })
}

function sayFigures(verdict: Verdict): string {
  const figures = Object.entries(verdict.figures)
    .slice(0, 12)
    .map(([name, value]) => `${inert(name, 60)} ${inert(String(value), 60)}`)
  return figures.length === 0 ? '' : ` (${figures.join(', ')})`
}

function toDecide({ assumptions = [] }: Plan): Section {
  return section('## For a person to decide', 'assumption', {
    fixed: assumptions.length === 0 ? [] : ['The specification is silent here; the plan assumed:', ''],
    items: assumptions.map((each) => `- ${inert(each, 500)}`),
  })
}

function unproven(state: RunState, traces: readonly RequirementTrace[]): Section {
  const last = state.waves.filter((wave) => wave.verdict !== undefined).at(-1)?.verdict
  const items = [
    ...(last?.notProven ?? []).map((proof) => `- ${proof.check}: ${inert(proof.reason)}`),
    ...(last?.due ?? []).map((item) => `- ${item.what} ${inertCode(item.subject)}: due in wave ${item.wave}, not checked before`),
    ...(last?.flaky ?? []).map((test) => `- ${inertCode(test)} failed and passed by turns`),
    ...(last?.alsoAtBase ?? []).map(
      (failure) => `- Broken at the base already: ${inertCode(failure.file ?? failure.package ?? '')} ${inert(failure.message)}`,
    ),
    ...(traces.some((trace) => trace.state === 'met')
      ? ['- That a place meets its requirement is its author’s word; that the place is there is checked.']
      : []),
  ]
  return section('## Not proven', 'line', { items })
}

// --- How to read it, and what to look at -----------------------------------------------------------------------------------------------

function reading(state: RunState, stops: readonly ReadingStop[]): Section {
  const reconciled = new Set(state.waves.flatMap((wave) => wave.reconciled))
  const items = stops.map((stop, index) => `${index + 1}. ${sayStopOfReading(stop, reconciled)}`)
  const fixed = ['By wave; in each first what others build on, then the biggest. Code before its tests.', '']
  return section('## Read it in this order', 'stop', items.length === 0 ? {} : { fixed, items })
}

/** A stop of the reading guide, without its number. */
export function sayStopOfReading(stop: ReadingStop, reconciled: ReadonlySet<string>): string {
  const size = [count(stop.files.length, 'file'), ...(stop.lines === undefined ? [] : [count(stop.lines, 'line')])]
  const role = stop.dependents > 0 ? [`${count(stop.dependents, 'task')} ${stop.dependents === 1 ? 'builds' : 'build'} on it`] : []
  const name = (path: string) => `${inertCode(path)}${reconciled.has(path) ? ' (reconciled)' : ''}`
  const files = [
    ...(stop.code.length === 0 ? [] : [someFiles(stop.code.map(name))]),
    ...(stop.tests.length === 0 ? [] : [`tests ${someFiles(stop.tests.map(name))}`]),
  ]
  return `**${inertCode(stop.task.id)}** (wave ${stop.task.wave}, ${[...size, ...role].join(', ')}): ${files.join('; ')}`
}

function someFiles(files: readonly string[]): string {
  return files.length > 25 ? `${files.slice(0, 25).join(', ')} and ${files.length - 25} more` : files.join(', ')
}

function requests(state: RunState): Section {
  const asked = Object.values(state.tasks).flatMap((task) =>
    task.requests.map((request) => {
      const why = inert(request.why, 200)
      return `- ${inertCode(task.id)} asked for ${request.kind} ${inertCode(request.subject)} (${why}): **${request.granted ? 'granted' : 'refused'}**, ${inert(request.reason, 200)}`
    }),
  )
  const reconciled = state.waves.flatMap((wave) =>
    wave.reconciled.map((path) => `- Wave ${wave.wave}: ${inertCode(path)} was reconciled from several hands; look at it closely`),
  )
  const disputed = state.waves.flatMap((wave) =>
    wave.upheld.map((test) => `- Wave ${wave.wave}: the test ${inertCode(test)} was found to contradict the specification and was changed`),
  )
  return section('## Asked for beyond the plan, and merged by hand', 'line', { items: [...reconciled, ...disputed, ...asked] })
}

function remaining({ state, plan }: PullRequestRequest, traces: readonly RequirementTrace[]): Section {
  const tasks = plan.tasks.flatMap((task) => {
    const current = state.tasks[task.id]
    if (current === undefined || current.phase === 'green' || current.phase === 'merged') return []
    const again = current.phase === 'failed' || current.phase === 'cancelled' ? ` (\`dce retry ${task.id} --run ${state.run}\`)` : ''
    return [
      `- ${inertCode(task.id)} ${inert(task.title, 120)}: ${current.phase}${current.reason === undefined ? '' : `, ${inert(current.reason)}`}${again}`,
    ]
  })
  const open = traces.filter((trace) => trace.state !== 'met').map((trace) => `- Requirement ${inert(trace.id, 40)}: ${inert(trace.why)}`)
  const red = state.waves
    .filter((wave: WaveState) => !isPassed(wave) && wave.verdict !== undefined)
    .map((wave) => `- The gate of wave ${wave.wave} (\`dce retry wave-${wave.wave} --run ${state.run}\`)`)
  const notes = Object.values(state.tasks).flatMap((task) =>
    workOf(task).notes.map((note) => `- ${inertCode(task.id)} notes: ${inert(note, 500)}`),
  )
  const items = [...red, ...tasks, ...open, ...notes]
  return section('## What is left', 'line', items.length === 0 ? { fixed: ['Nothing that the plan names.'] } : { items })
}

function leftOut(plan: Plan): Section {
  const folded = plan.tasks.flatMap((task) =>
    task.covers.map((duty) => `- ${inertCode(duty.specialist)} is covered by ${inertCode(task.id)}: ${inert(duty.reason)}`),
  )
  const skipped = plan.skipped.map((skip) => `- ${inertCode(skip.specialist)}: ${inert(skip.reason)}`)
  return section('## Specialists that were left out', 'specialist', { items: [...skipped, ...folded] })
}

function spending({ state, nowMs }: PullRequestRequest): Section {
  const use = totalUse(state)
  const share = cacheShare(use)
  const cache = share === undefined ? '' : `, ${Math.round(share * 100)} % of the input from the cache`
  const line = `${sayUsd(use.costUsd)} of ${sayUsd(state.config.budgetUsd)}, ${sayTokens(tokensOf(use))} tokens${cache}, ${count(use.turns, 'model turn')}, ${sayDuration(wallMs(state, nowMs))}.`
  return section('## Cost', 'line', { fixed: [line] })
}
