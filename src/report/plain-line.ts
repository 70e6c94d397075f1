// Text from anywhere -> one line that a terminal or a log shows as it is: no escape sequences, no control or direction characters.
import { stripVTControlCharacters } from 'node:util'

// C0, DEL and C1 controls; direction marks, overrides and isolates (they reorder what is read); byte order marks.
const unseen = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu
const breaks = /[\t\n\v\f\r\u0085\u2028\u2029]+/gu

/** One line of at most `max` characters (UTF-16 units), white space collapsed, never cut inside a character. */
export function plainLine(text: string, max = 400): string {
  const flat = withoutControls(text.replace(breaks, ' ')).replace(/\s+/gu, ' ').trim()
  return cutText(flat, max)
}

/** The lines of a text, each without controls; tabs become two spaces. */
export function plainLines(text: string): readonly string[] {
  return text
    .replaceAll('\t', '  ')
    .split(/\r\n|[\n\v\f\r\u0085\u2028\u2029]/u)
    .map((line) => withoutControls(line).trimEnd())
}

/** The text, or its beginning and `…`, at most `max` UTF-16 units; a surrogate pair is never cut in two. */
export function cutText(text: string, max: number): string {
  if (text.length <= max) return text
  const end = Math.max(0, max - 1)
  const splits = end > 0 && /[\ud800-\udbff]/.test(text[end - 1] ?? '')
  return max <= 0 ? '' : `${text.slice(0, splits ? end - 1 : end)}…`
}

function withoutControls(text: string): string {
  return stripVTControlCharacters(text).replace(unseen, '')
}
