// A paragraph -> its statements: what stands between full stops, semicolons and middle dots outside code and brackets. Pure; says nothing of their meaning.

const opening = '([{'
const closing = ')]}'
const abbreviation = /(?:^|[\s(])(?:e\.g|i\.e|etc|vs|cf|no|approx|incl|resp)\.$/iu

/** Splits. White space is collapsed, empty statements are left out, a statement keeps its own full stop. */
export function statementsOf(paragraph: string): readonly string[] {
  const text = paragraph.replace(/\s+/gu, ' ').trim()
  const split = cut(text, true)
  // A bracket that is never closed would swallow the rest: then brackets mean nothing here.
  return split.balanced ? split.parts : cut(text, false).parts
}

function cut(text: string, minding: boolean): { readonly parts: readonly string[]; readonly balanced: boolean } {
  const parts: string[] = []
  let start = 0
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!
    if (char === '`') {
      at = endOfCode(text, at)
    } else if (minding && opening.includes(char)) {
      depth++
    } else if (minding && closing.includes(char)) {
      depth = Math.max(0, depth - 1)
    } else if (depth === 0 && endsHere(text, at)) {
      parts.push(text.slice(start, char === ';' || char === '·' ? at : at + 1))
      start = at + 1
    }
  }
  parts.push(text.slice(start))
  return { parts: parts.map(trimmed).filter((part) => /[\p{L}\p{N}]/u.test(part)), balanced: depth === 0 }
}

/** Index of the last backtick of a code span; the opening one's own index when the span never ends. */
function endOfCode(text: string, at: number): number {
  const fence = /^`+/u.exec(text.slice(at))?.[0] ?? '`'
  for (let from = at + fence.length; ; ) {
    const end = text.indexOf(fence, from)
    if (end < 0) return at + fence.length - 1
    if (text[end + fence.length] !== '`' && text[end - 1] !== '`') return end + fence.length - 1
    from = end + 1
  }
}

function endsHere(text: string, at: number): boolean {
  const char = text[at]!
  if (char === ';') return true
  if (char === '·') return text[at - 1] === ' ' && text[at + 1] === ' '
  if (!'.!?。！？'.includes(char)) return false
  if ('。！？'.includes(char)) return true
  return /^ [\p{Lu}\p{Lo}\p{N}`*_"'“([]/u.test(text.slice(at + 1, at + 3)) && !abbreviation.test(text.slice(Math.max(0, at - 8), at + 1))
}

function trimmed(part: string): string {
  return part
    .trim()
    .replace(/^[,–—-]\s+/u, '')
    .replace(/\s*,$/u, '')
}
