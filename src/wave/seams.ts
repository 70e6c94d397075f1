// Amended declarations, what they refer to, and new module requirements -> the first commit of a run, so that every task starts from a tree that compiles.
import { posix } from 'node:path'
import type { GoOverlay } from '../go-analyzer.ts'
import type { RepoPath, RunId, Sha } from '../ids.ts'
import { waveBranch } from '../ids.ts'
import type { Git } from '../world.ts'

/** A file that the contracts overlay. */
export type OverlaidFile = GoOverlay['files'][number]

/** What belongs into the first commit: amended files, and declared ones in folders that those, or one of these, import or stand in. In the overlay's order. */
export function chooseSeams(files: readonly OverlaidFile[]): readonly OverlaidFile[] {
  const chosen = new Set(files.filter(({ kind }) => kind === 'amend'))
  // Grows while it is walked: what is chosen brings its own folders.
  for (const { dirs } of chosen) {
    for (const file of files) if (dirs.includes(posix.dirname(file.path))) chosen.add(file)
  }
  return files.filter((file) => chosen.has(file))
}

/**
 * Commits the files on top of the base, on `dce/<run>/wave-0`, and answers the commit; the base itself when nothing differs from it.
 * Folders that hold contracts alone are not in git: agents get them with their overlay. Safe to repeat.
 */
export async function commitSeams(request: {
  readonly git: Git
  readonly run: RunId
  readonly base: Sha
  /** Whole contents by path; null removes. */
  readonly files: ReadonlyMap<RepoPath, string | null>
}): Promise<Sha> {
  const { git, run, base, files } = request
  const from = await git.treeOf(base)
  const tree = files.size === 0 ? from : await git.editTree({ from, files })
  const branch = waveBranch(run, 0)
  const old = await git.readBranch(branch)
  if (old !== undefined && (await git.treeOf(old)) === tree && (await git.isAncestor({ ancestor: base, of: old }))) return old
  const commit =
    tree === from
      ? base
      : await git.commit({
          tree,
          parents: [base],
          subject: 'feat(w0): declarations and requirements that several tasks need',
          trailers: { 'Dce-Run': run, 'Dce-Task': 'seams' },
        })
  await git.moveBranch({ branch, to: commit })
  return commit
}
