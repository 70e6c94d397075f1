// What a run asks of git, as types: trees, commits, branches and worktrees of its own mirror. Re-exported by world.ts, where all ports are.
import type { BranchName, RepoPath, Sha, TreeSha } from './ids.ts'

/** One changed path between two trees. Modes as git prints them (`100644`, `100755`, `120000`, `160000`). */
export interface TreeChange {
  readonly path: RepoPath
  readonly change: 'added' | 'modified' | 'deleted'
  readonly oldBlob?: string
  readonly newBlob?: string
  readonly newMode?: string
}

/** Outcome of a merge without a checkout. A conflict is a result, not an error; its tree holds conflict markers. */
export type MergeResult =
  | { readonly kind: 'merged'; readonly tree: TreeSha }
  | { readonly kind: 'conflict'; readonly tree: TreeSha; readonly paths: readonly RepoPath[] }

/** A commit to make of an existing tree. `trailers` are appended as `Key: value` lines. Identity and dates are the adapter's (bot identity). */
export interface CommitRequest {
  readonly tree: TreeSha
  readonly parents: readonly Sha[]
  readonly subject: string
  readonly body?: string
  readonly trailers?: Readonly<Record<string, string>>
}

/**
 * The run's own bare mirror of one repository. The user's checkout, index and HEAD are never touched; hooks, filters and configuration of the target are off.
 * Errors: WorldFault('git') when git itself fails. All methods may be called concurrently (worktree creation is serialised inside).
 */
export interface Git {
  /** Absolute path of the bare mirror. */
  readonly dir: string
  /** Takes over what is new in the user's repository (branches, tags, HEAD). Opening the mirror has done so once. */
  refresh(): Promise<void>
  /** A commit by a branch of ours, by what the user's repository calls it (`main`, `origin/main`, `v1.2`, `HEAD~1`), or by its name. */
  resolve(rev: string): Promise<Sha | undefined>
  treeOf(commit: Sha): Promise<TreeSha>
  /** Creates a detached worktree at `commit` under `path` (absolute, must not exist). */
  addWorktree(request: { readonly path: string; readonly commit: Sha }): Promise<void>
  /** Makes the worktree's files exactly those of `tree`; ignored files go too. */
  resetWorktree(request: { readonly path: string; readonly tree: TreeSha }): Promise<void>
  removeWorktree(path: string): Promise<void>
  /** Folders below a worktree's root that are repositories of their own, `/` between parts. {@link Git.writeTree} leaves them out. */
  nestedRepositories(worktree: string): Promise<readonly string[]>
  /**
   * A text that changes when any file below the worktree does, made without git. Two equal stamps: nothing was changed in between.
   * Undefined when no such text can be trusted (a file changed a moment ago, too many files).
   */
  stampOf(worktree: string): Promise<string | undefined>
  /**
   * `add -A` + `write-tree` with a private index; the worktree's own index stays as it is.
   * Ignored files, `.claude/context/` and nested repositories are not taken. What is written stays: nothing is ever pruned in a mirror.
   */
  writeTree(worktree: string): Promise<TreeSha>
  commit(request: CommitRequest): Promise<Sha>
  /** Moves a branch. `expected`: the old value; `null` = must not exist; undefined = whatever. Answers false when the old value differs. */
  moveBranch(request: { readonly branch: BranchName; readonly to: Sha; readonly expected?: Sha | null }): Promise<boolean>
  deleteBranch(branch: BranchName): Promise<void>
  /** Where a branch is; undefined when there is none of this name. */
  readBranch(branch: BranchName): Promise<Sha | undefined>
  branches(prefix: string): Promise<ReadonlyMap<BranchName, Sha>>
  /** Three-way merge without a checkout, path by path: renames are not followed. `base`: else their merge base. */
  mergeTrees(request: { readonly ours: Sha; readonly theirs: Sha; readonly base?: Sha }): Promise<MergeResult>
  changes(request: { readonly from: string; readonly to: string }): Promise<readonly TreeChange[]>
  /** The same for several pairs of trees, in their order, by one process. */
  changesOfTrees(pairs: readonly { readonly from: TreeSha; readonly to: TreeSha }[]): Promise<readonly (readonly TreeChange[])[]>
  /** Text diff, at most `maxBytes`. */
  diff(request: {
    readonly from: string
    readonly to: string
    readonly paths?: readonly RepoPath[]
    readonly maxBytes: number
  }): Promise<string>
  /** File content at a commit or tree; undefined when it is not there. */
  readFile(request: { readonly at: string; readonly path: RepoPath }): Promise<string | undefined>
  listFiles(at: string): Promise<readonly RepoPath[]>
  /** Bytes of each blob; those that do not exist are left out. */
  blobSizes(blobs: readonly string[]): Promise<ReadonlyMap<string, number>>
  /** A new tree: `from` with these files set (content) or removed (null). */
  editTree(request: { readonly from: TreeSha | null; readonly files: ReadonlyMap<RepoPath, string | null> }): Promise<TreeSha>
  isAncestor(request: { readonly ancestor: Sha; readonly of: Sha }): Promise<boolean>
  mergeBase(a: Sha, b: Sha): Promise<Sha | undefined>
  /** Copies branches of the mirror into the user's repository (CLI), never touching its HEAD, index or checkout. */
  publish(branches: readonly BranchName[]): Promise<void>
  /** Takes published branches out of the user's repository again. Answers those that stay: checked out, or with commits that are not ours. */
  unpublish(branches: readonly BranchName[]): Promise<readonly BranchName[]>
}
