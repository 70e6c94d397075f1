// A run and one of its waves -> title and body of that wave's pull request in a stack: its place, what the wave did, what the gate says, how to read it.
import type { WaveNumber } from '../ids.ts'
import { taskState, waveState } from '../run/state.ts'
import { fitSections, type Section } from './fit-sections.ts'
import { gateSection } from './gate-report.ts'
import { defuse, inert } from './inert-markdown.ts'
import { plainLine } from './plain-line.ts'
import { maxBodyChars, type PullRequestRequest, type PullRequestText, sayStopOfReading, taskItem } from './pull-request.ts'
import { readingOrder } from './reading-order.ts'
import { waveNames } from './standing.ts'
import { shortSha } from './words.ts'

/** One pull request of the stack, lowest first. `number`: once it is open. */
export interface StackPlace {
  readonly wave: WaveNumber
  readonly number?: number
  readonly isMerged: boolean
}

/** GitHub shows no more of a title in lists. By taste. */
const maxTitleChars = 100

/** The text for one wave. `stack`: all pull requests of the run, this wave's among them. */
export function renderWavePullRequest(
  request: Pick<PullRequestRequest, 'state' | 'plan' | 'feature' | 'fullText'> & {
    readonly wave: WaveNumber
    readonly stack: readonly StackPlace[]
  },
): PullRequestText {
  const { state, plan, feature, wave, stack, fullText } = request
  const place = stack.findIndex((one) => one.wave === wave) + 1
  const facts = `Wave ${wave} of run \`${state.run}\`, on \`${shortSha(state.base)}\`. The whole story is in ${fullText}.`
  const tasks = plan.tasks.filter((task) => task.wave === wave)
  const verdict = waveState(state, wave)?.verdict
  const round = waveState(state, wave)?.round ?? 0
  const reconciled = new Set(waveState(state, wave)?.reconciled ?? [])
  const stops = readingOrder(plan, state).filter((stop) => stop.task.wave === wave)
  const requirements = [...new Set(tasks.flatMap((task) => task.requirements))].map((id) => inert(id, 40))
  const sections: readonly Section[] = [
    part('', [sayStack(stack, wave), '', inert(plan.summary, 1_200), '', facts]),
    {
      ...part('## What this wave did', requirements.length === 0 ? [] : [`For ${requirements.join(', ')}.`, '']),
      noun: 'task',
      items: tasks.map((task) => taskItem(task.title, taskState(state, task))),
    },
    part('## Gate', verdict === undefined ? ['It has not spoken yet.'] : gateSection({ wave, round }, verdict)),
    {
      ...part('## Read it in this order', []),
      noun: 'stop',
      items: stops.map((stop, index) => `${index + 1}. ${sayStopOfReading(stop, reconciled)}`),
    },
  ]
  const title = `[${place}/${stack.length}] ${plainLine(feature.title, maxTitleChars)}: ${waveNames[wave]}`
  return { title: defuse(title), body: `${fitSections(sections, { maxChars: maxBodyChars, fullText })}\n` }
}

function part(heading: string, fixed: readonly string[]): Section {
  return { heading, fixed, items: [], noun: 'line' }
}

// `**1/3 Domain** · 2/3 Service #8 · 3/3 API, not yet`
function sayStack(stack: readonly StackPlace[], own: WaveNumber): string {
  const words = stack.map(({ wave, number, isMerged }, index) => {
    const name = `${index + 1}/${stack.length} ${waveNames[wave]}`
    if (wave === own) return `**${name}**`
    return `${name}${number === undefined ? ', not yet' : ` #${number}`}${isMerged ? ', merged' : ''}`
  })
  return words.join(' · ')
}
