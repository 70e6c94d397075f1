// The loop under the story: event -> journal -> decide -> effects -> events. It decides nothing; it makes durable, starts, and waits.
import { Bug, diskFullHint, isDiskFull, UserFault, WorldFault } from '../fault.ts'
import type { RunId } from '../ids.ts'
import type { Clock, Journal } from '../world.ts'
import { decide } from './decide.ts'
import { type Effect, keyOf } from './effect.ts'
import type { Happening, RunCommand, RunEvent } from './event.ts'
import { Halted } from './halt.ts'
import { refuseCommand } from './refuse-command.ts'
import type { RunState } from './state.ts'

/** What an effect is carried out with. `emit` may be called many times; the effect's own closing event is among them. */
export interface EffectContext {
  readonly state: () => RunState
  /** Resolves when the event is in the journal and folded; an answer that must not outrun its event waits for this. Rejects when the loop ends before. */
  readonly emit: (happening: Happening) => Promise<void>
  /** Stop at once: the process is going down. */
  readonly signal: AbortSignal
  /** Finish the turn, commit, end as interrupted. */
  readonly finishTurn: AbortSignal
}

/** Contract: emits the event that closes the effect, or throws (a fault stops the run resumably); honours both signals; safe to repeat. */
export type CarryOut = (effect: Effect, context: EffectContext) => Promise<void>

/** A command with who gave it. `letter`: its number in the letter box, growing; without one it came from this very process. */
export interface GivenCommand {
  readonly command: RunCommand
  readonly by: string
  readonly letter?: number
}

/** Commands for a run. A letter stays in the box until its event is in the journal: a kill in between loses nothing, and its number keeps it from acting twice. */
export interface LetterBox {
  /** Contract: cheap, called often; gives the same letter again until it is discarded. */
  waiting(): readonly GivenCommand[]
  discard(letter: number): void
}

/** What the loop needs. Commands come from other processes and from the terminal. */
export interface DriveRequest {
  readonly run: RunId
  readonly journal: Journal<RunEvent>
  readonly clock: Clock
  readonly carryOut: CarryOut
  /** Events that begin this process's part: `run-started`, or `process-resumed` and a command. */
  readonly begin: readonly Happening[]
  readonly letters: LetterBox
  /** Told after each event is durable. Contract: must not throw, must not wait. */
  readonly onEvent: (event: RunEvent, state: RunState) => void
  readonly onRefused: (command: RunCommand, why: string) => void
  readonly signal: AbortSignal
}

/** How often the letter box is looked into, ms. Chosen: a command acts within a second (design, section 2). */
const inboxEveryMs = 300

/** Folds recorded events; undefined for a run that has none. Effects are not started: what is owed follows from the state. */
export function replay(events: readonly RunEvent[]): RunState | undefined {
  return events.reduce<RunState | undefined>((state, event) => decide(state, event).state, undefined)
}

/**
 * Carries a run on until it is finished, stopped or aborted, and answers where it stands. All that happened is in the journal before it is acted upon.
 * Errors: WorldFault('journal') when an event cannot be made durable: what was running has been stopped by then. Everything else becomes a stop of the run.
 */
export async function drive(request: DriveRequest): Promise<RunState> {
  const down = new AbortController()
  const signal = AbortSignal.any([request.signal, down.signal])
  let state = replay(await request.journal.load(request.run))
  let finishTurn = new AbortController()
  let wake: () => void = () => undefined
  const queue: Queued[] = request.begin.map((happening) => ({ happening, done: () => undefined, drop: () => undefined }))
  let isOver = false
  const letters = openLetters(request)
  const running = new Set<Promise<void>>()
  const emit = (happening: Happening) => {
    const told = new Promise<void>((done, drop) => {
      if (isOver) return drop(signal.reason)
      queue.push({ happening, done, drop })
      wake()
    })
    // Most effects do not wait for what they tell.
    told.catch(() => undefined)
    return told
  }

  const begin = (effect: Effect) => {
    if (effect.type === 'finish-turns') return finishTurn.abort()
    // Something new begins: the stop is over. What is still finishing its turn goes on with it.
    if (effect.type !== 'publish' && finishTurn.signal.aborted) finishTurn = new AbortController()
    const context: EffectContext = { state: () => state ?? missing(), emit, signal, finishTurn: finishTurn.signal }
    const done = request
      .carryOut(effect, context)
      .catch((cause: unknown) => {
        if (!signal.aborted) void emit(effectFailed(effect, cause))
      })
      .finally(() => {
        running.delete(done)
        wake()
      })
    running.add(done)
  }

  try {
    while (!signal.aborted) {
      // Before its first event a run has no state that could refuse a command: it stays in the letter box.
      if (state !== undefined) queue.push(...letters.open(state))
      // What happened meanwhile becomes durable together; then it is acted upon one by one.
      const told = queue.map((next) => ({ next, event: { ...next.happening, at: request.clock.now() } satisfies RunEvent }))
      await Promise.all(told.map(({ event }) => request.journal.append(request.run, event)))
      queue.splice(0, told.length)
      for (const { next, event } of told) {
        const decision = decide(state, event)
        state = decision.state
        next.done()
        request.onEvent(event, state)
        decision.effects.forEach(begin)
      }
      if (told.length > 0) continue
      if (running.size === 0) break
      const woken = new Promise<void>((resolve) => {
        wake = resolve
      })
      if (queue.length === 0) await Promise.race([woken, request.clock.sleep(inboxEveryMs, signal)])
    }
  } finally {
    isOver = true
    // What cannot be made durable any more must not be worked, or paid for, any longer.
    down.abort()
    for (const { drop } of queue.splice(0)) drop(signal.reason)
    await Promise.allSettled(running)
  }
  return state ?? missing()
}

interface Queued {
  readonly happening: Happening
  /** Told when the event is durable and folded; `drop`: when it never will be. */
  readonly done: () => void
  readonly drop: (reason: unknown) => void
}

// Letters -> events to come. What is queued is not opened again; what the journal has already is only thrown away.
function openLetters({ letters, onRefused }: Pick<DriveRequest, 'letters' | 'onRefused'>): { open(state: RunState): readonly Queued[] } {
  const queued = new Set<number>()
  return {
    open: (state) =>
      letters.waiting().flatMap(({ command, by, letter }): readonly Queued[] => {
        if (letter !== undefined && queued.has(letter)) return []
        const isKnown = letter !== undefined && letter <= state.lastLetter
        const why = isKnown ? undefined : refuseCommand(state, command)
        if (why !== undefined) onRefused(command, why)
        const discard = () => (letter === undefined ? undefined : letters.discard(letter))
        if (isKnown || why !== undefined) {
          discard()
          return []
        }
        if (letter !== undefined) queued.add(letter)
        return [
          {
            happening: { type: 'command-given', command, by, ...(letter === undefined ? {} : { letter }) },
            done: discard,
            drop: () => undefined,
          },
        ]
      }),
  }
}

function missing(): never {
  throw new Bug('a run was driven without its first event')
}

/** A fault of an effect stops the run; what it was doing is still owed when the run goes on. */
function effectFailed(effect: Effect, cause: unknown): Happening {
  if (cause instanceof Halted) return { type: 'effect-failed', effect: keyOf(effect), message: cause.message, stop: cause.stop }
  if (isDiskFull(cause)) {
    const message = `${effect.type} failed: ${cause instanceof Error ? cause.message : String(cause)}. ${diskFullHint}`
    return { type: 'effect-failed', effect: keyOf(effect), message, stop: { kind: 'fault', message } }
  }
  const message =
    cause instanceof UserFault || cause instanceof WorldFault || cause instanceof Bug
      ? cause.message
      : `${effect.type} failed: ${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}`
  return { type: 'effect-failed', effect: keyOf(effect), message, stop: { kind: 'fault', message } }
}
