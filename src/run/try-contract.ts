// A contract as its owner wants it -> what no longer type-checks with it, and which finished tasks would have to follow. Source: design, section 4.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Assignment } from '../agent/attempt.ts'
import type { ContractTrial } from '../agent/requests.ts'
import { withCheckouts } from '../gate/checkouts.ts'
import type { Sha, TaskId } from '../ids.ts'
import { withAnswer } from '../plan/amend-plan.ts'
import type { Contract, Plan } from '../plan/plan.ts'
import { typeCheckContracts } from '../plan/type-check-contracts.ts'
import { mergedIn } from './decide.ts'
import type { EffectContext } from './drive.ts'
import { moduleAt } from './module-of.ts'
import type { RunWorld } from './run-world.ts'
import { standInsWithout } from './siblings-overlay.ts'

/** What is tried: the plan with the new contract, on the commit that the asking task started from. */
export interface TrialRequest {
  readonly world: RunWorld
  readonly context: EffectContext
  readonly assignment: Assignment
  readonly contract: Contract
}

/**
 * All contracts that are not merged yet, with the new one among them, must type-check over the base. Tasks that finished already are compiled
 * against it one by one: those that break are named, for they can follow.
 */
export async function tryContract({ world, context, assignment, contract }: TrialRequest): Promise<ContractTrial> {
  const state = context.state()
  const { task } = assignment
  // Its real code is in the tree already: there the compiler speaks, not the contract.
  if (state.plan === undefined || assignment.merged.includes(task.id)) return { faults: [], requeues: [] }
  const before = state.plan
  const after = withAnswer(before, task.id, { kind: 'contract', subject: '', granted: true, contract })
  const trial = { world, context, before, after }
  const faults = await faultsAt({ ...trial, commit: assignment.base, without: new Set(assignment.merged) })
  if (faults.length > 0) return { faults, requeues: [] }
  const requeues: TaskId[] = []
  for (const other of Object.values(state.tasks)) {
    if (other.phase !== 'waiting' || other.id === task.id || other.commit === undefined || other.base === undefined) continue
    const without = new Set([...mergedIn(state, other.base), other.id])
    if ((await faultsAt({ ...trial, commit: other.commit, without })).length > 0) requeues.push(other.id)
  }
  return { faults: [], requeues }
}

// New faults: those that the contracts as they were do not have. What a finished task lacks without any contract is not its fault.
async function faultsAt(at: {
  readonly world: RunWorld
  readonly context: EffectContext
  readonly before: Plan
  readonly after: Plan
  readonly commit: Sha
  /** Tasks whose real code the commit has. */
  readonly without: ReadonlySet<TaskId>
}): Promise<readonly string[]> {
  const { world, context, commit, without } = at
  const { signal } = context
  const analyzer = world.agentsAnalyzer
  const standIns = standInsWithout(context.state(), without)
  const left = (plan: Plan) => plan.contracts.filter((contract) => !without.has(contract.task))
  const dir = await moduleAt(world.git, commit, context.state().config.outputDir)
  return withCheckouts({ git: world.git, workDir: world.folders.work, head: commit, base: undefined }, async (checkouts) => {
    const root = await checkouts.head()
    const tree = { root, dir: join(root, dir) }
    const old = await analyzer.overlay({ ...tree, outDir: join(checkouts.scratch, 'before'), contracts: left(at.before), standIns, signal })
    await Promise.all(old.emptyDirs.map((empty) => mkdir(join(root, empty), { recursive: true })))
    const baseFacts = await analyzer.facts({ ...tree, overlay: old.overlayFile, signal })
    const check = typeCheckContracts({ analyzer, tree, newOutDir: () => join(checkouts.scratch, 'after'), standIns, baseFacts })
    const answer = await check(left(at.after), signal)
    return answer.kind === 'checked' ? answer.faults : [answer.why]
  })
}
