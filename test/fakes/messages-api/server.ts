// A strict server of the Messages API on loopback: real event streams, the service's refusals, prefix-cache accounting, faults on demand.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { Answer } from './answers.ts'
import { type CacheUsage, createPrefixCache, inputTokensOf, type PrefixCache, tokensOf } from './cache.ts'
import { createRateLimiter, type Limits, type RateLimiter } from './limits.ts'
import type { MessagesRequest } from './request.ts'
import { type Composed, stream } from './stream.ts'
import { maxBodyBytes, models, refuse, refuseContext } from './validate.ts'

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

/**
 * How it answers. Contract of `answer`: may wait; must not throw. `now`: ms, for tests of lives and limits. `onRequest` hears of every
 * request that was answered; without it they are kept in `requests`, bodies and all.
 */
export interface MessagesApiOptions extends Limits {
  readonly answer: (request: MessagesRequest, meta: { readonly count: number }) => Answer | Promise<Answer>
  readonly port?: number
  readonly now?: () => number
  readonly onRequest?: (request: LoggedRequest) => void
}

/** Starts the service on a free port. */
export async function startMessagesApi(options: MessagesApiOptions): Promise<MessagesApi> {
  const now = options.now ?? Date.now
  const requests: LoggedRequest[] = []
  const service: Service = {
    options,
    cache: createPrefixCache(now),
    limiter: createRateLimiter(options, now),
    log: options.onRequest ?? ((request) => requests.push(request)),
    calls: 0,
  }
  const server = createServer((request, response) => {
    handle(service, request, response).catch((cause: unknown) => {
      response.destroy(cause instanceof Error ? cause : new Error(String(cause)))
    })
  })
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: async () => {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

interface Service {
  readonly options: MessagesApiOptions
  readonly cache: PrefixCache
  readonly limiter: RateLimiter
  readonly log: (request: LoggedRequest) => void
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
  const { usage } = service.cache.count(body)
  const tooLong = refuseContext(body, usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens)
  if (tooLong !== undefined) return fail(response, tooLong)
  const over = service.limiter.admit(usage)
  if (over !== undefined) {
    const message = `This request would exceed your rate limit of ${over.which} per minute.`
    const headers = { ...service.limiter.headers(), 'retry-after': String(over.retryAfterS) }
    return fail(response, { status: 429, type: 'rate_limit_error', message }, headers)
  }
  const count = ++service.calls
  const given = await service.options.answer(body, { count })
  if (given.fault !== undefined && failed(response, given.fault)) return
  if (given.firstTokenDelayMs !== undefined) await delay(given.firstTokenDelayMs)
  // "A cache entry becomes available once the first response begins": concurrent siblings before that miss. Source: API docs, "Prompt caching".
  const counted = service.cache.count(body)
  counted.commit()
  const outputTokens = given.content.reduce((sum, block) => sum + tokensOf(block), 0)
  service.log({ body, usage: { ...counted.usage, outputTokens } })
  const message = messageOf(body, given, { id: count, usage: counted.usage, outputTokens })
  const headers = { 'request-id': `req_${count}`, ...service.limiter.headers() }
  service.limiter.produced(outputTokens)
  if (body.stream !== true) return json(response, 200, message, headers)
  await stream(response, { message, given, headers })
}

/** Whether the fault took the whole answer. */
function failed(response: ServerResponse, fault: NonNullable<Answer['fault']>): boolean {
  if (fault.kind === 'reset') response.destroy()
  if (fault.kind === 'not-json') response.writeHead(200, { 'content-type': 'text/html' }).end('<html><body>Please sign in</body></html>')
  if (fault.kind === 'status') {
    const retry = fault.retryAfterS === undefined ? {} : { 'retry-after': String(fault.retryAfterS) }
    fail(response, { status: fault.status, type: errorTypes[fault.status] ?? 'api_error', message: `fault ${fault.status}` }, retry)
  }
  return fault.kind !== 'cut' && fault.kind !== 'error-event'
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
      cache_creation: {
        ephemeral_5m_input_tokens: usage.cacheWriteTokens - usage.cacheWriteLongTokens,
        ephemeral_1h_input_tokens: usage.cacheWriteLongTokens,
      },
      output_tokens: facts.outputTokens,
      service_tier: 'standard',
    },
  }
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
