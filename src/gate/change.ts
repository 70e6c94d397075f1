// What every check looks at: a measured tree, the measured base, and what changed between the two. Plain data.
import type { GateConfig, QualityLevel } from '../config.ts'
import type { GoFacts } from '../go-facts.ts'
import type { WaveNumber } from '../ids.ts'
import type { Obligation, Plan } from '../plan/plan.ts'
import type { TreeChange } from '../world.ts'
import type { Finding } from './failure.ts'
import { type CompileMeasure, fileIn, type StyleMeasure } from './measurements.ts'
import type { CheckName } from './verdict.ts'

/** One tree, measured. `files`: every path that git holds in it. */
export interface MeasuredTree {
  readonly files: readonly string[]
  readonly compile: CompileMeasure
  readonly style: StyleMeasure
  readonly facts: GoFacts
  /** Why the facts are missing, wholly or in part; empty: they are complete. */
  readonly factsStuck: readonly string[]
}

/** A tree to judge, beside its base. Without a base everything in it is new. */
export interface Change {
  readonly head: MeasuredTree
  readonly base?: MeasuredTree
  readonly changes: readonly TreeChange[]
  /** Per changed file of the head, its added and changed lines; a file that is not here has none. */
  readonly addedLines: ReadonlyMap<string, ReadonlySet<number>>
  readonly plan?: Plan
  /** Wave that is judged; undefined: the whole, and everything is due. */
  readonly wave?: WaveNumber
  /** Tasks of the plan that were skipped: nothing of theirs is expected. */
  readonly excused: ReadonlySet<string>
  /** Paths and patterns beyond the plan: grants of the run, generated files. */
  readonly granted: readonly string[]
  readonly level: QualityLevel
  readonly config: GateConfig
}

/** What a check answers. Findings of the base are subtracted by the gate; what is due later is listed, not blamed. */
export interface CheckFindings {
  readonly check: CheckName
  readonly head: readonly Finding[]
  readonly base: readonly Finding[]
  readonly due: readonly Obligation[]
  /** Why it could not be answered, wholly or in part; empty: it was. */
  readonly stuck: readonly string[]
  /** One line for a check that passed: figures. */
  readonly detail: string
  /** True when there was nothing to check. */
  readonly notApplicable: boolean
  readonly figures: Readonly<Record<string, number | string>>
}

/** An answer with nothing in it but what is given. */
export function findings(check: CheckName, some: Partial<Omit<CheckFindings, 'check'>>): CheckFindings {
  const answer = { check, head: [], base: [], due: [], stuck: [], detail: '', notApplicable: false, figures: {}, ...some }
  // Several modules may miss the same tool; it is said once.
  return { ...answer, stuck: [...new Set(answer.stuck)] }
}

/** Files whose first lines say that a program wrote them: nobody is asked to change them. */
export function generatedFiles(tree: MeasuredTree): ReadonlySet<string> {
  return new Set(tree.facts.packages.flatMap((one) => one.generatedFiles.map((name) => fileIn(one, name))))
}

/** True when the plan says that the path goes away. */
export function isPlannedDelete(change: Change, path: string): boolean {
  return change.plan?.tasks.some((task) => task.files.some((file) => file.path === path && file.change === 'delete')) === true
}
