// A conversation that was killed after its last record, before anybody was told how it ended: the files come back before it is concluded.
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createConverse } from '../../src/agent/converse.ts'
import { asRunId } from '../../src/ids.ts'
import type { ConversationRequest, Journal, Model, Tool, TurnResult } from '../../src/world.ts'

function memoryJournal(): Pick<Journal<never>, 'once' | 'recorded'> {
  const values = new Map<string, unknown>()
  return {
    once: async <Value>({ key }: { key: string }, effect: () => Promise<Value>) => {
      if (!values.has(key)) values.set(key, await effect())
      return values.get(key) as Value
    },
    recorded: async <Value>({ key }: { key: string }) => values.get(key) as Value | undefined,
  }
}

const answer = (name: string): TurnResult => ({
  kind: 'answered',
  content: [{ type: 'tool_use', id: `id_${name}`, name, input: {} }],
  stopReason: 'tool_use',
  usage: { inputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 1 },
  costUsd: 0,
  model: 'm',
  firstTokenMs: 1,
  durationMs: 1,
})

const tool = (name: string, ends: boolean): Tool<string> => ({
  name,
  description: name,
  input: z.object({}),
  run: async () => ({ text: name, isError: false, ...(ends ? { ends: 'done' } : {}) }),
})

const plainRequest = (tools: readonly Tool<string>[]): ConversationRequest<string> => ({
  key: { run: asRunId('r-000000'), about: 'w1-x', attempt: 1 },
  role: 'builder',
  effort: 'low',
  system: 's',
  firstMessage: 'f',
  tools,
  limits: { maxTurns: 9, maxTokens: 1e9, maxUsd: 9, maxWallMs: 1e9 },
  signal: new AbortController().signal,
})

describe('a conversation whose every step is recorded', () => {
  it('restores the last state before it tells its end, and asks nobody', async () => {
    const journal = memoryJournal()
    let asked = 0
    const model: Model = {
      turn: async () => {
        asked += 1
        return answer(asked === 1 ? 'write' : 'finish')
      },
    }
    const converse = createConverse({ model, journal, clock: { now: () => 0, sleep: async () => undefined } })
    const restored: string[] = []
    let saved = 0
    const request: ConversationRequest<string> = {
      ...plainRequest([tool('write', false), tool('finish', true)]),
      saveState: async () => `state ${++saved}`,
      restoreState: async (state) => {
        restored.push(state)
      },
    }
    expect((await converse(request)).end).toEqual({ kind: 'ended', value: 'done' })
    expect(restored).toEqual([])
    expect((await converse(request)).end).toEqual({ kind: 'ended', value: 'done' })
    expect(restored).toEqual([`state ${saved}`])
    expect(asked).toBe(2)
  })

  it('tells a tool of its recorded calls, once for each process: what was read is known after a kill', async () => {
    const journal = memoryJournal()
    let asked = 0
    const model: Model = {
      turn: async () => {
        asked += 1
        return answer(asked === 1 ? 'read' : 'finish')
      },
    }
    const converse = createConverse({ model, journal, clock: { now: () => 0, sleep: async () => undefined } })
    const recalled: string[] = []
    const reading: Tool<string> = {
      ...tool('read', false),
      recall: async (_input, { text }) => {
        recalled.push(text)
      },
    }
    const request = plainRequest([reading, tool('finish', true)])
    await converse(request)
    expect(recalled).toEqual([])
    await converse(request)
    expect(recalled).toEqual(['read'])
  })
})
