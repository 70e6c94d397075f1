// Events of a run -> its branches as text, oldest first: base, seams, what each wave took in, what its gate said, repairs and moved bases.
import { sayVerdict } from '../gate/verdict.ts'
import type { RunEvent } from '../run/event.ts'
import { plainLine } from './plain-line.ts'
import { sayBrief, waveNames } from './standing.ts'
import { count, shortSha } from './words.ts'

/** How the graph is drawn. */
export interface GraphLook {
  readonly commit: string
  readonly task: string
  readonly line: string
}

/** For terminals that show Unicode. */
const unicodeGraph: GraphLook = { commit: '●', task: '├──', line: '│' }
/** For all others. */
export const asciiGraph: GraphLook = { commit: '*', task: '|--', line: '|' }

/** One line a commit and a merged task. What is not merged stands at the end. */
export function renderGraph(events: readonly RunEvent[], look: GraphLook = unicodeGraph): string {
  const lines = events.flatMap((event, index) => linesFor(event, events.slice(0, index + 1), look))
  return `${[...lines, ...openLines(events, look)].join('\n')}\n`
}

function linesFor(event: RunEvent, until: readonly RunEvent[], look: GraphLook): readonly string[] {
  switch (event.type) {
    case 'run-started':
      return [graphLine(look.commit, event.base, 'base')]
    case 'seams-committed':
      return [graphLine(look.commit, event.commit, 'seams: contracts and folders that agents start from')]
    case 'wave-merged': {
      const reconciled = event.reconciled.length === 0 ? '' : `, ${count(event.reconciled.length, 'file')} reconciled`
      return [
        ...event.merged.map((work) => graphLine(look.task, work.commit, `${work.task}${sayAttempt(until, work.task, work.attempt)}`)),
        graphLine(look.commit, event.commit, `wave ${event.wave} ${waveNames[event.wave]}${reconciled}`),
      ]
    }
    case 'gate-judged':
      return [graphLine(look.line, '', `gate of wave ${event.wave}: ${sayVerdict(event.verdict)}`)]
    case 'base-moved':
      return [graphLine(look.task, event.base, 'moved base'), graphLine(look.commit, event.commit, `wave ${event.wave} on it`)]
    default:
      return []
  }
}

function graphLine(mark: string, commit: string, text: string): string {
  return `${mark.padEnd(3)} ${shortSha(commit).padEnd(10)}  ${plainLine(text)}`
}

// Said where it is more than the first attempt of a task on the commit before: a repair, a retry, a start before its wave's turn.
function sayAttempt(until: readonly RunEvent[], task: string, attempt: number): string {
  const started = until.findLast((event) => event.type === 'task-started' && event.task === task && event.attempt === attempt)
  const ended = until.findLast((event) => event.type === 'task-ended' && event.task === task && event.attempt === attempt)
  const notes = [
    ...(attempt > 1 ? [`attempt ${attempt}`] : []),
    ...(started?.type === 'task-started'
      ? [sayBrief(started.brief), started.overlap === '' ? '' : `from ${shortSha(started.base)}, ${started.overlap}`]
      : []),
    ...(ended?.type === 'task-ended' && ended.outcome.kind === 'finished' ? [count(ended.outcome.changed.length, 'file')] : []),
  ].filter((note) => note !== '')
  return notes.length === 0 ? '' : ` (${notes.join('; ')})`
}

function openLines(events: readonly RunEvent[], look: GraphLook): readonly string[] {
  const merged = new Set(
    events.flatMap((event) => (event.type === 'wave-merged' ? event.merged.map((work) => `${work.task}@${work.attempt}`) : [])),
  )
  const last = new Map(events.flatMap((event) => (event.type === 'task-started' ? [[event.task as string, event] as const] : [])))
  return [...last.values()]
    .filter((event) => !merged.has(`${event.task}@${event.attempt}`))
    .map((event) => {
      const ended = events.findLast((other) => other.type === 'task-ended' && other.task === event.task && other.attempt === event.attempt)
      const how =
        ended?.type === 'task-ended' ? (ended.outcome.kind === 'finished' ? 'finished, not merged yet' : ended.outcome.kind) : 'at work'
      return graphLine(look.task, '', `${event.task}${sayAttempt(events, event.task, event.attempt)}: ${how}`)
    })
}
