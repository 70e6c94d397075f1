// A workflow run -> its real workflow file on this machine, by act: jobs, summaries and annotations from its log, artifacts from a folder.
import { spawn } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { actionsOf, eventOf, type LocalActions, runnerEnv } from './act-files.ts'
import { openActLog } from './act-log.ts'
import { writeShims } from './act-shims.ts'
import type { ArtifactFiles } from './actions-state.ts'
import { endProcesses } from './end-processes.ts'
import { findAct } from './find-act.ts'
import { git } from './git.ts'
import type { Places } from './render.ts'
import type { JobOutcome, RunRequest, WorkflowOutcome, WorkflowRunner } from './run-workflow.ts'

export interface ActOptions {
  /** Actions that are not GitHub's own. The whole folder is copied for each job: it should hold no more than the action needs. */
  readonly localActions?: LocalActions
  /** For every step, as the machine's image would have it: caches of go, a proxy that is off. `PATH` is put behind node's. */
  readonly env?: Readonly<Record<string, string>>
  readonly secrets?: Readonly<Record<string, string>>
}

/** What is around it. `folder`: where runs get folders of their own, removed when they end. */
export interface ActStage extends ActOptions {
  readonly folder: string
  readonly places: Places
}

/** A cancelled run gets this long for its `always()` steps, as GitHub's five minutes; then it is killed. */
const graceMs = 3_000

/** Errors: throws when act is not there. */
export function openAct(stage: ActStage): WorkflowRunner {
  const act = findAct()
  const going = new Set<Promise<unknown>>()
  return {
    run: async (request) => {
      const work = runAct(act, stage, request)
      going.add(work)
      return work.finally(() => going.delete(work))
    },
    close: async () => void (await Promise.allSettled(going)),
  }
}

async function runAct(act: string, stage: ActStage, request: RunRequest): Promise<WorkflowOutcome> {
  const { run, repository, signal, report } = request
  const root = join(stage.folder, 'act', `${run.id}-${run.attempt}`)
  const checkout = join(root, 'repository')
  for (const name of ['tmp', 'home']) mkdirSync(join(root, name), { recursive: true })
  try {
    // What act itself reads; a job sees only what its own checkout brings.
    await git(repository.gitDir, 'clone', '--quiet', '--shared', '--no-checkout', repository.gitDir, checkout)
    await git(join(checkout, '.git'), '--work-tree', checkout, 'checkout', '--quiet', '--detach', run.head.sha)
    const actions = actionsOf(readFileSync(join(checkout, run.workflow.path), 'utf8'), stage.localActions ?? {})
    const log = openActLog(run)
    let endedBefore: readonly JobOutcome[] = []
    signal.addEventListener('abort', () => (endedBefore = log.jobs().filter(({ conclusion }) => conclusion !== null)), { once: true })
    const args = [
      ...argumentsOf(stage, request, { root, checkout }),
      ...[...actions].flatMap(([name, folder]) => ['--local-repository', `${name}=${folder}`]),
    ]
    const code = await follow(spawnAct(act, args, { stage, root }), {
      signal,
      mark: markOf(root),
      take: (line) => log.take(line) && report(log.jobs()),
    })
    const jobs = log.jobs()
    if (jobs.length === 0 && !signal.aborted)
      return { conclusion: code === 0 ? 'skipped' : 'startup_failure', jobs: skippedOf(request, []), log: log.text() }
    const outcome = { artifacts: artifactsIn(join(root, 'artifacts')), log: log.text() }
    if (signal.aborted) return { ...outcome, ...afterCancel(request, jobs, endedBefore) }
    // A job that began and did not end was lost with act.
    const ended = jobs.map((job) => ({ ...job, conclusion: job.conclusion ?? 'failure' }))
    return { ...outcome, jobs: [...ended, ...skippedOf(request, ended)] }
  } finally {
    rmSync(root, { recursive: true, force: true, maxRetries: 5 })
  }
}

// What a cancel broke off counts as cancelled; but a step that traps the signal and ends well makes its job a success, here as there.
function afterCancel(request: RunRequest, jobs: readonly JobOutcome[], before: readonly JobOutcome[]): WorkflowOutcome {
  const ended = jobs.map((job) => {
    const isOwn = job.conclusion === 'success' || before.some(({ name }) => name === job.name)
    return { ...job, conclusion: isOwn ? job.conclusion : 'cancelled' } as const
  })
  const isGreen = ended.every(({ conclusion }) => conclusion === 'success') && skippedOf(request, ended).length === 0
  return { conclusion: isGreen ? 'success' : 'cancelled', jobs: ended }
}

// act tells nothing of jobs whose condition or needs keep them from running.
function skippedOf({ run }: RunRequest, told: readonly JobOutcome[]): readonly JobOutcome[] {
  const isTold = (name: string) => told.some((job) => job.name === name || job.name.startsWith(`${name} (`))
  return run.file.jobs.filter(({ name }) => !name.includes('${{') && !isTold(name)).map(({ name }) => ({ name, conclusion: 'skipped' }))
}

function argumentsOf(
  stage: ActStage,
  { run, repository, mintToken }: RunRequest,
  { root, checkout }: { readonly root: string; readonly checkout: string },
): readonly string[] {
  const write = (name: string, value: unknown) => {
    writeFileSync(join(root, name), JSON.stringify(value), { mode: 0o600 })
    return join(root, name)
  }
  // The environment of act itself reaches steps too, unless it is said here.
  const { PATH: _path, ...own }: Readonly<Record<string, string>> = { XDG_CACHE_HOME: join(root, 'home', '.cache'), ...stage.env }
  const env = { ...runnerEnv(stage.places, repository, run), ...own, FAKE_GITHUB_ARTIFACTS: join(root, 'artifacts') }
  return [
    ...[run.event, '--json', '--directory', checkout, '--workflows', join(checkout, run.workflow.path), '--actor', run.actor.login],
    ...['ubuntu-latest', 'ubuntu-24.04', 'ubuntu-22.04'].flatMap((image) => ['--platform', `${image}=-self-hosted`]),
    ...['--eventpath', write('event.json', eventOf(stage.places, repository, run)), '--env-file', write('env.yml', env)],
    ...['--secret-file', write('secrets.yml', { ...stage.secrets, GITHUB_TOKEN: mintToken() })],
    // A repository's own .input and .vars would be taken else.
    ...['--input-file', write('inputs.yml', {}), '--var-file', write('vars.yml', {})],
    ...['--no-skip-checkout', '--no-cache-server', '--pull=false', '--action-offline-mode', '--defaultbranch', repository.defaultBranch],
  ]
}

const markOf = (root: string) => `FAKE_GITHUB_RUN=${root}`

function spawnAct(act: string, args: readonly string[], { stage, root }: { readonly stage: ActStage; readonly root: string }) {
  const [name = '', value = ''] = markOf(root).split('=')
  const behind = [dirname(process.execPath), stage.env?.['PATH'] ?? process.env['PATH'] ?? ''].join(delimiter)
  const shims = join(root, 'bin')
  writeShims(shims, behind)
  return spawn(act, args, {
    // Not in the checkout: an .actrc there would be taken.
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    env: {
      LANG: 'C.UTF-8',
      ...stage.env,
      PATH: `${shims}${delimiter}${behind}`,
      HOME: join(root, 'home'),
      XDG_CACHE_HOME: join(root, 'cache'),
      XDG_CONFIG_HOME: join(root, 'config'),
      TMPDIR: join(root, 'tmp'),
      [name]: value,
    },
  })
}

interface Following {
  readonly signal: AbortSignal
  readonly mark: string
  readonly take: (line: string) => unknown
}

// Until it ends; on abort politely first, as GitHub does, then with all that it started.
async function follow(child: ReturnType<typeof spawnAct>, { signal, mark, take }: Following): Promise<number | null> {
  const pid = child.pid ?? 0
  const kill = () => endProcesses(pid, mark)
  let timer: NodeJS.Timeout | undefined
  const cancel = () => {
    child.kill('SIGINT')
    timer = setTimeout(kill, graceMs)
  }
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', take)
  signal.addEventListener('abort', cancel, { once: true })
  if (signal.aborted) cancel()
  try {
    return await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject)
      child.on('exit', (code) => {
        // What a step left behind holds the pipes open.
        kill()
        child.once('close', () => resolve(code))
      })
    })
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', cancel)
  }
}

function artifactsIn(folder: string): Readonly<Record<string, ArtifactFiles>> {
  const names = listed(folder)
  return Object.fromEntries(names.map((name) => [decodeURIComponent(name), filesIn(join(folder, name))]))
}

function listed(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort()
  } catch {
    return []
  }
}

function filesIn(folder: string): ArtifactFiles {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const paths = entries.map((entry) => join(entry.parentPath, entry.name)).sort()
  return Object.fromEntries(paths.map((path) => [path.slice(folder.length + 1), readFileSync(path)]))
}
