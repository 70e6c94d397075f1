// Work on the journal's file that other processes see whole or not at all. Failures of the file become WorldFault('journal').
import type { DatabaseSync } from 'node:sqlite'
import { WorldFault } from '../../fault.ts'

/** Runs synchronous work in one transaction that no other writer can cut into; rolled back when it throws. */
export function inTransaction<Value>(db: DatabaseSync, work: () => Value): Value {
  db.exec('BEGIN IMMEDIATE')
  try {
    const value = work()
    db.exec('COMMIT')
    return value
  } catch (cause) {
    if (db.isTransaction) db.exec('ROLLBACK')
    throw cause
  }
}

/** Runs an access to the file. `what`: `append an event`. Errors: WorldFault('journal') for a full disk, a read-only or damaged file. */
export function guarded<Value>(what: string, access: () => Value): Value {
  try {
    return access()
  } catch (cause) {
    throw new WorldFault({ service: 'journal', problem: `cannot ${what}: ${messageOf(cause)}`, retryable: false, cause })
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
