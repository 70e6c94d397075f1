// What a plan is held against: the feature, the base commit, the specialists, and what the contracts' type check found. Types only.
import type { Config } from '../config.ts'
import type { Feature } from '../feature/feature.ts'
import type { Specialist } from './specialist.ts'

/** US dollars per million tokens. */
export interface TokenPrice {
  readonly input: number
  readonly output: number
  readonly cacheWrite: number
  readonly cacheRead: number
}

/** A declaration that a contract makes, as the analyzer sees it. `subject`: `internal/domain/quota.Repository`. */
export interface DeclaredSymbol {
  readonly task: string
  readonly path: string
  readonly subject: string
  readonly kind: 'interface' | 'constructor' | 'other'
}

/** A failure of the base commit. It may become a task of wave 0 when the feature meets it. */
export interface BaseFailure {
  readonly message: string
  readonly file?: string | undefined
  readonly package?: string | undefined
}

/** What a plan is held against. */
export interface PlanFacts {
  readonly feature: Feature
  readonly config: Pick<Config, 'outputDir' | 'qualityLevel' | 'executionMode' | 'maxParallel'>
  /** Every file of the base commit. */
  readonly files: ReadonlySet<string>
  /** Symlinks and submodules of the base commit: nothing is written through them. */
  readonly links: ReadonlySet<string>
  /** Why a path is written by nobody; undefined when it is not protected. Contract: pure. */
  readonly whyProtected: (path: string) => string | undefined
  readonly specialists: readonly Specialist[]
  readonly baseFailures: readonly BaseFailure[]
  /** What the type check of the contracts found, in words; empty when they hold. */
  readonly contractFaults: readonly string[]
  /** What the contracts declare, by the same type check. */
  readonly declared: readonly DeclaredSymbol[]
  /** Price of the builder's model; undefined when it has none. */
  readonly price: TokenPrice | undefined
}
