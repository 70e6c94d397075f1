// Concurrency groups as GitHub has them, on plain runs: one at work, one that waits, the third takes the second's place.
import { describe, expect, it } from 'vitest'
import { openQueue, type Waiting } from './run-queue.ts'

function open(atOnce: number) {
  const told: string[] = []
  const ends = new Map<string, () => void>()
  const name = (one: Waiting) => String(one.run)
  const queue = openQueue({
    atOnce,
    isHeld: false,
    work: async (one, signal) => {
      told.push(`begin ${name(one)}`)
      await new Promise<void>((resolve) => {
        ends.set(name(one), resolve)
        signal.addEventListener('abort', () => resolve())
      })
      told.push(`${signal.aborted ? 'stop' : 'end'} ${name(one)}`)
    },
    drop: (one) => void told.push(`drop ${name(one)}`),
  })
  const add = (run: string, group?: string, endsRunning = false) =>
    queue.add({ run, ...(group === undefined ? {} : { concurrency: { group, endsRunning } }) } as unknown as Waiting)
  const finish = async (run: string) => {
    ends.get(run)?.()
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  return { queue, told, add, finish }
}

describe('the queue of runs', () => {
  it('first come, first served, as many at once as there are runners', async () => {
    const { told, add, finish } = open(2)
    for (const run of ['a', 'b', 'c']) add(run)
    await finish('b')
    expect(told).toEqual(['begin a', 'begin b', 'end b', 'begin c'])
  })

  it('a group has one at work and one that waits; others pass it', async () => {
    const { told, add, finish } = open(5)
    for (const run of ['a1', 'a2', 'a3']) add(run, 'a')
    add('b1', 'b')
    await finish('a1')
    expect(told).toEqual(['begin a1', 'drop a2', 'begin b1', 'end a1', 'begin a3'])
  })

  it('cancel-in-progress ends what is at work', async () => {
    const { told, add, queue } = open(5)
    add('a1', 'a', true)
    add('a2', 'a', true)
    await new Promise((resolve) => setTimeout(resolve, 1))
    expect(told).toEqual(['begin a1', 'stop a1', 'begin a2'])
    expect(queue.cancel('a2' as never)).toBe(true)
    await queue.settled()
    expect(queue.cancel('a2' as never)).toBe(false)
    expect(told.at(-1)).toBe('stop a2')
  })
})
