// Reservations and payments of all runs in the journal's file: what was spent by a run, on a day, on planning.
import type { DatabaseSync } from 'node:sqlite'
import { WorldFault } from '../../fault.ts'
import type { Purse } from '../../world.ts'
import type { DiskReserve } from './disk-reserve.ts'
import { durably, guarded, type SharedWrites } from './transaction.ts'

/** What a purse shares with the journal of its file. */
interface PurseParts {
  readonly path: string
  readonly room: DiskReserve
  readonly together: Pick<SharedWrites, 'exclusively' | 'write' | 'flush'>
}

/** The purse over an open journal file; its table is part of the journal's schema. On a disk whose reserve is spent nothing is paid any more. */
export function sqlitePurse(db: DatabaseSync, { path, room, together }: PurseParts): Purse {
  const insert = db.prepare("INSERT INTO spend (run, day, part, about, usd, state) VALUES (?, ?, ?, ?, ?, 'reserved')")
  const settle = db.prepare("UPDATE spend SET usd = ?, state = 'settled' WHERE id = ? AND state = 'reserved'")
  const sums = preparedSums(db)
  return {
    reserve: ({ run, day, part, about, usd }) => {
      if (room.isSpent()) throw new WorldFault({ service: 'journal', problem: `no space left on device for ${path}`, retryable: false })
      return guarded('reserve money', () => Number(insert.run(run, day, part, about, usd).lastInsertRowid))
    },
    exclusively: together.exclusively,
    // Written with what comes next, which is the answer that was paid. Lost, both are: then the turn stays charged as reserved, the safe side.
    settle: (id, usd) => {
      together.write('settle money', () => settle.run(usd, id)).catch(() => undefined)
    },
    spentUsd: ({ run, day, part }) => {
      together.flush()
      return guarded('sum up money', () => sums({ run, day, part }))
    },
    closeOpen: (run) =>
      guarded('close reservations', () => {
        const close = db.prepare("UPDATE spend SET state = 'lost' WHERE run = ? AND state = 'reserved' RETURNING usd")
        const rows = room.withRoom(() => durably(db, () => close.all(run)))
        return rows.reduce((total, row) => total + Number(row['usd']), 0)
      }),
  }
}

type Scope = Readonly<Record<'run' | 'day' | 'part', string | undefined>>

// One statement for each combination of columns, so that the indexes serve; they are asked before every turn.
function preparedSums(db: DatabaseSync): (scope: Scope) => number {
  const columns = ['run', 'day', 'part'] as const
  const statements = new Map<string, ReturnType<DatabaseSync['prepare']>>()
  return (scope) => {
    const given = columns.filter((column) => scope[column] !== undefined)
    const where = given.length === 0 ? '' : ` WHERE ${given.map((column) => `${column} = ?`).join(' AND ')}`
    const statement = statements.get(where) ?? db.prepare(`SELECT COALESCE(SUM(usd), 0) AS usd FROM spent${where}`)
    statements.set(where, statement)
    return Number(statement.get(...given.map((column) => scope[column] ?? ''))?.['usd'] ?? 0)
  }
}
