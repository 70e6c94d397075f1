// TurnRequest -> TurnResult over @anthropic-ai/sdk: ledger before, governor around, retries beside the call, settle after.
import type Anthropic from '@anthropic-ai/sdk'
import type { Clock, Log, Model, ModelRole, TurnRequest, TurnResult, Usage } from '../../world.ts'
import type { Governor } from './governor.ts'
import type { Ledger } from './ledger.ts'
import { type Sent, sendOnce } from './send-once.ts'

/** What the model adapter is built from. `client` must have `maxRetries: 0`: retries are here, under the governor. */
export interface ModelParts {
  readonly client: Anthropic
  readonly models: Readonly<Record<ModelRole, string>>
  readonly ledger: Ledger
  readonly governor: Governor
  readonly clock: Clock
  readonly log: Log
}

/** A turn that is limited is tried again for this long, ms. Chosen: outlives a short limit, ends before a person gives up. */
const totalRetryMs = 10 * 60_000
/** Failures of the service itself (5xx, broken streams) that one turn survives. Chosen. */
const mostFailures = 6
/** Bytes of the request per token, low on purpose, so that a reservation is never too small. Chosen; English text has about 4. */
const bytesPerToken = 3

/** The model behind ledger, governor and retries. See the port's contract. */
export function createModel(parts: ModelParts): Model {
  const sizeOf = measure()
  const lastInput = new Map<string, { readonly tokens: number; readonly bytes: number }>()
  return {
    turn: async (request, options) => {
      const key = JSON.stringify(request.conversation)
      const bytes = sizeOf(request)
      const inputTokens = estimateInput(lastInput.get(key), bytes)
      const result = await tryUntilAnswered({ parts, request, model: parts.models[request.role], inputTokens, ...onceOnly(options) })
      if (result.kind === 'answered') lastInput.set(key, { tokens: inputOf(result.usage), bytes })
      return result
    },
  }
}

interface Trying {
  readonly parts: ModelParts
  readonly request: TurnRequest
  readonly model: string
  readonly inputTokens: number
  readonly signal: AbortSignal
  readonly onBegin: () => void
}

/** A try may begin again; whoever waits for the first byte is told once. */
function onceOnly(options: Parameters<Model['turn']>[1]): Pick<Trying, 'signal' | 'onBegin'> {
  let told = false
  const onBegin = () => {
    if (!told) options.onFirstByte?.()
    told = true
  }
  return { signal: options.signal, onBegin }
}

// An answer that broke off may have been billed: its reservation stays charged, and the next try reserves anew, so that no cap is passed.
async function tryUntilAnswered(trying: Trying): Promise<TurnResult> {
  const { parts, request, model, inputTokens, signal } = trying
  const startedAt = parts.clock.now()
  let failures = 0
  let lostUsd = 0
  for (;;) {
    const grant = await parts.ledger.reserve({ turn: request, model, inputTokens, signal })
    if (grant.kind === 'refused' && signal.aborted) return { kind: 'cancelled' }
    if (grant.kind === 'refused') return { kind: 'out-of-budget', which: grant.which, spentUsd: grant.spentUsd, capUsd: grant.capUsd }
    const granted: Trying = { ...trying, request: { ...request, maxTokens: grant.maxTokens } }
    const ended = await tryUnderGrant(granted, { startedAt, failures })
    const chargedUsd = grant.settle(ended.used) ?? 0
    if (ended.result?.kind === 'answered') return { ...ended.result, costUsd: addLost(ended.result.costUsd, lostUsd) }
    if (ended.result !== undefined) return ended.result
    failures = ended.failures
    lostUsd += chargedUsd
  }
}

function addLost(costUsd: number | undefined, lostUsd: number): number | undefined {
  return costUsd === undefined && lostUsd === 0 ? undefined : (costUsd ?? 0) + lostUsd
}

/** `result` is missing when an answer broke off: the try is charged and another one may be made. */
interface Ended {
  readonly result?: TurnResult
  readonly used: Usage | 'nothing' | 'lost'
  readonly failures: number
}

async function tryUnderGrant(trying: Trying, before: { readonly startedAt: number; readonly failures: number }): Promise<Ended> {
  const { parts, signal } = trying
  let { failures } = before
  for (;;) {
    const slot = await parts.governor.enter(signal)
    if (slot.kind === 'cancelled') return { result: { kind: 'cancelled' }, used: 'nothing', failures }
    if (slot.kind === 'limited') return { result: { kind: 'rate-limited', untilMs: slot.untilMs }, used: 'nothing', failures }
    const { client, clock } = parts
    const sent = await sendOnce({ client, clock, model: trying.model, request: trying.request, signal, onBegin: trying.onBegin })
    parts.governor.done(sent.news)
    if (sent.kind === 'answered') return { result: sent.result, used: sent.result.usage, failures }
    if (sent.kind === 'rejected')
      return { result: { kind: 'rejected', status: sent.status, message: sent.message }, used: 'nothing', failures }
    const used = sent.begun ? 'lost' : 'nothing'
    if (signal.aborted) return { result: { kind: 'cancelled' }, used, failures }
    logFailure(trying, sent.message)
    if (sent.kind === 'failed') failures += 1
    const result = giveUp(parts, sent, { ...before, failures })
    if (result !== undefined) return { result, used, failures }
    if (sent.begun) return { used, failures }
  }
}

function giveUp(
  parts: ModelParts,
  sent: Extract<Sent, { kind: 'limited' | 'failed' }>,
  so: { readonly startedAt: number; readonly failures: number },
): TurnResult | undefined {
  if (so.failures >= mostFailures)
    return { kind: 'rejected', status: sent.status ?? 0, message: `the service failed ${so.failures} times: ${sent.message}` }
  const now = parts.clock.now()
  if (sent.kind === 'limited' && now - so.startedAt > totalRetryMs)
    return { kind: 'rate-limited', untilMs: now + (sent.news.retryAfterMs ?? 60_000) }
  return undefined
}

function logFailure({ parts, request }: Trying, message: string): void {
  parts.log.warn('a model request failed', { about: request.conversation.about, turn: request.turn, message })
}

function inputOf(usage: Usage): number {
  return usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens
}

// Bytes, not characters: scripts with many tokens per character have many bytes per character too. Most of a request stood in the one before.
function measure(): (request: TurnRequest) => number {
  const known = new WeakMap<object, number>()
  const sizeOfPart = (part: object): number => {
    const bytes = known.get(part) ?? Buffer.byteLength(JSON.stringify(part))
    known.set(part, bytes)
    return bytes
  }
  return ({ system, tools, messages }) => [...system, ...tools, ...messages].reduce((sum, part) => sum + sizeOfPart(part), 0)
}

// What the service counted last time, and a high guess for what came since; nothing is counted by an extra request.
function estimateInput(last: { readonly tokens: number; readonly bytes: number } | undefined, bytes: number): number {
  if (last === undefined || bytes < last.bytes) return Math.ceil(bytes / bytesPerToken)
  return last.tokens + Math.ceil((bytes - last.bytes) / bytesPerToken)
}
