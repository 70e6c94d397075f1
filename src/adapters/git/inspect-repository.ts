// A folder on the person's machine -> what a run has to know of the repository around it. Reads only; not even the index is refreshed.
import { posix } from 'node:path'
import { UserFault } from '../../fault.ts'
import type { Sha } from '../../ids.ts'
import { asSha } from '../../ids.ts'
import type { Exec } from '../../world.ts'
import type { BaseEnvironment } from './git-environment.ts'
import { gitEnvironment } from './git-environment.ts'
import { notARepository } from './prepare-mirror.ts'
import type { RunGit } from './run-git.ts'
import { createRunGit, nulTerminated } from './run-git.ts'

/** A Go module of the repository at the base commit. `dir` is relative to the root, `.` for the root itself. */
export interface ModuleFolder {
  readonly dir: string
  /** It has a `vendor/modules.txt`: go builds from there. */
  readonly vendored: boolean
}

/** The person's repository before a run. */
export interface RepositoryFacts {
  /** Absolute path of the checkout; of the repository itself when it is bare. */
  readonly root: string
  readonly bare: boolean
  readonly shallow: boolean
  readonly headSha: Sha
  readonly head: { readonly kind: 'branch'; readonly name: string } | { readonly kind: 'detached' }
  /** What a run starts from: `--base`, else HEAD. */
  readonly base: Sha
  /** Changed and untracked paths, relative to the root; folders of untracked files end with `/`. Not part of a run. */
  readonly dirtyPaths: readonly string[]
  readonly modules: readonly ModuleFolder[]
  /** There is a go.work in the root at the base commit. */
  readonly goWork: boolean
}

/**
 * Looks at the repository around `path`.
 * Errors: UserFault when there is none, when it has no commits, when `base` names no commit (exit 2), when git is missing (exit 4).
 */
export async function inspectRepository(request: {
  /** Absolute path of any folder inside. */
  readonly path: string
  /** What the person calls the commit to start from. */
  readonly base?: string
  readonly exec: Exec
  readonly env?: BaseEnvironment
}): Promise<RepositoryFacts> {
  const env = gitEnvironment(request.env ?? {}, { userConfig: true })
  await refuseMissingGit(request.exec, env)
  const run = createRunGit({ exec: request.exec, cwd: request.path, env })
  const place = await placeOf(run, request.path)
  const headSha = await headOf(run, place.root)
  const base = request.base === undefined ? headSha : await baseOf(run, request.base)
  const [head, dirtyPaths, files] = await Promise.all([
    branchOf(run),
    place.bare ? [] : dirtyOf(run, place.root),
    run({ args: ['ls-tree', '-r', '-z', '--full-tree', '--name-only', base] }).then((answer) => nulTerminated(answer.stdout)),
  ])
  return { ...place, headSha, head, base, dirtyPaths, modules: modulesIn(files), goWork: files.includes('go.work') }
}

async function refuseMissingGit(exec: Exec, env: Readonly<Record<string, string>>): Promise<void> {
  const { exit } = await exec.run({ argv: ['git', '--version'], cwd: '/', env, timeoutMs: 10_000, maxOutputBytes: 1_000 })
  if (exit.kind !== 'not-started') return
  throw new UserFault({ problem: 'dce needs git and found none on PATH.', hint: 'Install git 2.38 or newer.', exitCode: 4 })
}

async function placeOf(run: RunGit, path: string): Promise<Pick<RepositoryFacts, 'root' | 'bare' | 'shallow'>> {
  const answer = await run({
    args: ['rev-parse', '--path-format=absolute', '--git-dir', '--is-bare-repository', '--is-shallow-repository', '--is-inside-work-tree'],
    expect: [0, 128],
  })
  if (answer.code !== 0) throw notARepository(path, answer.stderr)
  const [gitDir = path, bare, shallow, insideWorkTree] = answer.stdout.trimEnd().split('\n')
  const root = insideWorkTree === 'true' ? (await run({ args: ['rev-parse', '--show-toplevel'] })).stdout.trimEnd() : gitDir
  return { root, bare: bare === 'true' || insideWorkTree !== 'true', shallow: shallow === 'true' }
}

async function headOf(run: RunGit, root: string): Promise<Sha> {
  const answer = await run({ args: ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'], expect: [0, 1, 128] })
  if (answer.code === 0) return asSha(answer.stdout.trim())
  throw new UserFault({
    problem: `The repository ${root} has no commits yet, so there is nothing to build on.`,
    hint: 'Commit what there is (git add -A && git commit), at least a go.mod.',
  })
}

async function baseOf(run: RunGit, base: string): Promise<Sha> {
  const answer = await run({ args: ['rev-parse', '--verify', '--quiet', '--end-of-options', `${base}^{commit}`], expect: [0, 1, 128] })
  if (answer.code === 0) return asSha(answer.stdout.trim())
  const branches = (await run({ args: ['for-each-ref', '--count=5', '--sort=-committerdate', '--format=%(refname:short)', 'refs/heads'] }))
    .stdout
  throw new UserFault({
    problem: `--base must name a commit of this repository, got ${JSON.stringify(base)}.`,
    hint: `Branches here: ${branches.trim().split('\n').join(', ') || 'none'}. A branch of the remote has to be fetched first.`,
  })
}

async function branchOf(run: RunGit): Promise<RepositoryFacts['head']> {
  const answer = await run({ args: ['symbolic-ref', '--quiet', '--short', 'HEAD'], expect: [0, 1] })
  return answer.code === 0 ? { kind: 'branch', name: answer.stdout.trim() } : { kind: 'detached' }
}

async function dirtyOf(run: RunGit, root: string): Promise<readonly string[]> {
  const options = ['--porcelain=v1', '-z', '--untracked-files=normal', '--no-renames', '--ignore-submodules=all']
  return parseStatus((await run({ args: ['status', ...options], cwd: root })).stdout)
}

/** `status --porcelain=v1 -z --no-renames`: two letters, a space, the path. */
export function parseStatus(stdout: string): readonly string[] {
  return nulTerminated(stdout).map((entry) => entry.slice(3))
}

/** Folders with a go.mod that go itself would look into: not vendor, testdata, nor names that begin with `.` or `_`. Source: go help packages. */
export function modulesIn(files: readonly string[]): readonly ModuleFolder[] {
  const there = new Set(files)
  return files
    .filter((file) => posix.basename(file) === 'go.mod')
    .map((file) => posix.dirname(file))
    .filter((dir) => dir === '.' || dir.split('/').every((part) => !/^[._]/.test(part) && part !== 'vendor' && part !== 'testdata'))
    .map((dir) => ({ dir, vendored: there.has(posix.join(dir, 'vendor/modules.txt')) }))
}
