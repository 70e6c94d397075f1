// What is asked of the program in analyzer/ and what it answers besides facts (go-facts.ts): the port that stages use. Implemented by adapters/go/analyzer.ts.
import { z } from 'zod'
import { type GoFacts, GoFunctionName } from './go-facts.ts'

/** Where to look. `root`: the repository; `dir`: the root or below; a folder inside a module stands for its module, one above modules for all of them. Both absolute. */
export interface GoTree {
  readonly root: string
  readonly dir: string
  /** Absolute path of a `go build -overlay` file to look through. */
  readonly overlay?: string
  readonly tags?: readonly string[]
  readonly signal?: AbortSignal
}

/**
 * See {@link Analyzer.facts}. `patterns`: as go knows them; default: all packages of the tree's main modules. With fewer, only those packages'
 * own facts count: what is reached, mounted and implemented elsewhere is not seen.
 */
export interface FactsRequest extends GoTree {
  readonly patterns?: readonly string[]
}

/**
 * Declarations that cross a task's border, as Go text that a language model writes.
 *
 * `declare`: a Go file with package clause, imports and declarations that do not exist yet. Functions and methods may be without bodies
 * (they get `panic("dce: contract of <task>")`; a body that is there is kept); structs are complete, with their unexported fields.
 *
 *     package quota
 *
 *     import "context"
 *
 *     type Repository interface { Find(ctx context.Context, id string) (*Quota, error) }
 *     func NewService(repo Repository) *Service
 *     func (s *Service) Charge(ctx context.Context, id string) error
 *
 * `amend`: a Go file with the package clause of the existing file `path`, the imports that the new parts need, and per changed declaration only what is
 * new. The directive `//dce:amend <what>` in the line above says what happens; without it a struct means `add-fields`, an interface `add-methods`,
 * anything else `replace`.
 *
 *     package rest
 *
 *     import "example.com/m/internal/service/quota"
 *
 *     //dce:amend add-fields
 *     type Services struct {
 *         Quota quota.Service
 *     }
 *
 *     //dce:amend add-methods
 *     type Store interface {
 *         Count(ctx context.Context) (int, error)
 *     }
 *
 *     //dce:amend replace
 *     func NewServer(cfg Config, services *Services) *Server
 *
 * `replace` of a function keeps its body under the new signature, or takes the body that is written; of a type, constant or variable it takes the
 * whole declaration. Fields, methods and functions that have the same types already are left alone: applying an amend twice changes nothing.
 */
export interface GoContract {
  readonly task: string
  /** Relative to the root. */
  readonly path: string
  readonly kind: 'declare' | 'amend'
  readonly source: string
}

/** See {@link Analyzer.overlay}. `except`: tasks whose contracts are left out (an agent's overlay holds its siblings', not its own). */
export interface OverlayRequest extends Omit<GoTree, 'overlay'> {
  /** Absolute; generated files and `overlay.json` go there. */
  readonly outDir: string
  readonly contracts: readonly GoContract[]
  readonly except?: readonly string[]
  /** Files of the tree, relative to the root, that hold nothing but what a contract made of them (seams): they count as absent. */
  readonly standIns?: readonly string[]
}

/** What is wrong with a contract, in words for whoever wrote it; `line` counts in its source, 0 when it is about the whole. */
export const ContractFault = z.strictObject({ task: z.string(), path: z.string(), line: z.int(), message: z.string() })
/** See the schema of the same name. */
export type ContractFault = z.infer<typeof ContractFault>

/** The overlay made of contracts. With faults it holds what could be made of the others. */
export const GoOverlay = z.strictObject({
  /** Absolute path for `-overlay`. */
  overlayFile: z.string(),
  /**
   * `path`: what is overlaid, relative to the root; `generated`: absolute path of the text that go sees; `tasks`: whose contracts it holds;
   * `dirs`: folders, relative to the root, of the repository's packages that the text imports, and its own.
   */
  files: z.array(
    z.strictObject({
      path: z.string(),
      generated: z.string(),
      kind: z.enum(['declare', 'amend']),
      tasks: z.array(z.string()),
      dirs: z.array(z.string()),
    }),
  ),
  /** Folders, relative to the root, that exist in the overlay only: they have to be made on disk before go is run. */
  emptyDirs: z.array(z.string()),
  /** Declared symbols that the tree has already, and where: the real one stands. While planning this is a fault of the plan. */
  dropped: z.array(z.strictObject({ task: z.string(), path: z.string(), symbol: z.string(), file: z.string(), line: z.int() })),
  faults: z.array(ContractFault),
})
/** See the schema of the same name. */
export type GoOverlay = z.infer<typeof GoOverlay>

/** See {@link Analyzer.outline}. `focus`: words (of the feature) that make a package relevant. */
export interface OutlineRequest extends GoTree {
  readonly maxBytes: number
  readonly patterns?: readonly string[]
  readonly focus?: readonly string[]
}

/** A text for a prompt; `cut`: what it leaves out, in words, also said in its last line; '' when it is complete. */
export const GoOutline = z.strictObject({ text: z.string(), cut: z.string() })
/** See the schema of the same name. */
export type GoOutline = z.infer<typeof GoOutline>

/**
 * One sentence for the compiler, in the package's own scope: `var _ Repository = (*PostgresRates)(nil)`, `var _ func(int64) (Rate, error) = New`.
 * `package`: import path, or folder relative to the root. Qualifiers are those that files of the package or of the tree import under that name.
 */
export interface ConformanceCheck {
  readonly package: string
  readonly expr: string
}

/** The checks that do not hold, in the order asked, with the type checker's words. */
export const GoConformance = z.strictObject({
  failures: z.array(z.strictObject({ package: z.string(), expr: z.string(), message: z.string() })),
})
/** See the schema of the same name. */
export type GoConformance = z.infer<typeof GoConformance>

/**
 * Declared contract against the tree. `same` for a struct: every declared field is there with its type, more may be; for all else: identical types.
 * `expected` and `found` are canonical signatures; `found` is '' when missing. `file`: where the symbol stands, '' when missing.
 */
export const GoContractChecks = z.strictObject({
  checks: z.array(
    z.strictObject({
      task: z.string(),
      path: z.string(),
      package: z.string(),
      symbol: z.string(),
      state: z.enum(['same', 'missing', 'different']),
      expected: z.string(),
      found: z.string(),
      file: z.string(),
    }),
  ),
  faults: z.array(ContractFault),
})
/** See the schema of the same name. */
export type GoContractChecks = z.infer<typeof GoContractChecks>

/** A symbol by its name; a field or interface method has its type as receiver. */
export type GoSymbolName = z.infer<typeof GoFunctionName>

/** Who uses what: one entry per symbol asked, in that order; `known` is false when the tree does not declare it. A symbol's own declaration is no use. */
export const GoReferences = z.strictObject({
  symbols: z.array(
    z.strictObject({
      ...GoFunctionName.shape,
      known: z.boolean(),
      files: z.array(z.strictObject({ file: z.string(), package: z.string(), lines: z.array(z.int()), test: z.boolean() })),
    }),
  ),
})
/** See the schema of the same name. */
export type GoReferences = z.infer<typeof GoReferences>

/**
 * Go's own type checker over a tree. Reads the tree and go's build cache; writes to that cache and `outDir` only; go.mod is never changed.
 * Contract: may be called concurrently; honours the signal.
 * Errors: UserFault (exit 4) when there is no go or the program cannot be built; WorldFault('go') when it is killed, runs out of time or answers no JSON.
 */
export interface Analyzer {
  /** All facts in one type-check pass. A broken tree is no error: it shows in `diagnostics`. */
  facts(request: FactsRequest): Promise<GoFacts>
  /** Builds an overlay of contracts. Contracts that cannot be used are faults in the answer. */
  overlay(request: OverlayRequest): Promise<GoOverlay>
  /** The repository in a few lines per package, most relevant first, at most `maxBytes` of UTF-8; the same tree gives the same bytes. */
  outline(request: OutlineRequest): Promise<GoOutline>
  conformance(request: GoTree & { readonly checks: readonly ConformanceCheck[] }): Promise<GoConformance>
  /** Contracts of kind `declare` against what the tree has now. */
  contractChecks(request: GoTree & { readonly contracts: readonly GoContract[] }): Promise<GoContractChecks>
  references(request: GoTree & { readonly symbols: readonly GoSymbolName[] }): Promise<GoReferences>
}
