// Spans of text with a style -> one line of a terminal, cut to its width. Widths are columns: wide characters take two.
import { styleText } from 'node:util'
import stringWidth from 'string-width'

/** What a span may look like; nothing else is used, so that the board reads the same on light and dark terminals. */
export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'

/** A piece of a line. */
export interface Span {
  readonly text: string
  readonly style?: Style
}

/** Most of what a board shows, each one column: ASCII, and what the board and its texts add. A frame asks for the widths of a thousand texts. */
const narrow = /^[ -~·…–—‘’“”○●◐◆✓✗⊘]*$/

/** Columns a text takes. */
export function columnsOf(text: string): number {
  return narrow.test(text) ? text.length : stringWidth(text)
}

/** The text's beginning in at most `columns`; what is cut ends in the mark. A character is never cut in two. */
export function cutColumns(text: string, columns: number, mark = '…'): string {
  if (columnsOf(text) <= columns) return text
  const room = columns - columnsOf(mark)
  return room < 0 ? '' : beginningOf(text, room).trimEnd() + mark
}

function beginningOf(text: string, columns: number): string {
  if (narrow.test(text)) return text.slice(0, columns)
  let kept = ''
  let left = columns
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    left -= columnsOf(segment)
    if (left < 0) break
    kept += segment
  }
  return kept
}

/** The text with blanks behind it (`left`) or before it (`right`) up to `columns`; longer text is cut. */
export function fitColumns(text: string, columns: number, align: 'left' | 'right' = 'left', mark = '…'): string {
  const cut = cutColumns(text, columns, mark)
  const blanks = ' '.repeat(Math.max(0, columns - columnsOf(cut)))
  return align === 'left' ? cut + blanks : blanks + cut
}

/** The text in lines of at most `columns`, broken between words; a longer word is cut. */
export function wrapColumns(text: string, columns: number, mark = '…'): readonly string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && columnsOf(`${last} ${word}`) <= columns) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(cutColumns(word, columns, mark))
  }
  return lines
}

/** The spans as one line of at most `width` columns, styled when `colour` is set, without blanks at its end. */
export function paintLine(
  spans: readonly Span[],
  look: { readonly width: number; readonly colour: boolean; readonly mark?: string },
): string {
  let left = look.width
  const cut: Span[] = []
  for (const span of spans) {
    if (left <= 0) break
    const text = cutColumns(span.text, left, look.mark)
    cut.push({ ...span, text })
    left -= columnsOf(text)
  }
  while (cut.at(-1)?.text.trimEnd() === '') cut.pop()
  const last = cut.pop()
  if (last !== undefined) cut.push({ ...last, text: last.text.trimEnd() })
  return cut.map((span) => paint(span, look.colour)).join('')
}

function paint(span: Span, colour: boolean): string {
  return colour && span.style !== undefined && span.text !== '' ? styleText(span.style, span.text, { validateStream: false }) : span.text
}
