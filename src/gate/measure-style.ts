// A checkout -> which files gofmt would change, and what go vet finds. Runs tools, judges nothing.
import { posix } from 'node:path'
import type { RepoPath } from '../ids.ts'
import { type Checkout, type MeasureOptions, whyStuck } from './measure-compile.ts'
import type { PackageFacts, StyleMeasure, VetFinding } from './measurements.ts'
import { parseVet } from './parse-vet.ts'

const toolTimeoutMs = 10 * 60_000
// Keeps the argument list far below what a system allows (128 KiB for one argument, 2 MiB for all on Linux).
const filesAtOnce = 400

/** Formatting of these files and vet of every module. `files`: all of the tree, as git lists them. `packages`: as go lists them. */
export async function measureStyle(
  checkout: Checkout,
  tree: { readonly files: readonly RepoPath[]; readonly packages: readonly PackageFacts[] },
  options: MeasureOptions,
): Promise<StyleMeasure> {
  const [format, ...vets] = await Promise.all([
    listUnformatted(checkout, tree.files.filter(isFormatted), options),
    ...checkout.moduleDirs.map((moduleDir) => vetModule({ root: checkout.root, moduleDir }, tree.packages, options)),
  ])
  return {
    unformatted: [...format.unformatted],
    vet: vets.flatMap((vet) => vet.findings),
    stuck: [...format.stuck, ...vets.flatMap((vet) => vet.stuck)],
  }
}

/** Go files that people of the repository write: vendored ones and test data may look as they like. */
export function isFormatted(path: string): boolean {
  return path.endsWith('.go') && !/(^|\/)(vendor|testdata)\//.test(path)
}

async function listUnformatted(
  checkout: Checkout,
  files: readonly string[],
  options: MeasureOptions,
): Promise<{ readonly unformatted: readonly string[]; readonly stuck: readonly string[] }> {
  const unformatted: string[] = []
  const stuck: string[] = []
  for (let start = 0; start < files.length; start += filesAtOnce) {
    const argv = ['gofmt', '-l', ...files.slice(start, start + filesAtOnce)]
    const result = await options.go.execute({ argv, cwd: checkout.root, writable: [], timeoutMs: toolTimeoutMs, ...withSignal(options) })
    const why = whyStuck(result)
    if (why !== undefined) stuck.push(`gofmt: ${why}`)
    unformatted.push(...result.stdout.split('\n').filter((line) => line !== ''))
  }
  return { unformatted, stuck }
}

async function vetModule(
  place: { readonly root: string; readonly moduleDir: string },
  packages: readonly PackageFacts[],
  options: MeasureOptions,
): Promise<{ readonly findings: readonly VetFinding[]; readonly stuck: readonly string[] }> {
  const cwd = posix.join(place.root, place.moduleDir)
  const result = await options.go.run({
    args: ['vet', '-gcflags=-e', '-json', './...'],
    cwd,
    readable: [place.root],
    timeoutMs: toolTimeoutMs,
    ...withSignal(options),
  })
  const why = whyStuck(result)
  return why === undefined ? { findings: parseVet(result.stdout, packages), stuck: [] } : { findings: [], stuck: [`go vet: ${why}`] }
}

function withSignal(options: MeasureOptions): { readonly signal?: AbortSignal } {
  return options.signal === undefined ? {} : { signal: options.signal }
}
