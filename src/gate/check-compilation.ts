// Compilation: every error of every package, test and tagged file; go.mod and go.sum complete; nothing hidden from the compiler or lost.
import { posix } from 'node:path'
import { type Change, type CheckFindings, findings, isPlannedDelete, type MeasuredTree } from './change.ts'
import type { Finding } from './failure.ts'
import { type BuildError, compiledFiles, fileIn, type PackageFacts } from './measurements.ts'

/** Judges what the go commands measured. Errors of the base are the base's. */
export function checkCompilation(change: Change): CheckFindings {
  const { head, base } = change
  const offline = [head, base].map((tree) => (tree?.compile.errors ?? []).filter(isOffline))
  const unfetched = (offline[0] ?? []).filter((error) => base === undefined || offline[1]?.some((other) => other.message === error.message))
  const errors = head.compile.errors.filter((error) => !unfetched.includes(error))
  return findings('compilation', {
    head: [...errors.map(toFinding), ...emptyTree(head), ...lostPackages(change), ...hiddenFiles(change)],
    base: base?.compile.errors.map(toFinding) ?? [],
    stuck: [...head.compile.stuck, ...unfetched.slice(0, 1).map(sayUnfetched)],
    detail: `${head.compile.packages.length} packages`,
    figures: { packages: head.compile.packages.length },
  })
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

function isOffline(error: BuildError): boolean {
  return error.kind === 'module' && error.message.includes('module lookup disabled')
}

function sayUnfetched(error: BuildError): string {
  return `modules are not on this machine: ${error.message}. Run \`go mod download\``
}

function emptyTree(head: MeasuredTree): readonly Finding[] {
  if (head.compile.packages.length > 0 || head.compile.stuck.length > 0 || head.compile.errors.length > 0) return []
  const message = 'The tree holds no Go package: `go build ./...` says nothing about it.'
  return [{ check: 'compilation', kind: 'no-packages', message, hint: 'Restore the packages, or check the folder of the module.' }]
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

/** Go files that are there and that no build here compiles, although the base compiled them or did not have them. */
function hiddenFiles(change: Change): readonly Finding[] {
  const compiled = new Set(change.head.compile.packages.flatMap(compiledFiles))
  const tagged = new Set(change.head.compile.taggedFiles)
  const before = new Set(change.base?.compile.packages.flatMap(compiledFiles))
  const known = new Set(change.base?.files)
  const ignored = ignoredFiles(change.head, compiled)
  const hidden = ignored.filter((file) => before.has(file))
  const fresh = change.base === undefined ? [] : ignored.filter((file) => !known.has(file) && !tagged.has(file) && !hasTwin(file, compiled))
  return [
    ...hidden.map((file) => hiddenFinding(file, 'was compiled at the base and is not any more')),
    ...fresh.map((file) => hiddenFinding(file, 'is compiled by no build that can run here')),
  ]
}

// A package whose files are all excluded is in no list of go: its folder is known from the tree alone.
function ignoredFiles(head: MeasuredTree, compiled: ReadonlySet<string>): readonly string[] {
  return head.files.filter((file) => isCompilable(file) && !compiled.has(file))
}

/** Paths that `./...` would compile but for a constraint: go leaves out vendor, testdata and names that begin with `_` or `.`. */
function isCompilable(file: string): boolean {
  return (
    file.endsWith('.go') &&
    !file.split('/').some((part) => part === 'vendor' || part === 'testdata' || part.startsWith('_') || part.startsWith('.'))
  )
}

// `listen_windows.go` beside a compiled `listen_linux.go`: one of a family for several systems.
function hasTwin(file: string, compiled: ReadonlySet<string>): boolean {
  const stem = stemOf(file)
  return [...compiled].some((other) => posix.dirname(other) === posix.dirname(file) && stemOf(other) === stem)
}

function stemOf(file: string): string {
  const parts = posix
    .basename(file, '.go')
    .replace(/_test$/, '')
    .split('_')
  return parts[0] ?? ''
}

function hiddenFinding(file: string, what: string): Finding {
  return {
    check: 'compilation',
    kind: 'not-compiled',
    message: `${file} ${what}: a build constraint or its name hides it.`,
    file,
    hint: 'Remove the constraint; for tagged files name the tag under gate.tags in .github/dce.yml.',
  }
}
