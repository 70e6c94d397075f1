// (Plan, RunState) -> in which order a person reads the result: waves in order, in each first what others build on, then what is big.
import type { TaskId } from '../ids.ts'
import type { Plan, Task } from '../plan/plan.ts'
import type { RunState, TaskState } from '../run/state.ts'
import { workOf } from './work-of.ts'

/** One task's work as a stop of the reading guide. `lines`: changed lines where they are known. `dependents`: tasks that build on it. */
export interface ReadingStop {
  readonly task: Task
  readonly current: TaskState
  /** All its files, by path; `code` and `tests` are the two parts of them. */
  readonly files: readonly string[]
  readonly code: readonly string[]
  readonly tests: readonly string[]
  readonly lines: number | undefined
  readonly dependents: number
}

/** The stops, for all tasks whose work is in the tree. `lines`: changed lines by path. */
export function readingOrder(plan: Plan, state: RunState, lines?: ReadonlyMap<string, number>): readonly ReadingStop[] {
  const stops = plan.tasks.flatMap((task): ReadingStop[] => {
    const current = state.tasks[task.id]
    return current !== undefined && current.merged.length > 0
      ? [stopOf(plan, task, { current, ...(lines === undefined ? {} : { lines }) })]
      : []
  })
  return stops.sort((a, b) => a.task.wave - b.task.wave || b.dependents - a.dependents || sizeOf(b) - sizeOf(a))
}

function stopOf(plan: Plan, task: Task, facts: { readonly current: TaskState; readonly lines?: ReadonlyMap<string, number> }): ReadingStop {
  const { files } = workOf(facts.current)
  const isTest = (path: string) => path.endsWith('_test.go') || path.includes('/testdata/')
  return {
    task,
    current: facts.current,
    files,
    code: files.filter((path) => !isTest(path)),
    tests: files.filter(isTest),
    lines: facts.lines === undefined ? undefined : files.reduce((sum, path) => sum + (facts.lines?.get(path) ?? 0), 0),
    dependents: dependentsOf(plan, task.id).size,
  }
}

function sizeOf(stop: ReadingStop): number {
  return stop.lines ?? stop.files.length
}

function dependentsOf(plan: Plan, id: TaskId, seen: Set<TaskId> = new Set()): ReadonlySet<TaskId> {
  for (const task of plan.tasks) {
    if (!task.needs.includes(id) || seen.has(task.id)) continue
    seen.add(task.id)
    dependentsOf(plan, task.id, seen)
  }
  return seen
}
