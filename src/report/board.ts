// (RunState, now, size of the terminal) -> lines of the live board. Pure: what is drawn when is live-board.ts.
import type { Plan } from '../plan/plan.ts'
import { isPassed, type RunState, type TaskPhase, totalUse, type WaveState } from '../run/state.ts'
import { asciiLook, type BoardLook, type BoardRow, boardRow, type ColumnWidths, columnWidths, rowSpans, unicodeLook } from './board-row.ts'
import { plainLine } from './plain-line.ts'
import { isOver, statusOf, wallMs, waveNames, waveWord } from './standing.ts'
import { sayStop } from './stop.ts'
import { columnsOf, cutColumns, fitColumns, paintLine, type Span, type Style } from './terminal-line.ts'
import { count, sayDuration, sayTokens, sayUsd, tokensOf } from './words.ts'

/** What a board is drawn from. `width` and `height` are the columns and lines it may take. */
export interface BoardRequest {
  readonly state: RunState
  readonly nowMs: number
  readonly width: number
  readonly height: number
  readonly colour: boolean
  /** Set for terminals that show ASCII only. */
  readonly ascii: boolean
}

/** At most `height` lines of at most `width` columns. What is done gives way first: green waves, then waves not begun, then single tasks. */
export function renderBoard(request: BoardRequest): readonly string[] {
  const look = request.ascii ? asciiLook : unicodeLook
  const board = layOut(request, look)
  const fitting = shrinkings(board).find((shrink) => linesOf(board, shrink).length <= request.height)
  const lines = linesOf(board, fitting ?? tightest(board))
  const shown = lines.length <= request.height ? lines : cutLines(lines, request.height, board.foot.length, look)
  return shown.map((line) => paintLine(spansOf(line, board), { width: request.width, colour: request.colour, mark: look.mark }))
}

/** A row of a task becomes spans only when it is shown: of a thousand tasks most are not. */
type Line = readonly Span[] | BoardRow

interface Board {
  readonly head: readonly Line[]
  readonly waves: readonly BoardWave[]
  readonly foot: readonly Line[]
  readonly widths: ColumnWidths
  readonly look: BoardLook
}

interface BoardWave {
  readonly state: WaveState
  readonly word: string
  readonly rows: readonly BoardRow[]
}

function layOut(request: BoardRequest, look: BoardLook): Board {
  const { state, nowMs, width } = request
  const { plan } = state
  const waves =
    plan === undefined
      ? []
      : state.waves.map((wave) => ({
          state: wave,
          word: plainLine(waveWord(state, wave)),
          rows: rowsOf(state, plan, wave, { nowMs, look }),
        }))
  const rows = waves.flatMap((wave) => wave.rows)
  return { head: headLines(request, look), waves, foot: footLines(state, look), widths: columnWidths(rows, width), look }
}

function rowsOf(
  state: RunState,
  plan: Plan,
  wave: WaveState,
  more: { readonly nowMs: number; readonly look: BoardLook },
): readonly BoardRow[] {
  return plan.tasks.filter((task) => task.wave === wave.wave).map((task) => boardRow(state, task, more.nowMs, more.look))
}

// --- Head and foot ---------------------------------------------------------------------------------------------------------------------

function headLines({ state, nowMs, width }: BoardRequest, look: BoardLook): readonly Line[] {
  const use = totalUse(state)
  const running = Object.values(state.tasks).filter((task) => task.phase === 'running').length
  const title = cutColumns(plainLine(state.feature?.title ?? state.spec.source), Math.max(10, width - columnsOf(state.run) - 8), look.mark)
  const gap = ' '.repeat(Math.max(2, width - columnsOf(title) - columnsOf(state.run) - 5))
  const facts = [
    sayDuration(wallMs(state, nowMs)),
    `${sayUsd(use.costUsd)} of ${sayUsd(state.config.budgetUsd)}`,
    `${sayTokens(tokensOf(use))} tokens`,
    ...(running > 0 ? [`${running} of ${count(state.config.maxParallel, 'agent')} at work`] : []),
    `${state.config.executionMode}, ${state.config.qualityLevel}`,
  ]
  return [
    [{ text: 'dce', style: 'cyan' }, { text: '  ' }, { text: title, style: 'bold' }, { text: gap }, { text: state.run, style: 'dim' }],
    [
      { text: statusOf(state), style: statusStyle(state) },
      { text: ` ${look.dot} ${facts.join(` ${look.dot} `)}`, style: 'dim' },
    ],
    ...(state.seams === undefined ? [stepLine(state, look)] : []),
  ]
}

function statusStyle(state: RunState): Style {
  if (state.finished) return 'green'
  return state.stop === undefined ? 'cyan' : state.stop.kind === 'approval' ? 'yellow' : 'red'
}

// Before there are waves to show: which of the first steps are done.
function stepLine(state: RunState, look: BoardLook): Line {
  const done = [state.feature, state.baseMeasured, state.plan, state.seams].map((step) => step !== undefined)
  const now = isOver(state) ? -1 : done.indexOf(false)
  return ['specification', 'base', 'plan', 'contracts'].flatMap((name, index): Span[] => {
    const phase: TaskPhase = done[index] === true ? 'green' : index === now ? 'running' : 'pending'
    return [{ text: `  ${look.glyphs[phase]} `, style: done[index] === true ? 'green' : index === now ? 'cyan' : 'dim' }, { text: name }]
  })
}

function footLines(state: RunState, look: BoardLook): readonly Line[] {
  const stop = sayStop(state)
  if (stop === undefined) return []
  const asks = state.stop?.kind === 'approval'
  return [
    [{ text: `${asks ? look.glyphs.waiting : look.glyphs.failed} ${plainLine(stop.what)}`, style: asks ? 'yellow' : 'red' }],
    ...(stop.next === undefined
      ? []
      : [
          [
            { text: '  go on with  ', style: 'dim' as const },
            { text: stop.next, style: 'bold' as const },
          ],
        ]),
  ]
}

// --- Waves, whole and collapsed ----------------------------------------------------------------------------------------------------------

/** What is left out to fit the height. */
interface Shrink {
  readonly blanks: boolean
  readonly collapsed: ReadonlySet<number>
  /** States whose tasks are counted instead of shown. */
  readonly folded: ReadonlySet<TaskPhase>
}

const donePhases: readonly TaskPhase[] = ['green', 'skipped', 'cancelled', 'merged', 'waiting']

function shrinkings(board: Board): readonly Shrink[] {
  const green = board.waves.filter((wave) => isPassed(wave.state)).map((wave) => wave.state.wave)
  const idle = board.waves.filter((wave) => wave.rows.every((row) => row.phase === 'pending')).map((wave) => wave.state.wave)
  const order = [...green, ...idle.toReversed()]
  const whole: Shrink = { blanks: true, collapsed: new Set(), folded: new Set() }
  const collapsing = order.map((_, index): Shrink => ({ ...whole, blanks: false, collapsed: new Set(order.slice(0, index + 1)) }))
  const collapsed = collapsing.at(-1) ?? { ...whole, blanks: false }
  return [
    whole,
    { ...whole, blanks: false },
    ...collapsing,
    { ...collapsed, folded: new Set(donePhases) },
    { ...collapsed, folded: new Set([...donePhases, 'pending'] as const) },
  ]
}

function tightest(board: Board): Shrink {
  return shrinkings(board).at(-1) ?? { blanks: false, collapsed: new Set(), folded: new Set() }
}

function linesOf(board: Board, shrink: Shrink): readonly Line[] {
  const blank: readonly Line[] = shrink.blanks ? [[]] : []
  const waves = board.waves.flatMap((wave) => [...blank, ...waveLines(board, wave, shrink)])
  return [...board.head, ...waves, ...(board.foot.length === 0 ? [] : [...blank, ...board.foot])]
}

function spansOf(line: Line, { widths, look }: Board): readonly Span[] {
  return 'task' in line ? rowSpans(line, widths, look) : line
}

function waveLines(board: Board, wave: BoardWave, shrink: Shrink): readonly Line[] {
  const collapsed = shrink.collapsed.has(wave.state.wave)
  const shown = collapsed ? [] : wave.rows.filter((row) => !shrink.folded.has(row.current.phase))
  const folded = collapsed ? [] : wave.rows.filter((row) => shrink.folded.has(row.current.phase))
  return [
    waveLine(wave, collapsed, board.look),
    ...shown,
    ...(folded.length === 0 ? [] : [[{ text: `  ${board.look.mark} ${sayPhases(folded)}`, style: 'dim' as const }]]),
  ]
}

function waveLine(wave: BoardWave, collapsed: boolean, look: BoardLook): Line {
  const { state, rows } = wave
  const done = rows.filter((row) => row.current.phase === 'green' || row.current.phase === 'skipped').length
  const tail = collapsed && done < rows.length ? sayPhases(rows) : `${done} of ${rows.length} done`
  return [
    { text: fitColumns(waveName(state), nameColumns), style: 'bold' },
    { text: `  ${wave.word}`, style: waveStyle(state) },
    { text: `  ${look.dot} ${tail}`, style: 'dim' },
  ]
}

function waveStyle(wave: WaveState): Style {
  if (isPassed(wave)) return 'green'
  if (wave.phase === 'judged') return wave.verdict?.verdict === 'green' ? 'green' : 'red'
  return wave.round > 0 ? 'yellow' : wave.phase === 'merged' ? 'yellow' : 'dim'
}

function waveName(wave: WaveState): string {
  return `wave ${wave.wave} ${waveNames[wave.wave]}`
}

/** All names of waves take the same columns, so that the gates' words stand under each other. */
const nameColumns = Math.max(...Object.values(waveNames).map((name) => `wave 0 ${name}`.length))

function sayPhases(rows: readonly BoardRow[]): string {
  return [...Map.groupBy(rows, (row) => row.current.phase)].map(([phase, group]) => `${group.length} ${phase}`).join(', ')
}

// Nothing more can be folded: the beginning, a line that says how much is missing, and the foot, which says what to do.
function cutLines(lines: readonly Line[], height: number, foot: number, look: BoardLook): readonly Line[] {
  if (height <= foot + 1) return lines.slice(0, Math.max(0, height))
  const kept = height - foot - 1
  const missing = lines.length - foot - kept
  return [
    ...lines.slice(0, kept),
    [{ text: `${look.mark} ${count(missing, 'more line')}`, style: 'dim' }],
    ...lines.slice(lines.length - foot),
  ]
}
