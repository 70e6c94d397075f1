// Plan -> Markdown that a person reviews: waves and tasks, graph, files, contracts, what is owed, left out, and what it will cost. Never read back.
import type { WaveNumber } from '../ids.ts'
import type { Plan, Task } from './plan.ts'

/** What each wave is about. Source: the seed's phases 2 to 7. */
export const waveTitles: Readonly<Record<WaveNumber, string>> = {
  0: 'Prerequisites',
  1: 'Domain foundation',
  2: 'Infrastructure and persistence',
  3: 'Service and orchestration',
  4: 'API and presentation',
  5: 'Quality assurance',
}

/** The whole text for people. Words of the planner stand in it as inert Markdown. */
export function renderPlan(plan: Plan): string {
  const waves = [...new Set(plan.tasks.map(({ wave }) => wave))]
  return [
    '# Implementation plan',
    prose(plan.summary),
    estimateText(plan),
    ...listed('## Assumed, for a person to decide', (plan.assumptions ?? []).map(line)),
    '## Dependencies',
    graphText(plan),
    ...waves.flatMap((wave) => waveText(plan, wave)),
    ...listed(
      '## What the feature owes',
      plan.due.map(({ what, subject, wave }) => `${what} ${code(subject)}: due in wave ${wave}`),
    ),
    ...listed(
      '## Benchmarks',
      plan.benchmarks.map(({ package: folder, name, maxNs }) => `${code(`${folder}.${name}`)}: under ${maxNs} ns per operation`),
    ),
    ...listed(
      '## New modules',
      plan.modules.map(({ path, version, why }) => `${code(`${path}@${version}`)}: ${line(why)}`),
    ),
    ...listed(
      '## Left out',
      plan.skipped.map(({ specialist, reason }) => `${specialist}: ${line(reason)}`),
    ),
    ...listed(
      '## Requirements without a task',
      (plan.withoutTask ?? []).map(({ requirement, reason }) => `${line(requirement)}: ${line(reason)}`),
    ),
  ].join('\n\n')
}

function estimateText({ estimate }: Plan): string {
  const money = estimate.usd === undefined ? 'no price known' : `about $${estimate.usd.toFixed(2)}`
  return `**Estimate:** ${estimate.tasks} tasks, ${estimate.turns} turns, ${thousands(estimate.inputTokens)} tokens read, ${thousands(estimate.outputTokens)} written, ${money}, ${estimate.minutes} minutes. ${line(estimate.basis)}`
}

function thousands(count: number): string {
  return count >= 10_000 ? `${Math.round(count / 1000)} k` : String(count)
}

function graphText({ tasks }: Plan): string {
  const node = (task: Task) => `  ${nodeName(task.id)}["${task.id}"]`
  const groups = [...new Set(tasks.map(({ wave }) => wave))].map((wave) =>
    [
      `  subgraph wave${wave}["Wave ${wave}: ${waveTitles[wave]}"]`,
      ...tasks.filter((task) => task.wave === wave).map((task) => `  ${node(task)}`),
      '  end',
    ].join('\n'),
  )
  const edges = tasks.flatMap((task) => task.needs.map((need) => `  ${nodeName(need)} --> ${nodeName(task.id)}`))
  return ['```mermaid', 'flowchart LR', ...groups, ...edges, '```'].join('\n')
}

/** `end` and dashes mean something in Mermaid; ids hold letters, digits and dashes only. */
function nodeName(id: string): string {
  return `t_${id.replaceAll('-', '_')}`
}

function waveText(plan: Plan, wave: WaveNumber): readonly string[] {
  const tasks = plan.tasks.filter((task) => task.wave === wave)
  const rows = tasks.map(
    (task) =>
      `| ${task.id} | ${task.specialist} | ${cell(task.title)} | ${task.files.length} | ${task.needs.join(', ') || '–'} | ${cell(task.requirements.join(', ')) || '–'} |`,
  )
  return [
    `## Wave ${wave}: ${waveTitles[wave]}`,
    ['| Task | Specialist | What | Files | Needs | Requirements |', '|---|---|---|---|---|---|', ...rows].join('\n'),
    ...tasks.flatMap((task) => taskText(plan, task)),
  ]
}

function taskText(plan: Plan, task: Task): readonly string[] {
  const files = task.files.map(
    (file) => `- ${file.change} ${code(file.path)}${file.symbols.length > 0 ? `: ${file.symbols.map(code).join(', ')}` : ''}`,
  )
  const own = new Set(task.files.map(({ path }) => path as string))
  const more = task.paths.filter((path) => !own.has(path))
  const contracts = plan.contracts.filter((contract) => contract.task === task.id)
  return [
    `### ${task.id}: ${line(task.title)}`,
    prose(task.brief),
    [
      ...files,
      ...(more.length > 0 ? [`- owns also ${more.map(code).join(', ')}`] : []),
      ...(task.integrates ? ['- integrates: owns the files of this wave that many need'] : []),
    ].join('\n'),
    ...task.covers.map(({ specialist, reason }) => `Covers ${specialist}: ${line(reason)}`),
    ['**Done when**', '', ...task.acceptance.map((each) => `- ${line(each)}`)].join('\n'),
    ...contracts.map(({ path, kind, source }) =>
      [`Contract: ${kind === 'declare' ? 'declares in' : 'amends'} ${code(path)}`, '', fenced(source)].join('\n'),
    ),
  ]
}

function listed(heading: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [heading, lines.map((each) => `- ${each}`).join('\n')]
}

function fenced(source: string): string {
  const longest = Math.max(2, ...[...source.matchAll(/`+/gu)].map(([run]) => run.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}go\n${source.trim()}\n${fence}`
}

/** A code span around text that may hold backticks itself. */
function code(text: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/gu)].map(([run]) => run.length))
  const fence = '`'.repeat(longest + 1)
  const pad = longest > 0 || text === '' ? ' ' : ''
  return `${fence}${pad}${text.replace(/\s+/gu, ' ')}${pad}${fence}`
}

/** The planner's prose: no headings, HTML, fences or mentions that would act in a comment or hide the rest of the page. */
function prose(text: string): string {
  return text
    .trim()
    .split('\n')
    .map((each) => inert(each).replace(/^(\s*)(#{1,6}\s|`{3,}|~{3,}|={2,}\s*$|-{3,}\s*$)/u, '$1\\$2'))
    .join('\n')
}

function line(text: string): string {
  return inert(text.replace(/\s+/gu, ' ').trim())
}

function inert(text: string): string {
  return text.replace(/<(?=[!/?A-Za-z])/gu, '&lt;').replace(/(?<![\w`])@(?=[A-Za-z0-9])/gu, '@\u200B')
}

function cell(text: string): string {
  return line(text).replaceAll('|', '\\|')
}
