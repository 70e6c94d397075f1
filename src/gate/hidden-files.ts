// Go files that no build compiles although they are there: a constraint, a name or a folder hides them from the compiler. Pure.
import { posix } from 'node:path'
import { isPlatformOnly } from './build-constraints.ts'
import type { Change, MeasuredTree } from './change.ts'
import type { Finding } from './failure.ts'
import { compiledFiles } from './measurements.ts'

/** Files that the base compiled and nobody compiles now, and new ones that no build here compiles. */
export function hiddenFiles(change: Change): readonly Finding[] {
  const { head, base } = change
  if (base === undefined || head.compile.stuck.length > 0) return []
  const compiled = new Set(head.compile.packages.flatMap(compiledFiles))
  const before = new Set(base.compile.packages.flatMap(compiledFiles))
  const known = new Set(base.files)
  const ignored = head.files.filter((file) => isCompilable(file) && isInModule(head, file) && !compiled.has(file))
  const hidden = ignored.filter((file) => before.has(file))
  const fresh = ignored.filter((file) => !known.has(file) && !isExcused(change, file, compiled))
  return [
    ...hidden.map((file) => finding(head, file, 'was compiled at the base and is not any more')),
    ...fresh.map((file) => finding(head, file, 'is compiled by no build that can run here')),
  ]
}

/** Paths that `./...` would compile but for a constraint: go leaves out vendor, testdata and names that begin with `_` or `.`. */
function isCompilable(file: string): boolean {
  const isLeftOut = (part: string) => part === 'vendor' || part === 'testdata' || part.startsWith('_') || part.startsWith('.')
  return file.endsWith('.go') && !file.split('/').some(isLeftOut)
}

function isInModule(tree: MeasuredTree, file: string): boolean {
  return tree.compile.modules.some((module) => {
    const dir = posix.dirname(module.file)
    return dir === '.' || file.startsWith(`${dir}/`)
  })
}

/** A file with a tag that was built, one of a family for several systems, or one hidden as the repository hides others. */
function isExcused(change: Change, file: string, compiled: ReadonlySet<string>): boolean {
  if (change.head.compile.taggedFiles.includes(file)) return true
  const constraint = constraintOf(change.head, file)
  if (constraint === undefined) return false
  if (isPlatformOnly(constraint)) return hasTwin(change.head, file, compiled)
  return change.base?.facts.buildConstraints.some((one) => one.constraint === constraint) === true
}

function constraintOf(tree: MeasuredTree, file: string): string | undefined {
  return tree.facts.buildConstraints.find((one) => one.file === file)?.constraint
}

// `listen_windows.go` beside a compiled `listen_linux.go`: what is for other systems has a part for this one.
function hasTwin(tree: MeasuredTree, file: string, compiled: ReadonlySet<string>): boolean {
  return tree.facts.buildConstraints.some(
    (other) => posix.dirname(other.file) === posix.dirname(file) && compiled.has(other.file) && isPlatformOnly(other.constraint),
  )
}

function finding(tree: MeasuredTree, file: string, what: string): Finding {
  const constraint = constraintOf(tree, file)
  return {
    check: 'compilation',
    kind: 'not-compiled',
    message: `${file} ${what}: ${constraint === undefined ? 'its folder or name hides it' : `the constraint \`${constraint}\` hides it`}.`,
    file,
    hint: 'Remove what hides it; for tagged files name the tag under gate.tags in .github/dce.yml.',
  }
}
