// N agents at once: dce's own CLI beside the bare loop, on the same server, in turns. From the first worktree to the last task merged.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { packageRoot } from '../src/cli/package-root.ts'
import { type Figure, figureOf } from './figure.ts'
import { makeSite, type Site, turnsPerAgent } from './site.ts'
import { cpuBetween, descendants, type Look, watch } from './watch.ts'

/** What one measurement gave. Times in ms, memory in MB, CPU in ms a turn. */
interface Measured {
  readonly wallMs: number
  readonly peakMb: number
  readonly cpuMsPerTurn: number
}

/** Wall time against the bare loop, peak memory and CPU, at `agents`. The two take turns within one call, so that the machine is the same for both. */
export async function measureAgents(request: {
  readonly agents: number
  readonly times: number
  readonly say: (line: string) => void
}): Promise<readonly Figure[]> {
  const { agents, times, say } = request
  const ratios: number[] = []
  const ours: Measured[] = []
  const bare: Measured[] = []
  for (let time = 1; time <= times; time++) {
    const [one, other] = [await measure(agents, bareLoop), await measure(agents, dceRun)]
    bare.push(one)
    ours.push(other)
    ratios.push(other.wallMs / one.wallMs)
    say(
      `${agents} agents, ${time} of ${times}: bare loop ${round(one)}; dce ${round(other)}; ratio ${(other.wallMs / one.wallMs).toFixed(2)}`,
    )
  }
  const samples = (pick: (measured: Measured) => number, of = ours) => of.map(pick)
  return [
    figureOf({
      name: `agents-${agents}-wall`,
      unit: 'times the bare loop',
      bar: { atMost: 1.15 },
      samples: ratios,
      note: `bare loop ${Math.round(median(samples((one) => one.wallMs, bare)))} ms, dce ${Math.round(median(samples((one) => one.wallMs)))} ms`,
    }),
    figureOf({
      name: `agents-${agents}-memory`,
      unit: 'MB at its peak',
      ...(agents === 25 ? { bar: { atMost: 160 } } : {}),
      samples: samples((one) => one.peakMb),
      note: `bare loop ${Math.round(median(samples((one) => one.peakMb, bare)))} MB; PSS of orchestrator and helpers`,
    }),
    figureOf({
      name: `agents-${agents}-cpu`,
      unit: 'CPU ms a turn of its own',
      ...(agents === 100 ? { bar: { atMost: 5 } } : {}),
      samples: samples((one) => one.cpuMsPerTurn),
      note: `bare loop ${median(samples((one) => one.cpuMsPerTurn, bare)).toFixed(1)} ms`,
    }),
  ]
}

function median(values: readonly number[]): number {
  return figureOf({ name: '', unit: '', samples: values }).value
}

function round({ wallMs, peakMb, cpuMsPerTurn }: Measured): string {
  return `${Math.round(wallMs)} ms, ${Math.round(peakMb)} MB, ${cpuMsPerTurn.toFixed(1)} CPU ms a turn`
}

type Contender = (site: Site, given: { readonly agents: number; readonly url: string }) => Promise<Measured>

async function measure(agents: number, contender: Contender): Promise<Measured> {
  const site = makeSite({ agents, files: 100 })
  const server = await startServer(['--agents', String(agents)])
  try {
    return await contender(site, { agents, url: server.url })
  } finally {
    server.stop()
    rmSync(site.folder, { recursive: true, force: true })
  }
}

/** The strict server in its own process. */
export async function startServer(
  words: readonly string[],
): Promise<{ readonly url: string; readonly process: ChildProcess; stop(): void }> {
  const child = spawn(process.execPath, [join(packageRoot(), 'bench', 'model-server.ts'), ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const url = await firstLine(child)
  return { url, process: child, stop: () => child.kill('SIGTERM') }
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.stdout?.once('data', (data) => resolve(String(data).trim()))
    child.once('exit', (code) => reject(new Error(`ended with ${code} before it said a word`)))
  })
}

const bareLoop: Contender = async (site, { agents, url }) => {
  const worktrees = join(site.folder, 'worktrees')
  mkdirSync(worktrees)
  const words = ['--agents', String(agents), '--repo', site.repo, '--worktrees', worktrees, '--url', url, '--sandbox', 'on']
  const child = spawn(process.execPath, [join(packageRoot(), 'bench', 'bare-loop.ts'), ...words], { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  let startedMs = 0
  child.stdout.on('data', (data) => {
    said += String(data)
    if (startedMs === 0 && said.includes('started')) startedMs = Date.now()
  })
  const watching = watch(child.pid ?? 0, isOurs)
  const code = await new Promise((resolve) => child.once('close', resolve))
  const looks = watching.stop()
  const wallMs = Number(/merged (?<ms>[\d.]+)/u.exec(said)?.groups?.['ms'])
  if (code !== 0 || !Number.isFinite(wallMs)) throw new Error(`the bare loop ended with ${String(code)}: ${said}`)
  return measured(looks, { fromMs: startedMs, toMs: startedMs + wallMs, agents })
}

// On a terminal, so that the live board is drawn: `script` gives it one.
const dceRun: Contender = async (site, { agents, url }) => {
  const command = [
    process.execPath,
    join(packageRoot(), 'src', 'cli.ts'),
    'run',
    site.spec,
    '--repo',
    site.repo,
    '--yes',
    '--quality',
    'draft',
    '--mode',
    'parallel',
    '--max-parallel',
    String(agents),
    '--budget-usd',
    '1000',
  ]
  const env = {
    ...process.env,
    XDG_STATE_HOME: join(site.folder, 'state'),
    XDG_CACHE_HOME: join(site.folder, 'cache'),
    ANTHROPIC_API_KEY: 'bench',
    ANTHROPIC_BASE_URL: url,
    TERM: 'xterm',
  }
  const child = spawn('script', ['-qfec', command.join(' '), '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'], env })
  let said = ''
  child.stdout.on('data', (data) => {
    said = (said + String(data)).slice(-20_000)
  })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const watching = watch(child.pid ?? 0, isOurs)
  const merged = await Promise.race([untilMerged(site, agents), ended.then(() => undefined)])
  const looks = watching.stop()
  for (const pid of descendants(child.pid ?? 0).toReversed()) kill(pid)
  await ended
  if (merged === undefined) throw new Error(`dce ended before its wave was merged:\n${said}`)
  return measured(looks, { ...merged, agents })
}

function measured(looks: readonly Look[], given: { readonly fromMs: number; readonly toMs: number; readonly agents: number }): Measured {
  const { fromMs, toMs, agents } = given
  return {
    wallMs: toMs - fromMs,
    peakMb: Math.max(...looks.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs + 200).map(({ pssMb }) => pssMb)),
    cpuMsPerTurn: cpuBetween(looks, fromMs, toMs) / (agents * turnsPerAgent),
  }
}

/** First `task-started` to the moment the wave's branch was moved: the compile check behind it is the judge's. */
async function untilMerged(site: Site, agents: number): Promise<{ readonly fromMs: number; readonly toMs: number }> {
  const path = join(site.folder, 'state', 'dce', 'journal.sqlite')
  for (;;) {
    await sleep(300)
    const events = eventsOf(path)
    const merged = events.findLast((event) => event.type === 'wave-merged')
    if (merged === undefined) continue
    const ended = events.filter((event) => event.type === 'task-ended')
    if (ended.length !== agents || ended.some((event) => event.outcome?.kind !== 'finished')) throw new Error('not every agent finished')
    const run = events[0]?.run ?? ''
    const fromMs = events.find((event) => event.type === 'task-started')?.at ?? Number.NaN
    return { fromMs, toMs: refTime(site, run) }
  }
}

interface Told {
  readonly type: string
  readonly at: number
  readonly run?: string
  readonly outcome?: { readonly kind: string }
}

function eventsOf(path: string): readonly Told[] {
  try {
    const journal = new DatabaseSync(path, { readOnly: true })
    try {
      return journal
        .prepare('SELECT body FROM event ORDER BY seq')
        .all()
        .map((row) => JSON.parse(String(row['body'])) as Told)
    } finally {
      journal.close()
    }
  } catch {
    return []
  }
}

function refTime(site: Site, run: string): number {
  const found = findRef(join(site.folder, 'cache'), join('refs', 'heads', 'dce', run, 'wave-1'))
  return statSync(found).mtimeMs
}

function findRef(folder: string, below: string): string {
  for (const mirror of mirrorsIn(folder)) {
    const path = join(mirror, below)
    if (statSync(path, { throwIfNoEntry: false }) !== undefined) return path
  }
  throw new Error(`no ref ${below} below ${folder}`)
}

function mirrorsIn(folder: string): readonly string[] {
  return [join(folder, 'dce', 'mirrors')].flatMap((parent) => listFolders(parent))
}

function listFolders(parent: string): readonly string[] {
  try {
    return readdirSync(parent).map((name) => join(parent, name))
  } catch {
    return []
  }
}

function isOurs(commandLine: string): boolean {
  return /src\/cli\.ts|bare-loop\.ts|helper\.ts/u.test(commandLine) && !commandLine.startsWith('script') && !commandLine.startsWith('sh ')
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended by itself.
  }
}
