// A run's state -> GitHub: branches, check runs, pull request, board. What is there is compared with what should be; repeating it changes nothing.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Remote } from '../adapters/git/remote.ts'
import { reportsFolder } from '../cli/drive-here.ts'
import { openRepository } from '../cli/open-machine.ts'
import { isRefusal } from '../fault.ts'
import type { CheckRunPicture, GitHub, PullRequestOnGitHub } from '../github.ts'
import { type BranchName, pullRequestBranch, type RunId, type Sha, stateBranch, type WaveNumber, waveBranch } from '../ids.ts'
import { inComment } from '../report/in-comment.ts'
import { renderIssueBoard, sayStopOnIssue } from '../report/issue-board.ts'
import { isOver } from '../report/standing.ts'
import { waveChecks } from '../report/wave-check.ts'
import { replay } from '../run/drive.ts'
import type { RunState, WaveState } from '../run/state.ts'
import type { Git } from '../world.ts'
import type { Fixing } from './answer-command.ts'
import { type AppParts, type Origin, originOf, remoteOf } from './parts.ts'
import type { Thread } from './signal.ts'

/** What was shown: the thread of its pull request, if there is one by now, and whether all went well. */
export interface Shown {
  readonly pull?: Thread
  readonly isWhole: boolean
}

/** Shows where the run stands by its journal. What GitHub refuses is named on the board. Errors: Gone, WorldFault. */
export async function showRun(parts: AppParts, run: RunId): Promise<Shown> {
  const origin = await originOf(parts, run)
  const events = await parts.machine.journal().load(run)
  const state = replay(events)
  if (origin === undefined || state === undefined) return { isWhole: true }
  const github = parts.connect(origin.thread)
  const repository = await github.repository()
  const git = await openRepository(parts.machine, state.repo)
  const { pushed, troubles } = await pushAll(git, remoteOf(parts, origin.thread, repository.cloneUrl), state)
  for (const check of waveChecks(state, events)) await orTrouble(troubles, () => putCheck(parts, { github, git, run, check, pushed }))
  const picture = { github, pushed, state, origin, base: repository.defaultBranch }
  const pullRequest = await orTrouble(troubles, () => putPullRequest(parts, picture))
  const branch = (name: string) => `${parts.webUrl}/${origin.thread.owner}/${origin.thread.name}/tree/${name}`
  const news = parts.gateNews.get(run)
  const links = {
    branch,
    troubles: news === undefined ? troubles : [...troubles, news],
    ...(pullRequest === undefined ? {} : { pullRequest }),
  }
  if (pullRequest !== undefined) parts.pulls.set(run, pullRequest.number)
  if (origin.thread.number === 0) return { isWhole: troubles.length === 0 }
  await putBoard(parts, { github, run, origin, body: renderIssueBoard(state, links, parts.machine.clock.now()) })
  await tellPeople({ github, run, origin, state, pullRequest })
  return {
    isWhole: troubles.length === 0,
    ...(pullRequest === undefined ? {} : { pull: { ...origin.thread, number: pullRequest.number } }),
  }
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

/** Branches that GitHub has as they are here, by their newest commit. */
type Pushed = ReadonlyMap<BranchName, Sha>

// Branches that people see. A refusal is no loss: the work is in the clone, and the board says what stands in the way.
async function pushAll(git: Git, remote: Remote, state: RunState): Promise<{ readonly pushed: Pushed; readonly troubles: string[] }> {
  const { run } = state
  const waves = state.waves.filter((wave) => !isAskedByItsPush(state, wave))
  const branches = [...waves.map((wave) => waveBranch(run, wave.wave)), pullRequestBranch(run), stateBranch(run)]
  const pushed = new Map<BranchName, Sha>()
  const troubles: string[] = []
  for (const branch of branches) {
    const to = await git.readBranch(branch)
    if (to === undefined) continue
    const result = await remote.push({ from: git.dir, branch, to })
    if (result.kind === 'pushed') pushed.set(branch, to)
    if (result.kind === 'foreign') troubles.push(`${branch} has commits of somebody else and was left as it is.`)
    if (result.kind === 'refused') troubles.push(`${branch} could not be pushed: ${result.why}. The work is kept, and it is tried again.`)
  }
  return { pushed, troubles }
}

// A push begins the gate's workflow: what is merged or being merged is pushed by its judgement, behind the question.
function isAskedByItsPush({ config }: RunState, wave: WaveState): boolean {
  return config.gatePlace === 'actions' && (wave.phase === 'merged' || wave.phase === 'building')
}

interface CheckGiven {
  readonly github: GitHub
  readonly git: Git
  readonly run: RunId
  readonly check: CheckRunPicture
  readonly pushed: Pushed
}

// A check run that already is as it should be costs nothing: what was shown last is recorded by its text. GitHub takes one on commits that it has:
// those that are on the wave's branch by now.
async function putCheck({ machine }: AppParts, { github, git, run, check, pushed }: CheckGiven): Promise<void> {
  const journal = machine.journal()
  const key = `github/check/${check.key}/${check.head}/${check.state}/${check.title}`
  if ((await journal.recorded({ run, key })) !== undefined) return
  const tip = pushed.get(waveBranch(run, Number(check.key.at(-1)) as WaveNumber))
  if (tip === undefined || !(await git.isAncestor({ ancestor: check.head, of: tip }))) return
  await journal.once({ run, key }, () => github.putCheckRun(check))
}

interface PullRequestGiven {
  readonly github: GitHub
  readonly pushed: Pushed
  readonly state: RunState
  readonly origin: Origin
  readonly base: BranchName
}

// The text is what publishing wrote; it is there from the first time that something was merged and published.
async function putPullRequest(parts: AppParts, given: PullRequestGiven): Promise<PullRequestOnGitHub | undefined> {
  const { github, pushed, state, origin, base } = given
  const head = pullRequestBranch(state.run)
  if (state.published !== true || !pushed.has(head)) return undefined
  const text = await readFile(join(reportsFolder(parts.machine, state.run), 'pull-request.md'), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const [heading = '', , ...body] = text.split('\n')
  const closes = sayIssue(origin.thread.number, state.finished)
  return github.putPullRequest({
    head,
    base,
    title: heading.replace(/^# /u, ''),
    body: `${inComment(body.join('\n')).trimEnd()}\n\n${closes}<!-- dce-run ${state.run} -->`,
    draft: !state.finished,
    labels: [],
  })
}

function sayIssue(issue: number, finished: boolean): string {
  if (issue === 0) return ''
  return `${finished ? `Closes #${issue}.` : `For #${issue}; not finished yet.`}\n\n`
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

// An edited comment sends no mail. When a person is needed, or the run is over, a comment of its own says so, once for each time.
async function tellPeople(given: {
  readonly github: GitHub
  readonly run: RunId
  readonly origin: Origin
  readonly state: RunState
  readonly pullRequest: PullRequestOnGitHub | undefined
}): Promise<void> {
  const { github, run, origin, state, pullRequest } = given
  if (!isOver(state) || state.published === false || isPausedByPerson(state) || state.stop?.kind === 'interrupted') return
  const stop = sayStopOnIssue(state)
  const text =
    stop === undefined
      ? `The run is finished: ${pullRequest === undefined ? 'its branch is pushed.' : `#${pullRequest.number} is ready for review.`}`
      : `@${origin.by} ${stop.what}${stop.next === undefined ? '' : `\n\nGo on with: ${stop.next}`}`
  // `lastAt` moves with every event, also with those of a process that only looked; what was asked names the occasion.
  await github.putComment({ issue: origin.thread.number, marker: `dce-asks ${run} ${occasion(state)}`, body: text })
}

function isPausedByPerson({ stop }: RunState): boolean {
  return stop?.kind === 'paused' && !stop.by.startsWith('dce: ')
}

function occasion(state: RunState): string {
  const rounds = state.waves.map((wave) => `${wave.phase[0]}${wave.round}`).join('')
  return `${state.finished ? 'finished' : state.stop?.kind} ${rounds} ${state.lastLetter}`
}

/** Answers review threads with the commit that mends them, once the run is green again. False while it is not. Errors: WorldFault. */
export async function answerFixes(parts: AppParts, run: RunId, fixes: readonly Fixing[]): Promise<boolean> {
  const origin = await originOf(parts, run)
  const state = replay(await parts.machine.journal().load(run))
  if (origin === undefined || state === undefined || !state.finished || state.published !== true || state.threads.length > 0) return false
  const github = parts.connect(origin.thread)
  const commit = state.waves.filter((wave) => wave.commit !== undefined).at(-1)?.commit
  for (const { pullRequest, threads } of fixes) {
    for (const thread of threads) {
      // A thread may have been deleted meanwhile: then nobody waits for its answer.
      await orTrouble([], () => github.answerThread({ pullRequest, thread, body: `Done in ${commit}; the gate is green on it.` }))
    }
  }
  return true
}
