// Compilation: every error of every package, test and tagged file; go.mod and go.sum complete; nothing hidden from the compiler or lost.
import { type Change, type CheckFindings, findings, isPlannedDelete, type MeasuredTree } from './change.ts'
import type { Finding } from './failure.ts'
import { hiddenFiles } from './hidden-files.ts'
import { type BuildError, fileIn, type PackageFacts } from './measurements.ts'

/** Judges what the go commands measured. Errors of the base are the base's. */
export function checkCompilation(change: Change): CheckFindings {
  const { head, base } = change
  const before = base === undefined ? [] : errorsOf(base)
  const all = errorsOf(head)
  const unfetched = all.filter(
    (error) => isOffline(error) && (base === undefined || before.some((other) => other.message === error.message)),
  )
  const errors = all.filter((error) => !unfetched.includes(error))
  return findings('compilation', {
    head: [...errors.map(toFinding), ...emptyTree(head), ...lostPackages(change), ...hiddenFiles(change)],
    base: [...before, ...errors.filter((error) => isOfBrokenFile(change, error, before))].map(toFinding),
    stuck: [...head.compile.stuck, ...unfetched.slice(0, 1).map(sayUnfetched)],
    detail: `${head.compile.packages.length} package${head.compile.packages.length === 1 ? '' : 's'}`,
    figures: { packages: head.compile.packages.length },
  })
}

// A tagged file that nobody touched and that did not compile at the base is as broken as before, whatever else now clashes in it:
// code of the default build must not bend to it.
function isOfBrokenFile({ changes }: Change, error: BuildError, before: readonly BuildError[]): boolean {
  if (error.tags === undefined || error.file === undefined || changes.some((change) => change.path === error.file)) return false
  return before.some((other) => other.file === error.file && other.tags === error.tags)
}

/** What the go commands say, and what the type checker adds about packages that go does not compile because others are broken. */
function errorsOf(tree: MeasuredTree): readonly BuildError[] {
  const { packages, errors } = tree.compile
  // The compiler is the judge: where it is content, nothing is added.
  const silent = new Set(packages.filter((one) => !one.compiles || !one.testsCompile).map((one) => one.importPath))
  const said = new Set(errors.map((error) => `${error.file}:${error.line}`))
  const added = tree.facts.diagnostics
    .filter((one) => one.file !== '' && silent.has(one.package.replace(/_test$/, '')) && !said.has(`${one.file}:${one.line}`))
    .map((one): BuildError => {
      const kind = one.kind === 'module' ? 'module' : one.test ? 'test-compile' : 'compile'
      return { kind, message: one.message, package: one.package, file: one.file, line: one.line }
    })
  return [...errors, ...added].map((error) =>
    isOwnImport(tree, error) ? { ...error, kind: isTest(error) ? 'test-compile' : 'compile' } : error,
  )
}

// A folder of the module itself that is not there: no go.mod can mend that.
function isOwnImport(tree: MeasuredTree, error: BuildError): boolean {
  const path = /^no required module provides package ([^\s;]+)/.exec(error.message)?.[1]
  return path !== undefined && tree.compile.modules.some((module) => path.startsWith(`${module.path}/`))
}

function isTest(error: BuildError): boolean {
  return error.file?.endsWith('_test.go') === true
}

function toFinding(error: BuildError): Finding {
  const symbol = symbolIn(error.message)
  return {
    check: 'compilation',
    kind: error.kind,
    message: error.tags === undefined ? error.message : `${error.message} (with -tags=${error.tags})`,
    ...(error.package === undefined ? {} : { package: error.package }),
    ...(error.file === undefined ? {} : { file: error.file }),
    ...(error.line === undefined ? {} : { line: error.line }),
    ...(symbol === undefined ? {} : { symbol }),
    hint: hintFor(error),
  }
}

/** The symbol that the compiler misses: where it should be declared is where the error is mended. */
function symbolIn(message: string): string | undefined {
  const found =
    /^undefined: ([\w.]+)/.exec(message)?.[1] ??
    /\.(\w+) undefined \(type .* has no field or method \w+\)?/.exec(message)?.[1] ??
    /missing method (\w+)/.exec(message)?.[1]
  return found
}

function hintFor(error: BuildError): string {
  if (error.kind === 'module')
    return 'Make go.mod and go.sum complete: every imported module is required there, with its sums (`go mod tidy`).'
  if (error.kind === 'test-compile') return 'Make the test compile against the code as it is; if the code is wrong, mend the code.'
  return 'Make it compile: `go build -gcflags=-e ./...` shows every error.'
}

// Go's words where a module would have to be fetched: with GOPROXY=off, and with a module cache that only may be read.
function isOffline(error: BuildError): boolean {
  return (
    error.kind === 'module' && /module lookup disabled|cache\/download\/.*(read-only|permission denied|no such file)/.test(error.message)
  )
}

function sayUnfetched(error: BuildError): string {
  return `modules are not on this machine: ${error.message}. Run \`go mod download\``
}

function emptyTree(head: MeasuredTree): readonly Finding[] {
  if (head.compile.packages.length > 0 || head.compile.stuck.length > 0 || head.compile.errors.length > 0) return []
  const message = 'The tree holds no Go package: `go build ./...` says nothing about it.'
  return [
    {
      check: 'compilation',
      kind: 'no-packages',
      message,
      file: head.compile.modules[0]?.file ?? 'go.mod',
      hint: 'Restore the packages, or check the folder of the module.',
    },
  ]
}

/** Packages of the base that are gone without a plan. A package whose files stand in a new folder has moved. */
function lostPackages(change: Change): readonly Finding[] {
  const known = new Set(change.head.compile.packages.map((one) => one.dir))
  const before = new Set(change.base?.compile.packages.map((one) => one.dir))
  const fresh = change.head.compile.packages.filter((one) => !before.has(one.dir))
  if (change.head.compile.packages.length === 0) return []
  return (change.base?.compile.packages ?? [])
    .filter((one) => !known.has(one.dir) && !fresh.some((other) => isMovedTo(change, one, other)))
    .filter((one) => !one.goFiles.every((name) => isPlannedDelete(change, fileIn(one, name))))
    .map((one) => ({
      check: 'compilation',
      kind: 'no-packages',
      message: `Package ${one.importPath} is gone.`,
      package: one.importPath,
      file: fileIn(one, one.goFiles[0] ?? one.testFiles[0] ?? ''),
      hint: 'Restore it; a package goes away only when the plan says so.',
    }))
}

function isMovedTo(change: Change, from: PackageFacts, to: PackageFacts): boolean {
  const names = [...from.goFiles, ...from.testFiles]
  const blobs = new Map(change.changes.flatMap((one) => (one.newBlob === undefined ? [] : [[one.path as string, one.newBlob]])))
  const moved = names.filter((name) => {
    const old = change.changes.find((one) => one.path === fileIn(from, name))?.oldBlob
    const same = [...to.goFiles, ...to.testFiles].some(
      (other) => other === name || (old !== undefined && blobs.get(fileIn(to, other)) === old),
    )
    return same
  })
  return names.length > 0 && moved.length * 2 >= names.length
}
