// 1,000 agents of dce in one process, against the time that one of them takes alone: the critical path. The bare loop beside them, for information.
import { spawn } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { homesOf } from './dce-process.ts'
import { type Figure, figureOf, type Measuring, median } from './figure.ts'
import { isProgram, program } from './programs.ts'
import { startServer } from './server-process.ts'
import { makeSite } from './site.ts'
import { peakBetween, watch } from './watch.ts'

const firstTokenMs = 2_000

interface Measured {
  readonly wallMs: number
  readonly peakMb: number
}

/** Wall time over critical path, and memory. */
export async function measureThousand({ times, say, shelf }: Measuring, agents = 1_000): Promise<readonly Figure[]> {
  // For information alone, and a minute each time: once.
  const bare = await runProgram(agents, 'bare-loop', '--starter', shelf.starter, '--only-work')
  const rounds: { readonly alone: Measured; readonly ours: Measured }[] = []
  for (let time = 1; time <= times; time++) {
    const alone = await runProgram(1, 'thousand-agents', '--starter', shelf.starter)
    const ours = await runProgram(agents, 'thousand-agents', '--starter', shelf.starter)
    rounds.push({ alone, ours })
    say(
      `${agents} agents, ${time} of ${times}: one alone ${sayMeasured(alone)}; dce ${sayMeasured(ours)}; ${(ours.wallMs / alone.wallMs).toFixed(2)} times the critical path`,
    )
  }
  const pathMs = median(rounds.map((round) => round.alone.wallMs))
  return [
    figureOf({
      name: `agents-${agents}-wall`,
      unit: 'times the critical path',
      bar: { atMost: 1.3 },
      samples: rounds.map((round) => round.ours.wallMs / round.alone.wallMs),
      note: `critical path ${Math.round(pathMs)} ms: one agent alone, ten turns of ${firstTokenMs / 1000} s and its tools; bare loop ${(bare.wallMs / pathMs).toFixed(2)} times; from the first request to the last hand-over, without harvest, commit and merge`,
    }),
    figureOf({
      name: `agents-${agents}-memory`,
      unit: 'MB at its peak',
      bar: { atMost: 800 },
      samples: rounds.map((round) => round.ours.peakMb),
      note: `bare loop ${Math.round(bare.peakMb)} MB; PSS of orchestrator and starter`,
    }),
  ]
}

function sayMeasured({ wallMs, peakMb }: Measured): string {
  return `${Math.round(wallMs)} ms, ${Math.round(peakMb)} MB`
}

async function runProgram(count: number, name: 'bare-loop' | 'thousand-agents', ...more: readonly string[]): Promise<Measured> {
  const site = makeSite({ agents: 1, files: 5 })
  const server = await startServer({
    words: ['--agents', '1', '--work', 'files', '--first-token-ms', String(firstTokenMs)],
    notesPath: join(site.folder, 'notes'),
  })
  const worktrees = join(site.folder, 'worktrees')
  mkdirSync(worktrees)
  const words = ['--agents', String(count), '--repo', site.repo, '--worktrees', worktrees, '--url', server.url, ...more]
  const child = spawn(process.execPath, [program(name), ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...homesOf(site) },
  })
  let said = ''
  let startedMs = 0
  child.stdout.on('data', (data) => {
    said += String(data)
    if (startedMs === 0 && said.includes('started')) startedMs = Date.now()
  })
  const watching = watch(child.pid ?? 0, isProgram, 500)
  try {
    const code = await new Promise((resolve) => child.once('close', resolve))
    const wallMs = Number(/ended (?<ms>[\d.]+)/u.exec(said)?.groups?.['ms'])
    if (code !== 0 || !Number.isFinite(wallMs)) throw new Error(`${name} ended with ${String(code)}: ${said}`)
    return { wallMs, peakMb: peakBetween(watching.stop(), startedMs, startedMs + wallMs) }
  } finally {
    watching.stop()
    server.stop()
    rmSync(site.folder, { recursive: true, force: true })
  }
}
