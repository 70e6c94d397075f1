// A run in the journal -> carried on in this process until it ends or stops, its board kept up meanwhile. One process has it at a time.
import { once } from 'node:events'
import { driveHere } from '../cli/drive-here.ts'
import { openWorkshop } from '../cli/open-machine.ts'
import { specialistsFor } from '../cli/specialists-of.ts'
import { writeProgress } from '../cli/write-progress.ts'
import type { RunId } from '../ids.ts'
import type { JudgeElsewhere } from '../run/run-world.ts'
import type { RunState } from '../run/state.ts'
import type { Git } from '../world.ts'
import { judgeInActions } from './judge-in-actions.ts'
import { type AppParts, originOf, remoteOf, stateOf } from './parts.ts'

/** How it ended for us. `elsewhere`: another process has the run, and reads its letters. */
export type Carried =
  | { readonly kind: 'carried'; readonly state: RunState }
  | { readonly kind: 'elsewhere' }
  | { readonly kind: 'unknown-run' }

/** Contract of `onChange`: must not throw, must not wait; called after each event. Errors: WorldFault('journal'), UserFault of this machine. */
export async function carry(parts: AppParts, run: RunId, onChange: () => void): Promise<Carried> {
  const { machine } = parts
  const journal = machine.journal()
  const state = await stateOf(parts, run)
  if (state === undefined) return { kind: 'unknown-run' }
  // The journal's lock is a process's; within one, this is.
  if (parts.inHand.has(run) || !journal.hold(run)) return { kind: 'elsewhere' }
  parts.inHand.add(run)
  try {
    const workshop = await openWorkshop(machine, { repo: state.repo, sandbox: parts.sandbox, allowedHosts: state.config.allowedHosts })
    const progress = writeProgress(machine, run, await journal.load(run))
    try {
      const driven = await driveHere({
        machine,
        workshop,
        specialists: await specialistsFor(workshop.git, state.base),
        run,
        config: state.config,
        begin: [{ type: 'process-resumed', pid: process.pid, lostUsd: journal.purse.closeOpen(run) }],
        model: parts.model,
        keep: false,
        judgeElsewhere: await gateOf(parts, { run, state, git: workshop.git, onChange }),
        onEvent: (event, now) => {
          parts.tell(run, progress.tell(event, now))
          onChange()
        },
        onRefused: (command, why) => machine.log.info('a command came too late', { run, command: command.name, why }),
        signal: parts.signal,
      })
      return { kind: 'carried', state: driven.state }
    } finally {
      progress.write()
      await workshop.close()
    }
  } finally {
    parts.inHand.delete(run)
    journal.release(run)
  }
}

// In the repository's own workflow, unless its configuration says otherwise.
async function gateOf(
  parts: AppParts,
  given: { readonly run: RunId; readonly state: RunState; readonly git: Git; readonly onChange: () => void },
): Promise<JudgeElsewhere | undefined> {
  const { run, state, git, onChange } = given
  const origin = state.config.gatePlace === 'actions' ? await originOf(parts, run) : undefined
  if (origin === undefined) return undefined
  const github = parts.connect(origin.thread)
  const { cloneUrl } = await github.repository()
  return judgeInActions({
    run,
    git,
    github,
    remote: remoteOf(parts, origin.thread, cloneUrl),
    clock: parts.machine.clock,
    pollMs: parts.gatePollMs,
    beginsWithinMs: parts.gateBeginsWithinMs,
    told: (head, signal) => once(parts.bell, head, { signal }).then(nothing, nothing),
    say: (text) => {
      if (parts.gateNews.get(run) === text) return
      if (text === undefined) parts.gateNews.delete(run)
      else parts.gateNews.set(run, text)
      onChange()
    },
  })
}

const nothing = () => undefined
