// One attempt -> its worktree: where it lives, made fresh, or brought back to where the attempt was.
import { join } from 'node:path'
import type { RunId, Sha, TaskId, TreeSha } from '../ids.ts'
import { taskBranch } from '../ids.ts'
import type { Git } from '../world.ts'

/** Which attempt of which task. */
export interface AttemptName {
  readonly run: RunId
  readonly task: TaskId
  /** From 1. */
  readonly attempt: number
}

/** `<worktreesDir>/<run>/<task>-a<attempt>`. */
export function worktreePath(worktreesDir: string, { run, task, attempt }: AttemptName): string {
  return join(worktreesDir, run, `${task}-a${attempt}`)
}

/**
 * Makes the attempt's worktree at `base`, in place of whatever is left there, and its branch if it has none yet.
 * `files`: the tree to go on from instead (a resumed attempt, a retry that keeps the files); HEAD stays at `base`. Answers the worktree's path.
 */
export async function openWorktree(request: {
  readonly git: Git
  readonly worktreesDir: string
  readonly name: AttemptName
  readonly base: Sha
  readonly files?: TreeSha
}): Promise<string> {
  const { git, name, base, files } = request
  const path = worktreePath(request.worktreesDir, name)
  await git.removeWorktree(path)
  await git.addWorktree({ path, commit: base })
  if (files !== undefined) await git.resetWorktree({ path, tree: files })
  // Claims the branch: an attempt that was here before and is resumed finds its own.
  await git.moveBranch({ branch: taskBranch(name.run, name.task, name.attempt), to: base, expected: null })
  return path
}
