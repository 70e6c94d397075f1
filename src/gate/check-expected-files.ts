// Expected files: what the plan names is there, compiled and declares its symbols; nothing else changed; nothing is a stub or unused.
import { ownsPath, patternsOf } from '../plan/ownership.ts'
import type { PlannedFile, Task } from '../plan/plan.ts'
import { type Change, type CheckFindings, findings } from './change.ts'
import type { Finding } from './failure.ts'
import { compiledFiles } from './measurements.ts'

/** Judges the tree against the plan; without a plan only stubs and unused code are left to see. */
export function checkExpectedFiles(change: Change): CheckFindings {
  const tasks = dueTasks(change)
  const planned = tasks.flatMap((task) => task.files)
  return findings('expected-files', {
    head: [...planned.flatMap((file) => plannedFile(change, file)), ...outsidePlan(change)],
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
  return compiled
    ? []
    : [{ ...missing(file, `${file.path} is there and compiled by nothing.`, 'Put it into a package that is built.'), kind: 'not-compiled' }]
}

function missing(file: PlannedFile, message: string, hint: string): Finding {
  return { check: 'expected-files', kind: 'missing-file', message, file: file.path, hint }
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
