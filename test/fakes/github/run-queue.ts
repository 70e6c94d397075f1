// Runs that wait for a runner: first come, first served, as many at once as there are runners; a concurrency group has one at work and one that waits.
import type { WorkflowRun } from './actions-state.ts'
import type { Account, Repository } from './state.ts'

export interface Waiting {
  readonly repository: Repository
  readonly run: WorkflowRun
  readonly by: Account
  /** Of its workflow, with the repository; `endsRunning`: what is at work has to go. */
  readonly concurrency?: { readonly group: string; readonly endsRunning: boolean }
}

export interface RunQueue {
  add(one: Waiting): void
  /** Answers false when it neither waits nor goes on. */
  cancel(run: WorkflowRun): boolean
  hold(): void
  release(): void
  /** Resolves when nothing goes on; what is held does not count. */
  settled(): Promise<void>
  /** Ends what goes on; nothing begins any more. */
  close(): Promise<void>
}

/** What the queue does with a run. Contract of `work`: never rejects. `drop`: it was cancelled before it began. */
export interface QueueWork {
  readonly atOnce: number
  readonly isHeld: boolean
  readonly work: (one: Waiting, signal: AbortSignal) => Promise<void>
  readonly drop: (one: Waiting) => void
}

interface Going {
  readonly one: Waiting
  readonly stop: AbortController
  readonly done: Promise<void>
}

export function openQueue({ atOnce, isHeld, work, drop }: QueueWork): RunQueue {
  let queue: readonly Waiting[] = []
  const going = new Set<Going>()
  let held = isHeld
  const isFree = ({ concurrency }: Waiting) => ![...going].some(({ one }) => isSameGroup(one, concurrency))
  const go = () => {
    for (;;) {
      const next = held || going.size >= atOnce ? undefined : queue.find(isFree)
      if (next === undefined) return
      queue = queue.filter((one) => one !== next)
      const stop = new AbortController()
      const done = work(next, stop.signal).finally(() => {
        going.delete(entry)
        go()
      })
      const entry: Going = { one: next, stop, done }
      going.add(entry)
    }
  }
  return {
    add: (one) => {
      // The third of a group takes the place of the second, whatever `cancel-in-progress` says. Source: github-pitfalls P25.
      const evicted = queue.filter((other) => isSameGroup(other, one.concurrency))
      queue = [...queue.filter((other) => !evicted.includes(other)), one]
      evicted.forEach(drop)
      if (one.concurrency?.endsRunning === true) for (const other of going) if (isSameGroup(other.one, one.concurrency)) other.stop.abort()
      go()
    },
    cancel: (run) => {
      const waiting = queue.find((one) => one.run === run)
      const running = [...going].find(({ one }) => one.run === run)
      queue = queue.filter((one) => one !== waiting)
      if (waiting !== undefined) drop(waiting)
      running?.stop.abort()
      return waiting !== undefined || running !== undefined
    },
    hold: () => {
      held = true
    },
    release: () => {
      held = false
      go()
    },
    settled: async () => {
      while (going.size > 0) await Promise.all([...going].map(({ done }) => done))
    },
    close: async () => {
      held = true
      for (const { stop } of going) stop.abort()
      await Promise.all([...going].map(({ done }) => done))
    },
  }
}

function isSameGroup({ concurrency }: Waiting, other: Waiting['concurrency']): boolean {
  return concurrency !== undefined && concurrency.group === other?.group
}
