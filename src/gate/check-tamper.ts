// Tamper: nothing that judges was weakened to pass. Tests, lint directives, `replace` in go.mod, the gate's own configuration.
import picomatch from 'picomatch'
import { type Change, type CheckFindings, findings, type MeasuredTree } from './change.ts'
import type { Finding } from './failure.ts'
import { lostTests, type TestsBefore, weakenedSince, weakenedTests } from './weakened-tests.ts'

/** Tests of this run that were green at earlier gates: by name (`<import path>.<test>`), and as they were at the last one. */
export interface OwnTests {
  readonly names: readonly string[]
  readonly before: TestsBefore | undefined
}

/** Judges what changed about the judges. Without a base nothing can be compared. */
export function checkTamper(change: Change, own: OwnTests): CheckFindings {
  const { base, head } = change
  if (base === undefined) return findings('tamper', { notApplicable: true, detail: 'no base to compare with' })
  return findings('tamper', {
    head: [...weakenedTests(change), ...ownTests(change, own), ...touchedConfiguration(change), ...replaces(head), ...directives(head)],
    base: [...replaces(base), ...directives(base)],
    stuck: [...head.factsStuck, ...base.factsStuck],
    detail: 'tests, directives and gate configuration as they were',
  })
}

// What the base says already is not said again.
function ownTests(change: Change, own: OwnTests): readonly Finding[] {
  const lost = lostTests(change, own.names)
  if (own.before === undefined || change.head.factsStuck.length > 0) return lost
  const said = new Set([...lost, ...weakenedTests(change)].map((one) => one.test))
  return [...lost, ...weakenedSince(change, own.before).filter((one) => !said.has(one.test))]
}

function replaces(tree: MeasuredTree): readonly Finding[] {
  return tree.compile.modules.flatMap((module) =>
    module.replaces.map((replace) => ({
      check: 'tamper',
      kind: 'replace',
      message: `${module.file} replaces ${replace}.`,
      file: module.file,
      hint: 'Require the module itself; a replace stands other code in for it.',
    })),
  )
}

function directives(tree: MeasuredTree): readonly Finding[] {
  return tree.facts.directives.map((one) => ({
    check: 'tamper',
    kind: 'directive',
    message: `A directive silences a linter: ${one.text}`,
    file: one.file,
    line: one.line,
    hint: 'Mend what the linter says and take the directive away.',
  }))
}

// What decides whether work passes, by the names that tools read. `dce.yml` and workflows: the gate itself.
const gateConfiguration = [
  '**/.golangci.{yml,yaml,toml,json}',
  '.github/dce.{yml,yaml}',
  '.dce/**',
  '.github/workflows/**',
  '.github/actions/**',
  '**/{.,}codecov.{yml,yaml}',
  '.testcoverage.{yml,yaml}',
  '**/staticcheck.conf',
  '**/.go-arch-lint.{yml,yaml}',
  '**/{.,}revive.toml',
  '.gitlab-ci.yml',
  '.circleci/**',
  '.pre-commit-config.yaml',
] as const

const isConfiguration = picomatch([...gateConfiguration], { dot: true })

function touchedConfiguration(change: Change): readonly Finding[] {
  return change.changes
    .filter((one) => isConfiguration(one.path))
    .map((one) => ({
      check: 'tamper',
      kind: 'configuration',
      message: `${one.path}, which decides what passes, was ${one.change}.`,
      file: one.path,
      hint: 'Leave it as it is at the base; a person changes it in a commit of its own.',
    }))
}
