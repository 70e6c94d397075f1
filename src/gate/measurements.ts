// What the gate measures of one tree, before anybody judges it. Plain data: kept as JSON for a base, compared by the checks.
import { z } from 'zod'

/** One package as `go list` sees it. Paths are relative to the repository root; files are base names. */
export const PackageFacts = z.strictObject({
  importPath: z.string(),
  name: z.string(),
  /** Folder relative to the repository root; `.` for the root. */
  dir: z.string(),
  /** Folder of its go.mod, relative to the repository root. */
  moduleDir: z.string(),
  goFiles: z.array(z.string()),
  testFiles: z.array(z.string()),
  ignoredFiles: z.array(z.string()),
  /** Import paths, of its tests too. */
  imports: z.array(z.string()),
  /** False when it or what it imports does not compile. */
  compiles: z.boolean(),
  /** False when its tests do not compile. True without tests. */
  testsCompile: z.boolean(),
})
/** See the schema of the same name. */
export type PackageFacts = z.infer<typeof PackageFacts>

/** Path of a package's file, relative to the repository root. */
export function fileIn(one: Pick<PackageFacts, 'dir'>, name: string): string {
  return one.dir === '.' ? name : `${one.dir}/${name}`
}

/** Files of a package that are compiled, tests too. */
export function compiledFiles(one: PackageFacts): readonly string[] {
  return [...one.goFiles, ...one.testFiles].map((name) => fileIn(one, name))
}

/** One message of the compiler, the linker or the module loader. */
export const BuildError = z.strictObject({
  kind: z.enum(['compile', 'test-compile', 'module']),
  message: z.string(),
  package: z.string().optional(),
  file: z.string().optional(),
  line: z.number().optional(),
  /** Build tags it was seen with; undefined: the default build. */
  tags: z.string().optional(),
})
/** See the schema of the same name. */
export type BuildError = z.infer<typeof BuildError>

/** One finding of go vet. */
export const VetFinding = z.strictObject({
  analyzer: z.string(),
  message: z.string(),
  package: z.string(),
  file: z.string().optional(),
  line: z.number().optional(),
})
/** See the schema of the same name. */
export type VetFinding = z.infer<typeof VetFinding>

/** What a go.mod says that can make other code stand in for what was asked. */
export const ModuleFacts = z.strictObject({
  /** go.mod, relative to the repository root. */
  file: z.string(),
  path: z.string(),
  requires: z.array(z.string()),
  /** `old => new`, with versions where written. */
  replaces: z.array(z.string()),
})
/** See the schema of the same name. */
export type ModuleFacts = z.infer<typeof ModuleFacts>

/** Compilation of a tree by the go commands. `stuck`: why it could not be measured (a kill, a timeout, modules that are not on this machine). */
export const CompileMeasure = z.strictObject({
  modules: z.array(ModuleFacts),
  packages: z.array(PackageFacts),
  /** Go files that are compiled with one of the measured tags only. */
  taggedFiles: z.array(z.string()),
  errors: z.array(BuildError),
  stuck: z.array(z.string()),
})
/** See the schema of the same name. */
export type CompileMeasure = z.infer<typeof CompileMeasure>

/** Formatting and vet of a tree. Paths relative to the repository root. */
export const StyleMeasure = z.strictObject({
  unformatted: z.array(z.string()),
  vet: z.array(VetFinding),
  stuck: z.array(z.string()),
})
/** See the schema of the same name. */
export type StyleMeasure = z.infer<typeof StyleMeasure>
