// The GitHub port through the real Octokit against the fake GitHub: looked up before made, limits waited for, what is gone is said.
import { execFileSync } from 'node:child_process'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { openGitHub } from '../../../src/adapters/github/github.ts'
import { createOctokit } from '../../../src/adapters/github/octokit.ts'
import { Gone, WorldFault } from '../../../src/fault.ts'
import type { CheckRunPicture, GitHub } from '../../../src/github.ts'
import { asBranchName, asSha } from '../../../src/ids.ts'
import { type FakeGitHub, startGitHub } from '../../fakes/github/server.ts'
import type { Repository } from '../../fakes/github/state.ts'
import { makeTempDir, writeFiles } from '../../support/git-dir.ts'

let fake: FakeGitHub
let repository: Repository
let github: GitHub
let head = ''

const log = { info: () => undefined, warn: () => undefined }

function connect(): GitHub {
  const installation = [...fake.state.installations.keys()][0]
  const credentials = { kind: 'app' as const, appId: String(fake.state.app.id), privateKey: fake.privateKey, installation }
  const octokit = createOctokit({ credentials, baseUrl: fake.url, log, pace: { writeEveryMs: 0, secondMs: 1, timeoutMs: 700 } })
  return openGitHub({ octokit, credentials, owner: 'acme', name: 'shop', secondMs: 1 })
}

beforeAll(async () => {
  const folder = makeTempDir('github')
  fake = await startGitHub({
    folder,
    permissions: { issues: 'write', pull_requests: 'write', contents: 'write', checks: 'write', actions: 'read', metadata: 'read' },
    events: ['issues', 'issue_comment'],
  })
  repository = fake.people.repository('acme/shop', { roles: { ada: 'admin', bob: 'write', tia: 'triage' } })
  const work = makeTempDir('work')
  writeFiles(work, { 'a.txt': 'one\n' })
  const git = (...args: readonly string[]) =>
    execFileSync('git', ['-C', work, '-c', 'user.name=x', '-c', 'user.email=x@example.test', ...args], { encoding: 'utf8' }).trim()
  git('init', '--quiet', '--initial-branch=main')
  git('add', '-A')
  git('commit', '--quiet', '-m', 'one')
  writeFiles(work, { 'a.txt': 'two\n' })
  git('commit', '--quiet', '-am', 'two')
  git('push', '--quiet', repository.gitDir, 'HEAD~1:refs/heads/main', 'HEAD:refs/heads/dce/1-abc/pr')
  head = git('rev-parse', 'HEAD')
  fake.people.openIssue(repository, 'ada', { title: 'Quota', body: 'a specification' })
  github = connect()
})

afterEach(() => {
  expect(fake.faults).toEqual([])
})
afterAll(() => fake.close())

describe('what is there', () => {
  it('reads the repository, an issue, and what somebody may do', async () => {
    expect(await github.repository()).toMatchObject({ defaultBranch: 'main', isArchived: false })
    expect(await github.issue(1)).toEqual({
      number: 1,
      title: 'Quota',
      body: 'a specification',
      isPullRequest: false,
    })
    expect(await github.issue(99)).toBeUndefined()
    const roles = await Promise.all(['ada', 'bob', 'tia', 'eve'].map((login) => github.permissionOf(login)))
    expect(roles).toEqual(['admin', 'write', 'triage', 'none'])
  })

  it('a repository that is gone is Gone; a service that stays broken is a fault of the world, after retries', async () => {
    fake.failNext('GET /repos/{owner}/{repo}', { status: 404 })
    await expect(github.repository()).rejects.toThrow(Gone)
    fake.failNext('GET /repos/{owner}/{repo}', { status: 502 }, 4)
    await expect(github.repository()).rejects.toThrow(WorldFault)
    expect(await github.repository()).toMatchObject({ defaultBranch: 'main' })
  })
})

describe('rules', () => {
  it('are none on a plan that has none, and not seen is not none', async () => {
    const branch = asBranchName('dce/1-abc/pr')
    const message = 'Upgrade to GitHub Pro or make this repository public to enable this feature.'
    fake.failNext('GET /repos/{owner}/{repo}/rules', { status: 403, message })
    expect(await github.rulesFor(branch)).toEqual([])
    fake.failNext('GET /repos/{owner}/{repo}/rules', { status: 403, message: 'Resource not accessible by integration' })
    await expect(github.rulesFor(branch)).rejects.toThrow(WorldFault)
  })
})

describe('comments', () => {
  it('is made once, found by its marker, and edited from then on', async () => {
    const marker = 'dce-board 1-abc'
    const id = await github.putComment({ issue: 1, marker, body: 'board 1' })
    expect(await github.putComment({ issue: 1, marker, body: 'board 2' })).toBe(id)
    expect(await connect().putComment({ issue: 1, marker, body: 'board 3', id })).toBe(id)
    expect(repository.comments.get(id)?.history.map((body) => body.split('\n')[0])).toEqual(['board 1', 'board 2', 'board 3'])
  })

  it('an answer that was lost does not make a second one', async () => {
    const before = repository.comments.size
    fake.failNext('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', 'drop')
    await github.putComment({ issue: 1, marker: 'lost', body: 'once' }).catch(() => undefined)
    await github.putComment({ issue: 1, marker: 'lost', body: 'once' })
    expect(repository.comments.size).toBe(before + 1)
  })

  it('a call that is never answered has failed after a time, and what it made is found', async () => {
    fake.failNext('PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}', 'hang')
    const id = await github.putComment({ issue: 1, marker: 'slow', body: 'one' })
    await github.putComment({ issue: 1, marker: 'slow', body: 'two', id })
    expect(repository.comments.get(id)?.body).toContain('two')
  })

  it('a person who quotes the marker is not taken for us, and a deleted comment is made again', async () => {
    fake.people.comment(repository, 1, 'eve', 'look: <!-- quoted -->')
    const id = await github.putComment({ issue: 1, marker: 'quoted', body: 'ours' })
    expect(repository.comments.get(id)?.user.type).toBe('Bot')
    repository.comments.delete(id)
    const again = await github.putComment({ issue: 1, marker: 'quoted', body: 'ours', id })
    expect(again).not.toBe(id)
  })

  it('is cut to what GitHub takes', async () => {
    const id = await github.putComment({ issue: 1, marker: 'long', body: 'x'.repeat(200_000) })
    expect(repository.comments.get(id)?.body).toMatch(/…\n\n<!-- long -->$/u)
  })

  it('waits for a secondary rate limit as long as it is asked to, and then does it', async () => {
    fake.failNext('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', {
      status: 403,
      headers: { 'retry-after': '7' },
      message: 'You have exceeded a secondary rate limit',
    })
    const id = await github.putComment({ issue: 1, marker: 'limited', body: 'text' })
    expect(repository.comments.get(id)?.body).toContain('text')
  })

  it('a reaction given twice stays one', async () => {
    const { id } = fake.people.comment(repository, 1, 'bob', '/dce status')
    await github.react({ kind: 'comment', id }, 'eyes')
    await github.react({ kind: 'comment', id }, 'eyes')
    expect(repository.comments.get(id)?.reactions.map(({ content }) => content)).toEqual(['eyes'])
  })
})

describe('tokens', () => {
  it('an installation’s token that has run out is replaced', async () => {
    await github.repository()
    fake.expireTokens()
    expect(await github.repository()).toMatchObject({ defaultBranch: 'main' })
  })
})

describe('pull requests', () => {
  const picture = {
    head: asBranchName('dce/1-abc/pr'),
    base: asBranchName('main'),
    title: 'Quota',
    body: 'text',
    draft: true,
    labels: ['dce'],
  }

  it('is opened once, a draft where the plan allows it, and kept up to date', async () => {
    repository.allowsDrafts = false
    const made = await github.putPullRequest(picture)
    const again = await github.putPullRequest({ ...picture, draft: false, body: 'newer' })
    expect(again.number).toBe(made.number)
    expect(repository.issues.get(made.number)).toMatchObject({ title: 'Quota', body: 'newer', labels: ['dce'] })
    expect([...repository.issues.values()].filter((issue) => issue.pull !== undefined)).toHaveLength(1)
    expect(await github.pullRequest(made.number)).toMatchObject({ head: 'dce/1-abc/pr', isOpen: true, isMerged: false })
  })

  it('threads of a review are read with their hunks, answered once and left open', async () => {
    const number = [...repository.issues.values()].find((issue) => issue.pull !== undefined)?.number ?? 0
    await fake.people.review(repository, number, 'bob', { body: 'please', threads: [{ path: 'a.txt', line: 1, body: 'why two?' }] })
    const [thread] = await github.threads(number)
    expect(thread).toMatchObject({
      path: 'a.txt',
      line: 1,
      text: 'why two?',
      hasAnswerOfOurs: false,
      hunk: expect.stringContaining('+two'),
    })
    const answer = { pullRequest: number, thread: thread?.id ?? 0, body: 'Done in abc.' }
    await github.answerThread(answer)
    await github.answerThread(answer)
    const threads = await github.threads(number)
    expect(threads).toHaveLength(1)
    expect(threads[0]?.hasAnswerOfOurs).toBe(true)
    expect(repository.issues.get(number)?.pull?.threads).toHaveLength(2)
  })
})

describe('check runs', () => {
  const picture = (more: Partial<CheckRunPicture>): CheckRunPicture => ({
    key: 'run wave-1',
    name: 'dce / wave 1',
    head: asSha(head),
    state: 'in_progress',
    title: 'building',
    summary: 'x'.repeat(100_000),
    annotations: [],
    actions: [{ label: 'Retry wave', description: 'A new attempt', identifier: 'retry-1' }],
    ...more,
  })

  it('one per key and commit, with all annotations in batches that GitHub takes, each once', async () => {
    const annotations = Array.from({ length: 120 }, (_, line) => ({
      path: 'a.txt',
      line: line + 1,
      level: 'failure' as const,
      title: 'compile',
      message: `error ${line}`,
    }))
    const id = await github.putCheckRun(picture({}))
    expect(await github.putCheckRun(picture({ state: 'failure', annotations }))).toBe(id)
    expect(await github.putCheckRun(picture({ state: 'failure', annotations }))).toBe(id)
    const run = repository.checkRuns.get(id)
    expect(repository.checkRuns.size).toBe(1)
    expect(run).toMatchObject({ status: 'completed', conclusion: 'failure', actions: [{ identifier: 'retry-1' }] })
    expect(run?.annotations.map(({ message }) => message)).toEqual(annotations.map(({ message }) => message))
  })
})
