// A request's headers and body -> the service's refusal, or nothing. Each rule names its source; wording is ours, types and statuses are the service's.

import { bad, type Refusal } from './refusal.ts'
import { type Block, blocksOf, type MessagesRequest, ttlOf } from './request.ts'
import { refuseMessages } from './validate-messages.ts'

/** What the service knows of a model. `contextTokens`: prompt and answer together. */
export interface ModelFacts {
  readonly minCacheTokens: number
  readonly maxOutputTokens: number
  readonly contextTokens: number
}

const large: ModelFacts = { minCacheTokens: 1024, maxOutputTokens: 128_000, contextTokens: 1_000_000 }

/** Models that exist. Source: SDK 1.12.0 `Model` type; API docs, "Models overview" and "Prompt caching", "Cache limitations". */
export const models: Readonly<Record<string, ModelFacts>> = {
  'claude-fable-5-1': large,
  'claude-opus-5-5': large,
  'claude-opus-5': large,
  'claude-opus-4-8': large,
  'claude-sonnet-5-5': large,
  'claude-sonnet-5': large,
  'claude-sonnet-4-6': { ...large, maxOutputTokens: 64_000 },
  'claude-haiku-5-5': { ...large, minCacheTokens: 2048, maxOutputTokens: 64_000 },
  'claude-haiku-4-5': { minCacheTokens: 4096, maxOutputTokens: 64_000, contextTokens: 200_000 },
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
  return (
    refuseLength(request) ??
    refuseTools(request) ??
    refuseChoice(request) ??
    refuseThinking(request) ??
    refuseMessages(request) ??
    refuseBreakpoints(request)
  )
}

// Source: API docs, "Models overview": the most output of each model.
function refuseLength(request: MessagesRequest): Refusal | undefined {
  const most = models[request.model]?.maxOutputTokens ?? Infinity
  return request.max_tokens > most
    ? bad(`max_tokens: ${request.max_tokens} > ${most}, which is the maximum allowed number of output tokens for ${request.model}`)
    : undefined
}

/** A prompt that does not fit. Source: API docs, "Context windows": input beyond the window is an error, never cut. */
export function refuseContext(request: MessagesRequest, inputTokens: number): Refusal | undefined {
  const most = models[request.model]?.contextTokens ?? Infinity
  return inputTokens > most ? bad(`prompt is too long: ${inputTokens} tokens > ${most} maximum`) : undefined
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

// Source: API docs, "Tool use", "Forcing tool use".
function refuseChoice(request: MessagesRequest): Refusal | undefined {
  const choice = request.tool_choice
  if (choice === undefined) return undefined
  if (!['auto', 'any', 'tool', 'none'].includes(choice.type))
    return bad(`tool_choice.type: Input should be 'auto', 'any', 'tool' or 'none'`)
  if ((request.tools ?? []).length === 0) return bad('tool_choice may only be specified while providing tools')
  return choice.type === 'tool' && !(request.tools ?? []).some((tool) => tool.name === choice['name'])
    ? bad(`tool_choice: tool '${String(choice['name'])}' not found in provided tools`)
    : undefined
}

// Source: API docs, "Extended thinking": a budget of at least 1,024 tokens, less than max_tokens; no forced tool, no changed temperature.
function refuseThinking(request: MessagesRequest): Refusal | undefined {
  const { thinking } = request
  if (thinking === undefined || thinking.type === 'disabled') return undefined
  if (thinking.type !== 'enabled' && thinking.type !== 'adaptive')
    return bad(`thinking.type: Input should be 'enabled', 'adaptive' or 'disabled'`)
  const budget = thinking['budget_tokens']
  if (thinking.type === 'enabled' && (typeof budget !== 'number' || budget < 1024))
    return bad('thinking.budget_tokens: Input should be greater than or equal to 1024')
  if (typeof budget === 'number' && budget >= request.max_tokens) return bad('max_tokens must be greater than thinking.budget_tokens')
  const forced = request.tool_choice?.type
  return forced === 'any' || forced === 'tool' ? bad('Thinking may not be enabled when tool_choice forces tool use.') : undefined
}

// Source: API docs, "Prompt caching": at most four breakpoints, `ephemeral` only, an hour-long one before a short one.
function refuseBreakpoints(request: MessagesRequest): Refusal | undefined {
  const system = typeof request.system === 'string' ? [] : (request.system ?? [])
  const inOrder: readonly Block[] = [
    ...(request.tools ?? []),
    ...system,
    ...request.messages.flatMap((message) => blocksOf(message.content)),
    { cache_control: request.cache_control },
  ]
  const marked = inOrder.filter((block) => ttlOf(block) !== undefined)
  const strange = marked.find((block) => {
    const control = block['cache_control'] as { readonly type?: unknown; readonly ttl?: unknown }
    return control.type !== 'ephemeral' || !(['5m', '1h', undefined] as unknown[]).includes(control.ttl)
  })
  if (strange !== undefined) return bad(`cache_control: Input should be {"type": "ephemeral"} with ttl '5m' or '1h'`)
  if (marked.length > mostBreakpoints)
    return bad(`A maximum of ${mostBreakpoints} blocks with cache_control may be provided. Found ${marked.length}.`)
  const firstShort = marked.findIndex((block) => ttlOf(block) === '5m')
  const lastLong = marked.findLastIndex((block) => ttlOf(block) === '1h')
  return firstShort >= 0 && firstShort < lastLong
    ? bad(`a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block`)
    : undefined
}
