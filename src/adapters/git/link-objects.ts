// The object folder of a repository -> the same objects in the mirror, by hard link where the file system allows it. Only adds, never changes.
import { constants } from 'node:fs'
import { copyFile, link, mkdir, readdir, readFile, rename } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import pLimit from 'p-limit'

/** Index files come last: git looks at a pack once its index is there. */
const packOrder = ['.promisor', '.rev', '.pack', '.idx']
/** A repack in the source may remove a pack between listing and linking; its successor is found by looking again. */
const packPasses = 3
/** Alternates of alternates; git itself stops at 5. */
const maxDepth = 5

/**
 * Links every loose object and pack of `from` that `to` lacks, and those of the alternates of `from`.
 * Loose objects first: a repack writes the pack before it removes them, so nothing falls between.
 */
export async function linkObjects(request: { readonly from: string; readonly to: string }, depth = 0): Promise<void> {
  await linkLoose(request)
  await linkPacks(request)
  if (depth >= maxDepth) return
  for (const alternate of await alternatesOf(request.from)) await linkObjects({ from: alternate, to: request.to }, depth + 1)
}

async function linkLoose({ from, to }: { readonly from: string; readonly to: string }): Promise<void> {
  const folders = (await namesIn(from)).filter((name) => /^[0-9a-f]{2}$/.test(name))
  const limit = pLimit(8)
  await Promise.all(
    folders.map((folder) =>
      limit(async () => {
        const there = new Set(await namesIn(join(to, folder)))
        const missing = (await namesIn(join(from, folder))).filter((name) => /^[0-9a-f]{38,}$/.test(name) && !there.has(name))
        if (missing.length === 0) return
        await mkdir(join(to, folder), { recursive: true })
        for (const name of missing) await linkOne(join(from, folder, name), join(to, folder, name))
      }),
    ),
  )
}

async function linkPacks({ from, to }: { readonly from: string; readonly to: string }): Promise<void> {
  await mkdir(join(to, 'pack'), { recursive: true })
  for (let pass = 1; pass <= packPasses; pass += 1) {
    const there = new Set(await namesIn(join(to, 'pack')))
    const names = (await namesIn(join(from, 'pack'))).filter((name) => /^pack-[0-9a-f]+\./.test(name) && !there.has(name))
    let allThere = true
    for (const ending of packOrder) {
      for (const name of names.filter((candidate) => candidate.endsWith(ending))) {
        allThere = (await linkOne(join(from, 'pack', name), join(to, 'pack', name))) && allThere
      }
    }
    if (allThere) return
  }
}

/** False when the source is gone. A link can be refused (other device, other owner); then the file is copied. */
async function linkOne(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to)
    return true
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'EEXIST') return true
    if (code === 'ENOENT') return false
  }
  // Whole or not at all: other processes may be reading the mirror.
  const partial = `${to}.partial-${process.pid}`
  await copyFile(from, partial, constants.COPYFILE_FICLONE)
  await rename(partial, to)
  return true
}

async function alternatesOf(objects: string): Promise<readonly string[]> {
  const text = await readFile(join(objects, 'info', 'alternates'), 'utf8').catch(() => '')
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => resolve(dirname(join(objects, 'x')), line))
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => [])
}
