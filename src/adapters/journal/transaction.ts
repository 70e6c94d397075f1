// Work on the journal's file that other processes see whole or not at all. Failures of the file become WorldFault('journal').
import type { DatabaseSync } from 'node:sqlite'
import { WorldFault } from '../../fault.ts'
import type { DiskReserve } from './disk-reserve.ts'

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

/** Writes that are asked for in one turn of the event loop, made durable by one commit. */
export interface SharedWrites {
  /** Resolves when the write is durable. `what`: `append an event`. Errors: WorldFault('journal'), for all that share the commit. */
  write(what: string, access: () => unknown): Promise<void>
  /** Runs the work in a transaction of its own, at once; what waits goes with its commit. When it throws, what waits is written without it. */
  exclusively<Value>(work: () => Value): Value
  /** Writes at once what still waits. */
  flush(): void
}

interface Waiting {
  readonly what: string
  readonly access: () => unknown
  readonly resolve: () => void
  readonly reject: (cause: unknown) => void
}

/** See {@link SharedWrites}. The order of writes is the order in which they were asked for. On a full disk they are given the reserve. */
export function writeTogether(db: DatabaseSync, room: Pick<DiskReserve, 'withRoom'>): SharedWrites {
  let waiting: Waiting[] = []
  const flush = () => {
    const writes = waiting
    waiting = []
    const [first] = writes
    if (first === undefined) return
    try {
      const all = () => {
        for (const { access } of writes) access()
      }
      guarded(first.what, () => room.withRoom(() => inTransaction(db, all)))
      for (const { resolve } of writes) resolve()
    } catch (cause) {
      for (const { reject } of writes) reject(cause)
    }
  }
  const exclusively = <Value>(work: () => Value): Value => {
    const writes = waiting
    const value = inTransaction(db, () => {
      for (const { access } of writes) access()
      return work()
    })
    waiting = []
    for (const { resolve } of writes) resolve()
    return value
  }
  return {
    exclusively,
    write: (what, access) =>
      new Promise((resolve, reject) => {
        if (waiting.length === 0) setImmediate(flush)
        waiting.push({ what, access, resolve, reject })
      }),
    flush,
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
