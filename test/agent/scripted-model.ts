// Answers written by a test -> the Model port; requests are kept. And a journal in memory that stores JSON, as real ones do.
import type Anthropic from '@anthropic-ai/sdk'
import type { Journal, Model, TurnRequest, TurnResult, Usage } from '../../src/world.ts'

/** A tool call: name and input. */
export type Call = readonly [name: string, input: unknown]
type Answered = Extract<TurnResult, { kind: 'answered' }>

/** An answer with these tool calls. Ids are `t<turn>c<index>`; tell the turn where it matters. */
export function calls(turn: number, ...list: readonly Call[]): Answered {
  const content = list.map(([name, input], index) => ({ type: 'tool_use' as const, id: `t${turn}c${index}`, name, input }))
  return answered({ content: content as unknown as Anthropic.Beta.BetaContentBlock[], stopReason: 'tool_use' })
}

/** An answer in words alone. */
export function words(text: string, stopReason: Answered['stopReason'] = 'end_turn'): Answered {
  return answered({ content: [{ type: 'text', text, citations: null }] as unknown as Anthropic.Beta.BetaContentBlock[], stopReason })
}

/** An answer; everything may be said otherwise. */
export function answered(more: Partial<Answered> = {}): Answered {
  return {
    kind: 'answered',
    content: [],
    stopReason: 'end_turn',
    usage: { inputTokens: 100, cacheReadTokens: 1_000, cacheWriteTokens: 50, outputTokens: 20 } satisfies Usage,
    costUsd: 0.01,
    model: 'scripted',
    firstTokenMs: 1,
    durationMs: 2,
    ...more,
  }
}

/** What the model does in one turn: an answer, or something that is done with the request first. */
export type Step = TurnResult | ((request: TurnRequest, options: Parameters<Model['turn']>[1]) => TurnResult | Promise<TurnResult>)

/** A model that gives one step after the other, and `ran out` as a rejection behind the last. Requests are kept as JSON was sent. */
export function scripted(...steps: readonly Step[]): Model & { readonly requests: readonly TurnRequest[] } {
  const requests: TurnRequest[] = []
  return {
    requests,
    turn: async (request, options) => {
      requests.push(JSON.parse(JSON.stringify(request)) as TurnRequest)
      const step = steps[requests.length - 1]
      if (step === undefined) return { kind: 'rejected', status: 0, message: 'the script ran out' }
      options.onFirstByte?.()
      return typeof step === 'function' ? step(request, options) : step
    },
  }
}

/** A journal that lives as long as the test. `keys`: what is recorded, in order. */
export function memoryJournal(): Pick<Journal<never>, 'once' | 'recorded'> & { readonly keys: () => readonly string[] } {
  const values = new Map<string, string>()
  return {
    keys: () => [...values.keys()],
    recorded: async <Value>({ key }: { key: string }) => {
      const text = values.get(key)
      return text === undefined ? undefined : (JSON.parse(text) as Value)
    },
    once: async <Value>({ key }: { key: string }, effect: () => Promise<Value>) => {
      const before = values.get(key)
      if (before !== undefined) return JSON.parse(before) as Value
      const value = await effect()
      values.set(key, JSON.stringify(value))
      return JSON.parse(values.get(key) ?? '') as Value
    },
  }
}
