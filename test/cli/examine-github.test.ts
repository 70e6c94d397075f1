// What doctor makes of what GitHub shows: rules, policies, addresses. Tables, no network.
import { describe, expect, it } from 'vitest'
import type { Seen } from '../../src/adapters/github/look.ts'
import type { ActionsLook } from '../../src/adapters/github/look-at-repository.ts'
import { appEvents, appPermissions } from '../../src/app/app-manifest.ts'
import { examineGateWorkflow, examinePolicy, usesOf } from '../../src/cli/examine-actions.ts'
import { examineApp } from '../../src/cli/examine-app.ts'
import { examineConfig, examineToken } from '../../src/cli/examine-repository.ts'
import { type Commits, examineDefaultBranch, examineOurBranches } from '../../src/cli/examine-rules.ts'
import { isOn, remoteRepository } from '../../src/cli/remote-repository.ts'

const seen = <Value>(value: Value) => ({ kind: 'seen', value }) as const satisfies Seen<Value>
const hidden = { kind: 'hidden', status: 404, said: 'Not Found' } as const
const rule = (type: string) => ({ type, pattern: undefined })
const open = seen({ signatures: false, linear: false })

describe('rules on branches of ours', () => {
  it.each<[string, Commits, string]>([
    ['creation', undefined, 'missing'],
    ['update', 'api', 'missing'],
    ['required_signatures', undefined, 'missing'],
    ['required_signatures', 'squash', 'missing'],
    ['required_signatures', 'api', 'ok'],
    ['required_linear_history', undefined, 'missing'],
    ['required_linear_history', 'squash', 'ok'],
    ['required_linear_history', 'api', 'ok'],
    ['pull_request', undefined, 'limited'],
    ['non_fast_forward', undefined, 'limited'],
    ['deletion', undefined, 'limited'],
    ['max_file_size', undefined, 'limited'],
    ['code_scanning', undefined, 'ok'],
  ])('%s, with commits %s: %s', (type, commits, state) => {
    expect(examineOurBranches(seen([rule(type)]), commits).state).toBe(state)
  })

  it('on the branch that is merged into count where a merge would be refused, also the older kind', () => {
    const of = (rules: readonly string[], protection: Parameters<typeof examineDefaultBranch>[1]['protection'], commits?: Commits) =>
      examineDefaultBranch('main', { rules: seen(rules.map(rule)), protection }, commits).state
    expect(of(['pull_request', 'required_status_checks'], open)).toBe('ok')
    expect(of(['required_signatures'], open)).toBe('limited')
    expect(of([], seen({ signatures: true, linear: false }))).toBe('limited')
    expect(of(['required_signatures'], open, 'api')).toBe('ok')
    expect(of([], hidden)).toBe('limited')
  })
})

describe('the policy of Actions', () => {
  const selected = (patterns: readonly string[], more: Partial<ActionsLook> = {}, githubOwned = true) =>
    seen<ActionsLook>({
      enabled: true,
      allowed: 'selected',
      pinned: false,
      selected: seen({ githubOwned, verified: false, patterns }),
      ...more,
    })
  const gate = (...uses: readonly string[]) => ({
    place: 'actions' as const,
    text: seen(`jobs:\n  a:\n    steps:\n${uses.map((one) => `      - uses: ${one}\n`).join('')}`),
    state: seen('active'),
  })
  const state = (actions: Seen<ActionsLook>, ...uses: readonly string[]) => examinePolicy(actions, gate(...uses), 'acme').state

  it('is judged by what the gate uses', () => {
    expect(state(selected([]), 'actions/checkout@v5', './x', 'Acme/tool@v1')).toBe('ok')
    expect(state(selected([], {}, false), 'actions/checkout@v5')).toBe('limited')
    expect(state(selected(['maker/*']), 'maker/dce/sub@v1')).toBe('ok')
    expect(state(selected(['maker/dce@v1']), 'maker/dce@v1')).toBe('ok')
    expect(state(selected(['maker/dce@v1']), 'maker/dce@v2')).toBe('limited')
    expect(state(selected(['maker/dce']), 'maker/dce@v2')).toBe('ok')
    expect(state(selected(['maker.x/*']), 'makerax/dce@v2')).toBe('limited')
    expect(state(selected(['*'], { allowed: 'local_only', selected: undefined }), 'actions/checkout@v5')).toBe('limited')
  })

  it('of pinning is kept by forty digits alone', () => {
    const pinned = seen<ActionsLook>({ enabled: true, allowed: 'all', pinned: true, selected: undefined })
    expect(state(pinned, `actions/checkout@${'0'.repeat(40)}`, './x')).toBe('ok')
    expect(state(pinned, 'actions/checkout@v5')).toBe('limited')
  })

  it('that is not shown in part, or has no workflow to be judged by, is not well', () => {
    expect(state(selected([], { selected: hidden }), 'actions/checkout@v5')).toBe('limited')
    const none = { place: 'actions' as const, text: seen(undefined), state: hidden }
    expect(examinePolicy(selected([]), none, 'acme')).toMatchObject({
      state: 'limited',
      found: 'only selected actions are allowed, and dce-dev/dce@v0 is not among them',
    })
    expect(examinePolicy(selected(['dce-dev/*']), none, 'acme').state).toBe('ok')
    expect(
      examinePolicy(seen<ActionsLook>({ enabled: false, allowed: 'all', pinned: false, selected: undefined }), none, 'acme').found,
    ).toContain('disabled')
    expect(examineGateWorkflow(none, 'main').found).toBe('main has no .github/workflows/dce-gate.yml: no run starts in GitHub')
    expect(examineGateWorkflow({ ...gate('a/b@c'), state: hidden }, 'main').todo).toContain('actions: read')
  })

  it('does not matter where the gate is local', () => {
    const local = { place: 'local' as const, text: seen(undefined), state: hidden }
    expect(examineGateWorkflow(local, 'main').state).toBe('ok')
    expect(
      examinePolicy(seen<ActionsLook>({ enabled: false, allowed: 'all', pinned: false, selected: undefined }), local, 'acme').state,
    ).toBe('ok')
    expect(examineConfig(seen('gate: local\n'), 'main').gatePlace).toBe('local')
    expect(examineConfig(seen(undefined), 'main').gatePlace).toBe('actions')
  })

  it('reads `uses` of steps and of jobs, and no other', () => {
    const text =
      'name: {uses: no}\njobs:\n  a: {uses: o/r/.github/workflows/w.yml@v1}\n  b:\n    steps: [{uses: x/y@1}, {run: "uses: z"}, {uses: x/y@1}]\n'
    expect(usesOf(text)).toEqual(['o/r/.github/workflows/w.yml@v1', 'x/y@1'])
    expect(usesOf('a: [')).toBeUndefined()
  })
})

describe('the App', () => {
  const looks = (permissions: Readonly<Record<string, string>>, events: readonly string[] = appEvents) => ({
    app: seen({ slug: 'dce', pageUrl: 'https://github.com/apps/dce', permissions, events }),
    installation: undefined,
    hook: seen({ url: 'https://dce.example.com/api/github/webhooks', contentType: 'json', hasSecret: true, isChecked: true }),
  })

  it('asks for what app.yml asks for, no less and no more', () => {
    const of = (permissions: Readonly<Record<string, string>>, events?: readonly string[]) =>
      examineApp(looks(permissions, events), undefined)[0]
    expect(of(appPermissions)?.state).toBe('ok')
    expect(of({ ...appPermissions, checks: 'read' })).toMatchObject({ state: 'missing', found: 'dce does not ask for checks: write' })
    expect(of(appPermissions, [])).toMatchObject({ state: 'missing', found: expect.stringContaining('event issue_comment') })
    expect(of({ ...appPermissions, workflows: 'write', metadata: 'write' })).toMatchObject({
      state: 'limited',
      found: 'dce may more than runs need: metadata: write, workflows: write',
    })
  })

  it.each([
    [{ url: '' }, 'missing'],
    [{ hasSecret: false }, 'missing'],
    [{ contentType: 'form' }, 'missing'],
    [{ url: 'https://dce.example.com/' }, 'limited'],
    [{ isChecked: false }, 'limited'],
  ])('hears by its webhook: %j is %s', (more, state) => {
    const usual = looks(appPermissions)
    expect(examineApp({ ...usual, hook: seen({ ...usual.hook.value, ...more }) }, undefined)[1]?.state).toBe(state)
  })
})

describe('a token', () => {
  const repository = {
    isPrivate: true,
    isArchived: false,
    hasIssues: true,
    defaultBranch: 'main',
    pageUrl: '',
    role: 'write',
    scopes: undefined,
  } as const
  it.each([
    ['ghs_x', {}, 'limited'],
    ['ghp_x', { scopes: ['repo'] }, 'ok'],
    ['gho_x', { scopes: ['public_repo'] }, 'limited'],
    ['gho_x', { scopes: ['public_repo'], isPrivate: false }, 'ok'],
    ['ghp_x', { scopes: ['repo'], role: 'read' as const }, 'limited'],
    ['github_pat_x', {}, 'limited'],
  ])('%s with %j: %s', (token, more, state) => {
    expect(examineToken({ ...repository, ...more }, token).state).toBe(state)
  })
})

describe('.github/dce.yml', () => {
  it('is read by the product’s own reader, permissions of commands too', () => {
    expect(examineConfig(seen(undefined), 'main')).toMatchObject({ label: 'dce-feature', finding: { state: 'ok' } })
    expect(examineConfig(seen('permissions: {rtry: admin}\n'), 'main').finding).toMatchObject({
      state: 'missing',
      found: expect.stringContaining('`retry`'),
    })
    expect(examineConfig(seen('label: [\n'), 'main').finding.state).toBe('missing')
    expect(examineConfig({ kind: 'unreachable', why: 'x' }, 'main').finding.state).toBe('limited')
  })
})

describe('the address of a remote', () => {
  it.each([
    ['https://github.com/acme/shop.git', 'github.com'],
    ['https://x:token@github.com/acme/shop', 'github.com'],
    ['git@github.com:acme/shop.git', 'github.com'],
    ['ssh://git@ssh.github.com:443/acme/shop.git', 'ssh.github.com'],
    ['http://ghe.example:8080/acme/shop/', 'ghe.example:8080'],
  ])('%s', (address, host) => {
    expect(remoteRepository(address)).toEqual({ host, owner: 'acme', name: 'shop' })
  })

  it('that is a path, or deeper than a repository, is none', () => {
    for (const address of ['/srv/shop.git', '../shop', 'C:\\shop', 'file:///srv/acme/shop', 'https://gitlab.example/a/b/c.git', ''])
      expect(remoteRepository(address), address).toBeUndefined()
  })

  it('belongs to the GitHub that is configured, and to no other: a token is for one', () => {
    const at = (host: string) => ({ host, owner: 'acme', name: 'shop' })
    expect(['github.com', 'GitHub.com', 'ssh.github.com'].map((host) => isOn(at(host), 'https://github.com'))).toEqual([true, true, true])
    expect(['gitlab.com', 'github.com.evil.example', 'ghe.example'].map((host) => isOn(at(host), 'https://github.com'))).toEqual([
      false,
      false,
      false,
    ])
    expect(isOn(at('ghe.example'), 'https://ghe.example:8443')).toBe(true)
  })
})
