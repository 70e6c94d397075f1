// Clone, fetch and push over HTTP to the fake GitHub's real git: tokens that run out, people's commits, refusals, answers that are lost.
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openRemote, type Remote } from '../../../src/adapters/git/remote.ts'
import { WorldFault } from '../../../src/fault.ts'
import { asBranchName, asSha, type Sha } from '../../../src/ids.ts'
import { type FakeGitHub, startGitHub } from '../../fakes/github/server.ts'
import type { Repository } from '../../fakes/github/state.ts'
import { directExec } from '../../support/direct-exec.ts'
import { makeTempDir, writeFiles } from '../../support/git-dir.ts'

let fake: FakeGitHub
let repository: Repository
let remote: Remote
let work = ''
const main = asBranchName('main')
const branch = asBranchName('dce/7-abc/pr')
const asked: boolean[] = []

const git = (...args: readonly string[]) =>
  execFileSync('git', ['-C', work, '-c', 'user.name=x', '-c', 'user.email=x@example.test', ...args], { encoding: 'utf8' }).trim()

function commit(text: string): Sha {
  writeFiles(work, { 'a.txt': text })
  git('commit', '--quiet', '-am', text)
  return asSha(git('rev-parse', 'HEAD'))
}

async function mint(fresh: boolean): Promise<string> {
  asked.push(fresh)
  const value = `token-${asked.length}`
  const [installation] = fake.state.installations.values()
  if (installation === undefined) throw new Error('not installed')
  fake.state.tokens.set(value, { value, installation, expiresAtMs: Date.now() + 3_600_000 })
  return value
}

let token = ''

beforeAll(async () => {
  fake = await startGitHub({ folder: makeTempDir('github'), permissions: { contents: 'write' }, events: [] })
  repository = fake.people.repository('acme/shop')
  work = makeTempDir('work')
  writeFiles(work, { 'a.txt': 'one' })
  git('init', '--quiet', '--initial-branch=main')
  git('add', '-A')
  git('commit', '--quiet', '-m', 'one')
  git('push', '--quiet', repository.gitDir, 'HEAD:refs/heads/main')
  remote = openRemote({
    dir: join(makeTempDir('clones'), 'shop.git'),
    url: `${fake.url}/acme/shop.git`,
    token: async ({ fresh }) => {
      if (fresh || token === '') token = await mint(fresh)
      return token
    },
    exec: directExec,
    env: { PATH: process.env['PATH'] ?? '' },
  })
})
afterAll(() => fake.close())

describe('a remote', () => {
  it('is cloned by the first fetch, and followed by later ones; the token is written nowhere', async () => {
    expect(await remote.fetch(main)).toBe(git('rev-parse', 'HEAD'))
    const two = commit('two')
    git('push', '--quiet', repository.gitDir, 'HEAD:refs/heads/main')
    expect(await remote.fetch(main)).toBe(two)
    const header = Buffer.from(`x-access-token:${token}`).toString('base64')
    expect(spawnSync('grep', ['-rl', '-e', token, '-e', header, remote.dir]).status).toBe(1)
  })

  it('pushes a branch, and what follows from it; nothing when it is there already', async () => {
    const first = commit('three')
    expect(await remote.push({ from: work, branch, to: first })).toEqual({ kind: 'pushed' })
    const second = commit('four')
    expect(await remote.push({ from: work, branch, to: second })).toEqual({ kind: 'pushed' })
    const calls = fake.calls.length
    expect(await remote.push({ from: work, branch, to: second })).toEqual({ kind: 'pushed' })
    expect(fake.calls.length).toBe(calls)
  })

  it('replaces what it pushed itself, but never a commit of somebody else', async () => {
    git('reset', '--quiet', '--hard', 'HEAD~1')
    const other = commit('another four')
    expect(await remote.push({ from: work, branch, to: other })).toEqual({ kind: 'pushed' })
    const theirs = commit('theirs')
    git('push', '--quiet', repository.gitDir, `HEAD:refs/heads/${branch}`)
    git('reset', '--quiet', '--hard', 'HEAD~1')
    const ours = commit('ours')
    expect(await remote.push({ from: work, branch, to: ours })).toEqual({ kind: 'foreign', found: theirs })
    expect(execFileSync('git', ['--git-dir', repository.gitDir, 'rev-parse', branch], { encoding: 'utf8' }).trim()).toBe(theirs)
  })

  it('a push that was done but not noted is found again', async () => {
    const own = asBranchName('dce/7-abc/wave-1')
    const to = commit('five')
    git('push', '--quiet', repository.gitDir, `HEAD:refs/heads/${own}`)
    expect(await remote.push({ from: work, branch: own, to })).toEqual({ kind: 'pushed' })
  })

  it('a token that ran out is replaced once', async () => {
    fake.expireTokens()
    const before = asked.length
    const to = commit('six')
    expect(await remote.push({ from: work, branch: asBranchName('dce/7-abc/wave-2'), to })).toEqual({ kind: 'pushed' })
    expect(asked.slice(before)).toEqual([true])
  })

  it('a push that is refused by a rule is an answer with the words of the rule; a service that is down is a fault', async () => {
    const hook = join(repository.gitDir, 'hooks', 'pre-receive')
    execFileSync('mkdir', ['-p', join(repository.gitDir, 'hooks')])
    writeFileSync(hook, '#!/bin/sh\necho "GH013: Repository rule violations found" >&2\nexit 1\n')
    chmodSync(hook, 0o755)
    const to = commit('seven')
    const refused = await remote.push({ from: work, branch: asBranchName('dce/7-abc/wave-3'), to })
    expect(refused).toMatchObject({ kind: 'refused', why: expect.stringContaining('GH013') })
    execFileSync('rm', [hook])
    fake.failNext('git push', { status: 502 })
    await expect(remote.push({ from: work, branch: asBranchName('dce/7-abc/wave-3'), to })).rejects.toThrow(WorldFault)
    expect(await remote.push({ from: work, branch: asBranchName('dce/7-abc/wave-3'), to })).toEqual({ kind: 'pushed' })
  })

  it('a service that says nothing is a fault before long', async () => {
    const env = { PATH: process.env['PATH'] ?? '' }
    const url = `${fake.url}/acme/shop.git`
    const silent = openRemote({ dir: remote.dir, url, token: () => mint(false), exec: directExec, env, stalledS: 1 })
    fake.failNext('git fetch', 'hang')
    await expect(silent.fetch(main)).rejects.toThrow(/too slow|timed out|Operation/iu)
  }, 20_000)

  it('removes a branch that is as it was pushed, and keeps one with people’s commits', async () => {
    const own = asBranchName('dce/7-abc/wave-1')
    expect(await remote.remove({ from: work, branch: own })).toEqual({ kind: 'pushed' })
    expect(execFileSync('git', ['--git-dir', repository.gitDir, 'branch', '--list', own], { encoding: 'utf8' })).toBe('')
    expect(await remote.remove({ from: work, branch })).toMatchObject({ kind: 'foreign' })
  })
})
