// A path an agent names -> a file inside its worktree, or why not. Symlinks are resolved: nothing outside is read or written through one.
import { lstat, realpath } from 'node:fs/promises'
import { dirname, isAbsolute, join, normalize, relative } from 'node:path'
import type { WriteRight } from '../plan/ownership.ts'

/** The files one agent works on, and what it may do with them. */
export interface Workspace {
  /** Absolute path of the worktree. */
  readonly root: string
  /** May this path be written now? Grants change the answer while the agent works. */
  readonly mayWrite: (path: string) => WriteRight
  /** Why nobody may write this path (workflows, configuration of the gate); undefined for ordinary paths. */
  readonly isProtected: (path: string) => string | undefined
}

/** Where a named path leads. `path` is relative to the root, with `/`. `target`: the path it really is, when a symbolic link leads elsewhere inside. */
export type Place =
  | { readonly kind: 'inside'; readonly absolute: string; readonly path: string; readonly target?: string }
  | { readonly kind: 'refused'; readonly why: string }

/** Resolves a path inside the root. Absolute paths below the root are accepted; `.git` and everything outside are refused. */
export async function placeOf(root: string, named: string): Promise<Place> {
  if (named.includes('\0')) return { kind: 'refused', why: 'A path cannot hold a NUL character.' }
  const path = normalize(isAbsolute(named) ? relative(root, named) : named.replace(/^\.\/+/u, '')).replace(/\/+$/u, '') || '.'
  if (path === '..' || path.startsWith('../'))
    return { kind: 'refused', why: `${named} lies outside the repository. Use paths relative to its root.` }
  if (isGits(path)) return { kind: 'refused', why: 'Git is not yours: your files are committed for you.' }
  const absolute = join(root, path)
  const real = await realOf(absolute)
  if (real === undefined) return { kind: 'refused', why: `${named} leads through a symbolic link to nothing.` }
  const target = relative(await realpath(root), real) || '.'
  if (target === '..' || target.startsWith('../'))
    return { kind: 'refused', why: `${named} leads outside the repository through a symbolic link.` }
  if (isGits(target)) return { kind: 'refused', why: 'Git is not yours: your files are committed for you.' }
  return { kind: 'inside', absolute, path, ...(target === path ? {} : { target }) }
}

function isGits(path: string): boolean {
  return /^\.git(?:\/|$)/iu.test(path)
}

// The real path of the deepest part that exists, with the rest behind it; undefined when a link on the way leads to nothing.
async function realOf(absolute: string): Promise<string | undefined> {
  try {
    return await realpath(absolute)
  } catch {
    const isLink = await lstat(absolute).then(
      () => true,
      () => false,
    )
    const parent = dirname(absolute)
    if (isLink) return undefined
    if (parent === absolute) return absolute
    const real = await realOf(parent)
    return real === undefined ? undefined : join(real, absolute.slice(parent.length))
  }
}

/** Why a write is refused, with the way to ask for more; undefined when it is allowed. */
export function refuseWrite(workspace: Workspace, place: Extract<Place, { kind: 'inside' }>): string | undefined {
  const { path, target } = place
  if (target !== undefined) return `${path} is a symbolic link; the file is ${target}. Name that one.`
  const shut = workspace.isProtected(path)
  if (shut !== undefined) return `${path} is protected: ${shut}. Nobody writes it in a run.`
  return sayRight(workspace.mayWrite(path), path)
}

/** Why a right does not allow writing, with the way to ask for more; undefined when it does. */
export function sayRight(right: WriteRight, path: string): string | undefined {
  switch (right.kind) {
    case 'yours':
      return undefined
    case 'owned':
      return `${path} belongs to ${right.by}. Work against its contract, or leave a note for ${right.by} in hand_over.`
    case 'unowned':
      return `${path} is not among your paths. Ask for it with request_path(path, why).`
    case 'read-only':
      return `${path} is read-only in this attempt: it judges your work. If it contradicts the specification, say so in hand_over (disputes).`
  }
}
