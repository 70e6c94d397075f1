// Worktrees and commits of attempts on real git: fresh, resumed, repeated, superseded.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { taskBranch } from '../../src/ids.ts'
import { attemptOf, commitAttempt } from '../../src/wave/commit-attempt.ts'
import { openWorktree, worktreePath } from '../../src/wave/worktree-of.ts'
import { makePlan } from '../run/simulate.ts'
import { writeFiles } from '../support/git-dir.ts'
import { assign, makeSite, owner, run, type Site, workOn } from './a-wave.ts'

const task = owner('quota', 'internal/')
const plan = makePlan([task])
const named = (attempt: number) => ({ run, task: task.id, attempt })

async function open(site: Site, attempt = 1) {
  return openWorktree({ git: site.git, worktreesDir: site.worktreesDir, name: named(attempt), base: site.base })
}

async function commit(site: Site, worktree: string, attempt = 1, isCurrent = () => true) {
  const tree = await site.git.writeTree(worktree)
  return commitAttempt({
    git: site.git,
    name: named(attempt),
    assignment: assign(plan, task, site.base, { attempt }),
    tree,
    body: 'What was built.',
    isCurrent,
  })
}

describe('the worktree of an attempt', () => {
  test('is made fresh in place of what was left there', async () => {
    const site = await makeSite({ 'a.go': 'a\n' })
    writeFiles(join(site.worktreesDir, run, `${task.id}-a1`), { 'left/over.go': 'x', 'a.go': 'old' })
    const worktree = await open(site)
    expect(worktree).toBe(worktreePath(site.worktreesDir, named(1)))
    expect(existsSync(join(worktree, 'left'))).toBe(false)
    expect(readFileSync(join(worktree, 'a.go'), 'utf8')).toBe('a\n')
  })

  test('is brought back to the tree of its last turn, and still tells its changes from the base', async () => {
    const site = await makeSite({ 'a.go': 'a\n' })
    const first = await open(site)
    writeFiles(first, { 'internal/b.go': 'b\n', 'a.go': null })
    const files = await site.git.writeTree(first)
    writeFiles(first, { 'internal/later.go': 'not in a tree yet\n' })
    const worktree = await openWorktree({ git: site.git, worktreesDir: site.worktreesDir, name: named(1), base: site.base, files })
    expect(await site.git.writeTree(worktree)).toBe(files)
    expect(existsSync(join(worktree, 'internal/later.go'))).toBe(false)
    expect(await commit(site, worktree)).toMatchObject({ kind: 'committed' })
  })
})

describe('the commit of an attempt', () => {
  test('says whose it is, on a branch of its own', async () => {
    const site = await makeSite({ 'a.go': 'a\n' })
    const work = await workOn(site, { task, files: { 'internal/b.go': 'b\n' }, attempt: 2 })
    const branch = taskBranch(run, task.id, 2)
    await site.git.publish([branch])
    expect(site.repo.git('log', '-1', '--format=%H %P%n%B', branch)).toBe(
      [
        `${work.commit} ${site.base}`,
        'feat(w1): the quota',
        '',
        `Dce-Run: ${run}`,
        'Dce-Task: w1-quota',
        'Dce-Attempt: 2',
        'Dce-Specialist: quota',
        '',
      ].join('\n'),
    )
  })

  test('is the same when it is made again after a kill, and replaced when the work went on', async () => {
    const site = await makeSite({ 'a.go': 'a\n' })
    const worktree = await open(site)
    writeFiles(worktree, { 'internal/b.go': 'b\n' })
    const first = await commit(site, worktree)
    expect(await commit(site, worktree)).toEqual(first)
    writeFiles(worktree, { 'internal/c.go': 'c\n' })
    const second = await commit(site, worktree)
    expect(second.kind).toBe('committed')
    expect(second).not.toEqual(first)
  })

  test('is refused once a later attempt has begun, or the caller knows better', async () => {
    const site = await makeSite({ 'a.go': 'a\n' })
    const old = await open(site, 1)
    const current = await open(site, 2)
    writeFiles(old, { 'internal/b.go': 'too late\n' })
    writeFiles(current, { 'internal/b.go': 'in time\n' })
    expect(await commit(site, old, 1)).toEqual({ kind: 'superseded' })
    expect((await site.git.branches('')).get(taskBranch(run, task.id, 1))).toBe(site.base)
    expect(await commit(site, current, 2, () => false)).toEqual({ kind: 'superseded' })
    expect(await commit(site, current, 2)).toMatchObject({ kind: 'committed' })
  })
})

test.each([
  ['dce/r/w1-x', { task: 'w1-x', attempt: 1 }],
  ['dce/r/w1-x-2-a3', { task: 'w1-x-2', attempt: 3 }],
  ['dce/r/wave-1', undefined],
  ['dce/r/pr', undefined],
  ['dce/other/w1-x', undefined],
])('%s belongs to %j', (branch, attempt) => {
  expect(attemptOf(branch, 'r')).toEqual(attempt)
})
