// A text with GitHub's expressions -> the text, as far as names of things, quoted words and `||` go: enough for `run-name` and concurrency groups.

/** What expressions may name: `github`, `inputs`. */
export type Contexts = Readonly<Record<string, unknown>>

/** Fills it. An expression that it does not know stays as it is. */
export function fillIn(text: string, contexts: Contexts): string {
  return text.replaceAll(/\$\{\{(?<inner>.*?)\}\}/gsu, (all: string, inner: string) => {
    const values = inner.split('||').map((one) => meaningOf(one.trim(), contexts))
    if (values.includes(undefined)) return all
    return values.find((value) => value !== '') ?? ''
  })
}

// `undefined`: no name and no word. What is named and not there is empty, as GitHub has it.
function meaningOf(expression: string, contexts: Contexts): string | undefined {
  const word = /^'(?<word>(?:[^']|'')*)'$/u.exec(expression)?.groups?.['word']
  if (word !== undefined) return word.replaceAll("''", "'")
  if (!/^[\w-]+(?:\.[\w-]+)*$/u.test(expression)) return undefined
  const found = expression.split('.').reduce<unknown>((at, name) => (isMap(at) ? at[name] : undefined), contexts)
  return found === undefined || found === null || found === false || isMap(found) ? '' : String(found)
}

function isMap(value: unknown): value is Contexts {
  return typeof value === 'object' && value !== null
}
