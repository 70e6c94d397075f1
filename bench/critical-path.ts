// A run's events, one thing at a time -> how long each task and each wave took alone; with the plan's needs, the longest chain of them. Pure.
import type { RunEvent } from '../src/run/event.ts'

/** Times in ms. A wave's `mergeMs` is until it compiles, its `gateMs` all that followed until its gate was green: verdict, repairs, verdict again. */
export interface AloneTimes {
  readonly tasks: ReadonlyMap<string, number>
  readonly waves: ReadonlyMap<number, { readonly mergeMs: number; readonly gateMs: number }>
}

/** What of a plan the chain depends on. */
export interface ChainPlan {
  readonly tasks: readonly { readonly id: string; readonly wave: number; readonly needs: readonly string[] }[]
}

/** Reads the times of a sequential run with one agent at a time. Errors: when the run did not come to its end. */
export function aloneTimes(events: readonly RunEvent[]): AloneTimes {
  const tasks = new Map<string, number>()
  const waves = new Map<number, { mergeMs: number; gateMs: number }>()
  const startedAt = new Map<string, number>()
  const mergedAt = new Map<number, number>()
  let lastEndedAt = 0
  for (const event of events) {
    if (event.type === 'task-started') startedAt.set(event.task, event.at)
    if (event.type === 'task-ended') {
      lastEndedAt = event.at
      // A repair belongs to the gate that asked for it.
      if (event.attempt === 1) tasks.set(event.task, event.at - (startedAt.get(event.task) ?? event.at))
    }
    if (event.type === 'wave-merged' && !mergedAt.has(event.wave)) {
      mergedAt.set(event.wave, event.at)
      waves.set(event.wave, { mergeMs: event.at - lastEndedAt, gateMs: 0 })
    }
    if (event.type === 'gate-judged') {
      const wave = waves.get(event.wave)
      if (wave !== undefined) wave.gateMs = event.at - (mergedAt.get(event.wave) ?? event.at)
    }
  }
  return { tasks, waves }
}

/**
 * The longest chain when nothing ever waits for a free agent or core. A task begins when all it needs is merged and compiles, or when the wave before is
 * green; a wave is merged when its tasks are done and the gate before is green; its gate follows its merge. Source: `adaptive`, run/decide.ts.
 */
export function criticalPathMs({ tasks }: ChainPlan, alone: AloneTimes): number {
  const mergedAt = new Map<number, number>()
  const waveOf = new Map(tasks.map((task) => [task.id, task.wave]))
  let greenAt = 0
  for (const [wave, { mergeMs, gateMs }] of [...alone.waves].sort(([a], [b]) => a - b)) {
    const ends = tasks
      .filter((task) => task.wave === wave)
      .map((task) => {
        const needed = Math.max(0, ...task.needs.map((need) => mergedAt.get(waveOf.get(need) ?? wave) ?? Number.POSITIVE_INFINITY))
        return Math.min(greenAt, needed) + (alone.tasks.get(task.id) ?? 0)
      })
    const merged = Math.max(greenAt, ...ends) + mergeMs
    mergedAt.set(wave, merged)
    greenAt = merged + gateMs
  }
  return greenAt
}
