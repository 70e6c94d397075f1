// What a test binary printed with -test.v=test2json, and how it ended -> one result per top-level test. What is not said is never filled in.
import type { Exit } from '../world.ts'

/** How one top-level test ended. `unfinished`: it began, and the process ended before it did; `missing`: no report names it. */
export interface TestResult {
  readonly test: string
  readonly outcome: 'passed' | 'failed' | 'skipped' | 'unfinished' | 'missing'
  /** Deepest failing subtests, `TestX/case`. */
  readonly failedSubtests: readonly string[]
  readonly skippedSubtests: readonly string[]
  /** What it printed, with what its failing subtests printed; bounded. */
  readonly output: string
}

/** One run of a package's test binary. */
export interface TestReport {
  readonly package: string
  readonly tests: readonly TestResult[]
  /** `ended`: all that was asked for has run. `died`: a panic or an exit cut it short. `stuck`: killed, timed out or unreadable. */
  readonly ending:
    | { readonly kind: 'ended'; readonly code: number }
    | { readonly kind: 'died'; readonly why: string }
    | { readonly kind: 'stuck'; readonly why: string }
  /** Output that belongs to no test, bounded: a panic in init, benchmark results, a faulty TestMain. */
  readonly output: string
}

/** What {@link readTestReport} reads: both streams as one text, as a terminal would show them. */
export interface TestRun {
  readonly package: string
  readonly text: string
  readonly exit: Exit
  readonly droppedBytes: number
}

interface Gathered {
  outcome: TestResult['outcome']
  output: string
}

const maxOutputChars = 4_000
// testing writes this byte before each line of its own, so that a test's output is not taken for it. Source: cmd/internal/test2json.
const marker = '\x16'
const framing = /^(?:=== (RUN|PAUSE|CONT|NAME) +(\S*)|--- (PASS|FAIL|SKIP|BENCH): (\S+) \([\d.]+s\)|(PASS|FAIL))[ \t]*\n?/
const outcomes: Readonly<Record<string, TestResult['outcome']>> = { PASS: 'passed', FAIL: 'failed', SKIP: 'skipped', BENCH: 'passed' }

/** Reads one run. A test that is not named in the text has no result. */
export function readTestReport(run: TestRun): TestReport {
  const tests = new Map<string, Gathered>()
  const [before = '', ...parts] = run.text.split(marker)
  let [own, current, complete] = [before, '', false]
  for (const part of parts) {
    const found = framing.exec(part)
    if (found === null) own += part
    else {
      const [line, verb, running, word, reported, final] = found
      current = final === undefined ? (reported ?? running ?? '') : ''
      complete ||= final !== undefined
      if (verb === 'RUN' || reported !== undefined) open(tests, current)
      if (word !== undefined && reported !== undefined) open(tests, reported).outcome = outcomes[word] ?? 'failed'
      const rest = part.slice(line.length)
      if (current === '') own += rest
      else open(tests, current).output += rest
    }
  }
  return { package: run.package, tests: topLevel(tests), ending: endingOf(run, complete, tests), output: bounded(own) }
}

function open(tests: Map<string, Gathered>, name: string): Gathered {
  const gathered = tests.get(name) ?? { outcome: 'unfinished', output: '' }
  tests.set(name, gathered)
  return gathered
}

function topLevel(tests: ReadonlyMap<string, Gathered>): readonly TestResult[] {
  return [...tests]
    .filter(([name]) => !name.includes('/'))
    .map(([name, gathered]) => {
      const below = [...tests].filter(([other]) => other.startsWith(`${name}/`))
      const failed = below.filter(([, test]) => test.outcome === 'failed' || test.outcome === 'unfinished').map(([other]) => other)
      return {
        test: name,
        outcome: gathered.outcome,
        failedSubtests: failed.filter((one) => !failed.some((other) => other.startsWith(`${one}/`))),
        skippedSubtests: below.filter(([, test]) => test.outcome === 'skipped').map(([other]) => other),
        output: bounded([gathered.output, ...below.filter(([other]) => failed.includes(other)).map(([, test]) => test.output)].join('')),
      }
    })
}

function endingOf(run: TestRun, complete: boolean, tests: ReadonlyMap<string, Gathered>): TestReport['ending'] {
  const { exit } = run
  if (exit.kind === 'timeout') return { kind: 'stuck', why: `not done after ${Math.round(exit.afterMs / 1000)} s` }
  if (exit.kind === 'signalled') return { kind: 'stuck', why: `killed by ${exit.signal}` }
  if (exit.kind === 'cancelled') return { kind: 'stuck', why: 'cancelled' }
  if (exit.kind === 'not-started') return { kind: 'stuck', why: exit.message }
  // A sandbox answers 128 + n for a program that died of signal n.
  if (exit.code > 128) return { kind: 'stuck', why: `killed by signal ${exit.code - 128}` }
  if (run.droppedBytes > 0) return { kind: 'stuck', why: `its output was cut by ${run.droppedBytes} bytes` }
  if (complete) return { kind: 'ended', code: exit.code }
  const unfinished = [...tests].filter(([, test]) => test.outcome === 'unfinished').map(([name]) => name)
  const panic = /^(?:panic|fatal error): .*$/m.exec(run.text)?.[0]
  return {
    kind: 'died',
    why: panic ?? `it exited with ${exit.code} ${unfinished.length > 0 ? `inside ${unfinished[0]}` : 'before its tests ran'}`,
  }
}

// The end of an output holds the assertion, its beginning the reason of a panic: both halves are kept.
function bounded(text: string): string {
  if (text.length <= maxOutputChars) return text
  return `${text.slice(0, maxOutputChars / 2)}\n…\n${text.slice(-maxOutputChars / 2)}`
}
