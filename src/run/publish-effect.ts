// What a run has come to -> the person's repository and the report folder: branches, pull-request text, state branch. Repeating it changes nothing.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { featureContextPath, writeFeatureContext } from '../feature/feature-context.ts'
import { asRepoPath, type BranchName, pullRequestBranch, type RepoPath, type Sha, stateBranch, waveBranch } from '../ids.ts'
import { implementationPlanPath, writePlanFile } from '../plan/plan-file.ts'
import { failuresOf, renderFailures } from '../report/failures-log.ts'
import { narrateAll } from '../report/narrate.ts'
import { renderProgress } from '../report/progress.ts'
import { renderPullRequest } from '../report/pull-request.ts'
import { cleanRun } from '../wave/clean-run.ts'
import type { RunWorld } from './run-world.ts'
import type { RunState } from './state.ts'
import type { Step } from './task-effects.ts'

const contextFolder = '.claude/context'

/** Writes reports and the state branch, points `dce/<run>/pr` at the newest merged wave, and copies the branches. */
export async function publish({ world, context, effect }: Step<'publish'>): Promise<void> {
  const state = context.state()
  const tip = state.waves.filter((wave) => wave.commit !== undefined).at(-1)
  const reports = await reportsOf(world, state, tip?.commit)
  await mkdir(world.folders.reports, { recursive: true })
  for (const [name, text] of reports) await writeFile(join(world.folders.reports, name), text)
  await commitState(world, reports)
  const branches: BranchName[] = [
    stateBranch(world.run),
    ...state.waves.flatMap((wave) => (wave.commit === undefined ? [] : [waveBranch(world.run, wave.wave)])),
  ]
  if (tip?.commit !== undefined) {
    await world.git.moveBranch({ branch: pullRequestBranch(world.run), to: tip.commit })
    branches.push(pullRequestBranch(world.run))
  }
  await world.git.publish(branches)
  if (effect.final && !world.keep) await cleanRun({ git: world.git, worktreesDir: world.folders.worktrees, run: world.run, what: 'work' })
  context.emit({ type: 'published', branches, final: effect.final })
}

/** Files of the report folder by name. */
async function reportsOf(world: RunWorld, state: RunState, tip: Sha | undefined): Promise<ReadonlyMap<string, string>> {
  const events = await world.journal.load(world.run)
  const nowMs = world.clock.now()
  const files = new Map([['progress.md', renderProgress({ state, log: narrateAll(events), nowMs })]])
  if (state.feature !== undefined) files.set(baseName(featureContextPath), writeFeatureContext(state.feature))
  if (state.plan !== undefined) files.set(baseName(implementationPlanPath), writePlanFile(state.plan))
  if (failuresOf(state).length > 0) files.set('failures.log', renderFailures(state))
  if (state.plan !== undefined && state.feature !== undefined && tip !== undefined) {
    const paths = new Set<string>(await world.git.listFiles(tip))
    const fullText = `\`${contextFolder}/progress.md\` on branch \`${stateBranch(world.run)}\``
    const text = renderPullRequest({ state, plan: state.plan, feature: state.feature, paths, fullText, nowMs })
    files.set('pull-request.md', `# ${text.title}\n\n${text.body}`)
  }
  return files
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

async function commitState(world: RunWorld, reports: ReadonlyMap<string, string>): Promise<void> {
  const { git, run } = world
  const branch = stateBranch(run)
  const events = await world.journal.load(run)
  const files = new Map<RepoPath, string | null>([...reports].map(([name, text]) => [asRepoPath(`${contextFolder}/${name}`), text]))
  files.set(asRepoPath(`${contextFolder}/events.jsonl`), `${events.map((event) => JSON.stringify(event)).join('\n')}\n`)
  const tree = await git.editTree({ from: null, files })
  const old = await git.readBranch(branch)
  if (old !== undefined && (await git.treeOf(old)) === tree) return
  const commit = await git.commit({
    tree,
    parents: old === undefined ? [] : [old],
    subject: `state of ${run}`,
    trailers: { 'Dce-Run': run },
  })
  await git.moveBranch({ branch, to: commit, ...(old === undefined ? {} : { expected: old }) })
}
