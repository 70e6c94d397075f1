// The live board: what stands on it, and that it fits whatever terminal it gets.

import { stripVTControlCharacters } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type BoardRequest, renderBoard } from '../../src/report/board.ts'
import { columnsOf } from '../../src/report/terminal-line.ts'
import type { RunEvent } from '../../src/run/event.ts'
import { beginning, ending, eventsOf, goodEnding, middle, startMs, stateOf } from './a-run.ts'

const minute = 60_000
const mid = eventsOf(beginning, middle)
const stopped = eventsOf(beginning, middle, ending)

function board(events: readonly RunEvent[], more: Partial<BoardRequest> = {}): readonly string[] {
  return renderBoard({ state: stateOf(events), nowMs: startMs + 12 * minute, width: 140, height: 60, colour: false, ascii: false, ...more })
}

const rowOf = (lines: readonly string[], id: string) => lines.find((line) => line.includes(` ${id} `)) ?? ''

describe('what the board says', () => {
  it('the run: title, id, where it stands, time, money of the cap, tokens, agents at work, mode', () => {
    const [first, second] = board(mid)
    expect(first).toMatch(/^dce {2}Call quotas per buyer .* quotas-3fa9c1$/u)
    expect(second).toMatch(
      /^wave 2, building · 12 min 00 s · \$2\.15 of \$25\.00 · .* tokens · 1 of 5 agents at work · adaptive, production$/u,
    )
  })

  it('each wave with the word of its gate and how far it is', () => {
    const lines = board(mid)
    expect(lines).toContainEqual(expect.stringMatching(/^wave 1 Domain +green, not proven: benchmarks {2}· 3 of 3 done$/u))
    expect(lines).toContainEqual(expect.stringMatching(/^wave 2 Infrastructure +building {2}· 0 of 2 done$/u))
    expect(lines).toContainEqual(expect.stringMatching(/^wave 4 API +not begun {2}· 0 of 1 done$/u))
  })

  it('an agent at work: attempt, turn, tokens, money, age, last tools', () => {
    expect(rowOf(board(mid), 'w2-repository-implementer')).toMatch(/● .* running +a1 t4 +44\.0 k +\$0\.18 +3:12 .*bash, edit$/u)
  })

  it('an agent that was not heard of for minutes is called quiet', () => {
    expect(rowOf(board(mid), 'w2-repository-implementer')).toContain('quiet 2:36')
    expect(rowOf(board(mid, { nowMs: startMs + 10 * minute }), 'w2-repository-implementer')).not.toContain('quiet')
  })

  it('what a task waits for, and why one failed', () => {
    const lines = board(mid)
    expect(rowOf(lines, 'w2-migration-engineer')).toMatch(/waiting .*its merge waits for w2-repository-implementer/u)
    expect(rowOf(lines, 'w3-service-orchestrator')).toMatch(/pending +waits for w2-repository-implementer/u)
    expect(rowOf(board(stopped), 'w5-unit-test-engineer')).toMatch(/✗ .*failed .*quota_test\.go is not there/u)
  })

  it('a stop and the command that goes on, last', () => {
    expect(board(stopped).slice(-2)).toEqual([
      '✗ w5-unit-test-engineer failed: internal/domain/quota/quota_test.go is not there',
      '  go on with  dce retry w5-unit-test-engineer --run quotas-3fa9c1',
    ])
  })

  it('before there are waves, which of the first steps is being done', () => {
    expect(board(eventsOf(beginning.slice(0, 3))).at(-1)).toBe('  ✓ specification  ✓ base  ● plan  ○ contracts')
  })

  it('a repair is told apart from a first attempt', () => {
    const repairing = eventsOf(beginning, middle.slice(0, 12))
    expect(rowOf(board(repairing), 'w1-entity-architect')).toMatch(/running +a2 .*repair round 1, 1 failure/u)
    expect(board(repairing)).toContainEqual(expect.stringMatching(/^wave 1 Domain +repair round 1/u))
  })
})

describe('the terminal it gets', () => {
  const sizes = fc.record({
    width: fc.integer({ min: 20, max: 200 }),
    height: fc.integer({ min: 2, max: 60 }),
    colour: fc.boolean(),
    ascii: fc.boolean(),
  })
  const moments = fc.constantFrom(
    eventsOf(beginning.slice(0, 2)),
    eventsOf(beginning),
    mid,
    stopped,
    eventsOf(beginning, middle, goodEnding),
  )

  it('is never wider or higher than allowed, at no moment of a run', () => {
    fc.assert(
      fc.property(sizes, moments, (size, events) => {
        const lines = board(events, size)
        expect(lines.length).toBeLessThanOrEqual(size.height)
        for (const line of lines) expect(columnsOf(line)).toBeLessThanOrEqual(size.width)
      }),
    )
  })

  it('with colour says the same as without', () => {
    const plain = board(stopped)
    const coloured = board(stopped, { colour: true })
    expect(coloured).not.toEqual(plain)
    expect(coloured.map(stripVTControlCharacters)).toEqual(plain)
  })

  it('with ASCII only gets no other character of ours', () => {
    for (const line of board(mid, { ascii: true, width: 60 })) expect(line).toMatch(/^[\x20-\x7e]*$/u)
  })

  it('that is low loses green waves first, then waves that have not begun; what is at work stays', () => {
    const whole = board(mid).length
    const lower = board(mid, { height: whole - 6 })
    expect(rowOf(lower, 'w1-entity-architect')).toBe('')
    expect(rowOf(lower, 'w3-service-orchestrator')).not.toBe('')
    const lowest = board(mid, { height: 9 })
    expect(rowOf(lowest, 'w3-service-orchestrator')).toBe('')
    expect(rowOf(lowest, 'w2-repository-implementer')).not.toBe('')
    expect(lowest.filter((line) => line.startsWith('wave '))).toHaveLength(6)
  })

  it('that is lower still keeps the command that goes on', () => {
    expect(board(stopped, { height: 5 }).at(-1)).toContain('dce retry')
  })

  it('that is narrow loses figures before names', () => {
    const row = rowOf(board(mid, { width: 80 }), 'w2-repository-implementer')
    expect(row).toContain('running')
    expect(row).not.toContain('44.0 k')
  })

  it('shows wide characters in their columns and no escape sequence of a title', () => {
    const titled = mid.map(
      (event): RunEvent =>
        event.type === 'feature-read' ? { ...event, feature: { ...event.feature, title: `${'配额'.repeat(40)}\u001b[2J` } } : event,
    )
    const [first = ''] = board(titled, { width: 80 })
    expect(columnsOf(first)).toBeLessThanOrEqual(80)
    expect(first).toContain('…')
    expect(first).not.toContain('\u001b')
  })
})
