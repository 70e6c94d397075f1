// A plan and one thing that was granted, changed or left out -> the plan as it now is, or why not. Pure: whether to grant is decided elsewhere.
import type { TaskId, WaveNumber } from '../ids.ts'
import { dependentsOf } from './graph.ts'
import { findOverlaps, ownerOf, ownsPath, patternsOf } from './ownership.ts'
import type { Contract, Plan, Task } from './plan.ts'

/** What happened to the plan. Each comes from an event of the run, so a plan can be made again from its events. */
export type Amendment =
  /** A task may write one more path or pattern. */
  | { readonly kind: 'path'; readonly task: TaskId; readonly path: string }
  /** A contract has another text. `contract.path` names which of the task's. */
  | { readonly kind: 'contract'; readonly contract: Contract }
  | { readonly kind: 'module'; readonly module: Plan['modules'][number] }
  /** A task is not done. `consumers`: tasks that use its contracts, where somebody knows. */
  | { readonly kind: 'skip'; readonly task: TaskId; readonly reason: string; readonly consumers?: readonly TaskId[] }

/** The plan afterwards, or why it stays as it is, as a sentence for people and agents. */
export type Amended = { readonly kind: 'amended'; readonly plan: Plan } | { readonly kind: 'refused'; readonly reason: string }

/** Applies one amendment. */
export function amendPlan(plan: Plan, amendment: Amendment): Amended {
  switch (amendment.kind) {
    case 'path':
      return grantPath(plan, amendment)
    case 'contract':
      return changeContract(plan, amendment.contract)
    case 'module':
      return addModule(plan, amendment.module)
    case 'skip':
      return skipTask(plan, amendment)
  }
}

/** An answered request, as far as the plan is concerned. */
export interface PlanAnswered {
  readonly kind: 'path' | 'contract' | 'module'
  readonly subject: string
  readonly granted: boolean
  readonly contract?: Contract
  readonly module?: Plan['modules'][number]
}

/** The plan as it is after a request of a task was answered: a granted path, a changed contract, a fetched module stand in it; a refusal changes nothing. */
export function withAnswer(plan: Plan, task: TaskId, answer: PlanAnswered): Plan {
  const amendment = amendmentOf(task, answer)
  const amended = amendment === undefined ? undefined : amendPlan(plan, amendment)
  return amended?.kind === 'amended' ? amended.plan : plan
}

function amendmentOf(task: TaskId, { kind, subject, granted, contract, module }: PlanAnswered): Amendment | undefined {
  if (!granted) return undefined
  if (contract !== undefined) return { kind: 'contract', contract }
  if (module !== undefined) return { kind: 'module', module }
  return kind === 'path' ? { kind: 'path', task, path: subject } : undefined
}

/** The plan without the tasks that were skipped, and without what they alone owed. A task that others still depend on stays. */
export function withoutSkipped(plan: Plan, skipped: readonly { readonly task: TaskId; readonly reason: string }[]): Plan {
  // Dependents first: a task can go when all that needs it is gone.
  return plan.tasks.toReversed().reduce((sum, { id }) => {
    const skip = skipped.find(({ task }) => task === id)
    const amended = skip === undefined ? undefined : amendPlan(sum, { kind: 'skip', ...skip })
    return amended?.kind === 'amended' ? amended.plan : sum
  }, plan)
}

function grantPath(plan: Plan, { task: id, path }: { readonly task: TaskId; readonly path: string }): Amended {
  if (!plan.tasks.some((task) => task.id === id)) return unknownTask(plan, id)
  const tasks = plan.tasks.map(
    (task): Task => (task.id === id && !ownsPath(patternsOf(task), path) ? { ...task, paths: [...task.paths, path] } : task),
  )
  const before = new Set(findOverlaps(plan.tasks).map(({ path: shared }) => shared))
  const overlap = findOverlaps(tasks).find(({ path: shared, tasks: owners }) => owners.includes(id) && !before.has(shared))
  const owner = ownerOf(plan, path)
  const other =
    overlap?.tasks.find((one) => one !== id) ?? (owner?.files.some((file) => file.path === path) && owner.id !== id ? owner.id : undefined)
  return other === undefined ? { kind: 'amended', plan: { ...plan, tasks } } : refused(`${path} belongs to ${other}.`)
}

function changeContract(plan: Plan, contract: Contract): Amended {
  const at = plan.contracts.findIndex(({ task, path, kind }) => task === contract.task && path === contract.path && kind === contract.kind)
  if (at < 0) return refused(`${contract.task} has no contract in ${contract.path}.`)
  return { kind: 'amended', plan: { ...plan, contracts: plan.contracts.map((one, index) => (index === at ? contract : one)) } }
}

function addModule(plan: Plan, module: Plan['modules'][number]): Amended {
  const known = plan.modules.find(({ path }) => path === module.path)
  if (known === undefined) return { kind: 'amended', plan: { ...plan, modules: [...plan.modules, module] } }
  return known.version === module.version
    ? { kind: 'amended', plan }
    : refused(`The plan has ${known.path} in version ${known.version} already.`)
}

function skipTask(plan: Plan, { task: id, reason, consumers = [] }: Amendment & { readonly kind: 'skip' }): Amended {
  const task = plan.tasks.find((candidate) => candidate.id === id)
  if (task === undefined) return unknownTask(plan, id)
  const dependents = plan.tasks
    .map((other) => other.id)
    .filter((other) => other !== id && (dependentsOf(plan.tasks, id).includes(other) || consumers.includes(other)))
  if (dependents.length > 0)
    return refused(`${id} cannot be skipped: ${dependents.join(', ')} ${dependents.length === 1 ? 'depends' : 'depend'} on it.`)
  const tasks = plan.tasks.filter((other) => other !== task)
  if (tasks.length === 0) return refused(`${id} is the only task of the plan: cancel the run instead.`)
  return { kind: 'amended', plan: withoutTask({ ...plan, tasks }, task, reason) }
}

/** What the task alone owed is owed no more; what it alone served is named with the reason. */
function withoutTask(plan: Plan, task: Task, reason: string): Plan {
  const served = new Set(plan.tasks.flatMap(({ requirements }) => requirements))
  const folders = new Set(plan.tasks.flatMap(({ files }) => files.map(({ path }) => folderOf(path))))
  const gone = new Set(task.files.map(({ path }) => path as string))
  const lost = task.files.map(({ path }) => folderOf(path)).filter((folder) => !folders.has(folder))
  const isLost = (subject: string) => gone.has(subject) || lost.some((folder) => subject === folder || subject.startsWith(`${folder}.`))
  const waves = [...new Set(plan.tasks.map(({ wave }) => wave))]
  const left = task.requirements.filter((requirement) => !served.has(requirement))
  const still = new Set(plan.tasks.map(({ specialist }) => specialist))
  const out = [task.specialist, ...task.covers.map(({ specialist }) => specialist)].filter((specialist) => !still.has(specialist))
  return {
    ...plan,
    contracts: plan.contracts.filter((contract) => contract.task !== task.id),
    due: plan.due.filter(({ subject }) => !isLost(subject)).map((duty) => ({ ...duty, wave: fitting(waves, duty.wave) })),
    benchmarks: plan.benchmarks.filter((benchmark) => !isLost(benchmark.package)),
    skipped: [...plan.skipped, ...out.map((specialist) => ({ specialist, reason: `${task.id} was skipped: ${reason}` }))],
    withoutTask: [
      ...(plan.withoutTask ?? []),
      ...left.map((requirement) => ({ requirement, reason: `${task.id} was skipped: ${reason}` })),
    ],
  }
}

/** A wave that has no task any more has no gate: what is due then is due at the next, else at the last. */
function fitting(waves: readonly WaveNumber[], wave: WaveNumber): WaveNumber {
  return waves.find((candidate) => candidate >= wave) ?? waves.at(-1) ?? wave
}

function folderOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '.'
}

function unknownTask(plan: Plan, id: TaskId): Amended {
  return refused(`The plan has no task ${id}. Its tasks are ${plan.tasks.map((task) => task.id).join(', ')}.`)
}

function refused(reason: string): Amended {
  return { kind: 'refused', reason }
}
