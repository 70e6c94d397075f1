// A fake GitHub with a repository, a scripted model and `dce serve` as a process: what every scenario of the App begins with.
import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { freePorts } from '../../src/adapters/restate/free-ports.ts'
import { appEvents, appPermissions } from '../../src/app/app-manifest.ts'
import { type ActionsOptions, type FakeGitHub, startGitHub } from '../fakes/github/server.ts'
import type { Comment, Issue, Repository, Role } from '../fakes/github/state.ts'
import { transcript } from '../fakes/github/transcript.ts'
import type { Answer } from '../fakes/messages-api/answers.ts'
import type { MessagesRequest } from '../fakes/messages-api/request.ts'
import { warmGoCaches } from '../support/warm-go-cache.ts'
import { openScene, type Scene } from './run-dce.ts'

/** The App at work. */
export interface Served {
  readonly scene: Scene
  readonly fake: FakeGitHub
  readonly repository: Repository
  /** Starts the App; resolves when it takes webhooks. */
  start(): Promise<void>
  /** Ends it as a crash does (`alone`: its durable engine lives on), or politely. */
  stop(how: 'SIGKILL' | 'SIGTERM', who?: 'alone'): Promise<void>
  /** What the App printed. */
  said(): string
  /** Waits until it holds. Errors: rejects with what was printed when it does not within the time. */
  until<Value>(what: string, look: () => Value | undefined | false, timeoutMs?: number): Promise<Value>
  /** Resolves when all deliveries are answered and the durable engine has nothing left to do. */
  settled(): Promise<void>
  comments(issue: number): readonly Comment[]
  board(issue: number): Comment | undefined
  pulls(): readonly Issue[]
  branches(): readonly string[]
  close(): Promise<void>
}

/** People of every scene: what they may do. */
export const roles: Readonly<Record<string, Role>> = { ada: 'admin', bob: 'write', tia: 'triage', rob: 'read' }

/** What it is made of. */
export interface ServeRequest {
  readonly files: Readonly<Record<string, string>>
  readonly answer: (request: MessagesRequest) => Answer | Promise<Answer>
  /** Who runs workflows, given the scene's folder. Without it the gate is the App's own. */
  readonly actions?: (folder: string) => ActionsOptions
}

/** Sets it up; the App is not started yet. */
export async function openServed(request: ServeRequest): Promise<Served> {
  const scene = await openScene({
    files: request.actions === undefined ? judgedHere(request.files) : request.files,
    specification: '',
    answer: request.answer,
  })
  const fake = await startGitHub({
    folder: join(scene.folder, 'github'),
    permissions: appPermissions,
    events: appEvents,
    ...(request.actions === undefined ? {} : { actions: request.actions(scene.folder) }),
  })
  const repository = fake.people.repository('acme/shop', { roles })
  scene.git('push', '--quiet', repository.gitDir, 'HEAD:refs/heads/main')
  const clone = join(scene.folder, 'state', 'dce', 'clones', 'acme--shop.git')
  mkdirSync(clone, { recursive: true })
  warmGoCaches({ cacheHome: join(scene.folder, 'cache'), repo: clone })
  const [port, endpointPort] = await freePorts(2)
  Object.assign(scene.env, {
    APP_ID: String(fake.state.app.id),
    PRIVATE_KEY: fake.privateKey,
    WEBHOOK_SECRET: 'a secret',
    GITHUB_API_URL: fake.url,
    GITHUB_SERVER_URL: fake.url,
    PORT: String(port),
    DCE_ENDPOINT_PORT: String(endpointPort),
    DCE_GITHUB_WRITE_EVERY_MS: '0',
    DCE_BOARD_EVERY_MS: '300',
    DCE_GATE_POLL_MS: '1000',
  })
  let child: ReturnType<Scene['start']> | undefined
  let before = ''
  const said = () => before + (child?.said() ?? '')
  const until: Served['until'] = async (what, look, timeoutMs = 60_000) => {
    const giveUpAt = Date.now() + timeoutMs
    for (;;) {
      const found = look()
      if (found !== undefined && found !== false) return found as Exclude<typeof found, false | undefined>
      if (Date.now() > giveUpAt)
        throw new Error(`not within ${timeoutMs} ms: ${what}\n${said()}\n${await invocations(said())}\n${transcript(repository)}`)
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
  const stop: Served['stop'] = async (how, who) => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise((resolve) => child?.once('close', resolve))
    const group = who === 'alone' ? [] : childrenOf(child.pid ?? 0)
    child.kill(how)
    if (how === 'SIGKILL') group.forEach(endNow)
    await gone
    before += child.said()
    child = undefined
  }
  return {
    scene,
    fake,
    repository,
    start: async () => {
      child = scene.start('serve')
      await until('the App takes webhooks', () => /Webhooks: (?<url>\S+)/u.exec(child?.said() ?? '')?.groups?.['url'])
      fake.state.app.hook = { url: `http://127.0.0.1:${port}/api/github/webhooks`, secret: 'a secret' }
    },
    stop,
    said,
    until,
    settled: async () => {
      await fake.hooks.settled()
      const giveUpAt = Date.now() + 60_000
      while ((await invocations(said(), "WHERE status != 'completed'")).includes('target'))
        if (Date.now() > giveUpAt) throw new Error(`still at work: ${await invocations(said())}`)
    },
    comments: (issue) => [...repository.comments.values()].filter((comment) => comment.issue === issue),
    board: (issue) =>
      [...repository.comments.values()].find((comment) => comment.issue === issue && comment.body.includes('<!-- dce-board')),
    pulls: () => [...repository.issues.values()].filter((issue) => issue.pull !== undefined),
    branches: () =>
      execFileSync('git', ['--git-dir', repository.gitDir, 'branch', '--format=%(refname:short)'], { encoding: 'utf8' }).trim().split('\n'),
    close: async () => {
      await stop('SIGTERM')
      await fake.close()
      await scene.close()
    },
  }
}

// Without a workflow the gate has to be the App's own.
function judgedHere(files: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const config = files['.github/dce.yml'] ?? ''
  return config.includes('gate:') ? files : { ...files, '.github/dce.yml': `${config}gate: local\n` }
}

function endNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended by itself.
  }
}

// What the durable engine holds: why something does not go on.
async function invocations(said: string, where = ''): Promise<string> {
  const url = [...said.matchAll(/Durable engine: (\S+)/gu)].at(-1)?.[1]
  const query = `SELECT target, status, retry_count, last_failure FROM sys_invocation ${where} ORDER BY created_at`
  const headers = { 'content-type': 'application/json', accept: 'application/json' }
  return fetch(`${url}/query`, { method: 'POST', headers, body: JSON.stringify({ query }) }).then((answer) => answer.text(), String)
}

function childrenOf(pid: number): readonly number[] {
  try {
    const listed = execFileSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' })
      .trim()
      .split(/\s+/u)
    return listed.filter((text) => text !== '').flatMap((text) => [Number(text), ...childrenOf(Number(text))])
  } catch {
    return []
  }
}
