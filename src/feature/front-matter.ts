// Markdown text -> its YAML front matter with the line of each field, and the body. Knows no field's meaning.
import { type Alias, type Document, isMap, isScalar, isSeq, LineCounter, parseDocument, visit, type YAMLMap } from 'yaml'

/** A front matter, read. Lines count from 1 in the whole text. */
export interface FrontMatter {
  readonly value: Readonly<Record<string, unknown>>
  /** Line of a field's key, or of its item `index`; 1 when the text has no such field. */
  readonly lineOf: (field: string, index?: number) => number
}

/** What keeps front matter and body from being told apart. */
interface FrontMatterFault {
  readonly kind: 'faulty'
  readonly line: number
  readonly problem: string
  readonly expected: string
  readonly found: string
  readonly fix: string
}

/** Front matter and body (without blank lines around it; `bodyLine`: the line its text begins on), or the fault. */
export type SplitText =
  | { readonly kind: 'split'; readonly front: FrontMatter; readonly body: string; readonly bodyLine: number }
  | FrontMatterFault

/** Splits a text that opens with `---`, YAML, `---`. A byte order mark and CRLF are taken as what they are. */
export function splitFrontMatter(text: string): SplitText {
  const lines = text
    .replace(/^\uFEFF/, '')
    .replace(/\r\n?/g, '\n')
    .split('\n')
  if (!isFence(lines[0])) return noFence(1, 'no front matter', lines[0] ?? '')
  const end = lines.findIndex((line, index) => index > 0 && isFence(line))
  if (end < 0) return noFence(lines.length, 'the front matter does not end', 'the end of the text')
  const front = readFields(lines.slice(1, end).join('\n'))
  if ('kind' in front) return front
  const bodyAt = lines.findIndex((line, index) => index > end && line.trim() !== '')
  const body = bodyAt < 0 ? '' : lines.slice(bodyAt).join('\n').trimEnd()
  return { kind: 'split', front, body, bodyLine: bodyAt < 0 ? end + 1 : bodyAt + 1 }
}

const isFence = (line: string | undefined): boolean => line?.trimEnd() === '---'

function readFields(yaml: string): FrontMatter | FrontMatterFault {
  const counter = new LineCounter()
  const document = parseDocument(yaml, { lineCounter: counter, prettyErrors: false })
  // One more: YAML did not see the opening fence.
  const lineAt = (offset: number) => counter.linePos(offset).line + 1
  const [error] = document.errors
  if (error !== undefined) return notYaml(lineAt(error.pos[0]), error.message)
  const alias = firstAlias(document)
  if (alias !== undefined) return aliasUsed(lineAt(alias.range?.[0] ?? 0), alias.source)
  const { contents } = document
  if (!isMap(contents)) return notAMapping(yaml.split('\n')[0] ?? '')
  return { value: document.toJS() as Record<string, unknown>, lineOf: (field, index) => lineAt(offsetOf(contents, field, index) ?? -1) }
}

function offsetOf(map: YAMLMap, field: string, index: number | undefined): number | undefined {
  const pair = map.items.find((item) => isScalar(item.key) && item.key.value === field)
  const item = index !== undefined && isSeq(pair?.value) ? pair.value.items[index] : undefined
  const node = isScalar(item) ? item : pair?.key
  return isScalar(node) ? node.range?.[0] : undefined
}

/** Aliases can grow a few lines into gigabytes, and nobody needs them here. */
function firstAlias(document: Document): Alias | undefined {
  let found: Alias | undefined
  visit(document, {
    Alias(_, node) {
      found = node
      return visit.BREAK
    },
  })
  return found
}

const fields = '`field: value` lines'

function noFence(line: number, problem: string, found: string): FrontMatterFault {
  const fix = 'Put the fields between two lines of three dashes at the top.'
  return { kind: 'faulty', line, problem, expected: 'a line `---`, the fields, and a line `---`', found: JSON.stringify(found), fix }
}

function notYaml(line: number, found: string): FrontMatterFault {
  const fix = 'Quote values that hold `: ` or ` #`.'
  return { kind: 'faulty', line, problem: 'the front matter is not YAML', expected: fields, found, fix }
}

function aliasUsed(line: number, name: string): FrontMatterFault {
  const fix = 'Write the value itself; quote globs that begin with `*`.'
  return { kind: 'faulty', line, problem: 'the front matter uses a YAML alias', expected: 'plain values', found: `\`*${name}\``, fix }
}

function notAMapping(first: string): FrontMatterFault {
  const fix = 'Write one field a line, like `name: entity-architect`.'
  return { kind: 'faulty', line: 2, problem: 'the front matter is not a mapping', expected: fields, found: JSON.stringify(first), fix }
}
