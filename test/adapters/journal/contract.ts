// What every implementation of the Journal port holds, as tests: handed a way to open one, and to open the same one again.
import { expect, it } from 'vitest'
import { asRunId } from '../../../src/ids.ts'
import type { Journal } from '../../../src/world.ts'

/** An event as the suite writes it. */
export interface ToldEvent {
  readonly at: number
  readonly text: string
}

/** Opens an empty journal; `reopen` closes what is open and opens the same journal, as the next process would. */
export interface JournalUnderTest {
  readonly journal: Journal<ToldEvent>
  reopen(): Promise<Journal<ToldEvent>>
}

const run = asRunId('demo-abc123')
const other = asRunId('other-abc123')

/** Declares the contract's tests inside the caller's `describe`. */
export function journalContract(open: () => Promise<JournalUnderTest>): void {
  it('gives events back in the order they were appended, also when appends were not awaited one by one', async () => {
    const { journal, reopen } = await open()
    const events = Array.from({ length: 50 }, (_, index) => ({ at: 1_000 - index, text: `event ${index}` }))
    await Promise.all(events.map((event) => journal.append(run, event)))
    expect(await journal.load(run)).toEqual(events)
    expect(await (await reopen()).load(run)).toEqual(events)
  })

  it('keeps runs apart, and a run that has no events is empty', async () => {
    const { journal } = await open()
    await journal.append(run, { at: 1, text: 'mine' })
    await journal.append(other, { at: 2, text: 'theirs' })
    expect(await journal.load(run)).toEqual([{ at: 1, text: 'mine' }])
    expect(await journal.load(asRunId('none-abc123'))).toEqual([])
  })

  it('runs an effect once per key and run, and gives its value from then on', async () => {
    const { journal, reopen } = await open()
    let calls = 0
    const effect = async () => ({ calls: ++calls, list: [1, null, 'ü'] })
    const first = await journal.once({ run, key: 'pay' }, effect)
    expect(await journal.once({ run, key: 'pay' }, effect)).toEqual(first)
    const again = await reopen()
    expect(await again.once({ run, key: 'pay' }, effect)).toEqual(first)
    expect(calls).toBe(1)
    await again.once({ run: other, key: 'pay' }, effect)
    await again.once({ run, key: 'pay more' }, effect)
    expect(calls).toBe(3)
  })

  it('runs an effect once when many ask at the same time', async () => {
    const { journal } = await open()
    let calls = 0
    const effect = () => new Promise<number>((resolve) => setTimeout(() => resolve(++calls), 20))
    const values = await Promise.all(Array.from({ length: 10 }, () => journal.once({ run, key: 'pay' }, effect)))
    expect(values).toEqual(Array(10).fill(1))
  })

  it('records nothing for an effect that fails, and lets it be tried again', async () => {
    const { journal } = await open()
    let calls = 0
    const effect = async () => {
      calls += 1
      if (calls === 1) throw new Error('not yet')
      return calls
    }
    await expect(journal.once({ run, key: 'pay' }, effect)).rejects.toThrow('not yet')
    expect(await journal.recorded({ run, key: 'pay' })).toBeUndefined()
    expect(await journal.once({ run, key: 'pay' }, effect)).toBe(2)
  })

  it('gives the first caller what later callers get: the value as it is recorded', async () => {
    const { journal } = await open()
    const effect = async () => ({ kept: 1, gone: undefined as number | undefined, when: new Date(0) })
    const first = await journal.once({ run, key: 'shape' }, effect)
    expect(Object.keys(first)).toEqual(['kept', 'when'])
    expect(await journal.once({ run, key: 'shape' }, effect)).toEqual(first)
  })

  it.each([[undefined], [null], [false], [0], ['']])('remembers that an effect gave %j', async (value) => {
    const { journal, reopen } = await open()
    let calls = 0
    const effect = async () => {
      calls += 1
      return value
    }
    expect(await journal.once({ run, key: 'nothing' }, effect)).toBe(value)
    expect(await (await reopen()).once({ run, key: 'nothing' }, effect)).toBe(value)
    expect(calls).toBe(1)
  })

  it('tells what was recorded without running anything', async () => {
    const { journal } = await open()
    expect(await journal.recorded({ run, key: 'pay' })).toBeUndefined()
    await journal.once({ run, key: 'pay' }, async () => 7)
    expect(await journal.recorded({ run, key: 'pay' })).toBe(7)
    expect(await journal.recorded({ run: other, key: 'pay' })).toBeUndefined()
  })
}
