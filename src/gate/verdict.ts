// What the gate says about a tree: every check with its state, every failure with its place, and one verdict that follows from them.
import { z } from 'zod'

/** The gate's checks. Required ones block; proofs that could not run are `not proven`. Source: design, section 6. */
export const requiredChecks = ['compilation', 'expected-files', 'conformance', 'naming', 'tamper', 'tests'] as const
/** See {@link requiredChecks}. */
export const proofChecks = ['lint', 'migrations', 'containers', 'benchmarks', 'coverage'] as const
/** Name of a check. */
export const CheckName = z.enum([...requiredChecks, ...proofChecks])
/** See the schema of the same name. */
export type CheckName = z.infer<typeof CheckName>

/** One thing that is wrong, where, and what to do about it. */
export const Failure = z.strictObject({
  /** Stable over runs of the gate on equal trees (no times, no temp paths): used to tell progress from standstill. */
  id: z.string(),
  check: CheckName,
  /** What kind of failure, for routing to its cause. */
  kind: z.enum([
    'compile',
    'module',
    'no-packages',
    'missing-file',
    'not-compiled',
    'missing-symbol',
    'outside-plan',
    'unused',
    'stub',
    'not-implemented',
    'not-mounted',
    'not-constructed',
    'not-conforming',
    'format',
    'vet',
    'lint',
    'architecture',
    'duplicate-type',
    'naming',
    'migration',
    'test',
    'test-compile',
    'test-weakened',
    'directive',
    'replace',
    'configuration',
    'benchmark',
    'coverage',
    'race',
    'not-as-asked',
  ]),
  message: z.string(),
  file: z.string().optional(),
  line: z.number().optional(),
  package: z.string().optional(),
  symbol: z.string().optional(),
  test: z.string().optional(),
  /** What a person or agent can do about it, one sentence. */
  hint: z.string(),
})
/** See the schema of the same name. */
export type Failure = z.infer<typeof Failure>

/** How one check went. */
export const CheckResult = z.strictObject({
  check: CheckName,
  required: z.boolean(),
  state: z.enum(['passed', 'failed', 'could-not-run', 'not-applicable']),
  /** One line: figures when it passed, why when it could not run. */
  detail: z.string(),
  durationMs: z.number(),
})
/** See the schema of the same name. */
export type CheckResult = z.infer<typeof CheckResult>

/** The gate's word on one tree. */
export const Verdict = z.strictObject({
  verdict: z.enum(['green', 'red', 'unknown']),
  /** Wave that was judged; undefined: the whole tree, everything due. */
  wave: z.number().optional(),
  tree: z.string(),
  base: z.string().optional(),
  checks: z.array(CheckResult),
  failures: z.array(Failure),
  /** Proof checks that could not run, with the reason: `green, not proven: …`. */
  notProven: z.array(z.strictObject({ check: CheckName, reason: z.string() })),
  /** Obligations of later waves: `due in wave K`. */
  due: z.array(z.strictObject({ what: z.string(), subject: z.string(), wave: z.number() })),
  /** Failures that the base has too: listed, never blamed. */
  alsoAtBase: z.array(Failure),
  /** Tests that failed and passed over repeated runs on both sides. */
  flaky: z.array(z.string()),
  /** Measured facts: tests run, packages, coverage, benchmark results. */
  figures: z.record(z.string(), z.union([z.number(), z.string()])),
  /** Tests that the base does not have and that pass, as `<import path>.<test>`: from now on they are protected like the base's. */
  greenTests: z.array(z.string()).optional(),
  durationMs: z.number(),
})
/** See the schema of the same name. */
export type Verdict = z.infer<typeof Verdict>

/** The verdict that follows from checks and failures: red beats unknown beats green. */
export function verdictOf(checks: readonly CheckResult[], failures: readonly Failure[]): Verdict['verdict'] {
  if (failures.length > 0 || checks.some((check) => check.state === 'failed')) return 'red'
  if (checks.some((check) => check.required && check.state === 'could-not-run')) return 'unknown'
  return 'green'
}

/** `green`, `green, not proven: benchmarks, coverage`, `red: 3 failures`, `unknown: …` in one line. */
export function sayVerdict(verdict: Verdict): string {
  const unproven = verdict.notProven.map((proof) => proof.check)
  if (verdict.verdict === 'green') return unproven.length > 0 ? `green, not proven: ${unproven.join(', ')}` : 'green'
  if (verdict.verdict === 'red') return `red: ${verdict.failures.length} failure${verdict.failures.length === 1 ? '' : 's'}`
  const stuck = verdict.checks.filter((check) => check.required && check.state === 'could-not-run')
  // One reason often stands for several checks: a job that did not run answers none of its.
  const reasons = [...Map.groupBy(stuck, (check) => check.detail)]
  return `unknown: could not run ${reasons.map(([why, checks]) => `${checks.map(({ check }) => check).join(', ')} (${why})`).join('; ')}`
}
