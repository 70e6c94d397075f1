// The planner's turns per task -> tokens, money and minutes, with every assumption said in words. Pure.

import { criticalPath } from './graph.ts'
import type { Estimate, Plan, PlanAnswer } from './plan.ts'
import type { PlanFacts } from './plan-facts.ts'

/**
 * What a turn is taken to cost until measurements of a repository say better. Tokens per turn: the first turn reads `prefix` (conventions, outline, plan,
 * contracts; shared, so from the cache for all but one sibling), each later one what was there plus `growth`. Seconds: 8 to 30 were measured, 20 is between.
 */
const assumed = {
  prefixTokens: 16_000,
  growthTokens: 2_500,
  outputTokens: 900,
  secondsPerTurn: 20,
  gateMinutes: 2,
  repairShare: 0.25,
} as const

/** Computes the estimate. Repair is in it: a quarter more turns. Minutes follow the execution mode: waves one after another, all at once, or the longest chain. */
export function estimateOf(
  plan: Pick<Plan, 'tasks'>,
  answered: PlanAnswer['estimate'],
  facts: Pick<PlanFacts, 'price' | 'config'>,
): Estimate {
  const tasks = plan.tasks.length
  const turnsPerTask = Math.max(1, Math.round(answered.turnsPerTask))
  const turns = Math.ceil(tasks * turnsPerTask * (1 + assumed.repairShare))
  const cached = turns * (assumed.prefixTokens + (assumed.growthTokens * (turnsPerTask - 1)) / 2)
  const fresh = turns * assumed.growthTokens + waveCount(plan) * assumed.prefixTokens
  const outputTokens = turns * assumed.outputTokens
  const { price } = facts
  const usd =
    price === undefined ? undefined : (cached * price.cacheRead + fresh * price.cacheWrite + outputTokens * price.output) / 1_000_000
  const minutes = minutesOf(plan, turnsPerTask, facts)
  return {
    tasks,
    turns,
    inputTokens: Math.round(cached + fresh),
    outputTokens,
    usd: usd === undefined ? undefined : Math.ceil(usd * 100) / 100,
    minutes,
    basis: `${tasks} tasks of about ${turnsPerTask} turns (${answered.basis.trim()}), a quarter more for repair; per turn ${assumed.outputTokens} tokens written and ${assumed.growthTokens} new ones read, the rest from the cache; ${assumed.secondsPerTurn} s a turn, ${assumed.gateMinutes} minutes a gate, ${facts.config.maxParallel} agents at once${price === undefined ? '; the model has no known price' : ''}.`,
  }
}

function waveCount(plan: Pick<Plan, 'tasks'>): number {
  return new Set(plan.tasks.map(({ wave }) => wave)).size
}

function minutesOf(plan: Pick<Plan, 'tasks'>, turnsPerTask: number, { config }: Pick<PlanFacts, 'config'>): number {
  const perTask = (turnsPerTask * assumed.secondsPerTurn) / 60
  const waves = [...new Set(plan.tasks.map(({ wave }) => wave))]
  const roundsIn = (count: number) => Math.ceil(count / config.maxParallel)
  const byWave = waves
    .map((wave) => roundsIn(plan.tasks.filter((task) => task.wave === wave).length))
    .reduce((sum, rounds) => sum + rounds, 0)
  const allAtOnce = roundsIn(plan.tasks.length)
  const rounds = { sequential: byWave, parallel: allAtOnce, adaptive: Math.max(criticalPath(plan.tasks).length, allAtOnce) }[
    config.executionMode
  ]
  return Math.ceil(rounds * perTask * (1 + assumed.repairShare) + waves.length * assumed.gateMinutes)
}
