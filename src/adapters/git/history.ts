// What a branch is made of, for those who make it anew elsewhere: its commits along first parents, bytes of files, patches.
import { asSha, asTreeSha, type Sha, type TreeSha } from '../../ids.ts'
import type { Exec } from '../../world.ts'
import { type BaseEnvironment, gitEnvironment } from './git-environment.ts'
import { createRunGit } from './run-git.ts'

/** A commit that is there. `atS`: seconds since the epoch. */
export interface PastCommit {
  readonly commit: Sha
  readonly tree: TreeSha
  readonly parents: readonly Sha[]
  readonly atS: number
  readonly message: string
}

/** Reads one repository here. Errors: WorldFault('git'). */
export interface History {
  /** Commits along first parents that `from` has not (undefined: all), oldest first. */
  line(request: { readonly from: Sha | undefined; readonly to: Sha }): Promise<readonly PastCommit[]>
  /** Asked for again, the same commit: its date is given. */
  commit(request: Omit<PastCommit, 'commit'>): Promise<Sha>
  /** A blob's bytes. */
  base64(blob: string): Promise<string>
  /** Writes what `git am` takes: the commits of a straight line from `from` to `to`. */
  writePatch(request: { readonly from: Sha; readonly to: Sha; readonly path: string }): Promise<void>
}

/** `%B` may hold anything but NUL. */
const format = '--format=%H%x00%T%x00%P%x00%ct%x00%B%x00'

/** Opens it. Nothing is started before it is used. */
export function openHistory({ dir, exec, env }: { readonly dir: string; readonly exec: Exec; readonly env: BaseEnvironment }): History {
  const own = gitEnvironment(env)
  const run = createRunGit({ exec, cwd: dir, env: { ...own, GIT_DIR: dir } })
  return {
    line: async ({ from, to }) => {
      const range = from === undefined ? [to] : [`${from}..${to}`]
      const { stdout } = await run({ args: ['log', '-z', '--first-parent', '--reverse', format, ...range, '--'] })
      return parseLog(stdout)
    },
    commit: async ({ tree, parents, message, atS }) => {
      const args = ['commit-tree', tree, ...parents.flatMap((parent) => ['-p', parent]), '-F', '-']
      const date = `${atS} +0000`
      const { stdout } = await run({ args, stdin: message, env: { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date } })
      return asSha(stdout.trim())
    },
    base64: async (blob) => {
      // Output is read as text here, which bytes are not.
      const argv = ['sh', '-c', 'git cat-file blob "$1" | base64', 'base64', blob]
      const limits = { timeoutMs: 120_000, maxOutputBytes: 200_000_000 }
      return (await exec.run({ argv, cwd: dir, env: { ...own, GIT_DIR: dir }, ...limits })).stdout.replaceAll(/\s/gu, '')
    },
    writePatch: async ({ from, to, path }) => {
      const options = ['--binary', '--full-index', '--no-renames', '--no-signature', '--no-color', '--no-ext-diff', `--output=${path}`]
      await run({ args: ['format-patch', ...options, `${from}..${to}`] })
    },
  }
}

/** Five fields a commit; `-z` puts one NUL more behind each but the last. */
function parseLog(stdout: string): readonly PastCommit[] {
  const fields = stdout.split('\0')
  const commits: PastCommit[] = []
  for (let at = 0; at + 4 < fields.length; at += 6) {
    const [commit = '', tree = '', parents = '', atS = '', message = ''] = fields.slice(at, at + 5)
    commits.push({
      commit: asSha(commit.trim()),
      tree: asTreeSha(tree),
      parents: parents.split(' ').flatMap((parent) => (parent === '' ? [] : [asSha(parent)])),
      atS: Number(atS),
      message,
    })
  }
  return commits
}
