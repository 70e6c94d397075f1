// Changed paths of a harvested tree -> what may not leave the worktree, each with its reason. Pure.
import type { RepoPath } from '../ids.ts'
import type { WriteRight } from '../plan/ownership.ts'
import type { TreeChange } from '../world.ts'
import { whyProtected } from './protected-paths.ts'

/** One thing that is refused. `reason` is for the agent: what is wrong, and what to do. */
export interface HarvestFault {
  readonly path: string
  readonly reason: string
}

/** Bounds in bytes. */
export interface HarvestLimits {
  readonly fileBytes: number
  readonly totalBytes: number
}

/** By taste: generated Go files stay far below, archives and binaries do not. */
export const harvestLimits: HarvestLimits = { fileBytes: 1024 * 1024, totalBytes: 20 * 1024 * 1024 }

/** What the checks look at. */
export interface ChangedTree {
  readonly changes: readonly TreeChange[]
  /** Bytes of every new blob. */
  readonly sizes: ReadonlyMap<string, number>
  /** All paths of the harvested tree. */
  readonly files: readonly RepoPath[]
  readonly rightTo: (path: RepoPath) => WriteRight
  readonly limits: HarvestLimits
}

/** The first fault of every changed path, then of the whole. Secrets are looked for elsewhere: that takes the text. */
export function checkChanges(tree: ChangedTree): readonly HarvestFault[] {
  const folded = pathsByFoldedName(tree.files)
  const faults = tree.changes.flatMap((change) => {
    const reason = faultOf(change, tree, folded)
    return reason === undefined ? [] : [{ path: change.path, reason }]
  })
  const total = tree.changes.reduce((sum, change) => sum + (tree.sizes.get(change.newBlob ?? '') ?? 0), 0)
  if (total <= tree.limits.totalBytes) return faults
  return [
    ...faults,
    {
      path: '.',
      reason: `all changed files together have ${say(total)}; at most ${say(tree.limits.totalBytes)} may change. Remove what is generated or downloaded.`,
    },
  ]
}

function faultOf(change: TreeChange, tree: ChangedTree, folded: ReadonlyMap<string, readonly string[]>): string | undefined {
  return (
    nameFault(change, folded) ??
    protectedFault(change.path) ??
    rightFault(tree.rightTo(change.path)) ??
    modeFault(change) ??
    sizeFault(change, tree)
  )
}

function nameFault({ path, change }: TreeChange, folded: ReadonlyMap<string, readonly string[]>): string | undefined {
  if (change === 'deleted') return undefined
  if (/[\u0000-\u001f\u007f\\]/.test(path)) return 'has control characters or a backslash in its name. Rename it.'
  const twin = folded.get(path.toLowerCase())?.find((other) => other !== path)
  return change === 'added' && twin !== undefined
    ? `differs from ${twin} in upper and lower case alone, so not every machine can hold both. Rename it.`
    : undefined
}

function protectedFault(path: string): string | undefined {
  const why = whyProtected(path)
  return why === undefined ? undefined : `is protected: ${why}. Undo the change.`
}

function rightFault(right: WriteRight): string | undefined {
  switch (right.kind) {
    case 'yours':
      return undefined
    case 'owned':
      return `belongs to the task ${right.by}. Undo the change, or ask with request_path.`
    case 'unowned':
      return 'is not among the paths of this task. Undo the change, or ask with request_path.'
    case 'read-only':
      return 'may be read, not changed, in this attempt. Undo the change.'
  }
}

function modeFault({ newMode }: TreeChange): string | undefined {
  if (newMode === undefined || newMode === '100644' || newMode === '100755') return undefined
  if (newMode === '120000') return 'is a symbolic link. Only plain files are taken: write the file itself.'
  if (newMode === '160000') return 'is a repository inside the repository. Remove its .git, or the folder.'
  return `has the mode ${newMode}. Only plain files are taken.`
}

function sizeFault({ newBlob }: TreeChange, { sizes, limits }: ChangedTree): string | undefined {
  const bytes = sizes.get(newBlob ?? '') ?? 0
  return bytes > limits.fileBytes ? `has ${say(bytes)}; a file may have at most ${say(limits.fileBytes)}. Remove or split it.` : undefined
}

function pathsByFoldedName(files: readonly string[]): ReadonlyMap<string, readonly string[]> {
  return Map.groupBy(files, (file) => file.toLowerCase())
}

function say(bytes: number): string {
  return bytes < 1024 * 1024 ? `${Math.ceil(bytes / 1024)} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`
}
