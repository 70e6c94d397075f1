// Packages of a checkout -> their test binaries, in a folder that no test can write to. Compiling executes nothing of the tree.
import { mkdir, stat } from 'node:fs/promises'
import { posix } from 'node:path'
import type { Go } from '../world.ts'
import { whyStuck } from './measure-compile.ts'
import type { PackageFacts } from './measurements.ts'

/** A package's compiled tests. Absolute: `path` of the binary, `root` of the checkout, `dir` of the package, where tests run as under `go test`. */
export interface TestBinary {
  readonly package: PackageFacts
  readonly path: string
  readonly root: string
  readonly dir: string
}

/** Binaries, and the packages that have none although their tests compile: a link error (`message`), or a kill (`stuck`). */
export interface CompiledTests {
  readonly binaries: readonly TestBinary[]
  readonly failed: readonly { readonly package: PackageFacts; readonly message: string }[]
  readonly stuck: readonly string[]
}

/** What to compile, and how. `root`: the checkout. `coverPackages`: import paths whose statements are counted; empty: no coverage. */
export interface TestCompilation {
  readonly go: Go
  readonly root: string
  readonly outDir: string
  readonly packages: readonly PackageFacts[]
  readonly race: boolean
  readonly coverPackages: readonly string[]
  readonly signal?: AbortSignal
}

const compileTimeoutMs = 20 * 60_000

/** Compiles the tests of all packages that have some and whose tests compile. */
export async function compileTests(request: TestCompilation): Promise<CompiledTests> {
  const withTests = request.packages.filter((one) => one.testFiles.length > 0 && one.testsCompile)
  const rounds = [...Map.groupBy(withTests, (one) => one.moduleDir).values()].flatMap(roundsOf)
  const compiled: CompiledTests[] = []
  for (const [index, round] of rounds.entries())
    compiled.push(await compileRound(request, round, posix.join(request.outDir, String(index))))
  return {
    binaries: compiled.flatMap((part) => part.binaries),
    failed: compiled.flatMap((part) => part.failed),
    stuck: compiled.flatMap((part) => part.stuck),
  }
}

// `go test -c` refuses two packages whose binaries have one name, so each round holds a name once.
function roundsOf(packages: readonly PackageFacts[]): readonly (readonly PackageFacts[])[] {
  const rounds: PackageFacts[][] = []
  for (const one of packages) {
    const round = rounds.find((candidate) => !candidate.some((other) => binaryName(other) === binaryName(one)))
    if (round === undefined) rounds.push([one])
    else round.push(one)
  }
  return rounds
}

function binaryName(one: PackageFacts): string {
  const parts = one.importPath.split('/')
  const last = parts.at(-1) ?? ''
  // go names the binary of `example.com/quota/v2` after `quota`.
  const name = /^v\d+$/.test(last) && parts.length > 1 ? (parts.at(-2) ?? last) : last
  return `${name}.test`
}

async function compileRound(request: TestCompilation, packages: readonly PackageFacts[], outDir: string): Promise<CompiledTests> {
  await mkdir(outDir, { recursive: true })
  const first = packages[0]
  if (first === undefined) return { binaries: [], failed: [], stuck: [] }
  const cwd = posix.join(request.root, first.moduleDir)
  const result = await request.go.run({
    args: ['test', '-c', '-vet=off', ...flagsOf(request, modulePath(first)), '-o', `${outDir}/`, ...packages.map((one) => one.importPath)],
    cwd,
    readable: [request.root],
    writable: [outDir],
    timeoutMs: compileTimeoutMs,
    ...(request.signal === undefined ? {} : { signal: request.signal }),
  })
  const why = whyStuck(result)
  if (why !== undefined) return { binaries: [], failed: [], stuck: [`go test -c: ${why}`] }
  const made = await Promise.all(packages.map((one) => exists(posix.join(outDir, binaryName(one)))))
  const message = result.stderr.replaceAll(`${request.root}/`, '').trim().slice(0, 2_000)
  return {
    binaries: packages.flatMap((one, index) =>
      made[index] === true
        ? [{ package: one, path: posix.join(outDir, binaryName(one)), root: request.root, dir: posix.join(request.root, one.dir) }]
        : [],
    ),
    failed: packages.flatMap((one, index) => (made[index] === true ? [] : [{ package: one, message }])),
    stuck: [],
  }
}

function flagsOf(request: TestCompilation, module: string): readonly string[] {
  // The pattern gives every package of the module the flags it was compiled with before, named here or not.
  const flags = [`-gcflags=${module}/...=-e`, '-ldflags=-s -w']
  const race = request.race ? ['-race'] : []
  return [...flags, ...race, ...(request.coverPackages.length > 0 ? ['-cover', `-coverpkg=${request.coverPackages.join(',')}`] : [])]
}

function modulePath(one: PackageFacts): string {
  const below = posix.relative(one.moduleDir, one.dir)
  return below === '' ? one.importPath : one.importPath.slice(0, -below.length - 1)
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined
}
