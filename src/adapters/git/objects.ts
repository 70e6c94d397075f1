// Trees, blobs and commits of the mirror: read, compared, merged and made without any checkout. Parsers are pure and exported for their tests.
import { Bug, WorldFault } from '../../fault.ts'
import type { RepoPath, Sha, TreeSha } from '../../ids.ts'
import { asRepoPath, asSha, asTreeSha } from '../../ids.ts'
import type { CommitRequest, Git, TreeChange } from '../../world.ts'
import { sayCommit } from './commit-message.ts'
import { editTree } from './edit-tree.ts'
import { type KnownParents, mergeBaseOfKnown } from './known-parents.ts'
import { mergePaths } from './merge-paths.ts'
import { areApart, overlayTree } from './overlay-tree.ts'
import type { MirrorReader } from './reader.ts'
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
export function createObjectVerbs(mirror: { readonly run: RunGit; readonly dir: string; readonly reader: MirrorReader }): ObjectVerbs {
  const { run, dir, reader } = mirror
  const trees = new Map<Sha, Promise<TreeSha>>()
  const parents: KnownParents = new Map()
  const readTreeOf = async (name: string): Promise<TreeSha> => {
    const found = await reader.info(`${name}^{tree}`)
    if (found === undefined) throw new WorldFault({ service: 'git', problem: `${name} is no commit or tree of ${dir}.`, retryable: false })
    return asTreeSha(found.object)
  }
  // A commit's tree never changes; a failure is asked again.
  const treeOf = (commit: Sha): Promise<TreeSha> => {
    const known = trees.get(commit) ?? readTreeOf(commit)
    trees.set(commit, known)
    known.catch(() => trees.delete(commit))
    return known
  }
  const changesOfTrees: Git['changesOfTrees'] = async (pairs) => {
    const changes = pairs.length === 0 ? [] : parseRawDiffs(await reader.rawDiffs(pairs))
    // git says nothing of a pair with a tree that is not there.
    if (changes.length !== pairs.length)
      throw new WorldFault({ service: 'git', problem: `a tree that is to be compared is not in ${dir}.`, retryable: false })
    return changes
  }
  // Most work of one wave lies in files of its own. Everything else is git's to merge.
  const mergeApart = async (request: { readonly ours: Sha; readonly theirs: Sha; readonly base: Sha }) => {
    const [base, ours, theirs] = await Promise.all([treeOf(request.base), treeOf(request.ours), treeOf(request.theirs)])
    const [ourChanges = [], theirChanges = []] = await changesOfTrees([
      { from: base, to: ours },
      { from: base, to: theirs },
    ])
    return areApart(ourChanges, theirChanges) ? overlayTree(reader, { onto: ours, changes: theirChanges }) : undefined
  }
  let listing: { readonly at: string; readonly files: Promise<readonly RepoPath[]> } | undefined
  const readListing = async (at: string): Promise<readonly RepoPath[]> =>
    nulTerminated((await run({ args: ['ls-tree', '-r', '-z', '--full-tree', '--name-only', at] })).stdout).map(asRepoPath)
  return {
    treeOf,
    commit: async (request) => {
      const made = await commit(run, request)
      trees.set(made, Promise.resolve(request.tree))
      parents.set(made, request.parents)
      return made
    },
    mergeTrees: async (request) => {
      const tree = request.base === undefined ? undefined : await mergeApart({ ...request, base: request.base })
      return tree === undefined ? mergePaths({ run, dir, treeOf, ...request }) : { kind: 'merged', tree }
    },
    changes: async ({ from, to }) => {
      const [one, other] = await Promise.all([trees.get(from as Sha) ?? readTreeOf(from), trees.get(to as Sha) ?? readTreeOf(to)])
      const [changes = []] = await changesOfTrees([{ from: one, to: other }])
      return changes
    },
    changesOfTrees,
    diff: async ({ from, to, paths, maxBytes }) => {
      const only = paths === undefined ? [] : ['--', ...paths]
      const options = ['-r', '-p', '--no-ext-diff', '--no-textconv', '--no-color', '--find-renames', '--end-of-options']
      return (await run({ args: ['diff-tree', ...options, from, to, ...only], maxOutputBytes: maxBytes, lossy: true })).stdout
    },
    readFile: ({ at, path }) => reader.text(`${at}:${path}`),
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
      const known = mergeBaseOfKnown(parents, a, b)
      if (known !== undefined) return known
      const answer = await run({ args: ['merge-base', a, b], expect: [0, 1] })
      return answer.code === 0 ? asSha(answer.stdout.trim()) : undefined
    },
    blobSizes: async (blobs) => {
      const found = await Promise.all(blobs.map((blob) => reader.info(blob)))
      return new Map(blobs.flatMap((blob, index): [string, number][] => (found[index] === undefined ? [] : [[blob, found[index].size]])))
    },
  }
}

async function commit(run: RunGit, request: CommitRequest): Promise<Sha> {
  const parents = request.parents.flatMap((parent) => ['-p', parent])
  const answer = await run({ args: ['commit-tree', request.tree, ...parents, '-F', '-'], stdin: sayCommit(request) })
  return asSha(answer.stdout.trim())
}

const rawLine = /^:(\d{6}) (\d{6}) ([0-9a-f]+) ([0-9a-f]+) ([A-Z])\d*$/

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
