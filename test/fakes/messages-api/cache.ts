// Requests -> usage as the prefix cache counts it. Source of the rules: API docs, "Prompt caching"; numbers marked "chosen" are ours.
import { createHash } from 'node:crypto'
import { type Block, blocksOf, type MessagesRequest, ttlOf } from './request.ts'
import { models } from './validate.ts'

/** Input tokens of one request by how they are billed; `cacheWriteLongTokens` is the part of `cacheWriteTokens` that lives an hour. */
export interface CacheUsage {
  readonly inputTokens: number
  readonly cacheReadTokens: number
  readonly cacheWriteTokens: number
  readonly cacheWriteLongTokens: number
}

/** What a request used, and what makes its writes readable: called when the answer begins. */
export interface Counted {
  readonly usage: CacheUsage
  commit(): void
}

/** A cache of one workspace. `now`: ms. */
export interface PrefixCache {
  count(request: MessagesRequest): Counted
}

/** "Entries live 5 minutes, refreshed each time they are used"; with `ttl: 1h`, an hour. */
const lifeMs = { '5m': 5 * 60_000, '1h': 60 * 60_000 } as const
/** "Checks up to 20 blocks before each breakpoint." */
const lookBackBlocks = 20

/** Tokens of a text. Chosen: bytes / 4, rounded up; the real tokenizer is not public. */
export function tokensOf(value: unknown): number {
  return Math.ceil(Buffer.byteLength(typeof value === 'string' ? value : JSON.stringify(value)) / 4)
}

/** All tokens of a request's input. */
export function inputTokensOf(request: MessagesRequest): number {
  return piecesOf(request).reduce((sum, piece) => sum + piece.tokens, 0)
}

interface Entry {
  readonly lifeMs: number
  readonly untilMs: number
}

/** An empty cache. */
export function createPrefixCache(now: () => number): PrefixCache {
  const entries = new Map<string, Entry>()
  const isLive = (piece: Hashed | undefined) => piece !== undefined && (entries.get(piece.hash)?.untilMs ?? 0) > now()
  return {
    count: (request) => {
      const pieces = hashed(request)
      const total = pieces.at(-1)?.tokensSoFar ?? 0
      const least = models[request.model]?.minCacheTokens ?? 1024
      const breakpoints = pieces.flatMap((piece, index) => (piece.ttl !== undefined && piece.tokensSoFar >= least ? [index] : []))
      const hit = lastHit(breakpoints, (index) => isLive(pieces[index]))
      const read = pieces[hit]?.tokensSoFar ?? 0
      const writtenUpTo = (at: number | undefined) => (at === undefined ? 0 : Math.max(0, (pieces[at]?.tokensSoFar ?? 0) - read))
      const written = writtenUpTo(breakpoints.at(-1))
      return {
        usage: {
          inputTokens: total - read - written,
          cacheReadTokens: read,
          cacheWriteTokens: written,
          // Hour-long breakpoints come before short ones, so the hour's part ends at the last of them.
          cacheWriteLongTokens: writtenUpTo(breakpoints.findLast((at) => pieces[at]?.ttl === '1h')),
        },
        commit: () => {
          const used = entries.get(pieces[hit]?.hash ?? '')
          if (used !== undefined) entries.set(pieces[hit]?.hash ?? '', { ...used, untilMs: now() + used.lifeMs })
          for (const { hash, ttl = '5m' } of breakpoints.flatMap((at) => pieces[at] ?? []))
            entries.set(hash, { lifeMs: lifeMs[ttl], untilMs: now() + lifeMs[ttl] })
        },
      }
    },
  }
}

function lastHit(breakpoints: readonly number[], isLive: (index: number) => boolean): number {
  const hits = breakpoints.map((at) => {
    for (let index = at; index >= Math.max(0, at - lookBackBlocks + 1); index--) if (isLive(index)) return index
    return -1
  })
  return Math.max(-1, ...hits)
}

interface Piece {
  readonly text: string
  readonly tokens: number
  readonly ttl: '5m' | '1h' | undefined
}

// "The cache follows the order tools, system, messages."
function piecesOf(request: MessagesRequest): readonly Piece[] {
  const system = request.system === undefined ? [] : blocksOf(request.system)
  const pieces = [
    ...(request.tools ?? []).map((tool) => pieceOf('tool', tool)),
    ...system.map((block) => pieceOf('system', block)),
    ...request.messages.flatMap((message) => blocksOf(message.content).map((block) => pieceOf(message.role, block))),
  ]
  // Automatic caching: a top-level cache_control puts a breakpoint on the last block.
  const automatic = ttlOf(request)
  return automatic === undefined ? pieces : pieces.map((piece, at) => (at === pieces.length - 1 ? { ...piece, ttl: automatic } : piece))
}

function pieceOf(place: string, block: Block): Piece {
  const { cache_control: _, ...rest } = block
  const text = JSON.stringify([place, rest])
  return { text, tokens: tokensOf(text), ttl: ttlOf(block) }
}

interface Hashed {
  readonly hash: string
  readonly tokensSoFar: number
  readonly ttl: '5m' | '1h' | undefined
}

function hashed(request: MessagesRequest): readonly Hashed[] {
  const beforeMessages = (request.tools?.length ?? 0) + (request.system === undefined ? 0 : blocksOf(request.system).length)
  // "What invalidates the cache": another tool_choice or other thinking parameters lose the messages, and keep tools and system.
  const ofMessages = JSON.stringify([request.tool_choice ?? null, request.thinking ?? null])
  let hash = digest(request.model)
  let tokensSoFar = 0
  return piecesOf(request).map((piece, index) => {
    if (index === beforeMessages) hash = digest(hash, ofMessages)
    hash = digest(hash, piece.text)
    tokensSoFar += piece.tokens
    return { hash, tokensSoFar, ttl: piece.ttl }
  })
}

function digest(...parts: readonly string[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest('base64')
}
