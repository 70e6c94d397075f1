// Naming and patterns: gofmt, go vet, no type declared twice, migrations and files named as the repository does. New findings only.
import { posix } from 'node:path'
import picomatch from 'picomatch'
import type { GateConfig } from '../config.ts'
import { type Change, type CheckFindings, findings, type MeasuredTree } from './change.ts'
import { newDuplicates } from './duplicate-types.ts'
import type { Finding } from './failure.ts'
import { checkMigrationNames } from './migration-names.ts'

/** Judges style. What the base has too is the base's. */
export function checkNaming(change: Change): CheckFindings {
  const { head, base, config } = change
  return findings('naming', {
    head: [
      ...styleFindings(head),
      ...ruleFindings(head, config),
      ...newDuplicates(change),
      ...checkMigrationNames({ head: head.files, base: base?.files ?? [] }),
    ],
    base: base === undefined ? [] : [...styleFindings(base), ...ruleFindings(base, config)],
    stuck: [...head.style.stuck, ...head.factsStuck],
    detail: config.naming.length === 0 ? 'gofmt, go vet' : `gofmt, go vet, ${config.naming.length} rules of the repository`,
  })
}

function styleFindings(tree: MeasuredTree): readonly Finding[] {
  const format = tree.style.unformatted.map(
    (file): Finding => ({ check: 'naming', kind: 'format', message: `${file} is not formatted.`, file, hint: `Run gofmt -w ${file}.` }),
  )
  const vet = tree.style.vet.map(
    (found): Finding => ({
      check: 'naming',
      kind: 'vet',
      message: `${found.message} (${found.analyzer})`,
      package: found.package,
      ...(found.file === undefined ? {} : { file: found.file }),
      ...(found.line === undefined ? {} : { line: found.line }),
      hint: 'Mend what go vet found; it is a likely bug.',
    }),
  )
  return [...format, ...vet]
}

/** The repository's own rules: paths that match `files` have a file name that matches `name`. */
function ruleFindings(tree: MeasuredTree, config: GateConfig): readonly Finding[] {
  return config.naming.flatMap((rule) => {
    const matches = picomatch(rule.files, { dot: true })
    const name = new RegExp(rule.name)
    return tree.files
      .filter((file) => matches(file) && !name.test(posix.basename(file)))
      .map(
        (file): Finding => ({
          check: 'naming',
          kind: 'naming',
          message: `${file} should be named like ${rule.name}: ${rule.why}.`,
          file,
          hint: 'Rename it.',
        }),
      )
  })
}
