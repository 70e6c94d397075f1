// The board on a terminal: how often it draws, what it leaves above itself, and that it ends.
import { Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it } from 'vitest'
import { type LiveBoard, startLiveBoard } from '../../src/report/live-board.ts'
import type { RunEvent } from '../../src/run/event.ts'
import { useOf } from './a-plan.ts'
import { beginning, ending, eventsOf, middle, stateOf } from './a-run.ts'

/** A terminal that keeps what is written to it, write by write. */
class Terminal extends Writable {
  readonly isTTY = true
  columns = 100
  rows = 30
  readonly writes: string[] = []

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.writes.push(chunk.toString('utf8'))
    done()
  }

  text(): string {
    return stripVTControlCharacters(this.writes.join(''))
  }
}

function open(): { readonly terminal: Terminal; readonly board: LiveBoard } {
  const terminal = new Terminal()
  return { terminal, board: startLiveBoard({ stream: terminal, now: Date.now, colour: false, ascii: false }) }
}

const before = eventsOf(beginning, middle)
const turn = (number: number): RunEvent => ({
  type: 'task-progressed',
  task: 'w2-repository-implementer' as never,
  attempt: 1,
  turn: number,
  tools: ['bash'],
  use: useOf(number, number / 100),
  at: Date.now(),
})

describe('the live board', () => {
  it('draws at most four times a second, however many events there are, and the last one is on it', async () => {
    const { terminal, board } = open()
    const startedAt = Date.now()
    // A machine that draws slowly draws less often: it is given the time.
    for (let number = 5; Date.now() - startedAt < 900 || terminal.writes.length < 2; number++) {
      const events = [...before, turn(number)]
      board.tell(turn(number), stateOf(events))
      await sleep(10)
    }
    expect(terminal.writes.length).toBeLessThanOrEqual(2 + (Date.now() - startedAt) / 250)
    board.tell(turn(777), stateOf([...before, turn(777)]))
    board.stop()
    expect(terminal.text()).toContain('$7.77')
  })

  it('leaves what matters above itself, with its time, and redraws below', () => {
    const { terminal, board } = open()
    const events = eventsOf(beginning, middle, ending)
    for (const [index, event] of events.entries()) board.tell(event, stateOf(events.slice(0, index + 1)))
    board.stop()
    const text = terminal.text()
    expect(text).toContain('18:07:00  Gate of wave 1: red: 1 failure')
    expect(text).not.toContain('w1-value-object-designer finished')
    expect(text.lastIndexOf('go on with  dce retry')).toBeGreaterThan(text.lastIndexOf('Stopped:'))
  })

  it('is quiet after it was stopped, also when it is stopped twice', async () => {
    const { terminal, board } = open()
    board.tell(turn(5), stateOf([...before, turn(5)]))
    board.stop()
    board.stop()
    const written = terminal.writes.length
    board.tell(turn(6), stateOf([...before, turn(6)]))
    terminal.emit('resize')
    await sleep(1_300)
    expect(terminal.writes).toHaveLength(written)
    expect(terminal.listenerCount('resize')).toBe(0)
  })

  it('draws anew when the terminal changes its size, in its new width', async () => {
    const { terminal, board } = open()
    board.tell(turn(5), stateOf([...before, turn(5)]))
    await sleep(300)
    terminal.columns = 50
    terminal.emit('resize')
    await sleep(400)
    board.stop()
    const last = stripVTControlCharacters(terminal.writes.at(-1) ?? '').split('\n')
    expect(Math.max(...last.map((line) => line.length))).toBeLessThanOrEqual(50)
  })
})
