// A file beside the journal that only takes up space -> room for what is paid for already, on a disk that has become full.
import { randomBytes } from 'node:crypto'
import { existsSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { isDiskFull } from '../../fault.ts'

/** The space of one journal. All processes of the machine share it. */
export interface DiskReserve {
  /** Runs a write; when the disk is full gives it the reserve and runs it once more. Contract: the write leaves nothing behind when it fails. */
  withRoom<Value>(write: () => Value): Value
  /** Nothing is kept any more: what is under way can be finished, nothing may be begun. */
  isSpent(): boolean
}

/** Chosen: fifty answers at the output limit, or what five agents' turns with all their tools say. */
export const defaultReserveBytes = 8 * 1024 * 1024

/** Takes the space, or finds it taken. A disk that has no room for it at the beginning has a reserve that is spent. */
export function keepReserve(path: string, sizeBytes: number): DiskReserve {
  take(path, sizeBytes)
  return {
    withRoom: (write) => {
      try {
        return write()
      } catch (cause) {
        if (!isFull(cause) || !existsSync(path)) throw cause
        rmSync(path, { force: true })
        return write()
      }
    },
    isSpent: () => !existsSync(path),
  }
}

function take(path: string, sizeBytes: number): void {
  try {
    if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) >= sizeBytes) return
    // Random, so that no file system stores it in less.
    writeFileSync(path, randomBytes(sizeBytes))
  } catch {
    rmSync(path, { force: true })
  }
}

// 10 is SQLITE_IOERR with its extended codes: what a full disk gives where the journal's index in shared memory grows. Source: sqlite.org/rescode.html.
function isFull(cause: unknown): boolean {
  const code = (cause as { readonly errcode?: number } | null)?.errcode
  return isDiskFull(cause) || (code !== undefined && (code & 0xff) === 10)
}
