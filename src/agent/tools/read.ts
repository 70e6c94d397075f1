// Tool `read`: a file of the worktree with line numbers, bounded.
import { readdir, readFile, stat } from 'node:fs/promises'
import { z } from 'zod'
import type { Tool } from '../../world.ts'
import { placeOf } from '../workspace.ts'
import { failed, succeeded } from './answer.ts'
import { bound } from './bounds.ts'

const defaultLines = 800
/** Larger ones are searched, not read. Chosen. */
const maxFileBytes = 20_000_000

const input = z.object({ path: z.string(), offset: z.int().min(1).optional(), limit: z.int().min(1).optional() })

/** Reads files and lists folders. `seen` remembers what was read: an edit wants that first. */
export function readTool(root: string, seen: Set<string>): Tool<never> {
  return {
    name: 'read',
    description: `A file with line numbers (${defaultLines} lines from offset), or a folder's entries.`,
    input,
    run: async (raw) => {
      const { path: named, offset = 1, limit = defaultLines } = input.parse(raw)
      const place = await placeOf(root, named)
      if (place.kind === 'refused') return failed(place.why)
      const stats = await stat(place.absolute).catch(() => undefined)
      if (stats === undefined) return failed(`${place.path} does not exist.`)
      if (stats.isDirectory()) return succeeded(await listFolder(place.absolute))
      if (!stats.isFile()) return failed(`${place.path} is no plain file.`)
      if (stats.size > maxFileBytes) return failed(`${place.path} has ${stats.size} bytes. Look for what you need with grep.`)
      const bytes = await readFile(place.absolute)
      if (bytes.subarray(0, 8_000).includes(0)) return failed(`${place.path} is binary (${bytes.length} bytes).`)
      seen.add(place.path)
      return succeeded(numbered(bytes.toString('utf8'), { offset, limit }))
    },
    recall: async (raw, { isError }) => {
      const place = await placeOf(root, input.parse(raw).path)
      if (place.kind === 'inside' && !isError) seen.add(place.path)
    },
  }
}

async function listFolder(absolute: string): Promise<string> {
  const entries = await readdir(absolute, { withFileTypes: true })
  const names = entries.filter((entry) => entry.name !== '.git').map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
  return names.sort().join('\n') || '(empty)'
}

function numbered(text: string, range: { readonly offset: number; readonly limit: number }): string {
  if (text === '') return '(empty file)'
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  if (range.offset > lines.length) return `(it has only ${lines.length} lines)`
  const shown = lines.slice(range.offset - 1, range.offset - 1 + range.limit)
  const body = shown.map((line, index) => `${String(range.offset + index).padStart(5)}\t${line}`).join('\n')
  const rest = lines.length - (range.offset - 1 + shown.length)
  return bound(
    rest > 0 ? `${body}\n[… ${rest} more lines; read with offset ${range.offset + shown.length}]` : body,
    'Read a part with offset and limit.',
  )
}
