// One task of the plan -> its row on the board, as columns. Which columns there is room for is decided for all rows together.
import type { Task } from '../plan/plan.ts'
import type { RunState, TaskPhase, TaskState } from '../run/state.ts'
import { taskState } from '../run/state.ts'
import { plainLine } from './plain-line.ts'
import { sayBrief, waitsFor } from './standing.ts'
import { columnsOf, fitColumns, type Span, type Style } from './terminal-line.ts'
import { count, sayTokens, sayUsd, tokensOf } from './words.ts'
import { workOf } from './work-of.ts'

/** How the board looks. `mark` ends what is cut. */
export interface BoardLook {
  readonly glyphs: Readonly<Record<TaskPhase, string>>
  readonly mark: string
  readonly dot: string
}

/** For terminals that show Unicode. None of these is an emoji, all take one column. */
export const unicodeLook: BoardLook = {
  glyphs: { pending: '○', running: '●', waiting: '◐', merged: '◆', green: '✓', failed: '✗', skipped: '–', cancelled: '⊘' },
  mark: '…',
  dot: '·',
}

/** For all others. */
export const asciiLook: BoardLook = {
  glyphs: { pending: '.', running: '*', waiting: '~', merged: '+', green: 'v', failed: 'x', skipped: '-', cancelled: '/' },
  mark: '>',
  dot: '|',
}

/** Styles by state: what needs a look is loud, what is done or not begun is quiet. */
const phaseStyles: Readonly<Record<TaskPhase, Style>> = {
  pending: 'dim',
  running: 'cyan',
  waiting: 'yellow',
  merged: 'yellow',
  green: 'green',
  failed: 'red',
  skipped: 'dim',
  cancelled: 'dim',
}

/** An agent that was not heard of for so long is called quiet, ms. Chosen: longer than most turns. */
const quietMs = 2 * 60_000

const columnNames = ['id', 'phase', 'attempt', 'files', 'tokens', 'cost', 'age'] as const
type Column = (typeof columnNames)[number]

/** The columns of one task; what does not apply is empty. */
export interface BoardRow extends Readonly<Record<Column, string>> {
  readonly task: Task
  readonly current: TaskState
  readonly note: string
  readonly quiet: string
}

/** A task's row. Times in ms since the epoch. */
export function boardRow(state: RunState, task: Task, nowMs: number, look: BoardLook): BoardRow {
  const current = taskState(state, task)
  const running = current.phase === 'running'
  const files = workOf(current).files.length
  const endMs = running ? nowMs : (current.endedAt ?? nowMs)
  const silentMs = running && current.heardAt !== undefined ? nowMs - current.heardAt : 0
  return {
    task,
    current,
    id: task.id,
    phase: current.phase,
    attempt: current.attempt === 0 ? '' : `a${current.attempt}${running && current.turn > 0 ? ` t${current.turn}` : ''}`,
    files: files === 0 ? '' : count(files, 'file'),
    tokens: current.use.turns === 0 ? '' : sayTokens(tokensOf(current.use)),
    cost: current.use.turns === 0 ? '' : sayUsd(current.use.costUsd),
    age: current.startedAt === undefined ? '' : sayClock(endMs - current.startedAt),
    note: plainLine(noteOf(state, task, current).join(` ${look.dot} `)),
    quiet: silentMs >= quietMs ? `quiet ${sayClock(silentMs)} ` : '',
  }
}

/** `0:07`, `12:05`, `1:02:05`. */
function sayClock(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000))
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60]
  const end = `${String(seconds % 60).padStart(2, '0')}`
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${end}` : `${minutes}:${end}`
}

function noteOf(state: RunState, task: Task, current: TaskState): readonly string[] {
  const notes =
    current.phase === 'running'
      ? [sayBrief(current.brief), current.lastTools.length > 0 ? current.lastTools.join(', ') : (current.overlap ?? '')]
      : current.phase === 'green'
        ? []
        : [waitsFor(state, task) ?? '', current.reason ?? '']
  return notes.filter((note) => note !== '')
}

/** Widths of the columns that there is room for, in order. */
export type ColumnWidths = ReadonlyMap<Column, number>

/** First to go when the terminal is narrow. */
const dropOrder: readonly Column[] = ['tokens', 'files', 'age', 'attempt', 'cost', 'phase']
/** Columns that a note needs to say something. Chosen. */
const leastNote = 24
/** Indent, glyph and the blank behind it. */
const lead = 4

/** Chooses columns for all rows of a board, so that they stand under each other. */
export function columnWidths(rows: readonly BoardRow[], width: number): ColumnWidths {
  const widest = (column: Column) => Math.max(0, ...rows.map((row) => columnsOf(row[column])))
  const widths = new Map(columnNames.map((column) => [column, widest(column)] as const).filter(([, columns]) => columns > 0))
  const id = Math.min(widths.get('id') ?? 0, Math.max(12, Math.floor(width * 0.4)))
  widths.set('id', id)
  const notes = rows.filter((row) => row.current.attempt > 0).map((row) => columnsOf(row.quiet + row.note))
  const note = Math.min(leastNote, Math.max(0, ...notes))
  const taken = () => [...widths.values()].reduce((sum, columns) => sum + columns + 2, lead)
  for (const column of dropOrder) if (taken() + note > width) widths.delete(column)
  return widths
}

const leftColumns: ReadonlySet<Column> = new Set(['id', 'phase', 'attempt', 'files'])

/** The row as spans. */
export function rowSpans(row: BoardRow, widths: ColumnWidths, look: BoardLook): readonly Span[] {
  const style = phaseStyles[row.current.phase]
  // A task that has not begun has no figures: what it waits for stands in their place.
  const shown = row.current.attempt > 0 ? [...widths] : [...widths].filter(([column]) => column === 'id' || column === 'phase')
  const cells = shown.flatMap(([column, columns]): Span[] => {
    const text = fitColumns(row[column], columns, leftColumns.has(column) ? 'left' : 'right', look.mark)
    return [{ text, ...styleOf(column, row, style) }, { text: '  ' }]
  })
  const note: Span = row.current.phase === 'failed' ? { text: row.note, style: 'red' } : { text: row.note, style: 'dim' }
  return [{ text: `  ${look.glyphs[row.current.phase]} `, style }, ...cells, { text: row.quiet, style: 'yellow' }, note]
}

function styleOf(column: Column, row: BoardRow, style: Style): { readonly style?: Style } {
  if (column === 'phase') return { style }
  if (column === 'id') return row.current.phase === 'pending' || row.current.phase === 'skipped' ? { style: 'dim' } : {}
  return { style: 'dim' }
}
