// Expected files: what the plan names is there, compiled and declares its symbols; nothing else changed; nothing is a stub or unused.
import { posix } from 'node:path'
import type { GoSymbol } from '../go-facts.ts'
import { ownsPath, patternsOf } from '../plan/ownership.ts'
import type { PlannedFile, Task } from '../plan/plan.ts'
import { type Change, type CheckFindings, findings } from './change.ts'
import type { Finding } from './failure.ts'
import { compiledFiles } from './measurements.ts'
import { splitOwed } from './obligations.ts'
import { findStubs } from './stubs.ts'
import { unusedBefore, unusedCode } from './unused-code.ts'

/** Judges the tree against the plan; without a plan only stubs and unused code are left to see. */
export function checkExpectedFiles(change: Change): CheckFindings {
  const { head, base } = change
  const planned = dueTasks(change).flatMap((task) => task.files)
  const unused = splitOwed(change, 'file', { head: unusedCode(head), base: base === undefined ? [] : unusedBefore(base) })
  const stubs = findStubs(change)
  return findings('expected-files', {
    head: [...planned.flatMap((file) => plannedFile(change, file)), ...outsidePlan(change), ...stubs.now, ...unused.now],
    due: [...unused.later, ...stubs.later],
    stuck: head.factsStuck,
    detail: change.plan === undefined ? 'no plan to hold it against' : `${planned.length} planned files`,
    figures: change.plan === undefined ? {} : { 'planned files': planned.length },
  })
}

/** Tasks whose work must be there: those of this wave and the ones before, but for those that were skipped. */
export function dueTasks(change: Change): readonly Task[] {
  const { plan, wave, excused } = change
  return (plan?.tasks ?? []).filter((task) => (wave === undefined || task.wave <= wave) && !excused.has(task.id))
}

function plannedFile(change: Change, file: PlannedFile): readonly Finding[] {
  const exists = change.head.files.includes(file.path)
  if (file.change === 'delete')
    return exists ? [missing(file, `${file.path} should be gone by the plan and is still there.`, 'Delete it.')] : []
  if (!exists) return [missing(file, `${file.path} is planned and not there.`, 'Write it, or ask for a change of the plan.')]
  if (!file.path.endsWith('.go')) return []
  const compiled =
    change.head.compile.taggedFiles.includes(file.path) ||
    change.head.compile.packages.some((one) => compiledFiles(one).includes(file.path))
  if (!compiled)
    return [
      { ...missing(file, `${file.path} is there and compiled by nothing.`, 'Put it into a package that is built.'), kind: 'not-compiled' },
    ]
  return file.symbols.flatMap((symbol) => (isDeclared(change, file, symbol) ? [] : [missingSymbol(file, symbol)]))
}

function missing(file: PlannedFile, message: string, hint: string): Finding {
  return { check: 'expected-files', kind: 'missing-file', message, file: file.path, hint }
}

/** A planned symbol counts wherever in the package it stands. `(*Quota).Charge`, `Quota.Charge` and `Charge` of a `Quota` are one. */
function isDeclared(change: Change, file: PlannedFile, symbol: string): boolean {
  const [name = '', receiver] = symbol
    .replace(/[*()\s]|\[.*\]/g, '')
    .split('.')
    .reverse()
  const dir = posix.dirname(file.path)
  const isQualified = (one: GoSymbol) =>
    receiver === undefined || one.receiver === receiver || (one.receiver === undefined && one.package.endsWith(receiver))
  const found = change.head.facts.symbols.some((one) => posix.dirname(one.file) === dir && one.name === name && isQualified(one))
  // Files with a tag are not among the facts of the default build.
  return found || change.head.factsStuck.length > 0 || change.head.compile.taggedFiles.includes(file.path)
}

function missingSymbol(file: PlannedFile, symbol: string): Finding {
  return {
    check: 'expected-files',
    kind: 'missing-symbol',
    message: `${file.path} should declare ${symbol} and does not.`,
    file: file.path,
    symbol,
    hint: 'Declare it as the plan says, or ask for a change of the plan.',
  }
}

/** Changed paths that belong to nobody's work. */
function outsidePlan(change: Change): readonly Finding[] {
  const { plan } = change
  if (plan === undefined || change.base === undefined) return []
  const owned = [...plan.tasks.flatMap(patternsOf), ...plan.contracts.map((contract) => contract.path as string), ...change.granted]
  return change.changes
    .filter((one) => !ownsPath(owned, one.path) && !isRunsOwn(one.path, plan.modules.length > 0))
    .map((one) => ({
      check: 'expected-files',
      kind: 'outside-plan',
      message: `${one.path} was ${one.change}, and no task of the plan owns it.`,
      file: one.path,
      hint: 'Take the change back, or ask for the path with a reason.',
    }))
}

// What the program itself writes: the run's notes, and the modules of the plan.
function isRunsOwn(path: string, hasModules: boolean): boolean {
  return path.startsWith('.claude/context/') || (hasModules && /(^|\/)go\.(mod|sum)$/.test(path))
}
