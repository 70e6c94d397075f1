// What a check found -> a failure with a name that stays the same while lines move, and the comparison of a tree's failures with its base's.
import type { Failure } from './verdict.ts'

/** A failure before it has a name. */
export type Finding = Omit<Failure, 'id'>

/** Names a finding by check, kind, place and message: no line numbers, no repetition of a run's paths. Two equal findings have equal names. */
export function toFailure(finding: Finding): Failure {
  const place = finding.file ?? finding.package ?? ''
  const subject = finding.test ?? finding.symbol ?? ''
  // A test prints values and times that differ from run to run: its name says enough.
  const message = finding.test === undefined ? withoutPositions(finding.message) : ''
  return { ...finding, id: [`${finding.check}/${finding.kind}`, place, subject, message].join('|') }
}

function withoutPositions(message: string): string {
  return message
    .replace(/:\d+(:\d+)?(?=[:\s)]|$)/g, '')
    .replace(/\bline \d+\b/g, 'line')
    .replace(/\s+/g, ' ')
    .trim()
}

/** Failures of a tree beside those of its base. `files`: the tree's files, to see which of the base's are gone. */
export interface Comparison {
  readonly head: readonly Failure[]
  readonly base: readonly Failure[]
  readonly files: ReadonlySet<string>
}

/**
 * Takes out what the base has too, one for one: three of a kind where the base has two leave one. A failure of a file that is gone
 * accounts for the same one in another file: it moved.
 */
export function compareWithBase(comparison: Comparison): { readonly blamed: readonly Failure[]; readonly alsoAtBase: readonly Failure[] } {
  const exact = takeOut(comparison.head, comparison.base, (failure) => failure.id)
  const gone = exact.unused.filter((failure) => failure.file !== undefined && !comparison.files.has(failure.file))
  const moved = takeOut(exact.left, gone, placeless)
  return { blamed: moved.left, alsoAtBase: [...exact.taken, ...moved.taken] }
}

function placeless(failure: Failure): string {
  const { file: _file, line: _line, package: _package, ...rest } = failure
  return toFailure(rest).id
}

function takeOut(
  head: readonly Failure[],
  base: readonly Failure[],
  key: (failure: Failure) => string,
): { readonly left: readonly Failure[]; readonly taken: readonly Failure[]; readonly unused: readonly Failure[] } {
  const stock = Map.groupBy(base, key)
  const left: Failure[] = []
  const taken: Failure[] = []
  for (const failure of head) {
    if (stock.get(key(failure))?.pop() === undefined) left.push(failure)
    else taken.push(failure)
  }
  return { left, taken, unused: [...stock.values()].flat() }
}
