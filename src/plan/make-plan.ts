// Feature, repository and team -> Plan, by one conversation with the planner. Its answer is held against the rules; faults go back in words, twice.
import type { Config } from '../config.ts'
import type { Feature } from '../feature/feature.ts'
import { asRepoPath, asTaskId, type RunId } from '../ids.ts'
import type { ConversationEnd, ConversationUse, Converse, Tool, TurnReport } from '../world.ts'
import { checkPlan } from './check-plan.ts'
import type { CheckContracts, ContractCheck } from './contract-check.ts'
import type { SpecialistSet } from './load-specialists.ts'
import { type Plan, PlanAnswer } from './plan.ts'
import type { PlanFacts } from './plan-facts.ts'
import { plannerFirstMessage, plannerSystem } from './plan-prompt.ts'

/** What is planned, and in what. */
export interface PlanRequest {
  readonly run: RunId
  /** From 1; a later one is a new conversation. */
  readonly attempt: number
  readonly feature: Feature
  readonly config: Config
  readonly specialists: Pick<SpecialistSet, 'specialists' | 'planner'>
  /** Packages, files and exported declarations of the base commit, as text. */
  readonly outline: string
  readonly base: Pick<PlanFacts, 'files' | 'links' | 'baseFailures'>
  readonly signal: AbortSignal
  readonly finishTurn?: AbortSignal
  readonly afterTurn?: (turn: TurnReport) => Promise<void>
}

/** What planning needs of the outside. `readTools`: the planner's eyes on the base commit; they write nothing and end nothing. */
export interface PlanPorts {
  readonly converse: Converse
  readonly readTools: readonly Tool<never>[]
  readonly checkContracts: CheckContracts
  readonly whyProtected: PlanFacts['whyProtected']
  /** Price of the builder's model, for the estimate. */
  readonly price: PlanFacts['price']
}

/** How planning ends. `unchecked`: the contracts could not be type-checked, so nobody knows whether the plan holds. `stopped`: the conversation ended without a plan. */
export type PlanOutcome = { readonly use: ConversationUse } & (
  | { readonly kind: 'plan'; readonly plan: Plan }
  | { readonly kind: 'faults'; readonly faults: readonly string[] }
  | { readonly kind: 'unchecked'; readonly why: string }
  | { readonly kind: 'stopped'; readonly end: Exclude<ConversationEnd<Submitted>, { readonly kind: 'ended' }> }
)

/** How `submit_plan` ends the conversation. */
export type Submitted =
  | { readonly kind: 'plan'; readonly plan: Plan }
  | { readonly kind: 'faults'; readonly faults: readonly string[] }
  | { readonly kind: 'unchecked'; readonly why: string }

/** Faulty answers that go back to the planner; the next faulty one ends it. Source: design, section 4 and style, "Types, errors". */
const returns = 2

/**
 * Bounds beside the money. A planner reads for 10 to 30 turns; 60 leave room for two corrections. 3 million tokens bound a model without a price.
 * 45 minutes: 60 turns of at most 45 s. Chosen by taste.
 */
const limits = { maxTurns: 60, maxTokens: 3_000_000, maxWallMs: 45 * 60_000 } as const

/** Plans. Never more than `planBudgetUsd`. Errors: those of the ports. */
export async function makePlan(request: PlanRequest, ports: PlanPorts): Promise<PlanOutcome> {
  const { planner, specialists } = request.specialists
  const briefing = { ...request, planner, specialists, baseFailures: request.base.baseFailures }
  const { end, use } = await ports.converse<Submitted>({
    key: { run: request.run, about: 'plan', attempt: request.attempt },
    role: planner.model,
    effort: planner.effort,
    system: plannerSystem(briefing),
    firstMessage: plannerFirstMessage(briefing),
    tools: [...ports.readTools, submitPlan(request, ports)],
    limits: { ...limits, maxUsd: request.config.planBudgetUsd },
    signal: request.signal,
    ...(request.finishTurn === undefined ? {} : { finishTurn: request.finishTurn }),
    ...(request.afterTurn === undefined ? {} : { afterTurn: request.afterTurn }),
  })
  return end.kind === 'ended' ? { ...end.value, use } : { kind: 'stopped', end, use }
}

/** The ending tool. Faults are counted per process: after a resume the planner may correct itself as often again, within the same money. */
function submitPlan(request: PlanRequest, ports: Omit<PlanPorts, 'converse' | 'readTools'>): Tool<Submitted, typeof PlanAnswer> {
  let returned = 0
  return {
    name: 'submit_plan',
    description:
      'Hands in the whole plan and ends your work, or answers with its faults: then mend those and hand in the whole plan again.',
    input: PlanAnswer,
    async run(answer, { signal }) {
      const submitted = await judge({ answer, request, ports, signal })
      if (submitted.kind === 'plan') return { text: 'The plan holds.', isError: false, ends: submitted }
      if (submitted.kind === 'unchecked') return { text: submitted.why, isError: true, ends: submitted }
      const text = `The plan has ${submitted.faults.length} fault${submitted.faults.length === 1 ? '' : 's'}. Mend these and nothing else, then hand in the whole plan again.\n\n${submitted.faults.map((fault) => `- ${fault}`).join('\n')}`
      return returned++ < returns ? { text, isError: true } : { text, isError: true, ends: submitted }
    },
  }
}

interface Judging {
  readonly answer: PlanAnswer
  readonly request: PlanRequest
  readonly ports: Omit<PlanPorts, 'converse' | 'readTools'>
  readonly signal: AbortSignal
}

async function judge({ answer, request, ports, signal }: Judging): Promise<Submitted> {
  const facts: PlanFacts = {
    ...request.base,
    feature: request.feature,
    config: request.config,
    specialists: request.specialists.specialists,
    whyProtected: ports.whyProtected,
    price: ports.price,
    contractFaults: [],
    declared: [],
  }
  const first = checkPlan(answer, facts)
  const contracts = await checkContracts(answer, first.kind === 'faults' ? first.faults : [], () =>
    ports.checkContracts(typed(answer), signal),
  )
  if (contracts.kind === 'could-not-run') return { kind: 'unchecked', why: contracts.why }
  return checkPlan(answer, { ...facts, contractFaults: contracts.faults, declared: contracts.declared })
}

/** Contracts in places that do not hold are not laid over anything: their paths are checked before they are used. */
async function checkContracts(answer: PlanAnswer, faults: readonly string[], check: () => Promise<ContractCheck>): Promise<ContractCheck> {
  if (answer.contracts.length === 0) return { kind: 'checked', faults: [], declared: [] }
  const misplaced = answer.contracts.some(({ path }) => faults.some((fault) => fault.includes(path) || fault.startsWith('Contract ')))
  if (!misplaced) return check()
  return {
    kind: 'checked',
    faults: ['The contracts were not type-checked yet, because the faults above are about where they stand.'],
    declared: [],
  }
}

function typed(answer: PlanAnswer): Plan['contracts'] {
  return answer.contracts.map((contract) => ({ ...contract, task: asTaskId(contract.task), path: asRepoPath(contract.path) }))
}
