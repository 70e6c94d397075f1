// Tools `write` and `edit`: the only ways an agent changes files by name. Held to its paths at the moment of writing.
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'
import type { Tool, ToolAnswer } from '../../world.ts'
import { placeOf, refuseWrite, type Workspace } from '../workspace.ts'
import { failed, succeeded } from './answer.ts'

/** Largest file a call may write, bytes. Chosen: the harvest refuses more anyway. */
const maxFileBytes = 1_000_000

/** Told of every file that was written: its path and its whole text. */
export type OnWritten = (path: string, content: string) => void

const written = z.object({ path: z.string(), content: z.string() })

/** Creates or replaces a file. A file that exists has to be read first: nobody overwrites what they have not seen. */
export function writeTool(workspace: Workspace, seen: Set<string>, onWritten: OnWritten = () => undefined): Tool<never> {
  return {
    name: 'write',
    description: 'Create or replace a file of yours. Read an existing one first.',
    input: written,
    run: async (raw) => {
      const { path: named, content } = written.parse(raw)
      const place = await placeOf(workspace.root, named)
      if (place.kind === 'refused') return failed(place.why)
      const refused = refuseWrite(workspace, place)
      if (refused !== undefined) return failed(refused)
      const stats = await stat(place.absolute).catch(() => undefined)
      if (stats?.isDirectory() === true) return failed(`${place.path} is a folder.`)
      if (stats !== undefined && !seen.has(place.path)) return failed(`${place.path} exists. Read it before you replace it.`)
      const verb = stats === undefined ? 'created' : 'replaced'
      const saved = await save({ absolute: place.absolute, path: place.path, content, verb, onWritten })
      if (!saved.isError) seen.add(place.path)
      return saved
    },
  }
}

const edited = z.object({ path: z.string(), old: z.string().min(1), new: z.string(), all: z.boolean().optional() })

/** Replaces one exact piece of text, or all of them. Whoever knows the text has seen it, by whatever tool. */
export function editTool(workspace: Workspace, onWritten: OnWritten = () => undefined): Tool<never> {
  return {
    name: 'edit',
    description: 'Replace exact text `old` (unique, or all: true) in a file of yours.',
    input: edited,
    run: async (raw) => {
      const asked = edited.parse(raw)
      const place = await placeOf(workspace.root, asked.path)
      if (place.kind === 'refused') return failed(place.why)
      const refused = refuseWrite(workspace, place)
      if (refused !== undefined) return failed(refused)
      const before = await readFile(place.absolute, 'utf8').catch(() => undefined)
      if (before === undefined) return failed(`${place.path} does not exist. Create it with write.`)
      const times = before.split(asked.old).length - 1
      if (times === 0) return failed(`${place.path} does not hold that text.${nearMiss(before, asked.old)}`)
      if (times > 1 && asked.all !== true)
        return failed(`That text stands ${times} times in ${place.path}. Give more of its surroundings, or all: true.`)
      const content = before.replaceAll(asked.old, () => asked.new)
      return save({
        absolute: place.absolute,
        path: place.path,
        content,
        verb: `edited (${times === 1 ? `line ${lineOf(before, asked.old)}` : `${times} places`})`,
        onWritten,
      })
    },
  }
}

function lineOf(text: string, part: string): number {
  return text.slice(0, text.indexOf(part)).split('\n').length
}

async function save(file: {
  readonly absolute: string
  readonly path: string
  readonly content: string
  readonly verb: string
  readonly onWritten: OnWritten
}): Promise<ToolAnswer<never>> {
  const bytes = Buffer.byteLength(file.content)
  if (bytes > maxFileBytes) return failed(`${file.path} would have ${bytes} bytes; at most ${maxFileBytes} are allowed.`)
  try {
    await mkdir(dirname(file.absolute), { recursive: true })
    await writeFile(file.absolute, file.content)
  } catch (cause) {
    return failed(`${file.path} could not be written: ${cause instanceof Error ? cause.message : String(cause)}`)
  }
  file.onWritten(file.path, file.content)
  return succeeded(`${file.path} ${file.verb}, ${file.content.split('\n').length - 1} lines.`)
}

// The usual miss is white space, or one changed line: show what stands there instead.
function nearMiss(text: string, old: string): string {
  const lines = text.split('\n')
  const wanted = old.split('\n')
  const first = wanted.findIndex((line) => line.trim().length > 2)
  const at = lines.findIndex((line) => line.trim() === wanted[first]?.trim())
  if (first < 0 || at < 0) return ' Read it again: it may have changed.'
  const begin = Math.max(0, at - first)
  const there = lines.slice(begin, begin + Math.min(wanted.length, 12))
  return ` From line ${begin + 1} on there stands instead:\n${there.join('\n')}`
}
