// Answers of all checks -> one verdict. Required checks that could not run make it unknown; proofs that could not run are named. Pure.
import type { GateConfig } from '../config.ts'
import type { CheckFindings } from './change.ts'
import { compareWithBase, toFailure } from './failure.ts'
import { type CheckName, type CheckResult, type Failure, requiredChecks, type Verdict, verdictOf } from './verdict.ts'

/** A check's answer with the time it took. */
export interface TimedAnswer {
  readonly answer: CheckFindings
  readonly durationMs: number
}

/** What the verdict is made of, besides the answers. `files`: of the judged tree. */
export interface VerdictFacts {
  readonly tree: string
  readonly base: string | undefined
  readonly wave: number | undefined
  readonly files: ReadonlySet<string>
  readonly config: GateConfig
  readonly flaky: readonly string[]
  readonly greenTests: readonly string[]
  readonly durationMs: number
}

// A proof's name in the configuration -> the check that gives it.
const promotions: Readonly<Record<GateConfig['require'][number], CheckName>> = {
  database: 'migrations',
  containers: 'containers',
  benchmarks: 'benchmarks',
  coverage: 'coverage',
}

/** Puts the verdict together. */
export function toVerdict(answers: readonly TimedAnswer[], facts: VerdictFacts): Verdict {
  const judged = answers.map((timed) => judgeAnswer(timed, facts))
  const checks = judged.map((one) => one.result)
  const failures = judged.flatMap((one) => one.blamed)
  return {
    verdict: verdictOf(checks, failures),
    ...(facts.wave === undefined ? {} : { wave: facts.wave }),
    tree: facts.tree,
    ...(facts.base === undefined ? {} : { base: facts.base }),
    checks,
    failures,
    notProven: checks
      .filter((one) => !one.required && one.state === 'could-not-run')
      .map((one) => ({ check: one.check, reason: one.detail })),
    due: dueOf(answers),
    alsoAtBase: judged.flatMap((one) => one.alsoAtBase),
    flaky: [...facts.flaky],
    figures: Object.assign({}, ...answers.map(({ answer }) => answer.figures)),
    ...(facts.greenTests.length === 0 ? {} : { greenTests: [...facts.greenTests] }),
    durationMs: facts.durationMs,
  }
}

// A route may be owed by its plan and by its handler alike.
function dueOf(answers: readonly TimedAnswer[]): Verdict['due'] {
  const all = answers.flatMap(({ answer }) => answer.due.map(({ what, subject, wave }) => ({ what, subject, wave })))
  return [...new Map(all.map((one) => [`${one.what} ${one.subject}`, one])).values()].sort((a, b) => a.wave - b.wave)
}

interface Judged {
  readonly result: CheckResult
  readonly blamed: readonly Failure[]
  readonly alsoAtBase: readonly Failure[]
}

function judgeAnswer({ answer, durationMs }: TimedAnswer, facts: VerdictFacts): Judged {
  const compared = compareWithBase({ head: answer.head.map(toFailure), base: answer.base.map(toFailure), files: facts.files })
  const required = isRequired(answer.check, facts.config)
  const state = stateOf(answer, compared.blamed.length)
  return {
    result: { check: answer.check, required, state, detail: detailOf(answer, state, compared.blamed.length), durationMs },
    ...compared,
  }
}

function isRequired(check: CheckName, config: GateConfig): boolean {
  return requiredChecks.some((name) => name === check) || config.require.some((name) => promotions[name] === check)
}

function stateOf(answer: CheckFindings, blamed: number): CheckResult['state'] {
  if (blamed > 0) return 'failed'
  if (answer.stuck.length > 0) return 'could-not-run'
  return answer.notApplicable ? 'not-applicable' : 'passed'
}

function detailOf(answer: CheckFindings, state: CheckResult['state'], blamed: number): string {
  const stuck = answer.stuck.join('; ')
  if (state === 'failed') return `${blamed} failure${blamed === 1 ? '' : 's'}${stuck === '' ? '' : `; could not run: ${stuck}`}`
  return state === 'could-not-run' ? stuck : answer.detail
}
