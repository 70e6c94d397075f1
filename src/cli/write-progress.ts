// Events of a run -> progress.md in its report folder, kept up while the run goes on.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RunId } from '../ids.ts'
import { createNarrator, type Narration, narrateAll } from '../report/narrate.ts'
import { renderProgress } from '../report/progress.ts'
import { replay } from '../run/drive.ts'
import type { RunEvent } from '../run/event.ts'
import type { RunState } from '../run/state.ts'
import { reportsFolder } from './drive-here.ts'
import type { Machine } from './open-machine.ts'

/** How often it is written, ms. Chosen: people look at it, nobody reads faster. */
const everyMs = 1_000

/** Keeps it up. `tell` answers what was told of the event; `write` writes at once. */
export interface ProgressWriter {
  tell(event: RunEvent, state: RunState): Narration
  write(): void
}

/** Begins with the events there are. Never throws for a disk that is full: the file is rendered from the events again and again. */
export function writeProgress(machine: Machine, run: RunId, recorded: readonly RunEvent[]): ProgressWriter {
  const reports = reportsFolder(machine, run)
  mkdirSync(reports, { recursive: true })
  let last = replay(recorded)
  const narrator = createNarrator(last)
  const log: Narration[] = [...narrateAll(recorded)]
  let writtenAt = 0
  const write = () => {
    writtenAt = machine.clock.now()
    if (last === undefined) return
    try {
      writeFileSync(join(reports, 'progress.md'), renderProgress({ state: last, log, nowMs: machine.clock.now() }))
    } catch (cause) {
      machine.log.warn('progress.md was not written', { cause: String(cause) })
    }
  }
  return {
    tell: (event, state) => {
      last = state
      const narration = narrator(event, state)
      if (narration.weight !== 'detail') log.push(narration)
      if (machine.clock.now() - writtenAt >= everyMs) write()
      return narration
    },
    write,
  }
}
