// A run's state -> its pull requests: the single one, or a stack with one for each wave. What is there is looked up first; repeating it changes nothing.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { reportsFolder } from '../cli/drive-here.ts'
import type { GitHub, PullRequestOnGitHub } from '../github.ts'
import { type BranchName, pullRequestBranch, type Sha, stateBranch } from '../ids.ts'
import { inComment } from '../report/in-comment.ts'
import { renderWavePullRequest } from '../report/wave-pull-request.ts'
import type { RunState } from '../run/state.ts'
import type { Git } from '../world.ts'
import type { Publishing } from './app-config.ts'
import { dressPullRequest } from './dress-pull-request.ts'
import type { AppParts, Origin } from './parts.ts'
import { type StackPart, type StackStep, stackParts, stackSteps } from './stacked.ts'

/** What they are made of. */
export interface PullsGiven {
  readonly github: GitHub
  readonly git: Git
  readonly state: RunState
  readonly origin: Origin
  /** Branches that GitHub has as they are here. */
  readonly pushed: { has(branch: BranchName): boolean }
  readonly defaultBranch: BranchName
  readonly publishing: Publishing
}

/** Pull requests of a run, lowest first, and what went wrong on the way, in words. */
export interface ShownPulls {
  readonly pulls: readonly { readonly number: number; readonly note: string }[]
  readonly troubles: readonly string[]
}

/** Opens them, or brings them up to date. Errors: Gone, WorldFault. */
export function showPullRequests(parts: AppParts, given: PullsGiven): Promise<ShownPulls> {
  return given.publishing.pullRequests === 'stacked' ? showStack(parts, given) : showSingle(parts, given)
}

// The text is what publishing wrote; it is there from the first time that something was merged and published.
async function showSingle(parts: AppParts, given: PullsGiven): Promise<ShownPulls> {
  const { github, git, state, pushed, defaultBranch: base } = given
  const none = { pulls: [], troubles: [] }
  const head = pullRequestBranch(state.run)
  if (state.published !== true || !pushed.has(head)) return none
  const text = await readFile(join(reportsFolder(parts.machine, state.run), 'pull-request.md'), 'utf8').catch(() => undefined)
  const tip = await git.readBranch(head)
  if (text === undefined || tip === undefined) return none
  const [heading = '', , ...lines] = text.split('\n')
  const title = heading.replace(/^# /u, '')
  const body = sealed(given, lines.join('\n'), { closes: true, isOnly: true })
  const pull = await github.putPullRequest({ head, base, title, body, draft: !state.finished })
  const troubles = await dressPullRequest(parts, { ...given, pull, from: state.base, to: tip })
  return { pulls: [{ number: pull.number, note: '' }], troubles }
}

async function showStack(parts: AppParts, given: PullsGiven): Promise<ShownPulls> {
  const { github, state, pushed, defaultBranch } = given
  const stack = stackParts(state)
  const pulls = new Map<BranchName, PullRequestOnGitHub>()
  const gone = new Set<BranchName>()
  for (const { head, isReady } of stack) {
    const found = isReady || pushed.has(head) ? await github.findPullRequest(head) : undefined
    if (found !== undefined) pulls.set(head, found)
    if (found?.isOpen === false && (await github.readRef(head)) === undefined) gone.add(head)
  }
  const there = { pulls, defaultBranch, hasBranch: (branch: BranchName) => !gone.has(branch) }
  const steps = stackSteps(stack, there)
  // What stands on one that could not be pushed waits with it: the board says why.
  const stuck = steps.findIndex(({ part }) => !pushed.has(part.head))
  const possible = stuck < 0 ? steps : steps.slice(0, stuck)
  const put = async ({ part, base, reopen }: StackStep) => {
    const text = textOf(given, { stack, pulls, part })
    if (text === undefined) return undefined
    const pull = await github.putPullRequest({ head: part.head, base, ...text, draft: !state.finished, reopen })
    pulls.set(part.head, pull)
    return pull
  }
  // Opened first: each names the numbers of all.
  for (const step of possible) if (pulls.get(step.part.head)?.isOpen !== true) await put(step)
  const troubles: string[] = []
  for (const step of possible) {
    const pull = await put({ ...step, reopen: false })
    const [from, to] = [belowOf(stack, step.part, state.base), step.part.commit]
    if (pull !== undefined && to !== undefined) troubles.push(...(await dressPullRequest(parts, { ...given, pull, from, to })))
  }
  return {
    pulls: stack.flatMap(({ head }, index) => {
      const pull = pulls.get(head)
      const note = `${index + 1}/${stack.length}${pull?.isMerged === true ? ', merged' : pull?.isOpen === false ? ', closed' : ''}`
      return pull === undefined ? [] : [{ number: pull.number, note }]
    }),
    troubles,
  }
}

function belowOf(stack: readonly StackPart[], part: StackPart, base: Sha): Sha {
  return stack.slice(0, stack.indexOf(part)).findLast(({ commit }) => commit !== undefined)?.commit ?? base
}

function textOf(
  given: PullsGiven,
  {
    stack,
    pulls,
    part,
  }: { readonly stack: readonly StackPart[]; readonly pulls: ReadonlyMap<BranchName, PullRequestOnGitHub>; readonly part: StackPart },
): { readonly title: string; readonly body: string } | undefined {
  const { state } = given
  const { plan, feature } = state
  if (plan === undefined || feature === undefined) return undefined
  const places = stack.map(({ wave, head }) => {
    const pull = pulls.get(head)
    return { wave, isMerged: pull?.isMerged === true, ...(pull === undefined ? {} : { number: pull.number }) }
  })
  const fullText = `\`.claude/context/progress.md\` on branch \`${stateBranch(state.run)}\``
  const { title, body } = renderWavePullRequest({ state, plan, feature, fullText, wave: part.wave, stack: places })
  return { title, body: sealed(given, body, { closes: part === stack.at(-1), isOnly: stack.length === 1 }) }
}

// Only one of a run closes its issue, and only when the run is finished. Source: github-pitfalls P39.
function sealed(
  { state, origin }: PullsGiven,
  body: string,
  { closes, isOnly }: { readonly closes: boolean; readonly isOnly: boolean },
): string {
  const mark = `<!-- dce-run ${state.run}${isOnly ? '' : ' stacked'} -->`
  const issue = `#${origin.thread.number}`
  const word = !state.finished ? `For ${issue}; not finished yet.` : closes ? `Closes ${issue}.` : `Part of ${issue}.`
  return [inComment(body).trimEnd(), ...(origin.thread.number === 0 ? [] : [word]), mark].join('\n\n')
}
