// The App with 20 runs going on: how soon a delivery is stored and answered, memory, and what it asks of GitHub. GitHub is the tests' fake, in this process.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { createHmac, randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { appEvents, appPermissions } from '../src/app/app-manifest.ts'
import { type FakeGitHub, type LoggedCall, startGitHub } from '../test/fakes/github/server.ts'
import type { Repository } from '../test/fakes/github/state.ts'
import { homesOf } from './dce-process.ts'
import { type Figure, figureOf, type Measuring } from './figure.ts'
import { program } from './programs.ts'
import { startServer } from './server-process.ts'
import { makeSite, type Site } from './site.ts'
import { peakBetween, watch } from './watch.ts'

const runs = 20
const agents = 5
const perSecond = 50
const seconds = 60
const secret = 'bench'

/** Once: it takes minutes, and the deliveries are 3,000 samples. */
export async function measureApp({ say, shelf }: Measuring): Promise<readonly Figure[]> {
  const site = makeSite({ agents, files: 100 })
  const github = await startGitHub({ folder: join(site.folder, 'github'), permissions: appPermissions, events: appEvents })
  const repository = github.people.repository('acme/bench', { roles: { ada: 'admin' } })
  const config =
    'approve: never\ngate: local\nexecution_mode: parallel\nquality_level: draft\nbudget_usd: 1000\nplan_budget_usd: 500\ndaily_budget_usd: 100000\n'
  commit(site, '.github/dce.yml', config)
  execFileSync('git', ['-C', site.repo, 'push', '--quiet', repository.gitDir, 'HEAD:refs/heads/main'])
  const clone = join(site.folder, 'state', 'dce', 'clones', 'acme--bench.git')
  mkdirSync(clone, { recursive: true })
  shelf.lay({ folder: site.folder, repo: clone })
  // Slow answers: the runs go on for as long as deliveries come.
  const model = await startServer({
    words: ['--agents', String(agents), '--first-token-ms', '10000'],
    notesPath: join(site.folder, 'notes'),
  })
  const app = await startApp(site, github, model.url)
  try {
    return await measure({ github, repository, app, spec: readFileSync(site.spec, 'utf8'), say })
  } finally {
    app.child.kill('SIGTERM')
    await app.ended
    model.stop()
    await github.close()
    rmSync(site.folder, { recursive: true, force: true })
  }
}

interface App {
  readonly child: ChildProcess
  readonly ended: Promise<unknown>
  readonly webhookUrl: string
}

interface Stage {
  readonly github: FakeGitHub
  readonly repository: Repository
  readonly app: App
  readonly spec: string
  readonly say: (line: string) => void
}

async function measure({ github, repository, app, spec, say }: Stage): Promise<readonly Figure[]> {
  const watching = watch(app.child.pid ?? 0, (commandLine) =>
    /dist\/bench\/cli\.js serve|\/starter\/[0-9a-f]+\/starter /u.test(commandLine),
  )
  const engine = watch(app.child.pid ?? 0, (commandLine) => commandLine.includes('restate-server'))
  const from = Date.now()
  for (let run = 1; run <= runs; run++) {
    const issue = github.people.openIssue(repository, 'ada', { title: 'Quotas', body: `${spec}\nRun ${run}.\n` })
    github.people.label(repository, issue.number, 'ada', 'dce-feature')
  }
  await until(() => boards(repository).length === runs)
  say(
    `${runs} runs of ${agents} agents after ${Math.round((Date.now() - from) / 1000)} s; ${perSecond} deliveries a second for ${seconds} s`,
  )
  const times = await deliver(app.webhookUrl)
  const going = boards(repository).filter((body) => !/\*\*(?:finished|stopped)/u.test(body)).length
  const to = Date.now()
  const ofRuns = github.calls.filter(({ at }) => at >= from)
  const note = `${runs} runs of ${agents} agents at the start of it, ${going} at its end; ${perSecond} a second for ${seconds} s from the process that is also GitHub`
  if (github.faults.length > 0) throw new Error(`not as GitHub would have it: ${github.faults.slice(0, 3).join('; ')}`)
  return [
    figureOf({ name: 'app-delivery-p50', unit: 'ms from a delivery to its answer, stored', samples: [quantile(times, 0.5)], note }),
    figureOf({
      name: 'app-delivery-p99',
      unit: 'ms from a delivery to its answer, stored',
      bar: { atMost: 100 },
      samples: [quantile(times, 0.99)],
      note,
    }),
    figureOf({
      name: 'app-memory',
      unit: 'MB at its peak',
      samples: [peakBetween(watching.stop(), from, to)],
      note: `PSS of App and starter; its durable engine ${Math.round(peakBetween(engine.stop(), from, to))} MB`,
    }),
    figureOf({
      name: 'app-requests',
      unit: 'requests to GitHub a run and minute, git not counted',
      samples: [(ofRuns.filter(({ operation }) => !operation.startsWith('git')).length / runs / (to - from)) * 60_000],
    }),
    figureOf({
      name: 'app-creating',
      unit: 'requests that create content in the fullest minute',
      bar: { atMost: 80 },
      samples: [fullestMinute(ofRuns)],
      note: 'GitHub allows 80; one installation, a second between writes',
    }),
  ]
}

function boards(repository: Repository): readonly string[] {
  return [...repository.comments.values()].map(({ body }) => body).filter((body) => body.includes('<!-- dce-board'))
}

// Comments of people that hold no command: the usual delivery.
async function deliver(url: string): Promise<readonly number[]> {
  const payload = {
    action: 'created',
    issue: { number: 1, title: 'Quotas', body: 'y'.repeat(3_000) },
    comment: { id: 1, body: 'I wonder whether this is enough.' },
    repository: { name: 'bench', owner: { login: 'acme' } },
    installation: { id: 1 },
    sender: { login: 'ada', type: 'User' },
  }
  const body = JSON.stringify(payload)
  const signature = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`
  const times: number[] = []
  const from = performance.now()
  const sent = Array.from({ length: perSecond * seconds }, async (_, index) => {
    await sleep((index * 1_000) / perSecond)
    const at = performance.now()
    const headers = {
      'content-type': 'application/json',
      'x-github-event': 'issue_comment',
      'x-github-delivery': randomUUID(),
      'x-hub-signature-256': signature,
    }
    const response = await fetch(url, { method: 'POST', body, headers })
    await response.arrayBuffer()
    if (!response.ok) throw new Error(`a delivery was answered ${response.status}`)
    times.push(performance.now() - at)
  })
  await Promise.all(sent)
  if (times.length !== perSecond * seconds) throw new Error(`${times.length} answers in ${performance.now() - from} ms`)
  return times
}

function quantile(values: readonly number[], part: number): number {
  return values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))] ?? Number.NaN
}

function fullestMinute(calls: readonly LoggedCall[]): number {
  const created = calls
    .filter(({ operation, status }) => operation.startsWith('POST') && !operation.includes('access_tokens') && status < 300)
    .map(({ at }) => at)
  return Math.max(0, ...created.map((from) => created.filter((at) => at >= from && at < from + 60_000).length))
}

async function startApp(site: Site, github: FakeGitHub, modelUrl: string): Promise<App> {
  const child = spawn(process.execPath, [program('cli'), 'serve'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      ...process.env,
      ...homesOf(site),
      ANTHROPIC_API_KEY: 'bench',
      ANTHROPIC_BASE_URL: modelUrl,
      APP_ID: String(github.state.app.id),
      PRIVATE_KEY: github.privateKey,
      WEBHOOK_SECRET: secret,
      GITHUB_API_URL: github.url,
      GITHUB_SERVER_URL: github.url,
      PORT: '0',
      DCE_ENDPOINT_PORT: '0',
    },
  })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-20_000)
  })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const webhookUrl = () => /Webhooks: (?<url>\S+)/u.exec(said)?.groups?.['url']
  await until(() => webhookUrl() !== undefined || child.exitCode !== null)
  const url = webhookUrl()
  if (url === undefined) throw new Error(`the App did not start: ${said}`)
  github.state.app.hook = { url, secret }
  return { child, ended, webhookUrl: url }
}

/** Chosen: 20 runs on two cores, with their gates. */
const patienceMs = 15 * 60_000

async function until(isSo: () => boolean): Promise<void> {
  const giveUpAt = Date.now() + patienceMs
  while (!isSo()) {
    if (Date.now() > giveUpAt) throw new Error('the App did not get there in time')
    await sleep(200)
  }
}

function commit(site: Site, path: string, text: string): void {
  const folder = join(site.repo, path, '..')
  mkdirSync(folder, { recursive: true })
  execFileSync('sh', ['-c', 'cat > "$0"', join(site.repo, path)], { input: text })
  execFileSync('git', ['-C', site.repo, 'add', '--all'])
  execFileSync('git', [
    '-C',
    site.repo,
    '-c',
    'user.name=bench',
    '-c',
    'user.email=bench@example.invalid',
    'commit',
    '--quiet',
    '--message',
    'configuration',
  ])
}
