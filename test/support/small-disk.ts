// A file system of a few megabytes that can be filled: a tmpfs where this machine lets us mount one.
import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A small disk. `fill` leaves no block free; `free` takes that back. */
export interface SmallDisk {
  readonly path: string
  fill(): void
  free(): void
  unmount(): void
}

/** Mounts it over a folder that is made; undefined where mounting is not allowed. */
export function mountSmallDisk(path: string, sizeBytes: number): SmallDisk | undefined {
  mkdirSync(path, { recursive: true })
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeBytes}`, 'tmpfs', path], { stdio: 'pipe' })
  } catch {
    return undefined
  }
  const ballast = join(path, 'ballast')
  return {
    path,
    fill: () => {
      const { bavail, bsize } = statfsSync(path)
      writeFileSync(ballast, Buffer.alloc(bavail * bsize))
    },
    free: () => rmSync(ballast, { force: true }),
    // Lazily: a process that was killed a moment ago may still have a file open.
    unmount: () => void execFileSync('umount', ['--lazy', path], { stdio: 'pipe' }),
  }
}
