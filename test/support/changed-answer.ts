// The small plan's answer with one thing changed, and the faults that the rules find in it.
import { checkPlan } from '../../src/plan/check-plan.ts'
import type { PlanAnswer } from '../../src/plan/plan.ts'
import type { PlanFacts } from '../../src/plan/plan-facts.ts'
import { anAnswer, someFacts } from './plan-answer.ts'

/** Faults of an answer; none for a plan that passes. */
export function faultsOf(answer: PlanAnswer, facts: Partial<PlanFacts> = {}): readonly string[] {
  const checked = checkPlan(answer, someFacts(facts))
  return checked.kind === 'faults' ? checked.faults : []
}

type Change = Partial<PlanAnswer['tasks'][number]>

/** The good answer with one task changed. */
export function withTask(id: string, change: Change): PlanAnswer {
  const answer = anAnswer()
  return { ...answer, tasks: answer.tasks.map((task) => (task.id === id ? { ...task, ...change } : task)) }
}

/** The good answer with more tasks. */
export const withMore = (...tasks: PlanAnswer['tasks']): PlanAnswer => anAnswer({ tasks: [...anAnswer().tasks, ...tasks] })
/** A planned file without symbols. */
export const file = (path: string, change: 'create' | 'edit' | 'delete' = 'create') => ({ path, change, symbols: [] })
