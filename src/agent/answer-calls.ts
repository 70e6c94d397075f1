// The tool calls of one answer -> their results, in the order asked. Each is recorded with the state of the files after it, and never run twice.
import type Anthropic from '@anthropic-ai/sdk'
import type { ConversationRequest, Journal, ToolAnswer } from '../world.ts'
import { sayIssues } from './tool-schema.ts'

/** A tool call as the model answers it. */
export type ToolCall = Anthropic.Beta.BetaToolUseBlock

/** What a call gave, and the name of the files' state after it, for calls that may have changed them. */
interface CallRecord<Ending> {
  readonly answer: ToolAnswer<Ending>
  readonly state?: string
}

/** Tools that change nothing. Several of them in one answer run together; as soon as one call may write, all run in the order asked. */
const readingTools: ReadonlySet<string> = new Set(['read', 'grep', 'glob', 'outline'])

/** What the calls of one answer are run with. `lastIsCut`: the answer ended at the output limit inside its last call. */
export interface CallsOfTurn<Ending> {
  readonly journal: Pick<Journal<never>, 'once'>
  readonly request: ConversationRequest<Ending>
  readonly calls: readonly ToolCall[]
  readonly turn: number
  readonly lastIsCut: boolean
  /** Brings the files to the last noted state; called before anything is run. Contract: may be called often, does it once. */
  readonly goLive: () => Promise<void>
  /** Told the files' state after each call that may have changed them, recorded or not, in order. */
  readonly noteState: (state: string) => void
}

/** The records in the order asked; those behind a call that ended the conversation are missing. `interrupted`: the signal came first, what was running is not recorded. */
export type AnsweredCalls<Ending> =
  | { readonly kind: 'answered'; readonly records: readonly CallRecord<Ending>[] }
  | { readonly kind: 'interrupted' }

/** Runs what is not recorded yet. Errors: those of the journal and of the tools. */
export async function answerCalls<Ending>(turn: CallsOfTurn<Ending>): Promise<AnsweredCalls<Ending>> {
  const run = (call: ToolCall, index: number) => recordedCall(turn, call, index)
  try {
    if (turn.calls.every((call) => readingTools.has(call.name))) {
      return { kind: 'answered', records: await Promise.all(turn.calls.map(run)) }
    }
    const records: CallRecord<Ending>[] = []
    for (const [index, call] of turn.calls.entries()) {
      const record = await run(call, index)
      records.push(record)
      if (record.answer.ends !== undefined) break
    }
    return { kind: 'answered', records }
  } catch (cause) {
    if (cause instanceof Interrupted) return { kind: 'interrupted' }
    throw cause
  }
}

/** Leaves the effect of a step without a record. */
class Interrupted extends Error {}

async function recordedCall<Ending>(turn: CallsOfTurn<Ending>, call: ToolCall, index: number): Promise<CallRecord<Ending>> {
  const { key, signal, saveState } = turn.request
  const name = `${key.about}/a${key.attempt}/t${turn.turn}/tool/${index}`
  let isRun = false
  const record = await turn.journal.once<CallRecord<Ending>>({ run: key.run, key: name }, async () => {
    isRun = true
    if (signal.aborted) throw new Interrupted()
    await turn.goLive()
    const answer = await runCall(turn, call, turn.lastIsCut && index === turn.calls.length - 1)
    // A command that was killed by the same signal has no result worth remembering.
    if (signal.aborted) throw new Interrupted()
    return { answer, ...(readingTools.has(call.name) || saveState === undefined ? {} : { state: await saveState() }) }
  })
  if (!isRun) await recall(turn, call, record)
  if (record.state !== undefined) turn.noteState(record.state)
  return record
}

// What only reads leaves no state behind, and yet the tools know of it: which files the agent has seen.
async function recall<Ending>({ request }: CallsOfTurn<Ending>, call: ToolCall, { answer }: CallRecord<Ending>): Promise<void> {
  const tool = request.tools.find((candidate) => candidate.name === call.name)
  const input = tool?.input.safeParse(call.input)
  if (input?.success === true) await tool?.recall?.(input.data, answer)
}

async function runCall<Ending>(turn: CallsOfTurn<Ending>, call: ToolCall, isCut: boolean): Promise<ToolAnswer<Ending>> {
  const { tools, signal } = turn.request
  if (isCut) return wrong('This call was cut at the output limit and was not run. Do it again in smaller pieces.')
  const tool = tools.find((candidate) => candidate.name === call.name)
  if (tool === undefined) return wrong(`There is no tool ${call.name}. There are: ${tools.map((other) => other.name).join(', ')}.`)
  const input = tool.input.safeParse(call.input)
  if (!input.success) return wrong(`The input of ${call.name} does not fit. ${sayIssues(input.error)}.`)
  return tool.run(input.data, { signal, turn: turn.turn })
}

function wrong(text: string): ToolAnswer<never> {
  return { text, isError: true }
}
