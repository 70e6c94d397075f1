// Turns so far -> the messages of the next request: breakpoints for the cache, and older tool results shortened when a conversation grows long.
import type Anthropic from '@anthropic-ai/sdk'
import type { Message } from '../world.ts'

/** One tool result as the model reads it. */
interface ToolText {
  readonly toolUseId: string
  readonly text: string
  readonly isError: boolean
}

/** A past exchange: what the model answered, and what it got back (tool results, or a nudge in words). */
export interface Exchange {
  readonly answer: readonly Anthropic.Beta.BetaContentBlock[]
  readonly results: readonly ToolText[]
  readonly nudge?: string
}

type Block = Anthropic.Beta.BetaContentBlockParam

/** Results that are never shortened: the newest ones are what the model works on. Chosen. */
const keptResults = 12
/** A shortened result keeps this many characters of its beginning. Chosen: a path and a first line. */
const keptCharacters = 160
const breakpoint = { cache_control: { type: 'ephemeral' } } as const

/** The messages of the next request. `shorten`: how many of the oldest exchanges have their results cut (see {@link exchangesToShorten}). */
export function buildMessages(firstMessage: string, exchanges: readonly Exchange[], shorten: number): readonly Message[] {
  const first: SaidMessage = { role: 'user', content: [{ type: 'text', text: firstMessage }] }
  const messages = [first, ...exchanges.flatMap((exchange, index) => messagesOf(exchange, index < shorten))]
  // The newest message writes the cache, the one of the user before it reads what the last turn wrote. With the system's that makes three of four breakpoints.
  return messages.map((message, index) => (index === messages.length - 1 || index === messages.length - 3 ? marked(message) : message))
}

type SaidMessage = { readonly role: 'user'; readonly content: Block[] } | { readonly role: 'assistant'; readonly content: Block[] }

/** Messages as they stand in every request but those that mark them: the same objects, so that their size is counted once. */
const said = { whole: new WeakMap<Exchange, readonly SaidMessage[]>(), short: new WeakMap<Exchange, readonly SaidMessage[]>() }

function messagesOf(exchange: Exchange, short: boolean): readonly SaidMessage[] {
  const known = short ? said.short : said.whole
  const messages = known.get(exchange) ?? [
    { role: 'assistant', content: answerOf(exchange) },
    { role: 'user', content: resultsOf(exchange, short) },
  ]
  known.set(exchange, messages)
  return messages
}

/**
 * How many of the oldest exchanges to shorten: none until the last request was larger than `limitTokens`, then all but the newest ones at once,
 * because every change of an older message costs the cache. `shortened`: what was decided before; it never shrinks.
 */
export function exchangesToShorten(request: {
  readonly exchanges: readonly Exchange[]
  readonly lastInputTokens: number
  readonly limitTokens: number
  readonly shortened: number
}): number {
  if (request.lastInputTokens <= request.limitTokens) return request.shortened
  let results = 0
  for (let index = request.exchanges.length - 1; index >= 0; index--) {
    results += request.exchanges[index]?.results.length ?? 0
    if (results > keptResults) return Math.max(request.shortened, Math.min(index + 1, request.exchanges.length - 1))
  }
  return request.shortened
}

// The API refuses an empty assistant message, which a refusal or a cut answer can be.
function answerOf(exchange: Exchange): Block[] {
  const content = exchange.answer.filter((block) => block.type !== 'text' || block.text.trim() !== '') as Block[]
  return content.length > 0 ? content : [{ type: 'text', text: '(no answer)' }]
}

function resultsOf(exchange: Exchange, short: boolean): Block[] {
  const results = exchange.results.map(
    (result): Block => ({
      type: 'tool_result',
      tool_use_id: result.toolUseId,
      content: short ? shortened(result.text) : result.text,
      ...(result.isError ? { is_error: true } : {}),
    }),
  )
  return exchange.nudge === undefined ? results : [...results, { type: 'text', text: exchange.nudge }]
}

function shortened(text: string): string {
  if (text.length <= keptCharacters * 2) return text
  return `${text.slice(0, keptCharacters)}\n[… ${text.length - keptCharacters} characters of this older result were dropped; call the tool again if you need them]`
}

function marked(message: SaidMessage): SaidMessage {
  const last = message.content.at(-1)
  return last === undefined ? message : { ...message, content: [...message.content.slice(0, -1), { ...last, ...breakpoint } as Block] }
}
