// A model service on loopback that goes wrong as it is told: limits, overload, broken and silent streams. Good answers are real event streams.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

/** A whole answer. Everything that is not said is sensible. */
interface StreamReply {
  readonly kind: 'stream'
  readonly text?: string
  readonly stopReason?: string
  readonly usage?: Readonly<Record<string, number>>
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * An answer that begins. `broken`: then the connection dies; `silent`: then nothing more is said; `cut`: then it ends as if it were
 * whole; `error-event`: then the service says it is overloaded.
 */
interface BegunReply {
  readonly kind: 'broken' | 'cut' | 'silent' | 'error-event'
}

/** One answer. `hang-up`: the connection is closed at once; `never`: nothing is said at all; `page`: a proxy asks to sign in. */
export type Reply =
  | StreamReply
  | BegunReply
  | { readonly kind: 'hang-up' | 'never' | 'page' }
  | { readonly kind: 'status'; readonly status: number; readonly words?: string; readonly headers?: Readonly<Record<string, string>> }

/** The service: where it listens, and what it was asked. */
export interface Service {
  readonly url: string
  readonly requests: readonly { readonly body: Record<string, unknown>; readonly headers: IncomingMessage['headers'] }[]
}

/** Starts the service; it answers with the replies in order, the last one over and over. It ends with the test. */
export async function startService(...replies: readonly Reply[]): Promise<Service> {
  const requests: { body: Record<string, unknown>; headers: IncomingMessage['headers'] }[] = []
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      requests.push({ body: JSON.parse(Buffer.concat(parts).toString('utf8')) as Record<string, unknown>, headers: request.headers })
      answer(response, replies[Math.min(requests.length, replies.length) - 1] ?? { kind: 'hang-up' })
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests }
}

/** Address of a port of this machine where nobody listens. */
export async function closedPort(): Promise<string> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise<void>((resolve) => server.close(() => resolve()))
  return `http://127.0.0.1:${port}`
}

function answer(response: ServerResponse, reply: Reply): void {
  switch (reply.kind) {
    case 'status': {
      const body = JSON.stringify({ type: 'error', error: { type: 'x_error', message: reply.words ?? `status ${reply.status}` } })
      response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers }).end(body)
      return
    }
    case 'hang-up':
      response.destroy()
      return
    case 'never':
      return
    case 'page':
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html><body>Please sign in</body></html>')
      return
    default:
      stream(response, reply)
  }
}

function stream(response: ServerResponse, reply: StreamReply | BegunReply): void {
  const good: StreamReply = reply.kind === 'stream' ? reply : { kind: 'stream', text: 'half' }
  const usage = { input_tokens: 100, output_tokens: 1, cache_read_input_tokens: 0, cache_creation_input_tokens: 0, ...good.usage }
  const send = (type: string, event: Readonly<Record<string, unknown>> = {}) =>
    response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...event })}\n\n`)
  response.writeHead(200, { 'content-type': 'text/event-stream', ...good.headers })
  const message = { id: 'msg_1', type: 'message', role: 'assistant', model: 'claude-sonnet-5-5', content: [], stop_reason: null, usage }
  send('message_start', { message: { ...message, stop_sequence: null } })
  send('content_block_start', { index: 0, content_block: { type: 'text', text: '' } })
  send('content_block_delta', { index: 0, delta: { type: 'text_delta', text: good.text ?? 'done' } })
  switch (reply.kind) {
    case 'silent':
      return
    case 'cut':
      response.end()
      return
    case 'broken':
      setTimeout(() => response.destroy(), 20)
      return
    case 'error-event':
      send('error', { error: { type: 'overloaded_error', message: 'Overloaded' } })
      response.end()
      return
    case 'stream':
      send('content_block_stop', { index: 0 })
      send('message_delta', { delta: { stop_reason: good.stopReason ?? 'end_turn', stop_sequence: null }, usage })
      send('message_stop')
      response.end()
  }
}
