// How go is run: build, vet, list and test with one flag set and one build cache, in the sandbox. Knows go, and nothing of what is judged.
import { mkdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import pLimit from 'p-limit'
import { UserFault, WorldFault } from '../../fault.ts'
import type { Command, CommandResult, Go, GoCommand, GoProgram, Sandbox, SandboxPolicy } from '../../world.ts'

/** Where go finds and keeps things. All paths absolute. */
export interface GoSetup {
  readonly sandbox: Sandbox
  /** Build cache (GOCACHE): one of {@link goCaches}. */
  readonly cache: string
  /** Module cache (GOMODCACHE); only ever read. */
  readonly modCache: string
  /** Holds what commands write besides the cache: an empty HOME, temporary files, tools. */
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
// Measured: 0.5 s warm, about 10 s with an empty cache on a busy machine.
const toolTimeoutMs = 300_000

/** The port over a sandbox. Makes the folders of the setup. */
export function goCommands(setup: GoSetup): Go {
  const env = goEnvironment(setup)
  const tools = join(setup.workDir, 'tools')
  for (const folder of [setup.cache, env['HOME'], env['TMPDIR'], tools]) if (folder !== undefined) mkdirSync(folder, { recursive: true })
  const temp = join(setup.workDir, 'tmp')
  const limit = pLimit(availableParallelism())
  const start = (command: Command, policy: SandboxPolicy): Promise<CommandResult> => limit(() => setup.sandbox.run(command, policy))
  const run = (command: GoCommand): Promise<CommandResult> =>
    start(toCommand({ ...command, argv: ['go', ...command.args] }, env), policyOf([setup.cache, temp, ...(command.writable ?? [])]))
  const test2json = once(() => buildTest2json(run, tools))
  return {
    version: once(() => readVersion(run, setup.workDir)),
    run,
    execute: (program) => start(toCommand(program, env), policyOf([temp, ...program.writable])),
    test2json,
  }
}

function toCommand(program: Omit<GoProgram, 'writable'>, env: Readonly<Record<string, string>>): Command {
  return {
    argv: program.argv,
    cwd: program.cwd,
    env: { ...env, ...program.env, PWD: program.cwd },
    timeoutMs: program.timeoutMs,
    maxOutputBytes,
    ...(program.signal === undefined ? {} : { signal: program.signal }),
  }
}

function policyOf(writable: readonly string[]): SandboxPolicy {
  return { writable, hidden: [], allowedHosts: [] }
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

// Not shipped with go since 1.25: built from the standard library's own source, which needs no network.
async function buildTest2json(run: Go['run'], tools: string): Promise<string> {
  const path = join(tools, 'test2json')
  const result = await run({ args: ['build', '-o', path, 'cmd/test2json'], cwd: tools, writable: [tools], timeoutMs: toolTimeoutMs })
  if (result.exit.kind === 'exited' && result.exit.code === 0) return path
  throw new WorldFault({ service: 'go', problem: `cmd/test2json could not be built: ${result.stderr.trim()}`, retryable: false })
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
