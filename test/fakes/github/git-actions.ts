// What Actions asks of a bare repository: which refs a push moved, the commit, the workflow files in it.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Commit } from './actions-state.ts'
import { git } from './git.ts'
import { readWorkflowFile, type WorkflowFile } from './workflow-file.ts'

/** One ref of a push. */
export interface Move {
  readonly ref: string
  readonly before: string | null
  /** `null`: deleted. */
  readonly after: string | null
}

/** Names the file that takes what a push moved. */
export const pushedEnv = 'FAKE_GITHUB_PUSHED'

/** From now on git writes what each push moved into the file that the environment names. */
export function hearPushes(gitDir: string): void {
  const hook = join(gitDir, 'hooks', 'post-receive')
  mkdirSync(join(gitDir, 'hooks'), { recursive: true })
  writeFileSync(hook, `#!/bin/sh\ncat >"\${${pushedEnv}:-/dev/null}"\n`)
  chmodSync(hook, 0o755)
}

/** Lines that git hands to `post-receive`. */
export function readMoves(text: string): readonly Move[] {
  const real = (sha: string | undefined) => (sha === undefined || /^0+$/u.test(sha) ? null : sha)
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [before, after, ref = ''] = line.split(' ')
      return { ref, before: real(before), after: real(after) }
    })
}

/** Branches and tags that are there now: a deletion starts no workflow. */
export function changedRefs(
  moves: readonly Move[],
): readonly { readonly ref: string; readonly before: string | null; readonly after: string }[] {
  return moves.flatMap(({ ref, before, after }) =>
    after === null || !/^refs\/(?:heads|tags)\//u.test(ref) ? [] : [{ ref, before, after }],
  )
}

/** Errors: rejects when there is no such commit. */
export async function commitOf(gitDir: string, sha: string): Promise<Commit> {
  const shown = await git(gitDir, 'show', '--no-patch', '--format=%H%x00%T%x00%aI%x00%an%x00%ae%x00%cn%x00%ce%x00%B', `${sha}^{commit}`)
  const [full = '', tree = '', at = '', an = '', ae = '', cn = '', ce = '', message = ''] = shown.split('\0')
  return { sha: full, tree, at, message: message.trim(), author: { name: an, email: ae }, committer: { name: cn, email: ce } }
}

const folder = '.github/workflows'

/** One workflow file in a commit; `undefined` when it is not there, an error when it is no workflow. */
export async function workflowFileAt(gitDir: string, commit: string, path: string): Promise<WorkflowFile | Error | undefined> {
  const text = await git(gitDir, 'cat-file', 'blob', `${commit}:${path}`).catch(() => undefined)
  if (text === undefined) return undefined
  try {
    return readWorkflowFile(path, text)
  } catch (cause) {
    return cause instanceof Error ? cause : new Error(String(cause))
  }
}

/** All of a commit, by path. */
export async function workflowsAt(
  gitDir: string,
  commit: string,
): Promise<readonly { readonly path: string; readonly file: WorkflowFile | Error }[]> {
  const listed = await git(gitDir, 'ls-tree', '--name-only', commit, `${folder}/`)
  const found: { readonly path: string; readonly file: WorkflowFile | Error }[] = []
  for (const path of listed.split('\n').filter((line) => /\.ya?ml$/u.test(line))) {
    const file = await workflowFileAt(gitDir, commit, path)
    if (file !== undefined) found.push({ path, file })
  }
  return found
}
