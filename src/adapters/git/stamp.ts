// A folder's files -> one text that changes when any of them does, by what the file system remembers of each. Reads no file.
import { createHash } from 'node:crypto'
import { lstatSync, readdirSync } from 'node:fs'
import { setImmediate as breathe } from 'node:timers/promises'

/** More entries than this are for git, which reads its index faster than we ask. Chosen: about 50 ms of work. */
const maxEntries = 20_000
/** Entries that are asked for before others may go on, about a millisecond. Chosen. */
const entriesAtOnce = 250
/** A change within the file system's clock tick could leave no trace. Chosen: twice the coarsest tick of Linux (10 ms at 100 Hz). */
const tickMs = 20

/**
 * The stamp of all files below `root` but its own `.git`: names, kinds, sizes, inodes, times of change. The time of change (ctime) cannot be set by a program.
 * Undefined when no stamp can be trusted: something changed just now, there are too many files, or a folder cannot be read.
 */
export async function stampOf(root: string): Promise<string | undefined> {
  const hash = createHash('sha256')
  // What changes after a stamp is 10 ms younger than all that the stamp holds: a double, exact to a quarter of a microsecond, tells them apart.
  const newestMs = Date.now() - tickMs
  const folders = ['']
  let entries = 0
  let sinceBreath = 0
  for (const folder of folders) {
    const inside = folder === '' ? '' : `${folder}/`
    let said = ''
    try {
      for (const name of readdirSync(`${root}/${folder}`).sort()) {
        if (folder === '' && name === '.git') continue
        const path = inside + name
        const stats = lstatSync(`${root}/${path}`)
        if (stats.ctimeMs >= newestMs) return undefined
        said += `${path}\0${stats.mode} ${stats.size} ${stats.ino} ${stats.ctimeMs}\0`
        if (stats.isDirectory()) folders.push(path)
        entries += 1
        sinceBreath += 1
      }
    } catch {
      return undefined
    }
    hash.update(said)
    if (entries > maxEntries) return undefined
    if (sinceBreath >= entriesAtOnce) {
      sinceBreath = 0
      await breathe()
    }
  }
  return hash.digest('base64')
}
