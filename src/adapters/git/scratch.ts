// A folder inside the mirror for indexes and blobs on their way; gone when the work is done.
import { randomUUID } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** Does the work with a fresh folder of its own below the mirror and removes it, whatever happens. */
export async function withScratch<Value>(dir: string, work: (scratch: string) => Promise<Value>): Promise<Value> {
  const scratch = join(dir, 'dce-scratch', randomUUID())
  await mkdir(scratch, { recursive: true })
  try {
    return await work(scratch)
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}
