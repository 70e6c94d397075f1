// What was missed -> asked for again, at the start and now and then: deliveries that failed, what never was delivered, runs that nobody carries on.
import { setTimeout as sleep } from 'node:timers/promises'
import { lostDeliveries, redeliver } from '../adapters/github/app-hooks.ts'
import { type InstalledRepository, installedRepositories } from '../adapters/github/installations.ts'
import type { AnyOctokit } from '../adapters/github/octokit.ts'
import type { RunId } from '../ids.ts'
import { isOver } from '../report/standing.ts'
import { rememberedMs } from './look.ts'
import { type AppParts, originOf, stateOf } from './parts.ts'

/** How it is done. `octokit`: the App's own. Contract of `lookAt`: hears what no webhook told of a repository; may reject. */
export interface CatchingUp {
  readonly octokit: AnyOctokit
  readonly octokitOf: (installation: number) => AnyOctokit
  readonly lookAt: (repository: InstalledRepository) => Promise<void>
  readonly everyMs: number
}

/** Catches up at once, then now and then, until the process goes down. Never rejects: what fails is tried at the next look. */
export async function keepCatchingUp(parts: AppParts, how: CatchingUp): Promise<void> {
  const { octokit, octokitOf, lookAt, everyMs } = how
  const trying = async (what: string, work: () => Promise<void>) => {
    if (parts.signal.aborted) return
    await work().catch((cause: unknown) => parts.machine.log.warn(what, { cause: String(cause) }))
  }
  while (!parts.signal.aborted) {
    await trying('lost deliveries were not asked for', () => askAgain(parts, octokit))
    // Larger events than 25 MB are never delivered, and deliveries are forgotten after days. Source: github-pitfalls P11.
    await trying('repositories were not listed', async () => {
      for (const repository of await installedRepositories(octokit, octokitOf))
        await trying('a repository was not looked at', () => lookAt(repository))
    })
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
    const state = await stateOf(parts, run)
    if (state !== undefined && !isOver(state)) open.push(run)
  }
  return open
}
