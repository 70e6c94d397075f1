// Text of a workflow file -> what decides whether and how it runs: triggers with their filters, permissions, names of jobs.
import { parse } from 'yaml'
import type { Access } from './state.ts'

/** One event under `on:`. */
export interface Trigger {
  readonly branches?: readonly string[]
  readonly branchesIgnore?: readonly string[]
  readonly tags?: readonly string[]
  readonly tagsIgnore?: readonly string[]
  readonly inputs: Readonly<Record<string, { readonly required: boolean; readonly fallback?: string }>>
}

export interface WorkflowFile {
  readonly name: string
  readonly runName?: string
  readonly on: ReadonlyMap<string, Trigger>
  /** What its token may; `metadata` is always read. Names as the App's permissions have them. */
  readonly permissions: Readonly<Record<string, Access>>
  readonly jobs: readonly { readonly id: string; readonly name: string }[]
}

type Json = Readonly<Record<string, unknown>>

const isMap = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)
const list = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : [String(value)])

/** Errors: throws in GitHub's place when the file is no workflow, and for what the fake does not know of one. */
export function readWorkflowFile(path: string, text: string): WorkflowFile {
  const written: unknown = parse(text)
  if (!isMap(written) || !isMap(written['jobs']) || Object.keys(written['jobs']).length === 0) throw new Error(`${path} defines no jobs`)
  const jobs = Object.entries(written['jobs']).map(([id, job]) => {
    if (!isMap(job) || (job['steps'] === undefined && job['uses'] === undefined)) throw new Error(`${path}: job ${id} has no steps`)
    return { id, name: typeof job['name'] === 'string' ? job['name'] : id, permissions: job['permissions'] }
  })
  return {
    name: typeof written['name'] === 'string' ? written['name'] : path,
    ...(typeof written['run-name'] === 'string' ? { runName: written['run-name'] } : {}),
    on: readTriggers(path, written['on']),
    permissions: readPermissions(written['permissions'], jobs),
    jobs: jobs.map(({ id, name }) => ({ id, name })),
  }
}

function readTriggers(path: string, on: unknown): ReadonlyMap<string, Trigger> {
  if (on === undefined || on === null) throw new Error(`${path} has no triggers: \`on\` is missing`)
  if (!isMap(on)) return new Map(list(on).map((event) => [event, { inputs: {} }]))
  return new Map(Object.entries(on).map(([event, given]) => [event, readTrigger(path, isMap(given) ? given : {})]))
}

function readTrigger(path: string, given: Json): Trigger {
  for (const [one, other] of [
    ['branches', 'branches-ignore'],
    ['tags', 'tags-ignore'],
  ] as const) {
    if (given[one] !== undefined && given[other] !== undefined) throw new Error(`${path}: ${one} and ${other} cannot both be given`)
  }
  if (given['paths'] !== undefined || given['paths-ignore'] !== undefined)
    throw new Error(`${path}: the fake does not know filters by path`)
  const inputs = Object.entries(isMap(given['inputs']) ? given['inputs'] : {}).map(([name, input]) => {
    const { required, default: fallback } = isMap(input) ? input : {}
    return [name, { required: required === true, ...(fallback === undefined ? {} : { fallback: String(fallback) }) }]
  })
  const filters = { branches: 'branches', 'branches-ignore': 'branchesIgnore', tags: 'tags', 'tags-ignore': 'tagsIgnore' }
  const patterns = Object.entries(filters).flatMap(([from, to]) => (given[from] === undefined ? [] : [[to, list(given[from])]]))
  return { ...Object.fromEntries(patterns), inputs: Object.fromEntries(inputs) }
}

// One token serves a whole run here, where GitHub mints one a job: without permissions of the workflow it gets all that its jobs name.
function readPermissions(whole: unknown, jobs: readonly { readonly permissions: unknown }[]): Readonly<Record<string, Access>> {
  const metadata = { metadata: 'read' } as const
  if (whole !== undefined) return { ...metadata, ...permissionsOf(whole) }
  const own = jobs.flatMap(({ permissions }) => (permissions === undefined ? [] : [permissionsOf(permissions)]))
  return own.length === 0 ? { ...metadata, contents: 'read' } : Object.assign({}, metadata, ...own)
}

const scopes = ['actions', 'checks', 'contents', 'issues', 'pull_requests', 'statuses', 'deployments', 'packages'] as const

function permissionsOf(written: unknown): Readonly<Record<string, Access>> {
  if (written === 'read-all' || written === 'write-all')
    return Object.fromEntries(scopes.map((scope) => [scope, written === 'read-all' ? 'read' : 'write']))
  if (!isMap(written)) return {}
  return Object.fromEntries(
    Object.entries(written)
      .filter(([, access]) => access === 'read' || access === 'write')
      .map(([name, access]) => [name.replaceAll('-', '_'), access as Access]),
  )
}

/** Whether a push of the ref starts it. */
export function startsOnPush(file: WorkflowFile, ref: string): boolean {
  const trigger = file.on.get('push')
  if (trigger === undefined) return false
  const isTag = ref.startsWith('refs/tags/')
  const name = ref.replace(/^refs\/(?:heads|tags)\//u, '')
  const { branches, branchesIgnore, tags, tagsIgnore } = trigger
  const [only, ignored] = isTag ? [tags, tagsIgnore] : [branches, branchesIgnore]
  const otherwise = isTag ? [branches, branchesIgnore] : [tags, tagsIgnore]
  if (only !== undefined) return matches(only, name)
  if (ignored !== undefined) return !matches(ignored, name)
  // A filter on branches alone leaves tags out, and the other way round.
  return otherwise.every((filter) => filter === undefined)
}

/** Patterns in order: what a later one with `!` matches is out again. */
export function matches(patterns: readonly string[], name: string): boolean {
  return patterns.reduce((is, pattern) => {
    const isNegative = pattern.startsWith('!')
    return toRegExp(isNegative ? pattern.slice(1) : pattern).test(name) ? !isNegative : is
  }, false)
}

// GitHub's own globs: `?` and `+` count the character before them. Source: workflow syntax, filter pattern cheat sheet.
function toRegExp(pattern: string): RegExp {
  const tokens = pattern.match(/\*\*\/|\*\*|\*|\?|\+|\[[^\]]*\]|\\.|./gsu) ?? []
  const parts = tokens.map((token) => {
    if (token === '**/') return '(?:.*/)?'
    if (token === '**') return '.*'
    if (token === '*') return '[^/]*'
    if (token === '?' || token === '+' || token.startsWith('[') || token.startsWith('\\')) return token
    return token.replaceAll(/[\\^$.|(){}\]/]/gu, '\\$&')
  })
  return new RegExp(`^${parts.join('')}$`, 'u')
}

/** `${{ github.ref_name }}` and the like in `run-name`. What it does not know stays as it is. */
export function fillIn(text: string, contexts: Readonly<Record<string, Readonly<Record<string, string>>>>): string {
  return text.replaceAll(/\$\{\{\s*(\w+)\.(\w+)\s*\}\}/gu, (all, context: string, name: string) => contexts[context]?.[name] ?? all)
}
