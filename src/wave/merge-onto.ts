// Two commits -> one commit in which nothing of either is lost, or why not. git merges, a reconciler settles conflicts, the survival rule judges both.
import type { RepoPath, Sha, TreeSha } from '../ids.ts'
import type { Task } from '../plan/plan.ts'
import type { Git } from '../world.ts'
import { type Reconcile, readConflict, reconcileConflict, type SymbolsOf, sayVanished, withSymbols } from './reconcile.ts'
import { checkLines, checkPaths, type MergeFacts, pathsOfBoth, type Vanished } from './survival.ts'

/** What the commit of a merge is made of. `reconciled`: paths that were in conflict. */
export interface MergedSides {
  readonly tree: TreeSha
  readonly reconciled: readonly RepoPath[]
}

/** What two sides became. `paths` of a failure: in conflict, or where something vanished. */
export type MergedCommit =
  | {
      readonly kind: 'merged'
      readonly commit: Sha
      readonly reconciled: readonly RepoPath[]
      /** What the merge changed on our side. */
      readonly changed: readonly RepoPath[]
    }
  | { readonly kind: 'failed'; readonly faults: readonly string[]; readonly paths: readonly RepoPath[] }

/** Who may be asked, and who wrote what. */
export interface MergeHelp {
  /** Without one, every conflict is a failure. */
  readonly reconcile?: Reconcile
  readonly symbolsOf?: SymbolsOf
  readonly theirsBy?: Task
  readonly writerOf?: (path: RepoPath) => Task | undefined
}

/** Merges `theirs` onto `ours` against `base`, which is their merge base, path by path. */
export async function mergeOnto(
  request: {
    readonly git: Git
    readonly ours: Sha
    readonly theirs: Sha
    readonly base: Sha | undefined
    /** Contract: makes a commit that no name points to yet; called before it is known whether anything vanished. */
    readonly commit: (merged: MergedSides) => Promise<Sha>
  } & MergeHelp,
): Promise<MergedCommit> {
  const { git, ours, theirs, base } = request
  if (base === undefined) return { kind: 'failed', faults: [`${theirs} shares no history with ${ours}`], paths: [] }
  const merge = await git.mergeTrees({ ours, theirs, base })
  const conflicted = merge.kind === 'conflict' ? merge.paths : []
  const settled =
    conflicted.length === 0
      ? { kind: 'reconciled' as const, tree: merge.tree }
      : await settle({ ...request, base, tree: merge.tree, conflicted })
  if (settled.kind === 'failed') return { ...settled, paths: conflicted }
  const [{ vanished, changed }, commit] = await Promise.all([
    survivalOf({ ...request, base, tree: settled.tree, reconciled: conflicted }),
    request.commit({ tree: settled.tree, reconciled: conflicted }),
  ])
  return vanished.length === 0
    ? { kind: 'merged', commit, reconciled: conflicted, changed }
    : { kind: 'failed', faults: vanished.map(sayVanished), paths: [...new Set(vanished.map(({ path }) => path))] }
}

interface Settling extends MergeHelp {
  readonly git: Git
  readonly base: Sha
  readonly ours: Sha
  readonly theirs: Sha
  readonly tree: TreeSha
}

async function settle(request: Settling & { readonly conflicted: readonly RepoPath[] }): ReturnType<typeof reconcileConflict> {
  const { git, reconcile, conflicted, symbolsOf, theirsBy } = request
  if (reconcile === undefined) return { kind: 'failed', faults: conflicted.map((path) => `${path} was changed by both sides in one place`) }
  const files = await readConflict({ ...request, paths: conflicted, writerOf: request.writerOf ?? (() => undefined) })
  return reconcileConflict({ git, tree: request.tree, files, theirsBy, reconcile, symbolsOf })
}

/**
 * What vanished between two sides and a tree that says it is their merge. Reconciled paths were held to their lines when they were
 * answered; all others are looked at here.
 */
export async function survivalOf(
  request: Settling & { readonly reconciled: readonly RepoPath[] },
): Promise<{ readonly vanished: readonly Vanished[]; readonly changed: readonly RepoPath[] }> {
  const { git, tree } = request
  const [base, ours, theirs] = await Promise.all([git.treeOf(request.base), git.treeOf(request.ours), git.treeOf(request.theirs)])
  const [ourChanges, theirChanges, result, changed = []] = await git.changesOfTrees([
    { from: base, to: ours },
    { from: base, to: theirs },
    { from: base, to: tree },
    { from: ours, to: tree },
  ])
  const facts: MergeFacts = { ours: ourChanges ?? [], theirs: theirChanges ?? [], result: result ?? [] }
  const byLines = pathsOfBoth(facts).filter((path) => !request.reconciled.includes(path))
  const lines = await Promise.all(byLines.map((path) => linesOf({ ...request, path })))
  const byBytes = checkPaths(facts).filter(({ path }) => !request.reconciled.includes(path))
  return { vanished: [...byBytes, ...lines.flat()], changed: changed.map(({ path }) => path) }
}

async function linesOf(request: Settling & { readonly path: RepoPath }): Promise<readonly Vanished[]> {
  const { git, path } = request
  const [base, ours, theirs, result] = await Promise.all(
    [request.base, request.ours, request.theirs, request.tree].map((at) => git.readFile({ at, path })),
  )
  return checkLines(await withSymbols({ path, base, ours, theirs, result }, request.symbolsOf), { dropped: [], folded: true })
}
