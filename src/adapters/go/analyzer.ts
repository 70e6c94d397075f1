// The program in analyzer/ -> the Analyzer port: built once per machine and version, asked over standard input, answered as JSON.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { z } from 'zod'
import { WorldFault } from '../../fault.ts'
import { type Analyzer, GoConformance, GoContractChecks, GoOutline, GoOverlay, GoReferences, type GoTree } from '../../go-analyzer.ts'
import { GoFacts } from '../../go-facts.ts'
import type { CommandResult, Go } from '../../world.ts'
import { buildProgram, type ProgramSource } from './build-program.ts'

/** What the analyzer is built and run with. `sourceDir`: the folder analyzer/ of this package. */
export interface AnalyzerSetup extends Omit<ProgramSource, 'goVersion'> {
  readonly go: Go
}

/** Facts of a large repository with a cold build cache. Chosen. */
const askTimeoutMs = 280_000

/** The port over the program. The first request builds it where it is missing. */
export function createAnalyzer(setup: AnalyzerSetup): Analyzer {
  let built: Promise<string> | undefined
  const program = () => {
    built ??= buildOnce(setup).catch((error: unknown) => {
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

async function buildOnce({ go, ...source }: AnalyzerSetup): Promise<string> {
  return buildProgram({ ...source, goVersion: await go.version() })
}
