// What stays and answers: on real git, with what others write meanwhile, and when the process is killed.
import { execFileSync } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { deflateSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { gitEnvironment } from '../../../src/adapters/git/git-environment.ts'
import { openReader } from '../../../src/adapters/git/reader.ts'
import { makeGitDir, writeFiles } from '../../support/git-dir.ts'

const open = (repo: string) => openReader({ dir: `${repo}/.git`, env: gitEnvironment({ PATH: process.env['PATH'] ?? '' }) })
const git = (repo: string, ...words: readonly string[]) => execFileSync('git', ['-C', repo, ...words], { encoding: 'utf8' }).trim()

/** The git processes that work in this folder. */
function processesIn(repo: string): readonly number[] {
  const found = execFileSync('sh', [
    '-c',
    `for p in /proc/[0-9]*; do [ "$(readlink $p/cwd)" = "${repo}/.git" ] && echo \${p#/proc/}; done; true`,
  ])
  return String(found).trim().split('\n').filter(Boolean).map(Number)
}

describe('a reader of a repository', () => {
  test('tells texts, sizes and what is not there, by any name', async () => {
    const { dir: repo } = makeGitDir({ 'a.go': 'hällo\n', 'empty.go': '', 'dir/with\nbreak.go': 'x', 'big.txt': 'y'.repeat(300_000) })
    const reader = open(repo)
    expect(
      await Promise.all(['HEAD:a.go', 'HEAD:empty.go', 'HEAD:dir', 'HEAD:no\nsuch.go', 'HEAD:dir/with\nbreak.go'].map(reader.text)),
    ).toEqual(['hällo\n', '', undefined, undefined, 'x'])
    expect(await reader.text('HEAD:big.txt')).toHaveLength(300_000)
    expect(await reader.info('refs/heads/no-such')).toBeUndefined()
    expect(await reader.info('HEAD:a.go')).toMatchObject({ type: 'blob', size: 7 })
  })

  test('sees commits, branches and moves that others make after it was opened', async () => {
    const { dir: repo } = makeGitDir({ 'a.go': 'one\n' })
    const reader = open(repo)
    expect(await reader.text('HEAD:a.go')).toBe('one\n')
    const [before] = [await reader.info('HEAD^{tree}')]
    writeFiles(repo, { 'a.go': 'two\n' })
    git(repo, 'commit', '--quiet', '--all', '--message', 'two')
    git(repo, 'branch', 'new')
    expect(await reader.text('HEAD:a.go')).toBe('two\n')
    expect((await reader.info('refs/heads/new'))?.object).toBe(git(repo, 'rev-parse', 'HEAD'))
    const after = await reader.info('refs/heads/new^{tree}')
    expect(await reader.rawDiffs([{ from: before?.object ?? '', to: after?.object ?? '' }])).toContain('M\0a.go\0')
    git(repo, 'pack-refs', '--all')
    git(repo, 'repack', '-adq')
    git(repo, 'branch', '--force', 'new', 'HEAD~1')
    expect(await reader.text('new:a.go')).toBe('one\n')
  })

  test('tells pairs without changes apart, and many questions at once', async () => {
    const { dir: repo } = makeGitDir({ 'a.go': 'one\n' })
    const reader = open(repo)
    const tree = git(repo, 'rev-parse', 'HEAD^{tree}')
    expect(await reader.rawDiffs([{ from: tree, to: tree }])).toBe(`${tree} ${tree}\n`)
    const texts = await Promise.all(Array.from({ length: 200 }, (_, index) => reader.text(index % 2 === 0 ? 'HEAD:a.go' : `HEAD:${index}`)))
    expect(new Set(texts.filter((_, index) => index % 2 === 0))).toEqual(new Set(['one\n']))
    expect(new Set(texts.filter((_, index) => index % 2 === 1))).toEqual(new Set([undefined]))
  })

  test('a killed process is replaced, and a question that puts it off its step fails alone', async () => {
    const { dir: repo } = makeGitDir({ 'a.go': 'one\n', 'b.go': 'bad\n' })
    const reader = open(repo)
    await reader.text('HEAD:a.go')
    for (const pid of processesIn(repo)) process.kill(pid, 'SIGKILL')
    expect(await reader.text('HEAD:a.go')).toBe('one\n')
    const blob = git(repo, 'rev-parse', 'HEAD:b.go')
    const file = `${repo}/.git/objects/${blob.slice(0, 2)}/${blob.slice(2)}`
    chmodSync(file, 0o600)
    // Half of what its head says.
    writeFileSync(file, deflateSync('blob 4\0ba'))
    const [bad, good] = [reader.text('HEAD:b.go'), reader.text('HEAD:a.go')]
    await expect(bad).rejects.toThrow('HEAD:b.go is damaged and could not be read')
    expect(await good).toBe('one\n')
  })

  test('ends with whoever asked, however that ends', async () => {
    const { dir: repo } = makeGitDir({ 'a.go': 'one\n' })
    const script = `
      import { openReader } from ${JSON.stringify(new URL('../../../src/adapters/git/reader.ts', import.meta.url).href)}
      const reader = openReader({ dir: ${JSON.stringify(`${repo}/.git`)}, env: { PATH: process.env.PATH } })
      console.log(await reader.text('HEAD:a.go'))
      if (process.argv[1] === 'killed') process.kill(process.pid, 'SIGKILL')`
    const run = (word: string) => execFileSync('sh', ['-c', '"$0" --input-type=module -e "$1" "$2"; true', process.execPath, script, word])
    for (const word of ['killed', 'by itself']) {
      expect(String(run(word))).toContain('one')
      await expect.poll(() => processesIn(repo)).toEqual([])
    }
  })
})
