// Names in the mirror -> objects, and back: branches of runs, trees kept alive, what the person's repository calls a commit.
import { WorldFault } from '../../fault.ts'
import type { BranchName, Sha } from '../../ids.ts'
import { asBranchName, asSha } from '../../ids.ts'
import type { Git } from '../../world.ts'
import type { MirrorReader } from './reader.ts'
import type { RunGit } from './run-git.ts'

/** The methods of the port that read and move refs. */
export type RefVerbs = Pick<Git, 'resolve' | 'moveBranch' | 'deleteBranch' | 'readBranch' | 'branches'>

/** Makes the ref verbs of one mirror. `refresh` takes over what is new in the person's repository; called once for an object nobody knows yet. */
export function createRefVerbs(mirror: {
  readonly run: RunGit
  readonly reader: MirrorReader
  readonly refresh: () => Promise<void>
}): RefVerbs {
  const { run, reader, refresh } = mirror
  const find = (rev: string) => resolveAny(reader, rev)
  return {
    resolve: async (rev) => {
      const found = await find(rev)
      if (found !== undefined || !/^[0-9a-f]{40,64}$/.test(rev)) return found
      await refresh()
      return find(rev)
    },
    moveBranch: async ({ branch, to, expected }) => moveRef({ run, ref: `refs/heads/${branch}`, to, expected }),
    deleteBranch: async (branch) => {
      await run({ args: ['update-ref', '-d', `refs/heads/${branch}`] })
    },
    readBranch: async (branch) => {
      // git takes an absent name with such an ending for one of `git describe`, and answers with a commit that has nothing to do with it.
      if (/-g[0-9a-f]+$/i.test(branch)) return readRef(run, `refs/heads/${branch}`)
      const found = await reader.info(`refs/heads/${branch}`)
      return found === undefined ? undefined : asSha(found.object)
    },
    branches: async (prefix) => {
      const all = await listRefs(run, 'refs/heads/')
      const named = all.map(({ ref, object }): [BranchName, Sha] => [asBranchName(ref.slice('refs/heads/'.length)), asSha(object)])
      return new Map(named.filter(([branch]) => branch.startsWith(prefix)))
    },
  }
}

/** Our own names first; then what the person's repository means by it. */
async function resolveAny(reader: MirrorReader, rev: string): Promise<Sha | undefined> {
  for (const prefix of ['', 'refs/user/', 'refs/user/heads/', 'refs/user/tags/', 'refs/user/remotes/']) {
    const found = await reader.info(`${prefix}${rev}^{commit}`)
    if (found !== undefined) return asSha(found.object)
  }
  return undefined
}

/** Moves a ref if it still has the expected value (`null`: absent, undefined: whatever). False when it has not. */
export async function moveRef(request: {
  readonly run: RunGit
  readonly ref: string
  readonly to: Sha
  readonly expected: Sha | null | undefined
}): Promise<boolean> {
  const { run, ref, to, expected } = request
  const old = expected === undefined ? [] : [expected ?? '0'.repeat(to.length)]
  const answer = await run({ args: ['update-ref', ref, to, ...old], expect: [0, 1, 128] })
  if (answer.code === 0) return true
  if (expected !== undefined && (await readRef(run, ref)) !== (expected ?? undefined)) return false
  throw new WorldFault({ service: 'git', problem: `${ref} could not be moved to ${to}: ${answer.stderr.trim()}`, retryable: false })
}

/** The object a ref names; undefined when there is no such ref. */
export async function readRef(run: RunGit, ref: string): Promise<Sha | undefined> {
  const found = (await listRefs(run, ref)).find((candidate) => candidate.ref === ref)
  return found === undefined ? undefined : asSha(found.object)
}

/** Refs below a prefix, and the one of exactly this name. */
export async function listRefs(run: RunGit, prefix: string): Promise<readonly { readonly ref: string; readonly object: string }[]> {
  const answer = await run({ args: ['for-each-ref', '--format=%(objectname) %(refname)', prefix.replace(/\/$/, '')] })
  return answer.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => ({ object: line.slice(0, line.indexOf(' ')), ref: line.slice(line.indexOf(' ') + 1) }))
}
