// A worktree -> a tree that may leave it, or why not. The only door by which agents' work gets out; nothing an agent says is believed here.
import type { Assignment } from '../agent/attempt.ts'
import type { RepoPath, Sha, TreeSha } from '../ids.ts'
import { mayWrite, type WriteRight } from '../plan/ownership.ts'
import type { Git, TreeChange } from '../world.ts'
import { checkChanges, type HarvestFault, type HarvestLimits, harvestLimits } from './check-changes.ts'
import { findSecrets } from './find-secrets.ts'

/** What a worktree holds. A refused tree is written too, so that nothing is lost, but it must not be committed as the task's work. */
export type Harvest =
  | { readonly kind: 'clean'; readonly tree: TreeSha; readonly changes: readonly TreeChange[] }
  | { readonly kind: 'refused'; readonly tree: TreeSha; readonly changes: readonly TreeChange[]; readonly faults: readonly HarvestFault[] }

/** Writes the worktree's tree and checks every path that differs from the base: name, owner, protection, mode, size, secrets. */
export async function harvest(request: {
  readonly git: Git
  /** Absolute path. */
  readonly worktree: string
  readonly assignment: Pick<Assignment, 'plan' | 'task' | 'base' | 'paths' | 'brief'>
  readonly limits?: HarvestLimits
}): Promise<Harvest> {
  const { assignment } = request
  const readOnly = assignment.brief.kind === 'repair' ? assignment.brief.readOnly : []
  const who = { plan: assignment.plan, task: assignment.task, paths: assignment.paths, readOnly }
  return harvestTree({ ...request, base: assignment.base, rightTo: (path) => mayWrite(who, path) })
}

/** The same for whoever wrote the files: `rightTo` says which paths it may have changed since `base`. */
export async function harvestTree(request: {
  readonly git: Git
  /** Absolute path. */
  readonly worktree: string
  readonly base: Sha
  readonly rightTo: (path: RepoPath) => WriteRight
  readonly limits?: HarvestLimits
}): Promise<Harvest> {
  const { git, worktree, base, rightTo } = request
  const nested = await git.nestedRepositories(worktree)
  const tree = await git.writeTree(worktree)
  const changes = await git.changes({ from: base, to: tree })
  const [sizes, files] = await Promise.all([git.blobSizes(changes.flatMap((change) => change.newBlob ?? [])), git.listFiles(base)])
  const faults = checkChanges({ changes, sizes, files: filesAfter(files, changes), rightTo, limits: request.limits ?? harvestLimits })
  const open = changes.filter((change) => !faults.some(({ path }) => path === change.path))
  const all = [...nested.map(nestedFault), ...faults, ...(await secretFaults({ git, base, tree, changes: open }))]
  return all.length === 0 ? { kind: 'clean', tree, changes } : { kind: 'refused', tree, changes, faults: all }
}

function filesAfter(before: readonly RepoPath[], changes: readonly TreeChange[]): readonly RepoPath[] {
  const files = new Set(before)
  for (const { path, change } of changes) {
    if (change === 'deleted') files.delete(path)
    else files.add(path)
  }
  return [...files]
}

function nestedFault(path: string): HarvestFault {
  return { path, reason: 'is a repository inside the repository. Remove its .git, or the folder.' }
}

async function secretFaults(request: {
  readonly git: Git
  readonly base: string
  readonly tree: TreeSha
  readonly changes: readonly TreeChange[]
}): Promise<readonly HarvestFault[]> {
  const { git, base, tree, changes } = request
  const faults: HarvestFault[] = []
  for (const { path, newBlob, oldBlob } of changes) {
    if (newBlob === undefined) continue
    const text = await git.readFile({ at: tree, path })
    const before = oldBlob === undefined ? undefined : await git.readFile({ at: base, path })
    if (text === undefined) continue
    const found = await findSecrets({ path, text, ...(before === undefined ? {} : { before }) })
    faults.push(
      ...found.map(({ line, kind }) => ({
        path,
        reason: `line ${line} looks like a secret (${kind}). Read it from the environment instead.`,
      })),
    )
  }
  return faults
}
