// The first commit of a run and what is left after cleaning one, on real git.
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { asRepoPath, asRunId, taskBranch, waveBranch } from '../../src/ids.ts'
import { cleanRun } from '../../src/wave/clean-run.ts'
import { mergeWave } from '../../src/wave/merge-wave.ts'
import { commitSeams } from '../../src/wave/seams.ts'
import { openWorktree } from '../../src/wave/worktree-of.ts'
import { makePlan } from '../run/simulate.ts'
import { makeSite, owner, run, workOn } from './a-wave.ts'

describe('seams', () => {
  const files = new Map([
    [asRepoPath('go.mod'), 'module x\n\nrequire example.com/y v1.0.0\n'],
    [asRepoPath('quota.go'), 'package x\n\ntype Quota struct{ Burst int }\n'],
  ])

  test('are the first commit of the run, and the same commit when made again', async () => {
    const site = await makeSite({ 'go.mod': 'module x\n' })
    const commit = await commitSeams({ git: site.git, run, base: site.base, files })
    expect(await site.git.listFiles(commit)).toEqual(['go.mod', 'quota.go'])
    expect(await commitSeams({ git: site.git, run, base: site.base, files })).toBe(commit)
    expect((await site.git.branches('')).get(waveBranch(run, 0))).toBe(commit)
    await site.git.publish([waveBranch(run, 0)])
    expect(site.repo.git('log', '-1', '--format=%P %(trailers:key=Dce-Task,valueonly,separator=%x2C)', commit)).toBe(`${site.base} seams`)
  })

  test('that change nothing are the base', async () => {
    const site = await makeSite({ 'go.mod': 'module x\n' })
    expect(await commitSeams({ git: site.git, run, base: site.base, files: new Map() })).toBe(site.base)
    const same = new Map([[asRepoPath('go.mod'), 'module x\n']])
    expect(await commitSeams({ git: site.git, run, base: site.base, files: same })).toBe(site.base)
  })
})

describe('cleaning a run', () => {
  const task = owner('one', 'one/')

  async function used() {
    const site = await makeSite({ 'a.go': 'package a\n' })
    const work = await workOn(site, { task, files: { 'one/a.go': 'package one\n' } })
    const merged = await mergeWave({ git: site.git, run, wave: 1, plan: makePlan([task]), onto: site.base, tasks: [work] })
    if (merged.kind !== 'merged') throw new Error('not merged')
    await site.git.publish([waveBranch(run, 1)])
    const other = asRunId('other-123456')
    await openWorktree({ git: site.git, worktreesDir: site.worktreesDir, name: { run: other, task: task.id, attempt: 1 }, base: site.base })
    return { site, other }
  }

  test('of its work leaves what was merged, and other runs', async () => {
    const { site, other } = await used()
    const cleaned = await cleanRun({ git: site.git, worktreesDir: site.worktreesDir, run, what: 'work' })
    expect(cleaned).toEqual({
      worktrees: [join(site.worktreesDir, run, 'w1-one-a1')],
      branches: [taskBranch(run, task.id, 1)],
      kept: [],
    })
    expect([...(await site.git.branches('')).keys()]).toEqual([taskBranch(other, task.id, 1), waveBranch(run, 1)])
    expect(readdirSync(site.worktreesDir)).toEqual([other])
    expect(existsSync(join(site.worktreesDir, other, 'w1-one-a1', 'a.go'))).toBe(true)
  })

  test('of everything takes the published branches too, unless people built on them; twice is once', async () => {
    const { site } = await used()
    const everything = () => cleanRun({ git: site.git, worktreesDir: site.worktreesDir, run, what: 'everything' })
    expect((await everything()).kept).toEqual([])
    expect(site.repo.git('branch', '--format=%(refname:short)')).toBe('main')
    expect(await everything()).toEqual({ worktrees: [], branches: [], kept: [] })

    const again = await used()
    again.site.repo.git('checkout', '--quiet', waveBranch(run, 1))
    const mine = again.site.repo.commit({ 'mine.go': 'package a\n' })
    const cleaned = await cleanRun({ git: again.site.git, worktreesDir: again.site.worktreesDir, run, what: 'everything' })
    expect(cleaned.kept).toEqual([waveBranch(run, 1)])
    expect(again.site.repo.head()).toBe(mine)
  })
})
