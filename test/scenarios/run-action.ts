// A fake GitHub with a repository, a scripted model, and the action as a process: each job on a machine of its own, as runners are.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { appEvents, appPermissions } from '../../src/app/app-manifest.ts'
import { type FakeGitHub, startGitHub } from '../fakes/github/server.ts'
import type { Issue, Repository, Role } from '../fakes/github/state.ts'
import type { Answer } from '../fakes/messages-api/answers.ts'
import type { MessagesRequest } from '../fakes/messages-api/request.ts'
import { whyNoSandbox } from '../support/sandbox.ts'
import { warmGoCaches } from '../support/warm-go-cache.ts'
import { openScene, type Scene } from './run-dce.ts'

const noSandbox = await whyNoSandbox()
/** What a job's own token is called here. */
const jobToken = 'ghs_job'

/** What a job left: its exit code, its log, its outputs and its summary. */
export interface JobEnd {
  readonly code: number | null
  readonly log: string
  readonly outputs: Readonly<Record<string, string>>
  readonly summary: string
}

/** A repository whose workflows run the action. */
export interface ActionScene {
  readonly scene: Scene
  readonly fake: FakeGitHub
  readonly repository: Repository
  /** Runs a job for the newest event of this name. `watch`: given the process, for who wants to end it. */
  job(inputs: Readonly<Record<string, string>>, more?: JobOptions): Promise<JobEnd>
  pulls(): readonly Issue[]
  branches(): readonly string[]
  board(issue: number): string
  close(): Promise<void>
}

/** What a job may be given besides its inputs. */
export interface JobOptions {
  readonly event?: string
  readonly env?: Readonly<Record<string, string>>
  readonly watch?: (child: ChildProcess, log: () => string) => void
}

/** Sets it up. */
export async function openActionScene(request: {
  readonly files: Readonly<Record<string, string>>
  readonly roles: Readonly<Record<string, Role>>
  readonly answer: (request: MessagesRequest) => Answer | Promise<Answer>
}): Promise<ActionScene> {
  const scene = await openScene({ files: request.files, specification: '', answer: request.answer })
  const fake = await startGitHub({ folder: join(scene.folder, 'github'), permissions: appPermissions, events: appEvents })
  const repository = fake.people.repository('acme/shop', { roles: request.roles })
  scene.git('push', '--quiet', repository.gitDir, 'HEAD:refs/heads/main')
  const job = jobsIn(scene, fake)
  return {
    scene,
    fake,
    repository,
    job,
    pulls: () => [...repository.issues.values()].filter((issue) => issue.pull !== undefined),
    branches: () =>
      scene
        .git('ls-remote', '--heads', repository.gitDir)
        .split('\n')
        .map((line) => line.split('refs/heads/')[1] ?? ''),
    board: (issue) =>
      [...repository.comments.values()].find((one) => one.issue === issue && one.body.includes('<!-- dce-board'))?.body ?? '',
    close: async () => {
      await fake.close()
      await scene.close()
    },
  }
}

// `name<<delimiter`, the value, the delimiter. Source: GitHub, "Workflow commands", multiline strings.
function readOutputs(text: string): Readonly<Record<string, string>> {
  const all = [...text.matchAll(/^(?<name>\w+)<<(?<mark>\S+)\n(?<value>[\s\S]*?)\n\k<mark>$/gmu)]
  return Object.fromEntries(all.map(({ groups }) => [groups?.['name'] ?? '', groups?.['value'] ?? '']))
}

/** Runs jobs of the repository `acme/shop`, each on a machine of its own. */
export function jobsIn(scene: Scene, fake: FakeGitHub): ActionScene['job'] {
  const [installation] = fake.state.installations.values()
  if (installation === undefined) throw new Error('the repository has no installation')
  fake.state.tokens.set(jobToken, { value: jobToken, installation, expiresAtMs: Number.MAX_SAFE_INTEGER })
  let jobs = 0
  return async (inputs, more = {}) => {
    jobs += 1
    const machine = join(scene.folder, `runner-${jobs}`)
    const event = [...fake.state.deliveries].reverse().find((one) => more.event === undefined || one.event === more.event)
    const clone = join(machine, 'temp', 'dce', 'state', 'dce', 'clones', 'acme--shop.git')
    mkdirSync(clone, { recursive: true })
    warmGoCaches({ cacheHome: join(machine, 'cache'), repo: clone })
    const file = (name: string, text: string) => {
      writeFileSync(join(machine, name), text)
      return join(machine, name)
    }
    const defaults = { github_token: jobToken, part: 'all', sandbox: noSandbox === undefined ? 'on' : 'off', time_limit_minutes: '350' }
    const given = Object.entries({ ...defaults, anthropic_api_key: 'test', ...inputs })
    const outputs = file('outputs', '')
    const summary = file('summary', '')
    const child = spawn(process.execPath, [join(import.meta.dirname, '../../src/action.ts')], {
      cwd: machine,
      env: {
        ...process.env,
        ...Object.fromEntries(given.map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value])),
        RUNNER_TEMP: join(machine, 'temp'),
        XDG_CACHE_HOME: join(machine, 'cache'),
        GITHUB_WORKSPACE: machine,
        GITHUB_API_URL: fake.url,
        GITHUB_SERVER_URL: fake.url,
        GITHUB_REPOSITORY: 'acme/shop',
        GITHUB_RUN_ID: String(jobs),
        GITHUB_ACTOR: 'ada',
        GITHUB_EVENT_NAME: event?.event ?? 'workflow_dispatch',
        GITHUB_EVENT_PATH: file('event.json', JSON.stringify(event?.payload ?? {})),
        GITHUB_OUTPUT: outputs,
        GITHUB_STEP_SUMMARY: summary,
        ANTHROPIC_BASE_URL: scene.api.url,
        DCE_BOARD_EVERY_MS: '300',
        ...more.env,
      },
    })
    let log = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (data) => {
        log += String(data)
      })
    }
    more.watch?.(child, () => log)
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
    return { code, log, outputs: readOutputs(readFileSync(outputs, 'utf8')), summary: readFileSync(summary, 'utf8') }
  }
}
