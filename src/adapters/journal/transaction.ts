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

/** Runs a rare write that has no promise to tell when it is durable: the program waits until it is. */
export function durably<Value>(db: DatabaseSync, work: () => Value): Value {
  db.exec('PRAGMA synchronous = FULL')
  try {
    return work()
  } finally {
    db.exec('PRAGMA synchronous = NORMAL')
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

/** Writes that are asked for in one turn of the event loop, made durable together. */
export interface SharedWrites {
  /** Resolves when the write is durable. `what`: `append an event`. Errors: WorldFault('journal'), for all that share the commit. */
  write(what: string, access: () => unknown): Promise<void>
  /**
   * Runs the work in a transaction of its own, at once; what waits goes with its commit. Answers when that is durable.
   * When it throws, what waits is written without it.
   */
  exclusively<Value>(work: () => Value): Promise<Value>
  /** Writes at once what still waits; it is durable when its promises say so. */
  flush(): void
}

interface Waiting {
  readonly what: string
  readonly access: () => unknown
  readonly resolve: () => void
  readonly reject: (cause: unknown) => void
}

/**
 * See {@link SharedWrites}. The order of writes is the order in which they were asked for. On a full disk they are given the reserve.
 * `sync` answers when all that was committed before the call is on the disk.
 */
export function writeTogether(db: DatabaseSync, room: Pick<DiskReserve, 'withRoom'>, sync: () => Promise<void>): SharedWrites {
  let waiting: Waiting[] = []
  const settle = (writes: readonly Waiting[], synced: Promise<void>) => {
    synced.then(
      () => {
        for (const { resolve } of writes) resolve()
      },
      (cause: unknown) => {
        for (const { reject } of writes) reject(cause)
      },
    )
  }
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
      settle(writes, sync())
    } catch (cause) {
      for (const { reject } of writes) reject(cause)
    }
  }
  const exclusively = async <Value>(work: () => Value): Promise<Value> => {
    const writes = waiting
    waiting = []
    const both = () => {
      for (const { access } of writes) access()
      return work()
    }
    const value = orElse(
      () => inTransaction(db, both),
      () => {
        // What waited was rolled back too; the flush that was asked for with it is still to come.
        waiting = [...writes, ...waiting]
      },
    )
    const synced = sync()
    settle(writes, synced)
    await synced
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

// What the work throws goes on, after `undo`.
function orElse<Value>(work: () => Value, undo: () => void): Value {
  try {
    return work()
  } catch (cause) {
    undo()
    throw cause
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
