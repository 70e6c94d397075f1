// The write-ahead log of an open database -> a promise that it is on the disk, without the program waiting for it.
import { closeSync, existsSync, fdatasync, fdatasyncSync, fsyncSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { WorldFault } from '../../fault.ts'

/** Syncs one log. `close`: nothing is asked any more. */
export interface LogSync {
  /** Answers when all that was committed before the call is on the disk. Calls of one moment share one sync. Errors: WorldFault('journal'). */
  sync(): Promise<void>
  close(): void
}

/**
 * SQLite writes a commit to `<path>-wal`, and with `synchronous = NORMAL` leaves it to the system when that reaches the disk; with FULL the whole
 * program waits for it. This asks for the same sync from a thread of its own. The log stays one file while the database is open.
 * Source: sqlite.org/wal.html, sqlite.org/pragma.html#pragma_synchronous.
 */
export function openLogSync(path: string): LogSync {
  const log = `${path}-wal`
  let file: number | undefined
  let isClosed = false
  let syncing: PromiseWithResolvers<void>[] = []
  let asked: PromiseWithResolvers<void>[] = []

  const openedLog = (): number => {
    if (file === undefined) {
      file = openSync(log, 'r')
      // Its name has to be on the disk too.
      const folder = openSync(dirname(path), 'r')
      fsyncSync(folder)
      closeSync(folder)
    }
    return file
  }

  const syncNext = () => {
    syncing = asked
    asked = []
    syncLog((cause) => {
      const these = syncing
      syncing = []
      if (isClosed && file !== undefined) closeSync(file)
      for (const { resolve, reject } of these) {
        if (cause === null) resolve()
        else
          reject(
            new WorldFault({ service: 'journal', problem: `cannot write ${log} to the disk: ${cause.message}`, retryable: false, cause }),
          )
      }
      if (asked.length > 0) syncNext()
    })
  }
  const syncLog = (done: (cause: Error | null) => void) => {
    try {
      fdatasync(openedLog(), done)
    } catch (cause) {
      setImmediate(done, cause instanceof Error ? cause : new Error(String(cause)))
    }
  }

  return {
    sync: () => {
      const mine = Promise.withResolvers<void>()
      asked.push(mine)
      if (syncing.length === 0) syncNext()
      return mine.promise
    },
    close: () => {
      if (file === undefined && !existsSync(log)) return
      const open = openedLog()
      fdatasyncSync(open)
      for (const { resolve } of [...syncing, ...asked.splice(0)]) resolve()
      isClosed = true
      // A sync that is under way still needs the file; it closes it.
      if (syncing.length === 0) closeSync(open)
    },
  }
}
