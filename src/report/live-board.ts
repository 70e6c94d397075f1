// Events of a run -> a board that redraws itself on a terminal, with what matters printed above it. The only effect of report/.
import { createLogUpdate } from 'log-update'
import type { RunEvent } from '../run/event.ts'
import type { RunState } from '../run/state.ts'
import { renderBoard } from './board.ts'
import { createNarrator, type Narration } from './narrate.ts'
import { paintLine, wrapColumns } from './terminal-line.ts'
import { sayTime } from './words.ts'

/** A terminal: its size is read anew for every frame. Contract: `write` must not throw. */
interface BoardStream extends NodeJS.WritableStream {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
}

/** What the board needs. `ascii`: the terminal shows no Unicode. `now`: ms since the epoch. */
export interface LiveBoardParts {
  readonly stream: BoardStream
  readonly now: () => number
  readonly colour: boolean
  readonly ascii: boolean
}

/** Contract: `tell` neither throws nor waits; `stop` leaves the last board and the cursor behind, and may be called twice. */
export interface LiveBoard {
  tell(event: RunEvent, state: RunState): void
  stop(): void
}

/** At most four frames a second: more is not read, and every frame costs the terminal. Chosen. */
const frameMs = 250
/** A frame of many rows takes long: then the next one waits this many times as long, but no longer than a tick. Chosen: a twentieth of the time. */
const restPerFrame = 20
/** Ages go on while nothing happens. Chosen. */
const tickMs = 1_000

/** Starts the board; nothing is drawn before the first event. `before`: the state a resumed run had. */
export function startLiveBoard(parts: LiveBoardParts, before?: RunState): LiveBoard {
  const { stream } = parts
  const log = createLogUpdate(stream, { defaultWidth: 100, defaultHeight: 40 })
  const narrator = createNarrator(before)
  let state = before
  let drawnAt = 0
  let nextAt = 0
  let pending: NodeJS.Timeout | undefined
  let stopped = false

  const draw = () => {
    clearTimeout(pending)
    pending = undefined
    if (state === undefined) return
    drawnAt = parts.now()
    // One line stays free for the cursor, one is blank above: a board as high as the terminal would scroll with every frame.
    const height = Math.max(2, (stream.rows ?? 40) - 2)
    const lines = renderBoard({ state, nowMs: drawnAt, width: widthOf(stream), height, colour: parts.colour, ascii: parts.ascii })
    log(['', ...lines].join('\n'))
    nextAt = drawnAt + Math.min(tickMs, Math.max(frameMs, (parts.now() - drawnAt) * restPerFrame))
  }
  const drawSoon = () => {
    if (stopped || pending !== undefined) return
    pending = setTimeout(draw, Math.max(0, nextAt - parts.now()))
  }
  const ticking = setInterval(drawSoon, tickMs)
  stream.on('resize', drawSoon)

  return {
    tell: (event, after) => {
      if (stopped) return
      const told = narrator(event, after)
      state = after
      if (told.weight === 'important') {
        log.persist(persistedLines(told, parts).join('\n'))
        draw()
      } else drawSoon()
    },
    stop: () => {
      if (stopped) return
      stopped = true
      clearInterval(ticking)
      stream.off('resize', drawSoon)
      draw()
      log.done()
    },
  }
}

function widthOf(stream: BoardStream): number {
  return stream.columns ?? 100
}

// What stays above the board: the time, then the line, broken between words.
function persistedLines(told: Narration, parts: LiveBoardParts): readonly string[] {
  const width = widthOf(parts.stream)
  const time = `${sayTime(told.at).slice(11)}  `
  return wrapColumns(told.text, Math.max(20, width - time.length)).map((text, index) =>
    paintLine([{ text: index === 0 ? time : ' '.repeat(time.length), style: 'dim' }, { text }], { width, colour: parts.colour }),
  )
}
