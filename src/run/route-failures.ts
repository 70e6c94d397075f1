// Failures of a gate -> who mends them. A pure rule: to the cause, not to the place where it shows. Source: design, section 5.
import { contractTask } from '../gate/obligations.ts'
import type { Failure } from '../gate/verdict.ts'
import type { TaskId, WaveNumber } from '../ids.ts'
import { ownerOf, patternsOf } from '../plan/ownership.ts'
import { integratorFor, type Plan, type Task } from '../plan/plan.ts'

/** One agent's share of a repair round. */
export interface RepairShare {
  readonly task: TaskId
  readonly failures: readonly Failure[]
  /** Patterns it may write in this attempt. */
  readonly paths: readonly string[]
  /** Patterns it may not write although they are its own: tests that judge it. */
  readonly readOnly: readonly string[]
}

/** What the rule looks at. `known`: tasks of the plan that are done and were not skipped. */
export interface RoutingInput {
  readonly plan: Plan
  readonly wave: WaveNumber
  readonly failures: readonly Failure[]
  readonly known: ReadonlySet<string>
  /** Tests whose dispute a neutral reviewer upheld: these go to the tester. */
  readonly upheld: readonly string[]
  /** 1: the same failures came twice; one agent gets the paths of all owners involved. */
  readonly escalation: 0 | 1
}

/** Shares of the round, in plan order; failures that nobody can be asked about are in `orphans`. */
export function routeFailures(input: RoutingInput): { readonly shares: readonly RepairShare[]; readonly orphans: readonly Failure[] } {
  const routed = input.failures.map((failure) => ({ failure, task: causeOf(input, failure) }))
  const orphans = routed.flatMap(({ failure, task }) => (task === undefined ? [failure] : []))
  const byTask = Map.groupBy(
    routed.flatMap(({ failure, task }) => (task === undefined ? [] : [{ failure, task }])),
    ({ task }) => task.id,
  )
  const shares = input.plan.tasks.flatMap((task): RepairShare[] => {
    const mine = byTask.get(task.id)?.map(({ failure }) => failure)
    return mine === undefined ? [] : [shareOf(input, task, mine)]
  })
  return { shares: input.escalation === 1 ? combine(input, shares) : shares, orphans }
}

function shareOf(input: RoutingInput, task: Task, failures: readonly Failure[]): RepairShare {
  const own = patternsOf(task)
  // A file nobody owns comes with a grant for this one attempt.
  const granted = failures.flatMap((failure) =>
    failure.file !== undefined && ownerOf(input.plan, failure.file) === undefined ? [failure.file] : [],
  )
  const assertions = failures.filter((failure) => failure.kind === 'test' && !input.upheld.includes(failure.test ?? ''))
  return { task: task.id, failures, paths: [...new Set([...own, ...granted])], readOnly: assertions.length > 0 ? ['**/*_test.go'] : [] }
}

/** Where the cause of a failure lies, by kind. */
function causeOf(input: RoutingInput, failure: Failure): Task | undefined {
  const absent = taskStoodFor(input, failure)
  if (absent !== undefined) return absent
  const owner = taskOwning(input, failure.file)
  switch (failure.kind) {
    case 'test':
    case 'race':
    case 'benchmark':
      return failure.test !== undefined && input.upheld.includes(failure.test)
        ? owner
        : (ownerOfCodeUnderTest(input, failure) ?? owner ?? integrator(input))
    case 'missing-symbol':
    case 'not-conforming':
    case 'compile':
      return ownerOfSymbol(input, failure.symbol) ?? owner ?? integrator(input)
    case 'not-mounted':
    case 'not-constructed':
    case 'module':
    case 'replace':
    case 'architecture':
    case 'no-packages':
      return integrator(input) ?? owner
    case 'coverage':
      return testerOf(input, failure) ?? owner ?? integrator(input)
    default:
      return owner ?? ownerOfSymbol(input, failure.symbol) ?? integrator(input)
  }
}

/** The task whose contract is there in place of its code. One that was left out is asked too: nobody else may write there. */
function taskStoodFor({ plan, wave }: RoutingInput, { message }: Failure): Task | undefined {
  const id = contractTask(message)
  return plan.tasks.find((task) => task.id === id && task.wave <= wave)
}

function taskOwning(input: RoutingInput, file: string | undefined): Task | undefined {
  if (file === undefined) return undefined
  const owner = ownerOf(input.plan, file)
  return owner !== undefined && input.known.has(owner.id) ? owner : undefined
}

/** The owner of the declaration: an undefined or wrong symbol is mended where it should be declared. */
function ownerOfSymbol(input: RoutingInput, symbol: string | undefined): Task | undefined {
  if (symbol === undefined) return undefined
  const bare = symbol.slice(symbol.lastIndexOf('.') + 1)
  const candidates = known(input).filter((task) =>
    task.files.some((file) => !file.path.endsWith('_test.go') && file.symbols.some((declared) => lastName(declared) === bare)),
  )
  return candidates.length === 1 ? candidates[0] : undefined
}

function lastName(symbol: string): string {
  return symbol.slice(symbol.lastIndexOf('.') + 1)
}

/** A failing assertion goes to the owner of the package's code, not of its test; a test of the whole goes to the integrator. */
function ownerOfCodeUnderTest(input: RoutingInput, failure: Failure): Task | undefined {
  const directory = failure.file === undefined ? failure.package : failure.file.slice(0, Math.max(0, failure.file.lastIndexOf('/')))
  if (directory === undefined) return undefined
  const inPackage = known(input).filter((task) =>
    task.files.some((file) => file.path.endsWith('.go') && !file.path.endsWith('_test.go') && directoryMatches(file.path, directory)),
  )
  if (inPackage.length <= 1) return inPackage[0]
  const named = inPackage.filter((task) =>
    task.files.some((file) =>
      file.symbols.some((symbol) => failure.test?.includes(lastName(symbol)) === true || failure.message.includes(lastName(symbol))),
    ),
  )
  return named.at(-1) ?? inPackage.at(-1)
}

function directoryMatches(path: string, directory: string): boolean {
  const own = path.slice(0, Math.max(0, path.lastIndexOf('/')))
  return own === directory || directory.endsWith(`/${own}`)
}

function testerOf(input: RoutingInput, failure: Failure): Task | undefined {
  return known(input).find((task) =>
    task.files.some(
      (file) => file.path.endsWith('_test.go') && failure.package !== undefined && directoryMatches(file.path, failure.package),
    ),
  )
}

function integrator(input: RoutingInput): Task | undefined {
  const planned = integratorFor(input.plan, input.wave)
  if (planned !== undefined && input.known.has(planned.id)) return planned
  return (
    known(input)
      .filter((task) => task.integrates)
      .at(-1) ??
    known(input)
      .filter((task) => task.wave <= input.wave)
      .at(-1)
  )
}

function known(input: RoutingInput): readonly Task[] {
  return input.plan.tasks.filter((task) => input.known.has(task.id))
}

// The same failures again: whoever has most of them gets the paths of all who are involved.
function combine(input: RoutingInput, shares: readonly RepairShare[]): readonly RepairShare[] {
  const lead = [...shares].sort((a, b) => b.failures.length - a.failures.length)[0]
  if (lead === undefined) return []
  const places = shares.flatMap((share) => share.failures).map((failure) => taskOwning(input, failure.file))
  const involved = new Set([...shares.map((share) => share.task), ...places.flatMap((task) => (task === undefined ? [] : [task.id]))])
  const paths = input.plan.tasks.filter((task) => involved.has(task.id)).flatMap(patternsOf)
  return [
    {
      task: lead.task,
      failures: shares.flatMap((share) => share.failures),
      paths: [...new Set([...paths, ...lead.paths])],
      readOnly: [...new Set(shares.flatMap((share) => share.readOnly))],
    },
  ]
}
