// Trees, blobs and commits of the mirror: read, compared, merged and made without any checkout. Parsers are pure and exported for their tests.
import { Bug } from '../../fault.ts'
import type { RepoPath, Sha, TreeSha } from '../../ids.ts'
import { asRepoPath, asSha, asTreeSha } from '../../ids.ts'
import type { CommitRequest, Git, TreeChange } from '../../world.ts'
import { sayCommit } from './commit-message.ts'
import { editTree } from './edit-tree.ts'
import { mergePaths } from './merge-paths.ts'
import type { RunGit } from './run-git.ts'
import { nulTerminated } from './run-git.ts'

/** The methods of the port that need objects alone. */
export type ObjectVerbs = Pick<
  Git,
  | 'treeOf'
  | 'commit'
  | 'mergeTrees'
  | 'changes'
  | 'changesOfTrees'
  | 'diff'
  | 'readFile'
  | 'listFiles'
  | 'editTree'
  | 'isAncestor'
  | 'mergeBase'
  | 'blobSizes'
>

/** Makes the object verbs of one mirror. `run` works inside it. */
export function createObjectVerbs({ run, dir }: { readonly run: RunGit; readonly dir: string }): ObjectVerbs {
  const trees = new Map<Sha, Promise<TreeSha>>()
  const readTreeOf = async (commit: Sha): Promise<TreeSha> =>
    asTreeSha((await run({ args: ['rev-parse', '--verify', '--end-of-options', `${commit}^{tree}`] })).stdout.trim())
  // A commit's tree never changes; a failure is asked again.
  const treeOf = (commit: Sha): Promise<TreeSha> => {
    const known = trees.get(commit) ?? readTreeOf(commit)
    trees.set(commit, known)
    known.catch(() => trees.delete(commit))
    return known
  }
  let listing: { readonly at: string; readonly files: Promise<readonly RepoPath[]> } | undefined
  const readListing = async (at: string): Promise<readonly RepoPath[]> =>
    nulTerminated((await run({ args: ['ls-tree', '-r', '-z', '--full-tree', '--name-only', at] })).stdout).map(asRepoPath)
  return {
    treeOf,
    commit: async (request) => {
      const made = await commit(run, request)
      trees.set(made, Promise.resolve(request.tree))
      return made
    },
    mergeTrees: (request) => mergePaths({ run, dir, treeOf, ...request }),
    changes: async ({ from, to }) => {
      const answer = await run({ args: ['diff-tree', ...rawDiff, '--end-of-options', from, to] })
      return parseRawDiff(answer.stdout)
    },
    changesOfTrees: async (pairs) => {
      if (pairs.length === 0) return []
      const stdin = pairs.map(({ from, to }) => `${from} ${to}\n`).join('')
      const answer = await run({ args: ['diff-tree', '--stdin', ...rawDiff], stdin })
      return parseRawDiffs(answer.stdout)
    },
    diff: async ({ from, to, paths, maxBytes }) => {
      const only = paths === undefined ? [] : ['--', ...paths]
      const options = ['-r', '-p', '--no-ext-diff', '--no-textconv', '--no-color', '--find-renames', '--end-of-options']
      return (await run({ args: ['diff-tree', ...options, from, to, ...only], maxOutputBytes: maxBytes, lossy: true })).stdout
    },
    readFile: async ({ at, path }) => {
      const answer = await run({ args: ['cat-file', '--batch', '-z'], stdin: `${at}:${path}\0` })
      return parseBatchBlob(answer.stdout)
    },
    listFiles: (at) => {
      // Siblings ask for the same base one after another; what a name that can move stands for is looked up anew.
      const known = listing?.at === at && isObjectName(at) ? listing.files : readListing(at)
      listing = { at, files: known }
      known.catch(() => {
        if (listing?.files === known) listing = undefined
      })
      return known
    },
    editTree: (request) => editTree({ run, dir, ...request }),
    isAncestor: async ({ ancestor, of }) => (await run({ args: ['merge-base', '--is-ancestor', ancestor, of], expect: [0, 1] })).code === 0,
    mergeBase: async (a, b) => {
      const answer = await run({ args: ['merge-base', a, b], expect: [0, 1] })
      return answer.code === 0 ? asSha(answer.stdout.trim()) : undefined
    },
    blobSizes: async (blobs) => {
      if (blobs.length === 0) return new Map()
      const answer = await run({ args: ['cat-file', '--batch-check=%(objectname) %(objectsize)'], stdin: `${blobs.join('\n')}\n` })
      return parseBlobSizes(answer.stdout)
    },
  }
}

const rawDiff = ['-r', '-z', '--raw', '--no-abbrev', '--no-renames']

async function commit(run: RunGit, request: CommitRequest): Promise<Sha> {
  const parents = request.parents.flatMap((parent) => ['-p', parent])
  const answer = await run({ args: ['commit-tree', request.tree, ...parents, '-F', '-'], stdin: sayCommit(request) })
  return asSha(answer.stdout.trim())
}

const rawLine = /^:(\d{6}) (\d{6}) ([0-9a-f]+) ([0-9a-f]+) ([A-Z])\d*$/

/** `diff-tree -z --raw`: pairs of `:<modes> <blobs> <letter>` and path. Errors: Bug for a line of another shape. */
export function parseRawDiff(stdout: string): readonly TreeChange[] {
  const fields = nulTerminated(stdout)
  const changes: TreeChange[] = []
  for (let index = 0; index + 1 < fields.length; index += 2) changes.push(changeOf(fields[index] ?? '', fields[index + 1] ?? ''))
  return changes
}

/** Ends with a newline although everything else ends with NUL (git 2.39). */
const pairLine = /^[0-9a-f]{40,64} [0-9a-f]{40,64}\n?/

/** `diff-tree --stdin -z --raw` of pairs of trees: before each pair's changes stands `<tree> <tree>`. Errors: Bug for a line of another shape. */
export function parseRawDiffs(stdout: string): readonly (readonly TreeChange[])[] {
  const fields = nulTerminated(stdout)
  const all: TreeChange[][] = []
  for (let index = 0; index < fields.length; index += 1) {
    let field = fields[index] ?? ''
    for (let pair = pairLine.exec(field); pair !== null; pair = pairLine.exec(field)) {
      all.push([])
      field = field.slice(pair[0].length)
    }
    if (field === '') continue
    index += 1
    all.at(-1)?.push(changeOf(field, fields[index] ?? ''))
  }
  return all
}

function changeOf(line: string, path: string): TreeChange {
  const [, , newMode = '', oldBlob = '', newBlob = '', letter] = rawLine.exec(line) ?? []
  switch (letter) {
    case 'A':
      return { path: asRepoPath(path), change: 'added', newBlob, newMode }
    case 'D':
      return { path: asRepoPath(path), change: 'deleted', oldBlob }
    case 'M':
    case 'T':
      return { path: asRepoPath(path), change: 'modified', oldBlob, newBlob, newMode }
    default:
      throw new Bug(`diff-tree printed ${JSON.stringify(line)} for ${path}`)
  }
}

function isObjectName(at: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(at)
}

/** `cat-file --batch` for one object: its text, or undefined when it is missing or no blob. */
export function parseBatchBlob(stdout: string): string | undefined {
  const header = /^[0-9a-f]+ blob \d+\n/.exec(stdout)
  return header === null ? undefined : stdout.slice(header[0].length, -1)
}

/** `cat-file --batch-check`: object name -> bytes; missing objects are left out. */
export function parseBlobSizes(stdout: string): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>()
  for (const line of stdout.split('\n')) {
    const [, name, size] = /^([0-9a-f]+) (\d+)$/.exec(line) ?? []
    if (name !== undefined) sizes.set(name, Number(size))
  }
  return sizes
}
