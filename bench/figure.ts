// What a benchmark measures, as data: a figure has a name, a value, a unit and a bar; how often it was measured and how far the values lie apart.

import type { Shelf } from './shelf.ts'

/** What every group is measured with. `say`: for a person who waits. */
export interface Measuring {
  readonly times: number
  readonly say: (line: string) => void
  readonly shelf: Shelf
}

/** One measured figure. `holds`: the bar is met; a figure without a bar informs. */
export interface Figure {
  readonly name: string
  readonly value: number
  readonly unit: string
  readonly bar?: { readonly atMost: number } | { readonly atLeast: number }
  /** All measurements, in the order they were made. */
  readonly samples: readonly number[]
  /** What a reader has to know to believe it. */
  readonly note?: string
}

/** The median of the samples as a figure. */
export function figureOf(given: Omit<Figure, 'value'>): Figure {
  return { ...given, value: median(given.samples) }
}

/** The middle value; the mean of the two middle ones of an even number. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2
}

/** Whether the bar is met; a figure without a bar always holds. */
export function holds({ value, bar }: Pick<Figure, 'value' | 'bar'>): boolean {
  if (bar === undefined) return true
  return 'atMost' in bar ? value <= bar.atMost : value >= bar.atLeast
}

/** One line for a person. */
export function sayFigure(figure: Figure): string {
  const { name, value, unit, bar, samples, note } = figure
  const spread = samples.length > 1 ? ` (${round(Math.min(...samples))} to ${round(Math.max(...samples))}, ${samples.length} times)` : ''
  const against =
    bar === undefined
      ? ''
      : ` ${'atMost' in bar ? `at most ${bar.atMost}` : `at least ${bar.atLeast}`}: ${holds(figure) ? 'holds' : 'DOES NOT HOLD'}`
  return `${name}: ${round(value)} ${unit}${spread}${against}${note === undefined ? '' : `\n    ${note}`}`
}

/** A row of the table in docs/figures.md, made of what {@link figureJson} printed. */
export function figureRow(printed: string): string {
  const { name, value, unit, bar, holds: isMet, samples, note = '' } = JSON.parse(printed) as ReturnType<typeof toJson>
  const spread = samples.length > 1 ? ` (${Math.min(...samples)} to ${Math.max(...samples)})` : ''
  const wanted = bar === null ? '' : 'atMost' in bar ? `at most ${bar.atMost}` : `at least ${bar.atLeast}`
  const verdict = bar === null ? '' : isMet ? 'yes' : '**no**'
  return `| ${[name, `${value}${spread} ${unit}`, wanted, verdict, note].map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}

/** One object for a program. */
export function figureJson(figure: Figure): string {
  return JSON.stringify(toJson(figure))
}

function toJson(figure: Figure) {
  const { name, value, unit, bar = null, samples, note } = figure
  return {
    name,
    value: round(value),
    unit,
    bar,
    holds: holds(figure),
    samples: samples.map(round),
    ...(note === undefined ? {} : { note }),
  }
}

function round(value: number): number {
  return Number(value.toPrecision(4))
}
