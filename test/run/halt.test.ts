// Which ends of a conversation stop the run, and which are an answer.
import { describe, expect, it } from 'vitest'
import { finalEnd, Halted, haltOf } from '../../src/run/halt.ts'
import type { ConversationEnd } from '../../src/world.ts'

describe('a conversation', () => {
  it.each<[ConversationEnd<string>, string]>([
    [{ kind: 'interrupted' }, 'interrupted'],
    [{ kind: 'superseded' }, 'interrupted'],
    [{ kind: 'out-of-budget', which: 'day', spentUsd: 1, capUsd: 1 }, 'out-of-budget'],
    [{ kind: 'rate-limited', untilMs: 5 }, 'rate-limited'],
    [{ kind: 'rejected', status: 401, message: 'no key' }, 'model-rejected'],
  ])('that was cut (%o) stops the run as %s', (end, kind) => {
    expect(haltOf(end)).toMatchObject({ kind })
    expect(() => finalEnd(end)).toThrow(Halted)
  })

  it.each<ConversationEnd<string>>([
    { kind: 'ended', value: 'done' },
    { kind: 'ran-dry', lastText: '' },
    { kind: 'limit', which: 'turns' },
    { kind: 'refused', message: 'no' },
  ])('that came to an end (%o) is handed on', (end) => {
    expect(haltOf(end)).toBeUndefined()
    expect(finalEnd(end)).toBe(end)
  })
})
