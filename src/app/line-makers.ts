// How a commit of a straight line is made: by git here, or by GitHub's API, which signs it. Each once: what was made is recorded.
import type { History } from '../adapters/git/history.ts'
import type { CommitOnGitHub, FileOnGitHub, GitHub } from '../github.ts'
import { asTreeSha, type RunId, type Sha, type TreeSha } from '../ids.ts'
import type { Git, TreeChange } from '../world.ts'
import type { AppParts } from './parts.ts'
import type { MakeOnLine } from './straight-line.ts'

/** A text longer than this goes as a blob of its own, bytes. Chosen: requests stay small. */
const longestText = 200_000

/** Makes them here, to be pushed. */
export function byGit(history: History): MakeOnLine {
  return async ({ message, tree, atS, parent }) => {
    const sha = await history.commit({ message, tree, atS, parents: parent === undefined ? [] : [parent.sha] })
    return { kind: 'taken', sha }
  }
}

/** Has GitHub make them. A tree that came out otherwise there than here is refused. */
export function byApi(given: {
  readonly parts: AppParts
  readonly run: RunId
  readonly github: GitHub
  readonly git: Git
  readonly history: History
}): MakeOnLine {
  const { parts, run, github, git, history } = given
  const journal = parts.machine.journal()
  return async ({ message, tree, atS, parent }) => {
    const key = `github/signed/${tree}/${parent?.sha ?? 'root'}/${atS}`
    const known = await journal.recorded<Sha>({ run, key })
    if (known !== undefined) return { kind: 'taken', sha: known }
    const files = await filesBetween(git, history, { from: parent?.tree, to: tree })
    const commit: CommitOnGitHub = { message, tree, baseTree: parent?.tree, parents: parent === undefined ? [] : [parent.sha], files }
    const made = await github.makeCommit(commit)
    return made.kind === 'refused' ? made : { kind: 'taken', sha: await journal.once({ run, key }, async () => made.sha) }
  }
}

async function filesBetween(
  git: Git,
  history: History,
  { from, to }: { readonly from: TreeSha | undefined; readonly to: TreeSha },
): Promise<readonly FileOnGitHub[]> {
  const nothing = from ?? (await git.editTree({ from: null, files: new Map() }))
  const [changes = []] = await git.changesOfTrees([{ from: asTreeSha(nothing), to }])
  const sizes = await git.blobSizes(
    changes.flatMap(({ newBlob, newMode }) => (newBlob === undefined || newMode === '160000' ? [] : [newBlob])),
  )
  const files: FileOnGitHub[] = []
  for (const change of changes) files.push(await fileOf(change, { git, history, at: to, sizes }))
  return files
}

async function fileOf(
  { path, newBlob, newMode = '100644' }: TreeChange,
  there: { readonly git: Git; readonly history: History; readonly at: TreeSha; readonly sizes: ReadonlyMap<string, number> },
): Promise<FileOnGitHub> {
  if (newBlob === undefined) return { path, mode: newMode, content: { kind: 'deleted' } }
  if (newMode === '160000') return { path, mode: newMode, content: { kind: 'commit', sha: newBlob } }
  const size = there.sizes.get(newBlob) ?? Number.POSITIVE_INFINITY
  const text = size > longestText ? undefined : await there.git.readFile({ at: there.at, path })
  // Bytes that are no UTF-8 were read as replacement characters.
  const isFaithful = text !== undefined && Buffer.byteLength(text) === size && !text.includes('\uFFFD')
  if (isFaithful) return { path, mode: newMode, content: { kind: 'text', text } }
  return { path, mode: newMode, content: { kind: 'bytes', base64: await there.history.base64(newBlob) } }
}
