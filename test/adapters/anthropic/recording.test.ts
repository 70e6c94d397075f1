// What a model really answered, in a file, and the same again without a model; a story that differs is noticed, not told on.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type Anthropic from '@anthropic-ai/sdk'
import { beforeEach, describe, expect, it } from 'vitest'
import { recordTo, replayFrom } from '../../../src/adapters/anthropic/recording.ts'
import { UserFault } from '../../../src/fault.ts'
import type { Message, Model, TurnRequest, TurnResult } from '../../../src/world.ts'
import { makeTempDir } from '../../support/git-dir.ts'
import { makeTurn } from './turns.ts'

const signal = new AbortController().signal

function answer(text: string): Extract<TurnResult, { kind: 'answered' }> {
  return {
    kind: 'answered',
    content: [{ type: 'text', text, citations: null } as Anthropic.Beta.BetaTextBlock],
    stopReason: 'tool_use',
    usage: { inputTokens: 10, cacheReadTokens: 20, cacheWriteTokens: 30, outputTokens: 40 },
    costUsd: 0.001,
    model: 'claude-sonnet-5-5',
    firstTokenMs: 12,
    durationMs: 34,
  }
}

/** A model that says which conversation and turn it was asked in. */
const realModel: Model = {
  turn: async ({ conversation, turn }) => answer(`${conversation.about} ${conversation.attempt} ${turn}`),
}

function toolResults(
  ...results: readonly { readonly text: string; readonly isError?: boolean; readonly tool?: string }[]
): readonly Message[] {
  return [
    { role: 'user', content: 'Build it.' },
    {
      role: 'assistant',
      content: results.map(({ tool = 'write' }, index) => ({ type: 'tool_use', id: `t${index}`, name: tool, input: {} })),
    },
    {
      role: 'user',
      content: results.map((result, index) => ({
        type: 'tool_result',
        tool_use_id: `t${index}`,
        content: result.text,
        is_error: result.isError === true,
      })),
    },
  ]
}

let path = ''
beforeEach(() => {
  path = join(makeTempDir('recording'), 'run.jsonl')
})

async function record(...turns: readonly TurnRequest[]): Promise<readonly TurnResult[]> {
  const model = recordTo(path, realModel, '2026-11-23')
  const results: TurnResult[] = []
  for (const turn of turns) results.push(await model.turn(turn, { signal }))
  return results
}

describe('replaying', () => {
  it('gives back exactly what was answered, by task, attempt and turn, in any order and for any run', async () => {
    const turns = [makeTurn(), makeTurn({ turn: 2 }), makeTurn({ attempt: 2 }), makeTurn({ about: 'plan' })]
    const recorded = await record(...turns)
    const { model, report } = replayFrom(path)
    const again = await Promise.all(
      turns
        .toReversed()
        .map((turn) => model.turn({ ...turn, conversation: { ...turn.conversation, run: 'other-ffffff' as never } }, { signal })),
    )
    expect(again).toEqual(recorded.toReversed())
    expect(report()).toEqual({ date: '2026-11-23', turns: 4, differing: 0, examples: [] })
  })

  it('tells that the answer begins, once', async () => {
    await record(makeTurn())
    let begun = 0
    await replayFrom(path).model.turn(makeTurn(), { signal, onFirstByte: () => begun++ })
    expect(begun).toBe(1)
  })

  it('stops, naming the turn, when the recording has no answer for it', async () => {
    await record(makeTurn())
    expect(await replayFrom(path).model.turn(makeTurn({ turn: 7 }), { signal })).toEqual({
      kind: 'rejected',
      status: 0,
      message: 'the recording of 2026-11-23 has no turn for w1-entity, attempt 1, turn 7',
    })
  })

  it('does nothing once it is aborted', async () => {
    await record(makeTurn())
    expect(await replayFrom(path).model.turn(makeTurn(), { signal: AbortSignal.abort() })).toEqual({ kind: 'cancelled' })
  })
})

describe('tool answers that differ from the recorded ones', () => {
  it('are the same when only paths, times and hashes differ', async () => {
    await record(makeTurn({ messages: toolResults({ text: 'ok /tmp/dce-1/a.go 0.01s' }) }))
    const { model, report } = replayFrom(path)
    expect((await model.turn(makeTurn({ messages: toolResults({ text: 'ok /tmp/dce-2/b.go 0.77s' }) }), { signal })).kind).toBe('answered')
    expect(report().differing).toBe(0)
  })

  it('are counted, with examples, when their text differs, and the story goes on', async () => {
    await record(...[1, 2, 3, 4, 5, 6, 7].map((turn) => makeTurn({ turn, messages: toolResults({ text: 'one' }, { text: 'same' }) })))
    const { model, report } = replayFrom(path)
    for (const turn of [1, 2, 3, 4, 5, 6, 7])
      expect((await model.turn(makeTurn({ turn, messages: toolResults({ text: 'two' }, { text: 'same' }) }), { signal })).kind).toBe(
        'answered',
      )
    expect(report()).toMatchObject({ turns: 7, differing: 7 })
    expect(report().examples).toHaveLength(5)
    expect(report().examples[0]).toBe('w1-entity, attempt 1, turn 1: tool answer 1 reads otherwise')
  })

  it.each([
    ['failed where it had succeeded', true, 'tool answer 1 failed, recorded it succeeded: no such file'],
    ['succeeded where it had failed', false, 'tool answer 1 succeeded, recorded it failed: no such file'],
  ])('stop the replay when a call %s', async (_, isError, message) => {
    await record(makeTurn({ messages: toolResults({ text: 'no such file', isError: !isError }) }))
    const { model, report } = replayFrom(path)
    const result = await model.turn(makeTurn({ messages: toolResults({ text: 'no such file', isError }) }), { signal })
    expect(result).toEqual({ kind: 'rejected', status: 0, message: `replay stops at w1-entity, attempt 1, turn 1: ${message}` })
    expect(report().turns).toBe(0)
  })

  it('are counted when only a command ends otherwise: what it finds depends on who was merged by then', async () => {
    await record(makeTurn({ messages: toolResults({ text: 'FAIL', isError: true, tool: 'bash' }) }))
    const { model, report } = replayFrom(path)
    expect((await model.turn(makeTurn({ messages: toolResults({ text: 'ok', tool: 'bash' }) }), { signal })).kind).toBe('answered')
    expect(report().examples).toEqual(['w1-entity, attempt 1, turn 1: tool answer 1 (bash) succeeded, recorded it failed'])
  })

  it('stop the replay when there are more or fewer of them', async () => {
    await record(makeTurn({ messages: toolResults({ text: 'a' }, { text: 'b' }) }))
    const result = await replayFrom(path).model.turn(makeTurn({ messages: toolResults({ text: 'a' }) }), { signal })
    expect(result).toMatchObject({ kind: 'rejected', message: expect.stringContaining('1 tool answers, recorded 2') })
  })
})

describe('recording', () => {
  it('hands results through unchanged and keeps only answered turns', async () => {
    const results: TurnResult[] = [{ kind: 'rate-limited', untilMs: 5 }, answer('later')]
    const model = recordTo(path, { turn: async () => results.shift() ?? { kind: 'cancelled' } }, '2026-11-23')
    expect(await model.turn(makeTurn(), { signal })).toEqual({ kind: 'rate-limited', untilMs: 5 })
    expect(await model.turn(makeTurn(), { signal })).toEqual(answer('later'))
    expect(readFileSync(path, 'utf8').trim().split('\n')).toHaveLength(2)
  })

  it('goes on in the file of the same run, and begins another run’s anew', async () => {
    await record(makeTurn())
    await record(makeTurn({ turn: 2 }))
    expect(readFileSync(path, 'utf8').trim().split('\n')).toHaveLength(3)
    const other = makeTurn({ turn: 3 })
    await record({ ...other, conversation: { ...other.conversation, run: 'other-ffffff' as never } })
    expect(readFileSync(path, 'utf8').trim().split('\n')).toHaveLength(2)
  })

  it('writes over no file that is none', async () => {
    writeFileSync(path, 'my notes\n')
    await expect(record(makeTurn())).rejects.toThrow(/is not JSON/u)
    expect(readFileSync(path, 'utf8')).toBe('my notes\n')
  })

  it('has no path and no time of this machine in what it says of tools', async () => {
    await record(makeTurn({ messages: toolResults({ text: 'wrote /tmp/secret-place/x.go in 12 ms' }) }))
    expect(readFileSync(path, 'utf8')).not.toContain('secret-place')
  })
})

describe('a file that is no recording', () => {
  it.each([
    ['is missing', undefined, /cannot be read/u],
    ['is empty', '', /line 1 is not JSON/u],
    ['has another header', '{"recording":"other"}\n', /its first line is no header/u],
    ['was cut in the middle of a line', '{"recording":"dce","version":1,"date":"2026-11-23"}\n{"about":"w1', /line 2 is not JSON/u],
    ['has a line that is no turn', '{"recording":"dce","version":1,"date":"2026-11-23"}\n{"about":"w1"}\n', /line 2 is no recorded turn/u],
  ])('is the user’s fault, with what to do, when it %s', (_, text, message) => {
    if (text !== undefined) writeFileSync(path, text)
    expect(() => replayFrom(path)).toThrow(UserFault)
    expect(() => replayFrom(path)).toThrow(message)
  })
})
