// A worktree after a command -> the same without what was changed outside the agent's paths. What is the agent's own stays, byte for byte.
import { chmod, lstat, mkdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { TreeSha } from '../ids.ts'
import type { Git } from '../world.ts'

/** What is compared: the worktree (absolute) with the tree it was before the command. `isOurs`: may this agent write the path? */
export interface TakeBack {
  readonly git: Pick<Git, 'writeTree' | 'resetWorktree' | 'changes'>
  readonly root: string
  readonly before: TreeSha
  readonly isOurs: (path: string) => boolean
  /** Brings the worktree to a tree, with the folders that git does not hold. */
  readonly reset: (tree: TreeSha) => Promise<void>
}

/** The tree that the worktree holds now, and the paths that were taken back. */
export async function takeBack(request: TakeBack): Promise<{ readonly tree: TreeSha; readonly paths: readonly string[] }> {
  const { git, root, before } = request
  const tree = await git.writeTree(root)
  if (tree === before) return { tree, paths: [] }
  const changes = await git.changes({ from: before, to: tree })
  const strange = changes.filter((change) => !request.isOurs(change.path))
  if (strange.length === 0) return { tree, paths: [] }
  const own = changes.filter((change) => request.isOurs(change.path))
  const kept = await Promise.all(own.map((change) => keep(root, change.path)))
  await request.reset(before)
  for (const file of kept) await put(root, file)
  return { tree: await git.writeTree(root), paths: strange.map((change) => change.path) }
}

type Kept = { readonly path: string } & (
  | { readonly kind: 'file'; readonly bytes: Buffer; readonly mode: number }
  | { readonly kind: 'link'; readonly target: string }
  | { readonly kind: 'gone' }
)

async function keep(root: string, path: string): Promise<Kept> {
  const absolute = join(root, path)
  const stats = await lstat(absolute).catch(() => undefined)
  if (stats?.isSymbolicLink() === true) return { path, kind: 'link', target: await readlink(absolute) }
  return stats?.isFile() === true
    ? { path, kind: 'file', bytes: await readFile(absolute), mode: stats.mode & 0o777 }
    : { path, kind: 'gone' }
}

async function put(root: string, file: Kept): Promise<void> {
  const absolute = join(root, file.path)
  await rm(absolute, { recursive: true, force: true })
  if (file.kind === 'gone') return
  await mkdir(dirname(absolute), { recursive: true })
  if (file.kind === 'link') return symlink(file.target, absolute)
  await writeFile(absolute, file.bytes)
  await chmod(absolute, file.mode)
}
