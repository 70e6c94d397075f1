// What a person may write (.github/dce.yml, flags) -> the complete, read-only configuration that the program uses.
import { z } from 'zod'

/** How waves follow each other. `adaptive` starts a task as soon as all it depends on is merged and compiles. */
export const ExecutionMode = z.enum(['parallel', 'sequential', 'adaptive'])
/** See the schema of the same name. */
export type ExecutionMode = z.infer<typeof ExecutionMode>

/** How much is asked of the result. Repair rounds: draft 1, production 3, bulletproof 5. */
export const QualityLevel = z.enum(['draft', 'production', 'bulletproof'])
/** See the schema of the same name. */
export type QualityLevel = z.infer<typeof QualityLevel>

/** Repair rounds per wave by level. Source: product description, step 4. */
export const repairRounds: Readonly<Record<QualityLevel, number>> = { draft: 1, production: 3, bulletproof: 5 }

/** Where the gate of a run that began in GitHub judges: in a workflow of the repository, or in the sandbox of whoever carries the run out. */
export const GatePlace = z.enum(['actions', 'local'])
/** See the schema of the same name. */
export type GatePlace = z.infer<typeof GatePlace>

/** Parts of `.github/dce.yml` that belong to the gate. Proofs may be promoted to required, requirements never demoted. */
export const WrittenGateConfig = z.strictObject({
  where: GatePlace.optional(),
  require: z.array(z.enum(['database', 'containers', 'benchmarks', 'coverage'])).optional(),
  /** Extra naming rules: paths that match `files` must match `name`. */
  naming: z.array(z.strictObject({ files: z.string(), name: z.string(), why: z.string() })).optional(),
  ignore_stub_words: z.array(z.string()).optional(),
  tags: z.array(z.string()).optional(),
  test_timeout_s: z.int().min(1).max(3600).optional(),
})

/** `.github/dce.yml` as a person writes it. */
export const WrittenConfig = z.strictObject({
  execution_mode: ExecutionMode.optional(),
  quality_level: QualityLevel.optional(),
  output_dir: z.string().optional(),
  budget_usd: z.number().positive().max(10_000).optional(),
  daily_budget_usd: z.number().positive().max(100_000).optional(),
  plan_budget_usd: z.number().positive().max(1_000).optional(),
  max_parallel: z.int().min(1).max(100).optional(),
  modules: z.enum(['plan', 'allow']).optional(),
  context: z.enum(['commit', 'link']).optional(),
  generate: z.array(z.string()).optional(),
  models: z.strictObject({ planner: z.string(), builder: z.string(), reviewer: z.string(), reconciler: z.string() }).partial().optional(),
  allowed_hosts: z.array(z.string()).optional(),
  /** `gate: local` is short for `gate: {where: local}`. */
  gate: z.union([GatePlace, WrittenGateConfig]).optional(),
  label: z.string().min(1).optional(),
  approve: z.union([z.enum(['always', 'never']), z.strictObject({ above_usd: z.number().nonnegative() })]).optional(),
  permissions: z.record(z.string(), z.enum(['triage', 'write', 'maintain', 'admin'])).optional(),
  bots: z.array(z.string()).optional(),
  pull_request: z.enum(['single', 'stacked']).optional(),
  /** GitHub's labels have at most 50 characters. */
  pull_request_labels: z.array(z.string().min(1).max(50)).optional(),
  reviewers: z.enum(['none', 'codeowners']).optional(),
  commits: z.enum(['git', 'squash', 'api']).optional(),
})
/** See the schema of the same name. */
export type WrittenConfig = z.infer<typeof WrittenConfig>

/** Complete configuration of one run. Money in US dollars. */
export interface Config {
  readonly executionMode: ExecutionMode
  readonly qualityLevel: QualityLevel
  /** Folder the feature lives in, relative to the repository root; `.` for the root. */
  readonly outputDir: string
  readonly budgetUsd: number
  readonly dailyBudgetUsd: number
  readonly planBudgetUsd: number
  /** Agents at once. */
  readonly maxParallel: number
  /** `plan`: only modules of the plan's list; `allow`: agents may ask for more. */
  readonly modules: 'plan' | 'allow'
  readonly context: 'commit' | 'link'
  /** The repository's own generators, run after merges in the sandbox. */
  readonly generate: readonly string[]
  readonly models: { readonly planner: string; readonly builder: string; readonly reviewer: string; readonly reconciler: string }
  readonly allowedHosts: readonly string[]
  readonly gate: GateConfig
  /** Only the App asks; runs of older releases have none, and were judged locally. */
  readonly gatePlace?: GatePlace
}

/** The gate's part of {@link Config}. */
export interface GateConfig {
  /** Proof checks that this repository promoted to required. */
  readonly require: readonly ('database' | 'containers' | 'benchmarks' | 'coverage')[]
  readonly naming: readonly { readonly files: string; readonly name: string; readonly why: string }[]
  readonly ignoreStubWords: readonly string[]
  /** Build tags that are checked besides the default build. */
  readonly tags: readonly string[]
  readonly testTimeoutS: number
}

/** Defaults. Money: product description, "Money". `maxParallel` 5: a wave has five specialists. Test timeout: go's own default is 600 s. */
export const defaultConfig: Config = {
  executionMode: 'adaptive',
  qualityLevel: 'production',
  outputDir: '.',
  budgetUsd: 25,
  dailyBudgetUsd: 100,
  planBudgetUsd: 2,
  maxParallel: 5,
  modules: 'plan',
  context: 'link',
  generate: [],
  models: { planner: 'claude-opus-5-5', builder: 'claude-sonnet-5-5', reviewer: 'claude-opus-5-5', reconciler: 'claude-sonnet-5-5' },
  allowedHosts: [],
  gate: { require: [], naming: [], ignoreStubWords: [], tags: [], testTimeoutS: 600 },
  gatePlace: 'actions',
}

/** Lays written values over a configuration; later layers (flags) win over earlier ones (file). */
export function overlayConfig(base: Config, written: WrittenConfig): Config {
  const gate = typeof written.gate === 'string' ? { where: written.gate } : (written.gate ?? {})
  const gatePlace = gate.where ?? base.gatePlace
  return {
    executionMode: written.execution_mode ?? base.executionMode,
    qualityLevel: written.quality_level ?? base.qualityLevel,
    outputDir: written.output_dir ?? base.outputDir,
    budgetUsd: written.budget_usd ?? base.budgetUsd,
    dailyBudgetUsd: written.daily_budget_usd ?? base.dailyBudgetUsd,
    planBudgetUsd: written.plan_budget_usd ?? base.planBudgetUsd,
    maxParallel: written.max_parallel ?? base.maxParallel,
    modules: written.modules ?? base.modules,
    context: written.context ?? base.context,
    generate: written.generate ?? base.generate,
    models: { ...base.models, ...definedOnly(written.models) },
    allowedHosts: written.allowed_hosts ?? base.allowedHosts,
    gate: {
      require: gate.require ?? base.gate.require,
      naming: gate.naming ?? base.gate.naming,
      ignoreStubWords: gate.ignore_stub_words ?? base.gate.ignoreStubWords,
      tags: gate.tags ?? base.gate.tags,
      testTimeoutS: gate.test_timeout_s ?? base.gate.testTimeoutS,
    },
    ...(gatePlace === undefined ? {} : { gatePlace }),
  }
}

function definedOnly<Value>(record: Readonly<Record<string, Value | undefined>> | undefined): Readonly<Record<string, Value>> {
  return Object.fromEntries(Object.entries(record ?? {}).filter((entry): entry is [string, Value] => entry[1] !== undefined))
}
