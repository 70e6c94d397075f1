// What each quality level asks of a plan, as data. Source: product description, "A run, step by step"; the seed, "EXECUTION CONTROL".
import type { QualityLevel } from '../config.ts'

/** Demands of one level. */
export interface QualityPolicy {
  /** Specialists whose front matter says `draft: skip` get no task, and need no reason to be left out. */
  readonly leavesOutDraftSkips: boolean
  /** Go code that is written has tests that somebody of the plan writes. */
  readonly testsFor: 'nothing' | 'the feature' | 'each package'
  /** Coverage of new packages is owed, and measured by the gate. */
  readonly owesCoverage: boolean
  /** What the level means, for the planner and for people. */
  readonly meaning: string
}

/** The three levels. */
export const qualityPolicies: Readonly<Record<QualityLevel, QualityPolicy>> = {
  draft: {
    leavesOutDraftSkips: true,
    testsFor: 'nothing',
    owesCoverage: false,
    meaning: 'the feature can be tried: no documentation, tuning, caching or load tests; one repair round',
  },
  production: {
    leavesOutDraftSkips: false,
    testsFor: 'the feature',
    owesCoverage: false,
    meaning: 'everything that the specification asks for, tested and documented as the repository does it; three repair rounds',
  },
  bulletproof: {
    leavesOutDraftSkips: false,
    testsFor: 'each package',
    owesCoverage: true,
    meaning:
      'as production, with tests in every package that is touched, at least 90 % coverage of new packages, the race detector, and an adversarial reviewer per task; five repair rounds',
  },
}
