// Environment and flags -> the adapters of this machine: processes, sandbox, journal, go, analyzer, the repository's mirror. The only place that builds them.
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { realpath } from 'node:fs/promises'
import { delimiter, join, resolve } from 'node:path'
import { systemClock } from '../adapters/clock/system-clock.ts'
import { openMirror } from '../adapters/git/open-mirror.ts'
import { createAnalyzer } from '../adapters/go/analyzer.ts'
import { buildProgram, type ProgramSource } from '../adapters/go/build-program.ts'
import { goCaches, goCommands, goEnvironment } from '../adapters/go/go-commands.ts'
import { openSqliteJournal, type SqliteJournal } from '../adapters/journal/sqlite-journal.ts'
import { thisProcess } from '../adapters/journal/this-process.ts'
import { createFileLog } from '../adapters/log/file-log.ts'
import { databases } from '../adapters/postgres/open-database.ts'
import { createExec, type StartingExec } from '../adapters/process/exec.ts'
import { limitGo } from '../adapters/sandbox/limit-go.ts'
import { openSandbox } from '../adapters/sandbox/sandbox.ts'
import { UserFault } from '../fault.ts'
import type { Analyzer } from '../go-analyzer.ts'
import type { RunEvent } from '../run/event.ts'
import type { ShellGround } from '../run/run-world.ts'
import type { Clock, Git, Go, Log, OpenDatabase, Sandbox } from '../world.ts'
import { packageRoot } from './package-root.ts'
import { type Places, placesOf } from './places.ts'

/** Environment of the process. */
export type Env = Readonly<Record<string, string | undefined>>

/** What every command needs. */
export interface Machine {
  readonly env: Env
  readonly places: Places
  readonly clock: Clock
  readonly log: Log
  readonly exec: StartingExec
  readonly journal: () => SqliteJournal<RunEvent>
  close(): Promise<void>
}

/** Adapters that know a repository and execute things. */
export interface Workshop {
  readonly git: Git
  readonly sandbox: Sandbox
  readonly go: Go
  readonly analyzer: Analyzer
  readonly agentsAnalyzer: Analyzer
  readonly openDatabase: OpenDatabase
  readonly shell: ShellGround
  readonly ripgrepPath: string | undefined
  /** As `go env GOVERSION` says it: `go1.26.8`. */
  readonly goVersion: string
  readonly seedAgentsCache: () => Promise<void>
  readonly folders: { readonly worktrees: string; readonly work: string; readonly cache: string }
}

/** Opens the machine. Nothing is started before it is used. */
export function openMachine(env: Env): Machine {
  const places = placesOf(env)
  const exec = createExec()
  const closers: (() => Promise<void> | void)[] = [() => exec.close()]
  let journal: SqliteJournal<RunEvent> | undefined
  return {
    env,
    places,
    clock: systemClock,
    log: createFileLog({ path: join(places.state, 'dce.log'), clock: systemClock }),
    exec,
    journal: () => {
      journal ??= openSqliteJournal<RunEvent>({ path: join(places.state, 'journal.sqlite'), processes: thisProcess() })
      return journal
    },
    close: async () => {
      for (const close of closers) await close()
      journal?.close()
    },
  }
}

/** The person's environment without what is not set. */
export function personEnv(env: Env): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined))
}

/** The mirror of a repository alone: for who reads and moves branches, and executes nothing. Errors: as openMirror. */
export function openRepository({ env, exec, log, places }: Machine, repo: string): Promise<Git> {
  return openMirror({ repo, cacheDir: places.cache, exec, log, env: personEnv(env) })
}

/** Opens mirror, sandbox and go for one repository. Errors: UserFault (exit 4) for what is missing on this machine. */
export async function openWorkshop(
  machine: Machine,
  request: { readonly repo: string; readonly sandbox: 'on' | 'off'; readonly allowedHosts: readonly string[] },
): Promise<Workshop & { close(): Promise<void> }> {
  const { env, exec, places } = machine
  const person = personEnv(env)
  const repo = await realpath(resolve(request.repo))
  const { goRoot, modCache, goVersion } = await readGoEnv(machine, repo)
  const source = { exec, cacheDir: places.cache, env: person }
  startStarter(machine, { ...source, goVersion })
  const open = await openSandbox({ mode: request.sandbox, exec, visible: [goRoot, modCache], allowedHosts: request.allowedHosts })
  const sandbox = limitGo(open)
  const own = join(places.cache, 'repositories', createHash('sha256').update(repo).digest('hex').slice(0, 12))
  const path = [join(goRoot, 'bin'), env['PATH'] ?? ''].join(delimiter)
  const caches = goCaches(own)
  const agents = { sandbox, cache: caches.agents, modCache, workDir: join(own, 'agents'), path }
  const gate = { sandbox, cache: caches.gate, modCache, workDir: join(own, 'gate'), path }
  const [go, agentsGo] = [goCommands(gate), goCommands(agents)]
  const analyzerOf = (which: Go) => createAnalyzer({ ...source, go: which, sourceDir: join(packageRoot(), 'analyzer') })
  const shellEnv = goEnvironment(agents)
  return {
    git: await openRepository(machine, repo),
    sandbox,
    go,
    analyzer: analyzerOf(go),
    agentsAnalyzer: analyzerOf(agentsGo),
    openDatabase: databases({
      exec,
      sandbox,
      clock: machine.clock,
      path: env['PATH'] ?? '',
      ...(env['DCE_GATE_DATABASE_URL'] === undefined ? {} : { url: env['DCE_GATE_DATABASE_URL'] }),
    }),
    shell: {
      env: shellEnv,
      policy: { writable: [caches.agents, ...homesOf(shellEnv)], readable: [modCache], hidden: [], allowedHosts: request.allowedHosts },
    },
    ripgrepPath: (await isOnPath(machine, 'rg')) ? env['PATH'] : undefined,
    goVersion,
    seedAgentsCache: () => seedCache(machine, caches),
    folders: { worktrees: join(own, 'worktrees'), work: join(own, 'work'), cache: join(own, 'results') },
    close: () => open.close(),
  }
}

// Nobody waits for it: until it is built, once per machine and version of Go, commands are started without it.
function startStarter({ exec, log }: Machine, source: Omit<ProgramSource, 'sourceDir'>): void {
  buildProgram({ ...source, sourceDir: join(packageRoot(), 'starter') }).then(exec.useStarter, (cause: unknown) =>
    log.warn('the starter could not be built', { cause: String(cause) }),
  )
}

// A copy, not links: what agents do to their cache must not reach the gate's.
async function seedCache(machine: Machine, caches: { readonly agents: string; readonly gate: string }): Promise<void> {
  // go makes the folders 00 to ff when a cache is first used.
  if (existsSync(join(caches.agents, '00')) || !existsSync(join(caches.gate, '00'))) return
  const command = {
    argv: ['cp', '-R', `${caches.gate}/.`, caches.agents],
    cwd: '/',
    env: { PATH: machine.env['PATH'] ?? '' },
    timeoutMs: 120_000,
    maxOutputBytes: 4_000,
  }
  const result = await machine.exec.run(command)
  if (result.exit.kind !== 'exited' || result.exit.code !== 0)
    machine.log.warn('the build cache of the agents was not seeded', { exit: result.exit, stderr: result.stderr })
}

function homesOf(shellEnv: Readonly<Record<string, string>>): readonly string[] {
  return [shellEnv['HOME'], shellEnv['TMPDIR']].filter((path) => path !== undefined)
}

interface GoEnv {
  readonly goRoot: string
  readonly modCache: string
  readonly goVersion: string
}

async function readGoEnv(machine: Machine, cwd: string): Promise<GoEnv> {
  const result = await machine.exec.run({
    argv: ['go', 'env', 'GOROOT', 'GOMODCACHE', 'GOVERSION'],
    cwd,
    env: personEnv(machine.env),
    timeoutMs: 60_000,
    maxOutputBytes: 10_000,
  })
  const [goRoot = '', modCache = '', goVersion = ''] = result.stdout.trim().split('\n')
  if (result.exit.kind === 'exited' && result.exit.code === 0 && goRoot !== '') return { goRoot, modCache, goVersion }
  throw new UserFault({
    problem: `go could not be run: ${result.exit.kind === 'not-started' ? result.exit.message : result.stderr.trim()}.`,
    hint: 'Install Go from https://go.dev/dl and put it on PATH. `dce doctor` shows what is found.',
    exitCode: 4,
  })
}

async function isOnPath(machine: Machine, program: string): Promise<boolean> {
  const result = await machine.exec.run({
    argv: [program, '--version'],
    cwd: '/',
    env: { PATH: machine.env['PATH'] ?? '' },
    timeoutMs: 10_000,
    maxOutputBytes: 2_000,
  })
  return result.exit.kind === 'exited' && result.exit.code === 0
}
