// One request over the SDK -> what came of it: an answer, a rejection, a limit, a failure. No retry, no money; model.ts does those.
import Anthropic from '@anthropic-ai/sdk'
import type { Clock, TurnRequest, TurnResult, Usage } from '../../world.ts'
import type { LimitNews } from './governor.ts'
import { costOf } from './prices.ts'

/** What one request needs. `onBegin` is called when the answer begins. */
export interface Sending {
  readonly client: Anthropic
  readonly clock: Clock
  readonly model: string
  readonly request: TurnRequest
  readonly signal: AbortSignal
  readonly onBegin: () => void
}

/** What came of it. `begun`: the answer had begun when it broke off, so it may have been billed. */
export type Sent =
  | { readonly kind: 'answered'; readonly result: Extract<TurnResult, { kind: 'answered' }>; readonly news: LimitNews }
  | { readonly kind: 'rejected'; readonly status: number; readonly message: string; readonly news: LimitNews }
  | {
      readonly kind: 'limited' | 'failed'
      readonly begun: boolean
      readonly status?: number
      readonly message: string
      readonly news: LimitNews
    }

/** An answer that says nothing for so long is given up, ms. Chosen: longer than any silence of a model that thinks. */
const longestSilenceMs = 5 * 60_000

/** Sends the request and waits for the whole answer. Never rejects for what the service or the network does. */
export async function sendOnce(sending: Sending): Promise<Sent> {
  const { clock, request, model } = sending
  const startedAt = clock.now()
  const silence = watchSilence(clock)
  let firstTokenMs = 0
  let begun = false
  try {
    const signal = AbortSignal.any([sending.signal, silence.signal])
    const stream = sending.client.beta.messages.stream(bodyOf(request, model), { signal, maxRetries: 0 })
    stream.on('streamEvent', () => {
      silence.broken()
      if (begun) return
      begun = true
      firstTokenMs = clock.now() - startedAt
      sending.onBegin()
    })
    const { response } = await stream.withResponse()
    const message = await stream.finalMessage()
    const usage = usageOf(message.usage)
    const result = {
      kind: 'answered',
      content: message.content,
      stopReason: stopReasonOf(message.stop_reason),
      usage,
      costUsd: costOf(model, usage),
      model: message.model,
      firstTokenMs,
      durationMs: clock.now() - startedAt,
    } as const
    return { kind: 'answered', result, news: { kind: 'ok', ...emptyUntil(response.headers, clock.now()) } }
  } catch (cause) {
    if (sending.signal.aborted) return { kind: 'failed', begun, message: 'cancelled', news: { kind: 'nothing' } }
    if (silence.signal.aborted) return { kind: 'failed', begun, message: silenceMessage, news: { kind: 'overloaded' } }
    return sortOut(cause, begun)
  } finally {
    silence.end()
  }
}

const silenceMessage = `the service said nothing for ${longestSilenceMs / 60_000} minutes`

/** A reason that is there already: to make one, with its stack, takes longer than all else at the end of an answer. */
const finished = 'the answer has ended'

/** Aborts its signal when nothing was heard for too long; `end` must be called. */
function watchSilence(clock: Clock): { readonly signal: AbortSignal; broken(): void; end(): void } {
  const tooLong = new AbortController()
  const over = new AbortController()
  let heardAt = clock.now()
  const watch = async () => {
    while (!over.signal.aborted) {
      const waitMs = heardAt + longestSilenceMs - clock.now()
      if (waitMs <= 0) return tooLong.abort()
      await clock.sleep(waitMs, over.signal)
    }
  }
  void watch()
  return { signal: tooLong.signal, broken: () => (heardAt = clock.now()), end: () => over.abort(finished) }
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

// Models before 4.6 answer 400 to `output_config.effort`. Names are `claude-<family>-<major>[-<minor>][-<date>]`, or of a family without numbers.
function takesEffort(model: string): boolean {
  const version = /-(\d)(?:-(\d))?(?:-\d{8})?$/.exec(model)
  if (version === null) return !/^claude-[23]/.test(model)
  return Number(version[1]) * 10 + Number(version[2] ?? 0) >= 46
}

function sortOut(cause: unknown, begun: boolean): Sent {
  const message = wordsOf(cause)
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

// The service's own words stand in the body; the SDK's message is the body as JSON. A connection that fails has its reason as its cause.
function wordsOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  const said = (cause as { readonly error?: { readonly error?: { readonly message?: unknown } } }).error?.error?.message
  if (typeof said === 'string' && said !== '') return said
  const { code } = (deepestCause(cause) ?? {}) as { readonly code?: unknown }
  return typeof code === 'string' ? `${cause.message.replace(/\.$/u, '')} (${code})` : cause.message
}

function deepestCause(error: Error): unknown {
  return error.cause instanceof Error ? deepestCause(error.cause) : error
}

function retryAfter(headers: Headers | undefined): { readonly retryAfterMs?: number } {
  const written = headers?.get('retry-after') ?? ''
  const seconds = Number(written)
  return written.trim() === '' || !Number.isFinite(seconds) || seconds < 0 ? {} : { retryAfterMs: seconds * 1_000 }
}

/** Limits of requests and of tokens. */
const buckets = ['requests', 'tokens', 'input-tokens', 'output-tokens'] as const
/** An empty bucket fills all the time; the next request is sent when this much of it is back. Chosen: enough for several requests. */
const refillShare = 0.1

// `reset` names the time when the bucket is full again. Source: API docs, "Rate limits", "Response headers".
function emptyUntil(headers: Headers, now: number): { readonly emptyUntilMs?: number } {
  const times = buckets.flatMap((bucket) => {
    const remaining = headers.get(`anthropic-ratelimit-${bucket}-remaining`)
    const reset = Date.parse(headers.get(`anthropic-ratelimit-${bucket}-reset`) ?? '')
    return remaining !== null && Number(remaining) <= 0 && reset > now ? [now + (reset - now) * refillShare] : []
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
