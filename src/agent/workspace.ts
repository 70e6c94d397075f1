// A path an agent names -> a file inside its worktree, or why not. Symlinks are resolved: nothing outside is read or written through one.
import { realpath } from 'node:fs/promises'
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

/** Where a named path leads. `path` is relative to the root, with `/`. */
export type Place =
  | { readonly kind: 'inside'; readonly absolute: string; readonly path: string }
  | { readonly kind: 'refused'; readonly why: string }

/** Resolves a path inside the root. Absolute paths below the root are accepted; `.git` and everything outside are refused. */
export async function placeOf(root: string, named: string): Promise<Place> {
  const path = normalize(isAbsolute(named) ? relative(root, named) : named.replace(/^\.\/+/u, '')).replace(/\/+$/u, '') || '.'
  if (named.includes('\0')) return { kind: 'refused', why: 'A path cannot hold a NUL character.' }
  if (path === '..' || path.startsWith('../'))
    return { kind: 'refused', why: `${named} lies outside the repository. Use paths relative to its root.` }
  if (path === '.git' || path.startsWith('.git/')) return { kind: 'refused', why: 'Git is not yours: your files are committed for you.' }
  const absolute = join(root, path)
  const real = await realOf(absolute)
  const realRoot = await realpath(root)
  if (real !== realRoot && !real.startsWith(`${realRoot}/`))
    return { kind: 'refused', why: `${named} leads outside the repository through a symbolic link.` }
  return { kind: 'inside', absolute, path }
}

// The real path of the deepest part that exists, with the rest behind it.
async function realOf(absolute: string): Promise<string> {
  try {
    return await realpath(absolute)
  } catch {
    const parent = dirname(absolute)
    return parent === absolute ? absolute : join(await realOf(parent), absolute.slice(parent.length))
  }
}

/** Why a write is refused, with the way to ask for more; undefined when it is allowed. */
export function refuseWrite(workspace: Workspace, path: string): string | undefined {
  const shut = workspace.isProtected(path)
  if (shut !== undefined) return `${path} is protected: ${shut}. Nobody writes it in a run.`
  const right = workspace.mayWrite(path)
  switch (right.kind) {
    case 'yours':
      return undefined
    case 'owned':
      return `${path} belongs to ${right.by}. Work against its contract; if you need it changed, say so with request_contract_change, or leave a note in the hand-over.`
    case 'unowned':
      return `${path} is not among your paths. Ask for it with request_path(path, why).`
    case 'read-only':
      return `${path} is read-only in this attempt: it judges your work. If it contradicts the specification, say so in hand_over (disputes).`
  }
}
