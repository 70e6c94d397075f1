// How go is run: build, vet, list and test with one flag set and one build cache, in the sandbox. Knows go, and nothing of what is judged.
import { mkdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import pLimit from 'p-limit'
import { UserFault } from '../../fault.ts'
import type { Command, CommandResult, Go, GoCommand, GoProgram, Sandbox, SandboxPolicy } from '../../world.ts'

/** Where go finds and keeps things. All paths absolute. */
export interface GoSetup {
  readonly sandbox: Sandbox
  /** Build cache (GOCACHE): one of {@link goCaches}. */
  readonly cache: string
  /** Module cache (GOMODCACHE); only ever read. */
  readonly modCache: string
  /** Holds what commands write besides the cache: an empty HOME, temporary files. */
  readonly workDir: string
  /** PATH on which go is found. */
  readonly path: string
}

/** The two build caches of a repository: `agents` is shared by siblings, `gate` is never writable from an agent's sandbox. */
export function goCaches(root: string): { readonly agents: string; readonly gate: string } {
  return { agents: join(root, 'go-build-agents'), gate: join(root, 'go-build-gate') }
}

/**
 * The environment of every go command and of a shell that may run go. Nothing is inherited.
 * `-trimpath` is in GOFLAGS: without it each worktree compiles all packages again (19 CPU s against 0, measured), and mixed flag sets rebuild everything.
 */
export function goEnvironment(setup: Omit<GoSetup, 'sandbox'>): Readonly<Record<string, string>> {
  return {
    PATH: setup.path,
    HOME: join(setup.workDir, 'home'),
    TMPDIR: join(setup.workDir, 'tmp'),
    LC_ALL: 'C.UTF-8',
    GOENV: 'off',
    GOTOOLCHAIN: 'local',
    GOPROXY: 'off',
    GOSUMDB: 'off',
    GOFLAGS: '-trimpath -buildvcs=false',
    GOTELEMETRY: 'off',
    GOCACHE: setup.cache,
    GOMODCACHE: setup.modCache,
  }
}

const maxOutputBytes = 64 * 1024 * 1024
const versionTimeoutMs = 60_000

/** The port over a sandbox. Makes the folders of the setup. */
export function goCommands(setup: GoSetup): Go {
  const ground = groundOf(setup)
  for (const folder of [setup.cache, ground.home, ground.temp, ground.programs]) mkdirSync(folder, { recursive: true })
  const limit = pLimit(availableParallelism())
  const start = (command: Command, policy: SandboxPolicy): Promise<CommandResult> => limit(() => setup.sandbox.run(command, policy))
  const run = (command: GoCommand): Promise<CommandResult> =>
    start(toCommand({ ...command, argv: [command.program ?? 'go', ...command.args] }, goEnvironment(setup)), {
      readable: [setup.modCache, ground.home, ...(command.readable ?? [])],
      writable: [setup.cache, ground.temp, ...(command.writable ?? [])],
      hidden: [],
      allowedHosts: [],
    })
  const execute = (program: GoProgram): Promise<CommandResult> =>
    start(toCommand(program, programEnvironment(setup)), {
      readable: [setup.modCache, ...(program.readable ?? [])],
      writable: [ground.programs, ...program.writable],
      hidden: [],
      allowedHosts: [],
    })
  return { version: once(() => readVersion(run, setup.workDir)), run, execute }
}

function groundOf(setup: GoSetup): { readonly home: string; readonly temp: string; readonly programs: string } {
  return { home: join(setup.workDir, 'home'), temp: join(setup.workDir, 'tmp'), programs: join(setup.workDir, 'programs') }
}

// Tests that call go themselves get a cache too, but never the judge's.
function programEnvironment(setup: GoSetup): Readonly<Record<string, string>> {
  const { programs } = groundOf(setup)
  return { ...goEnvironment(setup), HOME: programs, TMPDIR: programs, GOCACHE: join(programs, 'go-build') }
}

function toCommand(
  program: { readonly argv: readonly string[] } & Pick<GoCommand, 'cwd' | 'env' | 'stdin' | 'timeoutMs' | 'signal'>,
  env: Readonly<Record<string, string>>,
): Command {
  return {
    argv: program.argv,
    cwd: program.cwd,
    env: { ...env, ...program.env, PWD: program.cwd },
    timeoutMs: program.timeoutMs,
    maxOutputBytes,
    ...(program.stdin === undefined ? {} : { stdin: program.stdin }),
    ...(program.signal === undefined ? {} : { signal: program.signal }),
  }
}

async function readVersion(run: Go['run'], cwd: string): Promise<string> {
  const result = await run({ args: ['version'], cwd, timeoutMs: versionTimeoutMs })
  const version = /\bgo version (.+)$/m.exec(result.stdout)?.[1]
  if (version !== undefined) return version.trim()
  throw new UserFault({
    problem: `go could not be run: ${result.exit.kind === 'not-started' ? result.exit.message : result.stderr.trim()}.`,
    hint: 'Install Go (https://go.dev/dl) and put it on PATH.',
    exitCode: 4,
  })
}

// One attempt for all callers; a failed one is not kept.
function once<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined
      throw error
    })
    return made
  }
}
