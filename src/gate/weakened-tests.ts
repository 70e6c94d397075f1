// Tests of the base beside tests of the head -> findings for those that are gone, skipped or assert less. A test that moved is the same test. Pure.
import type { GoTest } from '../go-facts.ts'
import type { TreeChange } from '../world.ts'
import { type Change, isPlannedDelete } from './change.ts'
import type { Finding } from './failure.ts'
import { symbolName } from './stubs.ts'

/** Tests as they were, and what changed since. */
export interface TestsBefore {
  readonly tests: readonly GoTest[]
  readonly changes: readonly TreeChange[]
}

/** Every test of the base is there, runs, and asserts as much as it did. */
export function weakenedTests(change: Change): readonly Finding[] {
  const { base, head } = change
  if (base === undefined || base.factsStuck.length > 0 || head.factsStuck.length > 0) return []
  return weakenedSince(change, { tests: base.facts.tests, changes: change.changes })
}

/** The same for any earlier state. Facts of the head must be complete. */
export function weakenedSince(change: Change, earlier: TestsBefore): readonly Finding[] {
  const pairs = pairUp(earlier.tests, change.head.facts.tests)
  return pairs.flatMap(({ before, after }) => {
    if (after !== undefined) return weaker(before, after)
    return isGoneByPlan(change, before) || isUntouched(change, before, earlier.changes)
      ? []
      : [finding(before, `${symbolName(before)} was deleted.`, 'Bring it back; the code has to pass it.')]
  })
}

/** Tests of this run that were green at an earlier gate and are not in the tree any more. `names`: `<import path>.<test>`. */
export function lostTests(change: Change, names: readonly string[]): readonly Finding[] {
  const known = new Set(change.head.facts.tests.map((one) => `${packageOf(one)}.${one.name}`))
  const bare = new Set(change.head.facts.tests.map((one) => one.name))
  if (change.head.factsStuck.length > 0) return []
  return names
    .filter((name) => !known.has(name) && !bare.has(name.slice(name.lastIndexOf('.') + 1)))
    .map((name) => ({
      check: 'tamper',
      kind: 'test-weakened',
      message: `${name} was green at an earlier gate and is gone.`,
      package: name.slice(0, name.lastIndexOf('.')),
      test: name.slice(name.lastIndexOf('.') + 1),
      hint: 'Bring it back; the code has to pass it.',
    }))
}

/** Import path of the package whose test binary runs it: external tests have `_test` at its end. */
export function packageOf(test: Pick<GoTest, 'package'>): string {
  return test.package.replace(/_test$/, '')
}

interface Pair {
  readonly before: GoTest
  readonly after: GoTest | undefined
}

// In turns, the surest first: the same place, the same name elsewhere, then a new test of the same package that asserts as much.
function pairUp(before: readonly GoTest[], after: readonly GoTest[]): readonly Pair[] {
  const free = new Set(after)
  const found = new Map<GoTest, GoTest>()
  const take = (match: (old: GoTest, now: GoTest) => boolean) => {
    for (const old of before) {
      if (found.has(old)) continue
      const now = [...free].find((candidate) => match(old, candidate))
      if (now !== undefined) {
        found.set(old, now)
        free.delete(now)
      }
    }
  }
  const sameName = (old: GoTest, now: GoTest) => old.name === now.name && old.receiver === now.receiver
  take((old, now) => sameName(old, now) && packageOf(old) === packageOf(now))
  take((old, now) => sameName(old, now) && weaker(old, now).length === 0)
  take((old, now) => old.kind === now.kind && packageOf(old) === packageOf(now) && old.assertions > 0 && weaker(old, now).length === 0)
  return before.map((old) => ({ before: old, after: found.get(old) }))
}

function weaker(before: GoTest, after: GoTest): readonly Finding[] {
  const name = symbolName(after)
  if (after.skips.length > before.skips.length) return [finding(after, `${name} is skipped.`, 'Let it run; the code has to pass it.')]
  if (after.emptyBody && !before.emptyBody) return [finding(after, `${name} was emptied.`, 'Bring its body back.')]
  if (after.assertions < before.assertions) {
    const what =
      after.assertions === 0 ? 'asserts nothing any more' : `asserts less: ${after.assertions} of ${before.assertions} assertions are left`
    return [finding(after, `${name} ${what}.`, 'Bring the assertions back; the code has to pass them.')]
  }
  if (after.subtests < before.subtests) {
    return [finding(after, `${name} has ${after.subtests} of ${before.subtests} subtests left.`, 'Bring the subtests back.')]
  }
  return []
}

// Its file is as it was: that nothing reads it any more is for the compiler to say.
function isUntouched(change: Change, test: GoTest, changes: readonly TreeChange[]): boolean {
  return change.head.files.includes(test.file) && !changes.some((one) => one.path === test.file)
}

function isGoneByPlan(change: Change, test: GoTest): boolean {
  return isPlannedDelete(change, test.file) && !change.head.files.includes(test.file)
}

function finding(test: GoTest, message: string, hint: string): Finding {
  return {
    check: 'tamper',
    kind: 'test-weakened',
    message,
    file: test.file,
    line: test.line,
    package: packageOf(test),
    test: symbolName(test),
    hint,
  }
}
