// Sections of Markdown -> one text of a bounded length. Long sections lose items from their end, and say how many and where all of it is.
import { cutText } from './plain-line.ts'
import { count } from './words.ts'

/** A part of a report. `fixed` always stays; `items` (each one or more lines) go from the end. `noun` names an item: `requirement`. */
export interface Section {
  readonly heading: string
  readonly fixed: readonly string[]
  readonly items: readonly string[]
  readonly noun: string
}

/** Characters (UTF-16 units) of the whole; `fullText`: Markdown that says where the uncut text is. */
export interface FitBounds {
  readonly maxChars: number
  readonly fullText: string
}

/** The sections below each other. Empty ones (no fixed text, no items) are left out. The longest give way first, all to the same height. */
export function fitSections(sections: readonly Section[], bounds: FitBounds): string {
  const shown = sections.filter((section) => section.fixed.length > 0 || section.items.length > 0)
  const whole = shown.map((section) => render(section, section.items.length, bounds)).join('\n\n')
  if (whole.length <= bounds.maxChars) return whole
  const room = bounds.maxChars - shown.reduce((sum, section) => sum + render(section, 0, bounds).length + 2, 0)
  const level = waterLevel(
    shown.map((section) => lengthOf(section.items)),
    room,
  )
  const text = shown.map((section) => render(section, itemsWithin(section.items, level), bounds)).join('\n\n')
  return text.length <= bounds.maxChars ? text : cutAll(text, bounds)
}

function render(section: Section, items: number, bounds: FitBounds): string {
  const left = section.items.length - items
  const note =
    left === 0 ? [] : ['', `*${count(left, section.noun)} of ${section.items.length} left out here; all of it is in ${bounds.fullText}.*`]
  const body = [...section.fixed, ...section.items.slice(0, items), ...note]
  return [...(section.heading === '' ? [] : [section.heading, '']), ...body].join('\n')
}

function lengthOf(items: readonly string[]): number {
  return items.reduce((sum, item) => sum + item.length + 1, 0)
}

function itemsWithin(items: readonly string[], chars: number): number {
  let used = 0
  const end = items.findIndex((item) => {
    used += item.length + 1
    return used > chars
  })
  return end < 0 ? items.length : end
}

/** The height up to which all may be filled so that together they hold no more than `room`. */
function waterLevel(heights: readonly number[], room: number): number {
  let left = Math.max(0, room)
  const sorted = [...heights].sort((a, b) => a - b)
  for (const [index, height] of sorted.entries()) {
    const share = left / (sorted.length - index)
    if (height > share) return Math.floor(share)
    left -= height
  }
  return Number.MAX_SAFE_INTEGER
}

// Only when what always stays is too long by itself.
function cutAll(text: string, bounds: FitBounds): string {
  const note = `\n\n*Cut here; all of it is in ${bounds.fullText}.*`
  return cutText(text, bounds.maxChars - note.length) + note
}
