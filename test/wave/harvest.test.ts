// What may leave a worktree: real trees through the harvest, tables of paths and secrets, one property.
import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Assignment } from '../../src/agent/attempt.ts'
import { asRepoPath } from '../../src/ids.ts'
import { checkChanges, harvestLimits } from '../../src/wave/check-changes.ts'
import { findSecrets } from '../../src/wave/find-secrets.ts'
import { type Harvest, harvest } from '../../src/wave/harvest.ts'
import { whyProtected } from '../../src/wave/protected-paths.ts'
import { openWorktree } from '../../src/wave/worktree-of.ts'
import { makePlan } from '../run/simulate.ts'
import { type Files, writeFiles } from '../support/git-dir.ts'
import { assign, makeSite, owner, run } from './a-wave.ts'

const quota = owner('quota', 'internal/quota/', 'link', 'go.mod', '.github/workflows/ci.yml')
const tests = owner('tests', 'internal/quota/*_test.go')
const plan = makePlan([quota, tests])
// Put together here, so that no scanner stumbles over this file.
const token = ['ghp', 'wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx'].join('_')

async function harvested(
  files: Files,
  more: {
    readonly base?: Files
    readonly assignment?: Partial<Assignment>
    readonly limits?: typeof harvestLimits
    readonly spoil?: (worktree: string) => void
  } = {},
) {
  const site = await makeSite({
    'go.mod': 'module x\n',
    'main.go': 'package main\n',
    'internal/quota/old.go': 'package quota\n',
    ...more.base,
  })
  const worktree = await openWorktree({
    git: site.git,
    worktreesDir: site.worktreesDir,
    name: { run, task: quota.id, attempt: 1 },
    base: site.base,
  })
  writeFiles(worktree, files)
  more.spoil?.(worktree)
  const assignment = assign(plan, quota, site.base, more.assignment)
  const result = await harvest({ git: site.git, worktree, assignment, ...(more.limits === undefined ? {} : { limits: more.limits }) })
  return { ...site, result }
}

const faultsOf = (result: Harvest) => (result.kind === 'clean' ? [] : result.faults.map(({ path, reason }) => `${path} ${reason}`))

describe('a harvest takes', () => {
  test('what the task owns: created, changed, deleted, executable, with odd names, as it was written', async () => {
    const { git, result } = await harvested({
      'internal/quota/new file.go': 'package quota\r\n',
      'internal/quota/ü.go': 'package quota\n',
      'internal/quota/gen.sh': { executable: '#!/bin/sh\n' },
      'internal/quota/old.go': null,
      'go.mod': 'module x\n\ngo 1.26\n',
    })
    expect(result.kind).toBe('clean')
    expect(result.changes.map(({ change, path }) => `${change} ${path}`)).toEqual([
      'modified go.mod',
      'added internal/quota/gen.sh',
      'added internal/quota/new file.go',
      'deleted internal/quota/old.go',
      'added internal/quota/ü.go',
    ])
    expect(await git.readFile({ at: result.tree, path: asRepoPath('internal/quota/new file.go') })).toBe('package quota\r\n')
  })

  test('nothing, when nothing changed', async () => {
    const { git, base, result } = await harvested({})
    expect(result).toEqual({ kind: 'clean', tree: await git.treeOf(base), changes: [] })
  })
})

describe('a harvest refuses, and says what to do about', () => {
  test('paths of nobody, of another task, and what is read-only in this attempt', async () => {
    const { result } = await harvested(
      {
        'main.go': 'package main // mine now\n',
        'internal/quota/quota_test.go': 'package quota\n',
        'internal/quota/old.go': 'package quota // 2\n',
      },
      { assignment: { brief: { kind: 'repair', round: 1, failures: [], readOnly: ['internal/quota/old.go'] } } },
    )
    expect(faultsOf(result)).toEqual([
      'internal/quota/old.go may be read, not changed, in this attempt. Undo the change.',
      'internal/quota/quota_test.go belongs to the task w1-tests. Undo the change, or ask with request_path.',
      'main.go is not among the paths of this task. Undo the change, or ask with request_path.',
    ])
  })

  test('protected paths, even if the plan gave them away', async () => {
    const { result } = await harvested({ '.github/workflows/ci.yml': 'on: push\n' })
    expect(faultsOf(result)).toEqual([
      '.github/workflows/ci.yml is protected: what stands there is executed on the machines of people or of the CI. Undo the change.',
    ])
  })

  test('symbolic links, wherever they point', async () => {
    const { result } = await harvested({ link: { linkTo: '/etc/passwd' }, 'internal/quota/in.go': { linkTo: 'old.go' } })
    expect(faultsOf(result)).toHaveLength(2)
    expect(faultsOf(result)[0]).toBe('internal/quota/in.go is a symbolic link. Only plain files are taken: write the file itself.')
  })

  test('repositories inside the repository', async () => {
    const { result } = await harvested(
      { 'internal/quota/a.go': 'package quota\n' },
      {
        spoil: (worktree) => {
          mkdirSync(join(worktree, 'internal/quota/nested'), { recursive: true })
          execFileSync('git', ['init', '--quiet'], { cwd: join(worktree, 'internal/quota/nested') })
        },
      },
    )
    expect(faultsOf(result)).toEqual(['internal/quota/nested is a repository inside the repository. Remove its .git, or the folder.'])
  })

  test('files that are too big, and too much altogether', async () => {
    const limits = { fileBytes: 3000, totalBytes: 5000 }
    const { result } = await harvested(
      { 'internal/quota/big.go': 'x'.repeat(3001), 'internal/quota/one.go': 'y'.repeat(2000), 'internal/quota/two.go': 'z'.repeat(1000) },
      { limits },
    )
    expect(faultsOf(result)).toEqual([
      'internal/quota/big.go has 3 KB; a file may have at most 3 KB. Remove or split it.',
      '. all changed files together have 6 KB; at most 5 KB may change. Remove what is generated or downloaded.',
    ])
  })

  test('secrets, without repeating them; not those that stood there before', async () => {
    const { result } = await harvested(
      {
        'internal/quota/new.go': `package quota\n\n// secretlint-disable\nconst token = "${token}"\n`,
        'internal/quota/had.go': `package quota\n\n// moved\nconst token = "${token}"\n`,
      },
      { base: { 'internal/quota/had.go': `package quota\nconst token = "${token}"\n` } },
    )
    expect(faultsOf(result)).toEqual([
      'internal/quota/new.go line 4 looks like a secret (GITHUB_TOKEN). Read it from the environment instead.',
    ])
    expect(JSON.stringify(result)).not.toContain(token)
  })

  test('names that not every machine can hold', async () => {
    const { result } = await harvested({ 'internal/quota/OLD.go': 'package quota\n', 'internal/quota/tab\there.go': 'package quota\n' })
    expect(faultsOf(result)).toEqual([
      'internal/quota/OLD.go differs from internal/quota/old.go in upper and lower case alone, so not every machine can hold both. Rename it.',
      'internal/quota/tab\there.go has control characters or a backslash in its name. Rename it.',
    ])
  })

  test('and keeps the tree, so that nothing is lost', async () => {
    const { git, result } = await harvested({ 'main.go': 'package main // lost?\n' })
    expect(result.kind).toBe('refused')
    expect(await git.readFile({ at: result.tree, path: asRepoPath('main.go') })).toBe('package main // lost?\n')
  })
})

test.each([
  ['.git/config', true],
  ['sub/.gitattributes', true],
  ['.gitmodules', true],
  ['.github/workflows/x.yml', true],
  ['.GitHub/Workflows/x.yml', true],
  ['.github/dce.yml', true],
  ['.github/ISSUE_TEMPLATE/x.yml', false],
  ['.dce/specialists/x.md', true],
  ['.claude/settings.json', true],
  ['.golangci.yml', true],
  ['tools/.golangci.toml', true],
  ['CODEOWNERS', true],
  ['docs/CODEOWNERS', true],
  ['internal/CODEOWNERS', false],
  ['.env', true],
  ['.env.example', false],
  ['.gitignore', false],
  ['Dockerfile', false],
])('protected, %s: %s', (path, isProtected) => {
  expect(whyProtected(path) !== undefined).toBe(isProtected)
})

describe('what looks like a secret', () => {
  const url = (host: string) => `const dsn = "postgres://app:${'s3cr3t'}Pa55w0rd@${host}/app"\n`
  test.each([
    ['a database that can be reached', url('db.corp.net:5432'), ['PostgreSQLConnection']],
    ['a database on this machine', url('localhost:5432'), []],
    ['a service of a compose file', url('postgres:5432'), []],
    ['a name for documentation', url('db.example'), []],
    [
      'a private key',
      `-----BEGIN RSA PRIVATE KEY-----\n${'MIIEpAIBAAKCAQEA1c7p'.repeat(40)}\n-----END RSA PRIVATE KEY-----\n`,
      ['PrivateKey'],
    ],
    ['plain code', 'package a\n\nfunc Token() string { return os.Getenv("TOKEN") }\n', []],
  ])('%s', async (_, text, kinds) => {
    const found = await findSecrets({ path: 'a.go', text })
    expect(found.map(({ kind }) => kind.toLowerCase().replaceAll('_', ''))).toEqual(kinds.map((kind) => kind.toLowerCase()))
  })
})

test('whatever changes: a clean harvest has plain files within the bounds that the task may write, and nothing else', () => {
  const change = fc.record({
    path: fc.constantFrom('a/x.go', 'b/y.go', '.github/workflows/x.yml', 'A/x.go').map(asRepoPath),
    newMode: fc.constantFrom('100644', '100755', '120000', '160000', '040000'),
    newBlob: fc.constantFrom('small', 'big'),
    change: fc.constantFrom('added' as const, 'modified' as const),
  })
  fc.assert(
    fc.property(fc.uniqueArray(change, { selector: ({ path }) => path }), (changes) => {
      const faults = checkChanges({
        changes,
        sizes: new Map([
          ['small', 10],
          ['big', harvestLimits.fileBytes + 1],
        ]),
        files: changes.map(({ path }) => path),
        rightTo: (path) => (path.startsWith('a/') || path.startsWith('.') ? { kind: 'yours' } : { kind: 'unowned' }),
        limits: harvestLimits,
      })
      const refused = new Set(faults.map(({ path }) => path))
      for (const { path, newMode, newBlob } of changes.filter((candidate) => !refused.has(candidate.path))) {
        expect(path).toBe('a/x.go')
        expect(newMode).toMatch(/^100/)
        expect(newBlob).toBe('small')
      }
    }),
  )
})
