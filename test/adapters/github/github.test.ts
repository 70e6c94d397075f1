// The GitHub port through the real Octokit against the fake GitHub: looked up before made, limits waited for, what is gone is said.
import { execFileSync } from 'node:child_process'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { openGitHub } from '../../../src/adapters/github/github.ts'
import { createOctokit } from '../../../src/adapters/github/octokit.ts'
import { Gone, WorldFault } from '../../../src/fault.ts'
import type { CheckRunPicture, GitHub } from '../../../src/github.ts'
import { asBranchName, asSha, asTreeSha } from '../../../src/ids.ts'
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
  git('push', '--quiet', repository.gitDir, 'HEAD~1:refs/heads/main', 'HEAD:refs/heads/dce/1-abc/pr', 'HEAD:refs/heads/dce/1-abc/wave-1')
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
  }

  const writes = () => fake.calls.filter(({ operation }) => operation.startsWith('PATCH /repos/{owner}/{repo}/pulls')).length

  it('is opened once, kept up to date, and not written to where nothing differs', async () => {
    repository.allowsDrafts = false
    const made = await github.putPullRequest(picture)
    expect(repository.issues.get(made.number)).toMatchObject({ title: '[WIP] Quota' })
    const before = writes()
    await github.putPullRequest(picture)
    expect(writes()).toBe(before)
    const again = await github.putPullRequest({ ...picture, draft: false, body: 'newer' })
    expect(again.number).toBe(made.number)
    expect(repository.issues.get(made.number)).toMatchObject({ title: 'Quota', body: 'newer' })
    expect([...repository.issues.values()].filter((issue) => issue.pull !== undefined)).toHaveLength(1)
    expect(await github.pullRequest(made.number)).toMatchObject({ head: 'dce/1-abc/pr', isOpen: true, isMerged: false })
  })

  it('a draft becomes ready when its run is finished', async () => {
    repository.allowsDrafts = true
    const other = { ...picture, head: asBranchName('dce/1-abc/wave-1') }
    const made = await github.putPullRequest(other)
    expect(made.isDraft).toBe(true)
    expect((await github.putPullRequest({ ...other, draft: false })).isDraft).toBe(false)
    expect(await github.findPullRequest(other.head)).toMatchObject({ number: made.number, isDraft: false, isOpen: true })
    repository.issues.delete(made.number)
  })

  it('that is closed stays closed, unless another is to be opened in its place', async () => {
    const other = { ...picture, head: asBranchName('dce/1-abc/wave-1') }
    const made = await github.putPullRequest(other)
    Object.assign(repository.issues.get(made.number) ?? {}, { state: 'closed', closedAt: Date.now() })
    expect(await github.putPullRequest({ ...other, body: 'newer' })).toMatchObject({ number: made.number, isOpen: false })
    expect(repository.issues.get(made.number)?.body).toBe('text')
    const again = await github.putPullRequest({ ...other, reopen: true })
    expect(again).toMatchObject({ isOpen: true })
    expect(again.number).not.toBe(made.number)
    expect(await github.findPullRequest(other.head)).toMatchObject({ number: again.number })
    for (const { number } of [made, again]) repository.issues.delete(number)
  })

  it('is given labels once, and those reviewers that may be asked; the others are named', async () => {
    const { number } = await github.putPullRequest(picture)
    await github.addLabels(number, ['dce', 'big'])
    await github.addLabels(number, ['dce'])
    expect(repository.issues.get(number)?.labels).toEqual(['dce', 'big'])
    repository.teams.add('core')
    expect(await github.requestReviewers(number, { users: ['bob'], teams: ['core'] })).toEqual([])
    expect(await github.requestReviewers(number, { users: ['ada', 'eve'], teams: ['nobody'] })).toEqual(['eve', 'acme/nobody'])
    expect(repository.issues.get(number)?.pull?.reviewers).toEqual(['bob', '@core', 'ada'])
    expect(await github.requestReviewers(number, { users: [], teams: [] })).toEqual([])
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

describe('commits that GitHub makes', () => {
  const git = (...args: readonly string[]) => execFileSync('git', ['--git-dir', repository.gitDir, ...args], { encoding: 'utf8' }).trim()
  const tree = (name: string) => asTreeSha(git('rev-parse', `${name}^{tree}`))
  const branch = asBranchName('dce/1-abc/signed')

  it('hold texts, bytes and what is gone, and have the tree that was asked for; another tree is refused', async () => {
    const bytes = Buffer.from([0, 255, 254, 10])
    const hashed = (input: Buffer | string) =>
      execFileSync('git', ['--git-dir', repository.gitDir, 'hash-object', '-w', '--stdin'], { input, encoding: 'utf8' }).trim()
    const wanted = execFileSync('git', ['--git-dir', repository.gitDir, 'mktree'], {
      input: `100644 blob ${hashed(bytes)}\tlogo.bin\n100755 blob ${hashed('#!/bin/sh\n')}\trun.sh\n`,
      encoding: 'utf8',
    }).trim()
    const commit = {
      message: 'w1: The quota\n\nDce-Run: 1-abc\n',
      tree: asTreeSha(wanted),
      baseTree: tree('main'),
      parents: [asSha(git('rev-parse', 'main'))],
      files: [
        { path: 'a.txt', mode: '100644', content: { kind: 'deleted' as const } },
        { path: 'logo.bin', mode: '100644', content: { kind: 'bytes' as const, base64: bytes.toString('base64') } },
        { path: 'run.sh', mode: '100755', content: { kind: 'text' as const, text: '#!/bin/sh\n' } },
      ],
    }
    const made = await github.makeCommit(commit)
    const sha = made.kind === 'taken' ? made.sha : asSha('')
    expect(git('show', '-s', '--format=%T %P', sha)).toBe(`${wanted} ${git('rev-parse', 'main')}`)
    expect(git('cat-file', 'commit', sha)).toContain('gpgsig')
    expect(await github.makeCommit({ ...commit, tree: tree('main') })).toMatchObject({
      kind: 'refused',
      why: expect.stringContaining(wanted),
    })
    expect(await github.readRef(branch)).toBeUndefined()
    expect(await github.setRef({ branch, from: undefined, to: sha, force: false })).toEqual({ kind: 'taken', sha })
    expect(await github.readRef(branch)).toBe(sha)
  })

  it('a branch moves forwards, and elsewhere only when it is forced; a lost answer is looked up; a rule’s words come back', async () => {
    const at = await github.readRef(branch)
    const main = asSha(git('rev-parse', 'main'))
    expect(await github.setRef({ branch, from: at, to: main, force: false })).toMatchObject({ kind: 'refused' })
    fake.failNext('PATCH /repos/{owner}/{repo}/git/refs', { status: 502 })
    expect(await github.setRef({ branch, from: at, to: main, force: true })).toEqual({ kind: 'taken', sha: main })
    fake.failNext('POST /repos/{owner}/{repo}/git/refs', 'drop')
    const other = asBranchName('dce/1-abc/other')
    expect(await github.setRef({ branch: other, from: undefined, to: main, force: false })).toEqual({ kind: 'taken', sha: main })
    repository.rules.push({ type: 'required_signatures', branches: /^dce\//u })
    const unsigned = asSha(
      git('-c', 'user.name=x', '-c', 'user.email=x@example.test', 'commit-tree', tree('main'), '-p', 'main', '-m', 'x'),
    )
    const refused = await github.setRef({ branch, from: main, to: unsigned, force: false })
    expect(refused).toMatchObject({ kind: 'refused', why: expect.stringContaining('must have verified signatures') })
    repository.rules.length = 0
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
