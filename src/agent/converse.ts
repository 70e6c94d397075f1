// One conversation with tools, turn by turn, until a tool ends it or a limit does. Every turn is recorded before anything follows from it.
// Boundary: knows messages, tools and the journal; nothing of Go, worktrees or plans.
import type Anthropic from '@anthropic-ai/sdk'
import type {
  Clock,
  ConversationEnd,
  ConversationRequest,
  ConversationUse,
  Converse,
  Journal,
  Model,
  Tool,
  ToolAnswer,
  TurnResult,
} from '../world.ts'
import { buildMessages, type Exchange, exchangesToShorten } from './messages.ts'
import { describeTools, sayIssues } from './tool-schema.ts'

/** What conversations are held with. `maxOutputTokens`: of one answer. `shortenAboveTokens`: input size from which older results are cut. */
export interface ConverseParts {
  readonly model: Model
  readonly journal: Pick<Journal<never>, 'once' | 'recorded'>
  readonly clock: Clock
  readonly maxOutputTokens: number
  readonly shortenAboveTokens: number
}

/** Output tokens of one answer. Chosen: a file of 1,000 lines with its test fits. */
export const defaultMaxOutputTokens = 24_000
/** From here on older tool results are shortened. Chosen: well below every model's window, far above a usual task. */
export const defaultShortenAboveTokens = 120_000

type Answered = Extract<TurnResult, { kind: 'answered' }>
interface ToolsRecord<Ending> {
  readonly answers: readonly ToolAnswer<Ending>[]
  readonly state?: string
}

/** Same call, same result: told at the third time, ended at the sixth. Chosen: re-reading a file twice is normal. */
const warnAtRepeat = 3
const endAtRepeat = 6

/** The port's implementation. See `Converse` in world.ts for its contract. */
export function createConverse(parts: ConverseParts): Converse {
  return async <Ending>(request: ConversationRequest<Ending>) => {
    const talk = newTalk(parts.clock)
    for (;;) {
      const before = checkLimits(parts, request, talk)
      if (before !== undefined) return { end: before, use: talk.use }
      const turn = talk.exchanges.length + 1
      const { result, replayed } = await nextTurn(parts, request, talk)
      if (result.kind !== 'answered') return { end: unanswered(result), use: talk.use }
      talk.use = addTurn(talk.use, result)
      talk.lastInputTokens = result.usage.inputTokens + result.usage.cacheReadTokens + result.usage.cacheWriteTokens
      if (result.stopReason === 'refusal')
        return { end: { kind: 'refused', message: textOf(result.content) || 'the model refused' }, use: talk.use }
      const end = await answerTurn(parts, request, talk, result)
      request.afterTurn?.({ turn, use: talk.use, lastTools: toolNames(result.content), replayed })
      if (end !== undefined) return { end, use: talk.use }
    }
  }
}

interface Talk {
  readonly exchanges: Exchange[]
  use: ConversationUse
  readonly startedAt: number
  lastInputTokens: number
  shortened: number
  lastState: string | undefined
  live: boolean
  nudged: boolean
  readonly repeats: Map<string, number>
}

function newTalk(clock: Clock): Talk {
  const usage = { inputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 0 }
  return {
    exchanges: [],
    use: { turns: 0, toolCalls: 0, usage, costUsd: 0 },
    startedAt: clock.now(),
    lastInputTokens: 0,
    shortened: 0,
    lastState: undefined,
    live: false,
    nudged: false,
    repeats: new Map(),
  }
}

function checkLimits<Ending>(parts: ConverseParts, request: ConversationRequest<Ending>, talk: Talk): ConversationEnd<Ending> | undefined {
  if (request.signal.aborted || request.finishTurn?.aborted === true) return { kind: 'interrupted' }
  const { limits } = request
  const { usage } = talk.use
  const tokens = usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens + usage.outputTokens
  if (talk.use.turns >= limits.maxTurns) return { kind: 'limit', which: 'turns' }
  if (tokens >= limits.maxTokens) return { kind: 'limit', which: 'tokens' }
  if ((talk.use.costUsd ?? 0) >= limits.maxUsd) return { kind: 'limit', which: 'usd' }
  if (parts.clock.now() - talk.startedAt >= limits.maxWallMs) return { kind: 'limit', which: 'wall' }
  return undefined
}

// --- The model's part --------------------------------------------------------------------------------------------------------------

async function nextTurn<Ending>(
  parts: ConverseParts,
  request: ConversationRequest<Ending>,
  talk: Talk,
): Promise<{ result: TurnResult; replayed: boolean }> {
  const turn = talk.exchanges.length + 1
  const key = `${request.key.about}/a${request.key.attempt}/t${turn}/model`
  const recorded = await parts.journal.recorded<Answered>({ run: request.key.run, key })
  if (recorded !== undefined) return { result: recorded, replayed: true }
  await goLive(request, talk)
  talk.shortened = exchangesToShorten({
    exchanges: talk.exchanges,
    lastInputTokens: talk.lastInputTokens,
    limitTokens: parts.shortenAboveTokens,
    shortened: talk.shortened,
  })
  const result = await parts.model.turn(
    {
      role: request.role,
      effort: request.effort,
      system: [{ type: 'text', text: request.system, cache_control: { type: 'ephemeral' } }],
      tools: describeTools(request.tools),
      messages: buildMessages(request.firstMessage, talk.exchanges, talk.shortened),
      maxTokens: parts.maxOutputTokens,
      conversation: request.key,
      turn,
    },
    { signal: request.signal, ...(request.onFirstByte === undefined ? {} : { onFirstByte: request.onFirstByte }) },
  )
  if (result.kind !== 'answered') return { result, replayed: false }
  // Only answers are worth remembering: a limit or a refusal of the service is asked again when the run goes on.
  return { result: await parts.journal.once({ run: request.key.run, key }, async () => result), replayed: false }
}

async function goLive<Ending>(request: ConversationRequest<Ending>, talk: Talk): Promise<void> {
  if (talk.live) return
  talk.live = true
  if (talk.lastState !== undefined) await request.restoreState?.(talk.lastState)
}

function unanswered<Ending>(result: Exclude<TurnResult, { kind: 'answered' }>): ConversationEnd<Ending> {
  switch (result.kind) {
    case 'cancelled':
      return { kind: 'interrupted' }
    default:
      return result
  }
}

function addTurn(use: ConversationUse, result: Answered): ConversationUse {
  return {
    turns: use.turns + 1,
    toolCalls: use.toolCalls + toolNames(result.content).length,
    usage: {
      inputTokens: use.usage.inputTokens + result.usage.inputTokens,
      cacheReadTokens: use.usage.cacheReadTokens + result.usage.cacheReadTokens,
      cacheWriteTokens: use.usage.cacheWriteTokens + result.usage.cacheWriteTokens,
      outputTokens: use.usage.outputTokens + result.usage.outputTokens,
    },
    costUsd: result.costUsd === undefined ? use.costUsd : (use.costUsd ?? 0) + result.costUsd,
  }
}

// --- The tools' part ---------------------------------------------------------------------------------------------------------------

async function answerTurn<Ending>(
  parts: ConverseParts,
  request: ConversationRequest<Ending>,
  talk: Talk,
  result: Answered,
): Promise<ConversationEnd<Ending> | undefined> {
  const calls = result.content.filter((block) => block.type === 'tool_use')
  if (calls.length === 0) return answerWords(request, talk, result)
  const turn = talk.exchanges.length + 1
  const key = `${request.key.about}/a${request.key.attempt}/t${turn}/tools`
  // One record for the results and the state of the files: a kill in the middle of a turn runs the whole turn's tools again, from the state before.
  const record = await parts.journal
    .once<ToolsRecord<Ending>>({ run: request.key.run, key }, async () => {
      await goLive(request, talk)
      const answers = await runCalls(request, calls, { turn, cut: result.stopReason === 'max_tokens' })
      if (request.signal.aborted) throw new Interrupted()
      const state = await request.saveState?.()
      return { answers, ...(state === undefined ? {} : { state }) }
    })
    .catch((cause: unknown) => {
      if (cause instanceof Interrupted) return undefined
      throw cause
    })
  if (record === undefined) return { kind: 'interrupted' }
  talk.lastState = record.state ?? talk.lastState
  const warned = record.answers.map((answer, index) => warnOfLoop(talk, calls[index], answer))
  talk.exchanges.push({
    answer: result.content,
    results: warned.map((answer, index) => ({ toolUseId: calls[index]?.id ?? '', text: answer.text, isError: answer.isError })),
  })
  const ending = record.answers.find((answer) => answer.ends !== undefined)
  if (ending?.ends !== undefined) return { kind: 'ended', value: ending.ends }
  return Math.max(0, ...talk.repeats.values()) >= endAtRepeat ? { kind: 'limit', which: 'loop' } : undefined
}

class Interrupted extends Error {}

// Words without a tool call: one nudge, then it is over.
function answerWords<Ending>(request: ConversationRequest<Ending>, talk: Talk, result: Answered): ConversationEnd<Ending> | undefined {
  if (talk.nudged && result.stopReason !== 'max_tokens') return { kind: 'ran-dry', lastText: textOf(result.content) }
  talk.nudged = true
  const last = request.tools.at(-1)?.name ?? ''
  const nudge =
    result.stopReason === 'max_tokens'
      ? 'Your answer was cut at the output limit. Go on in smaller pieces: one file per tool call, long files by `write` and then `edit`.'
      : `Nothing happens without a tool call. Go on with the work, or end it with \`${last}\`.`
  talk.exchanges.push({ answer: result.content, results: [], nudge })
  return undefined
}

type Call = Extract<Anthropic.Beta.BetaContentBlock, { type: 'tool_use' }>

/** Reading tools of one answer run together; as soon as one call writes, all run in the order asked. */
const readingTools = new Set(['read', 'grep', 'glob', 'outline'])

async function runCalls<Ending>(
  request: ConversationRequest<Ending>,
  calls: readonly Call[],
  how: { readonly turn: number; readonly cut: boolean },
): Promise<readonly ToolAnswer<Ending>[]> {
  const run = (call: Call, index: number) => runCall(request, call, { turn: how.turn, cut: how.cut && index === calls.length - 1 })
  if (calls.every((call) => readingTools.has(call.name))) return Promise.all(calls.map(run))
  const answers: ToolAnswer<Ending>[] = []
  for (const [index, call] of calls.entries()) {
    if (request.signal.aborted) break
    const ended = answers.some((answer) => answer.ends !== undefined)
    answers.push(
      ended ? { text: 'Not run: the conversation ended with an earlier call of this answer.', isError: true } : await run(call, index),
    )
  }
  return answers
}

async function runCall<Ending>(
  request: ConversationRequest<Ending>,
  call: Call,
  how: { readonly turn: number; readonly cut: boolean },
): Promise<ToolAnswer<Ending>> {
  if (how.cut) return { text: 'This call was cut at the output limit and was not run. Do it again in smaller pieces.', isError: true }
  const tool: Tool<Ending> | undefined = request.tools.find((candidate) => candidate.name === call.name)
  if (tool === undefined)
    return { text: `There is no tool \`${call.name}\`. There are: ${request.tools.map((other) => other.name).join(', ')}.`, isError: true }
  const input = tool.input.safeParse(call.input)
  if (!input.success) return { text: `The input does not fit: ${sayIssues(input.error)}.`, isError: true }
  return tool.run(input.data, { signal: request.signal, turn: how.turn })
}

function warnOfLoop<Ending>(talk: Talk, call: Call | undefined, answer: ToolAnswer<Ending>): ToolAnswer<Ending> {
  if (call === undefined) return answer
  const name = JSON.stringify([call.name, call.input, answer.text])
  const times = (talk.repeats.get(name) ?? 0) + 1
  talk.repeats.set(name, times)
  if (times < warnAtRepeat) return answer
  return {
    ...answer,
    text: `${answer.text}\n(This is the ${times}th time you made this very call, with this very result. Do something else.)`,
  }
}

function toolNames(content: Answered['content']): readonly string[] {
  return content.flatMap((block) => (block.type === 'tool_use' ? [block.name] : []))
}

function textOf(content: Answered['content']): string {
  return content
    .map((block) => (block.type === 'text' ? block.text : ''))
    .join('\n')
    .trim()
}
