// A repository, its mirror and attempts that write files: what the tests of merges and harvests begin with.
import type { Assignment } from '../../src/agent/attempt.ts'
import { asRunId, type RunId, type Sha } from '../../src/ids.ts'
import { patternsOf } from '../../src/plan/ownership.ts'
import type { Plan, Task } from '../../src/plan/plan.ts'
import { commitAttempt } from '../../src/wave/commit-attempt.ts'
import { harvest } from '../../src/wave/harvest.ts'
import type { TaskCommit } from '../../src/wave/merge-wave.ts'
import { openWorktree } from '../../src/wave/worktree-of.ts'
import type { Git } from '../../src/world.ts'
import { makePlan, makeTask } from '../run/simulate.ts'
import { type Files, type GitDir, makeGitDir, makeTempDir, writeFiles } from '../support/git-dir.ts'
import { openGit } from '../support/open-git.ts'

/** The run of every test here. */
export const run: RunId = asRunId('spec-abc123')

/** A repository with a mirror and a place for worktrees. */
export interface Site {
  readonly repo: GitDir
  readonly git: Git
  readonly worktreesDir: string
  readonly base: Sha
}

/** Makes a site whose base holds these files. */
export async function makeSite(files: Files): Promise<Site> {
  const repo = makeGitDir(files)
  return { repo, git: await openGit(repo.dir), worktreesDir: makeTempDir('worktrees'), base: repo.head() }
}

/** A task of wave 1 that owns these patterns. */
export function owner(name: string, ...paths: readonly string[]): Task {
  return makeTask(1, name, { files: [], paths, title: `the ${name}` })
}

/** The assignment of a task on a base. */
export function assign(plan: Plan, task: Task, base: Sha, more: Partial<Assignment> = {}): Assignment {
  return { plan, task, attempt: 1, base, paths: patternsOf(task), merged: [], brief: { kind: 'first' }, ...more }
}

/** Lets a task write files in a fresh worktree and commits what the harvest takes, checked or not. */
export async function workOn(
  site: Site,
  request: { readonly task: Task; readonly files: Files; readonly attempt?: number; readonly base?: Sha; readonly plan?: Plan },
): Promise<TaskCommit> {
  const { task, files } = request
  const attempt = request.attempt ?? 1
  const base = request.base ?? site.base
  const name = { run, task: task.id, attempt }
  const worktree = await openWorktree({ git: site.git, worktreesDir: site.worktreesDir, name, base })
  writeFiles(worktree, files)
  const assignment = assign(request.plan ?? makePlan([task]), task, base, { attempt })
  const { tree } = await harvest({ git: site.git, worktree, assignment })
  const done = await commitAttempt({ git: site.git, name, assignment, tree, isCurrent: () => true })
  if (done.kind !== 'committed') throw new Error('the attempt was superseded')
  return { task: task.id, attempt, commit: done.commit }
}
