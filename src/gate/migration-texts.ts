// A migration file's text -> its SQL by direction. Knows the section marks of tools that keep both directions in one file.

/** SQL of one migration. `down` is missing where the file has none. */
export interface MigrationText {
  readonly up: string
  readonly down?: string
}

// Marks of goose, dbmate and sql-migrate.
const marks = /^--\s*(?:\+goose|migrate:|\+migrate)\s*(up|down)\b.*$/i

/** Splits a file that holds both directions; without marks all of it is `up`. Lines keep their numbers, so that errors point into the file. */
export function splitDirections(text: string): MigrationText {
  const lines = text.split('\n')
  const sections = { up: lines.map(() => ''), down: lines.map(() => '') }
  let [direction, marked, hasDown]: ['up' | 'down' | undefined, boolean, boolean] = [undefined, false, false]
  for (const [index, line] of lines.entries()) {
    const word = marks.exec(line)?.[1]?.toLowerCase()
    if (word === 'up' || word === 'down') [direction, marked, hasDown] = [word, true, hasDown || word === 'down']
    else if (direction !== undefined) sections[direction][index] = line
  }
  if (!marked) return { up: text }
  return { up: sections.up.join('\n'), ...(hasDown ? { down: sections.down.join('\n') } : {}) }
}
