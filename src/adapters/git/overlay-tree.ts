// A tree and changes that touch nothing else -> a new tree, folder by folder, without an index. What is not plain is left to git's own merge.

import type { TreeChange } from '../../git.ts'
import type { TreeSha } from '../../ids.ts'
import { asTreeSha } from '../../ids.ts'
import type { MirrorReader } from './reader.ts'

/** One entry of a folder, with its mode as a tree holds it. */
export interface Entry {
  readonly mode: string
  readonly object: string
}

/** A folder's entries by name. */
export type Folder = ReadonlyMap<string, Entry>

/** Changes by the first part of their path; the path of each is what is left behind it, empty for the entry itself. */
type Below = ReadonlyMap<string, readonly { readonly rest: string; readonly change: TreeChange }[]>

/** Whether no path of one list is a path of the other, nor a folder above one, nor a folder above another of its own list. */
export function areApart(ours: readonly TreeChange[], theirs: readonly TreeChange[]): boolean {
  const paths = [...ours, ...theirs].map(({ path }) => path as string)
  const all = new Set(paths)
  return all.size === paths.length && paths.every((path) => foldersAbove(path).every((folder) => !all.has(folder)))
}

/** Sets and removes what `changes` say, on `onto`. Undefined when that is not plain: then nothing is known of the answer. */
export async function overlayTree(
  reader: Pick<MirrorReader, 'folder' | 'makeFolder'>,
  { onto, changes }: { readonly onto: TreeSha; readonly changes: readonly TreeChange[] },
): Promise<TreeSha | undefined> {
  if (!changes.every(isPlain)) return undefined
  const made = await rewrite(reader, onto, grouped(changes.map((change) => ({ rest: change.path, change }))))
  return made === undefined || made === 'empty' ? undefined : asTreeSha(made)
}

// A name that is not UTF-8 came with replacement characters in it: nobody knows its bytes.
function isPlain({ path, change, newMode = '' }: TreeChange): boolean {
  return !path.includes('\ufffd') && (change === 'deleted' || ['100644', '100755', '120000'].includes(newMode))
}

async function rewrite(
  reader: Pick<MirrorReader, 'folder' | 'makeFolder'>,
  tree: string | undefined,
  below: Below,
): Promise<string | 'empty' | undefined> {
  const there = tree === undefined ? new Map<string, Entry>() : await reader.folder(tree)
  if (there === undefined) return undefined
  const entries = new Map<string, Entry>(there)
  for (const [name, parts] of below) {
    const settled = await settle(reader, entries.get(name), parts)
    if (settled === undefined) return undefined
    if (settled === 'empty') entries.delete(name)
    else entries.set(name, settled)
  }
  return entries.size === 0 ? 'empty' : reader.makeFolder(entries)
}

async function settle(
  reader: Pick<MirrorReader, 'folder' | 'makeFolder'>,
  old: Entry | undefined,
  parts: readonly { readonly rest: string; readonly change: TreeChange }[],
): Promise<Entry | 'empty' | undefined> {
  const isFolder = old?.mode === folderMode
  const [first] = parts
  if (first?.rest === '') {
    const { change, newBlob, newMode } = first.change
    const fits = old === undefined ? change === 'added' : change !== 'added' && !isFolder
    if (!fits || parts.length > 1) return undefined
    return newBlob === undefined || newMode === undefined ? 'empty' : { mode: newMode, object: newBlob }
  }
  if (old !== undefined && !isFolder) return undefined
  const made = await rewrite(reader, old?.object, grouped(parts))
  return made === undefined || made === 'empty' ? made : { mode: folderMode, object: made }
}

/** As trees hold it. Source: git-mktree(1), gitformat-pack(5). */
const folderMode = '40000'

function grouped(parts: readonly { readonly rest: string; readonly change: TreeChange }[]): Below {
  const split = parts.map(({ rest, change }) => {
    const slash = rest.indexOf('/')
    return slash < 0 ? { name: rest, rest: '', change } : { name: rest.slice(0, slash), rest: rest.slice(slash + 1), change }
  })
  return Map.groupBy(split, ({ name }) => name)
}

function foldersAbove(path: string): readonly string[] {
  const parts = path.split('/')
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'))
}

/** Others (old tools wrote 100664) become these when git reads them into an index. */
const knownModes = new Set([folderMode, '100644', '100755', '120000', '160000'])

/** A tree as git keeps it: `<mode> <name>\0<hash>` after each other. Undefined when a name is not UTF-8, or a mode not of today. */
export function parseFolder(bytes: Buffer, hashBytes: number): Folder | undefined {
  const entries = new Map<string, Entry>()
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(' ', at)
    const end = bytes.indexOf(0, space)
    const raw = bytes.subarray(space + 1, end)
    const name = raw.toString('utf8')
    const mode = bytes.toString('latin1', at, space)
    if (!Buffer.from(name).equals(raw) || !knownModes.has(mode)) return undefined
    entries.set(name, { mode, object: bytes.toString('hex', end + 1, end + 1 + hashBytes) })
    at = end + 1 + hashBytes
  }
  return entries
}

/** What `mktree -z --batch` is asked: entries, then an empty one. git sorts them. */
export function sayFolder(entries: Folder): string {
  const kinds: Readonly<Record<string, string>> = { [folderMode]: 'tree', '160000': 'commit' }
  return `${[...entries].map(([name, { mode, object }]) => `${mode} ${kinds[mode] ?? 'blob'} ${object}\t${name}\0`).join('')}\0`
}
