// The demo's plan, three ways on one machine: one thing at a time (for the critical path), `adaptive`, `sequential`. From the first task to the last green gate.
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { layDemo } from '../examples/demo-scene.ts'
import type { RunEvent } from '../src/run/event.ts'
import { aloneTimes, criticalPathMs } from './critical-path.ts'
import { eventsOf, runWords, startDce } from './dce-process.ts'
import { type Figure, figureOf, type Measuring, median } from './figure.ts'
import { startServer } from './server-process.ts'
import type { Site } from './site.ts'

/** Rounds of three runs of minutes. Chosen: with more the whole benchmark takes an hour. */
const mostRounds = 3

/** A first run that is not counted measures the base and fills the caches, so that all others find the same. */
export async function measureEfficiency({ times: wanted, say, shelf }: Measuring): Promise<readonly Figure[]> {
  const times = Math.min(wanted, mostRounds)
  const site = layDemo(realpathSync(mkdtempSync(join(tmpdir(), 'dce-bench-'))))
  shelf.lay(site)
  const server = await startServer({ words: ['--work', 'demo'], notesPath: join(site.folder, 'notes') })
  const rounds: { readonly pathMs: number; readonly adaptiveMs: number; readonly sequentialMs: number }[] = []
  try {
    await runOnce(site, server.url, ['--mode', 'adaptive'])
    for (let time = 1; time <= times; time++) {
      const alone = await runOnce(site, server.url, ['--mode', 'sequential', '--max-parallel', '1'])
      const plan = alone.find((event) => event.type === 'plan-made')?.plan
      if (plan === undefined) throw new Error('the demo was not planned')
      const round = {
        pathMs: criticalPathMs(plan, aloneTimes(alone)),
        adaptiveMs: wallMs(await runOnce(site, server.url, ['--mode', 'adaptive'])),
        sequentialMs: wallMs(await runOnce(site, server.url, ['--mode', 'sequential'])),
      }
      rounds.push(round)
      say(
        `efficiency, ${time} of ${times}: critical path ${Math.round(round.pathMs)} ms, adaptive ${Math.round(round.adaptiveMs)} ms, sequential ${Math.round(round.sequentialMs)} ms`,
      )
    }
  } finally {
    server.stop()
    rmSync(site.folder, { recursive: true, force: true })
  }
  const middle = (pick: (round: (typeof rounds)[number]) => number) => Math.round(median(rounds.map(pick)))
  return [
    figureOf({
      name: 'adaptive-path',
      unit: 'times the critical path',
      bar: { atMost: 1.2 },
      samples: rounds.map(({ adaptiveMs, pathMs }) => adaptiveMs / pathMs),
      note: `adaptive ${middle(({ adaptiveMs }) => adaptiveMs)} ms, critical path ${middle(({ pathMs }) => pathMs)} ms: the longest chain of task, merge and gate times, each measured with nothing beside it`,
    }),
    figureOf({
      name: 'adaptive-sequential',
      unit: 'times sequential',
      // Faster is below one.
      bar: { atMost: 0.999 },
      samples: rounds.map(({ adaptiveMs, sequentialMs }) => adaptiveMs / sequentialMs),
      note: `sequential ${middle(({ sequentialMs }) => sequentialMs)} ms`,
    }),
  ]
}

/** The events of a new run of the demo. Errors: when it did not end green. */
async function runOnce(site: Site, url: string, more: readonly string[]): Promise<readonly RunEvent[]> {
  const before = eventsOf(site).length
  const dce = startDce({ site, url, words: runWords(site, ['--new', ...more]) })
  await dce.ended
  const events = eventsOf(site).slice(before)
  const last = events.findLast((event) => event.type === 'published')
  if (last?.final !== true) throw new Error(`the demo did not end:\n${dce.said()}`)
  return events
}

function wallMs(events: readonly RunEvent[]): number {
  const from = events.find((event) => event.type === 'task-started')?.at ?? Number.NaN
  const to = events.findLast((event) => event.type === 'gate-judged')?.at ?? Number.NaN
  return to - from
}
