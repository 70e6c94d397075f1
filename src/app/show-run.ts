// A run's state -> GitHub: branches, check runs, pull request, board. What is there is compared with what should be; repeating it changes nothing.
import { openRepository } from '../cli/open-machine.ts'
import { isRefusal } from '../fault.ts'
import type { CheckRunPicture, GitHub } from '../github.ts'
import { type RunId, type Sha, type WaveNumber, waveBranch } from '../ids.ts'
import { renderIssueBoard } from '../report/issue-board.ts'
import { isOver } from '../report/standing.ts'
import { waveChecks } from '../report/wave-check.ts'
import { replay } from '../run/drive.ts'
import type { RunState } from '../run/state.ts'
import type { Git } from '../world.ts'
import type { Fixing } from './answer-command.ts'
import type { Publishing } from './app-config.ts'
import { keepPatch, takePatchBack } from './keep-patch.ts'
import { type AppParts, type Origin, originOf, remoteOf, stateOf } from './parts.ts'
import { type PublishedBranches, publishBranches } from './publish-branches.ts'
import { showPullRequests } from './show-pull-requests.ts'
import type { Thread } from './signal.ts'
import { appConfigAt } from './start-run.ts'
import { tellPeople } from './tell-people.ts'

/** What was shown: the threads of its pull requests, and whether all went well. */
export interface Shown {
  readonly pulls: readonly Thread[]
  readonly isWhole: boolean
}

/** Shows where the run stands by its journal. What GitHub refuses is named on the board. Errors: Gone, WorldFault. */
export async function showRun(parts: AppParts, run: RunId): Promise<Shown> {
  const origin = await originOf(parts, run)
  const events = await parts.machine.journal().load(run)
  const state = replay(events)
  if (origin === undefined || state === undefined) return { pulls: [], isWhole: true }
  const github = parts.connect(origin.thread)
  const repository = await github.repository()
  const git = await openRepository(parts.machine, state.repo)
  const publishing = await publishingOf(parts, git, state)
  const remote = remoteOf(parts, origin.thread, repository.cloneUrl)
  const published = await publishBranches(parts, { github, git, remote, state, commits: publishing.commits })
  const { pushed, refused } = published
  // While it goes on, the next push may do: what is refused now and then passes.
  const patch = refused === undefined || !isOver(state) ? undefined : await keepPatch(parts, { github, git, state, origin, refused })
  if (refused === undefined) await takePatchBack(parts, { github, run, origin, pushed })
  const troubles = [...published.troubles, ...(patch === undefined ? [] : [`What could not be pushed is kept as a patch: ${patch}`])]
  for (const check of waveChecks(state, events)) await orTrouble(troubles, () => putCheck(parts, { github, git, run, check, published }))
  const given = { github, git, state, origin, pushed, publishing, defaultBranch: repository.defaultBranch }
  const shown = await orTrouble(troubles, () => showPullRequests(parts, given))
  troubles.push(...(shown?.troubles ?? []))
  const branch = (name: string) => `${parts.webUrl}/${origin.thread.owner}/${origin.thread.name}/tree/${name}`
  const news = parts.gateNews.get(run)
  const pulls = shown?.pulls ?? []
  const links = { branch, troubles: news === undefined ? troubles : [...troubles, news], pullRequests: pulls }
  const newest = pulls.at(-1)
  if (newest !== undefined) parts.pulls.set(run, newest.number)
  const isWhole = troubles.length === 0
  if (origin.thread.number === 0) return { pulls: [], isWhole }
  await putBoard(parts, { github, run, origin, body: renderIssueBoard(state, links, parts.machine.clock.now()) })
  await tellPeople(parts, { github, origin, state, pulls })
  return { isWhole, pulls: pulls.map(({ number }) => ({ ...origin.thread, number })) }
}

// One thing that GitHub refuses does not keep the rest from being seen.
async function orTrouble<Value>(troubles: string[], work: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await work()
  } catch (cause) {
    if (!isRefusal(cause)) throw cause
    troubles.push(`GitHub: ${cause.message.replace(/^github: /u, '')}. The work is kept, and it is tried again.`)
    return undefined
  }
}

// As it was when the run was first shown: another way in the middle would leave half of the work behind.
function publishingOf({ machine, written }: AppParts, git: Git, { run, base }: RunState): Promise<Publishing> {
  return machine.journal().once({ run, key: publishingKey }, async () => (await appConfigAt(git, base, written)).publishing)
}

const publishingKey = 'github/publishing'

interface CheckGiven {
  readonly github: GitHub
  readonly git: Git
  readonly run: RunId
  readonly check: CheckRunPicture
  readonly published: PublishedBranches
}

// A check run that already is as it should be costs nothing: what was shown last is recorded by its text. GitHub takes one on commits that it has:
// those that are on the wave's branch by now.
async function putCheck({ machine }: AppParts, { github, git, run, check, published }: CheckGiven): Promise<void> {
  const journal = machine.journal()
  const key = `github/check/${check.key}/${check.head}/${check.state}/${check.title}`
  if ((await journal.recorded({ run, key })) !== undefined) return
  const tip = published.pushed.get(waveBranch(run, Number(check.key.at(-1)) as WaveNumber))
  const head = published.placeOf(check.head)
  if (tip === undefined || head === undefined || !(await git.isAncestor({ ancestor: check.head, of: tip }))) return
  await journal.once({ run, key }, () => github.putCheckRun({ ...check, head }))
}

async function putBoard(
  { machine }: AppParts,
  given: { readonly github: GitHub; readonly run: RunId; readonly origin: Origin; readonly body: string },
): Promise<void> {
  const { github, run, origin, body } = given
  const comment = { issue: origin.thread.number, marker: `dce-board ${run}`, body }
  const journal = machine.journal()
  const id = await journal.recorded<number>({ run, key: boardKey })
  if (id === undefined) await journal.once({ run, key: boardKey }, () => github.putComment(comment))
  else await github.putComment({ ...comment, id })
}

const boardKey = 'github/board'

/** Answers review threads with the commit that mends them, once the run is green again. False while it is not. Errors: WorldFault. */
export async function answerFixes(parts: AppParts, run: RunId, fixes: readonly Fixing[]): Promise<boolean> {
  const origin = await originOf(parts, run)
  const state = await stateOf(parts, run)
  if (origin === undefined || state === undefined || !state.finished || state.published !== true || state.threads.length > 0) return false
  const github = parts.connect(origin.thread)
  const commit = await shownTip(parts, state, github)
  for (const { pullRequest, threads } of fixes) {
    for (const thread of threads) {
      // A thread may have been deleted meanwhile: then nobody waits for its answer.
      await orTrouble([], () => github.answerThread({ pullRequest, thread, body: `Done in ${commit}; the gate is green on it.` }))
    }
  }
  return true
}

// What stands on GitHub for the newest commit: where the line is made anew, another than here.
async function shownTip({ machine }: AppParts, { run, waves }: RunState, github: GitHub): Promise<Sha | undefined> {
  const last = waves.filter((wave) => wave.commit !== undefined).at(-1)
  const publishing = await machine.journal().recorded<Publishing>({ run, key: publishingKey })
  if (last === undefined || publishing === undefined || publishing.commits === 'git') return last?.commit
  return (await github.readRef(waveBranch(run, last.wave))) ?? last.commit
}
