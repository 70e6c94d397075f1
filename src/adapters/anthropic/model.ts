// TurnRequest -> TurnResult over @anthropic-ai/sdk: ledger before, governor around, retries beside the call, settle after.
import Anthropic from '@anthropic-ai/sdk'
import type { Clock, Log, Model, ModelRole, TurnRequest, TurnResult, Usage } from '../../world.ts'
import type { Governor, LimitNews } from './governor.ts'
import type { Grant, Ledger } from './ledger.ts'
import { costOf } from './prices.ts'

/** What the model adapter is built from. `client` must have `maxRetries: 0`: retries are here, under the governor. */
export interface ModelParts {
  readonly client: Anthropic
  readonly models: Readonly<Record<ModelRole, string>>
  readonly ledger: Ledger
  readonly governor: Governor
  readonly clock: Clock
  readonly log: Log
}

/** A turn is tried again for this long, ms, when the service fails or limits. Chosen: outlives a short outage, ends before a person gives up. */
const totalRetryMs = 10 * 60_000
/** Failures of the service itself (5xx, broken streams) that one turn survives. Chosen. */
const mostFailures = 6
/** Characters per token, low on purpose, so that a reservation is never too small. Chosen; English text has about 4. */
const charactersPerToken = 3

/** The model behind ledger, governor and retries. See the port's contract. */
export function createModel(parts: ModelParts): Model {
  const lastInput = new Map<string, { readonly tokens: number; readonly characters: number }>()
  return {
    turn: async (request, options) => {
      const model = parts.models[request.role]
      const key = JSON.stringify(request.conversation)
      const characters = sizeOf(request)
      const inputTokens = estimateInput(lastInput.get(key), characters)
      const grant = await parts.ledger.reserve({ turn: request, model, inputTokens, signal: options.signal })
      if (grant.kind === 'refused' && options.signal.aborted) return { kind: 'cancelled' }
      if (grant.kind === 'refused') return { kind: 'out-of-budget', which: grant.which, spentUsd: grant.spentUsd, capUsd: grant.capUsd }
      const result = await send({ parts, request: { ...request, maxTokens: grant.maxTokens }, model, options, grant })
      if (result.kind === 'answered') lastInput.set(key, { tokens: inputOf(result.usage), characters })
      return result
    },
  }
}

interface Sending {
  readonly parts: ModelParts
  readonly request: TurnRequest
  readonly model: string
  readonly options: { readonly signal: AbortSignal; readonly onFirstByte?: () => void }
  readonly grant: Extract<Grant, { kind: 'granted' }>
}

// Every try may have been billed when the answer broke off: then the reservation stays charged, and the next try is made under it.
async function send(sending: Sending): Promise<TurnResult> {
  const { parts, options, grant } = sending
  const startedAt = parts.clock.now()
  let billed = false
  const close = (result: TurnResult, usage: Usage | 'nothing' | 'lost'): TurnResult => {
    grant.settle(usage)
    return result
  }
  for (let failures = 0; ; ) {
    const slot = await parts.governor.enter(options.signal)
    if (slot.kind === 'cancelled') return close({ kind: 'cancelled' }, billed ? 'lost' : 'nothing')
    if (slot.kind === 'limited') return close({ kind: 'rate-limited', untilMs: slot.untilMs }, billed ? 'lost' : 'nothing')
    const tried = await tryOnce(sending)
    parts.governor.done(tried.news)
    if (tried.kind === 'answered') return close(tried.result, tried.result.usage)
    billed ||= tried.kind === 'failed' && tried.begun
    if (options.signal.aborted) return close({ kind: 'cancelled' }, billed ? 'lost' : 'nothing')
    if (tried.kind === 'rejected')
      return close({ kind: 'rejected', status: tried.status, message: tried.message }, billed ? 'lost' : 'nothing')
    if (tried.kind === 'failed') failures += 1
    parts.log.warn('a model request failed', {
      about: sending.request.conversation.about,
      turn: sending.request.turn,
      message: tried.message,
    })
    if (failures >= mostFailures)
      return close(
        { kind: 'rejected', status: tried.status ?? 0, message: `the service failed ${failures} times: ${tried.message}` },
        billed ? 'lost' : 'nothing',
      )
    if (parts.clock.now() - startedAt > totalRetryMs)
      return close({ kind: 'rate-limited', untilMs: parts.clock.now() + (tried.news.retryAfterMs ?? 60_000) }, billed ? 'lost' : 'nothing')
  }
}

type Tried =
  | { readonly kind: 'answered'; readonly result: Extract<TurnResult, { kind: 'answered' }>; readonly news: LimitNews }
  | { readonly kind: 'rejected'; readonly status: number; readonly message: string; readonly news: LimitNews }
  | {
      readonly kind: 'limited' | 'failed'
      readonly begun: boolean
      readonly status?: number
      readonly message: string
      readonly news: LimitNews
    }

async function tryOnce(sending: Sending): Promise<Tried> {
  const { parts, request, model, options } = sending
  const startedAt = parts.clock.now()
  let firstTokenMs = 0
  let begun = false
  try {
    const stream = parts.client.beta.messages.stream(bodyOf(request, model), { signal: options.signal, maxRetries: 0 })
    stream.on('streamEvent', () => {
      if (begun) return
      begun = true
      firstTokenMs = parts.clock.now() - startedAt
      options.onFirstByte?.()
    })
    const { response } = await stream.withResponse()
    const message = await stream.finalMessage()
    const usage = usageOf(message.usage)
    const news: LimitNews = { kind: 'ok', ...emptyUntil(response.headers) }
    return {
      kind: 'answered',
      news,
      result: {
        kind: 'answered',
        content: message.content,
        stopReason: stopReasonOf(message.stop_reason),
        usage,
        costUsd: costOf(model, usage),
        model: message.model,
        firstTokenMs,
        durationMs: parts.clock.now() - startedAt,
      },
    }
  } catch (cause) {
    return sortOut(cause, begun)
  }
}

function bodyOf(request: TurnRequest, model: string): Anthropic.Beta.MessageCreateParamsNonStreaming {
  return {
    model,
    max_tokens: request.maxTokens,
    system: [...request.system],
    tools: [...request.tools],
    messages: [...request.messages],
    ...(takesEffort(model) ? { output_config: { effort: request.effort } } : {}),
  }
}

// Source: SDK 1.12.0, resources/beta/messages/messages.d.ts, `output_config.effort`; models before 4.6 answer 400 to it.
function takesEffort(model: string): boolean {
  return !/-(4-5|4-1|4-0|3)/.test(model)
}

function sortOut(cause: unknown, begun: boolean): Tried {
  const message = cause instanceof Error ? cause.message : String(cause)
  if (!(cause instanceof Anthropic.APIError) || cause.status === undefined)
    return { kind: 'failed', begun, message, news: { kind: 'overloaded' } }
  const { status } = cause
  const retry = retryAfter(cause.headers)
  if (status === 429) return { kind: 'limited', begun, status, message, news: { kind: 'limited', ...retry } }
  // 529 is the API's "overloaded"; 408 and 409 are retried by the SDK too.
  if (status >= 500 || status === 408 || status === 409)
    return { kind: 'failed', begun, status, message, news: { kind: 'overloaded', ...retry } }
  return { kind: 'rejected', status, message, news: { kind: 'ok' } }
}

function retryAfter(headers: Headers | undefined): { readonly retryAfterMs?: number } {
  const written = headers?.get('retry-after')
  const seconds = Number(written)
  return written === null || written === undefined || !Number.isFinite(seconds) ? {} : { retryAfterMs: seconds * 1000 }
}

/** Limits of requests and of tokens; an empty bucket names the time when it is full again. */
const buckets = ['requests', 'tokens', 'input-tokens', 'output-tokens'] as const

function emptyUntil(headers: Headers): { readonly emptyUntilMs?: number } {
  const times = buckets.flatMap((bucket) => {
    const remaining = headers.get(`anthropic-ratelimit-${bucket}-remaining`)
    const reset = Date.parse(headers.get(`anthropic-ratelimit-${bucket}-reset`) ?? '')
    return remaining !== null && Number(remaining) <= 0 && Number.isFinite(reset) ? [reset] : []
  })
  return times.length === 0 ? {} : { emptyUntilMs: Math.max(...times) }
}

function usageOf(usage: Anthropic.Beta.BetaUsage): Usage {
  return {
    inputTokens: usage.input_tokens,
    cacheReadTokens: usage.cache_read_input_tokens ?? 0,
    cacheWriteTokens: usage.cache_creation_input_tokens ?? 0,
    outputTokens: usage.output_tokens,
  }
}

function stopReasonOf(reason: Anthropic.Beta.BetaStopReason | null): Extract<TurnResult, { kind: 'answered' }>['stopReason'] {
  return reason === 'end_turn' || reason === 'tool_use' || reason === 'max_tokens' || reason === 'refusal' ? reason : 'other'
}

function inputOf(usage: Usage): number {
  return usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens
}

function sizeOf(request: TurnRequest): number {
  return JSON.stringify([request.system, request.tools, request.messages]).length
}

// What the service counted last time, and a low guess for what came since; nothing is counted by an extra request.
function estimateInput(last: { readonly tokens: number; readonly characters: number } | undefined, characters: number): number {
  if (last === undefined || characters < last.characters) return Math.ceil(characters / charactersPerToken)
  return last.tokens + Math.ceil((characters - last.characters) / charactersPerToken)
}
