// Tamper: nothing that judges was weakened to pass. Tests, lint directives, `replace` in go.mod, the gate's own configuration.
import picomatch from 'picomatch'
import { type Change, type CheckFindings, findings, type MeasuredTree } from './change.ts'
import type { Finding } from './failure.ts'
import { lostTests, weakenedTests } from './weakened-tests.ts'

/** Judges what changed about the judges. `protectedTests`: `<import path>.<test>` of earlier gates. Without a base nothing can be compared. */
export function checkTamper(change: Change, protectedTests: readonly string[]): CheckFindings {
  const { base, head } = change
  if (base === undefined) return findings('tamper', { notApplicable: true, detail: 'no base to compare with' })
  return findings('tamper', {
    head: [
      ...weakenedTests(change),
      ...lostTests(change, protectedTests),
      ...touchedConfiguration(change),
      ...replaces(head),
      ...directives(head),
    ],
    base: [...replaces(base), ...directives(base)],
    stuck: [...head.factsStuck, ...base.factsStuck],
    detail: 'tests, directives and gate configuration as they were',
  })
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
