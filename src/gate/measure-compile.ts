// A checkout -> what compiles in it and what does not: packages, tests, build-tagged files, links of mains. Runs go, judges nothing.
import { posix } from 'node:path'
import { z } from 'zod'
import { isDiskFullText } from '../fault.ts'
import type { CommandResult, Go } from '../world.ts'
import { type BuildError, type CompileMeasure, compiledFiles, type ModuleFacts } from './measurements.ts'
import { distinctErrors, parseBuildEvents, parseErrors } from './parse-build-output.ts'
import { listedFields, parseGoList } from './parse-go-list.ts'

/** A checkout to measure. `root`: absolute. `moduleDirs`: folders of go.mod files, relative to it. */
export interface Checkout {
  readonly root: string
  readonly moduleDirs: readonly string[]
}

/** How it is measured. `tags`: build tags, each compiled once on its own besides the default build. */
export interface MeasureOptions {
  readonly go: Go
  readonly tags: readonly string[]
  readonly signal?: AbortSignal
}

// A cold build of a large repository takes minutes (320 CPU s measured); more than this is a machine that hangs. By taste.
const buildTimeoutMs = 20 * 60_000

/** Compiles every module of the checkout. Nothing of the tree is executed. */
export async function measureCompile(checkout: Checkout, options: MeasureOptions): Promise<CompileMeasure> {
  const modules = await Promise.all(checkout.moduleDirs.map((moduleDir) => measureModule({ root: checkout.root, moduleDir }, options)))
  return {
    modules: modules.flatMap((module) => module.modules),
    packages: modules.flatMap((module) => module.packages),
    taggedFiles: modules.flatMap((module) => module.taggedFiles),
    errors: [...distinctErrors(modules.flatMap((module) => module.errors))],
    stuck: modules.flatMap((module) => module.stuck),
  }
}

interface ModulePlace {
  readonly root: string
  readonly moduleDir: string
}

async function measureModule(place: ModulePlace, options: MeasureOptions): Promise<CompileMeasure> {
  const modules = await readModule(place, options)
  const plain = { ...(await listModule(place, options, undefined)), modules: [...modules] }
  if (plain.stuck.length > 0) return plain
  // After the list: it has compiled every package once, so that this one links only.
  const linked = await buildModule(place, options)
  const tagged = await Promise.all(options.tags.map((tags) => listModule(place, options, tags)))
  const known = new Set(plain.errors.map((error) => errorKey(error)))
  return {
    modules: plain.modules,
    packages: plain.packages,
    taggedFiles: onlyTaggedFiles(plain, tagged),
    errors: [...plain.errors, ...linked.errors.filter((error) => !known.has(errorKey(error))), ...onlyTagged(tagged, known)],
    stuck: [...linked.stuck, ...tagged.flatMap((measure) => measure.stuck)],
  }
}

function onlyTagged(tagged: readonly CompileMeasure[], known: ReadonlySet<string>): readonly BuildError[] {
  return distinctErrors(tagged.flatMap((measure) => measure.errors).filter((error) => !known.has(errorKey(error))))
}

function onlyTaggedFiles(plain: CompileMeasure, tagged: readonly CompileMeasure[]): string[] {
  const compiled = new Set(plain.packages.flatMap(compiledFiles))
  return [...new Set(tagged.flatMap((measure) => measure.packages.flatMap(compiledFiles)))].filter((file) => !compiled.has(file))
}

function errorKey(error: BuildError): string {
  return JSON.stringify([error.file ?? error.package, error.line, error.message])
}

/** Lists and compiles one module with its tests: without linking, every error of every package. */
export async function listModule(place: ModulePlace, options: MeasureOptions, tags: string | undefined): Promise<CompileMeasure> {
  const flags = ['-e', '-test', '-export', '-gcflags=-e', `-json=${listedFields}`, ...(tags === undefined ? [] : [`-tags=${tags}`])]
  const result = await goIn(place, options, ['list', ...flags, './...'])
  const stuck = whyStuck(result)
  if (stuck !== undefined) return { modules: [], packages: [], taggedFiles: [], errors: [], stuck: [`go list: ${stuck}`] }
  const { packages, errors } = parseGoList(result.stdout, place)
  const loader = result.exit.kind === 'exited' && result.exit.code !== 0 ? moduleErrors(result.stderr, place) : []
  const all = [...loader, ...errors]
  const mine = [...packages]
  return {
    modules: [],
    packages: mine,
    taggedFiles: [],
    errors: tags === undefined ? all : all.map((error) => ({ ...error, tags })),
    stuck: [],
  }
}

const Version = z.object({ Path: z.string(), Version: z.string().optional() })
const Edited = z.object({
  Module: z.object({ Path: z.string() }).default({ Path: '' }),
  Require: z.array(Version).nullish(),
  Replace: z.array(z.object({ Old: Version, New: Version })).nullish(),
})

// An unreadable go.mod has no facts; that it is unreadable is an error of the list.
async function readModule(place: ModulePlace, options: MeasureOptions): Promise<readonly ModuleFacts[]> {
  const result = await goIn(place, options, ['mod', 'edit', '-json'])
  if (result.exit.kind !== 'exited' || result.exit.code !== 0) return []
  const edited = Edited.parse(JSON.parse(result.stdout))
  const say = (version: z.infer<typeof Version>) => (version.Version === undefined ? version.Path : `${version.Path} ${version.Version}`)
  return [
    {
      file: posix.normalize(posix.join(place.moduleDir, 'go.mod')),
      path: edited.Module.Path,
      requires: (edited.Require ?? []).map(say),
      replaces: (edited.Replace ?? []).map((replace) => `${say(replace.Old)} => ${say(replace.New)}`),
    },
  ]
}

async function buildModule(place: ModulePlace, options: MeasureOptions): Promise<Pick<CompileMeasure, 'errors' | 'stuck'>> {
  // Without -o a module with one main package drops its binary into the tree. Nobody runs the mains: no symbols, a third less of the time.
  const result = await goIn(place, options, ['build', '-gcflags=-e', '-ldflags=-s -w', '-json', '-o', '/dev/null', './...'])
  const stuck = whyStuck(result)
  if (stuck !== undefined) return { errors: [], stuck: [`go build: ${stuck}`] }
  return { errors: parseBuildEvents(result.stdout).flatMap((text) => parseErrors(text, place)), stuck: [] }
}

function goIn(place: ModulePlace, options: MeasureOptions, args: readonly string[]): Promise<CommandResult> {
  const cwd = posix.join(place.root, place.moduleDir)
  return options.go.run({
    args,
    cwd,
    readable: [place.root],
    timeoutMs: buildTimeoutMs,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  })
}

/** Why a result cannot be read as an answer; undefined when it can. A kill, a full disk or cut output is never an answer. */
export function whyStuck(result: CommandResult): string | undefined {
  switch (result.exit.kind) {
    case 'exited':
      if (isDiskFullText(result.stderr) || isDiskFullText(result.stdout)) return 'the disk is full'
      return result.droppedBytes > 0 ? `its output was cut by ${result.droppedBytes} bytes` : undefined
    case 'signalled':
      return `killed by ${result.exit.signal}`
    case 'timeout':
      return `not done after ${Math.round(result.exit.afterMs / 1000)} s`
    case 'cancelled':
      return 'cancelled'
    case 'not-started':
      return result.exit.message
  }
}

// go list fails as a whole only when go.mod, go.sum or go.work cannot be loaded.
function moduleErrors(stderr: string, place: ModulePlace): readonly BuildError[] {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('go: warning:'))
  const file = posix.normalize(posix.join(place.moduleDir, 'go.mod'))
  return lines.length === 0 ? [] : [{ kind: 'module', message: lines.join(' ').replaceAll(`${place.root}/`, ''), file }]
}
