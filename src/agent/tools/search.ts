// Tools `grep` and `glob`: where something stands in the worktree. ripgrep when the machine has it, plain reading otherwise; both skip what git ignores by habit.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import picomatch from 'picomatch'
import { z } from 'zod'
import type { Exec, Tool } from '../../world.ts'
import { placeOf } from '../workspace.ts'
import { failed, succeeded } from './answer.ts'
import { bound, boundLines } from './bounds.ts'

const maxMatches = 200
const maxFileBytes = 2_000_000
const skippedFolders = new Set(['.git', 'node_modules'])

/** What searching needs: the worktree, and a way to start ripgrep. `path`: PATH to find it on; undefined where it is missing. */
export interface SearchParts {
  readonly root: string
  readonly exec: Exec
  readonly ripgrepPath: string | undefined
}

/** Content search by regular expression. */
export function grepTool(parts: SearchParts): Tool<never> {
  const input = z.object({
    pattern: z.string(),
    path: z.string().optional(),
    glob: z.string().optional(),
    context: z.int().min(0).max(20).optional(),
    ignore_case: z.boolean().optional(),
  })
  return {
    name: 'grep',
    description: `Lines matching a regular expression, as file:line:text (at most ${maxMatches}).`,
    input,
    run: async (raw, { signal }) => {
      const asked = input.parse(raw)
      const place = await placeOf(parts.root, asked.path ?? '.')
      if (place.kind === 'refused') return failed(place.why)
      const query: Query = { ...asked, under: place.path, signal }
      const found = parts.ripgrepPath === undefined ? await grepByReading(parts.root, query) : await grepByRipgrep(parts, query)
      if (typeof found === 'object' && 'problem' in found) return failed(found.problem)
      if (found.length === 0) return succeeded('(no match)')
      return succeeded(bound(boundLines(found, maxMatches, 'Narrow it with path, glob or a longer pattern.'), 'Narrow it.'))
    },
  }
}

interface Query {
  readonly pattern: string
  readonly under: string
  readonly glob?: string | undefined
  readonly context?: number | undefined
  readonly ignore_case?: boolean | undefined
  readonly signal: AbortSignal
}

async function grepByRipgrep(parts: SearchParts, query: Query): Promise<readonly string[] | { readonly problem: string }> {
  const argv = [
    ...[
      'rg',
      '--no-config',
      '--no-heading',
      '--line-number',
      '--with-filename',
      '--sort',
      'path',
      '--max-columns',
      '400',
      '--hidden',
      '--glob',
      '!.git',
    ],
    ...(query.ignore_case === true ? ['--ignore-case'] : []),
    ...(query.context === undefined ? [] : ['--context', String(query.context)]),
    ...(query.glob === undefined ? [] : ['--glob', query.glob]),
    ...['--regexp', query.pattern, '--', query.under],
  ]
  const result = await parts.exec.run({
    argv,
    cwd: parts.root,
    env: { PATH: parts.ripgrepPath ?? '' },
    timeoutMs: 20_000,
    maxOutputBytes: 400_000,
    signal: query.signal,
  })
  if (result.exit.kind !== 'exited' || result.exit.code > 1)
    return { problem: `The search did not work: ${result.stderr.trim() || JSON.stringify(result.exit)}` }
  return result.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.replace(/^\.\//u, ''))
}

async function grepByReading(root: string, query: Query): Promise<readonly string[] | { readonly problem: string }> {
  let expression: RegExp
  try {
    expression = new RegExp(query.pattern, query.ignore_case === true ? 'iu' : 'u')
  } catch (cause) {
    return { problem: `The pattern is no regular expression: ${cause instanceof Error ? cause.message : String(cause)}` }
  }
  const wanted = query.glob === undefined ? () => true : picomatch(query.glob, { dot: true, basename: !query.glob.includes('/') })
  const found: string[] = []
  for (const path of await filesUnder(root, query.under)) {
    if (found.length > maxMatches || query.signal.aborted) break
    if (!wanted(path)) continue
    const bytes = await readFile(join(root, path))
    if (bytes.length > maxFileBytes || bytes.includes(0)) continue
    found.push(...matchesIn(path, bytes.toString('utf8').split('\n'), expression, query.context ?? 0))
  }
  return found
}

function matchesIn(path: string, lines: readonly string[], expression: RegExp, context: number): readonly string[] {
  const hits = lines.flatMap((line, index) => (expression.test(line) ? [index] : []))
  const shown = new Set(hits.flatMap((hit) => Array.from({ length: 2 * context + 1 }, (_, offset) => hit - context + offset)))
  return [...shown]
    .filter((index) => index >= 0 && index < lines.length)
    .sort((a, b) => a - b)
    .map((index) => (hits.includes(index) ? `${path}:${index + 1}:${lines[index]}` : `${path}-${index + 1}-${lines[index]}`))
}

/** Paths by pattern. */
export function globTool(root: string): Tool<never> {
  const input = z.object({ pattern: z.string(), path: z.string().optional() })
  return {
    name: 'glob',
    description: 'Files whose path matches a pattern like internal/**/*_test.go.',
    input,
    run: async (raw) => {
      const asked = input.parse(raw)
      const place = await placeOf(root, asked.path ?? '.')
      if (place.kind === 'refused') return failed(place.why)
      const matches = picomatch(asked.pattern, { dot: true, basename: !asked.pattern.includes('/') })
      const prefix = place.path === '.' ? '' : `${place.path}/`
      const found = (await filesUnder(root, place.path)).filter((path) => matches(path) || matches(path.slice(prefix.length)))
      return succeeded(found.length === 0 ? '(no file)' : boundLines(found, 400, 'Narrow the pattern.'))
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
