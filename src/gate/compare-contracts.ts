// Declared contracts of merged tasks -> how the tree's real declarations compare with them, by Go's type checker.
import { posix } from 'node:path'
import { WorldFault } from '../fault.ts'
import type { Analyzer, GoContractChecks } from '../go-analyzer.ts'
import type { Contract } from '../plan/plan.ts'
import type { Change } from './change.ts'
import { dueTasks } from './check-expected-files.ts'
import type { Checkouts } from './checkouts.ts'

/** Every compared symbol. `stuck`: contracts that could not be compared, and why. */
export interface ContractAnswer {
  readonly checks: GoContractChecks['checks']
  readonly stuck: readonly string[]
}

/** What comparing needs of a judgement. */
export interface ContractScene {
  readonly checkouts: Checkouts
  readonly ports: { readonly analyzer: Analyzer }
  readonly input: { readonly moduleDirs: readonly string[]; readonly signal?: AbortSignal }
}

/** Compares contracts of tasks whose work is in the tree; amends are held by the compiler. */
export async function compareContracts(change: Change, scene: ContractScene): Promise<ContractAnswer> {
  const tasks = new Set<string>(dueTasks(change).map((task) => task.id))
  const due = (change.plan?.contracts ?? []).filter((contract) => contract.kind === 'declare' && tasks.has(contract.task))
  const byModule = Map.groupBy(due, (contract) => moduleOf(contract, scene.input.moduleDirs))
  const answers = await Promise.all([...byModule].map(([dir, contracts]) => compareIn(dir, contracts, scene)))
  return { checks: answers.flatMap((one) => one.checks), stuck: answers.flatMap((one) => one.stuck) }
}

// The innermost module whose folder holds the file.
function moduleOf(contract: Contract, moduleDirs: readonly string[]): string {
  const holding = moduleDirs.filter((dir) => dir !== '.' && contract.path.startsWith(`${dir}/`))
  return holding.sort((a, b) => b.length - a.length)[0] ?? '.'
}

async function compareIn(moduleDir: string, contracts: readonly Contract[], scene: ContractScene): Promise<ContractAnswer> {
  const root = await scene.checkouts.head()
  const signal = scene.input.signal === undefined ? {} : { signal: scene.input.signal }
  try {
    const answer = await scene.ports.analyzer.contractChecks({ root, dir: posix.join(root, moduleDir), contracts, ...signal })
    return { checks: answer.checks, stuck: answer.faults.map((fault) => `contract ${fault.path} of ${fault.task}: ${fault.message}`) }
  } catch (error) {
    if (error instanceof WorldFault) return { checks: [], stuck: [`contracts: ${error.message}`] }
    throw error
  }
}
