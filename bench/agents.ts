// N agents at once: dce's own CLI beside the bare loop, on the same server, in turns. From the first worktree to the last task merged.
import { spawn } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { branchMovedAt, type DceProcess, eventsOf, runWords, startDce, until } from './dce-process.ts'
import { type Figure, figureOf, type Measuring, median } from './figure.ts'
import { isProgram, program } from './programs.ts'
import { startServer } from './server-process.ts'
import { makeSite, type Site, turnsPerAgent } from './site.ts'
import { cpuBetween, type Look, peakBetween, watch } from './watch.ts'

/** What one measurement gave. Times in ms, memory in MB, CPU in ms a turn. */
interface Measured {
  readonly wallMs: number
  readonly peakMb: number
  readonly cpuMsPerTurn: number
}

/** Wall time against the bare loop, peak memory and CPU, at `agents`. The two take turns within one call, so that the machine is the same for both. */
export async function measureAgents({ times, say, shelf }: Measuring, agents: number): Promise<readonly Figure[]> {
  const pairs: { readonly bare: Measured; readonly ours: Measured }[] = []
  for (let time = 1; time <= times; time++) {
    const bare = await onSite(agents, (site, given) => bareLoop(site, given, shelf.starter))
    const ours = await onSite(agents, async (site, given) => {
      shelf.lay(site)
      return dceRun(site, given)
    })
    pairs.push({ bare, ours })
    say(
      `${agents} agents, ${time} of ${times}: bare loop ${round(bare)}; dce ${round(ours)}; ratio ${(ours.wallMs / bare.wallMs).toFixed(2)}`,
    )
  }
  const bare = (pick: (measured: Measured) => number) => median(pairs.map((pair) => pick(pair.bare)))
  const ours = (pick: (measured: Measured) => number) => pairs.map((pair) => pick(pair.ours))
  return [
    figureOf({
      name: `agents-${agents}-wall`,
      unit: 'times the bare loop',
      bar: { atMost: 1.15 },
      samples: pairs.map((pair) => pair.ours.wallMs / pair.bare.wallMs),
      note: `bare loop ${Math.round(bare(wallOf))} ms, dce ${Math.round(median(ours(wallOf)))} ms; with journal, trees, board, checks of what is handed over`,
    }),
    figureOf({
      name: `agents-${agents}-memory`,
      unit: 'MB at its peak',
      ...(agents === 25 ? { bar: { atMost: 160 } } : {}),
      samples: ours(({ peakMb }) => peakMb),
      note: `bare loop ${Math.round(bare(({ peakMb }) => peakMb))} MB; PSS of orchestrator and starter`,
    }),
    figureOf({
      name: `agents-${agents}-cpu`,
      unit: 'CPU ms a turn of its own',
      ...(agents === 100 ? { bar: { atMost: 5 } } : {}),
      samples: ours(({ cpuMsPerTurn }) => cpuMsPerTurn),
      note: `bare loop ${bare(({ cpuMsPerTurn }) => cpuMsPerTurn).toFixed(1)} ms; orchestrator and starter, not what they start`,
    }),
  ]
}

const wallOf = ({ wallMs }: Measured) => wallMs

function round({ wallMs, peakMb, cpuMsPerTurn }: Measured): string {
  return `${Math.round(wallMs)} ms, ${Math.round(peakMb)} MB, ${cpuMsPerTurn.toFixed(1)} CPU ms a turn`
}

interface Given {
  readonly agents: number
  readonly url: string
}

async function onSite(agents: number, contender: (site: Site, given: Given) => Promise<Measured>): Promise<Measured> {
  const site = makeSite({ agents, files: 100 })
  const server = await startServer({ words: ['--agents', String(agents)], notesPath: join(site.folder, 'notes') })
  try {
    return await contender(site, { agents, url: server.url })
  } finally {
    server.stop()
    rmSync(site.folder, { recursive: true, force: true })
  }
}

async function bareLoop(site: Site, { agents, url }: Given, starter: string): Promise<Measured> {
  const worktrees = join(site.folder, 'worktrees')
  mkdirSync(worktrees)
  const words = ['--agents', String(agents), '--repo', site.repo, '--worktrees', worktrees, '--url', url, '--starter', starter]
  const child = spawn(process.execPath, [program('bare-loop'), ...words], { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  let startedMs = 0
  child.stdout.on('data', (data) => {
    said += String(data)
    if (startedMs === 0 && said.includes('started')) startedMs = Date.now()
  })
  const watching = watch(child.pid ?? 0, isProgram)
  const code = await new Promise((resolve) => child.once('close', resolve))
  const looks = watching.stop()
  const wallMs = Number(/ended (?<ms>[\d.]+)/u.exec(said)?.groups?.['ms'])
  if (code !== 0 || !Number.isFinite(wallMs)) throw new Error(`the bare loop ended with ${String(code)}: ${said}`)
  return measured(looks, { fromMs: startedMs, toMs: startedMs + wallMs, agents })
}

async function dceRun(site: Site, { agents, url }: Given): Promise<Measured> {
  const more = ['--quality', 'draft', '--mode', 'parallel', '--max-parallel', String(agents)]
  const dce = startDce({ site, url, words: runWords(site, more) })
  const watching = watch(dce.process.pid ?? 0, isProgram)
  try {
    const merged = await untilMerged(site, dce, agents)
    return measured(watching.stop(), { ...merged, agents })
  } finally {
    watching.stop()
    await dce.kill()
  }
}

function measured(looks: readonly Look[], given: { readonly fromMs: number; readonly toMs: number; readonly agents: number }): Measured {
  const { fromMs, toMs, agents } = given
  return {
    wallMs: toMs - fromMs,
    peakMb: peakBetween(looks, fromMs, toMs),
    cpuMsPerTurn: cpuBetween(looks, fromMs, toMs) / (agents * turnsPerAgent),
  }
}

/** First `task-started` to the moment the wave's branch was moved: the compile check behind it is the judge's. */
async function untilMerged(site: Site, dce: DceProcess, agents: number): Promise<{ readonly fromMs: number; readonly toMs: number }> {
  await until({ site, dce, everyMs: 300 }, (events) => events.find((event) => event.type === 'wave-merged'))
  const events = eventsOf(site)
  const ended = events.filter((event) => event.type === 'task-ended')
  if (ended.length !== agents || ended.some((event) => event.outcome.kind !== 'finished')) throw new Error('not every agent finished')
  const run = events.find((event) => event.type === 'run-started')?.run ?? ''
  const fromMs = events.find((event) => event.type === 'task-started')?.at ?? Number.NaN
  return { fromMs, toMs: branchMovedAt(site, `dce/${run}/wave-1`) }
}
