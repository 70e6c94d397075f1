// The program in analyzer/ -> the Analyzer port: built once per machine and version, asked over standard input, answered as JSON.
import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import type { z } from 'zod'
import { UserFault, WorldFault } from '../../fault.ts'
import { type Analyzer, GoConformance, GoContractChecks, GoOutline, GoOverlay, GoReferences, type GoTree } from '../../go-analyzer.ts'
import { GoFacts } from '../../go-facts.ts'
import type { CommandResult, Exec, Go } from '../../world.ts'

/** What the analyzer is built and run with. */
export interface AnalyzerSetup {
  readonly go: Go
  /** Starts the build, outside the sandbox: it may have to fetch the analyzer's own modules. */
  readonly exec: Exec
  /** The folder analyzer/ of this package. */
  readonly sourceDir: string
  /** Programs are kept in `<cacheDir>/analyzer/<hash>/`. */
  readonly cacheDir: string
  /** The person's environment, for the build: proxies, module cache. */
  readonly env: Readonly<Record<string, string>>
}

/** A first build fetches and compiles x/tools; measured 5 s warm, a minute on a slow machine without cache. */
const buildTimeoutMs = 300_000
/** Facts of a large repository with a cold build cache. Chosen. */
const askTimeoutMs = 280_000

/** The port over the program. The first request builds it where it is missing. */
export function createAnalyzer(setup: AnalyzerSetup): Analyzer {
  let built: Promise<string> | undefined
  const program = () => {
    built ??= build(setup).catch((error: unknown) => {
      built = undefined
      throw error
    })
    return built
  }
  const ask = async <Schema extends z.ZodType>(
    command: string,
    request: GoTree,
    answer: { readonly schema: Schema; readonly outDir?: string },
  ): Promise<z.output<Schema>> => {
    const path = await program()
    const { signal, ...body } = request
    const overlays = request.overlay === undefined ? [] : [join(request.overlay, '..')]
    const result = await setup.go.run({
      program: path,
      args: [],
      cwd: request.dir,
      readable: [path, request.root, ...overlays],
      writable: answer.outDir === undefined ? [] : [answer.outDir],
      stdin: JSON.stringify({ command, ...body }),
      timeoutMs: askTimeoutMs,
      ...(signal === undefined ? {} : { signal }),
    })
    return parse(command, result, answer.schema)
  }
  return {
    facts: (request) => ask('facts', request, { schema: GoFacts }),
    overlay: async (request) => {
      await mkdir(request.outDir, { recursive: true })
      return ask('overlay', request, { schema: GoOverlay, outDir: request.outDir })
    },
    outline: (request) => ask('outline', request, { schema: GoOutline }),
    conformance: (request) => ask('conformance', request, { schema: GoConformance }),
    contractChecks: (request) => ask('contractChecks', request, { schema: GoContractChecks }),
    references: (request) => ask('references', request, { schema: GoReferences }),
  }
}

function parse<Schema extends z.ZodType>(command: string, result: CommandResult, schema: Schema): z.output<Schema> {
  const fault = (problem: string, cause?: unknown) =>
    new WorldFault({ service: 'go', problem: `analyzer ${command}: ${problem}`, retryable: false, cause })
  if (result.exit.kind !== 'exited' || result.exit.code !== 0)
    throw fault(`${JSON.stringify(result.exit)} ${result.stderr.trim().slice(-2_000)}`)
  if (result.droppedBytes > 0) throw fault(`the answer was too long (${result.droppedBytes} bytes dropped)`)
  try {
    return schema.parse(JSON.parse(result.stdout))
  } catch (cause) {
    throw fault(`its answer does not fit: ${cause instanceof Error ? cause.message.slice(0, 2_000) : String(cause)}`, cause)
  }
}

async function build(setup: AnalyzerSetup): Promise<string> {
  const folder = join(setup.cacheDir, 'analyzer', await versionOf(setup))
  const path = join(folder, 'analyzer')
  if (await exists(path)) return path
  await mkdir(folder, { recursive: true })
  // Two builders at once each make their own file; whoever renames last wins with the same program.
  const mine = join(folder, `analyzer-${randomUUID()}`)
  const env = { ...setup.env, GOFLAGS: '-mod=readonly', GOWORK: 'off', CGO_ENABLED: '0' }
  const result = await setup.exec.run({
    argv: ['go', 'build', '-trimpath', '-o', mine, '.'],
    cwd: setup.sourceDir,
    env,
    timeoutMs: buildTimeoutMs,
    maxOutputBytes: 100_000,
  })
  if (result.exit.kind !== 'exited' || result.exit.code !== 0) {
    await rm(mine, { force: true })
    throw new UserFault({
      problem: `The Go analyzer could not be built: ${result.stderr.trim().slice(-1_500) || JSON.stringify(result.exit)}.`,
      hint: 'It needs Go and, the first time, the module proxy (GOPROXY). `dce doctor` looks at both.',
      exitCode: 4,
    })
  }
  await rename(mine, path)
  return path
}

async function versionOf(setup: AnalyzerSetup): Promise<string> {
  const hash = createHash('sha256').update(await setup.go.version())
  for (const file of await sourceFiles(setup.sourceDir)) hash.update(relative(setup.sourceDir, file)).update(await readFile(file))
  return hash.digest('hex').slice(0, 16)
}

async function sourceFiles(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const lists = await Promise.all(
    entries.map((entry) => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) return sourceFiles(path)
      return Promise.resolve(/(?:\.go|go\.mod|go\.sum)$/u.test(entry.name) && !entry.name.endsWith('_test.go') ? [path] : [])
    }),
  )
  return lists.flat().sort()
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined
}
