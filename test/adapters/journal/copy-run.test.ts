// A run's part of the journal, taken to another machine: everything is there, once, and money counts on.
import { afterEach, describe, expect, it } from 'vitest'
import { RunCopy } from '../../../src/adapters/journal/copy-run.ts'
import { openSqliteJournal, type SqliteJournal } from '../../../src/adapters/journal/sqlite-journal.ts'
import { asRunId } from '../../../src/ids.ts'

type Event = { readonly type: string; readonly at: number }
const run = asRunId('7-abcdef')
const open: SqliteJournal<Event>[] = []

function journal(): SqliteJournal<Event> {
  const made = openSqliteJournal<Event>({ path: ':memory:', processes: { pid: 1, startOf: () => 'then' } })
  open.push(made)
  return made
}

afterEach(() => {
  for (const one of open.splice(0)) one.close()
})

async function filled(): Promise<SqliteJournal<Event>> {
  const from = journal()
  await from.append(run, { type: 'run-started', at: 1 })
  await from.append(run, { type: 'plan-made', at: 2 })
  await from.append(asRunId('8-other'), { type: 'run-started', at: 3 })
  await from.once({ run, key: 'w1-a/a1/t1/model' }, async () => ({ text: 'ended' }))
  await from.once({ run, key: 'w1-b/a1/t1/model' }, async () => ({ text: 'open' }))
  await from.once({ run, key: 'nothing' }, async () => undefined)
  from.post(run, 'first')
  from.post(run, 'second')
  from.discard(run, from.waiting(run)[0]?.letter ?? 0)
  from.purse.settle(from.purse.reserve({ run, day: '2026-11-26', part: 'work', about: 'x', usd: 2 }), 1.5)
  return from
}

describe('a copy', () => {
  it('holds the run and nothing of others, and is read back as it was', async () => {
    const copy = (await filled()).copy(run, (key) => key.startsWith('w1-a/'))
    expect(RunCopy.parse(JSON.parse(JSON.stringify(copy)))).toEqual(copy)
    const to = journal()
    to.takeIn(copy)
    expect(await to.load(run)).toEqual([
      { type: 'run-started', at: 1 },
      { type: 'plan-made', at: 2 },
    ])
    expect(await to.load(asRunId('8-other'))).toEqual([])
    expect(await to.recorded({ run, key: 'w1-b/a1/t1/model' })).toEqual({ text: 'open' })
    expect(await to.recorded({ run, key: 'w1-a/a1/t1/model' })).toBeUndefined()
    expect(await to.once({ run, key: 'nothing' }, async () => 'again')).toBeUndefined()
    expect(to.purse.spentUsd({ run })).toBe(1.5)
  })

  it('taken in again changes nothing, and a later one takes its place; money is counted once', async () => {
    const from = await filled()
    const to = journal()
    to.takeIn(from.copy(run, () => false))
    to.takeIn(from.copy(run, () => false))
    from.purse.settle(from.purse.reserve({ run, day: '2026-11-26', part: 'work', about: 'y', usd: 1 }), 1)
    await from.append(run, { type: 'task-started', at: 4 })
    to.takeIn(from.copy(run, () => false))
    expect(await to.load(run)).toHaveLength(3)
    expect(to.purse.spentUsd({ day: '2026-11-26' })).toBe(2.5)
  })

  it('gives letters numbers above all that the run has acted upon', async () => {
    const from = await filled()
    const copy = from.copy(run, () => false)
    const to = journal()
    to.takeIn(copy)
    to.post(run, 'third')
    const letters = to.waiting(run)
    expect(letters.map(({ body }) => body)).toEqual(['second', 'third'])
    expect(Math.min(...letters.map(({ letter }) => letter))).toBeGreaterThan(copy.lastLetter)
  })
})

describe('what a run spent elsewhere', () => {
  it('counts towards the day, once, without the run', async () => {
    const { spent } = (await filled()).copy(run, () => false)
    const to = journal()
    to.countSpent({ run, spent })
    to.countSpent({ run, spent })
    expect(to.purse.spentUsd({ day: '2026-11-26' })).toBe(1.5)
    expect(await to.load(run)).toEqual([])
  })
})
