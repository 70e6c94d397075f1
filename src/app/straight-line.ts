// Commits along first parents -> the same trees as a straight line: one commit for each task, in the order of the merges. Pure but for what it is handed.
import type { PastCommit } from '../adapters/git/history.ts'
import type { Sha, TreeSha } from '../ids.ts'

/** A commit of the line before it is made. `of`: the commits whose place it takes, the last one's tree is its own. */
export interface LinePiece {
  readonly of: readonly PastCommit[]
  readonly message: string
}

/** Makes a commit of the line. Contract: asked for again, it answers with the same. */
export type MakeOnLine = (request: {
  readonly message: string
  readonly tree: TreeSha
  readonly atS: number
  readonly parent: { readonly sha: Sha; readonly tree: TreeSha } | undefined
}) => Promise<{ readonly kind: 'taken'; readonly sha: Sha } | { readonly kind: 'refused'; readonly why: string }>

/**
 * The line's pieces. Where the base branch was merged in, the line begins at the moved base: what was built before is one commit, whose tree has both.
 * `base`: where the line begins; undefined for a history of its own.
 */
export function linePieces(commits: readonly PastCommit[], base: Sha | undefined): readonly LinePiece[] {
  const moved = commits.findLastIndex(({ parents }) => base !== undefined && parents.slice(1).includes(base))
  const pieces = commits.slice(moved + 1).map((commit) => ({ of: [commit], message: sayStraight(commit.message) }))
  return moved < 0 ? pieces : [{ of: commits.slice(0, moved + 1), message: sayFolded(commits.slice(0, moved + 1)) }, ...pieces]
}

/** `merge(w1): The quota` is no merge any more. */
function sayStraight(message: string): string {
  return message.replace(/^merge\((?<wave>w\d)\): /u, '$<wave>: ')
}

function sayFolded(commits: readonly PastCommit[]): string {
  const subjects = commits.slice(0, -1).map(({ message }) => `- ${sayStraight(message).split('\n')[0]}`)
  const trailers = (commits.at(-1)?.message ?? '').trim().split('\n\n').at(-1) ?? ''
  return `What was built before the base branch moved\n\n${subjects.join('\n')}\n\n${trailers}\n`
}

/** The line, by the commits whose place is taken; or why it could not be made. */
export type Straightened =
  | { readonly kind: 'straight'; readonly places: ReadonlyMap<Sha, Sha> }
  | { readonly kind: 'refused'; readonly why: string }

/** Makes it. Errors: those of `make`. */
export async function straighten(request: {
  readonly commits: readonly PastCommit[]
  readonly base: { readonly sha: Sha; readonly tree: TreeSha } | undefined
  readonly make: MakeOnLine
}): Promise<Straightened> {
  const { commits, base, make } = request
  const places = new Map<Sha, Sha>()
  let parent = base
  for (const { of, message } of linePieces(commits, base?.sha)) {
    const last = of.at(-1)
    if (last === undefined) continue
    const made = await make({ message, tree: last.tree, atS: last.atS, parent })
    if (made.kind === 'refused') return made
    places.set(last.commit, made.sha)
    parent = { sha: made.sha, tree: last.tree }
  }
  return { kind: 'straight', places }
}
