// A strict server of the Messages API on loopback: real event streams, the service's refusals, prefix-cache accounting, faults on demand.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { Answer, AnswerBlock } from './answers.ts'
import { type CacheUsage, createPrefixCache, inputTokensOf, type PrefixCache, tokensOf } from './cache.ts'
import type { MessagesRequest } from './request.ts'
import { maxBodyBytes, models, refuse } from './validate.ts'

/** One request that was taken, with what it used. */
export interface LoggedRequest {
  readonly body: MessagesRequest
  readonly usage: CacheUsage & { readonly outputTokens: number }
}

/** A running service. */
export interface MessagesApi {
  readonly url: string
  readonly requests: readonly LoggedRequest[]
  close(): Promise<void>
}

/** How it answers. Contract of `answer`: may wait; must not throw. `requestsPerMinute`: more is 429. `now`: ms, for tests of the cache's life. */
export interface MessagesApiOptions {
  readonly answer: (request: MessagesRequest, meta: { readonly count: number }) => Answer | Promise<Answer>
  readonly port?: number
  readonly requestsPerMinute?: number
  readonly now?: () => number
}

/** Starts the service on a free port. */
export async function startMessagesApi(options: MessagesApiOptions): Promise<MessagesApi> {
  const now = options.now ?? Date.now
  const service: Service = { options, cache: createPrefixCache(now), requests: [], arrivals: [], now, calls: 0 }
  const server = createServer((request, response) => {
    handle(service, request, response).catch((cause: unknown) => {
      response.destroy(cause instanceof Error ? cause : new Error(String(cause)))
    })
  })
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: service.requests,
    close: async () => {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

interface Service {
  readonly options: MessagesApiOptions
  readonly cache: PrefixCache
  readonly requests: LoggedRequest[]
  readonly arrivals: number[]
  readonly now: () => number
  calls: number
}

async function handle(service: Service, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = (request.url ?? '').split('?')[0]
  if (request.method === 'GET' && path === '/v1/models')
    return json(response, 200, { data: Object.keys(models).map((id) => ({ type: 'model', id })), has_more: false })
  if (request.method !== 'POST' || (path !== '/v1/messages' && path !== '/v1/messages/count_tokens'))
    return fail(response, { status: 404, type: 'not_found_error', message: 'Not Found' })
  const bytes = await readBody(request)
  if (bytes.length > maxBodyBytes)
    return fail(response, { status: 413, type: 'request_too_large', message: 'Request exceeds the maximum allowed number of bytes.' })
  const counting = path !== '/v1/messages'
  const body = parse(bytes)
  // count_tokens takes the same body without max_tokens. Source: API reference, "Count Message tokens".
  const refused = refuse(request.headers, counting && typeof body === 'object' && body !== null ? { max_tokens: 1, ...body } : body)
  if (refused !== undefined) return fail(response, refused)
  if (counting) return json(response, 200, { input_tokens: inputTokensOf(body as MessagesRequest) })
  const limited = overLimit(service)
  if (limited !== undefined)
    return fail(
      response,
      { status: 429, type: 'rate_limit_error', message: 'This request would exceed your rate limit.' },
      { 'retry-after': String(limited) },
    )
  return answer(service, body as MessagesRequest, response)
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts)
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return undefined
  }
}

// A window of one minute. Source: API docs, "Rate limits"; the real one is a token bucket, which differs only inside the minute.
function overLimit(service: Service): number | undefined {
  const limit = service.options.requestsPerMinute
  if (limit === undefined) return undefined
  const from = service.now() - 60_000
  while ((service.arrivals[0] ?? Infinity) < from) service.arrivals.shift()
  if (service.arrivals.length >= limit) return Math.max(1, Math.ceil(((service.arrivals[0] ?? from) - from) / 1000))
  service.arrivals.push(service.now())
  return undefined
}

const errorTypes: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  500: 'api_error',
  529: 'overloaded_error',
}

async function answer(service: Service, body: MessagesRequest, response: ServerResponse): Promise<void> {
  const count = ++service.calls
  const given = await service.options.answer(body, { count })
  const { fault } = given
  if (fault?.kind === 'hang') return
  if (fault?.kind === 'status') {
    const retry = fault.retryAfterS === undefined ? {} : { 'retry-after': String(fault.retryAfterS) }
    return fail(response, { status: fault.status, type: errorTypes[fault.status] ?? 'api_error', message: `fault ${fault.status}` }, retry)
  }
  if (given.firstTokenDelayMs !== undefined) await delay(given.firstTokenDelayMs)
  const counted = service.cache.count(body)
  // "A cache entry becomes available once the first response begins": concurrent siblings before that miss. Source: API docs, "Prompt caching".
  counted.commit()
  const outputTokens = given.content.reduce((sum, block) => sum + tokensOf(block), 0)
  service.requests.push({ body, usage: { ...counted.usage, outputTokens } })
  const message = messageOf(body, given, { id: count, usage: counted.usage, outputTokens })
  if (body.stream !== true) return json(response, 200, message, headersOf(count))
  await stream(response, { message, given, count })
}

interface Composed {
  readonly id: string
  readonly content: readonly Record<string, unknown>[]
  readonly stop_reason: string
  readonly usage: Record<string, unknown>
}

function messageOf(
  body: MessagesRequest,
  given: Answer,
  facts: { readonly id: number; readonly usage: CacheUsage; readonly outputTokens: number },
): Composed & Record<string, unknown> {
  const { usage } = facts
  return {
    id: `msg_${facts.id}`,
    type: 'message',
    role: 'assistant',
    model: body.model,
    content: given.content.map((block, index) =>
      block.type === 'text' ? { ...block } : { type: 'tool_use', id: `toolu_${facts.id}_${index}`, name: block.name, input: block.input },
    ),
    stop_reason: given.stopReason ?? (given.content.some((block) => block.type === 'tool_use') ? 'tool_use' : 'end_turn'),
    stop_sequence: null,
    usage: {
      input_tokens: usage.inputTokens,
      cache_creation_input_tokens: usage.cacheWriteTokens,
      cache_read_input_tokens: usage.cacheReadTokens,
      cache_creation: { ephemeral_5m_input_tokens: usage.cacheWriteTokens, ephemeral_1h_input_tokens: 0 },
      output_tokens: facts.outputTokens,
      service_tier: 'standard',
    },
  }
}

// Event order. Source: API docs, "Streaming messages", "Event types".
async function stream(
  response: ServerResponse,
  told: { readonly message: Composed; readonly given: Answer; readonly count: number },
): Promise<void> {
  const { message, given } = told
  let events = 0
  response.writeHead(200, { 'content-type': 'text/event-stream', ...headersOf(told.count) })
  const send = (type: string, fields: Readonly<Record<string, unknown>> = {}): boolean => {
    if (given.fault?.kind === 'cut' && events >= given.fault.afterEvents) {
      response.destroy()
      return false
    }
    events += 1
    return response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`) || !response.destroyed
  }
  send('message_start', { message: { ...message, content: [], stop_reason: null, usage: { ...message.usage, output_tokens: 1 } } })
  send('ping')
  for (const [index, block] of given.content.entries()) {
    const composed = message.content[index] ?? {}
    send('content_block_start', { index, content_block: block.type === 'text' ? { type: 'text', text: '' } : { ...composed, input: {} } })
    for (const delta of deltasOf(block)) {
      if (given.tokenDelayMs !== undefined) await delay(given.tokenDelayMs)
      if (!send('content_block_delta', { index, delta })) return
    }
    send('content_block_stop', { index })
  }
  send('message_delta', {
    delta: { stop_reason: message.stop_reason, stop_sequence: null },
    usage: { output_tokens: message.usage['output_tokens'] },
  })
  send('message_stop')
  response.end()
}

/** Characters of one delta. Chosen: several pieces for anything longer than a word, few for a file. */
const deltaCharacters = 400

function deltasOf(block: AnswerBlock): readonly Record<string, unknown>[] {
  const whole = block.type === 'text' ? block.text : JSON.stringify(block.input)
  const pieces = whole.match(new RegExp(`[\\s\\S]{1,${deltaCharacters}}`, 'gu')) ?? ['']
  return pieces.map((piece) =>
    block.type === 'text' ? { type: 'text_delta', text: piece } : { type: 'input_json_delta', partial_json: piece },
  )
}

function headersOf(count: number): Readonly<Record<string, string>> {
  const reset = new Date(Date.now() + 60_000).toISOString()
  return { 'request-id': `req_${count}`, 'anthropic-ratelimit-requests-remaining': '1000', 'anthropic-ratelimit-requests-reset': reset }
}

function json(response: ServerResponse, status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}

function fail(
  response: ServerResponse,
  error: { readonly status: number; readonly type: string; readonly message: string },
  headers: Readonly<Record<string, string>> = {},
): void {
  json(
    response,
    error.status,
    { type: 'error', error: { type: error.type, message: error.message }, request_id: 'req_0' },
    { 'request-id': 'req_0', ...headers },
  )
}
