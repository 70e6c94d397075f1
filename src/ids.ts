// Plain strings -> names that must not be mixed up, and the one place that knows how names in git are built.

declare const brand: unique symbol
type Branded<Name extends string> = string & { readonly [brand]: Name }

/** `<issue number or file slug>-<6 hex>`: lower case, `[a-z0-9-]`. */
export type RunId = Branded<'RunId'>
/** Names a task in a plan: lower case, `[a-z0-9-]`, unique in its plan, e.g. `w1-entity-architect`. */
export type TaskId = Branded<'TaskId'>
/** Full hexadecimal object name of a commit. */
export type Sha = Branded<'Sha'>
/** Full hexadecimal object name of a tree. */
export type TreeSha = Branded<'TreeSha'>
/** Branch name without `refs/heads/`. */
export type BranchName = Branded<'BranchName'>
/** Path inside the repository: relative to its root, `/` between parts, no `..`, no leading `/`. */
export type RepoPath = Branded<'RepoPath'>
/** Specialist name as in the front matter of specialists/*.md: `[a-z0-9-]`. */
export type SpecialistName = Branded<'SpecialistName'>

/** Trusts a string that was checked at a border to be such an id. */
export const asRunId = (text: string): RunId => text as RunId
/** See {@link asRunId}. */
export const asTaskId = (text: string): TaskId => text as TaskId
/** See {@link asRunId}. */
export const asSha = (text: string): Sha => text as Sha
/** See {@link asRunId}. */
export const asTreeSha = (text: string): TreeSha => text as TreeSha
/** See {@link asRunId}. */
export const asBranchName = (text: string): BranchName => text as BranchName
/** See {@link asRunId}. */
export const asRepoPath = (text: string): RepoPath => text as RepoPath
/** See {@link asRunId}. */
export const asSpecialistName = (text: string): SpecialistName => text as SpecialistName

/** Waves of a run: 0 is the foundation (plan, seams, prerequisites), 1 to 5 build. Source: the seed's phases 2 to 7. */
export type WaveNumber = 0 | 1 | 2 | 3 | 4 | 5

/** `dce/<run>/<task>`, with `-a<n>` from the second attempt on. Flat: a ref cannot be a folder and a branch. */
export function taskBranch(run: RunId, task: TaskId, attempt: number): BranchName {
  return asBranchName(`dce/${run}/${task}${attempt > 1 ? `-a${attempt}` : ''}`)
}

/** `dce/<run>/wave-<K>`: the merged work of wave K, on top of wave K-1. */
export function waveBranch(run: RunId, wave: WaveNumber): BranchName {
  return asBranchName(`dce/${run}/wave-${wave}`)
}

/** `dce/<run>/pr`: head of the single pull request. */
export function pullRequestBranch(run: RunId): BranchName {
  return asBranchName(`dce/${run}/pr`)
}

/** `dce/<run>/state`: orphan branch with the context files, events and spend. */
export function stateBranch(run: RunId): BranchName {
  return asBranchName(`dce/${run}/state`)
}

/** `dce/<run>/gate`: orphan branch with the questions that the gate's workflow is asked, one file per judged commit. */
export function gateBranch(run: RunId): BranchName {
  return asBranchName(`dce/${run}/gate`)
}

/** Where a commit is put to be judged once more: pushing the same commit to the same branch would start nothing. */
export function judgedBranch(run: RunId, wave: WaveNumber, again: number): BranchName {
  return again === 0 ? waveBranch(run, wave) : asBranchName(`${waveBranch(run, wave)}-again-${again}`)
}

/** `dce/<run>/work`: what the run holds on one machine alone, while it is not finished: another machine goes on from it. */
export function workBranch(run: RunId): BranchName {
  return asBranchName(`dce/${run}/work`)
}
