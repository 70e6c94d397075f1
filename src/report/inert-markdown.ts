// Text from anywhere -> Markdown that shows exactly that text and does nothing: no markup, no links, no mention, no issue closed.
import { cutText, plainLine, plainLines } from './plain-line.ts'

// GitHub acts upon references and mentions in what it renders and in commit messages made of it, so escaping is not enough:
// a zero-width space stands where the pattern would match.
const gap = '\u200b'
const active: readonly (readonly [RegExp, string])[] = [
  [/@/gu, `@${gap}`],
  [/#(?=\d)/gu, `#${gap}`],
  [/(?<![a-z\d])(gh-)(?=\d)/giu, `$1${gap}`],
  [/:\/\//gu, `:${gap}//`],
  [/(www)\./giu, `$1${gap}.`],
]

/** The text with a gap in everything that GitHub would act upon: mentions, references that `Fixes` closes, addresses. For titles and code. */
export function defuse(text: string): string {
  return active.reduce((sum, [pattern, replacement]) => sum.replace(pattern, replacement), text)
}

/** One line of inline Markdown, fit for table cells and list items. `max`: characters of the text before escaping. */
export function inert(text: string, max = 300): string {
  return escapeStart(defuse(plainLine(text, max)).replace(/[\\`*_{}[\]<>&|~$]/gu, '\\$&'))
}

/** A code span of one line, for paths, symbols and commands; empty text gives an empty string. */
export function inertCode(text: string, max = 200): string {
  const line = defuse(plainLine(text, max))
  if (line === '') return ''
  const longest = Math.max(0, ...[...line.matchAll(/`+/gu)].map((run) => run[0].length))
  const fence = '`'.repeat(longest + 1)
  const pad = line.startsWith('`') || line.endsWith('`') ? ' ' : ''
  return `${fence}${pad}${line}${pad}${fence}`
}

/** A block quote of the text's lines. `max`: characters before escaping; what is cut ends in `…`. */
export function inertQuote(text: string, max: number): string {
  const lines = plainLines(cutText(text.trim(), max))
  return lines.map((line) => `> ${inert(line, max)}`.trimEnd()).join('\n')
}

// What begins a block at the start of a line: headings, lists, rules, underlines of headings, tables' colons.
function escapeStart(line: string): string {
  return line.replace(/^(\d{1,9})([.)])/u, '$1\\$2').replace(/^[#+\-=:]/u, '\\$&')
}

/** A table of Markdown cells. Columns headed by an empty text stay headless; pipes cannot break a row. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  return [tableRow(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(tableRow)]
}

/** One row of a table. A pipe behind an odd number of backslashes is escaped already; behind an even one it ends the cell, in code too. */
export function tableRow(cells: readonly string[]): string {
  return `| ${cells.map((text) => text.replace(/(?<!\\)((?:\\\\)*)\|/gu, '$1\\|')).join(' | ')} |`
}
