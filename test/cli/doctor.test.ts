// doctor on a repository: what it says through an administrator's token, a narrow one, none, and when GitHub is not there; and of the App.
import { execFileSync } from 'node:child_process'
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { appEvents, appPermissions } from '../../src/app/app-manifest.ts'
import { doctorCommand } from '../../src/cli/doctor-command.ts'
import { type Machine, openMachine } from '../../src/cli/open-machine.ts'
import { personalToken, policyOf } from '../fakes/github/policy-routes.ts'
import { type FakeGitHub, startGitHub } from '../fakes/github/server.ts'
import type { Repository } from '../fakes/github/state.ts'
import { makeTempDir, writeFiles } from '../support/git-dir.ts'

const sha = 'a'.repeat(40)
const gatePath = '.github/workflows/dce-gate.yml'
const gate = (ref: string) => `on: push
jobs:
  judge:
    steps:
      - uses: actions/checkout@${ref}
      - uses: ./
  tests:
    steps:
      - uses: maker/dce@${ref}
`

interface Line {
  readonly about: string
  readonly what: string
  readonly state: string
  readonly found: string
  readonly todo: string
}

let fake: FakeGitHub
let repository: Repository
let clone = ''
let work = ''
const machines: Machine[] = []

function git(...words: readonly string[]): string {
  const identity = ['-c', 'user.name=x', '-c', 'user.email=x@example.test']
  return execFileSync('git', ['-C', work, ...identity, ...words], { encoding: 'utf8' }).trim()
}

function commit(files: Readonly<Record<string, string>>): void {
  writeFiles(work, files)
  git('add', '-A')
  git('commit', '--quiet', '--allow-empty', '-m', 'x')
  git('push', '--quiet', '--force', repository.gitDir, 'HEAD:refs/heads/main')
}

async function doctor(
  env: Readonly<Record<string, string>>,
  ...words: readonly '--text'[]
): Promise<{ readonly code: number; readonly said: string }> {
  const home = makeTempDir('home')
  const machine = openMachine({
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    XDG_STATE_HOME: home,
    XDG_CACHE_HOME: home,
    ANTHROPIC_API_KEY: 'k',
    ANTHROPIC_BASE_URL: 'http://127.0.0.1:9',
    GITHUB_API_URL: fake.url,
    GITHUB_SERVER_URL: fake.url,
    ...env,
  })
  machines.push(machine)
  let said = ''
  const terminal = { isTty: false, width: 100, height: 40, colour: false, err: () => undefined, confirm: async () => false }
  const out = (text: string) => {
    said += text
  }
  const code = await doctorCommand(machine, { ...terminal, out }, { repo: clone, json: words.length === 0 })
  return { code, said }
}

async function lines(env: Readonly<Record<string, string>>): Promise<readonly Line[]> {
  return JSON.parse((await doctor(env)).said) as readonly Line[]
}

const line = (all: readonly Line[], what: string, about?: string) =>
  all.find((one) => one.what === what && (about === undefined || one.about === about))
const aboutRepository = (all: readonly Line[]) => all.filter(({ about }) => about.endsWith('/acme/shop'))
const token = (login = 'ada', scopes: readonly string[] = ['repo']) => personalToken(fake.state, { repository, login, scopes })
const fineGrained = (login: string) => personalToken(fake.state, { repository, login })

beforeAll(async () => {
  fake = await startGitHub({ folder: makeTempDir('github'), permissions: appPermissions, events: appEvents })
  repository = fake.people.repository('acme/shop', { roles: { ada: 'admin', bob: 'write', tia: 'triage' } })
  work = makeTempDir('work')
  git('init', '--quiet', '--initial-branch=main')
  clone = makeTempDir('clone')
  execFileSync('git', ['init', '--quiet', clone])
  execFileSync('git', ['-C', clone, 'remote', 'add', 'origin', `${fake.url}/acme/shop.git`])
})

beforeEach(() => {
  commit({ '.github/dce.yml': 'label: Feature\n', '.github/workflows/dce-gate.yml': gate(sha) })
  Object.assign(policyOf(repository), {
    actions: 'all',
    pinned: false,
    githubOwned: true,
    patterns: [],
    mayOpenPulls: true,
    protection: undefined,
  })
  fake.actions.workflowAt(repository, gatePath).state = 'active'
  repository.labels.set('feature', { id: 1, name: 'Feature', color: 'ededed', description: '' })
  repository.rules.length = 0
  repository.archived = false
  repository.hasIssues = true
})

afterEach(() => expect(fake.faults).toEqual([]))
afterAll(async () => {
  for (const machine of machines) await machine.close()
  await fake.close()
})

describe('a repository, through a token', () => {
  it('where all is well has one line per thing, and none of them asks for anything', async () => {
    const found = aboutRepository(await lines({ GITHUB_TOKEN: token() }))
    expect(found.map(({ what, state, found: text }) => `${state} ${what}: ${text}`)).toEqual([
      'ok repository: acme/shop, private, default branch main',
      'ok token: its person has the role admin, scopes repo',
      'ok issues: enabled',
      'ok branches dce/**: no rule holds for them',
      'ok branch main: asks nothing of commits that dce does not do',
      'ok Actions: enabled, every action',
      'ok pull requests by Actions: workflows may open them',
      'ok gate workflow: .github/workflows/dce-gate.yml on main, active',
      'ok label: Feature',
      'ok .github/dce.yml: valid on main',
    ])
    expect(found.every(({ todo }) => todo === '')).toBe(true)
  }, 60_000)

  it('where nothing is well says of each what to do', async () => {
    commit({ '.github/dce.yml': 'labl: x\n', '.github/workflows/dce-gate.yml': gate('v1') })
    repository.archived = true
    repository.hasIssues = false
    repository.labels.clear()
    const rules = ['creation', 'required_signatures', 'required_linear_history', 'pull_request'].map((type) => ({
      type,
      branches: /^dce\//u,
    }))
    repository.rules.push(...rules, { type: 'required_signatures', branches: /^main$/u })
    repository.rules.push({ type: 'commit_message_pattern', branches: /^dce\//u, parameters: { operator: 'regex', pattern: '^JIRA-' } })
    Object.assign(policyOf(repository), {
      actions: 'selected',
      pinned: true,
      mayOpenPulls: false,
      protection: { signatures: false, linear: true },
    })
    fake.actions.workflowAt(repository, gatePath).state = 'disabled_manually'
    const all = await lines({ GH_TOKEN: token('ada', ['gist']) })
    const shown = Object.fromEntries(aboutRepository(all).map(({ what, state, found }) => [what, `${state}: ${found}`]))
    expect(shown).toEqual({
      repository: 'missing: acme/shop, private, default branch main, archived: nothing can be pushed',
      token: 'limited: its person has the role admin, but its scopes are gist',
      issues: 'limited: disabled: there is nothing to set the label on',
      'branches dce/**':
        'missing: a ruleset forbids to create them; one wants signed commits; one wants a linear history, and waves are merges; one refuses pushes (pull_request); one may refuse pushes (commit_message_pattern (^JIRA-))',
      'branch main': 'limited: signed commits are wanted; a linear history is wanted',
      Actions: 'limited: actions must be pinned to a commit; only selected actions are allowed, and maker/dce@v1 is not among them',
      'pull requests by Actions': 'limited: workflows may not open them with GITHUB_TOKEN; the App and `dce pr` may',
      'gate workflow': 'limited: it is disabled manually: no run starts in GitHub',
      label: 'limited: there is no label dce-feature',
      '.github/dce.yml': 'missing: There is no setting `labl`. Did you mean `label`?',
    })
    expect(line(all, 'branches dce/**')?.todo).toContain('`commits: api`')
    expect(line(all, '.github/dce.yml')?.todo).toBe('Edit .github/dce.yml line 1.')
    expect(aboutRepository(all).every(({ todo }) => todo.endsWith('.') || todo.includes('New label'))).toBe(true)
  }, 60_000)

  it('says what a narrower token does not show, and never that it is well', async () => {
    const found = aboutRepository(await lines({ GITHUB_TOKEN: token('bob') }))
    const hidden = found.filter(({ found: text }) => text.includes('could not be seen with this token (403'))
    expect(hidden.map(({ what, state }) => `${state} ${what}`)).toEqual([
      'limited branch main',
      'limited Actions',
      'limited pull requests by Actions',
    ])
    expect(hidden[1]?.todo).toBe('An administrator’s token (fine-grained: administration: read) sees it.')
    expect(line(found, 'token')?.state).toBe('ok')
    const told = line(await lines({ GITHUB_TOKEN: fineGrained('bob') }), 'token')
    expect(told).toMatchObject({
      state: 'limited',
      found: 'its person has the role write; what a fine-grained token itself may is not told',
    })
    expect(line(await lines({ GITHUB_TOKEN: token('tia') }), 'token')?.found).toContain('role triage: pushing')
  }, 60_000)

  it('on a plan that has no rules for private repositories is not stopped by any', async () => {
    const free = { status: 403, message: 'Upgrade to GitHub Pro or make this repository public to enable this feature.' } as const
    fake.failNext('GET /repos/{owner}/{repo}/rules', free, 2)
    fake.failNext('GET /repos/{owner}/{repo}/branches/{branch}/protection', free)
    const found = await lines({ GITHUB_TOKEN: token() })
    expect([line(found, 'branches dce/**')?.state, line(found, 'branch main')?.state]).toEqual(['ok', 'ok'])
  }, 60_000)

  it('that is wrong, or does not see the repository, is one line', async () => {
    const wrong = aboutRepository(await lines({ GITHUB_TOKEN: 'ghp_x' }))
    expect(wrong.map(({ what, state, found }) => `${state} ${what}: ${found}`)).toEqual([
      'limited repository: GitHub does not accept the token',
    ])
    fake.failNext('GET /repos/{owner}/{repo}', { status: 404 })
    expect(aboutRepository(await lines({ GITHUB_TOKEN: token() }))).toMatchObject([
      { found: 'could not be seen with this token (404 fault 404)' },
    ])
  }, 60_000)

  it('is asked of gh where the environment has none, and else one line says what to set', async () => {
    const programs = makeTempDir('programs')
    const withGh = { PATH: `${programs}:${process.env['PATH'] ?? ''}` }
    writeFiles(programs, { gh: '#!/bin/sh\nexit 1\n' })
    chmodSync(join(programs, 'gh'), 0o755)
    expect(aboutRepository(await lines(withGh))).toMatchObject([{ state: 'limited', found: 'repository not looked at: set GITHUB_TOKEN' }])
    const host = new URL(fake.url).host
    writeFiles(programs, { gh: `#!/bin/sh\n[ "$*" = "auth token --hostname ${host}" ] && echo ${token()}\n` })
    expect(line(await lines(withGh), 'token')?.state).toBe('ok')
  }, 60_000)
})

describe('GitHub', () => {
  it('that breaks, asks to wait or is not there makes lines, at once, and no failure', async () => {
    fake.failNext('GET /repos/{owner}/{repo}/labels', { status: 502 })
    fake.failNext('GET /repos/{owner}/{repo}/actions/permissions', {
      status: 403,
      headers: { 'retry-after': '3600' },
      message: 'You have exceeded a secondary rate limit',
    })
    const found = await lines({ GITHUB_TOKEN: token() })
    expect(line(found, 'label')?.found).toContain('GitHub could not be asked: 502')
    expect(found.find(({ found: text }) => text.startsWith('GitHub asks to wait'))?.state).toBe('limited')
    expect(fake.unmet()).toEqual([])
    const elsewhere = {
      GITHUB_API_URL: 'http://127.0.0.1:9',
      GITHUB_TOKEN: 'ghp_x',
      APP_ID: '1',
      PRIVATE_KEY: fake.privateKey,
      WEBHOOK_SECRET: 's',
    }
    const away = await lines(elsewhere)
    expect(aboutRepository(away)).toMatchObject([{ what: 'repository', state: 'limited' }])
    expect(line(away, 'App')?.found).toContain('GitHub could not be asked')
  }, 60_000)

  it('is not asked, with a token that is not for it, where the checkout comes from elsewhere', async () => {
    const calls = fake.calls.length
    const found = await lines({ GITHUB_TOKEN: 'ghp_x', GITHUB_SERVER_URL: 'https://github.com' })
    expect(line(found, 'repository')).toMatchObject({
      about: 'repository',
      state: 'limited',
      todo: 'For a GitHub Enterprise Server set GHE_HOST.',
    })
    expect(fake.calls.length).toBe(calls)
  }, 60_000)
})

describe('the App', () => {
  const app = () => ({ APP_ID: String(fake.state.app.id), PRIVATE_KEY: fake.privateKey, WEBHOOK_SECRET: 's' })
  const about = async (env: Readonly<Record<string, string>>) =>
    (await lines(env)).filter((one) => one.about === 'the App').map(({ what, state, found }) => `${state} ${what}: ${found}`)

  it('is spoken of where there is one', async () => {
    expect(await about({})).toEqual([])
    fake.state.app.hook = { url: 'https://dce.example.com/api/github/webhooks', secret: 's' }
    expect(await about(app())).toEqual([
      'ok App: dce-app, with the permissions and events of app.yml',
      'ok installation: on acme/shop, all permissions granted',
      'ok webhook: https://dce.example.com/api/github/webhooks',
    ])
    expect(await about({ APP_ID: '7' })).toEqual([
      'missing App: The App cannot start: WEBHOOK_SECRET, PRIVATE_KEY or PRIVATE_KEY_PATH are not set.',
    ])
    expect(await about({ ...app(), APP_ID: '7' })).toEqual(['missing App: GitHub does not accept APP_ID with this key'])
  }, 60_000)

  it('that was installed before it asked for more has what it had: an owner has to accept', async () => {
    const [installation] = fake.state.installations.values()
    if (installation === undefined) throw new Error('not installed')
    const { checks: _checks, ...older } = appPermissions
    Object.assign(installation, { permissions: { ...older, issues: 'read' }, events: appEvents.filter((event) => event !== 'check_run') })
    expect(await about(app())).toContain('missing installation: on acme/shop, without issues: write, checks: write, event check_run')
    expect((await doctor(app())).code).toBe(4)
    installation.suspended = true
    expect(await about(app())).toContain('missing installation: it is suspended')
    fake.state.installations.clear()
    expect(await about(app())).toContain('missing installation: dce-app is not installed on acme/shop')
    fake.state.app.hook = { url: 'https://dce.example.com/api/github/webhooks', secret: '' }
    expect(await about(app())).toContain(
      'missing webhook: https://dce.example.com/api/github/webhooks, without a secret: every delivery is refused',
    )
  }, 60_000)
})

it('shows groups in one table, with what to do under what is missing', async () => {
  const { said } = await doctor({}, '--text')
  const host = new URL(fake.url).host
  expect(said).toContain(`\n\n${host}/acme/shop\nlimited  repository`)
  expect(said).toContain('repository not looked at: set GITHUB_TOKEN\n')
  expect(said.startsWith('this machine\n')).toBe(true)
}, 60_000)
