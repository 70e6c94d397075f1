// `go list -e -test -export -json` -> packages of the tree, and the compile errors of every one that could be compiled.
import { posix } from 'node:path'
import { z } from 'zod'
import type { BuildError, PackageFacts } from './measurements.ts'
import { distinctErrors, type OutputPlace, parseErrors, toError } from './parse-build-output.ts'

const ListedError = z.object({ Pos: z.string().optional(), Err: z.string(), ImportStack: z.array(z.string()).nullish() })
const names = z.array(z.string()).default([])
const Listed = z.object({
  ImportPath: z.string(),
  Name: z.string().default(''),
  Dir: z.string().default(''),
  ForTest: z.string().optional(),
  Export: z.string().optional(),
  Incomplete: z.boolean().default(false),
  GoFiles: names,
  CgoFiles: names,
  TestGoFiles: names,
  XTestGoFiles: names,
  IgnoredGoFiles: names,
  Imports: names,
  TestImports: names,
  XTestImports: names,
  Error: ListedError.optional(),
  DepsErrors: z.array(ListedError).nullish(),
})
type Listed = z.infer<typeof Listed>

/** The fields that {@link parseGoList} reads, for `-json=`. */
export const listedFields = Object.keys(Listed.shape).join(',')

/** Packages in the order of go, and distinct errors. Errors: throws on output that is no JSON (a cut or killed command): check the exit first. */
export function parseGoList(
  stdout: string,
  place: OutputPlace,
): { readonly packages: readonly PackageFacts[]; readonly errors: readonly BuildError[] } {
  const listed = parseStream(stdout).map((value) => Listed.parse(value))
  const errors = distinctErrors(listed.flatMap((entry) => errorsOf(entry, place)))
  const broken = new Set(listed.filter((entry) => entry.Incomplete || (entry.DepsErrors ?? []).length > 0).map((entry) => entry.ImportPath))
  const packages = listed.filter((entry) => isPlain(entry) && !isVanished(entry)).map((entry) => toFacts(entry, broken, place))
  return { packages, errors }
}

function parseStream(stdout: string): readonly unknown[] {
  return stdout
    .split(/^\}$/m)
    .filter((part) => part.trim() !== '')
    .map((part) => JSON.parse(`${part}}`) as unknown)
}

function isPlain(entry: Listed): boolean {
  return entry.ForTest === undefined && !entry.ImportPath.endsWith('.test')
}

// A folder named on the command line that holds nothing that go knows.
function isVanished(entry: Listed): boolean {
  return entry.Dir === ''
}

function toFacts(entry: Listed, broken: ReadonlySet<string>, place: OutputPlace): PackageFacts {
  const path = entry.ImportPath
  const tests = [`${path}.test`, `${path} [${path}.test]`, `${path}_test [${path}.test]`]
  return {
    importPath: path,
    name: entry.Name,
    dir: posix.relative(place.root, entry.Dir) || '.',
    moduleDir: place.moduleDir,
    goFiles: [...entry.GoFiles, ...entry.CgoFiles],
    testFiles: [...entry.TestGoFiles, ...entry.XTestGoFiles],
    ignoredFiles: entry.IgnoredGoFiles,
    imports: [...new Set([...entry.Imports, ...entry.TestImports, ...entry.XTestImports])],
    compiles: !broken.has(path),
    testsCompile: !tests.some((variant) => broken.has(variant)),
  }
}

function errorsOf(entry: Listed, place: OutputPlace): readonly BuildError[] {
  const errors = [...(entry.Error === undefined ? [] : [entry.Error]), ...(entry.DepsErrors ?? [])]
  return errors.filter((error) => !saysNothing(error.Err)).flatMap((error) => fromListed(error, entry, place))
}

// "no Go files" for a folder whose files are all excluded: the deleted-package check says it better.
function saysNothing(text: string): boolean {
  return /build constraints exclude all Go files|no non-test Go files|no Go files in/.test(text)
}

function fromListed(error: z.infer<typeof ListedError>, entry: Listed, place: OutputPlace): readonly BuildError[] {
  const variant = entry.ForTest !== undefined || entry.ImportPath.endsWith('.test')
  const ofDependency = /^# (\S+)/.exec(error.Err)?.[1]
  const owner = ofDependency ?? entry.ImportPath.replace(/ \[.*\]$/, '').replace(/\.test$/, '')
  const output = { package: owner, test: variant }
  const stack = error.Err === 'import cycle not allowed' ? `: ${(error.ImportStack ?? []).join(' imports ')}` : ''
  if (error.Err.startsWith('# ')) return parseErrors({ ...output, text: error.Err }, place)
  const message = `${error.Err.replace(/\n\s*/g, ' ')}${stack}`
  if (error.Pos === undefined || error.Pos === '') return parseErrors({ ...output, text: message }, place)
  const [file = '', line = '0'] = error.Pos.split(':')
  return [toError(`${file}:${line}: ${message}`, output, place)]
}
