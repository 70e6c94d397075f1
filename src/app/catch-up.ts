// What was missed while nobody listened -> asked for again: deliveries that never arrived, runs that nobody carries on, boards that stand still.
import { setTimeout as sleep } from 'node:timers/promises'
import { lostDeliveries, redeliver } from '../adapters/github/app-hooks.ts'
import type { AnyOctokit } from '../adapters/github/octokit.ts'
import type { RunId } from '../ids.ts'
import { isOver } from '../report/standing.ts'
import { replay } from '../run/drive.ts'
import { type AppParts, originOf } from './parts.ts'

/** GitHub keeps deliveries for some days. Source: github-pitfalls P12. */
const rememberedMs = 3 * 24 * 3_600_000
/** Between two looks, ms. Chosen: a lost delivery waits no longer than this. */
const everyMs = 5 * 60_000

/** Catches up at once, then now and then, until the process goes down. Never rejects: what fails is tried at the next look. */
export async function keepCatchingUp(parts: AppParts, octokit: AnyOctokit): Promise<void> {
  while (!parts.signal.aborted) {
    await askAgain(parts, octokit).catch((cause: unknown) =>
      parts.machine.log.warn('lost deliveries were not asked for', { cause: String(cause) }),
    )
    await sleep(everyMs, undefined, { signal: parts.signal, ref: false }).catch(() => undefined)
  }
}

async function askAgain({ machine }: AppParts, octokit: AnyOctokit): Promise<void> {
  for (const { id, guid } of await lostDeliveries(octokit, machine.clock.now() - rememberedMs)) {
    machine.log.info('a delivery never arrived, asked for again', { guid })
    await redeliver(octokit, id)
  }
}

/** Runs of GitHub's that are not over: somebody has to carry them on. Also right after a start that found the engine's memory gone. */
export async function openRuns(parts: AppParts): Promise<readonly RunId[]> {
  const journal = parts.machine.journal()
  const open: RunId[] = []
  for (const { run } of journal.runs()) {
    if ((await originOf(parts, run)) === undefined) continue
    const state = replay(await journal.load(run))
    if (state !== undefined && !isOver(state)) open.push(run)
  }
  return open
}
