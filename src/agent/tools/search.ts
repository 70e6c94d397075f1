// Tools `grep` and `glob`: where something stands in the worktree. Searching is done by ripgrep, or by grep where that is missing: never in this process.
import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import picomatch from 'picomatch'
import { z } from 'zod'
import type { Exec, Tool } from '../../world.ts'
import { placeOf } from '../workspace.ts'
import { failed, succeeded } from './answer.ts'
import { bound, boundLines } from './bounds.ts'

const maxMatches = 200
const maxPaths = 400
const maxContext = 20
const timeoutMs = 20_000
const maxOutputBytes = 400_000
const skippedFolders = new Set(['.git', 'node_modules'])
/** Long, and nobody looks for anything in it; still found when it is named. */
const skippedFile = 'go.sum'

/** What searching needs: the worktree (absolute), and a way to start programs. `ripgrepPath`: PATH to find ripgrep on; undefined where it is missing. */
export interface SearchParts {
  readonly root: string
  readonly exec: Exec
  readonly ripgrepPath: string | undefined
}

/** Where every system has its grep. */
const systemPath = '/usr/bin:/bin'

const grepInput = z.object({
  pattern: z.string(),
  path: z.string().optional(),
  glob: z.string().optional(),
  context: z.int().min(0).optional(),
  ignore_case: z.boolean().optional(),
})

/** Content search by regular expression. */
export function grepTool(parts: SearchParts): Tool<never> {
  return {
    name: 'grep',
    description: `Lines matching a regular expression, as file:line:text (at most ${maxMatches}).`,
    input: grepInput,
    run: async (raw, { signal }) => {
      const asked = grepInput.parse(raw)
      const place = await placeOf(parts.root, asked.path ?? '.')
      if (place.kind === 'refused') return failed(place.why)
      const found = await search(parts, { ...asked, under: place.path }, signal)
      if (found.kind === 'failed') return failed(found.why)
      if (found.lines.length === 0) return succeeded('(no match)')
      const lines = found.lines.map((line) => (line.length > 400 ? `${line.slice(0, 400)}…` : line))
      return succeeded(bound(boundLines(lines, maxMatches, 'Narrow it with path, glob or a longer pattern.'), 'Narrow it.'))
    },
  }
}

interface Query {
  readonly pattern: string
  readonly under: string
  readonly glob?: string | undefined
  readonly context?: number | undefined
  readonly ignore_case?: boolean | undefined
}
type Found = { readonly kind: 'found'; readonly lines: readonly string[] } | { readonly kind: 'failed'; readonly why: string }

async function search(parts: SearchParts, query: Query, signal: AbortSignal): Promise<Found> {
  const byRipgrep = parts.ripgrepPath !== undefined
  const result = await parts.exec.run({
    argv: byRipgrep ? ripgrepLine(query) : grepLine(query),
    cwd: parts.root,
    env: { PATH: parts.ripgrepPath ?? systemPath, LC_ALL: 'C.UTF-8' },
    timeoutMs,
    maxOutputBytes,
    signal,
  })
  if (result.exit.kind !== 'exited' || result.exit.code > 1)
    return { kind: 'failed', why: `The search failed: ${result.stderr.trim().slice(0, 500) || JSON.stringify(result.exit)}` }
  const lines = result.stdout.split('\n').flatMap((line) => (line === '' ? [] : [line.replace(/^\.\//u, '')]))
  return { kind: 'found', lines: byRipgrep || query.glob === undefined ? lines : ofFiles(lines, query.glob) }
}

function ripgrepLine(query: Query): readonly string[] {
  return [
    ...['rg', '--no-config', '--no-heading', '--line-number', '--with-filename', '--sort', 'path', '--hidden', '--no-ignore'],
    ...[...skippedFolders, skippedFile].flatMap((name) => ['--glob', `!${name}`]),
    ...(query.ignore_case === true ? ['--ignore-case'] : []),
    ...(query.context === undefined ? [] : ['--context', String(Math.min(query.context, maxContext))]),
    ...(query.glob === undefined ? [] : ['--glob', query.glob]),
    ...['--regexp', query.pattern, '--', query.under],
  ]
}

function grepLine(query: Query): readonly string[] {
  return [
    ...['grep', '-rnHIE'],
    ...[...skippedFolders].map((folder) => `--exclude-dir=${folder}`),
    ...(basename(query.under) === skippedFile ? [] : [`--exclude=${skippedFile}`]),
    ...(query.ignore_case === true ? ['-i'] : []),
    ...(query.context === undefined ? [] : ['-C', String(Math.min(query.context, maxContext))]),
    // POSIX has no \d.
    ...['-e', query.pattern.replaceAll('\\d', '[0-9]'), '--', query.under],
  ]
}

function ofFiles(lines: readonly string[], glob: string): readonly string[] {
  const wanted = matcher(glob)
  return lines.filter((line) => wanted(/^(.*?)[:-]\d+[:-]/u.exec(line)?.[1] ?? ''))
}

function matcher(glob: string): (path: string) => boolean {
  return picomatch(glob, { dot: true, basename: !glob.includes('/'), noextglob: true })
}

const globInput = z.object({ pattern: z.string(), path: z.string().optional() })

/** Paths by pattern. */
export function globTool(root: string): Tool<never> {
  return {
    name: 'glob',
    description: 'Files whose path matches a pattern like internal/**/*_test.go.',
    input: globInput,
    run: async (raw) => {
      const asked = globInput.parse(raw)
      const place = await placeOf(root, asked.path ?? '.')
      if (place.kind === 'refused') return failed(place.why)
      const matches = matcher(asked.pattern)
      const prefix = place.path === '.' ? '' : `${place.path}/`
      const found = (await filesUnder(root, place.path)).filter((path) => matches(path) || matches(path.slice(prefix.length)))
      return succeeded(found.length === 0 ? '(no file)' : boundLines(found, maxPaths, 'Narrow the pattern.'))
    },
  }
}

/** All files below a folder (or the file itself), relative to the root, sorted. Links are not followed. */
async function filesUnder(root: string, path: string): Promise<readonly string[]> {
  const entries = await readdir(join(root, path), { withFileTypes: true }).catch(() => undefined)
  if (entries === undefined) return [path]
  const lists = await Promise.all(
    entries
      .filter((entry) => !skippedFolders.has(entry.name))
      .map((entry) => {
        const inner = path === '.' ? entry.name : `${path}/${entry.name}`
        return entry.isDirectory() ? filesUnder(root, inner) : Promise.resolve(entry.isFile() ? [inner] : [])
      }),
  )
  return lists.flat().sort()
}
