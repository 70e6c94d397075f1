// What changed in a repository, against the fake GitHub: all pages, who set a label last, and nothing when nothing changed.
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { openGitHub } from '../../../src/adapters/github/github.ts'
import { installedRepositories } from '../../../src/adapters/github/installations.ts'
import { createOctokit } from '../../../src/adapters/github/octokit.ts'
import { appEvents, appPermissions } from '../../../src/app/app-manifest.ts'
import type { GitHub } from '../../../src/github.ts'
import { type FakeGitHub, startGitHub } from '../../fakes/github/server.ts'
import type { Repository } from '../../fakes/github/state.ts'
import { makeTempDir } from '../../support/git-dir.ts'

let fake: FakeGitHub
let repository: Repository
let github: GitHub
let now = Date.now()

const octokitOf = (installation: number | undefined) =>
  createOctokit({
    credentials: { kind: 'app', appId: String(fake.state.app.id), privateKey: fake.privateKey, installation },
    baseUrl: fake.url,
    log: { info: () => undefined, warn: () => undefined },
    pace: { writeEveryMs: 0, secondMs: 1, timeoutMs: 2_000 },
  })

beforeAll(async () => {
  fake = await startGitHub({ folder: makeTempDir('github'), permissions: appPermissions, events: appEvents, now: () => now })
  repository = fake.people.repository('acme/shop', { roles: { ada: 'admin', tia: 'triage' } })
  const installation = [...fake.state.installations.keys()][0] ?? 0
  const credentials = { kind: 'app' as const, appId: '1', privateKey: '', installation }
  github = openGitHub({ octokit: octokitOf(installation), credentials, owner: 'acme', name: 'shop' })
})

afterEach(() => expect(fake.faults).toEqual([]))
afterAll(() => fake.close())

it('is told once; an answer that is as it was is none', async () => {
  const issue = fake.people.openIssue(repository, 'ada', { title: 'Quota', body: 'text' })
  const first = await github.recentIssues({ sinceMs: now - 60_000 })
  expect(first).toMatchObject({ kind: 'changed', items: [{ number: issue.number, title: 'Quota', text: 'text', labels: [] }] })
  const etag = first.kind === 'changed' ? (first.etag ?? '') : ''
  expect(await github.recentIssues({ sinceMs: now - 60_000, etag })).toEqual({ kind: 'unchanged' })
  expect(fake.calls.at(-1)?.status).toBe(304)
  fake.people.label(repository, issue.number, 'tia', 'Dce-Feature')
  expect(await github.recentIssues({ sinceMs: now - 60_000, etag })).toMatchObject({ items: [{ labels: ['Dce-Feature'] }] })
  expect(await github.recentIssues({ sinceMs: now + 60_000 })).toMatchObject({ items: [] })
})

it('says who set a label last, and when', async () => {
  expect(await github.labelSetter({ issue: 1, label: 'dce-feature' })).toMatchObject({ by: { login: 'tia', isBot: false } })
  now += 5_000
  fake.people.label(repository, 1, 'ada', 'dce-feature')
  expect(await github.labelSetter({ issue: 1, label: 'dce-feature' })).toEqual({
    by: { login: 'ada', isBot: false },
    atMs: Math.floor(now / 1_000) * 1_000,
  })
  expect(await github.labelSetter({ issue: 1, label: 'another' })).toBeUndefined()
})

it('is read over all pages, on pull requests and issues alike', async () => {
  for (let each = 0; each < 101; each++) fake.people.comment(repository, 1, 'ada', `comment ${each}`)
  const comments = await github.recentComments({ kind: 'comment', sinceMs: now - 60_000 })
  expect(comments.kind === 'changed' ? new Set(comments.items.map(({ text }) => text)).size : 0).toBe(101)
  expect(comments).toMatchObject({
    items: expect.arrayContaining([expect.objectContaining({ thread: 1, by: { login: 'ada', isBot: false } })]),
  })
})

it('is looked for where the App is installed and not suspended', async () => {
  expect(await installedRepositories(octokitOf(undefined), octokitOf)).toMatchObject([{ owner: 'acme', name: 'shop' }])
  const [installation] = fake.state.installations.values()
  if (installation !== undefined) fake.people.suspend(installation, 'ada', true)
  expect(await installedRepositories(octokitOf(undefined), octokitOf)).toEqual([])
})
