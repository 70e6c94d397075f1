// Every wrong input answers with a sentence that says what to do and the right exit code, and leaves the repository as it was.
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'dce-wrong-')))
const cli = new URL('../../src/cli.ts', import.meta.url).pathname
const repo = join(folder, 'repo')
const plain = join(folder, 'plain')
const empty = join(folder, 'empty')
const noModule = join(folder, 'no-module')
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
  before = snapshot()
})

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
