// Ends of a conversation that are no answer: the run stops for that reason, and the same conversation goes on when the run does.
import type { ConversationEnd } from '../world.ts'
import type { StopReason } from './event.ts'

/** Ends an effect without an answer. The loop makes a stop of it; what the effect was doing is still owed. */
export class Halted extends Error {
  readonly stop: StopReason
  constructor(stop: StopReason) {
    super(`cut short (${stop.kind}); it goes on where it was`)
    this.stop = stop
  }
}

/** Why the run has to stop; undefined for an answer, and for ends that another try would not change. */
export function haltOf(end: ConversationEnd<unknown>): StopReason | undefined {
  switch (end.kind) {
    case 'interrupted':
    case 'superseded':
      return { kind: 'interrupted' }
    case 'out-of-budget':
      return { kind: 'out-of-budget', which: end.which, spentUsd: end.spentUsd, capUsd: end.capUsd }
    case 'rate-limited':
      return { kind: 'rate-limited', untilMs: end.untilMs }
    case 'rejected':
      return { kind: 'model-rejected', status: end.status, message: end.message }
    default:
      return undefined
  }
}

/** Ends that another try of the same conversation would not change. */
type FinalEnd<End extends ConversationEnd<unknown>> = Extract<End, { readonly kind: 'ended' | 'ran-dry' | 'limit' | 'refused' }>

/** For those who wait for an answer: the end as it is, unless the conversation was only cut; then the effect ends here. */
export function finalEnd<End extends ConversationEnd<unknown>>(end: End): FinalEnd<End> {
  const stop = haltOf(end)
  if (stop !== undefined) throw new Halted(stop)
  return end as FinalEnd<End>
}
