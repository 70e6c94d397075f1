// Why a run stands still -> one sentence, and the command that goes on. Used by progress.md, the CLI, and failures.log alike.
import type { StopReason } from '../run/event.ts'
import type { RunState } from '../run/state.ts'
import { plainLine } from './plain-line.ts'
import { sayTime, sayUsd } from './words.ts'

/** What a person reads about a stop. `next` is a command that can be typed as it is; undefined when there is nothing to type. */
export interface StopWords {
  readonly what: string
  readonly next: string | undefined
}

/** The words for a run's stop; undefined while it is not stopped. */
export function sayStop(state: RunState): StopWords | undefined {
  return state.stop === undefined ? undefined : wordsFor(state, state.stop)
}

function wordsFor(state: RunState, stop: StopReason): StopWords {
  const go = (command: string) => `dce ${command} --run ${state.run}`
  switch (stop.kind) {
    case 'questions':
      return {
        what: `The specification leaves questions open; answer them in its text: ${stop.questions.join(' ')}`,
        next: `dce run ${shellWord(state.spec.source)}`,
      }
    case 'plan-failed':
      return { what: `No plan could be made: ${stop.faults.join('; ')}`, next: go('resume') }
    case 'approval':
      return { what: `The plan waits for approval; it is estimated at ${sayUsd(stop.estimateUsd)}.`, next: go('approve') }
    case 'task-failed':
      return {
        what: stop.tasks.map((id) => `${id} failed: ${state.tasks[id]?.reason ?? 'no reason given'}`).join('; '),
        next: stop.tasks.length === 1 ? go(`retry ${stop.tasks[0]}`) : go('retry'),
      }
    case 'merge-failed':
      return { what: `Wave ${stop.wave} could not be merged without losing work: ${stop.faults.join('; ')}`, next: go('resume') }
    case 'gate-stuck':
      return { what: `The gate of wave ${stop.wave} stays red: ${whyStuck(stop.why)}`, next: go(`retry wave-${stop.wave}`) }
    case 'gate-unknown':
      return { what: `The gate of wave ${stop.wave} could not finish, and unknown blocks like red.`, next: go(`retry wave-${stop.wave}`) }
    case 'out-of-budget':
      return {
        what: `The ${stop.which === 'plan' ? 'planning' : stop.which === 'day' ? 'daily' : "run's"} cap of ${sayUsd(stop.capUsd)} is reached (spent ${sayUsd(stop.spentUsd)}).`,
        next: go('budget +5'),
      }
    case 'rate-limited':
      return { what: `The model's rate limit holds until ${sayTime(stop.untilMs)} UTC.`, next: go('resume') }
    case 'model-rejected':
      return sayRejection(state, stop)
    case 'paused':
      return { what: `Paused by ${stop.by}.`, next: go('resume') }
    case 'interrupted':
      return { what: 'Interrupted; agents finished their turn and their work is kept.', next: go('resume') }
    case 'cancelled':
      return { what: `Cancelled by ${stop.by}; the branches are kept.`, next: `dce run ${shellWord(state.spec.source)} --new` }
    case 'fault':
      return { what: stop.message, next: go('resume') }
  }
}

/** Why the branches are not in the person's repository, when that failed. */
export function sayPublishFault(state: RunState): string {
  return plainLine(`The branches could not be brought into your repository: ${state.publishFault ?? 'no reason given'}`, 1_000)
}

// The models of a run are pinned with its configuration: another name wants another run.
function sayRejection(state: RunState, { status, message }: Extract<StopReason, { kind: 'model-rejected' }>): StopWords {
  const next = `dce resume --run ${state.run}`
  switch (status) {
    case 0:
      return { what: `The model service cannot be reached: ${message}. Look at the network, a proxy, or ANTHROPIC_BASE_URL.`, next }
    case 401:
    case 403:
      return { what: `The model service does not accept the key (${status}): ${message}. Set ANTHROPIC_API_KEY to one that holds.`, next }
    case 404:
      return {
        what: `The model service does not know the model (404): ${message}. Mend \`models\` in .github/dce.yml, commit it, and start again.`,
        next: `dce run ${shellWord(state.spec.source)} --new`,
      }
    default:
      return { what: `The model service rejected the request (${status}): ${message}`, next }
  }
}

/** A word as a POSIX shell takes it: as it is when nothing in it is special, else in single quotes. */
export function shellWord(text: string): string {
  return /^[\w./:@%+=,-]+$/u.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}

function whyStuck(why: 'rounds' | 'no-progress' | 'nobody-to-ask'): string {
  switch (why) {
    case 'rounds':
      return 'the repair rounds of this quality level are used up.'
    case 'no-progress':
      return 'the same failures came again after one agent had all the paths involved.'
    case 'nobody-to-ask':
      return 'no task of the plan owns what fails.'
  }
}
