// A base branch that moved on -> the newest wave branch with it merged in. What the run built stays; what the repository gained is there too.
import type { RepoPath, RunId, Sha, WaveNumber } from '../ids.ts'
import { waveBranch } from '../ids.ts'
import { ownerOf } from '../plan/ownership.ts'
import type { Plan } from '../plan/plan.ts'
import type { Git } from '../world.ts'
import { mergeOnto } from './merge-onto.ts'
import type { Reconcile, SymbolsOf } from './reconcile.ts'

/** The wave branch with the moved base in it, or what stood in the way; then the branch is where it was. */
export type BaseMerge =
  | { readonly kind: 'merged'; readonly commit: Sha; readonly reconciled: readonly RepoPath[] }
  | { readonly kind: 'failed'; readonly faults: readonly string[]; readonly paths: readonly RepoPath[] }

/** Merges `base` onto `onto` and moves the wave's branch there. Safe to repeat. */
export async function mergeMovedBase(request: {
  readonly git: Git
  readonly run: RunId
  readonly wave: WaveNumber
  readonly plan: Pick<Plan, 'tasks'>
  readonly onto: Sha
  readonly base: Sha
  readonly reconcile?: Reconcile
  readonly symbolsOf?: SymbolsOf
}): Promise<BaseMerge> {
  const { git, run, wave, onto, base } = request
  const branch = waveBranch(run, wave)
  const old = await git.readBranch(branch)
  for (const there of [onto, ...(old === undefined ? [] : [old])]) {
    const holdsBoth = (await git.isAncestor({ ancestor: base, of: there })) && (await git.isAncestor({ ancestor: onto, of: there }))
    if (holdsBoth) return { kind: 'merged', commit: there, reconciled: [] }
  }
  const merged = await mergeOnto({
    git,
    ours: onto,
    theirs: base,
    base: await git.mergeBase(onto, base),
    commit: ({ tree }) =>
      git.commit({
        tree,
        parents: [onto, base],
        subject: `merge(w${wave}): the base branch at ${base.slice(0, 12)}`,
        trailers: { 'Dce-Run': run, 'Dce-Wave': String(wave), 'Dce-Base': base },
      }),
    ...(request.reconcile === undefined ? {} : { reconcile: request.reconcile }),
    ...(request.symbolsOf === undefined ? {} : { symbolsOf: request.symbolsOf }),
    writerOf: (path) => ownerOf(request.plan, path),
  })
  if (merged.kind === 'failed') return merged
  const { commit, reconciled } = merged
  if (await git.moveBranch({ branch, to: commit, expected: old ?? null })) return { kind: 'merged', commit, reconciled }
  return { kind: 'failed', faults: [`${branch} was moved by another process while this one merged`], paths: [] }
}
