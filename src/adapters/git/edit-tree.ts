// A tree and new contents of some files -> a new tree. Contents are text; modes stay.
import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { RepoPath, TreeSha } from '../../ids.ts'
import { asTreeSha } from '../../ids.ts'
import type { RunGit } from './run-git.ts'
import { nulTerminated } from './run-git.ts'
import { withScratch } from './scratch.ts'

/** What to set or remove, on what. */
export interface EditRequest {
  readonly run: RunGit
  readonly dir: string
  readonly from: TreeSha | null
  readonly files: ReadonlyMap<RepoPath, string | null>
}

/** A new tree made with an index of its own: `from` with these files set or removed. A file that is there keeps its mode. */
export async function editTree({ run, dir, from, files }: EditRequest): Promise<TreeSha> {
  return withScratch(dir, async (scratch) => {
    const env = { GIT_INDEX_FILE: join(scratch, 'index') }
    await run({ args: ['read-tree', from ?? '--empty'], env })
    const blobs = await writeBlobs({ run, scratch, files })
    const modes = await modesOf({ run, env, paths: [...files.keys()] })
    // Removals first: a file may take the place of a folder that goes. Mode 0 removes.
    const removals =
      from === null ? [] : [...files].flatMap(([path, text]) => (text === null ? [`0 ${'0'.repeat(from.length)}\t${path}\0`] : []))
    const settings = [...files].flatMap(([path, text]) =>
      text === null ? [] : [`${modes.get(path) ?? '100644'} ${blobs.get(text)}\t${path}\0`],
    )
    await run({ args: ['update-index', '--replace', '-z', '--index-info'], env, stdin: [...removals, ...settings].join('') })
    return asTreeSha((await run({ args: ['write-tree'], env })).stdout.trim())
  })
}

/** Content -> blob, all of them by one process. */
async function writeBlobs(request: {
  readonly run: RunGit
  readonly scratch: string
  readonly files: ReadonlyMap<RepoPath, string | null>
}): Promise<ReadonlyMap<string, string>> {
  const contents = [...new Set([...request.files.values()].filter((content) => content !== null))]
  const paths = contents.map((content) => join(request.scratch, createHash('sha256').update(content).digest('hex')))
  await Promise.all(contents.map((content, index) => writeFile(paths[index] ?? '', content)))
  if (contents.length === 0) return new Map()
  const answer = await request.run({ args: ['hash-object', '-w', '--no-filters', '--stdin-paths'], stdin: `${paths.join('\n')}\n` })
  const names = answer.stdout.trim().split('\n')
  return new Map(contents.map((content, index) => [content, names[index] ?? '']))
}

/** A file that is there keeps its mode, if it is a plain file. */
async function modesOf(request: {
  readonly run: RunGit
  readonly env: Readonly<Record<string, string>>
  readonly paths: readonly string[]
}): Promise<ReadonlyMap<string, string>> {
  if (request.paths.length === 0) return new Map()
  const answer = await request.run({ args: ['ls-files', '--stage', '-z', '--', ...request.paths], env: request.env })
  const entries = nulTerminated(answer.stdout).map((entry): [string, string] => [entry.slice(entry.indexOf('\t') + 1), entry.slice(0, 6)])
  return new Map(entries.filter(([, mode]) => mode === '100644' || mode === '100755'))
}
