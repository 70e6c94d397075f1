// Facts about real repositories before a run, and what a person is told when one is missing.
import { readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { inspectRepository, modulesIn, parseStatus } from '../../../src/adapters/git/inspect-repository.ts'
import { UserFault } from '../../../src/fault.ts'
import { directExec } from '../../support/direct-exec.ts'
import { gitDirAt, makeGitDir, makeTempDir } from '../../support/git-dir.ts'
import { testEnvironment } from '../../support/open-git.ts'

const inspect = (path: string, base?: string) =>
  inspectRepository({ path, exec: directExec, env: testEnvironment(), ...(base === undefined ? {} : { base }) })

describe('what a run has to know of a repository', () => {
  test('is told from any folder inside', async () => {
    const repo = makeGitDir({
      'go.mod': 'module x\n',
      'tools/go.mod': 'module x/tools\n',
      'tools/vendor/modules.txt': '',
      'go.work': 'use .\n',
    })
    expect(await inspect(join(repo.dir, 'tools'))).toEqual({
      root: repo.dir,
      bare: false,
      shallow: false,
      headSha: repo.head(),
      head: { kind: 'branch', name: 'main' },
      base: repo.head(),
      dirtyPaths: [],
      modules: [
        { dir: '.', vendored: false },
        { dir: 'tools', vendored: true },
      ],
      goWork: true,
    })
  })

  test('names what is not committed, as the person ignores it, and leaves the index as it is', async () => {
    const repo = makeGitDir({ 'a.go': 'a\n', 'gone.go': 'g\n', '.gitignore': '*.log\n', 'touched.go': 't\n' })
    const excludes = join(makeTempDir(), 'ignore')
    writeFileSync(excludes, '.idea/\n')
    repo.git('config', '--global', 'core.excludesFile', excludes)
    repo.write({ 'a.go': 'changed\n', 'gone.go': null, 'x.log': '', '.idea/w.xml': '', 'new dir/ü.go': '', 'staged.go': '' })
    repo.git('add', 'staged.go')
    utimesSync(join(repo.dir, 'touched.go'), new Date(0), new Date(0))
    const index = join(repo.dir, '.git', 'index')
    const before = { bytes: readFileSync(index), time: statSync(index).mtimeMs }
    expect((await inspect(repo.dir)).dirtyPaths.toSorted()).toEqual(['a.go', 'gone.go', 'new dir/', 'staged.go'])
    expect({ bytes: readFileSync(index), time: statSync(index).mtimeMs }).toEqual(before)
    repo.git('config', '--global', '--unset', 'core.excludesFile')
  })

  test('holds for a detached HEAD, another base, a bare and a shallow repository', async () => {
    const repo = makeGitDir()
    const first = repo.head()
    const second = repo.commit({ 'a.go': 'a\n' })
    repo.git('checkout', '--quiet', '--detach')
    expect(await inspect(repo.dir, 'main~1')).toMatchObject({ head: { kind: 'detached' }, headSha: second, base: first, modules: [] })

    const copies = makeTempDir('copies')
    repo.git('clone', '--quiet', '--bare', repo.dir, join(copies, 'bare.git'))
    expect(await inspect(join(copies, 'bare.git'))).toMatchObject({ root: join(copies, 'bare.git'), bare: true, dirtyPaths: [] })
    repo.git('clone', '--quiet', '--depth=1', '--branch=main', `file://${repo.dir}`, join(copies, 'shallow'))
    expect(await inspect(join(copies, 'shallow'))).toMatchObject({ shallow: true, headSha: second })
  })

  test('in a linked worktree is told of that worktree', async () => {
    const repo = makeGitDir()
    const linked = join(makeTempDir('linked'), 'wt')
    repo.git('worktree', 'add', '--quiet', '-b', 'side', linked)
    gitDirAt(linked).write({ 'here.go': '' })
    expect(await inspect(linked)).toMatchObject({ root: linked, head: { kind: 'branch', name: 'side' }, dirtyPaths: ['here.go'] })
  })
})

describe('a person is told what is missing:', () => {
  test('a repository', async () => {
    const dir = makeTempDir('plain')
    await expect(inspect(dir)).rejects.toThrow(UserFault)
    await expect(inspect(dir)).rejects.toThrow('is not inside a git repository')
  })

  test('a commit', async () => {
    const dir = makeTempDir('empty')
    gitDirAt(dir).git('init', '--quiet')
    await expect(inspect(dir)).rejects.toThrow(`The repository ${dir} has no commits yet`)
  })

  test('the base, with the branches there are', async () => {
    const repo = makeGitDir()
    await expect(inspect(repo.dir, 'mian')).rejects.toThrow(
      '--base must name a commit of this repository, got "mian". Branches here: main.',
    )
    await expect(inspect(repo.dir, '--help')).rejects.toThrow(UserFault)
  })

  test('git', async () => {
    const looking = inspectRepository({ path: makeTempDir(), exec: directExec, env: { PATH: '/nowhere' } })
    await expect(looking).rejects.toMatchObject({ name: 'UserFault', exitCode: 4 })
  })
})

test('modules that go does not look into are not modules of the repository', () => {
  expect(modulesIn(['x/testdata/go.mod', 'vendor/y/go.mod', '_old/go.mod', '.cache/go.mod', 'sub/go.mod', 'mygo.mod'])).toEqual([
    { dir: 'sub', vendored: false },
  ])
})

test('a status is two letters, a space and the path as it is', () => {
  expect(parseStatus(' M a b.go\0?? "q"/\0')).toEqual(['a b.go', '"q"/'])
})
