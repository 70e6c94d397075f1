// RunEvent -> one plain line for people, and how much it matters. The log of progress.md, the output without a terminal, and what
// stands above the live board are made of these lines; `--json` is the events themselves.
import type { AttemptOutcome } from '../agent/attempt.ts'
import { sayVerdict } from '../gate/verdict.ts'
import type { TaskId } from '../ids.ts'
import { decide } from '../run/decide.ts'
import type { RunCommand, RunEvent } from '../run/event.ts'
import type { RunState } from '../run/state.ts'
import { plainLine } from './plain-line.ts'
import { sayBrief } from './standing.ts'
import { sayStop } from './stop.ts'
import { count, listSome, sayDuration, sayTokens, sayUsd, shortSha, tokensOf } from './words.ts'

/** One line. `at`: ms since the epoch. `detail` is for the board alone, `line` for every log, `important` also above the board. */
export interface Narration {
  readonly at: number
  readonly text: string
  readonly weight: 'detail' | 'line' | 'important'
}

/** Told one event after the other, with the state after it. Contract: in order, each once. */
export type Narrator = (event: RunEvent, state: RunState) => Narration

/** A narrator that remembers the state before, so that it can say what an event led to: a stop, a repair, the end. */
export function createNarrator(before?: RunState): Narrator {
  let last = before
  return (event, state) => {
    const narration = narrate(event, state, last)
    last = state
    return narration
  }
}

/** The lines of recorded events, oldest first. */
export function narrateAll(events: readonly RunEvent[]): readonly Narration[] {
  const narrator = createNarrator()
  let state: RunState | undefined
  return events.map((event) => {
    state = decide(state, event).state
    return narrator(event, state)
  })
}

/** The line for one event. `after`, `before`: the states around it; what an event led to is said in its line. */
function narrate(event: RunEvent, after: RunState, before?: RunState): Narration {
  const told = tell(event, after)
  const led = consequence(event, after, before)
  const text = [told.text, ...led].map(sentence).join(' ')
  return { at: event.at, text: plainLine(text, 600), weight: led.length > 0 ? 'important' : told.weight }
}

function sentence(text: string): string {
  return /[.!?…]$/u.test(text) ? text : `${text}.`
}

interface Told {
  readonly text: string
  readonly weight: Narration['weight']
}

const line = (text: string): Told => ({ text, weight: 'line' })
const important = (text: string): Told => ({ text, weight: 'important' })

function tell(event: RunEvent, after: RunState): Told {
  switch (event.type) {
    case 'run-started':
      return line(
        `Run ${event.run} of ${event.spec.source} on base ${shortSha(event.base)}: ${event.config.executionMode}, ${event.config.qualityLevel}, cap ${sayUsd(event.config.budgetUsd)}`,
      )
    case 'feature-read':
      return line(sayFeature(event))
    case 'questions-asked':
      return important(`The specification leaves ${count(event.questions.length, 'question')} open`)
    case 'base-measured':
      return line(
        `The base ${event.compiles ? 'compiles' : 'does not compile'}${event.failures.length === 0 ? '' : `; ${count(event.failures.length, 'failure')} there already, never blamed`}`,
      )
    case 'plan-made':
      return important(sayPlan(event))
    case 'plan-failed':
      return important(`No plan could be made after ${sayUsd(event.use.costUsd)}: ${listSome(event.faults, 3)}`)
    case 'seams-committed':
      return line(`Contracts and folders that agents start from are committed as ${shortSha(event.commit)}`)
    case 'task-started':
      return line(sayStart(event))
    case 'task-progressed':
      return {
        text: `${event.task}: turn ${event.turn}${event.tools.length === 0 ? '' : ` (${listSome(event.tools)})`}, ${sayTokens(tokensOf(event.use))} tokens, ${sayUsd(event.use.costUsd)}`,
        weight: 'detail',
      }
    case 'request-answered':
      return line(
        `${event.task} asked for ${event.request.kind} ${event.request.subject}: ${event.request.granted ? 'granted' : 'refused'}, ${event.request.reason}`,
      )
    case 'task-ended':
      return sayEnd(event, after)
    case 'task-reviewed':
      return sayReview(event)
    case 'wave-merged':
      return sayMerge(event)
    case 'disputes-ruled':
      return line(
        `Wave ${event.wave}, disputed tests: ${event.rulings.map((ruling) => `${ruling.test} ${ruling.upheld ? 'contradicts the specification' : 'stands'} (${ruling.reason})`).join('; ')}`,
      )
    case 'merge-failed':
      return important(`Wave ${event.wave} could not be merged: ${listSome(event.faults, 3)}`)
    case 'gate-judged':
      return important(
        `Gate of wave ${event.wave}: ${sayVerdict(event.verdict)} (${sayDuration(event.verdict.durationMs)})${sayFailures(event)}`,
      )
    case 'base-moved':
      return important(`The moved base ${shortSha(event.base)} is merged into wave ${event.wave} as ${shortSha(event.commit)}`)
    case 'command-given':
      return important(`${event.by}: ${sayCommand(event.command)}`)
    case 'effect-failed':
      return event.stop.kind === 'fault'
        ? important(`A step failed (${event.effect}): ${event.message}`)
        : line(`${event.effect}: ${event.message}`)
    case 'process-resumed':
      return line(`Process ${event.pid} goes on with the run`)
    case 'published':
      return line(event.branches.length === 0 ? 'Progress is published' : `Published: ${listSome(event.branches)}`)
  }
}

function sayReview(event: Extract<RunEvent, { type: 'task-reviewed' }>): Told {
  if (event.unfinished !== undefined) return important(`${event.task}: its review came to no end (${event.unfinished}); nothing is known`)
  return line(
    event.findings.length === 0
      ? `${event.task}: the reviewer found nothing`
      : `${event.task}: ${count(event.findings.length, 'finding')} of the reviewer, it goes back: ${listSome(event.findings, 2)}`,
  )
}

function sayFeature(event: Extract<RunEvent, { type: 'feature-read' }>): string {
  const { feature, notSo } = event
  const parts = [
    count(feature.requirements.length, 'requirement'),
    count(feature.domainModels.length, 'domain model'),
    count(feature.apiEndpoints.length, 'endpoint'),
  ]
  const wrong = notSo.length === 0 ? '' : `; existing context says ${count(notSo.length, 'thing')} that the tree does not bear out`
  return `Feature “${feature.title}”: ${parts.join(', ')}${wrong}`
}

function sayPlan(event: Extract<RunEvent, { type: 'plan-made' }>): string {
  const { tasks, estimate, skipped } = event.plan
  const waves = new Set(tasks.map((task) => task.wave)).size
  return `Plan: ${count(tasks.length, 'task')} in ${count(waves, 'wave')}, ${count(skipped.length, 'specialist')} left out; estimated ${sayUsd(estimate.usd)} and ${estimate.minutes} min (planning cost ${sayUsd(event.use.costUsd)})`
}

function sayStart(event: Extract<RunEvent, { type: 'task-started' }>): string {
  const notes = [event.attempt > 1 ? `attempt ${event.attempt}` : '', sayBrief(event.brief), event.overlap].filter((note) => note !== '')
  return `${event.task} starts${notes.length === 0 ? '' : ` (${notes.join('; ')})`}`
}

function sayEnd(event: Extract<RunEvent, { type: 'task-ended' }>, after: RunState): Told {
  const { outcome, task } = event
  const spent = `${count(outcome.use.turns, 'turn')}, ${sayUsd(outcome.use.costUsd)}${sayTook(after, task)}`
  switch (outcome.kind) {
    case 'finished':
      return line(`${task} finished: ${count(outcome.changed.length, 'file')}, ${spent}`)
    case 'not-as-said':
      return line(`${task} handed over what is not so (${spent}): ${listSome(outcome.faults, 3)}`)
    case 'stopped':
      return line(`${task} ${stoppedWords[outcome.reason]} (${spent}): ${outcome.detail}`)
    case 'superseded':
      return line(`${task} attempt ${event.attempt} ended after a later one had begun; it is not used (${spent})`)
  }
}

const stoppedWords: Readonly<Record<Extract<AttemptOutcome, { kind: 'stopped' }>['reason'], string>> = {
  turns: 'used all its turns',
  tokens: 'used all its tokens',
  usd: 'used all its money',
  wall: 'took too long',
  loop: 'went in circles',
  faults: 'made too many faulty calls',
  'ran-dry': 'stopped without handing over',
  refused: 'was refused by the model',
  rejected: 'was rejected by the model service',
  'out-of-budget': 'stopped at a cap on money',
  'rate-limited': 'stopped at a rate limit',
  interrupted: 'was interrupted and keeps its work',
}

function sayTook(after: RunState, id: TaskId): string {
  const task = after.tasks[id]
  return task?.startedAt === undefined || task.endedAt === undefined ? '' : `, ${sayDuration(task.endedAt - task.startedAt)}`
}

function sayMerge(event: Extract<RunEvent, { type: 'wave-merged' }>): Told {
  const reconciled = event.reconciled.length === 0 ? '' : `; reconciled: ${listSome(event.reconciled)}`
  const text = `Wave ${event.wave}: ${count(event.merged.length, 'task')} merged as ${shortSha(event.commit)}, ${event.compiles ? 'compiles' : 'does not compile yet'}${reconciled}`
  return event.compiles ? line(text) : important(text)
}

function sayFailures(event: Extract<RunEvent, { type: 'gate-judged' }>): string {
  const places = event.verdict.failures.map((failure) => `${failure.file ?? failure.package ?? failure.check}: ${failure.message}`)
  return places.length === 0 ? '' : `: ${listSome(places, 2)}`
}

function sayCommand(command: RunCommand): string {
  switch (command.name) {
    case 'retry': {
      const { target } = command
      const what = target.kind === 'failed' ? 'all that failed' : target.kind === 'wave' ? `wave ${target.wave}` : target.task
      return `retry ${what}${command.how === 'kept' ? '' : ` (${command.how})`}`
    }
    case 'continue':
      return `continue from wave ${command.from}`
    case 'skip':
      return `skip ${command.task}: ${command.reason}`
    case 'budget':
      return `budget +${sayUsd(command.addUsd)}`
    case 'mode':
      return `mode ${command.mode}`
    case 'quality':
      return `quality ${command.level}`
    case 'update':
      return `update to base ${shortSha(command.base)}`
    case 'fix':
      return `fix ${count(command.threads.length, 'thread')}`
    default:
      return command.name
  }
}

/** What an event led to, beyond itself. */
function consequence(event: RunEvent, after: RunState, before: RunState | undefined): readonly string[] {
  return [
    ...(event.type === 'task-ended' ? afterAttempt(event, after) : []),
    ...(event.type === 'gate-judged' ? afterGate(event, after) : []),
    ...(after.stop !== undefined && after.stop !== before?.stop ? [sayStopped(after)] : []),
    ...(after.finished && before?.finished !== true ? ['Finished: all waves passed their gates'] : []),
  ]
}

function sayStopped(after: RunState): string {
  const words = sayStop(after)
  return `Stopped: ${sentence(words?.what ?? '')}${words?.next === undefined ? '' : ` Go on with: ${words.next}`}`
}

function afterAttempt(event: Extract<RunEvent, { type: 'task-ended' }>, after: RunState): readonly string[] {
  const task = after.tasks[event.task]
  if (task === undefined || event.outcome.kind === 'finished' || event.outcome.kind === 'superseded') return []
  if (task.phase === 'failed')
    return after.stop?.kind === 'task-failed' ? [] : [`It failed for good; dce retry ${task.id} --run ${after.run}`]
  return task.next === undefined ? [] : ['It is tried once more']
}

function afterGate(event: Extract<RunEvent, { type: 'gate-judged' }>, after: RunState): readonly string[] {
  const wave = after.waves.find((candidate) => candidate.wave === event.wave)
  if (wave === undefined || wave.phase !== 'building' || after.stop !== undefined) return []
  const asked = Object.values(after.tasks).filter((task) => task.mergesInto === event.wave && task.next?.brief.kind === 'repair')
  return asked.length === 0 ? [] : [`Repair round ${wave.round} goes to ${listSome(asked.map((task) => task.id))}`]
}
