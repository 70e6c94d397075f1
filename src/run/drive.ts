// The loop under the story: event -> journal -> decide -> effects -> events. It decides nothing; it makes durable, starts, and waits.
import { Bug, UserFault, WorldFault } from '../fault.ts'
import type { RunId } from '../ids.ts'
import type { Clock, Journal } from '../world.ts'
import { decide } from './decide.ts'
import { type Effect, keyOf } from './effect.ts'
import type { Happening, RunCommand, RunEvent } from './event.ts'
import { refuseCommand } from './refuse-command.ts'
import type { RunState } from './state.ts'

/** What an effect is carried out with. `emit` may be called many times; the effect's own closing event is among them. */
export interface EffectContext {
  readonly state: () => RunState
  readonly emit: (happening: Happening) => void
  /** Stop at once: the process is going down. */
  readonly signal: AbortSignal
  /** Finish the turn, commit, end as interrupted. */
  readonly finishTurn: AbortSignal
}

/** Contract: emits the event that closes the effect, or throws (a fault stops the run resumably); honours both signals; safe to repeat. */
export type CarryOut = (effect: Effect, context: EffectContext) => Promise<void>

/** What the loop needs. Commands come from other processes and from the terminal. */
export interface DriveRequest {
  readonly run: RunId
  readonly journal: Journal<RunEvent>
  readonly clock: Clock
  readonly carryOut: CarryOut
  /** Events that begin this process's part: `run-started`, or `process-resumed` and a command. */
  readonly begin: readonly Happening[]
  /** Commands left for this run since the last call, with who gave them. */
  readonly takeCommands: () => readonly { readonly command: RunCommand; readonly by: string }[]
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
 * Errors: WorldFault('journal') when an event cannot be made durable; everything else becomes a stop of the run.
 */
export async function drive(request: DriveRequest): Promise<RunState> {
  let state = replay(await request.journal.load(request.run))
  let finishTurn = new AbortController()
  let wake: () => void = () => undefined
  const queue: Happening[] = [...request.begin]
  const running = new Set<Promise<void>>()
  const emit = (happening: Happening) => {
    queue.push(happening)
    wake()
  }

  const begin = (effect: Effect) => {
    if (effect.type === 'finish-turns') return finishTurn.abort()
    if (effect.type === 'run-task' && finishTurn.signal.aborted) finishTurn = new AbortController()
    const context: EffectContext = { state: () => state ?? missing(), emit, signal: request.signal, finishTurn: finishTurn.signal }
    const done = request
      .carryOut(effect, context)
      .catch((cause: unknown) => {
        if (!request.signal.aborted) emit(effectFailed(effect, cause))
      })
      .finally(() => {
        running.delete(done)
        wake()
      })
    running.add(done)
  }

  while (!request.signal.aborted) {
    // Before its first event a run has no state that could refuse a command: it stays in the letter box.
    for (const given of state === undefined ? [] : request.takeCommands()) {
      const why = refuseCommand(state ?? missing(), given.command)
      if (why === undefined) queue.push({ type: 'command-given', command: given.command, by: given.by })
      else request.onRefused(given.command, why)
    }
    const happening = queue.shift()
    if (happening !== undefined) {
      const event: RunEvent = { ...happening, at: request.clock.now() }
      await request.journal.append(request.run, event)
      const decision = decide(state, event)
      state = decision.state
      request.onEvent(event, state)
      decision.effects.forEach(begin)
      continue
    }
    if (running.size === 0) break
    const woken = new Promise<void>((resolve) => {
      wake = resolve
    })
    if (queue.length === 0) await Promise.race([woken, request.clock.sleep(inboxEveryMs, request.signal)])
  }
  await Promise.allSettled(running)
  return state ?? missing()
}

function missing(): never {
  throw new Bug('a run was driven without its first event')
}

/** A fault of an effect stops the run; what it was doing is still owed when the run goes on. */
function effectFailed(effect: Effect, cause: unknown): Happening {
  const message =
    cause instanceof UserFault || cause instanceof WorldFault || cause instanceof Bug
      ? cause.message
      : `${effect.type} failed: ${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}`
  return { type: 'effect-failed', effect: keyOf(effect), message, stop: { kind: 'fault', message } }
}
