// A person's repository -> a bare mirror of it with configuration of our own. Reads the repository, writes only the mirror.
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { UserFault, WorldFault } from '../../fault.ts'
import { linkObjects } from './link-objects.ts'
import type { RunGit } from './run-git.ts'

/** What the mirror needs to know of its source. Paths are absolute. */
export interface MirrorSource {
  /** The folder dce was pointed at. */
  readonly repo: string
  /** Where objects and branches are: for a linked worktree or a submodule not `<repo>/.git`. */
  readonly commonDir: string
  readonly shallow: boolean
  readonly objectFormat: string
}

/** Highest precedence of all attributes: nothing in the tree converts, filters, hides or merges by a driver of its own. Bytes in, bytes out. */
const attributes = '* -text !eol -filter -ident -working-tree-encoding !diff !merge !whitespace\n'

/** Finds the repository around a folder. Errors: UserFault when there is none. */
export async function readSource(run: RunGit, repo: string): Promise<MirrorSource> {
  const answer = await run({
    args: ['rev-parse', '--path-format=absolute', '--git-common-dir', '--is-shallow-repository', '--show-object-format'],
    cwd: repo,
    expect: [0, 128],
  })
  if (answer.code !== 0) throw notARepository(repo, answer.stderr)
  const [commonDir = '', shallow, objectFormat = 'sha1'] = answer.stdout.trimEnd().split('\n')
  return { repo, commonDir, shallow: shallow === 'true', objectFormat }
}

/** The fault of a folder that no git repository holds. */
export function notARepository(path: string, stderr: string): UserFault {
  const known = /not a git repository|cannot change to/i.test(stderr)
  return new UserFault({
    problem: `${path} is not inside a git repository${known ? '' : ` that git can read (${stderr.trim()})`}.`,
    hint: 'Run dce inside a clone of the Go repository, or make one: git init && git add -A && git commit.',
    exitCode: 2,
  })
}

/** Makes the mirror beside its final place and moves it there: a killed process leaves nothing half-made. */
export async function makeMirror(request: { readonly run: RunGit; readonly dir: string; readonly source: MirrorSource }): Promise<void> {
  const unfinished = `${request.dir}.unfinished`
  await rm(unfinished, { recursive: true, force: true })
  await mkdir(unfinished, { recursive: true })
  const { run, source } = request
  await run({ args: ['init', '--quiet', '--bare', '--template=', `--object-format=${source.objectFormat}`, unfinished], cwd: unfinished })
  await run({ args: ['symbolic-ref', 'HEAD', 'refs/heads/dce-none'], cwd: unfinished, env: { GIT_DIR: unfinished } })
  await mkdir(join(unfinished, 'info'), { recursive: true })
  await writeFile(join(unfinished, 'info', 'attributes'), attributes)
  await refreshMirror({ run, dir: unfinished, source })
  await rename(unfinished, request.dir)
}

/** Takes over what is new in the source: objects, where a shallow history ends, branches, tags and HEAD under `refs/user/`. */
export async function refreshMirror(request: { readonly run: RunGit; readonly dir: string; readonly source: MirrorSource }): Promise<void> {
  const { run, dir, source } = request
  const inMirror: RunGit = (call) => run({ ...call, cwd: dir, env: { ...call.env, GIT_DIR: dir } })
  // Refs before objects: what a ref named when it was read is then among the objects that are linked.
  const refs = await readRefs(run, source)
  await linkObjects({ from: join(source.commonDir, 'objects'), to: join(dir, 'objects') })
  await copyPromisors({ run, inMirror, source })
  await copyShallow({ inMirror, dir, source })
  await writeRefs(inMirror, refs)
}

async function readRefs(run: RunGit, source: MirrorSource): Promise<ReadonlyMap<string, string>> {
  const listed = await run({
    args: ['for-each-ref', '--format=%(objectname) %(refname)', 'refs/heads', 'refs/tags', 'refs/remotes'],
    cwd: source.repo,
  })
  const refs = new Map(
    listed.stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line): [string, string] => [
        `refs/user/${line.slice(line.indexOf(' ') + 1 + 'refs/'.length)}`,
        line.slice(0, line.indexOf(' ')),
      ]),
  )
  const head = await run({ args: ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'], cwd: source.repo, expect: [0, 1, 128] })
  if (head.code === 0) refs.set('refs/user/HEAD', head.stdout.trim())
  return refs
}

async function writeRefs(inMirror: RunGit, wanted: ReadonlyMap<string, string>): Promise<void> {
  const listed = await inMirror({ args: ['for-each-ref', '--format=%(objectname) %(refname)', 'refs/user'] })
  const present = new Map(
    listed.stdout.split('\n').map((line): [string, string] => [line.slice(line.indexOf(' ') + 1), line.slice(0, line.indexOf(' '))]),
  )
  const existing = await existingObjects(inMirror, [...new Set(wanted.values())])
  const head = wanted.get('refs/user/HEAD')
  if (head !== undefined && !existing.has(head)) {
    throw new WorldFault({
      service: 'git',
      problem: `commit ${head} is HEAD, but its object cannot be read. Try: git fsck`,
      retryable: false,
    })
  }
  const gone = [...present.keys()].filter((ref) => ref !== '' && !wanted.has(ref))
  const changed = [...wanted].filter(([ref, sha]) => present.get(ref) !== sha && existing.has(sha))
  // Two transactions: a branch `a` that became `a/b` has to be gone first.
  await updateRefs(
    inMirror,
    gone.map((ref) => `delete ${ref}\0\0`),
  )
  await updateRefs(
    inMirror,
    changed.map(([ref, sha]) => `update ${ref}\0${sha}\0\0`),
  )
}

async function updateRefs(inMirror: RunGit, commands: readonly string[]): Promise<void> {
  if (commands.length > 0) await inMirror({ args: ['update-ref', '--no-deref', '-z', '--stdin'], stdin: commands.join('') })
}

async function existingObjects(inMirror: RunGit, shas: readonly string[]): Promise<ReadonlySet<string>> {
  if (shas.length === 0) return new Set()
  const answer = await inMirror({ args: ['cat-file', '--batch-check=%(objectname)'], stdin: `${shas.join('\n')}\n` })
  return new Set(answer.stdout.split('\n').filter((line) => line !== '' && !line.endsWith(' missing')))
}

/** A partial clone lacks objects on purpose; the mirror learns where git may fetch them when they are needed. */
async function copyPromisors(request: { readonly run: RunGit; readonly inMirror: RunGit; readonly source: MirrorSource }): Promise<void> {
  const { run, inMirror, source } = request
  const promisors = await run({ args: ['config', '--get-regexp', '^remote\\..*\\.promisor$', '^true$'], cwd: source.repo, expect: [0, 1] })
  for (const line of promisors.stdout.split('\n').filter((text) => text !== '')) {
    const name = line.slice('remote.'.length, line.lastIndexOf('.promisor '))
    const url = await run({ args: ['remote', 'get-url', name], cwd: source.repo })
    const path = url.stdout.trim()
    const isPath = !/^[a-z][a-z0-9+.-]*:\/\//i.test(path) && !/^[^/]+:/.test(path)
    await inMirror({ args: ['config', `remote.${name}.url`, isPath ? resolve(source.repo, path) : path] })
    await inMirror({ args: ['config', `remote.${name}.promisor`, 'true'] })
  }
}

/** A shallow history ends at commits whose parents are absent; all others of both lists are whole by now. */
async function copyShallow(request: { readonly inMirror: RunGit; readonly dir: string; readonly source: MirrorSource }): Promise<void> {
  const own = join(request.dir, 'shallow')
  const ends = new Set([...(await linesOf(own)), ...(await linesOf(join(request.source.commonDir, 'shallow')))])
  if (ends.size === 0) return
  const stillCut: string[] = []
  for (const end of ends) {
    const raw = await request.inMirror({ args: ['cat-file', 'commit', end], expect: [0, 128] })
    const parents =
      raw.stdout
        .split('\n\n', 1)
        .join('')
        .match(/^parent [0-9a-f]+$/gm) ?? []
    const existing = await existingObjects(
      request.inMirror,
      parents.map((parent) => parent.slice('parent '.length)),
    )
    if (existing.size < parents.length) stillCut.push(end)
  }
  if (stillCut.length === 0) await rm(own, { force: true })
  else await writeFile(own, `${stillCut.sort().join('\n')}\n`)
}

async function linesOf(path: string): Promise<readonly string[]> {
  const text = await readFile(path, 'utf8').catch(() => '')
  return text.split('\n').filter((line) => line !== '')
}
