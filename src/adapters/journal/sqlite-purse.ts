// Reservations and payments of all runs in the journal's file: what was spent by a run, on a day, on planning.
import type { DatabaseSync } from 'node:sqlite'
import type { Purse } from '../../world.ts'

/** The purse over an open journal file; its table is part of the journal's schema. */
export function sqlitePurse(db: DatabaseSync): Purse {
  const insert = db.prepare("INSERT INTO spend (run, day, part, about, usd, state) VALUES (?, ?, ?, ?, ?, 'reserved')")
  const settle = db.prepare("UPDATE spend SET usd = ?, state = 'settled' WHERE id = ? AND state = 'reserved'")
  const sum = db.prepare(
    'SELECT COALESCE(SUM(usd), 0) AS usd FROM spend WHERE (?1 IS NULL OR run = ?1) AND (?2 IS NULL OR day = ?2) AND (?3 IS NULL OR part = ?3)',
  )
  return {
    reserve: (reservation) =>
      Number(insert.run(reservation.run, reservation.day, reservation.part, reservation.about, reservation.usd).lastInsertRowid),
    settle: (id, usd) => void settle.run(usd, id),
    spentUsd: ({ run, day, part }) => Number(sum.get(run ?? null, day ?? null, part ?? null)?.['usd'] ?? 0),
    closeOpen: (run) => {
      const rows = db.prepare("UPDATE spend SET state = 'lost' WHERE run = ? AND state = 'reserved' RETURNING usd").all(run)
      return rows.reduce((total, row) => total + Number(row['usd']), 0)
    },
  }
}
