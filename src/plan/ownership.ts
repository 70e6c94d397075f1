// Who may write a path: owned patterns of tasks -> the one owner. The most specific pattern wins; no path has two owners.
import picomatch from 'picomatch'
import type { TaskId } from '../ids.ts'
import type { Plan, Task } from './plan.ts'

/** How closely a pattern names a path it matches: more is closer. A file named in full is closer than anything else. */
type Matcher = (path: string) => number | undefined

const exact = Number.MAX_SAFE_INTEGER

/**
 * How closely a pattern names the path; undefined when it does not match. Pattern: `file`, `dir/`, or a glob like `dir/*_test.go`.
 * Order: the file itself; then the longer fixed folder; in one folder, the more fixed characters (`dir/*_test.go` before `dir/`).
 */
export function specificity(pattern: string, path: string): number | undefined {
  return matcherOf(pattern)(path)
}

/** True when one of the patterns matches the path. Says nothing about closer patterns of other tasks: see {@link mayWrite}. */
export function ownsPath(patterns: readonly string[], path: string): boolean {
  return patterns.some((pattern) => specificity(pattern, path) !== undefined)
}

/** The task that owns the path by its most specific pattern; undefined when nobody does. Of two equal ones, the first in plan order. */
export function ownerOf(plan: Pick<Plan, 'tasks'>, path: string): Task | undefined {
  return nearest(plan.tasks, path)?.task
}

/** Asked for every task of a plan at every path that is written. */
const patternsOfTasks = new WeakMap<Task, readonly string[]>()

/** Everything a task owns: its planned files and its patterns. */
export function patternsOf(task: Task): readonly string[] {
  const known = patternsOfTasks.get(task)
  if (known !== undefined) return known
  const patterns = [...new Set([...task.files.map((file) => file.path as string), ...task.paths])]
  patternsOfTasks.set(task, patterns)
  return patterns
}

/** Whether a path may be written, and by whom it may be if not. */
export type WriteRight =
  | { readonly kind: 'yours' }
  | { readonly kind: 'owned'; readonly by: TaskId }
  | { readonly kind: 'unowned' }
  | { readonly kind: 'read-only' }

/**
 * May this task, with these patterns (its own and what was granted), write the path? Not when another task names it more closely,
 * nor when it is read-only for the attempt. A grant that names it as closely as its owner does counts as much.
 */
export function mayWrite(
  who: {
    readonly plan: Pick<Plan, 'tasks'>
    readonly task: Pick<Task, 'id'>
    readonly paths: readonly string[]
    readonly readOnly?: readonly string[]
  },
  path: string,
): WriteRight {
  const own = closest(who.paths, path)
  const other = nearest(who.plan.tasks, path, who.task.id)
  if (other !== undefined && (own ?? -1) < other.score) return { kind: 'owned', by: other.task.id }
  if (own === undefined) return { kind: 'unowned' }
  return ownsPath(who.readOnly ?? [], path) ? { kind: 'read-only' } : { kind: 'yours' }
}

/** Two tasks that would own one path. `path` is a path, or the pattern that both have. */
export interface Overlap {
  readonly path: string
  readonly tasks: readonly [TaskId, TaskId]
}

/**
 * Paths with two owners: patterns that two tasks share, planned files and `existing` paths that two tasks name equally closely,
 * and planned files of which one would have to be the other's folder. Each pair of tasks is named once per path, in plan order.
 */
export function findOverlaps(tasks: readonly Task[], existing: readonly string[] = []): readonly Overlap[] {
  const owners = tasks.map((task) => ({ task, patterns: patternsOf(task), matchers: patternsOf(task).map(matcherOf) }))
  const planned = tasks.flatMap((task) => task.files.map((file) => file.path as string))
  const overlaps: Overlap[] = []
  const paths = [...new Set([...owners.flatMap(({ patterns }) => patterns), ...planned, ...existing])]
  for (const path of paths) {
    const scored = owners.flatMap(({ task, patterns, matchers }) => {
      const score = patterns.includes(path) ? exact : best(matchers.map((matcher) => matcher(path)))
      return score === undefined ? [] : [{ id: task.id, score }]
    })
    const top = best(scored.map(({ score }) => score))
    const [first, ...rest] = scored.filter(({ score }) => score === top)
    if (first !== undefined) overlaps.push(...rest.map(({ id }): Overlap => ({ path, tasks: [first.id, id] })))
  }
  return [...overlaps, ...filesAsFolders(tasks)]
}

function filesAsFolders(tasks: readonly Task[]): readonly Overlap[] {
  const kept = tasks.flatMap((task) =>
    task.files.filter((file) => file.change !== 'delete').map((file) => ({ id: task.id, path: file.path as string })),
  )
  return kept.flatMap((file) =>
    kept
      .filter((other) => other.path.startsWith(`${file.path}/`) && other.id !== file.id)
      .map((other): Overlap => ({ path: file.path, tasks: [file.id, other.id] })),
  )
}

/** The first of the tasks that name the path most closely, the one with the id `but` left out. */
function nearest(tasks: readonly Task[], path: string, but?: TaskId): { readonly task: Task; readonly score: number } | undefined {
  let found: { readonly task: Task; readonly score: number } | undefined
  for (const task of tasks) {
    const score = task.id === but ? undefined : closest(patternsOf(task), path)
    if (score !== undefined && score > (found?.score ?? -1)) found = { task, score }
  }
  return found
}

function closest(patterns: readonly string[], path: string): number | undefined {
  let found: number | undefined
  for (const pattern of patterns) {
    const score = specificity(pattern, path)
    if (score !== undefined && score > (found ?? -1)) found = score
  }
  return found
}

function best(scores: readonly (number | undefined)[]): number | undefined {
  const found = scores.filter((score) => score !== undefined)
  return found.length === 0 ? undefined : Math.max(...found)
}

/** Patterns of plans and grants: few, asked often, and far dearer to compile than to ask. */
const matchers = new Map<string, Matcher>()

function matcherOf(pattern: string): Matcher {
  const matcher = matchers.get(pattern) ?? compile(pattern)
  matchers.set(pattern, matcher)
  return matcher
}

function compile(pattern: string): Matcher {
  if (pattern.endsWith('/') && !isGlob(pattern)) {
    return (path) => (path.startsWith(pattern) ? score(pattern.length, pattern.length) : undefined)
  }
  const matches = isGlob(pattern) ? picomatch(pattern.endsWith('/') ? `${pattern}**` : pattern, { dot: true, nonegate: true }) : () => false
  const folder = pattern.slice(0, pattern.search(/[*?[{(!+@]|$/)).lastIndexOf('/') + 1
  const fixed = pattern.replace(/[*?[\]{}()!+@|]/gu, '').length
  return (path) => (path === pattern ? exact : matches(path) ? score(folder, fixed) : undefined)
}

/** A path has at most 4,096 characters (PATH_MAX on Linux). */
function score(folder: number, fixed: number): number {
  return folder * 4096 + fixed
}

function isGlob(pattern: string): boolean {
  return /[*?[{]/u.test(pattern)
}
