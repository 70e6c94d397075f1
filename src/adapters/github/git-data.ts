// Git objects and refs through GitHub's API: commits that GitHub signs, for branches that take nothing else.
import { RequestError } from '@octokit/request-error'
import type { CommitOnGitHub, FileOnGitHub, Taken } from '../../github.ts'
import { asSha, type BranchName, type Sha } from '../../ids.ts'
import { conditionally } from './conditional.ts'
import type { Place } from './github.ts'
import { makeOnce, notRepeated } from './make-once.ts'

/** Where a branch is; undefined when there is none. */
export async function readRef(place: Place, branch: BranchName): Promise<Sha | undefined> {
  const { octokit, owner, name } = place
  try {
    const data = await conditionally(place, `ref ${branch}`, (headers) =>
      octokit.request('GET /repos/{owner}/{repo}/git/ref/{ref}', { owner, repo: name, ref: `heads/${branch}`, headers }),
    )
    return asSha(data.object.sha)
  } catch (cause) {
    if (cause instanceof RequestError && cause.status === 404) return undefined
    throw cause
  }
}

/** Makes blobs, tree and commit. Made twice, the first commit is one that no branch names. GitHub signs what names no author. */
export async function makeCommit(place: Place, { message, tree, baseTree, parents, files }: CommitOnGitHub): Promise<Taken> {
  const at = { owner: place.owner, repo: place.name }
  return takenOr(async () => {
    const entries = []
    for (const file of files) entries.push(await entryOf(place, file))
    const made =
      entries.length === 0 && baseTree !== undefined
        ? baseTree
        : (
            await place.octokit.request('POST /repos/{owner}/{repo}/git/trees', {
              ...at,
              tree: entries,
              ...(baseTree === undefined ? {} : { base_tree: baseTree }),
            })
          ).data.sha
    if (made !== tree) return { kind: 'refused', why: `GitHub made another tree of the same files: ${made} instead of ${tree}` }
    const { data } = await place.octokit.request('POST /repos/{owner}/{repo}/git/commits', { ...at, message, tree, parents: [...parents] })
    if (data.tree.sha !== tree) return { kind: 'refused', why: `GitHub made a commit of another tree: ${data.tree.sha} instead of ${tree}` }
    return { kind: 'taken', sha: asSha(data.sha) }
  })
}

type Entry = {
  readonly path: string
  readonly mode: '100644' | '100755' | '040000' | '160000' | '120000'
  readonly type: 'blob' | 'commit'
} & ({ readonly content: string } | { readonly sha: string | null })

async function entryOf(place: Place, { path, mode, content }: FileOnGitHub): Promise<Entry> {
  const entry = { path, mode: mode as Entry['mode'], type: mode === '160000' ? ('commit' as const) : ('blob' as const) }
  switch (content.kind) {
    case 'deleted':
      return { ...entry, sha: null }
    case 'text':
      return { ...entry, content: content.text }
    case 'commit':
      return { ...entry, sha: content.sha }
    case 'bytes': {
      const { data } = await place.octokit.request('POST /repos/{owner}/{repo}/git/blobs', {
        owner: place.owner,
        repo: place.name,
        content: content.base64,
        encoding: 'base64',
      })
      return { ...entry, sha: data.sha }
    }
  }
}

/** Moves a branch that is at `from` (undefined: there is none yet). `force`: it does not go forwards. Contract: the caller has just looked. */
export async function setRef(
  place: Place,
  request: { readonly branch: BranchName; readonly from: Sha | undefined; readonly to: Sha; readonly force: boolean },
): Promise<Taken> {
  const { branch, from, to, force } = request
  const at = { owner: place.owner, repo: place.name }
  const find = async () => ((await readRef(place, branch)) === to ? { kind: 'taken' as const, sha: to } : undefined)
  const make = async (): Promise<Taken> => {
    if (from === undefined)
      await place.octokit.request('POST /repos/{owner}/{repo}/git/refs', { ...at, ref: `refs/heads/${branch}`, sha: to, ...notRepeated })
    else
      await place.octokit.request('PATCH /repos/{owner}/{repo}/git/refs/{ref}', {
        ...at,
        ref: `heads/${branch}`,
        sha: to,
        force,
        ...notRepeated,
      })
    return { kind: 'taken', sha: to }
  }
  return takenOr(() => makeOnce<Taken>({ ...place, find, make }))
}

// What a rule refuses is an answer; what passes, or is gone, is not.
async function takenOr(work: () => Promise<Taken>): Promise<Taken> {
  try {
    return await work()
  } catch (cause) {
    if (cause instanceof RequestError && (cause.status === 422 || cause.status === 409))
      return { kind: 'refused', why: (cause.message.split(' - http')[0] ?? cause.message).slice(0, 2_000) }
    throw cause
  }
}
