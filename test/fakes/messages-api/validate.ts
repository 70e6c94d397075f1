// A request's headers and body -> the service's refusal, or nothing. Each rule names its source; wording is ours, types and statuses are the service's.
import { type Block, blocksOf, type MessagesRequest } from './request.ts'

/** A refusal as the API words it. Source: API reference, "Errors": type by status. */
export interface Refusal {
  readonly status: 400 | 401 | 404 | 413
  readonly type: 'invalid_request_error' | 'authentication_error' | 'not_found_error' | 'request_too_large'
  readonly message: string
}

/** Models that exist, with the smallest cacheable prefix in tokens. Source: SDK 1.12.0 `Model` type; API docs, "Prompt caching", "Cache limitations". */
export const models: Readonly<Record<string, { readonly minCacheTokens: number }>> = {
  'claude-fable-5-1': { minCacheTokens: 1024 },
  'claude-opus-5-5': { minCacheTokens: 1024 },
  'claude-opus-5': { minCacheTokens: 1024 },
  'claude-opus-4-8': { minCacheTokens: 1024 },
  'claude-sonnet-5-5': { minCacheTokens: 1024 },
  'claude-sonnet-5': { minCacheTokens: 1024 },
  'claude-sonnet-4-6': { minCacheTokens: 1024 },
  'claude-haiku-5-5': { minCacheTokens: 2048 },
  'claude-haiku-4-5': { minCacheTokens: 4096 },
}

/** Top-level fields. Source: SDK 1.12.0, `MessageCreateParamsBase` (beta). */
const knownFields = new Set(
  'model max_tokens messages system tools tool_choice stream stop_sequences metadata thinking service_tier container context_management mcp_servers output_config output_format cache_control inference_geo speed fallbacks compaction diagnostics billing_policy thread user_profile_id workspace_id temperature top_p top_k betas'.split(
    ' ',
  ),
)
/** Source: API reference, "Request size limits": 32 MB for Messages. */
export const maxBodyBytes = 32 * 1024 * 1024
/** Source: API docs, "Prompt caching": at most four breakpoints. */
const mostBreakpoints = 4

/** The first thing that is wrong; undefined when the request would be taken. */
export function refuse(headers: Readonly<Record<string, unknown>>, body: unknown): Refusal | undefined {
  if (headers['x-api-key'] === undefined && headers['authorization'] === undefined)
    return { status: 401, type: 'authentication_error', message: 'x-api-key header is required' }
  if (headers['anthropic-version'] === undefined) return bad('anthropic-version: header is required')
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return bad('the body must be a JSON object')
  const fields = body as Record<string, unknown>
  const strange = Object.keys(fields).find((field) => !knownFields.has(field))
  if (strange !== undefined) return bad(`${strange}: Extra inputs are not permitted`)
  if (typeof fields['model'] !== 'string') return bad('model: Field required')
  if (models[fields['model']] === undefined) return { status: 404, type: 'not_found_error', message: `model: ${fields['model']}` }
  if (fields['max_tokens'] === undefined) return bad('max_tokens: Field required')
  if (!Number.isInteger(fields['max_tokens']) || Number(fields['max_tokens']) < 1)
    return bad('max_tokens: must be greater than or equal to 1')
  if (!Array.isArray(fields['messages']) || fields['messages'].length === 0) return bad('messages: at least one message is required')
  const request = body as MessagesRequest
  return refuseTools(request) ?? refuseMessages(request) ?? refuseBreakpoints(request)
}

// Source: API docs, "Tool use": names match ^[a-zA-Z0-9_-]{1,128}$ and are unique; input_schema is an object schema.
function refuseTools(request: MessagesRequest): Refusal | undefined {
  const names = new Set<string>()
  for (const [index, tool] of (request.tools ?? []).entries()) {
    if (!/^[a-zA-Z0-9_-]{1,128}$/u.test(tool.name)) return bad(`tools.${index}.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'`)
    if (names.has(tool.name)) return bad('tools: Tool names must be unique.')
    names.add(tool.name)
    const schema = tool['input_schema'] as { readonly type?: unknown } | undefined
    if (tool['type'] === undefined && schema?.type !== 'object') return bad(`tools.${index}.input_schema.type: Input should be 'object'`)
  }
  return undefined
}

// Source: API docs, "Tool use", "Handling tool use and tool result content blocks"; roles: API reference, "messages".
function refuseMessages(request: MessagesRequest): Refusal | undefined {
  if (request.messages[0]?.role !== 'user') return bad('messages: first message must use the "user" role')
  let open: readonly string[] = []
  for (const [index, message] of request.messages.entries()) {
    if (message.role !== 'user' && message.role !== 'assistant') return bad(`messages.${index}.role: Input should be 'user' or 'assistant'`)
    const blocks = blocksOf(message.content)
    if (blocks.length === 0) return bad(`messages.${index}: all messages must have non-empty content`)
    const empty = blocks.findIndex((block) => block.type === 'text' && String(block['text'] ?? '') === '')
    if (empty >= 0) return bad(`messages.${index}.content.${empty}: text content blocks must be non-empty`)
    const wrong = message.role === 'user' ? refuseResults(blocks, open, index) : open.length > 0 ? orphanUse(index - 1, open) : undefined
    if (wrong !== undefined) return wrong
    const uses = message.role === 'assistant' ? blocks.filter((block) => block.type === 'tool_use').map((block) => String(block['id'])) : []
    if (new Set(uses).size !== uses.length) return bad(`messages.${index}: tool_use ids must be unique`)
    open = uses
  }
  return open.length > 0 ? orphanUse(request.messages.length - 1, open) : undefined
}

function refuseResults(blocks: readonly Block[], open: readonly string[], index: number): Refusal | undefined {
  const ids = blocks.flatMap((block) => (block.type === 'tool_result' ? [String(block['tool_use_id'])] : []))
  const stray = ids.find((id) => !open.includes(id))
  if (stray !== undefined) return bad(`messages.${index}: unexpected tool_use_id found in tool_result blocks: ${stray}`)
  const missing = open.filter((id) => !ids.includes(id))
  if (missing.length > 0) return orphanUse(index - 1, missing)
  const firstOther = blocks.findIndex((block) => block.type !== 'tool_result')
  const lastResult = blocks.findLastIndex((block) => block.type === 'tool_result')
  return firstOther >= 0 && firstOther < lastResult ? bad(`messages.${index}: tool_result blocks must come first`) : undefined
}

function orphanUse(index: number, ids: readonly string[]): Refusal {
  return bad(`messages.${index}: tool_use ids were found without tool_result blocks immediately after: ${ids.join(', ')}`)
}

function refuseBreakpoints(request: MessagesRequest): Refusal | undefined {
  const system = typeof request.system === 'string' ? [] : (request.system ?? [])
  const all = [...(request.tools ?? []), ...system, ...request.messages.flatMap((message) => blocksOf(message.content))]
  const count = all.filter((block) => (block as Block)['cache_control'] !== undefined && (block as Block)['cache_control'] !== null).length
  return count > mostBreakpoints
    ? bad(`A maximum of ${mostBreakpoints} blocks with cache_control may be provided. Found ${count}.`)
    : undefined
}

function bad(message: string): Refusal {
  return { status: 400, type: 'invalid_request_error', message }
}
