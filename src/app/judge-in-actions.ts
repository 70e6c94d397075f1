// A judgement that is asked of the repository's own workflow: question and commit are pushed, the run is waited for, its answer read. Repeating it finds what is there.
import type { Remote } from '../adapters/git/remote.ts'
import { filesOf, type GateQuestion, hashOfQuestion, writeQuestion } from '../gate/gate-question.ts'
import type { KnownFacts } from '../gate/half-report.ts'
import type { Verdict } from '../gate/verdict.ts'
import type { GitHub, WorkflowRunOnGitHub } from '../github.ts'
import { asRepoPath, type BranchName, gateBranch, judgedBranch, type RunId, type Sha } from '../ids.ts'
import type { JudgeElsewhere } from '../run/run-world.ts'
import type { Clock, Git } from '../world.ts'
import { artifactOf, gateWorkflowFile, gateWorkflowPath, noVerdict, readGateRun, reportFile } from './read-gate-run.ts'

/** What asking takes. Times in ms. */
export interface AskActions {
  readonly run: RunId
  readonly git: Git
  readonly remote: Remote
  readonly github: GitHub
  readonly clock: Clock
  /** Between two looks; a webhook wakes earlier. */
  readonly pollMs: number
  /** After this long without a run GitHub will not begin one. */
  readonly beginsWithinMs: number
  /** Resolves when GitHub tells of a run for this commit, or the signal is aborted. */
  readonly told: (head: Sha, signal: AbortSignal) => Promise<void>
  /** What a person should know while it is waited for; undefined: nothing. */
  readonly say: (text: string | undefined) => void
}

/** A run is queued this long at most. Source: GitHub, "Usage limits": 24 hours on self-hosted runners. */
const longestMs = 24 * 3_600_000

/** Makes the way to ask. Errors of asking: WorldFault of GitHub or git; the signal's reason. */
export function judgeInActions(ask: AskActions): JudgeElsewhere {
  return async (question, { again, signal }) => {
    try {
      return await judge(ask, question, { again, signal })
    } finally {
      ask.say(undefined)
    }
  }
}

async function judge(
  ask: AskActions,
  question: GateQuestion,
  options: { readonly again: number; readonly signal: AbortSignal },
): Promise<Verdict> {
  const { git, remote, github, run } = ask
  const { commit, base, wave, config } = question
  const known: KnownFacts = { tree: commit, base, wave, config, files: await filesOf(git, commit) }
  if (!(await isSameWorkflow(git, question)))
    return noVerdict(
      `${gateWorkflowPath} is not the one of the base commit: nobody believes a gate that was changed by what it judges`,
      known,
    )
  const text = writeQuestion(question)
  await leaveQuestion(ask, commit, text)
  const branch = judgedBranch(run, wave ?? 5, options.again)
  const pushed = await remote.push({ from: git.dir, branch, to: commit })
  if (pushed.kind === 'foreign') return noVerdict(`${branch} has commits of somebody else`, known)
  if (pushed.kind === 'refused') return noVerdict(`${branch} could not be pushed: ${pushed.why}`, known)
  const ran = await waitForRun(ask, { commit, branch, signal: options.signal })
  if (typeof ran === 'string') return noVerdict(ran, known)
  const [jobs, reading, executing] = await Promise.all([
    github.jobs(ran.id),
    github.artifact({ workflowRun: ran.id, name: artifactOf('reading') }),
    github.artifact({ workflowRun: ran.id, name: artifactOf('executing') }),
  ])
  const reports = { reading: reading?.get(reportFile), executing: executing?.get(reportFile) }
  return readGateRun({ url: ran.url, jobs, reports, question: hashOfQuestion(text) }, known)
}

// Agents cannot write it; a base that moved, or a person's commit, can change it.
async function isSameWorkflow(git: Git, { commit, base }: GateQuestion): Promise<boolean> {
  const path = asRepoPath(gateWorkflowPath)
  const [now, before] = await Promise.all([git.readFile({ at: commit, path }), base && git.readFile({ at: base, path })])
  return now !== undefined && now === before
}

async function leaveQuestion({ git, remote, run }: AskActions, commit: Sha, text: string): Promise<void> {
  const branch = gateBranch(run)
  const old = await git.readBranch(branch)
  const from = old === undefined ? null : await git.treeOf(old)
  const tree = await git.editTree({ from, files: new Map([[asRepoPath(`${commit}.json`), text]]) })
  const parents = old === undefined ? [] : [old]
  const to = old !== undefined && tree === from ? old : await git.commit({ tree, parents, subject: `question about ${commit}` })
  await git.moveBranch({ branch, to })
  await remote.push({ from: git.dir, branch, to })
}

async function waitForRun(
  ask: AskActions,
  { commit, branch, signal }: { readonly commit: Sha; readonly branch: BranchName; readonly signal: AbortSignal },
): Promise<WorkflowRunOnGitHub | string> {
  const { clock, github } = ask
  const since = clock.now()
  for (;;) {
    signal.throwIfAborted()
    // Asked for before looking: what is told in between is not missed.
    const stop = new AbortController()
    const both = AbortSignal.any([signal, stop.signal])
    const told = ask.told(commit, both)
    try {
      const found = (await github.workflowRuns({ file: gateWorkflowFile, head: commit })).find((run) => isOurs(run, { commit, branch }))
      if (found?.status === 'completed') return found
      const waitedMs = clock.now() - since
      if (found === undefined && waitedMs > ask.beginsWithinMs) return notBegun(ask.beginsWithinMs)
      if (waitedMs > longestMs) return `the workflow's run was not finished after a day (${found?.url})`
      ask.say(found === undefined ? undefined : sayWaiting(found, waitedMs))
      await Promise.race([told, clock.sleep(ask.pollMs, both)])
    } finally {
      stop.abort()
    }
  }
}

function isOurs(run: WorkflowRunOnGitHub, { commit, branch }: { readonly commit: Sha; readonly branch: BranchName }): boolean {
  const byUs = run.event === 'push' || run.event === 'workflow_dispatch'
  return run.head === commit && run.branch === branch && run.path === gateWorkflowPath && byUs
}

function notBegun(afterMs: number): string {
  return `GitHub began no run of ${gateWorkflowFile} within ${Math.round(afterMs / 60_000)} minutes: see whether Actions and this workflow are enabled in the repository's settings, or set \`gate: local\` in .github/dce.yml`
}

/** A queue that is longer than this is told, ms. By taste. */
const longQueueMs = 5 * 60_000

function sayWaiting({ status, url }: WorkflowRunOnGitHub, waitedMs: number): string {
  const isStuck = status !== 'in_progress' && waitedMs > longQueueMs
  const minutes = Math.round(waitedMs / 60_000)
  return isStuck
    ? `The gate has been waiting for a runner for ${minutes} minutes: [its run](${url}). \`gate: local\` in .github/dce.yml needs none.`
    : `The gate is at work in Actions: [its run](${url}).`
}
