// A folder's files -> one text that changes when any of them does, by what the file system remembers of each. Reads no file.
import { createHash } from 'node:crypto'
import { type BigIntStats, lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as breathe } from 'node:timers/promises'

/** More entries than this are for git, which reads its index faster than we ask. Chosen: about 50 ms of work. */
const maxEntries = 20_000
/** Entries that are asked for before others may go on, about a millisecond. Chosen. */
const entriesAtOnce = 250
/** A change within the file system's clock tick could leave no trace. Chosen: twice the coarsest tick of Linux (10 ms at 100 Hz). */
const tickMs = 20n

/**
 * The stamp of all files below `root` but its own `.git`: names, kinds, sizes, inodes, times of change. The time of change (ctime) cannot be set by a program.
 * Undefined when no stamp can be trusted: something changed just now, there are too many files, or a folder cannot be read.
 */
export async function stampOf(root: string): Promise<string | undefined> {
  const hash = createHash('sha256')
  const newest = (BigInt(Date.now()) - tickMs) * 1_000_000n
  const folders = ['']
  let entries = 0
  let sinceBreath = 0
  for (const folder of folders) {
    try {
      for (const name of readdirSync(join(root, folder)).sort()) {
        if (folder === '' && name === '.git') continue
        const path = folder === '' ? name : `${folder}/${name}`
        const stats = lstatSync(join(root, path), { bigint: true })
        if (stats.ctimeNs >= newest) return undefined
        hash.update(`${path}\0${say(stats)}\0`)
        if (stats.isDirectory()) folders.push(path)
        entries += 1
        sinceBreath += 1
      }
    } catch {
      return undefined
    }
    if (entries > maxEntries) return undefined
    if (sinceBreath >= entriesAtOnce) {
      sinceBreath = 0
      await breathe()
    }
  }
  return hash.digest('base64')
}

function say({ mode, size, ino, ctimeNs }: BigIntStats): string {
  return `${mode} ${size} ${ino} ${ctimeNs}`
}
