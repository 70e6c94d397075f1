// What the fake service is told to answer, as data; and constructors for it.

/** A block of an answer. Ids of tool calls are given by the server. */
export type AnswerBlock =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'tool_use'; readonly name: string; readonly input: unknown }

/**
 * What goes wrong on purpose. `cut`: the connection dies after so many events; `error-event`: the stream says so itself, then ends.
 * `hang`: nothing is ever said. `reset`: the connection dies before an answer. `not-json`: a page of a proxy with status 200.
 */
export type Fault =
  | { readonly kind: 'status'; readonly status: 401 | 403 | 404 | 413 | 429 | 500 | 529; readonly retryAfterS?: number }
  | { readonly kind: 'cut' | 'error-event'; readonly afterEvents: number }
  | { readonly kind: 'hang' | 'reset' | 'not-json' }

/** One answer. Times in ms: until the first event, and before each piece of it. Stop reason default: `tool_use` with a tool call, else `end_turn`. */
export interface Answer {
  readonly content: readonly AnswerBlock[]
  readonly stopReason?: 'end_turn' | 'tool_use' | 'max_tokens' | 'refusal'
  readonly firstTokenDelayMs?: number
  readonly tokenDelayMs?: number
  readonly fault?: Fault
}

/** A block of words. */
export const text = (words: string): AnswerBlock => ({ type: 'text', text: words })
/** A tool call. */
export const toolUse = (name: string, input: unknown): AnswerBlock => ({ type: 'tool_use', name, input })

/** Answers in order, the last one over and over. */
export function script(...answers: readonly Answer[]): () => Answer {
  let next = 0
  return () => answers[Math.min(next++, answers.length - 1)] ?? { content: [text('')] }
}
