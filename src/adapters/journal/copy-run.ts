// All that the journal holds of one run <-> plain data, for a run that goes on on another machine. What was spent goes with it.
import type { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import { asRunId, type RunId } from '../../ids.ts'
import { durably, guarded, inTransaction } from './transaction.ts'

/** A run as it stands. `recorded`: values as their JSON text, by key. `spent`: US dollars by day and part. */
export const RunCopy = z.strictObject({
  version: z.literal(1),
  run: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]*$/u)
    .transform(asRunId),
  events: z.array(z.looseObject({ type: z.string(), at: z.number() })),
  recorded: z.array(z.tuple([z.string(), z.string()])),
  /** Commands that wait, with their numbers; and the highest number that was ever given. */
  letters: z.array(z.strictObject({ letter: z.number(), body: z.unknown() })),
  lastLetter: z.number(),
  spent: z.array(z.strictObject({ day: z.string(), part: z.string(), usd: z.number() })),
})
/** See the schema of the same name. */
export type RunCopy = z.infer<typeof RunCopy>

/** Reads it in one go: nothing of it is newer than the rest. `without`: keys whose values are not needed any more. Errors: WorldFault('journal'). */
export function copyRun(db: DatabaseSync, run: RunId, without: (key: string) => boolean): RunCopy {
  return guarded('copy a run', () =>
    inTransaction(db, () => {
      const rows = (sql: string) => db.prepare(sql).all(run)
      return {
        version: 1,
        run,
        events: rows('SELECT body FROM event WHERE run = ? ORDER BY seq').map((row) => JSON.parse(String(row['body']))),
        recorded: rows('SELECT key, value FROM recorded WHERE run = ? ORDER BY key').flatMap((row): readonly [string, string][] =>
          without(String(row['key'])) ? [] : [[String(row['key']), String(row['value'])]],
        ),
        letters: rows('SELECT id, body FROM command WHERE run = ? ORDER BY id').map((row) => ({
          letter: Number(row['id']),
          body: JSON.parse(String(row['body'])) as unknown,
        })),
        lastLetter: Number(db.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'command'").get()?.['seq'] ?? 0),
        spent: rows('SELECT day, part, usd FROM spent WHERE run = ? ORDER BY day, part').map((row) => ({
          day: String(row['day']),
          part: String(row['part']),
          usd: Number(row['usd']),
        })),
      }
    }),
  )
}

/** Writes it in place of what is known of the run. Money that this machine counted already is not counted twice. Errors: WorldFault('journal'). */
export function takeInRun(db: DatabaseSync, copy: RunCopy): void {
  const { run } = copy
  guarded('take in a run', () =>
    durably(db, () =>
      inTransaction(db, () => {
        for (const table of ['event', 'recorded', 'command']) db.prepare(`DELETE FROM ${table} WHERE run = ?`).run(run)
        const event = db.prepare('INSERT INTO event (run, seq, at, body) VALUES (?, ?, ?, ?)')
        for (const [index, body] of copy.events.entries()) event.run(run, index + 1, body.at, JSON.stringify(body))
        const recorded = db.prepare('INSERT INTO recorded (run, key, value) VALUES (?, ?, ?)')
        for (const [key, value] of copy.recorded) recorded.run(run, key, value)
        // Numbers grow on: a run does not act twice on what has a number that it knows.
        db.prepare('INSERT OR IGNORE INTO command (id, run, body) VALUES (?, ?, ?)').run(copy.lastLetter, run, 'null')
        db.prepare("DELETE FROM command WHERE run = ? AND body = 'null'").run(run)
        const letter = db.prepare('INSERT INTO command (run, body) VALUES (?, ?)')
        for (const { body } of copy.letters) letter.run(run, JSON.stringify(body))
        addSpent(db, copy)
      }),
    ),
  )
}

/** Counts what a run spent elsewhere towards the caps of this machine, and takes nothing else of it. Errors: WorldFault('journal'). */
export function countSpent(db: DatabaseSync, copy: Pick<RunCopy, 'run' | 'spent'>): void {
  guarded('count what was spent elsewhere', () => durably(db, () => inTransaction(db, () => addSpent(db, copy))))
}

function addSpent(db: DatabaseSync, { run, spent }: Pick<RunCopy, 'run' | 'spent'>): void {
  const known = db.prepare('SELECT COALESCE(SUM(usd), 0) AS usd FROM spent WHERE run = ? AND day = ? AND part = ?')
  const spend = db.prepare("INSERT INTO spend (run, day, part, about, usd, state) VALUES (?, ?, ?, 'elsewhere', ?, 'settled')")
  for (const { day, part, usd } of spent) {
    const more = usd - Number(known.get(run, day, part)?.['usd'] ?? 0)
    if (more > 0) spend.run(run, day, part, more)
  }
}
