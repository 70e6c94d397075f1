// `npm run demo:github`: the App against a GitHub on this machine: an issue is labelled, planned, approved, built and becomes a pull request.
// The model's turns come from a recording; GitHub is the tests' fake; everything else is real. No key, no account, no network.
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { readRecording } from '../src/adapters/anthropic/recording.ts'
import { appEvents, appPermissions } from '../src/app/app-manifest.ts'
import { startGitHub } from '../test/fakes/github/server.ts'
import type { Repository } from '../test/fakes/github/state.ts'
import { transcript } from '../test/fakes/github/transcript.ts'
import { demoRecording, layDemo, whySandboxIsOff } from './demo-scene.ts'

const webhookSecret = 'only on this machine'
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'dce-demo-github-')))
const sandbox = await whySandboxIsOff()
const { date } = readRecording(demoRecording())
console.log(
  `The App against a GitHub that is the tests' own, on loopback. The model's turns come from a recording of ${date} (no key, nothing is paid); git, ${sandbox === undefined ? 'sandbox, ' : ''}compiler, tests, webhooks and the durable engine are real.\n`,
)
const github = await startGitHub({ folder: join(folder, 'github'), permissions: appPermissions, events: appEvents })
const repository = github.people.repository('acme/call-exchange', { roles: { ada: 'admin' } })
const { repo, spec } = layDemo(folder)
mkdirSync(join(repo, '.github'), { recursive: true })
writeFileSync(join(repo, '.github/dce.yml'), 'gate: local\n')
execFileSync('git', ['-C', repo, 'add', '--all'])
execFileSync('git', [
  ...['-C', repo, '-c', 'user.name=Demo', '-c', 'user.email=demo@example.invalid'],
  ...['commit', '--quiet', '--message', 'chore: dce judges where it runs'],
])
execFileSync('git', ['-C', repo, 'push', '--quiet', repository.gitDir, 'HEAD:refs/heads/main'])

const app = spawn(
  process.execPath,
  [
    join(import.meta.dirname, '../src/cli.ts'),
    'serve',
    '--model',
    `replay:${demoRecording()}`,
    ...(sandbox === undefined ? [] : ['--sandbox', 'off']),
  ],
  {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      XDG_STATE_HOME: join(folder, 'state'),
      XDG_CACHE_HOME: join(folder, 'cache'),
      APP_ID: String(github.state.app.id),
      PRIVATE_KEY: github.privateKey,
      WEBHOOK_SECRET: webhookSecret,
      GITHUB_API_URL: github.url,
      GITHUB_SERVER_URL: github.url,
      PORT: '0',
      DCE_ENDPOINT_PORT: '0',
      DCE_GITHUB_WRITE_EVERY_MS: '0',
      DCE_BOARD_EVERY_MS: '1000',
    },
  },
)
let said = ''
for (const stream of [app.stdout, app.stderr]) {
  stream.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
}

const failed = await tellStory().catch((cause: unknown) => cause)
app.kill('SIGTERM')
await new Promise((resolve) => (app.exitCode === null && app.signalCode === null ? app.once('exit', resolve) : resolve(undefined)))
await github.close()
writeFileSync(join(folder, 'app.log'), said)
console.log(`\nWhat the App printed is in ${join(folder, 'app.log')}; the repository is ${repository.gitDir}.`)
if (failed !== undefined) {
  console.error(failed instanceof Error ? failed.message : String(failed))
  process.exitCode = 1
} else rmSync(join(folder, 'cache'), { recursive: true, force: true })

async function tellStory(): Promise<void> {
  const url = await until('the App takes webhooks', () => /Webhooks: (?<url>\S+)/u.exec(said)?.groups?.['url'])
  github.state.app.hook = { url, secret: webhookSecret }
  const issue = github.people.openIssue(repository, 'ada', { title: 'Buyer quotas', body: readFileSync(spec, 'utf8') })
  say(`ada opens issue #${issue.number} and sets the label dce-feature`)
  github.people.label(repository, issue.number, 'ada', 'dce-feature')
  const watching = watch(repository)
  const board = () => [...repository.comments.values()].find(({ body }) => body.includes('<!-- dce-board'))?.body ?? ''
  await until('a plan', () => board().includes('/dce approve') || undefined)
  say('ada comments: /dce approve')
  github.people.comment(repository, issue.number, 'ada', '/dce approve')
  await until('a pull request', () => [...repository.issues.values()].find(({ pull }) => pull?.draft === false))
  await until('the end on the board', () => (board().includes('**finished**') && board().includes('Pull request')) || undefined)
  watching.stop()
  console.log(`\n=== what the team sees ===\n\n${transcript(repository)}\n`)
  const api = github.calls.filter(({ operation }) => !operation.startsWith('git '))
  const creating = api.filter(
    ({ operation, status }) => operation.startsWith('POST') && !operation.includes('access_tokens') && status < 300,
  )
  console.log(`The run took ${api.length} requests to GitHub's API, ${creating.length} of which created something.`)
  if (github.faults.length > 0) throw new Error(`Not as GitHub would have it: ${github.faults.join('; ')}`)
}

function say(text: string): void {
  console.log(`${new Date().toISOString().slice(11, 19)} ${text}`)
}

// What changes on the pages, as it changes: the head of the board, check runs, comments.
function watch(pages: Repository): { stop(): void } {
  const told = new Set<string>()
  const tell = (text: string) => {
    if (told.has(text)) return
    told.add(text)
    say(text)
  }
  const timer = setInterval(() => {
    for (const { body, user } of pages.comments.values()) {
      const line = /^Run `[^`]+` · \*\*(?<status>[^*]+)\*\*/mu.exec(body)?.groups?.['status']
      if (line !== undefined) tell(`board: ${line}`)
      else if (user.type === 'Bot') tell(`comment: ${body.split('\n')[0]}`)
    }
    for (const { name, conclusion, output } of pages.checkRuns.values())
      if (conclusion !== null) tell(`check run ${name}: ${conclusion} (${output.title})`)
    for (const { pull, number, title } of pages.issues.values()) if (pull !== undefined) tell(`pull request #${number}: ${title}`)
  }, 200)
  return { stop: () => clearInterval(timer) }
}

async function until<Value>(what: string, look: () => Value | undefined): Promise<Value> {
  const giveUpAt = Date.now() + 10 * 60_000
  for (;;) {
    const found = look()
    if (found !== undefined) return found
    if (app.exitCode !== null || Date.now() > giveUpAt) throw new Error(`There was never ${what}.\n${said}\n${transcript(repository)}`)
    await sleep(100)
  }
}
