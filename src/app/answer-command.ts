// A parsed command on a thread -> an answer, a letter for the run, or work to do; or why not. The rules of what a run takes are the engine's.
import type { GitHub } from '../github.ts'
import type { RunId } from '../ids.ts'
import { explainTask } from '../report/explain.ts'
import { inComment } from '../report/in-comment.ts'
import { renderStatus } from '../report/status.ts'
import type { ReviewThread, RunCommand } from '../run/event.ts'
import { commandHelp, type ParsedCommand } from '../run/parse-command.ts'
import { refuseCommand } from '../run/refuse-command.ts'
import type { RunState } from '../run/state.ts'
import type { Next } from './hear.ts'
import { type AppParts, remoteOf } from './parts.ts'
import type { Thread } from './signal.ts'

/** Where a late answer goes. */
export interface AnswerRequest {
  readonly thread: Thread
  readonly key: string
  readonly by: string
}

/** What is to be answered. */
export interface Asked {
  readonly parsed: Exclude<ParsedCommand, { kind: 'unknown' }>
  readonly words: readonly string[]
  readonly state: RunState | undefined
  readonly thread: Thread
  readonly comment: { readonly kind: 'comment' | 'review-comment' | 'review'; readonly id: number }
  readonly by: string
  readonly key: string
  readonly github: GitHub
}

/** `text`: said at once. */
export type Answered =
  | { readonly kind: 'done'; readonly text?: string; readonly next: Next }
  | { readonly kind: 'refused'; readonly why: string }

/** Answers it, or leaves it for the run. Under one key a letter is left once. */
export async function answerCommand(parts: AppParts, asked: Asked): Promise<Answered> {
  const { parsed, state } = asked
  if (parsed.kind === 'beside' && parsed.name === 'help') return say(renderHelp())
  if (state === undefined)
    return {
      kind: 'refused',
      why: 'There is no run here yet. Set the label on an issue that holds a specification, or say `/dce plan` there.',
    }
  if (parsed.kind === 'explain') return explain(parts, state, parsed.task)
  if (parsed.kind === 'run')
    return parsed.command.name === 'fix' ? fix(parts, asked, state) : post(parts, asked, { state, command: parsed.command })
  switch (parsed.name) {
    case 'status':
      return {
        ...say(`\n\n\`\`\`\n${inComment(renderStatus(state, parts.machine.clock.now())).trimEnd()}\n\`\`\``),
        next: { show: state.run },
      }
    case 'update':
      return update(parts, asked, state)
    case 'check-work':
    case 'clean':
      return {
        kind: 'done',
        next: { beside: [{ name: parsed.name, run: state.run, answer: { thread: asked.thread, key: asked.key, by: asked.by } }] },
      }
    default:
      return { kind: 'refused', why: `\`${parsed.name}\` makes no sense here.` }
  }
}

function say(text: string): Extract<Answered, { kind: 'done' }> {
  return { kind: 'done', text, next: {} }
}

/** The table of commands, as the documentation has it. */
export function renderHelp(): string {
  const rows = commandHelp.map(({ usage, meaning }) => `| \`/dce ${usage.replaceAll('|', '\\|')}\` | ${meaning} |`)
  return ['these are the commands, each at the start of a line:', '', '| command | meaning |', '|---|---|', ...rows].join('\n')
}

async function explain({ machine }: AppParts, state: RunState, task: string): Promise<Answered> {
  const explanation = explainTask({ state, events: await machine.journal().load(state.run), task, nowMs: machine.clock.now() })
  return explanation.kind === 'unknown' ? { kind: 'refused', why: explanation.problem } : say(`\n\n${inComment(explanation.text)}`)
}

function post({ machine }: AppParts, { by, key }: Asked, given: { readonly state: RunState; readonly command: RunCommand }): Answered {
  const { state, command } = given
  const why = refuseCommand(state, command)
  if (why !== undefined) return { kind: 'refused', why: inComment(why) }
  machine.journal().post(state.run, { command, by: `@${by}` }, key)
  return { kind: 'done', next: { carry: state.run } }
}

async function update(parts: AppParts, asked: Asked, state: RunState): Promise<Answered> {
  const repository = await asked.github.repository()
  const base = await remoteOf(parts, asked.thread, repository.cloneUrl).fetch(repository.defaultBranch)
  return base === state.base ? say('the base has not moved.') : post(parts, asked, { state, command: { name: 'update', base } })
}

// One thread for a comment in it, those of a review for a review, else all that nobody of us has answered yet.
async function fix(parts: AppParts, asked: Asked, state: RunState): Promise<Answered> {
  const { github, thread, comment } = asked
  const all = await github.threads(thread.number)
  const meant = all.filter((one) => {
    if (comment.kind === 'review-comment') return one.id === comment.id || one.replies.includes(comment.id)
    return comment.kind === 'review' ? one.review === comment.id : !one.hasAnswerOfOurs
  })
  if (meant.length === 0) return { kind: 'refused', why: 'There is no open thread of a review here that says what to fix.' }
  const threads = meant.map(
    (one): ReviewThread => ({
      file: one.path,
      ...(one.line === undefined ? {} : { line: one.line }),
      text: `${one.text}\n\nOn this part of the diff:\n${one.hunk}`,
    }),
  )
  const posted = post(parts, asked, { state, command: { name: 'fix', threads } })
  if (posted.kind === 'refused') return posted
  return { ...posted, next: { ...posted.next, fixing: { run: state.run, pullRequest: thread.number, threads: meant.map(({ id }) => id) } } }
}

/** Threads that wait for the commit that answers them. */
export interface Fixing {
  readonly run: RunId
  readonly pullRequest: number
  readonly threads: readonly number[]
}
