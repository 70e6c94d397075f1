// Names of objects -> what they are and hold; pairs of trees -> what differs; entries -> a tree. Asked of git processes that stay.
import { randomUUID } from 'node:crypto'
import { WorldFault } from '../../fault.ts'
import { type Folder, parseFolder, sayFolder } from './overlay-tree.ts'
import { openTalk, type ReadAnswer } from './talk.ts'

/** What a name stands for. `size` in bytes. */
export interface ObjectInfo {
  readonly object: string
  readonly type: string
  readonly size: number
}

/** Reads a mirror. What other processes write meanwhile is seen. Errors: WorldFault('git'). */
export interface MirrorReader {
  /** By any name that git resolves, full names of refs too; undefined when there is no such object. */
  info(name: string): Promise<ObjectInfo | undefined>
  /** The text of a blob; undefined when the name stands for nothing, or for no blob. */
  text(name: string): Promise<string | undefined>
  /** `diff-tree -r -z --raw` of these pairs of trees, as one output: each pair's two names, then its changes. */
  rawDiffs(pairs: readonly { readonly from: string; readonly to: string }[]): Promise<string>
  /** Entries of a tree; undefined when they cannot all be said as text. */
  folder(tree: string): Promise<Folder | undefined>
  /** Writes a tree and answers its name. The same entries are the same tree, so being asked twice does no harm. */
  makeFolder(entries: Folder): Promise<string>
}

/** As for every git command: file contents. */
const maxTextBytes = 64 * 1024 * 1024

/** `diff-tree --stdin` with these prints what {@link MirrorReader.rawDiffs} says. */
const rawDiff = ['-r', '-z', '--raw', '--no-abbrev', '--no-renames']

/** `env`: the whole environment, with GIT_DIR. */
export function openReader({ dir, env }: { readonly dir: string; readonly env: Readonly<Record<string, string>> }): MirrorReader {
  const objects = openTalk({ args: ['cat-file', '--batch-command', '-z'], cwd: dir, env })
  const trees = openTalk({ args: ['diff-tree', '--stdin', ...rawDiff], cwd: dir, env })
  // What is in it was read from trees; `--missing` keeps git from asking a partial clone's remote for it.
  const folders = openTalk({ args: ['mktree', '-z', '--missing', '--batch'], cwd: dir, env })
  const info = (name: string) => objects.ask(`info ${name}\0`, (come) => readInfo(come, name))
  const contents = (object: string, name: string) => objects.ask(`contents ${object}\0`, (come) => readContents(come, name))
  return {
    info,
    text: async (name) => {
      const found = await info(name)
      if (found?.type !== 'blob') return undefined
      if (found.size > maxTextBytes)
        throw new WorldFault({ service: 'git', problem: `${name} is larger than can be read at once.`, retryable: false })
      return (await contents(found.object, name)).toString('utf8')
    },
    folder: async (tree) => parseFolder(await contents(tree, tree), tree.length / 2),
    makeFolder: (entries) => folders.ask(sayFolder(entries), readName),
    rawDiffs: (pairs) => {
      // What is no object name is printed back, and with it all that was held back.
      const end = `end ${randomUUID()}\n`
      return trees.ask(`${pairs.map(({ from, to }) => `${from} ${to}\n`).join('')}${end}`, (come) => readUntil(come, end))
    },
  }
}

/** `<object> <type> <size>\n`, or the name as it was asked for and ` missing\n`, ` ambiguous\n`. */
function readInfo(come: Buffer, name: string): ReturnType<ReadAnswer<ObjectInfo | undefined>> {
  const asked = Buffer.from(`${name} `)
  // A name may hold line breaks: then the answer ends behind the first one after it.
  const isEcho = come.subarray(0, asked.length).equals(asked)
  const end = come.indexOf('\n', isEcho ? asked.length : 0)
  if (end < 0 || (name.includes('\n') && come.length < asked.length)) return { needs: come.length + 1 }
  const [, object, type, size] = /^([0-9a-f]+) (\w+) (\d+)$/.exec(come.subarray(0, end).toString('utf8')) ?? []
  return { value: object === undefined || type === undefined ? undefined : { object, type, size: Number(size) }, bytes: end + 1 }
}

/** `<object> <type> <size>\n<content>\n`. */
function readContents(come: Buffer, name: string): ReturnType<ReadAnswer<Buffer>> {
  const end = come.indexOf('\n')
  if (end < 0) return { needs: come.length + 1 }
  const [, size] = /^[0-9a-f]+ (?:blob|tree) (\d+)$/.exec(come.subarray(0, end).toString('utf8')) ?? []
  if (size === undefined) throw damaged(name)
  const whole = end + 1 + Number(size) + 1
  if (come.length < whole) return { needs: whole }
  if (come[whole - 1] !== lineBreak) throw damaged(name)
  return { value: come.subarray(end + 1, whole - 1), bytes: whole }
}

const lineBreak = 10

// git sends what it could unpack of a damaged object and goes on.
function damaged(name: string): WorldFault {
  return new WorldFault({ service: 'git', problem: `${name} is damaged and could not be read.`, retryable: false })
}

function readUntil(come: Buffer, end: string): ReturnType<ReadAnswer<string>> {
  const place = come.indexOf(end)
  return place < 0 ? { needs: come.length + 1 } : { value: come.subarray(0, place).toString('utf8'), bytes: place + end.length }
}

/** `<object>\n`. */
function readName(come: Buffer): ReturnType<ReadAnswer<string>> {
  const end = come.indexOf(lineBreak)
  return end < 0 ? { needs: come.length + 1 } : { value: come.toString('latin1', 0, end), bytes: end + 1 }
}
