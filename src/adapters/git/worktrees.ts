// Commits -> checkouts for agents, and their files -> trees. What lies in a worktree is untrusted: git never reads its configuration from there.
import { createHash } from 'node:crypto'
import { copyFile, mkdir, readdir, readFile, rm, stat, utimes } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import pLimit from 'p-limit'
import { WorldFault } from '../../fault.ts'
import { asTreeSha } from '../../ids.ts'
import type { Git } from '../../world.ts'
import type { GitCall, RunGit } from './run-git.ts'
import { stampOf } from './stamp.ts'

/** The methods of the port that deal with worktrees. */
export type WorktreeVerbs = Pick<Git, 'addWorktree' | 'resetWorktree' | 'removeWorktree' | 'writeTree' | 'nestedRepositories' | 'stampOf'>

/** The run's own notes in a worktree; they travel on the state branch and are nobody's work. Source: design, section 3. */
const contextFolder = '.claude/context'

/**
 * Makes the worktree verbs of one mirror. Creation and removal are serialised (parallel `worktree add` fails, tried);
 * the calls about one worktree too, since they share its private index under `<mirror>/dce-index/`.
 */
export function createWorktreeVerbs({ run, dir }: { readonly run: RunGit; readonly dir: string }): WorktreeVerbs {
  const creation = pLimit(1)
  const turns = new Map<string, ReturnType<typeof pLimit>>()
  const turnOf = (path: string) => {
    const limit = turns.get(path) ?? pLimit(1)
    turns.set(path, limit)
    return limit
  }
  const runIn = (path: string, call: GitCall) =>
    run({ ...call, cwd: path, env: { GIT_DIR: dir, GIT_WORK_TREE: path, GIT_INDEX_FILE: indexOf(dir, path), ...call.env } })

  return {
    addWorktree: ({ path, commit }) =>
      creation(async () => {
        await mkdir(dirname(path), { recursive: true })
        await mkdir(join(dir, 'dce-index'), { recursive: true })
        // Forced twice: a process killed while git makes a worktree leaves it locked and without its folder. Source: git-worktree(1), --force.
        await run({ args: ['worktree', 'add', '--quiet', '--force', '--force', '--detach', path, commit] })
        await takeIndex({ dir, path })
      }),
    nestedRepositories,
    resetWorktree: ({ path, tree }) =>
      turnOf(path)(async () => {
        await prepareIndex({ run, runIn, dir, path })
        await runIn(path, { args: ['read-tree', '--reset', '-u', tree] })
        await runIn(path, { args: ['clean', '-ffdxq'] })
      }),
    removeWorktree: async (path) => {
      const [own, isThere] = [await ownRecord(dir, path), await exists(path)]
      await rm(path, { recursive: true, force: true })
      await rm(indexOf(dir, path), { force: true })
      turns.delete(path)
      // With its own record gone git knows nothing more of it, as after `worktree remove`; only half a worktree needs git to look through all.
      if (own !== undefined) await creation(() => rm(own, { recursive: true, force: true }))
      else if (isThere) await creation(async () => void (await run({ args: ['worktree', 'prune', '--expire=now'] })))
    },
    stampOf: (path) => stampOf(path),
    writeTree: (path) =>
      turnOf(path)(async () => {
        await prepareIndex({ run, runIn, dir, path })
        const without = [contextFolder, ...(await nestedRepositories(path))].map((folder) => `:(top,exclude,literal)${folder}`)
        await runIn(path, { args: ['add', '-A', '--', ':(top)', ...without], env: { GIT_LITERAL_PATHSPECS: '0' } })
        return asTreeSha((await runIn(path, { args: ['write-tree'] })).stdout.trim())
      }),
  }
}

/** The folder in which the mirror remembers this worktree; undefined when either side does not name the other. Source: gitrepository-layout(5), worktrees/<id>. */
async function ownRecord(dir: string, path: string): Promise<string | undefined> {
  const read = (file: string) => readFile(file, 'utf8').catch(() => '')
  const record = (await read(join(path, '.git'))).replace(/^gitdir: /, '').trim()
  if (dirname(record) !== join(dir, 'worktrees')) return undefined
  return (await read(join(record, 'gitdir'))).trim() === join(path, '.git') ? record : undefined
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined
}

function indexOf(dir: string, path: string): string {
  return join(dir, 'dce-index', createHash('sha256').update(path).digest('hex').slice(0, 24))
}

/** The index that the checkout made knows every file's stat: copied with its own time, `add` need not read a single file again. */
async function takeIndex({ dir, path }: { readonly dir: string; readonly path: string }): Promise<void> {
  const link = await readFile(join(path, '.git'), 'utf8')
  const from = join(link.replace(/^gitdir: /, '').trim(), 'index')
  const to = indexOf(dir, path)
  await copyFile(from, to)
  const { atime, mtime } = await stat(from)
  // A later time would make git trust files that changed within the second of the checkout.
  await utimes(to, atime, mtime)
}

/** After a restart: a lock of a killed process goes, and a lost index is read again, so that ignored but tracked files stay tracked. */
async function prepareIndex(request: {
  readonly run: RunGit
  readonly runIn: (path: string, call: GitCall) => ReturnType<RunGit>
  readonly dir: string
  readonly path: string
}): Promise<void> {
  const index = indexOf(request.dir, request.path)
  await rm(`${index}.lock`, { force: true })
  if (await exists(index)) return
  await mkdir(dirname(index), { recursive: true })
  const listed = await request.run({ args: ['worktree', 'list', '--porcelain', '-z'] })
  const head = parseWorktrees(listed.stdout).find((worktree) => worktree.path === request.path)?.head
  if (head === undefined)
    throw new WorldFault({ service: 'git', problem: `${request.path} is no worktree of ${request.dir}.`, retryable: false })
  await request.runIn(request.path, { args: ['read-tree', head] })
}

/** One worktree as git lists it. `branch` is a full ref name; absent when HEAD is detached. */
export interface ListedWorktree {
  readonly path: string
  readonly head?: string
  readonly branch?: string
}

/** `worktree list --porcelain -z`: attributes end with NUL, worktrees with an empty attribute. */
export function parseWorktrees(stdout: string): readonly ListedWorktree[] {
  return stdout
    .split('\0\0')
    .filter((record) => record !== '')
    .map((record) => {
      const attributes = new Map(
        record.split('\0').map((line): [string, string] => [line.split(' ', 1)[0] ?? '', line.slice(line.indexOf(' ') + 1)]),
      )
      const head = attributes.get('HEAD')
      const branch = attributes.get('branch')
      return {
        path: attributes.get('worktree') ?? '',
        ...(head === undefined ? {} : { head }),
        ...(branch === undefined ? {} : { branch }),
      }
    })
}

/**
 * Folders below the root with a `.git` of their own. git would enter them and obey what is configured there (an fsmonitor is a program),
 * so `add` leaves them out; the harvest names them.
 */
export async function nestedRepositories(root: string): Promise<readonly string[]> {
  const found: string[] = []
  const visit = async (folder: string): Promise<void> => {
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
    if (folder !== root && entries.some((entry) => entry.name.toLowerCase() === '.git')) {
      found.push(relative(root, folder).split(sep).join('/'))
      return
    }
    const folders = entries.filter((entry) => entry.isDirectory() && !(folder === root && entry.name === '.git'))
    await Promise.all(folders.map((entry) => visit(join(folder, entry.name))))
  }
  await visit(root)
  return found.sort()
}
