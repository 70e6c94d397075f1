// A task's state -> all of its work that counts: every merged attempt, and the one that waits to be merged. A repair does not hide what it repaired.
import type { HandOver } from '../agent/attempt.ts'
import type { TaskState } from '../run/state.ts'

/** What a task did, over its attempts. `files` sorted, each once. */
export interface Work {
  readonly files: readonly string[]
  readonly summaries: readonly string[]
  readonly requirements: HandOver['requirements']
  readonly notes: readonly string[]
}

/** A board asks for the work of every task with every frame; a task's state is never changed, only replaced. */
const known = new WeakMap<TaskState, Work>()

/** The work of a task; empty for one that handed nothing over. */
export function workOf(task: TaskState): Work {
  const work = known.get(task) ?? collect(task)
  known.set(task, work)
  return work
}

function collect(task: TaskState): Work {
  const waiting = task.phase === 'waiting' && task.handOver !== undefined ? [{ changed: task.changed, handOver: task.handOver }] : []
  const all = [...task.merged, ...waiting]
  const said = (texts: readonly string[]) => [...new Set(texts.map((text) => text.trim()).filter((text) => text !== ''))]
  return {
    files: [...new Set(all.flatMap((work) => work.changed))].sort(),
    summaries: said(all.map((work) => work.handOver.summary)),
    requirements: [
      ...new Map(all.flatMap((work) => work.handOver.requirements).map((claim) => [`${claim.id} ${claim.where}`, claim])).values(),
    ],
    notes: said(all.map((work) => work.handOver.notes)),
  }
}
