// A harvested tree -> a commit on the attempt's own branch, if the attempt still counts. Fenced by attempt number and by the branch's old value.
import type { Assignment } from '../agent/attempt.ts'
import type { Sha, TaskId, TreeSha } from '../ids.ts'
import { asTaskId, taskBranch } from '../ids.ts'
import type { Git } from '../world.ts'
import type { AttemptName } from './worktree-of.ts'

/** `superseded`: a later attempt exists, or the branch moved under this one. Nothing was committed then. */
export type CommittedAttempt = { readonly kind: 'committed'; readonly commit: Sha } | { readonly kind: 'superseded' }

/**
 * Commits the tree on top of the assignment's base and moves the attempt's branch there. Safe to repeat: the same tree on the same base
 * is the same commit. `isCurrent`: asked right before the branch moves. Contract: answers false once a later attempt was started; may be called twice.
 */
export async function commitAttempt(request: {
  readonly git: Git
  readonly name: AttemptName
  readonly assignment: Pick<Assignment, 'task' | 'base' | 'brief'>
  readonly tree: TreeSha
  readonly body?: string
  readonly isCurrent: () => boolean | Promise<boolean>
}): Promise<CommittedAttempt> {
  const { git, name, assignment, tree } = request
  const branch = taskBranch(name.run, name.task, name.attempt)
  const old = await git.readBranch(branch)
  if (old !== undefined && old !== assignment.base && (await isSame({ git, commit: old, tree, base: assignment.base }))) {
    return { kind: 'committed', commit: old }
  }
  const commit = await git.commit({
    tree,
    parents: [assignment.base],
    subject: `${assignment.brief.kind === 'repair' ? 'fix' : 'feat'}(w${assignment.task.wave}): ${assignment.task.title}`,
    ...(request.body === undefined ? {} : { body: request.body }),
    trailers: {
      'Dce-Run': name.run,
      'Dce-Task': name.task,
      'Dce-Attempt': String(name.attempt),
      'Dce-Specialist': assignment.task.specialist,
    },
  })
  // Every attempt claims its branch when it begins, so the next one tells of all later ones.
  const later = await git.readBranch(taskBranch(name.run, name.task, name.attempt + 1))
  if (later !== undefined || !(await request.isCurrent())) return { kind: 'superseded' }
  return (await git.moveBranch({ branch, to: commit, expected: old ?? null })) ? { kind: 'committed', commit } : { kind: 'superseded' }
}

/** The task and attempt that a branch of the run belongs to; undefined for wave branches, the pull request's and the state's. */
export function attemptOf(branch: string, run: string): { readonly task: TaskId; readonly attempt: number } | undefined {
  const name = branch.startsWith(`dce/${run}/`) ? branch.slice(`dce/${run}/`.length) : ''
  if (!/^w[0-5]-/.test(name)) return undefined
  const [, task = name, attempt = '1'] = /^(.+)-a(\d+)$/.exec(name) ?? []
  return { task: asTaskId(task), attempt: Number(attempt) }
}

async function isSame(request: { readonly git: Git; readonly commit: Sha; readonly tree: TreeSha; readonly base: Sha }): Promise<boolean> {
  const { git, commit, tree, base } = request
  return (await git.treeOf(commit)) === tree && (await git.isAncestor({ ancestor: base, of: commit }))
}
