// A plan -> what is shown before a person says yes: tasks by wave, what is left out, what stands in the way, money and minutes with their basis.
import type { Plan, Task } from '../plan/plan.ts'
import type { RunState } from '../run/state.ts'
import { plainLine } from './plain-line.ts'
import { waveNames } from './standing.ts'
import { cutColumns } from './terminal-line.ts'
import { count, listSome, sayTokens, sayUsd } from './words.ts'

/** The lines, joined; empty while there is no plan. `width`: columns; longer lines are cut. */
export function renderEstimate(state: RunState, width = 120): string {
  const { plan } = state
  if (plan === undefined) return ''
  const sections = [
    [plainLine(`${state.feature?.title ?? state.spec.source}`, width), plainLine(plan.summary, 1_000)],
    ...state.waves.map((wave) => waveLines(plan, wave.wave)),
    assumed(plan),
    beside(state, plan),
    estimateLines(state, plan),
  ]
  const lines = sections.filter((section) => section.length > 0).flatMap((section, index) => (index === 0 ? section : ['', ...section]))
  return `${lines.map((line) => (line.startsWith('  ') ? cutColumns(line, width) : line)).join('\n')}\n`
}

function waveLines(plan: Plan, wave: Task['wave']): readonly string[] {
  const tasks = plan.tasks.filter((task) => task.wave === wave)
  const idWidth = Math.max(...plan.tasks.map((task) => task.id.length))
  const name = wave === 0 ? 'Foundation: prerequisites, the base’s own failures that stand in the way' : waveNames[wave]
  return [
    `Wave ${wave} ${name}`,
    ...tasks.map(
      (task) => `  ${task.id.padEnd(idWidth)}  ${plainLine(task.title, 80)} (${count(task.files.length, 'file')}${sayNeeds(task)})`,
    ),
  ]
}

function sayNeeds(task: Task): string {
  return task.needs.length === 0 ? '' : `; needs ${listSome(task.needs, 3)}`
}

function assumed({ assumptions = [] }: Plan): readonly string[] {
  return assumptions.length === 0 ? [] : ['Assumed, for you to decide:', ...assumptions.map((each) => `- ${plainLine(each, 300)}`)]
}

function beside(state: RunState, plan: Plan): readonly string[] {
  const base = state.baseMeasured
  const left = plan.skipped.map((skip) => `  ${skip.specialist}: ${plainLine(skip.reason, 200)}`)
  const folded = plan.tasks.flatMap((task) =>
    task.covers.map((duty) => `  ${duty.specialist}, covered by ${task.id}: ${plainLine(duty.reason, 200)}`),
  )
  const owners = new Set(plan.contracts.map((contract) => contract.task)).size
  return [
    `Contracts: ${count(plan.contracts.length, 'file')} of ${count(owners, 'task')}, type-checked; due later: ${count(plan.due.length, 'obligation')}`,
    ...(base === undefined
      ? []
      : [
          `Base: ${base.compiles ? 'compiles' : 'does not compile'}${base.failures.length === 0 ? '' : `, ${count(base.failures.length, 'failure')} there already`}`,
        ]),
    ...state.notSo.map((text) => `Existing context says what is not so: ${plainLine(text, 300)}`),
    ...(plan.modules.length === 0
      ? []
      : [`New modules: ${plan.modules.map((module) => plainLine(`${module.path} ${module.version}`)).join(', ')}`]),
    ...(left.length + folded.length === 0 ? [] : ['Left out:', ...left, ...folded]),
  ]
}

function estimateLines(state: RunState, plan: Plan): readonly string[] {
  const { estimate } = plan
  const tokens = `${sayTokens(estimate.inputTokens)} tokens in, ${sayTokens(estimate.outputTokens)} out`
  const money =
    estimate.usd === undefined
      ? 'no price is known for the model; token caps hold'
      : `${sayUsd(estimate.usd)} of ${sayUsd(state.config.budgetUsd)}`
  const over =
    estimate.usd !== undefined && estimate.usd > state.config.budgetUsd
      ? ['The estimate is above the cap: the run would stop and ask on the way.']
      : []
  return [
    `Estimate: ${money}, about ${estimate.minutes} min, ${count(estimate.tasks, 'task')}, ${estimate.turns} turns (${tokens})`,
    `Basis: ${plainLine(estimate.basis, 400)}`,
    `Spent so far: ${sayUsd(state.overhead.costUsd)} on reading and planning; ${state.config.executionMode}, ${state.config.qualityLevel}, up to ${count(state.config.maxParallel, 'agent')} at once`,
    ...over,
  ]
}
