// Worktrees on real git: what becomes part of a tree, what does not, and that nothing of the target is executed.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { nestedRepositories, parseWorktrees } from '../../../src/adapters/git/worktrees.ts'
import type { Sha } from '../../../src/ids.ts'
import type { Git } from '../../../src/world.ts'
import { type Files, makeGitDir, makeTempDir, writeFiles } from '../../support/git-dir.ts'
import { openGit } from '../../support/open-git.ts'

const place = (name = 'one') => join(makeTempDir('worktrees'), name)

async function checkedOut(files: Files, config: readonly (readonly [string, string])[] = []) {
  const repo = makeGitDir(files)
  for (const [key, value] of config) repo.git('config', key, value)
  const git = await openGit(repo.dir)
  const path = place()
  await git.addWorktree({ path, commit: repo.head() })
  return { repo, git, path, base: repo.head() }
}

const changed = async (git: Git, base: Sha, path: string) =>
  (await git.changes({ from: base, to: await git.writeTree(path) })).map(({ path: name, change }) => `${change} ${name}`)

describe('worktrees', () => {
  test('five can be made at the same time, each whole and detached', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 200 }, (_, index) => [`pkg${index % 20}/file${index}.go`, `package pkg${index % 20}\n`]),
    )
    const repo = makeGitDir(many)
    const git = await openGit(repo.dir)
    const paths = [1, 2, 3, 4, 5].map((number) => place(`task-a${number}`))
    await Promise.all(paths.map((path) => git.addWorktree({ path, commit: repo.head() })))
    for (const path of paths) {
      expect(await git.writeTree(path)).toBe(await git.treeOf(repo.head()))
      expect(readFileSync(join(path, 'pkg7/file7.go'), 'utf8')).toBe('package pkg7\n')
    }
    expect(await git.branches('')).toEqual(new Map())
  })

  test('can be made again where a folder was deleted by hand', async () => {
    const { git, path, base } = await checkedOut({ 'a.go': 'package a\n' })
    rmSync(path, { recursive: true })
    await git.addWorktree({ path, commit: base })
    expect(existsSync(join(path, 'a.go'))).toBe(true)
  })

  test('can be made again where a process was killed while git made them: locked, and without their folder', async () => {
    const { git, path, base } = await checkedOut({ 'a.go': 'package a\n' })
    const admin = readFileSync(join(path, '.git'), 'utf8').replace('gitdir: ', '').trim()
    rmSync(path, { recursive: true })
    writeFileSync(join(admin, 'locked'), 'initializing')
    await git.removeWorktree(path)
    await git.addWorktree({ path, commit: base })
    expect(await git.writeTree(path)).toBe(await git.treeOf(base))
  })

  test('are gone after removal, with everything git knew of them', async () => {
    const { git, path, base } = await checkedOut({ 'a.go': 'package a\n' })
    await git.removeWorktree(path)
    expect(existsSync(path)).toBe(false)
    const listed = execFileSync('git', ['worktree', 'list', '--porcelain', '-z'], { cwd: git.dir, encoding: 'utf8' })
    expect(parseWorktrees(listed)).toHaveLength(1)
    await git.removeWorktree(path)
    await git.addWorktree({ path, commit: base })
  })

  test('are not lost with another that names their record as its own', async () => {
    const { git, path, base } = await checkedOut({ 'a.go': 'package a\n' })
    const thief = place('thief')
    await git.addWorktree({ path: thief, commit: base })
    writeFileSync(join(thief, '.git'), readFileSync(join(path, '.git'), 'utf8'))
    await git.removeWorktree(thief)
    writeFiles(path, { 'b.go': 'package a\n' })
    expect(await changed(git, base, path)).toEqual(['added b.go'])
    const listed = execFileSync('git', ['worktree', 'list', '--porcelain', '-z'], { cwd: git.dir, encoding: 'utf8' })
    expect(parseWorktrees(listed).map((worktree) => worktree.path)).toContain(path)
  })

  test('refuse a folder that holds something', async () => {
    const { git, base } = await checkedOut({ 'a.go': 'package a\n' })
    const path = place()
    writeFiles(path, { 'mine.txt': 'mine' })
    await expect(git.addWorktree({ path, commit: base })).rejects.toMatchObject({ name: 'WorldFault', service: 'git' })
    expect(readFileSync(join(path, 'mine.txt'), 'utf8')).toBe('mine')
  })
})

describe('writeTree', () => {
  test('takes additions, changes, deletions, modes, links and odd names', async () => {
    const { git, path, base } = await checkedOut({
      'a.go': 'package a\n',
      'old.go': 'package a\n',
      'run.sh': '#!/bin/sh\n',
      'same.go': 'x',
    })
    writeFiles(path, {
      'a.go': 'package a // changed\n',
      'old.go': null,
      'run.sh': { executable: '#!/bin/sh\n' },
      'with space/ü 日本.go': 'package ü\n',
      'quo"te\\n.txt': 'q',
      ':(top)x*': 'looks like a pathspec',
      'link.go': { linkTo: 'a.go' },
      'crlf.txt': 'one\r\ntwo\r\n',
    })
    const tree = await git.writeTree(path)
    const changes = await git.changes({ from: base, to: tree })
    expect(changes.map(({ path: name, change, newMode }) => [name, change, newMode])).toEqual([
      [':(top)x*', 'added', '100644'],
      ['a.go', 'modified', '100644'],
      ['crlf.txt', 'added', '100644'],
      ['link.go', 'added', '120000'],
      ['old.go', 'deleted', undefined],
      ['quo"te\\n.txt', 'added', '100644'],
      ['run.sh', 'modified', '100755'],
      ['with space/ü 日本.go', 'added', '100644'],
    ])
    for (const name of ['crlf.txt', 'with space/ü 日本.go', ':(top)x*'] as const) {
      const change = changes.find((candidate) => candidate.path === name)
      expect(await git.readFile({ at: tree, path: change?.path ?? ('' as never) })).toBe(readFileSync(join(path, name), 'utf8'))
    }
  })

  test('leaves ignored files out, but keeps those that are tracked although ignored', async () => {
    const repo = makeGitDir({ 'a.go': 'package a\n' })
    repo.write({ '.gitignore': '*.log\nbuild/\n', 'kept.log': 'tracked\n' })
    repo.git('add', '-f', '.gitignore', 'kept.log')
    repo.git('commit', '--quiet', '-m', 'ignore')
    const git = await openGit(repo.dir)
    const path = place()
    await git.addWorktree({ path, commit: repo.head() })
    writeFiles(path, { 'debug.log': 'x', 'build/out': 'x', 'kept.log': 'changed\n', 'b.go': 'package a\n' })
    expect(await changed(git, repo.head(), path)).toEqual(['added b.go', 'modified kept.log'])

    rmSync(join(git.dir, 'dce-index'), { recursive: true })
    expect(await changed(git, repo.head(), path)).toEqual(['added b.go', 'modified kept.log'])
  })

  test('sees a change of the same size in the second of the checkout', async () => {
    const { git, path, base } = await checkedOut({ 'a.go': 'package a // 1\n' })
    for (const digit of [2, 3, 4]) {
      writeFileSync(join(path, 'a.go'), `package a // ${digit}\n`)
      const tree = await git.writeTree(path)
      const [change] = await git.changes({ from: base, to: tree })
      expect(await git.readFile({ at: tree, path: change?.path ?? ('' as never) })).toBe(`package a // ${digit}\n`)
    }
  })

  test('can be asked from many sides at once, and survives a lock of a killed process', async () => {
    const { git, path } = await checkedOut({ 'a.go': 'package a\n' })
    writeFiles(path, { 'b.go': 'package a\n' })
    const first = await git.writeTree(path)
    const indexes = execFileSync('ls', [join(git.dir, 'dce-index')], { encoding: 'utf8' }).trim()
    writeFileSync(join(git.dir, 'dce-index', `${indexes}.lock`), '')
    expect(new Set(await Promise.all([1, 2, 3, 4].map(() => git.writeTree(path))))).toEqual(new Set([first]))
  })

  test("does not touch the worktree's own index", async () => {
    const { git, path } = await checkedOut({ 'a.go': 'package a\n' })
    const own = join(readFileSync(join(path, '.git'), 'utf8').replace('gitdir: ', '').trim(), 'index')
    const before = readFileSync(own)
    writeFiles(path, { 'b.go': 'package a\n', 'a.go': null })
    await git.writeTree(path)
    expect(readFileSync(own).equals(before)).toBe(true)
  })

  test('leaves a submodule as it is, whether its folder is empty, filled or turned into a repository', async () => {
    const inner = makeGitDir({ 'inner.go': 'package inner\n' })
    const repo = makeGitDir({ 'a.go': 'package a\n' })
    repo.git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', inner.dir, 'third')
    repo.git('commit', '--quiet', '-m', 'submodule')
    const git = await openGit(repo.dir)
    const path = place()
    await git.addWorktree({ path, commit: repo.head() })
    expect(await changed(git, repo.head(), path)).toEqual([])
    execFileSync('git', ['init', '--quiet'], { cwd: join(path, 'third') })
    writeFiles(path, { 'third/x.go': 'package x\n', 'b.go': 'package a\n' })
    expect(await changed(git, repo.head(), path)).toEqual(['added b.go'])
  })

  test("does not take the run's own notes", async () => {
    const { git, path, base } = await checkedOut({ 'a.go': 'package a\n', '.claude/context/progress.md': 'theirs\n' })
    writeFiles(path, { '.claude/context/progress.md': 'ours\n', '.claude/context/plan.md': 'ours\n', '.claude/settings.json': '{}' })
    expect(await changed(git, base, path)).toEqual(['added .claude/settings.json'])
  })
})

describe('resetWorktree', () => {
  test('makes the files exactly those of the tree: changes, additions, ignored files and nested repositories go', async () => {
    const { git, path, base } = await checkedOut({ 'a.go': 'package a\n', '.gitignore': 'bin/\n', 'dir/b.go': 'package b\n' })
    writeFiles(path, { 'c.go': 'package a\n' })
    const tree = await git.writeTree(path)
    writeFiles(path, { 'a.go': 'broken', 'c.go': null, 'dir/b.go': null, 'bin/tool': 'x', 'new.go': 'x' })
    mkdirSync(join(path, 'nested'))
    execFileSync('git', ['init', '--quiet'], { cwd: join(path, 'nested') })
    await git.resetWorktree({ path, tree })
    expect(await git.writeTree(path)).toBe(tree)
    expect(readFileSync(join(path, 'a.go'), 'utf8')).toBe('package a\n')
    for (const gone of ['bin', 'new.go', 'nested']) expect(existsSync(join(path, gone))).toBe(false)
    expect(await changed(git, base, path)).toEqual(['added c.go'])
  })

  test('does not write through a link that took the place of a folder', async () => {
    const { git, path, base } = await checkedOut({ 'dir/b.go': 'package b\n' })
    const outside = makeTempDir('outside')
    rmSync(join(path, 'dir'), { recursive: true })
    symlinkSync(outside, join(path, 'dir'))
    await git.resetWorktree({ path, tree: await git.treeOf(base) })
    expect(existsSync(join(outside, 'b.go'))).toBe(false)
    expect(statSync(join(path, 'dir')).isDirectory()).toBe(true)
  })
})

describe('nothing of the target is executed', () => {
  const proof = join(makeTempDir('proof'), 'executed')
  const trap = `sh -c 'echo ran >> ${proof}; cat'`
  const hooks = Object.fromEntries(
    ['post-checkout', 'pre-commit', 'post-commit', 'reference-transaction', 'post-index-change', 'post-merge', 'pre-auto-gc'].map(
      (hook) => [`.githooks/${hook}`, { executable: `#!/bin/sh\necho ${hook} >> ${proof}\n` }],
    ),
  )

  test('neither hooks nor filters, drivers or monitors, and bytes stay as they are', async () => {
    const { repo, git, path, base } = await checkedOut(
      {
        ...hooks,
        '.gitattributes': '*.go filter=trap diff=trap merge=trap text eol=crlf ident\n*.bin filter=lfs diff=lfs merge=lfs -text\n',
        'a.go': 'package a // $Id$\n',
        'big.bin': 'version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 1\n',
      },
      [
        ['core.hooksPath', '.githooks'],
        ['filter.trap.smudge', trap],
        ['filter.trap.process', trap],
        ['diff.trap.command', trap],
        ['diff.trap.textconv', trap],
        ['merge.trap.driver', trap],
        ['core.fsmonitor', trap],
        ['diff.external', trap],
      ],
    )
    rmSync(proof, { force: true })
    expect(readFileSync(join(path, 'a.go'), 'utf8')).toBe('package a // $Id$\n')
    writeFiles(path, { 'a.go': 'package a\r\n', 'big.bin': 'changed' })
    const tree = await git.writeTree(path)
    const commit = await git.commit({ tree, parents: [base], subject: 'work' })
    await git.diff({ from: base, to: commit, maxBytes: 10_000 })
    await git.mergeTrees({ ours: base, theirs: commit })
    await git.moveBranch({ branch: 'dce/r/t' as never, to: commit, expected: null })
    await git.publish(['dce/r/t' as never])
    await git.resetWorktree({ path, tree })
    expect(readFileSync(join(path, 'a.go'), 'utf8')).toBe('package a\r\n')
    expect(existsSync(proof)).toBe(false)
    expect(repo.git('rev-parse', 'dce/r/t')).toBe(commit)
  })

  test('nor what an agent configured in a repository inside its worktree, or behind a forged .git file', async () => {
    const { git, path, base } = await checkedOut({ 'a.go': 'package a\n' })
    const nested = join(path, 'internal', 'nested')
    mkdirSync(nested, { recursive: true })
    execFileSync('git', ['init', '--quiet'], { cwd: nested })
    writeFiles(nested, { 'x.go': 'package x\n' })
    execFileSync('git', ['add', '.'], { cwd: nested })
    execFileSync('git', ['commit', '--quiet', '-m', 'x'], { cwd: nested })
    execFileSync('git', ['config', 'core.fsmonitor', trap], { cwd: nested })
    writeFileSync(join(path, '.git'), `gitdir: ${join(nested, '.git')}\n`)
    rmSync(proof, { force: true })
    expect(await nestedRepositories(path)).toEqual(['internal/nested'])
    writeFiles(path, { 'b.go': 'package a\n' })
    expect(await changed(git, base, path)).toEqual(['added b.go'])
    await git.resetWorktree({ path, tree: await git.treeOf(base) })
    await git.removeWorktree(path)
    expect(existsSync(proof)).toBe(false)
  })
})
