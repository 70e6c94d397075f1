// Publishing into real repositories: what may move, and all that may not change.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { UserFault } from '../../../src/fault.ts'
import { asBranchName, asRepoPath, type BranchName, type Sha } from '../../../src/ids.ts'
import type { Git } from '../../../src/world.ts'
import { type GitDir, gitDirAt, makeGitDir, makeTempDir } from '../../support/git-dir.ts'
import { openGit } from '../../support/open-git.ts'

const branch = asBranchName('dce/r-1/pr')

async function work(git: Git, on: Sha, text = 'new\n', name: BranchName = branch): Promise<Sha> {
  const tree = await git.editTree({ from: await git.treeOf(on), files: new Map([[asRepoPath('new.go'), text]]) })
  const commit = await git.commit({ tree, parents: [on], subject: 'work' })
  await git.moveBranch({ branch: name, to: commit })
  return commit
}

/** All that may not change: HEAD, index, files, status, stash, and every ref but ours. */
function stateOf(repo: GitDir) {
  const index = join(repo.dir, '.git', 'index')
  return {
    head: readFileSync(join(repo.dir, '.git', 'HEAD'), 'utf8'),
    index: readFileSync(index).toString('base64'),
    indexTime: statSync(index).mtimeMs,
    files: readdirSync(repo.dir).sort(),
    refs: repo
      .git('for-each-ref')
      .split('\n')
      .filter((line) => !line.includes('refs/heads/dce/')),
    fetchHead: existsSync(join(repo.dir, '.git', 'FETCH_HEAD')),
    status: repo.git('-c', 'core.checkStat=minimal', '--no-optional-locks', 'status', '--porcelain', '--ignored'),
  }
}

describe('publishing', () => {
  test('brings the branch and touches neither HEAD, index nor checkout of a dirty tree', async () => {
    const repo = makeGitDir({ 'a.go': 'a\n', '.gitignore': '*.log\n' })
    repo.write({ 'a.go': 'dirty\n', 'staged.go': 's\n', 'untracked.go': 'u\n', 'x.log': '' })
    repo.git('add', 'staged.go')
    const git = await openGit(repo.dir)
    const commit = await work(git, repo.head())
    const before = stateOf(repo)
    await git.publish([branch])
    expect(stateOf(repo)).toEqual(before)
    expect(repo.git('rev-parse', branch)).toBe(commit)
    expect(repo.git('show', `${branch}:new.go`)).toBe('new')
    expect(repo.git('fsck', '--strict')).toBe('')
  })

  test('goes forward, goes again, and replaces what it published itself', async () => {
    const repo = makeGitDir()
    const git = await openGit(repo.dir)
    const first = await work(git, repo.head())
    await git.publish([branch])
    await work(git, first, 'second\n')
    await git.publish([branch])
    await git.publish([branch, asBranchName('dce/r-1/no-such-branch')])
    const again = await work(git, repo.head(), 'from the start\n')
    await git.publish([branch])
    expect(repo.git('rev-parse', branch)).toBe(again)
  })

  test('keeps commits of people on the branch', async () => {
    const repo = makeGitDir()
    const git = await openGit(repo.dir)
    await work(git, repo.head())
    await git.publish([branch])
    repo.git('checkout', '--quiet', branch)
    const theirs = repo.commit({ 'mine.go': 'mine\n' })
    repo.git('checkout', '--quiet', 'main')
    await work(git, repo.head(), 'other\n')

    await expect(git.publish([branch])).rejects.toThrow(UserFault)
    await expect(git.publish([branch])).rejects.toThrow('has commits that this run does not have. They are kept.')
    expect(repo.git('rev-parse', branch)).toBe(theirs)

    const on = await work(git, theirs, 'built upon\n')
    await git.publish([branch])
    expect(repo.git('rev-parse', branch)).toBe(on)
  })

  test('keeps a branch of the same name that was never ours', async () => {
    const repo = makeGitDir()
    repo.git('checkout', '--quiet', '-b', branch)
    const theirs = repo.commit({ 'mine.go': 'mine\n' })
    repo.git('checkout', '--quiet', 'main')
    const git = await openGit(repo.dir)
    await work(git, repo.head())
    await expect(git.publish([branch])).rejects.toThrow(UserFault)
    expect(repo.git('rev-parse', branch)).toBe(theirs)
  })

  test('moves nothing when one of several branches may not be moved', async () => {
    const repo = makeGitDir()
    const git = await openGit(repo.dir)
    const other = asBranchName('dce/r-1/wave-1')
    await work(git, repo.head(), 'x\n', other)
    await work(git, repo.head())
    repo.git('checkout', '--quiet', '-b', branch)
    repo.commit({ 'mine.go': 'mine\n' })
    await expect(git.publish([other, branch])).rejects.toThrow(UserFault)
    expect(repo.git('branch', '--list', other)).toBe('')
  })

  test('refuses a branch that is checked out, here or in a linked worktree', async () => {
    const repo = makeGitDir()
    const git = await openGit(repo.dir)
    const first = await work(git, repo.head())
    await git.publish([branch])
    const linked = join(makeTempDir('linked'), 'wt')
    repo.git('worktree', 'add', '--quiet', linked, branch)
    await git.publish([branch])
    await work(git, first, 'next\n')
    await expect(git.publish([branch])).rejects.toThrow(`is checked out in ${linked}`)
    expect(gitDirAt(linked).head()).toBe(first)
  })

  test('into a linked worktree, a bare repository and a submodule reaches the repository behind it', async () => {
    const repo = makeGitDir()
    const linked = join(makeTempDir('linked'), 'wt')
    repo.git('worktree', 'add', '--quiet', '-b', 'side', linked)
    const fromLinked = await openGit(linked)
    const commit = await work(fromLinked, repo.head())
    await fromLinked.publish([branch])
    expect(repo.git('rev-parse', branch)).toBe(commit)

    const bare = join(makeTempDir('bare'), 'x.git')
    repo.git('clone', '--quiet', '--bare', '--single-branch', '--branch=main', repo.dir, bare)
    const fromBare = await openGit(bare)
    const inBare = await work(fromBare, repo.head(), 'bare\n')
    await fromBare.publish([branch])
    expect(gitDirAt(bare).git('rev-parse', branch)).toBe(inBare)
  })

  test('is taken back, but for branches that people built on or stand on', async () => {
    const repo = makeGitDir()
    const git = await openGit(repo.dir)
    const [gone, built, stood] = ['gone', 'built', 'stood'].map((name) => asBranchName(`dce/r-1/${name}`)) as [
      BranchName,
      BranchName,
      BranchName,
    ]
    for (const name of [gone, built, stood]) await work(git, repo.head(), 'x\n', name)
    await git.publish([gone, built, stood])
    repo.git('checkout', '--quiet', built)
    repo.commit({ 'mine.go': 'mine\n' })
    repo.git('checkout', '--quiet', stood)
    expect(await git.unpublish([gone, built, stood, asBranchName('dce/r-1/never')])).toEqual([built, stood])
    expect(repo.git('branch', '--format=%(refname:short)').split('\n')).toEqual([built, stood, 'main'])
  })
})
