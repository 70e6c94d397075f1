// What happened in a repository while no job heard it -> signals. GitHub keeps one waiting job per group and drops the others, and a job at work is told nothing. Source: github-pitfalls P25.
import { lookAgain, rememberedMs, type SeenList } from '../app/look.ts'
import type { AppParts } from '../app/parts.ts'
import type { Signal, Thread } from '../app/signal.ts'

/** What can be missed. */
export type Missed = Extract<Signal, { kind: 'labelled' | 'said' }>

/** Looks, as often as it is asked. */
export interface Listener {
  /** What was not given out before, oldest first. Errors: Gone, WorldFault. */
  next(): Promise<readonly Missed[]>
}

/** Opens it. `own`: the job's own event. What nobody has reacted to for days, as we do, counts as missed; `isKnown`: the issue has a run. */
export function listen(
  parts: AppParts,
  own: Signal & { readonly thread: Thread },
  isKnown: (thread: Thread) => Promise<boolean>,
): Listener {
  const { owner, name, installation } = own.thread
  const given = new Set([keyOf(own)])
  const since: SeenList = { sinceMs: parts.machine.clock.now() - rememberedMs, newestMs: 0 }
  let looked = { issues: since, comments: since, lines: since }
  const isNew = async (signal: Missed) => {
    if (given.has(keyOf(signal))) return false
    given.add(keyOf(signal))
    return signal.kind === 'said' ? signal.isMarked !== true : !(await isKnown(signal.thread))
  }
  return {
    next: async () => {
      const found = await lookAgain(parts, { owner, name, installation }, looked)
      looked = found.looked
      const fresh: Missed[] = []
      for (const signal of found.signals) if (await isNew(signal)) fresh.push(signal)
      return fresh
    },
  }
}

function keyOf(signal: Signal & { readonly thread: Thread | undefined }): string {
  return signal.kind === 'said' ? `${signal.comment.kind}-${signal.comment.id}` : `${signal.kind}-${signal.thread?.number}`
}
