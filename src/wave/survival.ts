// Three trees and their merge -> whatever vanished. Pure: the rule that no line of anybody's work is lost in a merge.
import type { RepoPath } from '../ids.ts'
import type { TreeChange } from '../world.ts'

/** Something that should be in the merge and is not, or is there and comes from nobody. `what` is a sentence without its subject, the path. */
export interface Vanished {
  readonly path: RepoPath
  readonly what: string
}

/** A merge as changes against the common base. */
export interface MergeFacts {
  readonly ours: readonly TreeChange[]
  readonly theirs: readonly TreeChange[]
  readonly result: readonly TreeChange[]
}

/** Paths that both sides changed, and not to the same thing: their lines have to be looked at. */
export function pathsOfBoth({ ours, theirs }: Pick<MergeFacts, 'ours' | 'theirs'>): readonly RepoPath[] {
  const other = byPath(theirs)
  return ours.filter((change) => other.has(change.path) && !isSame(change, other.get(change.path))).map((change) => change.path)
}

/** What one side alone changed has to be there byte for byte, with its mode; what nobody changed has to be as it was. */
export function checkPaths(facts: MergeFacts): readonly Vanished[] {
  const both = new Set(pathsOfBoth(facts))
  const wanted = byPath([...facts.ours, ...facts.theirs])
  const result = byPath(facts.result)
  const paths = [...new Set([...wanted.keys(), ...result.keys()])].filter((path) => !both.has(path))
  return paths.flatMap((path) =>
    isSame(wanted.get(path), result.get(path)) ? [] : [{ path, what: sayDifference(wanted.get(path), result.get(path)) }],
  )
}

/** One path in all versions; undefined: not there. `symbols`: what each version declares, when somebody knows. */
export interface PathTexts {
  readonly path: RepoPath
  readonly base: string | undefined
  readonly ours: string | undefined
  readonly theirs: string | undefined
  readonly result: string | undefined
  readonly symbols?: {
    readonly base: readonly string[]
    readonly ours: readonly string[]
    readonly theirs: readonly string[]
    readonly result: readonly string[]
  }
}

/** A line or symbol left out on purpose. */
export interface Dropped {
  readonly path: string
  readonly line: string
  readonly reason: string
}

/**
 * Every added line of both sides is in the result or listed as dropped with a reason, and every added symbol is found again.
 * Lines count as often as they were added; white space does not matter (formatting may change it), nor do lines without a letter or digit.
 * `folded`: a line that both sides added may be there once (git's own line merge folds what is the same on both sides).
 * `marked`: git's attempt with both sides of every conflict; a line that both sides have in one conflict, or git folded outside of it, is one line.
 */
export function checkLines(
  texts: PathTexts,
  options: { readonly dropped: readonly Dropped[]; readonly folded: boolean; readonly marked?: string },
): readonly Vanished[] {
  const base = countLines(texts.base)
  const [ours, theirs] = [added(base, countLines(texts.ours)), added(base, countLines(texts.theirs))]
  const kept = keptOf(base, countLines(texts.ours), countLines(texts.theirs))
  const result = countLines(texts.result)
  const marked = options.marked === undefined ? undefined : foldSides(options.marked)
  const dropped = countLines(
    options.dropped
      .filter(({ path, reason }) => path === texts.path && reason.trim() !== '')
      .map(({ line }) => line)
      .join('\n'),
  )
  const lines = [...new Set([...ours.keys(), ...theirs.keys()])]
  const missing = lines.flatMap((line): Vanished[] => {
    const [one, two] = [ours.get(line) ?? 0, theirs.get(line) ?? 0]
    const ofBoth = (kept.get(line) ?? 0) + (options.folded ? Math.max(one, two) : one + two)
    const owed = one > 0 && two > 0 && marked !== undefined ? Math.min(ofBoth, marked.get(line) ?? 0) : ofBoth
    const lost = owed - (result.get(line) ?? 0) - (dropped.get(line) ?? 0)
    return lost <= 0
      ? []
      : [
          {
            path: texts.path,
            what: `lost ${lost === 1 ? 'a line' : `${lost} times the line`} that ${sayWho(one, two)} added: ${quote(line)}`,
          },
        ]
  })
  return [...missing, ...checkSymbols(texts, options.dropped)]
}

function checkSymbols({ path, symbols }: PathTexts, dropped: readonly Dropped[]): readonly Vanished[] {
  if (symbols === undefined) return []
  const there = new Set([...symbols.result, ...symbols.base])
  const declared = [...new Set([...symbols.ours, ...symbols.theirs])]
  const excused = (symbol: string) => dropped.some((drop) => drop.path === path && drop.line.trim() === symbol && drop.reason.trim() !== '')
  return declared
    .filter((symbol) => !there.has(symbol) && !excused(symbol))
    .map((symbol) => ({ path, what: `lost the declaration of ${symbol}` }))
}

/** Of lines that the base has: as many as neither side removed. */
function keptOf(base: Counts, ours: Counts, theirs: Counts): Counts {
  const left = [...base].map(([line, count]): [string, number] => {
    const removed = Math.max(0, count - (ours.get(line) ?? 0)) + Math.max(0, count - (theirs.get(line) ?? 0))
    return [line, Math.max(0, count - removed)]
  })
  return new Map(left)
}

type Counts = ReadonlyMap<string, number>

function countLines(text: string | undefined): Counts {
  const counts = new Map<string, number>()
  for (const line of (text ?? '').split('\n')) {
    const bare = line.replace(/\s+/g, ' ').trim()
    if (/[\p{L}\p{N}]/u.test(bare)) counts.set(bare, (counts.get(bare) ?? 0) + 1)
  }
  return counts
}

/** A text with conflict markers -> lines of a merge that keeps all of both sides, and writes once what they have in common. */
function foldSides(marked: string): Counts {
  const folded = new Map<string, number>()
  const add = (counts: Counts) => {
    for (const [line, count] of counts) folded.set(line, (folded.get(line) ?? 0) + count)
  }
  const conflict = /^<{7}[^\n]*\n(?<ours>[\s\S]*?)(?:^\|{7}[^\n]*\n[\s\S]*?)?^={7}\n(?<theirs>[\s\S]*?)^>{7}[^\n]*(?:\n|$)/gmu
  add(countLines(marked.replace(conflict, '')))
  for (const { groups } of marked.matchAll(conflict)) {
    const [ours, theirs] = [countLines(groups?.['ours']), countLines(groups?.['theirs'])]
    add(new Map([...ours.keys(), ...theirs.keys()].map((line) => [line, Math.max(ours.get(line) ?? 0, theirs.get(line) ?? 0)])))
  }
  return folded
}

function added(base: Counts, side: Counts): Counts {
  return new Map(
    [...side].flatMap(([line, count]): [string, number][] =>
      count > (base.get(line) ?? 0) ? [[line, count - (base.get(line) ?? 0)]] : [],
    ),
  )
}

function byPath(changes: readonly TreeChange[]): ReadonlyMap<RepoPath, TreeChange> {
  return new Map(changes.map((change) => [change.path, change]))
}

function isSame(a: TreeChange | undefined, b: TreeChange | undefined): boolean {
  return a?.newBlob === b?.newBlob && a?.newMode === b?.newMode && (a?.change === 'deleted') === (b?.change === 'deleted')
}

function sayDifference(wanted: TreeChange | undefined, found: TreeChange | undefined): string {
  if (wanted === undefined) return 'was changed by the merge, by nobody else'
  if (wanted.change === 'deleted') return 'was deleted by its owner and is there again'
  if (found === undefined) return `was ${wanted.change} by its owner and is as before`
  return found.change === 'deleted' ? `was ${wanted.change} by its owner and is gone` : 'is not what its owner wrote'
}

function sayWho(ours: number, theirs: number): string {
  return ours > 0 && theirs > 0 ? 'both sides' : ours > 0 ? 'the earlier work' : 'the later work'
}

function quote(line: string): string {
  return line.length <= 120 ? line : `${line.slice(0, 119)}…`
}
