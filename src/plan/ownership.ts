// Who may write a path: owned patterns of tasks -> the one owner. The most specific pattern wins; no path has two owners.
import picomatch from 'picomatch'
import type { Plan, Task } from './plan.ts'

/** How closely a pattern names a path: exact file, then glob by its fixed length, then folder by its length; undefined when it does not match. */
export function specificity(pattern: string, path: string): number | undefined {
  if (pattern === path) return Number.MAX_SAFE_INTEGER
  if (pattern.endsWith('/')) return path.startsWith(pattern) ? pattern.length : undefined
  if (!/[*?[{]/u.test(pattern)) return undefined
  return picomatch.isMatch(path, pattern, { dot: true }) ? 1_000_000 + pattern.replace(/[*?[\]{}!]/gu, '').length : undefined
}

/** True when one of the patterns matches the path. Patterns: `file`, `dir/`, or a glob like `dir/*_test.go`. */
export function ownsPath(patterns: readonly string[], path: string): boolean {
  return patterns.some((pattern) => specificity(pattern, path) !== undefined)
}

/** The task that owns the path by its most specific pattern; undefined when nobody does. */
export function ownerOf(plan: Pick<Plan, 'tasks'>, path: string): Task | undefined {
  const ranked = plan.tasks.flatMap((task) => patternsOf(task).flatMap((pattern) => rank(task, pattern, path)))
  return ranked.sort((a, b) => b.score - a.score)[0]?.task
}

/** Everything a task owns: its planned files and its patterns. */
export function patternsOf(task: Task): readonly string[] {
  return [...new Set([...task.files.map((file) => file.path as string), ...task.paths])]
}

function rank(task: Task, pattern: string, path: string): readonly { readonly task: Task; readonly score: number }[] {
  const score = specificity(pattern, path)
  return score === undefined ? [] : [{ task, score }]
}
