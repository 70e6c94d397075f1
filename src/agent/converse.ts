// One conversation with tools, turn by turn, until a tool ends it or a limit does. Every turn is recorded before anything follows from it.
// Boundary: knows messages, tools and the journal; nothing of Go, worktrees or plans.
import type {
  Clock,
  ConversationEnd,
  ConversationRequest,
  ConversationUse,
  Converse,
  Journal,
  Model,
  TurnRequest,
  TurnResult,
} from '../world.ts'
import { answerCalls, type ToolCall } from './answer-calls.ts'
import { buildMessages, type Exchange, exchangesToShorten } from './messages.ts'
import { countRepeats, type Repeats } from './repeats.ts'
import { describeTools } from './tool-schema.ts'

/** What conversations are held with. `maxOutputTokens`: of one answer. `shortenAboveTokens`: size of a request from which older results are cut. */
export interface ConverseParts {
  readonly model: Model
  readonly journal: Pick<Journal<never>, 'once' | 'recorded'>
  readonly clock: Clock
  /** Default: {@link defaultMaxOutputTokens}. */
  readonly maxOutputTokens?: number
  /** Default: {@link defaultShortenAboveTokens}. */
  readonly shortenAboveTokens?: number
}

/** Output tokens of one answer. Chosen: a file of 1,000 lines with its test fits. */
export const defaultMaxOutputTokens = 24_000
/** From here on older tool results are shortened. Chosen: well below every model's window, far above a usual task. */
export const defaultShortenAboveTokens = 120_000

type Answered = Extract<TurnResult, { kind: 'answered' }>

/** One conversation while it goes on. */
interface Talk<Ending> {
  readonly parts: ConverseParts
  readonly request: ConversationRequest<Ending>
  readonly startedAt: number
  readonly exchanges: Exchange[]
  readonly repeats: Repeats
  /** What is the same in every request: the same objects, see `TurnRequest`. */
  readonly fixed: Pick<TurnRequest, 'system' | 'tools'>
  readonly goLive: () => Promise<void>
  readonly onFirstByte: () => void
  use: ConversationUse
  lastInputTokens: number
  shortened: number
  lastState: string | undefined
  nudged: boolean
}

/** The port's implementation. See `Converse` in world.ts for its contract. */
export function createConverse(parts: ConverseParts): Converse {
  return async <Ending>(request: ConversationRequest<Ending>) => {
    const talk = newTalk(parts, request)
    for (;;) {
      const end = overBefore(talk) ?? (await takeTurn(talk))
      if (end === undefined) continue
      // Killed after the last record and before the end was told: whoever concludes must find the files as they were.
      await talk.goLive()
      return { end, use: talk.use }
    }
  }
}

function newTalk<Ending>(parts: ConverseParts, request: ConversationRequest<Ending>): Talk<Ending> {
  let restored: Promise<void> | undefined
  let told = false
  const talk: Talk<Ending> = {
    parts,
    request,
    startedAt: parts.clock.now(),
    exchanges: [],
    repeats: countRepeats(),
    fixed: {
      system: [{ type: 'text', text: request.system, cache_control: { type: 'ephemeral' } }],
      tools: describeTools(request.tools),
    },
    // The first step that is not recorded: from here on the files must be as the recorded steps left them.
    goLive: () => {
      restored ??= talk.lastState === undefined ? Promise.resolve() : Promise.resolve(request.restoreState?.(talk.lastState))
      return restored
    },
    onFirstByte: () => {
      if (!told) request.onFirstByte?.()
      told = true
    },
    use: { turns: 0, toolCalls: 0, usage: { inputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 0 }, costUsd: 0 },
    lastInputTokens: 0,
    shortened: 0,
    lastState: undefined,
    nudged: false,
  }
  return talk
}

function overBefore<Ending>({ parts, request, use, startedAt, repeats }: Talk<Ending>): ConversationEnd<Ending> | undefined {
  const { limits } = request
  if (request.signal.aborted || request.finishTurn?.aborted === true) return { kind: 'interrupted' }
  if (repeats.isLoop()) return { kind: 'limit', which: 'loop' }
  if (use.turns >= limits.maxTurns) return { kind: 'limit', which: 'turns' }
  if (inputOf(use.usage) + use.usage.outputTokens >= limits.maxTokens) return { kind: 'limit', which: 'tokens' }
  if ((use.costUsd ?? 0) >= limits.maxUsd) return { kind: 'limit', which: 'usd' }
  if (parts.clock.now() - startedAt >= limits.maxWallMs) return { kind: 'limit', which: 'wall' }
  return undefined
}

async function takeTurn<Ending>(talk: Talk<Ending>): Promise<ConversationEnd<Ending> | undefined> {
  const { request } = talk
  const turn = talk.exchanges.length + 1
  const { result, replayed } = await askModel(talk, turn)
  if (result.kind === 'cancelled') return { kind: 'interrupted' }
  if (result.kind !== 'answered') return result
  talk.use = addTurn(talk.use, result)
  talk.lastInputTokens = inputOf(result.usage)
  if (result.stopReason === 'refusal') return { kind: 'refused', message: textOf(result.content) || 'the model refused' }
  const calls = callsOf(result.content)
  const end = calls.length === 0 ? answerWords(talk, result) : await answerTools(talk, result, calls)
  request.afterTurn?.({ turn, use: talk.use, lastTools: calls.map((call) => call.name), replayed })
  return end
}

// --- The model's part --------------------------------------------------------------------------------------------------------------

async function askModel<Ending>(talk: Talk<Ending>, turn: number): Promise<{ readonly result: TurnResult; readonly replayed: boolean }> {
  const { parts, request } = talk
  const { run, about, attempt } = request.key
  const name = { run, key: `${about}/a${attempt}/t${turn}/model` }
  shorten(talk)
  const recorded = await parts.journal.recorded<Answered>(name)
  if (recorded !== undefined) {
    talk.onFirstByte()
    return { result: recorded, replayed: true }
  }
  await talk.goLive()
  const result = await parts.model.turn(
    {
      role: request.role,
      effort: request.effort,
      ...talk.fixed,
      messages: buildMessages(request.firstMessage, talk.exchanges, talk.shortened),
      maxTokens: parts.maxOutputTokens ?? defaultMaxOutputTokens,
      conversation: request.key,
      turn,
    },
    { signal: request.signal, onFirstByte: talk.onFirstByte },
  )
  // Only answers are worth remembering: after a limit, or a refusal of the service, it is asked again when the run goes on.
  return { result: result.kind === 'answered' ? await parts.journal.once(name, async () => result) : result, replayed: false }
}

function shorten<Ending>(talk: Talk<Ending>): void {
  const shortened = exchangesToShorten({
    exchanges: talk.exchanges,
    lastInputTokens: talk.lastInputTokens,
    limitTokens: talk.parts.shortenAboveTokens ?? defaultShortenAboveTokens,
    shortened: talk.shortened,
  })
  if (shortened !== talk.shortened) talk.repeats.forget()
  talk.shortened = shortened
}

function addTurn(use: ConversationUse, result: Answered): ConversationUse {
  return {
    turns: use.turns + 1,
    toolCalls: use.toolCalls + callsOf(result.content).length,
    usage: {
      inputTokens: use.usage.inputTokens + result.usage.inputTokens,
      cacheReadTokens: use.usage.cacheReadTokens + result.usage.cacheReadTokens,
      cacheWriteTokens: use.usage.cacheWriteTokens + result.usage.cacheWriteTokens,
      outputTokens: use.usage.outputTokens + result.usage.outputTokens,
    },
    // One turn without a price makes the sum unknown.
    costUsd: result.costUsd === undefined || use.costUsd === undefined ? undefined : use.costUsd + result.costUsd,
  }
}

function inputOf(usage: Answered['usage']): number {
  return usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens
}

// --- The tools' part ---------------------------------------------------------------------------------------------------------------

async function answerTools<Ending>(
  talk: Talk<Ending>,
  result: Answered,
  calls: readonly ToolCall[],
): Promise<ConversationEnd<Ending> | undefined> {
  const { request, parts } = talk
  const answered = await answerCalls({
    journal: parts.journal,
    request,
    calls,
    turn: talk.exchanges.length + 1,
    lastIsCut: result.stopReason === 'max_tokens' && result.content.at(-1)?.type === 'tool_use',
    goLive: talk.goLive,
    noteState: (state) => noteState(talk, state),
  })
  if (answered.kind === 'interrupted') return answered
  const ends = answered.records.find((record) => record.answer.ends !== undefined)?.answer.ends
  if (ends !== undefined) return { kind: 'ended', value: ends }
  const results = calls.map((call, index) => {
    const { text, isError } = talk.repeats.count(call, answered.records[index]?.answer ?? { text: '', isError: true })
    return { toolUseId: call.id, text, isError }
  })
  talk.exchanges.push({ answer: result.content, results })
  return undefined
}

function noteState<Ending>(talk: Talk<Ending>, state: string): void {
  if (state === talk.lastState) return
  talk.lastState = state
  talk.repeats.forget()
}

// Words without a tool call: one nudge, then it is over. An answer that was cut is no word too many.
function answerWords<Ending>(talk: Talk<Ending>, result: Answered): ConversationEnd<Ending> | undefined {
  const isCut = result.stopReason === 'max_tokens'
  if (talk.nudged && !isCut) return { kind: 'ran-dry', lastText: textOf(result.content) }
  talk.nudged ||= !isCut
  const ending = talk.request.tools.at(-1)?.name ?? ''
  const nudge = isCut
    ? 'Your answer was cut at the output limit. Go on in smaller pieces: one file per call, long files by write and then edit.'
    : `Nothing happens without a tool call. Go on with the work, or end it with ${ending}.`
  talk.exchanges.push({ answer: result.content, results: [], nudge })
  return undefined
}

function callsOf(content: Answered['content']): readonly ToolCall[] {
  return content.filter((block): block is ToolCall => block.type === 'tool_use')
}

function textOf(content: Answered['content']): string {
  return content
    .map((block) => (block.type === 'text' ? block.text : ''))
    .join('\n')
    .trim()
}
