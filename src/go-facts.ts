// What Go's own type checker knows about one tree, as the program in analyzer/ prints it. Read by every stage; nothing about Go code is decided elsewhere.
import { z } from 'zod'

/*
 * Throughout: paths are relative to the repository root with `/` between parts; lines and columns count from 1; packages are import paths;
 * receivers are bare type names (`Rate` for both `Rate` and `*Rate`); lists are sorted and complete unless their docs name a bound.
 */

const Place = { file: z.string(), line: z.int() }

/** A main module of the tree (a workspace has several). `main`: it holds a command, so reachability starts at its mains; else at its exported API. */
export const GoModule = z.strictObject({ path: z.string(), dir: z.string(), goVersion: z.string(), main: z.boolean() })
/** See the schema of the same name. */
export type GoModule = z.infer<typeof GoModule>

/** One package of a main module; file names are base names. `constraint`: the build constraint, or the file name's suffix (`_windows.go`). */
export const GoPackage = z.strictObject({
  path: z.string(),
  name: z.string(),
  dir: z.string(),
  isMain: z.boolean(),
  goFiles: z.array(z.string()),
  testFiles: z.array(z.string()),
  ignoredFiles: z.array(z.strictObject({ path: z.string(), constraint: z.string() })),
  generatedFiles: z.array(z.string()),
  /** Of its production files. */
  imports: z.array(z.string()),
})
/** See the schema of the same name. */
export type GoPackage = z.infer<typeof GoPackage>

/**
 * One error. `syntax`: the parser's; `type`: the type checker's (all of every package, tests too, whatever its dependencies look like);
 * `import`: an import that nothing provides, or a cycle; `module`: go.mod or go.sum is incomplete, or modules are not on this machine; `list`: other words of go list.
 * `file` is '' and `line` 0 when an error has no place.
 */
export const GoDiagnostic = z.strictObject({
  ...Place,
  column: z.int(),
  message: z.string(),
  kind: z.enum(['syntax', 'type', 'list', 'module', 'import']),
  package: z.string(),
  test: z.boolean(),
})
/** See the schema of the same name. */
export type GoDiagnostic = z.infer<typeof GoDiagnostic>

/**
 * Why a body is a stub, by its syntax tree: it only panics with a text; only answers an error whose text says that nothing is there;
 * only answers HTTP 501; or holds nothing but a TODO comment, with or without zero values returned. `contract`: it panics with `dce: contract of …`.
 */
export const GoStub = z.strictObject({
  reason: z.enum(['panics', 'not-implemented', 'status-501', 'todo-only', 'contract']),
  text: z.string(),
})

/**
 * One package-level declaration or method. `signature` is canonical: fully qualified by import path, without parameter names, independent of layout;
 * equal text = identical type. For a type it is the underlying type, `alias of …` for an alias. Over 2,000 bytes it ends in a hash of the whole.
 */
export const GoSymbol = z.strictObject({
  package: z.string(),
  name: z.string(),
  receiver: z.string().optional(),
  kind: z.enum(['func', 'method', 'type', 'struct', 'interface', 'const', 'var']),
  ...Place,
  endLine: z.int(),
  exported: z.boolean(),
  test: z.boolean(),
  signature: z.string(),
  /** First line of its doc comment; '' without. */
  doc: z.string(),
  stub: GoStub.optional(),
})
/** See the schema of the same name. */
export type GoSymbol = z.infer<typeof GoSymbol>

/** A comment, or the text of a panic or error, that says work is unfinished. `in`: where the words stand. */
export const GoMarker = z.strictObject({
  ...Place,
  text: z.string(),
  kind: z.enum(['todo', 'fixme', 'for-now', 'placeholder', 'not-implemented']),
  in: z.enum(['comment', 'string']),
})
/** See the schema of the same name. */
export type GoMarker = z.infer<typeof GoMarker>

/**
 * A type that satisfies an interface; `pointer`: only its pointer does; `reached`: a main (or the exported API) reaches it.
 * Where no type of the tree does, types of packages that production code imports count: those have no file.
 */
export const GoImplementer = z.strictObject({
  package: z.string(),
  type: z.string(),
  pointer: z.boolean(),
  file: z.string(),
  test: z.boolean(),
  reached: z.boolean(),
})
/** See the schema of the same name. */
export type GoImplementer = z.infer<typeof GoImplementer>

/** An interface declared in the tree. `empty`: no methods; `constraint`: a type set, or used as a type parameter's bound only. `used`: production code mentions it. */
export const GoInterface = z.strictObject({
  package: z.string(),
  name: z.string(),
  ...Place,
  exported: z.boolean(),
  test: z.boolean(),
  empty: z.boolean(),
  constraint: z.boolean(),
  used: z.boolean(),
  /** `Find(context.Context, string) (*example.com/m/rate.Rate, error)`: canonical as {@link GoSymbol}. */
  methods: z.array(z.string()),
  implementers: z.array(GoImplementer),
})
/** See the schema of the same name. */
export type GoInterface = z.infer<typeof GoInterface>

/** A function, method or type of production code that no main (for a module without one: no exported API) reaches. `constructor`: `New…` that gives a type of its package. */
export const GoUnreached = z.strictObject({
  package: z.string(),
  name: z.string(),
  receiver: z.string().optional(),
  ...Place,
  kind: z.enum(['func', 'method', 'type', 'struct', 'interface']),
  constructor: z.boolean(),
  reachedFromTests: z.boolean(),
})
/** See the schema of the same name. */
export type GoUnreached = z.infer<typeof GoUnreached>

/** A function or method as a value: import path, bare receiver, name. */
export const GoFunctionName = z.strictObject({ package: z.string(), name: z.string(), receiver: z.string().optional() })

/**
 * A registered route. `pattern` has the prefixes of its subrouters, groups and mounts; `method` is absent where the registration takes all.
 * `handler` is the module's function behind the wrappers, where one can be told. `mounted`: the registration stands in code that a main reaches.
 * `router`: the type it is registered on (`*net/http.ServeMux`), the wrapper function of the repository, or `table`.
 */
export const GoRoute = z.strictObject({
  method: z.string().optional(),
  pattern: z.string(),
  handler: GoFunctionName.optional(),
  ...Place,
  mounted: z.boolean(),
  router: z.string(),
  test: z.boolean(),
})
/** See the schema of the same name. */
export type GoRoute = z.infer<typeof GoRoute>

/** A function with the shape of an HTTP handler that no registration names. `reached`: other code that a main reaches uses it (a helper, a dispatcher). */
export const GoUnmountedHandler = z.strictObject({ ...GoFunctionName.shape, ...Place, reached: z.boolean() })

/**
 * A type declared twice. `scope: package`: one name twice in one package (with build constraints that exclude each other it is legal: see `constraint`);
 * `module`: one name in two packages with the same or nearly the same shape (at least three members; nearly: two thirds of all members agree by name and type),
 * or two names with an identical shape of at least four members. Small interfaces that consumers declare for themselves are below these bounds on purpose.
 */
export const GoDuplicateType = z.strictObject({
  name: z.string(),
  scope: z.enum(['package', 'module']),
  shape: z.enum(['identical', 'same-name']),
  kind: z.enum(['struct', 'interface', 'other']),
  places: z.array(
    z.strictObject({ package: z.string(), name: z.string(), ...Place, constraint: z.string().optional(), test: z.boolean() }),
  ),
})
/** See the schema of the same name. */
export type GoDuplicateType = z.infer<typeof GoDuplicateType>

/**
 * A test, benchmark, fuzz target or example; with `receiver` a method of a testify suite. `assertions` counts what can fail it, subtests and closures included:
 * Error, Fatal, Fail of testing; calls of assertion packages; cmp.Diff; calls of functions of the tree that are handed the *testing.T and assert; `// Output:`.
 */
export const GoTest = z.strictObject({
  package: z.string(),
  name: z.string(),
  receiver: z.string().optional(),
  ...Place,
  endLine: z.int(),
  kind: z.enum(['test', 'benchmark', 'fuzz', 'example']),
  assertions: z.int(),
  /** Lines of t.Skip, t.Skipf, t.SkipNow. `testing.Short()` guards count too. */
  skips: z.array(z.int()),
  subtests: z.int(),
  parallel: z.boolean(),
  emptyBody: z.boolean(),
})
/** See the schema of the same name. */
export type GoTest = z.infer<typeof GoTest>

/** Everything known of a tree. */
export const GoFacts = z.strictObject({
  modules: z.array(GoModule),
  packages: z.array(GoPackage),
  /** Go files that belong to no listed package because constraints hide all of it. */
  excludedFiles: z.array(z.strictObject({ path: z.string(), constraint: z.string() })),
  diagnostics: z.array(GoDiagnostic),
  symbols: z.array(GoSymbol),
  markers: z.array(GoMarker),
  interfaces: z.array(GoInterface),
  /** `partial`: the tree does not type-check, so names that could not be resolved count as uses of everything so named. */
  reachability: z.enum(['full', 'partial']),
  unreached: z.array(GoUnreached),
  /** Production files with declarations none of which is reached. */
  unusedFiles: z.array(z.strictObject({ file: z.string(), package: z.string(), reachedFromTests: z.boolean() })),
  routes: z.array(GoRoute),
  unmountedHandlers: z.array(GoUnmountedHandler),
  duplicateTypes: z.array(GoDuplicateType),
  tests: z.array(GoTest),
  /** Written constraints of all files, compiled or not; a file name's suffix counts as one. */
  buildConstraints: z.array(z.strictObject({ file: z.string(), constraint: z.string() })),
  /** Comments that silence a linter: `//nolint`, `//lint:ignore`, `#nosec`. */
  directives: z.array(z.strictObject({ ...Place, text: z.string() })),
  replaces: z.array(z.strictObject({ ...Place, old: z.string(), new: z.string() })),
})
/** See the schema of the same name. */
export type GoFacts = z.infer<typeof GoFacts>
