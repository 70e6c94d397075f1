// Go as people write it in a specification -> its declarations. It need not parse (`;` between functions, `…` for the rest), so brackets are
// counted and nothing more; what holds about real code is asked of the analyzer, never of this file.

/** One declaration. `text`: all of it with its trailing comments; `head`: its first line without a body, which is what is asked for. */
export interface GoDeclaration {
  readonly kind: 'type' | 'func' | 'value'
  /** `Entry`, `NewEntry`, `(*Entry).ActiveAt`; empty for a group of constants or variables. */
  readonly name: string
  readonly text: string
  readonly head: string
  /** Line within the block, from 0. */
  readonly line: number
}

const start = /^(?:type|func|const|var)\b/u

/** Whether a code block is Go: by its language, or, without one, by how it begins. */
export function isGo(block: { readonly lang: string; readonly text: string }): boolean {
  return (
    block.lang === 'go' ||
    block.lang === 'golang' ||
    (block.lang === '' && /^\s*(?:package \w+\s*$|type \w+ |func [\w(])/mu.test(block.text))
  )
}

/** Declarations of a block, in order. Package clause, imports and lines that begin nothing are left out, comments go with what they stand behind. */
export function declarationsOf(code: string): readonly GoDeclaration[] {
  return chunks(code).flatMap(({ text, line }) =>
    expandGroup(text).flatMap((part) => splitLine(part).map((each) => declaration(each, line))),
  )
}

interface Chunk {
  readonly text: string
  readonly line: number
}

/** A chunk begins at a line that starts a declaration outside all brackets; comment lines in front of the next one stay with the next. */
function chunks(code: string): readonly Chunk[] {
  const found: { text: string; line: number }[] = []
  let depth = 0
  let open = false
  code.split('\n').forEach((line, index) => {
    const begins = depth === 0 && start.test(line)
    if (begins) found.push({ text: line, line: index })
    else if (depth > 0 && open) found.at(-1)!.text += `\n${line}`
    else if (depth === 0 && open && /^\s*\/\//u.test(line) && !nextBegins(code.split('\n'), index)) found.at(-1)!.text += `\n${line}`
    if (begins) open = true
    else if (depth === 0 && !/^\s*\/\//u.test(line) && line.trim() !== '') open = false
    depth = Math.max(0, depth + balance(line))
  })
  return found
}

/** A comment right above a declaration is that declaration's, not the former one's. */
function nextBegins(lines: readonly string[], from: number): boolean {
  const next = lines.slice(from + 1).find((line) => !/^\s*\/\//u.test(line))
  return next !== undefined && start.test(next) && lines[from - 1]?.trim() === ''
}

function balance(line: string): number {
  const code = line.replace(/\/\/.*$/u, '').replace(/"(?:\\.|[^"\\])*"|`[^`]*`|'(?:\\.|[^'\\])'/gu, '')
  return (code.match(/[([{]/gu)?.length ?? 0) - (code.match(/[)\]}]/gu)?.length ?? 0)
}

/** `type ( … )` holds several types; constants and variables stay one group. */
function expandGroup(text: string): readonly string[] {
  if (!/^type\s*\(/u.test(text)) return [text]
  const inner = text.replace(/^type\s*\(/u, '').replace(/\)\s*$/u, '')
  return chunks(inner.replace(/^(?:\t| {1,4})(?=\S)/gmu, 'type ').replace(/^type (?=\/\/|[})])/gmu, '')).map((chunk) => chunk.text)
}

/** `func A(); func B() // both` on one line are two declarations; the comment is the last one's. */
function splitLine(text: string): readonly string[] {
  const [first = '', ...rest] = text.split('\n')
  const parts = first.split(/;\s*(?=(?:type|func|const|var)\b)/u)
  return parts.map((part, index) => (index === parts.length - 1 ? [part, ...rest].join('\n') : part))
}

function declaration(text: string, line: number): GoDeclaration {
  const trimmed = text.trim()
  const method = /^func\s*\(\s*\w*\s*(?<star>\*?)(?<receiver>\w+)[^)]*\)\s*(?<name>\w+)/u.exec(trimmed)?.groups
  if (method !== undefined) {
    return { kind: 'func', name: `(${method['star']}${method['receiver']}).${method['name']}`, text: trimmed, head: headOf(trimmed), line }
  }
  const plain = /^(?<word>type|func)\s+(?<name>\w+)/u.exec(trimmed)?.groups
  const kind = plain?.['word'] === 'type' ? 'type' : plain === undefined ? 'value' : 'func'
  return { kind, name: plain?.['name'] ?? '', text: trimmed, head: headOf(trimmed), line }
}

/** A function's body is an illustration, its signature and remarks are the demand; a type is one with all of its lines. */
function headOf(text: string): string {
  const lines = text.split('\n')
  if (!text.startsWith('func') || lines.length === 1) return text
  const body = balance(lines[0]!) > 0 && /\{\s*(?:\/\/.*)?$/u.test(lines[0]!)
  return body ? lines[0]!.replace(/\s*\{\s*(?:\/\/.*)?$/u, '') : text
}
