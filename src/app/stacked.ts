// The waves of a run and the pull requests that are there -> which there should be, and what each is based on. Pure.
import type { PullRequestOnGitHub } from '../github.ts'
import { type BranchName, type Sha, type WaveNumber, waveBranch } from '../ids.ts'
import { isPassed, type RunState } from '../run/state.ts'

/** A wave as a part of the stack. `isReady`: its gate said green, or a person accepted it; or its pull request is open from then. */
export interface StackPart {
  readonly wave: WaveNumber
  readonly head: BranchName
  readonly commit: Sha | undefined
  readonly isReady: boolean
}

/** What is on GitHub: pull requests by head branch, and whether a branch is. */
export interface StackThere {
  readonly pulls: ReadonlyMap<BranchName, PullRequestOnGitHub>
  readonly hasBranch: (branch: BranchName) => boolean
  readonly defaultBranch: BranchName
}

/** A pull request to open or to bring up to date. `reopen`: another in place of one that GitHub closed with its base. */
export interface StackStep {
  readonly part: StackPart
  readonly base: BranchName
  readonly reopen: boolean
}

/** Parts of a run, lowest first. A wave that changed nothing has no pull request: there would be no commits in it. */
export function stackParts(state: RunState): readonly StackPart[] {
  const parts: StackPart[] = []
  let below: Sha = state.base
  for (const { wave, commit, ...rest } of state.waves) {
    if (commit === below) continue
    below = commit ?? below
    parts.push({ wave, head: waveBranch(state.run, wave), commit, isReady: commit !== undefined && isPassed({ wave, ...rest }) })
  }
  return parts
}

/** What is to be done, lowest first. Those that are merged, or that a person closed, are left alone; what stood on them is retargeted. */
export function stackSteps(parts: readonly StackPart[], there: StackThere): readonly StackStep[] {
  return parts.flatMap((part, index): readonly StackStep[] => {
    const own = there.pulls.get(part.head)
    if (own === undefined && !part.isReady) return []
    const base = baseOf(parts.slice(0, index), there)
    if (own === undefined || own.isOpen) return [{ part, base, reopen: false }]
    return wasClosedWithItsBase(own, parts, there) ? [{ part, base, reopen: true }] : []
  })
}

/** The nearest below that is not merged and still there; else the default branch. */
function baseOf(below: readonly StackPart[], { pulls, hasBranch, defaultBranch }: StackThere): BranchName {
  const nearest = below.findLast(({ head, isReady }) => {
    const pull = pulls.get(head)
    if (pull === undefined) return isReady
    return pull.isOpen || (!pull.isMerged && hasBranch(head))
  })
  return nearest?.head ?? defaultBranch
}

// GitHub closes what stands on a branch that is deleted by other ways than its own button, and cannot open it again. A person closed it when its
// base still was there. Source: github-pitfalls P44.
function wasClosedWithItsBase(own: PullRequestOnGitHub, parts: readonly StackPart[], { pulls, hasBranch }: StackThere): boolean {
  const stoodOn = parts.find(({ head }) => head === own.base)
  const base = stoodOn === undefined ? undefined : pulls.get(stoodOn.head)
  if (own.isMerged || base?.isMerged !== true || hasBranch(own.base)) return false
  return (own.closedAtMs ?? 0) >= (base.closedAtMs ?? Number.POSITIVE_INFINITY)
}
