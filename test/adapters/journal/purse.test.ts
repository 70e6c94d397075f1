// Money in the journal's file: reserved, settled, left open by a process that died, and counted over processes.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { openSqliteJournal } from '../../../src/adapters/journal/sqlite-journal.ts'
import { thisProcess } from '../../../src/adapters/journal/this-process.ts'
import { asRunId } from '../../../src/ids.ts'
import type { Purse, Reservation } from '../../../src/world.ts'
import { makeTempDir } from '../../support/git-dir.ts'

const run = asRunId('demo-abc123')
const day = '2026-11-23'
const reservation = (usd: number, more: Partial<Reservation> = {}): Reservation => ({
  run,
  day,
  part: 'work',
  about: 'w1-entity/1',
  usd,
  ...more,
})

function openPurse(path = ':memory:'): Purse {
  return openSqliteJournal({ path, processes: thisProcess() }).purse
}

it('counts a reservation at once, and what it really cost once it is settled', () => {
  const purse = openPurse()
  const id = purse.reserve(reservation(2))
  expect(purse.spentUsd({ run })).toBe(2)
  purse.settle(id, 0.25)
  expect(purse.spentUsd({ run })).toBe(0.25)
})

it('settles a reservation once: a later word on it changes nothing', () => {
  const purse = openPurse()
  const id = purse.reserve(reservation(2))
  purse.settle(id, 0.25)
  purse.settle(id, 9)
  expect(purse.spentUsd({ run })).toBe(0.25)
})

it('sums by run, by day, by part, and by any of them together', () => {
  const purse = openPurse()
  purse.reserve(reservation(1, { part: 'plan' }))
  purse.reserve(reservation(2))
  purse.reserve(reservation(4, { day: '2026-11-24' }))
  purse.reserve(reservation(8, { run: asRunId('other-abc123') }))
  expect(purse.spentUsd({})).toBe(15)
  expect(purse.spentUsd({ run })).toBe(7)
  expect(purse.spentUsd({ day })).toBe(11)
  expect(purse.spentUsd({ run, part: 'plan' })).toBe(1)
  expect(purse.spentUsd({ run, day, part: 'work' })).toBe(2)
  expect(purse.spentUsd({ run: asRunId('none-abc123') })).toBe(0)
})

it('keeps what a dead process left open charged as reserved, and says how much that is, once', async () => {
  const path = join(makeTempDir('purse'), 'j.sqlite')
  const dead = openPurse(path)
  dead.settle(dead.reserve(reservation(1)), 0.5)
  const open = dead.reserve(reservation(2))
  dead.reserve(reservation(4, { run: asRunId('other-abc123') }))
  // A settlement is written with what else this moment writes.
  await new Promise(setImmediate)
  const next = openPurse(path)
  expect(next.closeOpen(run)).toBe(2)
  expect(next.closeOpen(run)).toBe(0)
  next.settle(open, 0)
  expect(next.spentUsd({ run })).toBe(2.5)
  expect(next.spentUsd({})).toBe(6.5)
})

it('lets no second process reserve between a look at the sum and the reservation', async () => {
  const path = join(makeTempDir('purse'), 'j.sqlite')
  const children = Array.from({ length: 4 }, () =>
    spawn(process.execPath, [fileURLToPath(new URL('./spend.ts', import.meta.url)), path, '10'], { stdio: 'inherit' }),
  )
  const codes = await Promise.all(children.map((child) => new Promise((resolve) => child.on('close', resolve))))
  expect(codes).toEqual([0, 0, 0, 0])
  expect(openPurse(path).spentUsd({ day })).toBe(10)
})

it('takes back everything when the exclusive work throws', async () => {
  const purse = openPurse()
  const refused = purse.exclusively(() => {
    purse.reserve(reservation(1))
    throw new Error('no')
  })
  await expect(refused).rejects.toThrow('no')
  expect(purse.spentUsd({})).toBe(0)
  expect(await purse.exclusively(() => purse.reserve(reservation(1)))).toBeGreaterThan(0)
})

it('sums up what a journal of an older release holds, and goes on from there', async () => {
  const path = join(makeTempDir('purse'), 'j.sqlite')
  const older = openPurse(path)
  const open = older.reserve(reservation(3))
  older.reserve(reservation(1, { part: 'plan' }))
  const db = new DatabaseSync(path)
  db.exec('DROP TRIGGER spend_reserved; DROP TRIGGER spend_settled; DROP TABLE spent')
  db.close()
  const purse = openPurse(path)
  expect([purse.spentUsd({ run }), purse.spentUsd({ day }), purse.spentUsd({ run, part: 'plan' })]).toEqual([4, 4, 1])
  purse.settle(open, 0.5)
  purse.reserve(reservation(2))
  expect(purse.spentUsd({ run })).toBe(3.5)
  expect(openPurse(path).spentUsd({ run })).toBe(3.5)
})
