// Facts of a tree -> the tests that its binaries have to report, by import path. Pure.
import type { GoFacts, GoTest } from '../go-facts.ts'
import { type ExpectedTests, testName } from './judge-tests.ts'
import { packageOf } from './weakened-tests.ts'

/** Top-level tests, fuzz targets (their seeds run as tests) and examples with an output. Suite methods are reported below their suite's test. */
export function expectedTests(facts: GoFacts): ExpectedTests {
  const tests = facts.tests.filter((one) => one.receiver === undefined && isRun(one))
  return new Map([...Map.groupBy(tests, packageOf)].map(([path, all]) => [path, all.map((one) => one.name)]))
}

// An example without `// Output:` is compiled and not run.
function isRun(test: GoTest): boolean {
  return test.kind === 'test' || test.kind === 'fuzz' || (test.kind === 'example' && test.assertions > 0)
}

/** `<import path>.<test>` of tests that may skip themselves. */
export function skippingTests(facts: GoFacts): ReadonlySet<string> {
  return new Set(facts.tests.filter((one) => one.skips.length > 0).map((one) => testName({ package: packageOf(one), test: one.name })))
}
