// Turn requests for tests of the model's adapters.
import { asRunId } from '../../../src/ids.ts'
import type { TurnRequest } from '../../../src/world.ts'

/** A turn of a builder with one message; everything may be said otherwise. */
export function makeTurn(more: Partial<TurnRequest> & { readonly about?: string; readonly attempt?: number } = {}): TurnRequest {
  const { about = 'w1-entity', attempt = 1, ...rest } = more
  return {
    role: 'builder',
    effort: 'medium',
    system: [{ type: 'text', text: 'You build.' }],
    tools: [],
    messages: [{ role: 'user', content: 'Build it.' }],
    maxTokens: 8_192,
    conversation: { run: asRunId('demo-abc123'), about, attempt },
    turn: 1,
    ...rest,
  }
}
