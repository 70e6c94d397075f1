// A request's body as the fake service reads it. Loose on purpose: validate.ts says what is wrong with it in the service's words.

/** A content block of any kind. */
export type Block = Readonly<Record<string, unknown>> & { readonly type?: unknown; readonly cache_control?: unknown }
/** One message. */
export interface RequestMessage {
  readonly role: string
  readonly content: string | readonly Block[]
}
/** A body that passed validation. */
export interface MessagesRequest {
  readonly model: string
  readonly max_tokens: number
  readonly messages: readonly RequestMessage[]
  readonly system?: string | readonly Block[]
  readonly tools?: readonly (Readonly<Record<string, unknown>> & { readonly name: string })[]
  readonly tool_choice?: Readonly<Record<string, unknown>> & { readonly type: string }
  readonly thinking?: Readonly<Record<string, unknown>> & { readonly type: string }
  readonly cache_control?: unknown
  readonly stream?: boolean
}

/** Content as blocks: a string stands for one text block. Source: Messages API reference, "messages.content". */
export function blocksOf(content: string | readonly Block[]): readonly Block[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : content
}

/** How long what ends here is cached; undefined without a breakpoint. Source: SDK 1.12.0, `BetaCacheControlEphemeral`: `ttl` defaults to 5m. */
export function ttlOf(holder: { readonly cache_control?: unknown }): '5m' | '1h' | undefined {
  const control = holder.cache_control as { readonly ttl?: '5m' | '1h' } | null | undefined
  return control === undefined || control === null ? undefined : (control.ttl ?? '5m')
}
