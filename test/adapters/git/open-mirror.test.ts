// Mirrors of real repositories: shallow, partial, linked, shared, bare, foreign; opened by many at once, and after kills.
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openMirror } from '../../../src/adapters/git/open-mirror.ts'
import { UserFault } from '../../../src/fault.ts'
import { asBranchName, asRepoPath } from '../../../src/ids.ts'
import { directExec } from '../../support/direct-exec.ts'
import { gitDirAt, makeGitDir, makeTempDir } from '../../support/git-dir.ts'
import { openGit, quietLog } from '../../support/open-git.ts'

const readme = asRepoPath('README.md')

describe('the mirror of a repository', () => {
  test('knows HEAD, branches, tags, remote branches and commits by the names the person uses', async () => {
    const repo = makeGitDir()
    const first = repo.head()
    repo.git('tag', '-a', 'v1.0', '-m', 'one')
    const second = repo.commit({ 'a.go': 'package a\n' })
    repo.git('update-ref', 'refs/remotes/origin/trunk', first)
    const git = await openGit(repo.dir)

    expect(await git.resolve('main')).toBe(second)
    expect(await git.resolve('HEAD')).toBe(second)
    expect(await git.resolve('HEAD~1')).toBe(first)
    expect(await git.resolve('v1.0')).toBe(first)
    expect(await git.resolve('origin/trunk')).toBe(first)
    expect(await git.resolve(second)).toBe(second)
    expect(await git.resolve('no-such-branch')).toBeUndefined()
    expect(await git.resolve('--all')).toBeUndefined()
  })

  test('links objects instead of copying them', async () => {
    const repo = makeGitDir()
    const git = await openGit(repo.dir)
    const blob = repo.git('rev-parse', 'HEAD:README.md')
    const inode = (dir: string) => statSync(join(dir, 'objects', blob.slice(0, 2), blob.slice(2))).ino
    expect(inode(git.dir)).toBe(inode(join(repo.dir, '.git')))
  })

  test('opens from a folder inside, and once for all linked worktrees of a repository', async () => {
    const repo = makeGitDir({ 'internal/a.go': 'package a\n' })
    const linked = join(makeTempDir('linked'), 'wt')
    repo.git('worktree', 'add', '--quiet', '-b', 'side', linked)
    const inLinked = gitDirAt(linked).commit({ 'b.go': 'package b\n' })
    const cache = makeTempDir('cache')

    const main = await openGit(join(repo.dir, 'internal'), cache)
    const side = await openGit(linked, cache)
    expect(side.dir).toBe(main.dir)
    expect(await side.resolve('HEAD')).toBe(inLinked)
  })

  test('opens a submodule as the repository it is', async () => {
    const inner = makeGitDir({ 'inner.go': 'package inner\n' })
    const outer = makeGitDir()
    outer.git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', inner.dir, 'third')
    const git = await openGit(join(outer.dir, 'third'))
    expect(await git.listFiles((await git.resolve('HEAD')) ?? '')).toEqual(['inner.go'])
  })

  test('sees what came since, drops what went, and follows a branch that became a folder of branches', async () => {
    const repo = makeGitDir()
    repo.git('branch', 'topic')
    const cache = makeTempDir('cache')
    await openGit(repo.dir, cache)
    repo.git('branch', '-m', 'topic', 'topic/one')
    repo.git('gc', '--quiet')
    const next = repo.commit({ 'new.go': 'package a\n' })

    const git = await openGit(repo.dir, cache)
    expect(await git.resolve('main')).toBe(next)
    expect(await git.resolve('topic')).toBeUndefined()
    expect(await git.resolve('topic/one')).toBeDefined()
  })

  test('finds a commit that no branch names, and one made after it was opened', async () => {
    const repo = makeGitDir()
    const git = await openGit(repo.dir)
    const later = repo.commit({ 'x.go': 'package x\n' })
    repo.git('reset', '--quiet', '--hard', 'HEAD~1')
    expect(await git.resolve(later)).toBe(later)
  })

  test('lives on when the repository forgets: its objects stay', async () => {
    const repo = makeGitDir()
    const lost = repo.commit({ 'kept.go': 'package kept\n' })
    const git = await openGit(repo.dir)
    repo.git('reset', '--quiet', '--hard', 'HEAD~1')
    repo.git('reflog', 'expire', '--expire=now', '--all')
    repo.git('gc', '--quiet', '--prune=now')
    expect(await git.readFile({ at: lost, path: asRepoPath('kept.go') })).toBe('package kept\n')
  })

  test('takes objects from the alternates of a shared clone', async () => {
    const origin = makeGitDir()
    const shared = join(makeTempDir('shared'), 'clone')
    origin.git('clone', '--quiet', '--shared', origin.dir, shared)
    const git = await openGit(shared)
    rmSync(join(origin.dir, '.git'), { recursive: true })
    expect(await git.readFile({ at: 'refs/user/HEAD', path: readme })).toBe('base\n')
  })

  test('works from a detached HEAD and from a bare repository', async () => {
    const repo = makeGitDir()
    repo.git('checkout', '--quiet', '--detach')
    const detached = repo.commit({ 'd.go': 'package d\n' })
    const bare = join(makeTempDir('bare'), 'x.git')
    repo.git('clone', '--quiet', '--bare', repo.dir, bare)
    expect(await (await openGit(repo.dir)).resolve('HEAD')).toBe(detached)
    expect(await (await openGit(bare)).resolve('HEAD')).toBe(detached)
  })

  test('names the folder when there is no repository', async () => {
    const dir = makeTempDir('plain')
    const opening = openGit(dir)
    await expect(opening).rejects.toThrow(UserFault)
    await expect(opening).rejects.toThrow(`${dir} is not inside a git repository. Run dce inside a clone`)
  })

  test('says that git is missing', async () => {
    const opening = openMirror({ repo: makeTempDir(), cacheDir: makeTempDir(), exec: directExec, log: quietLog, env: { PATH: '/nowhere' } })
    await expect(opening).rejects.toMatchObject({ name: 'UserFault', exitCode: 4 })
  })
})

describe('a shallow clone', () => {
  const shallowClone = () => {
    const origin = makeGitDir()
    origin.commit({ 'a.go': 'package a\n' })
    origin.commit({ 'b.go': 'package b\n' })
    const dir = join(makeTempDir('shallow'), 'clone')
    origin.git('clone', '--quiet', '--depth=1', `file://${origin.dir}`, dir)
    return { origin, clone: gitDirAt(dir) }
  }

  test('gives commits, worktrees and merges within what is there', async () => {
    const { clone } = shallowClone()
    const git = await openGit(clone.dir)
    const base = clone.head()
    const path = join(makeTempDir('wt'), 'one')
    await git.addWorktree({ path, commit: base })
    writeFileSync(join(path, 'c.go'), 'package c\n')
    const commit = await git.commit({ tree: await git.writeTree(path), parents: [base], subject: 'c' })
    expect((await git.mergeTrees({ ours: base, theirs: commit })).kind).toBe('merged')
    expect(await git.mergeBase(base, commit)).toBe(base)
  })

  test('that was completed later is whole in the mirror too', async () => {
    const { origin, clone } = shallowClone()
    const cache = makeTempDir('cache')
    const first = await openGit(clone.dir, cache)
    expect(await first.resolve('HEAD~2')).toBeUndefined()
    clone.git('fetch', '--quiet', '--unshallow')
    const git = await openGit(clone.dir, cache)
    expect(await git.resolve('HEAD~2')).toBe(origin.git('rev-parse', 'HEAD~2'))
    expect(readdirSync(git.dir)).not.toContain('shallow')
  })

  test('receives published branches and stays shallow where it was', async () => {
    const { clone } = shallowClone()
    const git = await openGit(clone.dir)
    const ends = readFileSync(join(clone.dir, '.git', 'shallow'), 'utf8')
    const commit = await git.commit({ tree: await git.treeOf(clone.head()), parents: [clone.head()], subject: 'work' })
    const branch = asBranchName('dce/r/pr')
    await git.moveBranch({ branch, to: commit, expected: null })
    await git.publish([branch])
    expect(clone.git('rev-parse', 'dce/r/pr')).toBe(commit)
    expect(readFileSync(join(clone.dir, '.git', 'shallow'), 'utf8')).toBe(ends)
  })
})

test('a partial clone lends its missing blobs when they are needed', async () => {
  const origin = makeGitDir({ 'old.go': 'package old\n' })
  origin.git('config', 'uploadpack.allowFilter', 'true')
  origin.git('config', 'uploadpack.allowAnySHA1InWant', 'true')
  const first = origin.head()
  origin.commit({ 'old.go': 'package renewed\n' })
  const dir = join(makeTempDir('partial'), 'clone')
  origin.git('clone', '--quiet', '--filter=blob:none', `file://${origin.dir}`, dir)
  const git = await openGit(dir)
  const path = join(makeTempDir('wt'), 'one')
  await git.addWorktree({ path, commit: first })
  expect(readFileSync(join(path, 'old.go'), 'utf8')).toBe('package old\n')
})

test('five processes that open one mirror at once wait for each other and all succeed', async () => {
  const repo = makeGitDir()
  const cache = makeTempDir('cache')
  const mirrors = await Promise.all([1, 2, 3, 4, 5].map(() => openGit(repo.dir, cache)))
  expect(new Set(mirrors.map((git) => git.dir)).size).toBe(1)
  expect(readdirSync(join(cache, 'mirrors'))).toHaveLength(1)
})

test('what a killed process left half-made, and its lock, do not stand in the way', async () => {
  const repo = makeGitDir()
  const cache = makeTempDir('cache')
  const { dir } = await openGit(repo.dir, cache)
  rmSync(dir, { recursive: true })
  mkdirSync(`${dir}.unfinished`)
  writeFileSync(join(`${dir}.unfinished`, 'HEAD'), 'rubbish')
  // A process number that Linux never gives out.
  writeFileSync(`${dir}.lock`, `4194305 ${hostname()} x\n`)
  const git = await openGit(repo.dir, cache)
  expect(await git.resolve('main')).toBe(repo.head())
})

test('a repository copied to another place gets a mirror of its own', async () => {
  const repo = makeGitDir()
  const copy = join(makeTempDir('copy'), 'repo')
  cpSync(repo.dir, copy, { recursive: true })
  const cache = makeTempDir('cache')
  const [one, two] = [await openGit(repo.dir, cache), await openGit(copy, cache)]
  expect(one.dir).not.toBe(two.dir)
})
