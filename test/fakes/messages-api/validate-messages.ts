// A request's messages -> what is wrong with them. Source: API reference, "messages"; API docs, "Tool use", "Handling tool results".

import { bad, type Refusal } from './refusal.ts'
import { type Block, blocksOf, type MessagesRequest } from './request.ts'

/** Fields by kind of block. Source: SDK 1.12.0, `BetaTextBlockParam`, `BetaToolUseBlockParam`, `BetaToolResultBlockParam`, thinking blocks. */
const fieldsOf: Readonly<Record<string, readonly string[]>> = {
  text: ['text', 'citations'],
  tool_use: ['id', 'name', 'input', 'caller'],
  tool_result: ['tool_use_id', 'content', 'is_error'],
  thinking: ['thinking', 'signature'],
  redacted_thinking: ['data'],
  image: ['source'],
  document: ['source', 'title', 'context', 'citations'],
}

/** The first thing that is wrong with the conversation. */
export function refuseMessages(request: MessagesRequest): Refusal | undefined {
  if (request.messages[0]?.role !== 'user') return bad('messages: first message must use the "user" role')
  const all = request.messages.flatMap((message) => blocksOf(message.content))
  if ((request.tools ?? []).length === 0 && all.some((block) => block.type === 'tool_use' || block.type === 'tool_result'))
    return bad('Requests which have `tool_use` or `tool_result` blocks in messages must have at least one tool defined.')
  let open: readonly string[] = []
  for (const [index, message] of request.messages.entries()) {
    if (message.role !== 'user' && message.role !== 'assistant') return bad(`messages.${index}.role: Input should be 'user' or 'assistant'`)
    const blocks = blocksOf(message.content)
    if (blocks.length === 0) return bad(`messages.${index}: all messages must have non-empty content`)
    const strange = blocks
      .map((block, at) => refuseBlock(block, `messages.${index}.content.${at}`))
      .find((refusal) => refusal !== undefined)
    if (strange !== undefined) return strange
    const wrong = message.role === 'user' ? refuseResults(blocks, open, index) : open.length > 0 ? orphanUse(index - 1, open) : undefined
    if (wrong !== undefined) return wrong
    const uses = message.role === 'assistant' ? blocks.filter((block) => block.type === 'tool_use').map((block) => String(block['id'])) : []
    if (new Set(uses).size !== uses.length) return bad(`messages.${index}: tool_use ids must be unique`)
    open = uses
  }
  if (open.length > 0) return orphanUse(request.messages.length - 1, open)
  // Source: API docs, "Prefill": models since 4.6 take none.
  return request.messages.at(-1)?.role === 'assistant'
    ? bad('This model does not support assistant message prefill. The conversation must end with a user message.')
    : undefined
}

function refuseBlock(block: Block, at: string): Refusal | undefined {
  const known = fieldsOf[String(block.type)]
  if (known === undefined) return bad(`${at}: Input tag '${String(block.type)}' does not match any of the expected tags`)
  const extra = Object.keys(block).find((field) => field !== 'type' && field !== 'cache_control' && !known.includes(field))
  if (extra !== undefined) return bad(`${at}.${String(block.type)}.${extra}: Extra inputs are not permitted`)
  if (block.type === 'text' && String(block['text'] ?? '') === '') return bad(`${at}: text content blocks must be non-empty`)
  if (block.type === 'tool_use') return refuseUse(block, at)
  if (block.type === 'tool_result') return refuseResultContent(block, at)
  return block.type === 'thinking' && typeof block['signature'] !== 'string' ? bad(`${at}.thinking.signature: Field required`) : undefined
}

function refuseUse(block: Block, at: string): Refusal | undefined {
  if (!/^[a-zA-Z0-9_-]+$/u.test(String(block['id'] ?? ''))) return bad(`${at}.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'`)
  const { input } = block
  return typeof input !== 'object' || input === null || Array.isArray(input)
    ? bad(`${at}.tool_use.input: Input should be a valid dictionary`)
    : undefined
}

function refuseResultContent(block: Block, at: string): Refusal | undefined {
  const { content } = block
  if (content === undefined || typeof content === 'string') return undefined
  if (!Array.isArray(content)) return bad(`${at}.tool_result.content: Input should be a string or a list of blocks`)
  const empty = (content as readonly Block[]).some((inner) => inner.type === 'text' && String(inner['text'] ?? '') === '')
  return empty ? bad(`${at}.tool_result: text content blocks must be non-empty`) : undefined
}

function refuseResults(blocks: readonly Block[], open: readonly string[], index: number): Refusal | undefined {
  const ids = blocks.flatMap((block) => (block.type === 'tool_result' ? [String(block['tool_use_id'])] : []))
  const stray = ids.find((id) => !open.includes(id))
  if (stray !== undefined) return bad(`messages.${index}: unexpected tool_use_id found in tool_result blocks: ${stray}`)
  const missing = open.filter((id) => !ids.includes(id))
  if (missing.length > 0) return orphanUse(index - 1, missing)
  if (new Set(ids).size !== ids.length) return bad(`messages.${index}: each tool_use must have a single result`)
  const firstOther = blocks.findIndex((block) => block.type !== 'tool_result')
  const lastResult = blocks.findLastIndex((block) => block.type === 'tool_result')
  return firstOther >= 0 && firstOther < lastResult ? bad(`messages.${index}: tool_result blocks must come first`) : undefined
}

function orphanUse(index: number, ids: readonly string[]): Refusal {
  return bad(`messages.${index}: tool_use ids were found without tool_result blocks immediately after: ${ids.join(', ')}`)
}
