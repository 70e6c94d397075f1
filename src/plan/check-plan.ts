// What the planner answered, and facts about the repository -> a Plan, or every fault in words that a model can act on. Pure.
import { asRepoPath, asSpecialistName, asTaskId, type WaveNumber } from '../ids.ts'
import { checkDuties } from './check-duties.ts'
import { checkPaths } from './check-paths.ts'
import { checkTasks } from './check-tasks.ts'
import { dueOf } from './due.ts'
import { estimateOf } from './estimate.ts'
import type { Plan, PlanAnswer, Task } from './plan.ts'
import type { PlanFacts } from './plan-facts.ts'
import { qualityPolicies } from './quality-policy.ts'
import { expandIds } from './requirement-ids.ts'

/** The outcome. Faults are complete: all that is wrong is told at once. */
export type CheckedPlan = { readonly kind: 'plan'; readonly plan: Plan } | { readonly kind: 'faults'; readonly faults: readonly string[] }

/** Holds an answer against the rules and completes it: paths of files are owned, tasks are in plan order, what is owed and the estimate are derived. */
export function checkPlan(answer: PlanAnswer, facts: PlanFacts): CheckedPlan {
  const tasks = tasksOf(answer, facts)
  const faults = [
    ...checkTasks(answer, facts),
    ...checkPaths(tasks, facts),
    ...checkDuties({ answer, tasks, facts }),
    ...facts.contractFaults,
  ]
  if (faults.length > 0) return { kind: 'faults', faults: [...new Set(faults)] }
  const plan: Omit<Plan, 'estimate' | 'due'> = {
    version: 1,
    summary: answer.summary.trim(),
    tasks,
    contracts: answer.contracts.map((contract) => ({ ...contract, task: asTaskId(contract.task), path: asRepoPath(contract.path) })),
    benchmarks: answer.benchmarks.map((benchmark) => ({ ...benchmark, package: plainFolder(benchmark.package) })),
    modules: answer.modules,
    skipped: skippedOf(answer, facts),
    withoutTask: answer.withoutTask,
    ...(answer.assumptions === undefined ? {} : { assumptions: answer.assumptions }),
  }
  return { kind: 'plan', plan: { ...plan, due: dueOf(plan, answer.due, facts), estimate: estimateOf(plan, answer.estimate, facts) } }
}

/** `./internal/x/` -> `internal/x`. */
function plainFolder(folder: string): string {
  return folder.replace(/^\.\//u, '').replace(/\/(\.\.\.)?$/u, '') || '.'
}

/** Tasks in plan order (wave, then as answered), owning their files. Requirement ranges are spelled out. */
function tasksOf(answer: PlanAnswer, facts: Pick<PlanFacts, 'feature'>): readonly Task[] {
  const known = facts.feature.requirements.map(({ id }) => id)
  const tasks = answer.tasks.map((task): Task => {
    const files = task.files.map((file) => ({ ...file, path: asRepoPath(file.path) }))
    return {
      ...task,
      id: asTaskId(task.id),
      specialist: asSpecialistName(task.specialist),
      // The schema allows 0 to 5.
      wave: task.wave as WaveNumber,
      files,
      paths: [...new Set([...files.map((file) => file.path as string), ...task.paths])],
      needs: [...new Set(task.needs)].map(asTaskId),
      requirements: expandIds(task.requirements, known),
      covers: task.covers.map((cover) => ({ ...cover, specialist: asSpecialistName(cover.specialist) })),
    }
  })
  return tasks.sort((a, b) => a.wave - b.wave)
}

/** What a draft leaves out by its rules is said in the plan too. */
function skippedOf(answer: PlanAnswer, facts: PlanFacts): Plan['skipped'] {
  const named = new Set([...answer.skipped, ...answer.tasks.flatMap((task) => task.covers)].map(({ specialist }) => specialist))
  const byLevel = qualityPolicies[facts.config.qualityLevel].leavesOutDraftSkips
    ? facts.specialists.filter((specialist) => specialist.draft === 'skip' && !named.has(specialist.name))
    : []
  return [
    ...answer.skipped.map(({ specialist, reason }) => ({ specialist: asSpecialistName(specialist), reason })),
    ...byLevel.map(({ name }) => ({ specialist: name, reason: 'left out at quality level draft' })),
  ]
}
