// Text of a specification -> the HTTP endpoints it names. Tolerant of how people write them: code spans, tables, plain lines, YAML.
import type { Block } from './blocks.ts'
import { isGo } from './go-declarations.ts'
import { statementsOf } from './statements.ts'

/** An endpoint as the specification names it. `path` has no query; `text` is the statement, row or line that names it. */
export interface Endpoint {
  readonly method: string
  readonly path: string
  readonly text: string
}

const methods = 'GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|WS|WEBSOCKET|SSE'
const spelt = new RegExp(`(?<![A-Za-z])(?<method>${methods})\`?\\s*\\|?\\s*\`?\\s*(?<path>(?:\\/|…|\\.\\.\\.)[^\\s\`"'|,;)]*)`, 'gu')
const yaml = /method:\s*["']?(?<method>[A-Z]+)["']?\s*\n\s*path:\s*["']?(?<path>\/[^\s"']*)/gu

/**
 * Endpoints of one section, in order, each once. `…` or `...` at the start of a path stands for the last path that was spelled out;
 * `last` carries it over from the sections before.
 */
export function endpointsOf(blocks: readonly Block[], last = ''): { readonly endpoints: readonly Endpoint[]; readonly last: string } {
  const endpoints: Endpoint[] = []
  let stem = last
  for (const unit of blocks.flatMap(unitsOf)) {
    const found = [...unit.matchAll(/^\s*-?\s*method:/mu.test(unit) ? yaml : spelt)]
    found.forEach((match, index) => {
      const written = match.groups?.['path'] ?? ''
      const short = /^(?:…|\.\.\.)/u.test(written)
      if (short && stem === '') return
      const path = bare(short ? `${stem}${written.replace(/^(?:…|\.\.\.)/u, '')}` : written)
      if (!short) stem = path
      const text = found.length === 1 ? unit : unit.slice(match.index, found[index + 1]?.index)
      endpoints.push({ method: match.groups?.['method'] ?? '', path, text: tidy(text) })
    })
  }
  return { endpoints: distinct(endpoints), last: stem }
}

/** What one endpoint's text may be taken from: a statement, a row, a line of code, or a whole YAML block. Go speaks of functions, not of endpoints. */
function unitsOf(block: Block): readonly string[] {
  switch (block.kind) {
    case 'row':
      return [block.cells.filter((cell) => cell !== '').join(' | ')]
    case 'code':
      if (isGo(block)) return []
      return /^\s*-?\s*method:/mu.test(block.text) ? [block.text] : block.text.split('\n')
    default:
      return statementsOf(block.text)
  }
}

/** Without query, fragment and what a sentence puts behind a path. */
function bare(path: string): string {
  return path
    .replace(/[?#].*$/u, '')
    .replace(/[.:]+$/u, '')
    .replace(/(?<=.)\/$/u, '')
}

function tidy(text: string): string {
  const plain = text.replace(/\s+/gu, ' ').trim()
  // Cut out of a sentence, the quote that opened before the method is missing.
  return (plain.match(/`/gu)?.length ?? 0) % 2 === 0 ? plain : `\`${plain}`.replace(/[\s,·|`]*$/u, (end) => (end.includes('`') ? '`' : ''))
}

function distinct(endpoints: readonly Endpoint[]): readonly Endpoint[] {
  const seen = new Set<string>()
  return endpoints.filter(({ method, path }) => !seen.has(`${method} ${path}`) && seen.add(`${method} ${path}`))
}
