// An answer -> server-sent events, in the service's order. Source: API docs, "Streaming messages", "Event types" and "Error events".
import type { ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import type { Answer, AnswerBlock } from './answers.ts'

/** The whole message, as a request without `stream` gets it. */
export interface Composed {
  readonly id: string
  readonly content: readonly Record<string, unknown>[]
  readonly stop_reason: string
  readonly usage: Record<string, unknown>
}

/** Characters of one delta. Chosen: several pieces for anything longer than a word, few for a file. */
const deltaCharacters = 400

/** Sends the message piece by piece; stops when the client is gone, or where the answer's fault says so. */
export async function stream(
  response: ServerResponse,
  told: { readonly message: Composed; readonly given: Answer; readonly headers: Readonly<Record<string, string>> },
): Promise<void> {
  const { given } = told
  const breaking = given.fault?.kind === 'cut' || given.fault?.kind === 'error-event' ? given.fault : undefined
  let sent = 0
  response.writeHead(200, { 'content-type': 'text/event-stream', ...told.headers })
  for (const { wait, type, fields } of eventsOf(told)) {
    if (wait && given.tokenDelayMs !== undefined) await delay(given.tokenDelayMs)
    if (response.destroyed) return
    if (breaking !== undefined && sent === breaking.afterEvents) {
      if (breaking.kind === 'cut') return void response.destroy()
      const error = { type: 'overloaded_error', message: 'Overloaded' }
      return void response.end(`event: error\ndata: ${JSON.stringify({ type: 'error', error })}\n\n`)
    }
    response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`)
    sent += 1
  }
  response.end()
}

interface Sending {
  readonly type: string
  readonly fields?: Readonly<Record<string, unknown>>
  /** A token that a model would have to think of first. */
  readonly wait?: boolean
}

function* eventsOf({ message, given }: { readonly message: Composed; readonly given: Answer }): Generator<Sending> {
  const started = { ...message, content: [], stop_reason: null, usage: { ...message.usage, output_tokens: 1 } }
  yield { type: 'message_start', fields: { message: started } }
  yield { type: 'ping' }
  for (const [index, block] of given.content.entries()) {
    const empty = block.type === 'text' ? { type: 'text', text: '' } : { ...message.content[index], input: {} }
    yield { type: 'content_block_start', fields: { index, content_block: empty } }
    for (const delta of deltasOf(block)) yield { type: 'content_block_delta', fields: { index, delta }, wait: true }
    yield { type: 'content_block_stop', fields: { index } }
  }
  const delta = { stop_reason: message.stop_reason, stop_sequence: null }
  yield { type: 'message_delta', fields: { delta, usage: { output_tokens: message.usage['output_tokens'] } } }
  yield { type: 'message_stop' }
}

function deltasOf(block: AnswerBlock): readonly Record<string, unknown>[] {
  const whole = block.type === 'text' ? block.text : JSON.stringify(block.input)
  const pieces = whole.match(new RegExp(`[\\s\\S]{1,${deltaCharacters}}`, 'gu')) ?? ['']
  return pieces.map((piece) =>
    block.type === 'text' ? { type: 'text_delta', text: piece } : { type: 'input_json_delta', partial_json: piece },
  )
}
