// The implementation plan: tasks with owned paths, contracts between them, what is due when. Made by the Foundation Analyst, held by check-plan.
import { z } from 'zod'
import type { RepoPath, SpecialistName, TaskId, WaveNumber } from '../ids.ts'

/** A planned file: what happens to it and which symbols it declares afterwards (`Quota`, `NewQuota`, `(*Quota).Charge`). */
export interface PlannedFile {
  readonly path: RepoPath
  readonly change: 'create' | 'edit' | 'delete'
  readonly symbols: readonly string[]
}

/** One specialist's piece of work. */
export interface Task {
  /** `w<K>-<specialist>`, with a suffix when one specialist has two: `w1-entity-architect-2`. */
  readonly id: TaskId
  readonly specialist: SpecialistName
  readonly wave: WaveNumber
  readonly title: string
  /** What to do, in the planner's words. */
  readonly brief: string
  readonly files: readonly PlannedFile[]
  /** Ownership: `file`, `dir/` (a new folder) or a glob like `dir/*_test.go`. The most specific wins; no path has two owners. */
  readonly paths: readonly string[]
  /** Tasks whose merged code it needs; always of an earlier wave. Within a wave siblings meet at contracts. */
  readonly needs: readonly TaskId[]
  readonly acceptance: readonly string[]
  /** Requirement ids of the feature. */
  readonly requirements: readonly string[]
  /** Duties of other specialists folded into this task, with the reason. */
  readonly covers: readonly { readonly specialist: SpecialistName; readonly reason: string }[]
  /** True for the one task of its wave that owns the files that many need (routes, wiring, go.mod). */
  readonly integrates: boolean
}

/** Exported declarations that cross a task's border, as Go text. Format: GoContract in src/go-analyzer.ts. */
export interface Contract {
  readonly task: TaskId
  readonly path: RepoPath
  readonly kind: 'declare' | 'amend'
  readonly source: string
}

/** Something the whole feature owes, and the wave that discharges it. Before that wave's gate it is listed, from then on it is red. */
export interface Obligation {
  readonly what: 'interface' | 'route' | 'constructor' | 'file' | 'coverage' | 'benchmark' | 'migration'
  /** `internal/domain/quota.Repository`, `POST /api/v1/quotas`, `internal/service/quota.NewService`, a path, a package, … */
  readonly subject: string
  readonly wave: WaveNumber
}

/** A benchmark named by the plan: holds when the upper 95 % bound of n >= 10 is under `maxNs` per operation. */
export interface PlannedBenchmark {
  readonly package: string
  readonly name: string
  readonly maxNs: number
}

/** What the run is expected to cost, with the basis in words. Money in US dollars. */
export interface Estimate {
  readonly tasks: number
  readonly turns: number
  readonly inputTokens: number
  readonly outputTokens: number
  readonly usd: number | undefined
  readonly minutes: number
  readonly basis: string
}

/** A plan that passed check-plan. */
export interface Plan {
  readonly version: 1
  readonly summary: string
  /** Topologically sorted by wave, then in the planner's order: this is the plan order in which work is merged. */
  readonly tasks: readonly Task[]
  readonly contracts: readonly Contract[]
  readonly due: readonly Obligation[]
  readonly benchmarks: readonly PlannedBenchmark[]
  readonly modules: readonly { readonly path: string; readonly version: string; readonly why: string }[]
  readonly skipped: readonly { readonly specialist: SpecialistName; readonly reason: string }[]
  /** Requirements that no task works on, with the reason: existing code meets them already. */
  readonly withoutTask?: readonly { readonly requirement: string; readonly reason: string }[]
  /** What the planner took for granted where the specification is silent: a person may want it otherwise. */
  readonly assumptions?: readonly string[]
  readonly estimate: Estimate
}

const name = z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'lower case letters, digits and dashes')

/** What the model answers (tool `submit_plan`), before anything is checked. Fields are described for the model. */
export const PlanAnswer = z.strictObject({
  summary: z.string().describe('Two or three sentences: what will be built and how the work is cut.'),
  tasks: z
    .array(
      z.strictObject({
        id: name.describe('w<wave>-<specialist>, with -2, -3 when a specialist has several tasks'),
        specialist: name,
        wave: z.int().min(0).max(5).describe('0 only for prerequisites: base failures that stand in the way'),
        title: z.string().max(120),
        brief: z.string().describe('What to do and what to watch for, for a colleague who has read the feature and the contracts.'),
        files: z.array(
          z.strictObject({
            path: z.string(),
            change: z.enum(['create', 'edit', 'delete']),
            symbols: z.array(z.string()).default([]).describe('Go symbols the file declares afterwards: Quota, NewQuota, (*Quota).Charge'),
          }),
        ),
        paths: z.array(z.string()).default([]).describe('More owned paths besides files: dir/ (new folder) or globs such as dir/*_test.go'),
        needs: z
          .array(name)
          .default([])
          .describe('Task ids of EARLIER waves whose merged code this task needs; siblings meet at contracts'),
        acceptance: z.array(z.string()).min(1),
        requirements: z.array(z.string()).default([]).describe('Requirement ids; R3-R9 stands for all from R3 to R9'),
        covers: z.array(z.strictObject({ specialist: name, reason: z.string() })).default([]),
        integrates: z.boolean().default(false).describe('true for the one task of a wave that owns shared files: routes, wiring, go.mod'),
      }),
    )
    .min(1),
  contracts: z
    .array(
      z.strictObject({
        task: name,
        path: z.string(),
        kind: z.enum(['declare', 'amend']),
        source: z.string().describe('Go text: package clause, imports, declarations; functions and methods without bodies'),
      }),
    )
    .default([]),
  due: z
    .array(
      z.strictObject({
        what: z.enum(['interface', 'route', 'constructor', 'file', 'coverage', 'benchmark', 'migration']),
        subject: z
          .string()
          .describe(
            'interface, constructor: folder.Name (internal/service/quota.NewService); route: METHOD /path; file, migration: its planned path; coverage: the folder; benchmark: folder.BenchmarkName',
          ),
        wave: z.int().min(1).max(5),
      }),
    )
    .default([]),
  benchmarks: z
    .array(
      z.strictObject({
        package: z.string().describe('Folder of the test file: internal/service/quota'),
        name: z.string().describe('The whole function, BenchmarkEvaluate; no sub-benchmark'),
        maxNs: z.number().positive().describe('Nanoseconds an operation may take'),
      }),
    )
    .default([]),
  modules: z.array(z.strictObject({ path: z.string(), version: z.string(), why: z.string() })).default([]),
  skipped: z.array(z.strictObject({ specialist: name, reason: z.string() })).default([]),
  withoutTask: z
    .array(z.strictObject({ requirement: z.string(), reason: z.string() }))
    .default([])
    .describe('Requirements that need no task, with the reason: which existing code meets them'),
  assumptions: z
    .array(z.string())
    .exactOptional()
    .describe('What you chose where the specification is silent and a person may want otherwise; a sentence each'),
  estimate: z.strictObject({ turnsPerTask: z.number().positive(), basis: z.string() }),
})
/** See the schema of the same name. */
export type PlanAnswer = z.infer<typeof PlanAnswer>

/** The task whose contract stands in the file; undefined when none does. A file has one owner, and contracts are their owners'. */
export function contractOwner({ contracts }: Pick<Plan, 'contracts'>, path: string): TaskId | undefined {
  return contracts.find((contract) => contract.path === path)?.task
}

/** The plan's integrating task for a wave: its own, else the nearest later one, else the nearest earlier one. */
export function integratorFor(plan: Pick<Plan, 'tasks'>, wave: WaveNumber): Task | undefined {
  const integrators = plan.tasks.filter((task) => task.integrates)
  return integrators.find((task) => task.wave >= wave) ?? integrators.at(-1)
}
