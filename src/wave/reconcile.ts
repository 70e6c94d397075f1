// Conflicted paths -> merged texts by somebody with judgement, held to the survival rule. What they answer is checked, never believed.
import type { RepoPath, Sha, TreeSha } from '../ids.ts'
import type { Task } from '../plan/plan.ts'
import type { Git } from '../world.ts'
import { checkLines, type Dropped, type PathTexts, type Vanished } from './survival.ts'

/** One conflicted path in all its versions; undefined: not there on that side. */
export interface ConflictedFile {
  readonly path: RepoPath
  readonly base: string | undefined
  /** What is on the branch that is merged into. */
  readonly ours: string | undefined
  readonly theirs: string | undefined
  /** git's attempt, with conflict markers. */
  readonly marked: string | undefined
  /** Whose work `ours` is: the task that wrote the path last, if one of this run did. */
  readonly oursBy: Task | undefined
}

/** What a reconciler is given: all conflicted paths of one merge. */
export interface Conflict {
  readonly files: readonly ConflictedFile[]
  /** Whose work is merged in; undefined when it is the repository's own new history. */
  readonly theirsBy: Task | undefined
  /** What was wrong with the last answer; empty at first. */
  readonly faults: readonly string[]
}

/** A reconciler's answer: the whole text of every conflicted path (null: deleted), and what it left out on purpose. */
export type Reconciliation =
  | {
      readonly kind: 'reconciled'
      readonly files: readonly { readonly path: string; readonly text: string | null }[]
      readonly dropped: readonly Dropped[]
    }
  | { readonly kind: 'gave-up'; readonly reason: string }

/** Contract: called once per conflicting merge, and once more with `faults`; one at a time; rejects for what stops the run (money, limits, an interrupt), WorldFault and Bug only. */
export type Reconcile = (conflict: Conflict) => Promise<Reconciliation>

/** Names of what a Go text declares; undefined when it cannot say (no Go file, does not parse). Contract: may be called concurrently. */
export type SymbolsOf = (request: { readonly path: string; readonly text: string }) => Promise<readonly string[] | undefined>

/** The merge's tree with every conflicted path settled, or why not. */
export type Reconciled =
  | { readonly kind: 'reconciled'; readonly tree: TreeSha }
  | { readonly kind: 'failed'; readonly faults: readonly string[] }

/** Longer texts do not fit a conversation. Bytes; by taste. */
const maxTextBytes = 256 * 1024

/** Asks the reconciler, checks its answer, asks once more with the faults, then gives up. */
export async function reconcileConflict(request: {
  readonly git: Git
  /** Tree with conflict markers. */
  readonly tree: TreeSha
  readonly files: readonly ConflictedFile[]
  readonly theirsBy: Task | undefined
  readonly reconcile: Reconcile
  readonly symbolsOf: SymbolsOf | undefined
}): Promise<Reconciled> {
  const unreadable = request.files.filter((file) =>
    [file.base, file.ours, file.theirs].some((text) => text !== undefined && !isReadable(text)),
  )
  if (unreadable.length > 0)
    return { kind: 'failed', faults: unreadable.map(({ path }) => `${path} is no text that can be merged by hand`) }
  let faults: readonly string[] = []
  for (let ask = 1; ask <= 2; ask += 1) {
    const answer = await request.reconcile({ files: request.files, theirsBy: request.theirsBy, faults })
    if (answer.kind === 'gave-up') return { kind: 'failed', faults: [`the reconciler gave up: ${answer.reason}`] }
    faults = await faultsOf({ ...request, answer })
    if (faults.length === 0) {
      const files = new Map(request.files.map(({ path }) => [path, textFor(answer, path) ?? null]))
      return { kind: 'reconciled', tree: await request.git.editTree({ from: request.tree, files }) }
    }
  }
  return { kind: 'failed', faults }
}

type Answer = Extract<Reconciliation, { kind: 'reconciled' }>

function textFor(answer: Answer, path: string): string | null | undefined {
  return answer.files.find((file) => file.path === path)?.text
}

async function faultsOf(request: {
  readonly files: readonly ConflictedFile[]
  readonly answer: Answer
  readonly symbolsOf: SymbolsOf | undefined
}): Promise<readonly string[]> {
  const { files, answer } = request
  const known = new Set<string>(files.map(({ path }) => path))
  const faults = answer.files.filter(({ path }) => !known.has(path)).map(({ path }) => `${path} is not in conflict and must stay as it is`)
  for (const file of files) {
    const text = textFor(answer, file.path)
    if (text === undefined) faults.push(`${file.path} is in conflict and has no merged text`)
    else if (text !== null && hasMarkers(text)) faults.push(`${file.path} still has conflict markers`)
    else
      faults.push(
        ...(await vanishedFrom({ file, text: text ?? undefined, dropped: answer.dropped, symbolsOf: request.symbolsOf })).map(sayVanished),
      )
  }
  return faults
}

async function vanishedFrom(request: {
  readonly file: ConflictedFile
  readonly text: string | undefined
  readonly dropped: readonly Dropped[]
  readonly symbolsOf: SymbolsOf | undefined
}): Promise<readonly Vanished[]> {
  const { path, base, ours, theirs, marked } = request.file
  const texts = { path, base, ours, theirs, result: request.text }
  return checkLines(await withSymbols(texts, request.symbolsOf), {
    dropped: request.dropped,
    folded: false,
    ...(marked === undefined ? {} : { marked }),
  })
}

/** Adds what each version declares, when all versions can be read. */
export async function withSymbols(texts: PathTexts, symbolsOf: SymbolsOf | undefined): Promise<PathTexts> {
  if (symbolsOf === undefined) return texts
  const of = async (text: string | undefined) => (text === undefined ? [] : symbolsOf({ path: texts.path, text }))
  const [base, ours, theirs, result] = await Promise.all([of(texts.base), of(texts.ours), of(texts.theirs), of(texts.result)])
  return base === undefined || ours === undefined || theirs === undefined || result === undefined
    ? texts
    : { ...texts, symbols: { base, ours, theirs, result } }
}

/** One line about something that vanished, path first. */
export function sayVanished({ path, what }: Vanished): string {
  return `${path} ${what}`
}

function hasMarkers(text: string): boolean {
  return /^(<{7} |>{7} |\|{7} )/m.test(text)
}

/** Bytes that are no UTF-8 arrive as U+FFFD, and would go back as that. */
function isReadable(text: string): boolean {
  return !/[\u0000\ufffd]/.test(text) && Buffer.byteLength(text) <= maxTextBytes
}

/** Reads the versions of conflicted paths. */
export async function readConflict(request: {
  readonly git: Git
  readonly paths: readonly RepoPath[]
  readonly base: Sha
  readonly ours: Sha
  readonly theirs: Sha
  readonly tree: TreeSha
  readonly writerOf: (path: RepoPath) => Task | undefined
}): Promise<readonly ConflictedFile[]> {
  const { git, paths } = request
  return Promise.all(
    paths.map(async (path) => {
      const [base, ours, theirs, marked] = await Promise.all(
        [request.base, request.ours, request.theirs, request.tree].map((at) => git.readFile({ at, path })),
      )
      return { path, base, ours, theirs, marked, oursBy: request.writerOf(path) }
    }),
  )
}
