// What a run left on this machine -> gone: worktrees, task branches, kept trees; on request its wave branches too. Other runs stay.
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { BranchName, RunId } from '../ids.ts'
import type { Git } from '../world.ts'
import { attemptOf } from './commit-attempt.ts'

/** What was removed. `kept`: branches in the person's repository that stay, because they are checked out or have commits of people. */
export interface CleanedRun {
  readonly worktrees: readonly string[]
  readonly branches: readonly BranchName[]
  readonly kept: readonly BranchName[]
}

/**
 * `work`: worktrees, task branches and the trees of their turns; what was merged stays. `everything`: all branches of the run too,
 * those in the person's repository included.
 */
export async function cleanRun(request: {
  readonly git: Git
  readonly worktreesDir: string
  readonly run: RunId
  readonly what: 'work' | 'everything'
}): Promise<CleanedRun> {
  const { git, run, what } = request
  const folder = join(request.worktreesDir, run)
  const worktrees = (await readdir(folder).catch(() => [])).map((name) => join(folder, name))
  for (const path of worktrees) await git.removeWorktree(path)
  await rm(folder, { recursive: true, force: true })
  const all = [...(await git.branches(`dce/${run}/`)).keys()]
  const branches = what === 'everything' ? all : all.filter((branch) => attemptOf(branch, run) !== undefined)
  const kept = what === 'everything' ? await git.unpublish(all) : []
  for (const branch of branches) await git.deleteBranch(branch)
  return { worktrees, branches, kept }
}
