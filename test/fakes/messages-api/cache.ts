// Requests -> usage as the prefix cache counts it. Source of the rules: API docs, "Prompt caching"; numbers marked "chosen" are ours.
import { createHash } from 'node:crypto'
import { type Block, blocksOf, type MessagesRequest } from './request.ts'
import { models } from './validate.ts'

/** Input tokens of one request by how they are billed. */
export interface CacheUsage {
  readonly inputTokens: number
  readonly cacheReadTokens: number
  readonly cacheWriteTokens: number
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

/** "Cache entries live 5 minutes, refreshed each time they are used." */
const lifeMs = 5 * 60_000
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

/** An empty cache. */
export function createPrefixCache(now: () => number): PrefixCache {
  const entries = new Map<string, number>()
  const isLive = (hash: string) => (entries.get(hash) ?? 0) > now()
  return {
    count: (request) => {
      const pieces = hashed(request)
      const total = pieces.at(-1)?.tokensSoFar ?? 0
      const least = models[request.model]?.minCacheTokens ?? 1024
      const breakpoints = pieces.flatMap((piece, index) => (piece.breakpoint && piece.tokensSoFar >= least ? [index] : []))
      const hits = breakpoints.flatMap((at) => {
        for (let index = at; index >= Math.max(0, at - lookBackBlocks + 1); index--) if (isLive(pieces[index]?.hash ?? '')) return [index]
        return []
      })
      const hit = hits.length === 0 ? -1 : Math.max(...hits)
      const read = pieces[hit]?.tokensSoFar ?? 0
      const lastBreakpoint = breakpoints.at(-1)
      const written = lastBreakpoint === undefined ? 0 : Math.max(0, (pieces[lastBreakpoint]?.tokensSoFar ?? 0) - read)
      return {
        usage: { inputTokens: total - read - written, cacheReadTokens: read, cacheWriteTokens: written },
        commit: () => {
          for (const index of [...breakpoints, ...(hit >= 0 ? [hit] : [])]) entries.set(pieces[index]?.hash ?? '', now() + lifeMs)
        },
      }
    },
  }
}

interface Piece {
  readonly text: string
  readonly tokens: number
  readonly breakpoint: boolean
}

// "The cache follows the order tools, system, messages."
function piecesOf(request: MessagesRequest): readonly Piece[] {
  const system = request.system === undefined ? [] : blocksOf(request.system)
  return [
    ...(request.tools ?? []).map((tool) => pieceOf('tool', tool)),
    ...system.map((block) => pieceOf('system', block)),
    ...request.messages.flatMap((message) => blocksOf(message.content).map((block) => pieceOf(message.role, block))),
  ]
}

function pieceOf(place: string, block: Block): Piece {
  const { cache_control: control, ...rest } = block
  const text = JSON.stringify([place, rest])
  return { text, tokens: tokensOf(text), breakpoint: control !== undefined && control !== null }
}

function hashed(
  request: MessagesRequest,
): readonly { readonly hash: string; readonly tokensSoFar: number; readonly breakpoint: boolean }[] {
  let hash = createHash('sha256').update(request.model).digest('hex')
  let tokensSoFar = 0
  return piecesOf(request).map((piece) => {
    hash = createHash('sha256').update(hash).update(piece.text).digest('hex')
    tokensSoFar += piece.tokens
    return { hash, tokensSoFar, breakpoint: piece.breakpoint }
  })
}
