// Requirement ids as a plan names them -> the ids of the feature. `R3-R9` stands for all between, in the feature's order. Pure.

/** Spells ranges out. Ids that the feature does not know stay as they are, for check-plan to name. */
export function expandIds(written: readonly string[], known: readonly string[]): readonly string[] {
  return [...new Set(written.flatMap((id) => rangeOf(id.trim(), known)))]
}

function rangeOf(id: string, known: readonly string[]): readonly string[] {
  if (known.includes(id)) return [id]
  const ends = /^(?<from>\S+?)\s*(?:-|–|\.\.|to)\s*(?<to>\S+)$/u.exec(id)?.groups
  // `R3-9` means `R3-R9`.
  const from = known.indexOf(ends?.['from'] ?? '')
  const prefix = /^\D*/u.exec(ends?.['from'] ?? '')?.[0] ?? ''
  const to = known.findIndex((each) => each === ends?.['to'] || each === `${prefix}${ends?.['to']}`)
  return from < 0 || to < from ? [id] : known.slice(from, to + 1)
}
