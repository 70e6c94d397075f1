// Figures -> short words for people: tokens, money, durations, counts. Every report speaks through these.
import type { ConversationUse } from '../world.ts'

/** `1.2 k`, `3.4 M`; exact below a thousand. */
export function sayTokens(tokens: number): string {
  if (tokens < 1_000) return String(tokens)
  if (tokens < 999_950) return `${(tokens / 1_000).toFixed(1)} k`
  return `${(tokens / 1_000_000).toFixed(1)} M`
}

/** `$0.42`; `–` when the model has no known price. */
export function sayUsd(usd: number | undefined): string {
  return usd === undefined ? '–' : `$${usd.toFixed(2)}`
}

/** `850 ms`, `12 s`, `3 min 05 s`, `2 h 10 min`. */
export function sayDuration(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`
  const seconds = Math.round(ms / 1_000)
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min ${String(seconds % 60).padStart(2, '0')} s`
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`
}

/** `2026-11-23 18:05:12` in UTC. */
export function sayTime(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ')
}

/** The first ten characters of an object name: enough to find it, short enough to read. */
export function shortSha(sha: string): string {
  return sha.slice(0, 10)
}

/** All tokens of a use: input of every kind and output. */
export function tokensOf(use: ConversationUse): number {
  const { inputTokens, cacheReadTokens, cacheWriteTokens, outputTokens } = use.usage
  return inputTokens + cacheReadTokens + cacheWriteTokens + outputTokens
}

/** Share of the input that was read from the cache, 0 to 1; undefined without input. */
export function cacheShare(use: ConversationUse): number | undefined {
  const { inputTokens, cacheReadTokens, cacheWriteTokens } = use.usage
  const input = inputTokens + cacheReadTokens + cacheWriteTokens
  return input === 0 ? undefined : cacheReadTokens / input
}

/** `1 file`, `2 files`, `3 branches`. `plural`: where an `s` is not it. */
export function count(number: number, noun: string, plural = `${noun}s`): string {
  return `${number} ${number === 1 ? noun : plural}`
}

/** The first `most` items joined by commas, and how many more there are. */
export function listSome(items: readonly string[], most = 5): string {
  const shown = items.slice(0, most).join(', ')
  return items.length > most ? `${shown} and ${items.length - most} more` : shown
}
