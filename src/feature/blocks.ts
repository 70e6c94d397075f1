// Markdown -> sections of plain blocks (paragraphs, items, table rows, code), each with the source text it was written as. Knows no meaning.
import type { BlockContent, DefinitionContent, List, ListItem, Root, RootContent, Table } from 'mdast'
import { toString as plainText } from 'mdast-util-to-string'
import remarkGfm from 'remark-gfm'
import remarkParse from 'remark-parse'
import { unified } from 'unified'
import { UserFault } from '../fault.ts'

/** A piece of a section. `text` is Markdown as written, white space collapsed except in code. `line` counts from 1 in the text that was read. */
export type Block =
  | { readonly kind: 'paragraph'; readonly text: string; readonly line: number }
  /** A list item; `text` holds what is nested in it too, unless the item ends in a colon: then each nested item stands alone, led by it. */
  | { readonly kind: 'item'; readonly text: string; readonly line: number }
  | { readonly kind: 'row'; readonly cells: readonly string[]; readonly header: readonly string[]; readonly line: number }
  | { readonly kind: 'code'; readonly lang: string; readonly text: string; readonly line: number }

/** What stands between two headings. The first section is what precedes all headings: depth 0, no title. */
export interface Section {
  /** The heading as plain text. */
  readonly title: string
  /** The heading as written, with its code spans. */
  readonly heading: string
  readonly depth: number
  readonly line: number
  /** It is the document's title: the first heading, and of the first level. What follows it is no part of the document but all of it. */
  readonly isTitle: boolean
  /** Titles of the headings above, outermost first, without the document's title. */
  readonly above: readonly string[]
  readonly blocks: readonly Block[]
}

/**
 * Parses GitHub-flavoured Markdown. `firstLine`: line number of the body's first line in the whole file.
 * Errors: UserFault for quotes or lists nested thousands deep, which is all that the parser cannot take; every other text is Markdown.
 */
export function readSections(body: string, firstLine = 1): readonly Section[] {
  const tree = parse(body)
  const reader: Reader = { body, firstLine }
  let open: Section & { readonly blocks: Block[] } = {
    title: '',
    heading: '',
    depth: 0,
    line: firstLine,
    isTitle: false,
    above: [],
    blocks: [],
  }
  const sections = [open]
  for (const node of tree.children) {
    if (node.type !== 'heading') {
      open.blocks.push(...blocksOf(node, reader))
      continue
    }
    const isTitle = node.depth === 1 && sections.length === 1
    const heading = sourceOf(node, reader).replace(/^#+\s*|\s*#*$|\s*\n[=-]+\s*$/gu, '')
    open = {
      title: plainText(node).trim(),
      heading,
      depth: node.depth,
      line: lineOf(node, reader),
      isTitle,
      above: ancestors(sections, node.depth),
      blocks: [],
    }
    sections.push(open)
  }
  return sections
}

function parse(body: string): Root {
  try {
    return unified().use(remarkParse).use(remarkGfm).parse(body)
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause
    throw new UserFault({ problem: 'The specification nests quotes or lists too deeply to be read.', hint: 'Write it flatter.', cause })
  }
}

interface Reader {
  readonly body: string
  readonly firstLine: number
}

type Placed = Pick<RootContent, 'position'>

function ancestors(sections: readonly Section[], depth: number): readonly string[] {
  const parent = sections.findLast((section) => section.depth > 0 && section.depth < depth && !section.isTitle)
  return parent === undefined ? [] : [...parent.above, parent.title]
}

function sourceOf(node: Placed, { body }: Reader): string {
  return body.slice(node.position?.start.offset ?? 0, node.position?.end.offset ?? 0)
}

function lineOf(node: Placed, { firstLine }: Reader): number {
  return (node.position?.start.line ?? 1) + firstLine - 1
}

/** Quote marks and indentation of continuation lines are the list's or quote's, not the text's. */
function proseOf(node: Placed, reader: Reader): string {
  return sourceOf(node, reader)
    .replace(/(?: {2,}|\\)\n/gu, '; ')
    .replace(/\n[ \t>]*/gu, ' ')
    .replace(/^\[[ xX]\]\s+/u, '')
    .replace(/\s+/gu, ' ')
    .trim()
}

function blocksOf(node: RootContent, reader: Reader): readonly Block[] {
  switch (node.type) {
    case 'paragraph':
      return [{ kind: 'paragraph', text: proseOf(node, reader), line: lineOf(node, reader) }]
    case 'code':
      return [{ kind: 'code', lang: (node.lang ?? '').toLowerCase(), text: node.value, line: lineOf(node, reader) }]
    case 'list':
      return itemsOf(node, reader, '')
    case 'table':
      return rowsOf(node, reader)
    case 'blockquote':
      return node.children.flatMap((child) => blocksOf(child, reader))
    default:
      return []
  }
}

function itemsOf(list: List, reader: Reader, lead: string): readonly Block[] {
  return list.children.flatMap((item) => itemBlocks(item, reader, lead))
}

function itemBlocks(item: ListItem, reader: Reader, lead: string): readonly Block[] {
  const own = item.children.filter((child) => child.type === 'paragraph').map((child) => proseOf(child, reader))
  const text = `${lead}${own.join(' ')}`
  const lists = item.children.filter((child): child is List => child.type === 'list')
  const others = item.children
    .filter((child) => child.type !== 'paragraph' && child.type !== 'list')
    .flatMap((child) => blocksOf(child, reader))
  if (lists.length === 0) return [...itemBlock(text, item, reader), ...others]
  if (/[:：]\**$/u.test(text)) return [...lists.flatMap((list) => itemsOf(list, reader, `${text} `)), ...others]
  const details = lists.flatMap((list) => itemsOf(list, reader, '')).flatMap((block) => (block.kind === 'item' ? [block.text] : []))
  return [...itemBlock([text, ...details].filter((part) => part !== '').join('; '), item, reader), ...others]
}

function itemBlock(text: string, item: BlockContent | DefinitionContent | ListItem, reader: Reader): readonly Block[] {
  return text === '' ? [] : [{ kind: 'item', text, line: lineOf(item, reader) }]
}

function rowsOf(table: Table, reader: Reader): readonly Block[] {
  const [head, ...rows] = table.children.map((row) => ({
    cells: row.children.map((cell) => cell.children.map((child) => proseOf(child, reader)).join('')),
    line: lineOf(row, reader),
  }))
  return rows.map((row) => ({ kind: 'row', cells: row.cells, header: head?.cells ?? [], line: row.line }))
}
