// Task commits -> wave branch, in plan order, each by a merge commit of its own. A conflict nobody can settle is a result, not an error.
import type { BranchName, RepoPath, RunId, Sha, TaskId, TreeSha, WaveNumber } from '../ids.ts'
import { waveBranch } from '../ids.ts'
import { ownerOf } from '../plan/ownership.ts'
import type { Plan, Task } from '../plan/plan.ts'
import type { CommitRequest, Git } from '../world.ts'
import { mergeOnto } from './merge-onto.ts'
import type { Reconcile, SymbolsOf } from './reconcile.ts'

/** A finished attempt's work. */
export interface TaskCommit {
  readonly task: TaskId
  readonly attempt: number
  readonly commit: Sha
}

/** A merged wave, or what stood in the way; then the wave branch is where it was. `task`: whose merge failed. */
export type WaveMerge =
  | { readonly kind: 'merged'; readonly commit: Sha; readonly merged: readonly TaskCommit[]; readonly reconciled: readonly RepoPath[] }
  | { readonly kind: 'failed'; readonly faults: readonly string[]; readonly task?: TaskId; readonly paths: readonly RepoPath[] }

/** What a wave is merged from. */
export interface WaveMergeRequest {
  readonly git: Git
  readonly run: RunId
  readonly wave: WaveNumber
  readonly plan: Pick<Plan, 'tasks'>
  /** Tip of the wave before, or of this wave's branch when more work comes to it. */
  readonly onto: Sha
  readonly tasks: readonly TaskCommit[]
  readonly reconcile?: Reconcile
  readonly symbolsOf?: SymbolsOf
}

/** Merges the tasks onto `onto` and moves `dce/<run>/wave-<K>` there. Safe to repeat: what is merged already stays merged. */
export async function mergeWave(request: WaveMergeRequest): Promise<WaveMerge> {
  const { git, run, wave } = request
  const branch = waveBranch(run, wave)
  const old = await git.readBranch(branch)
  const ordered = inPlanOrder(request.plan, request.tasks)
  const writers = new Map<RepoPath, TaskId>()
  const reconciled = new Set<RepoPath>()
  let tip = request.onto
  for (const work of ordered) {
    const step = await mergeTask({ ...request, work, tip, writers })
    if (step.kind === 'failed') return step
    for (const path of step.reconciled) reconciled.add(path)
    for (const path of step.changed) writers.set(path, work.task)
    tip = step.commit
  }
  const same = old !== undefined && old !== tip && (await isRepeat({ ...request, old, tip }))
  const commit = same ? old : tip
  if (!same && !(await git.moveBranch({ branch, to: tip, expected: old ?? null }))) return movedMeanwhile(branch)
  return { kind: 'merged', commit, merged: ordered, reconciled: [...reconciled] }
}

/** Tasks in the order of the plan; what the plan does not know comes last, as it came. */
export function inPlanOrder(plan: Pick<Plan, 'tasks'>, tasks: readonly TaskCommit[]): readonly TaskCommit[] {
  const places = new Map(plan.tasks.map((task, place) => [task.id, place]))
  return tasks.toSorted((a, b) => (places.get(a.task) ?? Infinity) - (places.get(b.task) ?? Infinity) || 0)
}

type Step =
  | { readonly kind: 'merged'; readonly commit: Sha; readonly reconciled: readonly RepoPath[]; readonly changed: readonly RepoPath[] }
  | Extract<WaveMerge, { kind: 'failed' }>

async function mergeTask(
  request: WaveMergeRequest & { readonly work: TaskCommit; readonly tip: Sha; readonly writers: ReadonlyMap<RepoPath, TaskId> },
): Promise<Step> {
  const { git, work, tip, plan } = request
  const base = await git.mergeBase(tip, work.commit)
  // It is in there already.
  if (base === work.commit) return { kind: 'merged', commit: tip, reconciled: [], changed: [] }
  const task = plan.tasks.find((candidate) => candidate.id === work.task)
  const merged = await mergeOnto({
    git,
    ours: tip,
    theirs: work.commit,
    base,
    commit: ({ tree, reconciled }) => git.commit(sayMerge({ ...request, tree, task, reconciled })),
    ...(request.reconcile === undefined ? {} : { reconcile: request.reconcile }),
    ...(request.symbolsOf === undefined ? {} : { symbolsOf: request.symbolsOf }),
    ...(task === undefined ? {} : { theirsBy: task }),
    writerOf: (path) => plan.tasks.find(({ id }) => id === request.writers.get(path)) ?? otherOwner(plan, path, work.task),
  })
  if (merged.kind === 'failed')
    return { kind: 'failed', task: work.task, paths: merged.paths, faults: merged.faults.map((fault) => `${work.task}: ${fault}`) }
  return merged
}

function otherOwner(plan: Pick<Plan, 'tasks'>, path: string, not: TaskId): Task | undefined {
  const owner = ownerOf(plan, path)
  return owner?.id === not ? undefined : owner
}

function sayMerge(request: {
  readonly run: RunId
  readonly wave: WaveNumber
  readonly work: TaskCommit
  readonly tip: Sha
  readonly tree: TreeSha
  readonly task: Task | undefined
  readonly reconciled: readonly RepoPath[]
}): CommitRequest {
  const { run, wave, work, reconciled } = request
  return {
    tree: request.tree,
    parents: [request.tip, work.commit],
    subject: `merge(w${wave}): ${request.task?.title ?? work.task}`,
    ...(reconciled.length === 0
      ? {}
      : { body: `Changed by both sides and reconciled:\n${reconciled.map((path) => `- ${path}`).join('\n')}` }),
    trailers: { 'Dce-Run': run, 'Dce-Wave': String(wave), 'Dce-Task': work.task, 'Dce-Attempt': String(work.attempt) },
  }
}

/** A process that was killed after it moved the branch did the same work: then its commit stays, though its time differs. */
async function isRepeat(request: WaveMergeRequest & { readonly old: Sha; readonly tip: Sha }): Promise<boolean> {
  const { git, old, tip } = request
  const [oldTree, tree] = await Promise.all([git.treeOf(old), git.treeOf(tip)])
  if (oldTree !== tree) return false
  const parts = await Promise.all(
    [request.onto, ...request.tasks.map(({ commit }) => commit)].map((ancestor) => git.isAncestor({ ancestor, of: old })),
  )
  return parts.every(Boolean)
}

function movedMeanwhile(branch: BranchName): WaveMerge {
  return { kind: 'failed', faults: [`${branch} was moved by another process while this one merged`], paths: [] }
}
