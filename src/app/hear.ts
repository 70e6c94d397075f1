// A signal on a thread -> what is done about it: refused, answered, left in the run's letter box, or a run to start. Everything it says on GitHub carries a marker.
import { isRefusal, UserFault } from '../fault.ts'
import type { ReactionTarget } from '../github.ts'
import { asRunId, type RunId } from '../ids.ts'
import { waveButtons } from '../report/wave-check.ts'
import { parseCommand, splitWords } from '../run/parse-command.ts'
import type { RunState } from '../run/state.ts'
import { type AnswerRequest, answerCommand, type Fixing } from './answer-command.ts'
import { defaultLabel } from './app-config.ts'
import { type Asking, answer, ask, isAllowed, react } from './asking.ts'
import { commandsIn } from './commands-in.ts'
import { isReplaceable, whyAskedAgain } from './edited-issue.ts'
import { type AppParts, originOf, stateOf } from './parts.ts'
import { sayFault } from './say-fault.ts'
import type { Signal } from './signal.ts'
import type { RunRequest } from './start-run.ts'
import { boxKey, untick } from './tell-people.ts'

/** What is known of a thread. `starting`: a run was asked for and has no name yet. */
export interface ThreadState {
  readonly run?: RunId
  readonly starting?: boolean
  /** Labels set until then have been heard, ms of GitHub's clock. */
  readonly labelledAt?: number
}

/** What the durable engine does next. */
export interface Next {
  readonly start?: RunRequest
  /** A label counted: the thread remembers when it was set. */
  readonly labelledAt?: number
  /** Somebody has to look into this run's letter box. */
  readonly carry?: RunId
  /** What is on GitHub of this run has changed there. */
  readonly show?: RunId
  /** Threads that are answered when the run is green again. */
  readonly fixing?: Fixing
  /** Long work beside the run: the gate on what there is, or removing everything. */
  readonly beside?: readonly Beside[]
}

/** One piece of it, and where it is answered. */
export interface Beside {
  readonly name: 'check-work' | 'clean'
  readonly run: RunId
  readonly answer: AnswerRequest
}

/** Hears it. Repeating it changes nothing. Errors: WorldFault, after which it is heard again; a thread that is gone means nothing any more. */
export async function hearSignal(parts: AppParts, signal: Signal, thread: ThreadState): Promise<Next> {
  try {
    switch (signal.kind) {
      case 'labelled':
        return await labelled(parts, signal, thread)
      case 'said':
        return await said(parts, signal, thread)
      case 'clicked':
        return await clicked(parts, signal)
      case 'edited':
        return await edited(parts, signal, thread)
      case 'ticked':
        return await ticked(parts, signal, thread)
      case 'gone':
        return thread.run === undefined ? {} : cancelled(parts, thread.run, signal.why)
      case 'merged':
        return showing(thread.run ?? runOfHead(signal.head))
    }
  } catch (cause) {
    // What GitHub refuses for good would keep everything else on this thread waiting for ever.
    if (!isRefusal(cause)) throw cause
    parts.machine.log.warn('a signal came to nothing', { signal: signal.kind, why: cause.message })
    return {}
  }
}

async function labelled(parts: AppParts, signal: Extract<Signal, { kind: 'labelled' }>, known: ThreadState): Promise<Next> {
  const { thread, by, label } = signal
  const asking = await ask(parts, { thread, by, target: { kind: 'issue', number: thread.number }, key: `label-${thread.number}` }).catch(
    async (cause: unknown) => {
      // With a configuration that cannot be read nobody knows what the label is called; about any other label there is nothing to say.
      if (!(cause instanceof UserFault)) throw cause
      if (label.toLowerCase() === defaultLabel) await sayFault(parts, thread, cause)
      return undefined
    },
  )
  // GitHub's labels do not care about case. Source: github-pitfalls P9.
  if (asking === undefined || label.toLowerCase() !== asking.config.label.toLowerCase()) return {}
  if (isOldLabel(signal, known) || !(await isAllowed(asking, 'run'))) return {}
  const next = await startUnlessGoing(parts, asking, { known, title: signal.title, text: signal.text, planOnly: false })
  return signal.at === undefined ? next : { ...next, labelledAt: signal.at + (signal.polled === true ? lateMs : 0) }
}

/** A webhook that comes after all gives its issue's last change as the time of its label, ms. Chosen. */
const lateMs = 60_000

/** Whether a label was heard before, by a webhook or a look. Webhooks of one second are not the same. */
export function isOldLabel(
  { at, polled }: Pick<Extract<Signal, { kind: 'labelled' }>, 'at' | 'polled'>,
  { labelledAt }: ThreadState,
): boolean {
  if (at === undefined || labelledAt === undefined) return false
  return polled === true ? at <= labelledAt : at < labelledAt
}

async function startUnlessGoing(
  parts: AppParts,
  asking: Asking,
  given: { readonly known: ThreadState; readonly title: string; readonly text: string; readonly planOnly: boolean },
): Promise<Next> {
  const { known, title, text, planOnly } = given
  const state = known.run === undefined ? undefined : await stateOf(parts, known.run)
  if (known.starting === true) return {}
  const replaced = state !== undefined && isReplaceable(state, text) ? state.run : undefined
  if (state !== undefined && !isEnded(state) && replaced === undefined) {
    return refuse(asking, `Run \`${state.run}\` of this issue is not over. \`/dce status\` says where it stands, \`/dce cancel\` ends it.`)
  }
  await react(asking, 'rocket')
  const cancel = replaced === undefined ? {} : cancelled(parts, replaced, `@${asking.by.login}, who asked for the new text of the issue`)
  return {
    ...cancel,
    start: { thread: asking.thread, by: asking.by.login, title, text, guid: `${asking.key}-${known.run ?? 'first'}`, planOnly },
  }
}

function isEnded(state: RunState): boolean {
  return state.finished || state.stop?.kind === 'cancelled' || state.stop?.kind === 'questions'
}

async function said(parts: AppParts, signal: Extract<Signal, { kind: 'said' }>, known: ThreadState): Promise<Next> {
  const commands = commandsIn(signal.text)
  if (commands.length === 0) return {}
  const { thread, by, comment } = signal
  // A pull request may be talked to before its thread has heard of its run.
  const run = known.run ?? runOfHead(await headOf(parts, signal))
  const target: ReactionTarget =
    comment.kind === 'review' ? { kind: 'issue', number: thread.number } : { kind: comment.kind, id: comment.id }
  let next: Next = {}
  for (const [index, line] of commands.entries()) {
    const occasion = `${comment.kind}-${comment.id}`
    const asking = await ask(parts, { thread, by, target, key: `${occasion}-${index}`, occasion })
    const words = splitWords(line)
    if (!(await isAllowed(asking, words[0] ?? 'help'))) continue
    if (index === 0) await react(asking, 'eyes')
    next = both(next, await give(parts, asking, { words, run, known, comment }))
  }
  return next
}

/** Head branch of the pull request on which something was said; undefined on an issue. Errors: WorldFault, Gone. */
export async function headOf(
  parts: AppParts,
  { thread, head }: Pick<Extract<Signal, { kind: 'said' }>, 'thread' | 'head'>,
): Promise<string | undefined> {
  return head ?? (await parts.connect(thread).pullRequest(thread.number))?.head
}

// One comment may give several commands.
function both(one: Next, other: Next): Next {
  const beside = [...(one.beside ?? []), ...(other.beside ?? [])]
  return { ...one, ...other, ...(beside.length === 0 ? {} : { beside }) }
}

/** The run whose branch this is. */
export function runOfHead(head: string | undefined): RunId | undefined {
  const run = /^dce\/(?<run>[a-z0-9-]+)\/(?:pr|wave-\d)$/u.exec(head ?? '')?.groups?.['run']
  return run === undefined ? undefined : asRunId(run)
}

// What stood on a merged pull request stands on the default branch from now on. Source: github-pitfalls P44.
function showing(run: RunId | undefined): Next {
  return run === undefined ? {} : { show: run }
}

interface Given {
  readonly words: readonly string[]
  readonly run: RunId | undefined
  readonly known: ThreadState
  readonly comment: { readonly kind: 'comment' | 'review-comment' | 'review'; readonly id: number }
}

async function give(parts: AppParts, asking: Asking, { words, run, known, comment }: Given): Promise<Next> {
  const { github, thread } = asking
  const parsed = parseCommand(commandWords(words))
  if (parsed.kind === 'unknown') return refuse(asking, parsed.problem)
  if (parsed.kind === 'beside' && parsed.name === 'plan') {
    const issue = await github.issue(thread.number)
    if (issue?.isPullRequest === true) return refuse(asking, 'A plan is made from a specification: say it on the issue that holds one.')
    return issue === undefined ? {} : startUnlessGoing(parts, asking, { known, title: issue.title, text: issue.body, planOnly: true })
  }
  const state = run === undefined ? undefined : await stateOf(parts, run)
  if (parsed.kind === 'run' && parsed.command.name === 'approve' && state !== undefined) {
    const why = await whyAskedAgain(parts, { ...asking, state })
    if (why !== undefined) return refuse(asking, why)
  }
  const answered = await answerCommand(parts, { parsed, words, state, thread, comment, by: asking.by.login, key: asking.key, github })
  if (answered.kind === 'refused') return refuse(asking, answered.why)
  if (answered.text !== undefined) await answer(asking, answered.text)
  await react(asking, 'rocket')
  return answered.next
}

// `/dce fix` takes its threads from the review, not from words.
function commandWords(words: readonly string[]): readonly string[] {
  return words[0] === 'fix' && words.length === 1 ? ['fix', '--comment', 'review: threads'] : words
}

async function refuse(asking: Asking, why: string): Promise<Next> {
  await react(asking, 'confused')
  await answer(asking, why)
  return {}
}

// A button is a command of whoever clicked it, and asks for the same permission. Source: github-pitfalls P20.
async function clicked(parts: AppParts, signal: Extract<Signal, { kind: 'clicked' }>): Promise<Next> {
  const [, run, wave] = /^(?<run>\S+) (?<wave>wave-\d)$/u.exec(signal.key) ?? []
  const command = signal.button === waveButtons.retry ? `retry ${wave}` : 'status'
  const { thread } = signal
  if (run === undefined || wave === undefined || thread === undefined) return {}
  const target: ReactionTarget = { kind: 'issue', number: thread.number }
  const asking = await ask(parts, { thread, by: signal.by, target, key: `click-${signal.guid}` })
  const words = splitWords(command)
  if (!(await isAllowed(asking, words[0] ?? 'status'))) return {}
  return give(parts, asking, { words, run: asRunId(run), known: { run: asRunId(run) }, comment: { kind: 'comment', id: 0 } })
}

// Ticking the box is `/dce approve` of whoever ticked it, in a comment of ours alone. A tick that does not count is taken back.
async function ticked(parts: AppParts, signal: Extract<Signal, { kind: 'ticked' }>, known: ThreadState): Promise<Next> {
  const { thread, by, comment, guid } = signal
  const { run } = known
  const state = run === undefined ? undefined : await stateOf(parts, run)
  if (run === undefined || state === undefined) return {}
  const occasion = await parts.machine.journal().recorded<string>({ run, key: boxKey(comment) })
  const origin = await originOf(parts, run)
  if (occasion === undefined || origin === undefined || by.isBot) return {}
  const asking = await ask(parts, { thread, by, target: { kind: 'comment', id: comment }, key: `tick-${guid}` })
  const given = { words: ['approve'], run, known, comment: { kind: 'comment', id: comment } } as const
  const next = (await isAllowed(asking, 'approve')) ? await give(parts, asking, given) : {}
  if (next.carry === undefined && state.stop?.kind === 'approval') await untick(asking.github, { state, origin, comment, occasion })
  return next
}

// The text is pinned: a later edit changes nothing by itself. While the plan waits for a yes, that is said; the yes is asked for once more.
async function edited(parts: AppParts, signal: Extract<Signal, { kind: 'edited' }>, known: ThreadState): Promise<Next> {
  const state = known.run === undefined ? undefined : await stateOf(parts, known.run)
  if (state === undefined || !isReplaceable(state, signal.text)) return {}
  await parts.connect(signal.thread).putComment({
    issue: signal.thread.number,
    marker: `dce-edited ${state.run}`,
    body: 'This issue was edited after its plan was made. `/dce plan`, or the label set again, plans the new text; `/dce approve` asks once more, and then builds the plan as it is pinned.',
  })
  return {}
}

function cancelled(parts: AppParts, run: RunId, why: string): Next {
  parts.machine.journal().post(run, { command: { name: 'cancel' }, by: why }, `gone-${run}`)
  return { carry: run }
}
