// Every wrong input answers with a sentence that says what to do and the right exit code, and leaves the repository as it was.
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, describe, expect, inject, it } from 'vitest'

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'dce-wrong-')))
const cli = inject('cli')
const repo = join(folder, 'repo')
const plain = join(folder, 'plain')
const empty = join(folder, 'empty')
const noModule = join(folder, 'no-module')
/** A repository whose base asks for more than dce can do: settings that are wrong, a Go of the future, folders that lead elsewhere. */
const odd = join(folder, 'odd')
/** What can be run although it looks unusual: several modules, a workspace, vendored code, a shallow clone on a detached HEAD, a dirty tree. */
const unusual = join(folder, 'unusual')
const good = join(folder, 'good.md')
const git = (where: string, ...words: readonly string[]) => execFileSync('git', ['-C', where, ...words], { encoding: 'utf8' }).trim()

function makeRepo(path: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(path, name, '..'), { recursive: true })
    writeFileSync(join(path, name), text)
  }
  execFileSync('git', ['init', '--quiet', path])
  git(path, 'add', '--all')
  git(path, 'commit', '--quiet', '--message', 'first')
}

async function dce(
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: number | null; readonly said: string }> {
  const { ANTHROPIC_API_KEY: _, ANTHROPIC_AUTH_TOKEN: __, ...rest } = process.env
  const child = spawn(process.execPath, [cli, ...words], {
    cwd: folder,
    env: { ...rest, XDG_STATE_HOME: join(folder, 'state'), XDG_CACHE_HOME: join(folder, 'cache'), ...env },
  })
  let said = ''
  child.stdout.on('data', (data) => {
    said += String(data)
  })
  child.stderr.on('data', (data) => {
    said += String(data)
  })
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, said }
}

const snapshot = () => [
  git(repo, 'rev-parse', 'HEAD'),
  git(repo, 'status', '--porcelain'),
  git(repo, 'for-each-ref'),
  readFileSync(join(repo, '.git', 'index')).toString('base64'),
]
let before: readonly string[] = []

beforeAll(() => {
  mkdirSync(plain)
  makeRepo(repo, { 'go.mod': 'module example.test/m\n\ngo 1.21\n', 'm.go': 'package m\n', 'sub/readme.txt': 'x\n' })
  makeRepo(noModule, { 'readme.txt': 'x\n' })
  execFileSync('git', ['init', '--quiet', empty])
  writeFileSync(good, '# Limits\n\n## Requirements\n- R1: The package must have a limit.\n')
  writeFileSync(join(folder, 'empty.md'), '')
  writeFileSync(join(folder, 'binary.md'), Buffer.from([0, 1, 2, 3, 0]))
  writeFileSync(join(folder, 'huge.md'), 'x'.repeat(10 * 1024 * 1024))
  writeFileSync(join(folder, 'no-recording'), 'nothing\n')
  makeOdd()
  makeUnusual()
  before = snapshot()
})

function makeOdd(): void {
  makeRepo(odd, {
    'go.mod': 'module example.test/odd\n\ngo 1.21\n',
    'future/go.mod': 'module example.test/odd/future\n\ngo 1.999\n',
    'internal/a.go': 'package internal\n',
    'sub/.git.keep': '',
  })
  symlinkSync('/tmp', join(odd, 'outside'))
  symlinkSync('internal', join(odd, 'inside'))
  git(odd, 'add', '--all')
  git(odd, 'commit', '--quiet', '--message', 'links')
  git(odd, 'tag', 'sound')
  for (const [tag, text] of Object.entries({
    unknown: 'budget_usd: 5\n\nexecution_mod: parallel\n',
    wrong: '# how many\nmax_parallel: many\n',
    broken: 'gate: [\n',
    escaping: 'output_dir: ../other\n',
  })) {
    mkdirSync(join(odd, '.github'), { recursive: true })
    writeFileSync(join(odd, '.github', 'dce.yml'), text)
    git(odd, 'add', '--all')
    git(odd, 'commit', '--quiet', '--message', tag)
    git(odd, 'tag', tag)
  }
  // What is not committed is not read: this would be refused too.
  writeFileSync(join(odd, '.github', 'dce.yml'), 'nonsense: true\n')
  rmSync(join(odd, 'internal', 'a.go'))
}

function makeUnusual(): void {
  const source = join(folder, 'unusual-source')
  makeRepo(source, {
    'go.work': 'go 1.21\n\nuse (\n\t./api\n\t./lib\n)\n',
    'api/go.mod': 'module example.test/api\n\ngo 1.21\n',
    'api/api.go': 'package api\n',
    'lib/go.mod': 'module example.test/lib\n\ngo 1.21\n',
    'lib/vendor/modules.txt': '',
    'lib/lib.go': 'package lib\n',
  })
  git(source, 'commit', '--quiet', '--allow-empty', '--message', 'second')
  execFileSync('git', ['clone', '--quiet', '--depth', '1', `file://${source}`, unusual])
  git(unusual, 'checkout', '--quiet', '--detach')
  writeFileSync(join(unusual, 'lib', 'lib.go'), 'package lib // not committed\n')
  writeFileSync(join(unusual, 'notes.txt'), 'mine\n')
}

/** A PATH on which git is and go is not. */
function withoutGo(): string {
  const bin = join(folder, 'bin')
  mkdirSync(bin, { recursive: true })
  rmSync(join(bin, 'git'), { force: true })
  symlinkSync(execFileSync('which', ['git'], { encoding: 'utf8' }).trim(), join(bin, 'git'))
  return bin
}

afterEach(() => {
  expect(snapshot()).toEqual(before)
})

describe('dce run refuses, and says what to do', () => {
  it.each<[string, readonly string[], number, RegExp]>([
    ['a missing specification', ['missing.md', '--repo', repo], 2, /no file missing\.md/u],
    ['an empty one', ['empty.md', '--repo', repo], 2, /empty/iu],
    ['a binary one', ['binary.md', '--repo', repo], 2, /binary|text/iu],
    ['one of 10 MB', ['huge.md', '--repo', repo], 2, /10240 KB long.*may have 1024 KB/u],
    ['a folder', ['plain', '--repo', repo], 2, /folder|directory/iu],
    ['a folder that is no repository', [good, '--repo', plain], 2, /repository/u],
    ['a repository without commits', [good, '--repo', empty], 2, /commit/u],
    ['a repository without go.mod', [good, '--repo', noModule], 2, /go\.mod/u],
    ['an unknown mode, with the one that was meant', [good, '--repo', repo, '--mode', 'paralel'], 2, /--mode parallel/u],
    ['an unknown quality', [good, '--repo', repo, '--quality', 'best'], 2, /draft, production, bulletproof/u],
    ['a budget that is no amount', [good, '--repo', repo, '--budget-usd', '-3'], 2, /--budget-usd/u],
    ['too many agents', [good, '--repo', repo, '--max-parallel', '1000'], 2, /from 1 to 100/u],
    ['an unknown flag', [good, '--repo', repo, '--modus', 'x'], 2, /--modus/u],
    ['a base that nobody knows', [good, '--repo', repo, '--base', 'nowhere'], 2, /nowhere/u],
    ['an output folder outside the repository', [good, '--repo', repo, '--output-dir', '../other'], 2, /output_dir/u],
    ['a model that means nothing', [good, '--repo', repo, '--yes', '--model', 'gpt'], 2, /record:FILE or replay:FILE/u],
    ['a recording that is none', [good, '--repo', repo, '--yes', '--model', 'replay:no-recording'], 2, /no-recording/u],
    ['a machine without a key', [good, '--repo', repo, '--yes'], 4, /ANTHROPIC_API_KEY/u],
  ])('%s', async (_, words, code, sentence) => {
    const result = await dce(['run', ...words])
    expect(result.said).toMatch(sentence)
    expect(result.said).not.toMatch(/\n {4}at /u)
    expect(result.code).toBe(code)
  })
})

describe('the base commit', () => {
  it.each<[string, readonly string[], RegExp]>([
    ['an unknown setting, with its line and the one that was meant', ['--base', 'unknown'], /execution_mod.*execution_mode.*line 3/su],
    ['a wrong value, with its line', ['--base', 'wrong'], /max_parallel.*"many".*line 2/su],
    ['what is no YAML, with its line', ['--base', 'broken'], /dce\.yml line \d+ is not YAML/u],
    ['an output folder outside, written there', ['--base', 'escaping'], /output_dir.*inside the repository.*dce\.yml/su],
    ['an output folder that is a link out of the repository', ['--base', 'sound', '--output-dir', 'outside/x'], /outside is a link/u],
    ['one that is a link within it', ['--base', 'sound', '--output-dir', 'inside'], /inside is a link.*Name the folder/su],
    ['one in a .git', ['--base', 'sound', '--output-dir', 'internal/.git/x'], /output_dir/u],
  ])('is refused for %s', async (_, words, sentence) => {
    const result = await dce(['run', good, '--repo', odd, ...words])
    expect(result.said).toMatch(sentence)
    expect(result.said).not.toMatch(/\n {4}at /u)
    expect(result.code).toBe(2)
  })

  it('is what counts, not what lies beside it: a sound one gets as far as the model', async () => {
    const result = await dce(['run', good, '--repo', odd, '--base', 'sound', '--yes'])
    expect(result.said).toContain('Not part of the run: 2 uncommitted paths (.github/dce.yml, internal/a.go)')
    expect(result).toMatchObject({ code: 4, said: expect.stringContaining('ANTHROPIC_API_KEY') })
  })
})

describe('the go of this machine', () => {
  it('that is missing is named, with where to get it', async () => {
    const result = await dce(['run', good, '--repo', repo, '--yes'], { PATH: withoutGo() })
    expect(result).toMatchObject({ code: 4, said: expect.stringMatching(/go could not be run.*https:\/\/go\.dev\/dl/su) })
  })

  it('that is older than the module asks is named before anything is paid, unless another module is meant', async () => {
    const words = ['run', good, '--repo', odd, '--base', 'sound', '--yes', '--output-dir']
    const old = await dce([...words, 'future'], { GOTOOLCHAIN: 'local' })
    expect(old).toMatchObject({ code: 4, said: expect.stringMatching(/future\/go\.mod asks for Go 1\.999, and this machine has 1\.\d/u) })
    expect(old.said).not.toContain('ANTHROPIC_API_KEY')
    expect((await dce([...words, 'internal'], { GOTOOLCHAIN: 'local' })).said).toContain('ANTHROPIC_API_KEY')
  })
})

describe('an unusual repository (shallow, detached, dirty, a workspace of several modules)', () => {
  const state = () => [
    git(unusual, 'rev-parse', 'HEAD'),
    git(unusual, 'status', '--porcelain'),
    git(unusual, 'for-each-ref'),
    readFileSync(join(unusual, '.git', 'HEAD'), 'utf8'),
    readFileSync(join(unusual, '.git', 'shallow'), 'utf8'),
  ]

  it('is told which modules there are when none is meant', async () => {
    const result = await dce(['run', good, '--repo', unusual, '--yes'])
    expect(result).toMatchObject({ code: 2, said: expect.stringMatching(/--output-dir api \(modules: api, lib\)/u) })
  })

  it.each(['api', 'lib'])('gets as far as the model in its module %s, and is left as it is', async (dir) => {
    const untouched = state()
    const result = await dce(['run', good, '--repo', unusual, '--yes', '--output-dir', dir])
    expect(result).toMatchObject({ code: 4, said: expect.stringContaining('ANTHROPIC_API_KEY') })
    expect(result.said).toContain('Not part of the run: 2 uncommitted paths (lib/lib.go, notes.txt)')
    expect(state()).toEqual(untouched)
  })
})

describe('other commands refuse, and say what to do', () => {
  it.each<[string, readonly string[], RegExp]>([
    ['an unknown command, with the one that was meant', ['statu'], /status/u],
    ['a run that is not there', ['status', '--run', 'nobody-000000'], /no run nobody-000000/u],
    ['a repository that has no run', ['status', '--repo', repo], /dce run/u],
    ['skip without a reason', ['skip', 'w1-entity-architect'], /--reason/u],
    ['a budget without an amount', ['budget', 'lots'], /\+5/u],
    ['a mode that is none', ['mode', 'fast'], /parallel, sequential, adaptive/u],
    ['a gate against an unknown base', ['gate', '--repo', repo, '--base', 'nowhere'], /nowhere/u],
    ['a plan file that is missing', ['gate', '--repo', repo, '--plan', 'nope.md'], /nope\.md/u],
  ])('%s', async (_, words, sentence) => {
    const result = await dce(words)
    expect(result.said).toMatch(sentence)
    expect(result.code).toBe(2)
  })
})
