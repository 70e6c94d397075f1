// Caps on money -> may this turn be sent, and with how many output tokens. Reserve before, settle after; a cap is never passed.
import type { Clock, Purse, TurnRequest, Usage } from '../../world.ts'
import { costOf } from './prices.ts'

/** Caps in US dollars; read at every reservation, because `budget +5` raises them while the run goes on. */
export interface Caps {
  readonly runUsd: number
  readonly dayUsd: number
  readonly planUsd: number
}

/**
 * What a turn may do. `refused` names the cap that is reached. `settle` is called once and answers what the turn is charged, in US dollars
 * (undefined for a model without a price): what it used, nothing when it was not sent, all that was reserved when its answer was lost.
 */
export type Grant =
  | { readonly kind: 'granted'; readonly maxTokens: number; settle(usage: Usage | 'nothing' | 'lost'): number | undefined }
  | { readonly kind: 'refused'; readonly which: 'run' | 'day' | 'plan'; readonly spentUsd: number; readonly capUsd: number }

/** Reserves money for turns; waits while other turns hold what this one needs. */
export interface Ledger {
  reserve(request: {
    readonly turn: TurnRequest
    readonly model: string
    readonly inputTokens: number
    readonly signal: AbortSignal
  }): Promise<Grant>
}

/** Fewer output tokens than this are not worth a turn. Chosen: a tool call that writes a small file fits. */
const leastUsefulTokens = 2_048
/** How often a waiting turn looks again, ms. Chosen. */
const lookAgainMs = 250

/** A ledger over a purse. Models without a price are not held by money; the loop's token limits hold them. */
export function createLedger(parts: { readonly purse: Purse; readonly caps: () => Caps; readonly clock: Clock }): Ledger {
  let open = 0
  let asking: Asking[] = []
  // Looked at and reserved in one step: runs of other processes share the day's cap. All that ask in one turn of the event loop share the step:
  // it waits for the disk.
  const answerAll = async () => {
    const all = asking
    const before = open
    asking = []
    try {
      const taken = await parts.purse.exclusively(() => all.map(({ asked }) => take(asked)))
      for (const [index, { resolve }] of all.entries()) resolve(taken[index] ?? { kind: 'wait' })
    } catch (cause) {
      open = before
      for (const { reject } of all) reject(cause)
    }
  }
  const take = (asked: Asked): Taken => {
    const taken = tryToTake({ parts, ...asked, canWait: open > 0 && !asked.signal.aborted })
    if (taken.kind === 'taken') open += 1
    return taken
  }
  const ask = (asked: Asked) =>
    new Promise<Taken>((resolve, reject) => {
      if (asking.length === 0) setImmediate(() => void answerAll())
      asking.push({ asked, resolve, reject })
    })
  return {
    reserve: async ({ turn, model, inputTokens, signal }) => {
      if (costOf(model, noTokens) === undefined) return { kind: 'granted', maxTokens: turn.maxTokens, settle: () => undefined }
      for (;;) {
        const taken = await ask({ turn, model, inputTokens, signal })
        if (taken.kind === 'taken') return grant({ ...taken, parts, model, closed: () => (open -= 1) })
        if (taken.kind === 'refused') return taken
        await parts.clock.sleep(lookAgainMs, signal)
      }
    },
  }
}

const noTokens: Usage = { inputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 0 }

// The dearest way the turn can go: all input newly written to the cache, all output used.
function worstUsd(model: string, inputTokens: number, outputTokens: number): number {
  return costOf(model, { ...noTokens, cacheWriteTokens: inputTokens, outputTokens }) ?? 0
}

function affordable(request: {
  readonly model: string
  readonly inputTokens: number
  readonly leftUsd: number
  readonly wanted: number
}): number {
  const left = request.leftUsd - worstUsd(request.model, request.inputTokens, 0)
  // At the rate of this prompt: long prompts make their output dearer too.
  const perToken = (worstUsd(request.model, request.inputTokens, 1_000_000) - worstUsd(request.model, request.inputTokens, 0)) / 1_000_000
  return Math.max(0, Math.min(request.wanted, Math.floor(left / perToken)))
}

function tightestCap(parts: { readonly purse: Purse; readonly caps: () => Caps; readonly clock: Clock }, turn: TurnRequest) {
  const caps = parts.caps()
  const { run } = turn.conversation
  const all = [
    { which: 'run' as const, spentUsd: parts.purse.spentUsd({ run }), capUsd: caps.runUsd },
    { which: 'day' as const, spentUsd: parts.purse.spentUsd({ day: dayOf(parts.clock) }), capUsd: caps.dayUsd },
    ...(partOf(turn) === 'plan'
      ? [{ which: 'plan' as const, spentUsd: parts.purse.spentUsd({ run, part: 'plan' }), capUsd: caps.planUsd }]
      : []),
  ]
  return all.reduce((tightest, cap) => (cap.capUsd - cap.spentUsd < tightest.capUsd - tightest.spentUsd ? cap : tightest))
}

interface Asked {
  readonly turn: TurnRequest
  readonly model: string
  readonly inputTokens: number
  readonly signal: AbortSignal
}

interface Asking {
  readonly asked: Asked
  readonly resolve: (taken: Taken) => void
  readonly reject: (cause: unknown) => void
}

interface Taking extends Asked {
  readonly parts: { readonly purse: Purse; readonly caps: () => Caps; readonly clock: Clock }
  readonly canWait: boolean
}

type Taken =
  | { readonly kind: 'taken'; readonly id: number; readonly reservedUsd: number; readonly maxTokens: number }
  | { readonly kind: 'wait' }
  | Extract<Grant, { kind: 'refused' }>

function tryToTake({ parts, turn, model, inputTokens, canWait }: Taking): Taken {
  const tightest = tightestCap(parts, turn)
  const maxTokens = affordable({ model, inputTokens, leftUsd: tightest.capUsd - tightest.spentUsd, wanted: turn.maxTokens })
  const useful = maxTokens >= Math.min(turn.maxTokens, leastUsefulTokens)
  if (!useful || (maxTokens < turn.maxTokens && canWait)) return canWait ? { kind: 'wait' } : { kind: 'refused', ...tightest }
  const reservedUsd = worstUsd(model, inputTokens, maxTokens)
  const { run, about } = turn.conversation
  const id = parts.purse.reserve({ run, day: dayOf(parts.clock), part: partOf(turn), about: `${about}/${turn.turn}`, usd: reservedUsd })
  return { kind: 'taken', id, reservedUsd, maxTokens }
}

interface Granting extends Extract<Taken, { kind: 'taken' }> {
  readonly parts: { readonly purse: Purse }
  readonly model: string
  readonly closed: () => void
}

function grant(granting: Granting): Grant {
  let settledUsd: number | undefined
  return {
    kind: 'granted',
    maxTokens: granting.maxTokens,
    settle: (usage) => {
      if (settledUsd !== undefined) return settledUsd
      // A turn whose answer broke off may have been billed: it stays charged as reserved.
      settledUsd = usage === 'nothing' ? 0 : usage === 'lost' ? granting.reservedUsd : (costOf(granting.model, usage) ?? 0)
      granting.closed()
      granting.parts.purse.settle(granting.id, settledUsd)
      return settledUsd
    },
  }
}

function partOf(turn: TurnRequest): 'plan' | 'work' {
  return turn.conversation.about.startsWith('plan') ? 'plan' : 'work'
}

function dayOf(clock: Clock): string {
  return new Date(clock.now()).toISOString().slice(0, 10)
}
