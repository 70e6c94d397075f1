// What changed -> the packages whose tests can tell: those that changed, and all that import them, however far.
import { posix } from 'node:path'
import type { Change } from './change.ts'
import type { PackageFacts } from './measurements.ts'

/** Packages of the head that a change can break, in the order of go. A change of a go.mod or go.sum affects all; tests of the architecture read every file. */
export function affectedPackages(change: Change): readonly PackageFacts[] {
  const packages = change.head.compile.packages
  const paths = change.changes.map((one) => one.path as string)
  if (change.base === undefined || paths.some((path) => /(^|\/)go\.(mod|sum|work)$/.test(path))) return packages
  const byDir = new Map(packages.map((one) => [one.dir, one]))
  const touched = new Set(paths.flatMap((path) => nearestPackage(byDir, posix.dirname(path))))
  const affected = new Set(withImporters(packages, touched))
  return packages.filter((one) => affected.has(one) || isArchitecture(one.dir))
}

// Embedded files and test data belong to the package above them.
function nearestPackage(byDir: ReadonlyMap<string, PackageFacts>, dir: string): readonly string[] {
  const found = byDir.get(dir)
  if (found !== undefined) return [found.importPath]
  return dir === '.' || dir === '/' ? [] : nearestPackage(byDir, posix.dirname(dir))
}

function withImporters(packages: readonly PackageFacts[], touched: ReadonlySet<string>): readonly PackageFacts[] {
  const affected = new Set(touched)
  for (let before = -1; before !== affected.size; ) {
    before = affected.size
    for (const one of packages) if (one.imports.some((path) => affected.has(path))) affected.add(one.importPath)
  }
  return packages.filter((one) => affected.has(one.importPath))
}

/** True for the folder of tests that hold the repository's layering. */
export function isArchitecture(dir: string): boolean {
  return dir.split('/').some((part) => /^arch(itecture)?(_?tests?)?$/.test(part))
}
