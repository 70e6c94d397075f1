// Interfaces match implementations: contracts as declared, interfaces implemented, routes mounted, constructors reached from a main.
import type { GoInterface } from '../go-facts.ts'
import { type Change, type CheckFindings, findings, type MeasuredTree } from './change.ts'
import type { ContractAnswer } from './compare-contracts.ts'
import type { Finding } from './failure.ts'
import { isDue, type Owed, splitOwed } from './obligations.ts'
import { missingRoutes, unmountedRoutes } from './routes.ts'
import { isTestSupport, uncalledConstructors } from './unused-code.ts'

/** Judges the facts. `contracts`: the declared contracts of due tasks beside the tree. */
export function checkConformance(change: Change, contracts: ContractAnswer): CheckFindings {
  const owed = {
    interface: splitOwed(change, 'interface', sides(change, unimplemented)),
    route: splitOwed(change, 'route', sides(change, unmountedRoutes)),
    constructor: splitOwed(change, 'constructor', sides(change, uncalledConstructors)),
  }
  const { interfaces, routes } = change.head.facts
  return findings('conformance', {
    head: [
      ...contracts.checks.flatMap(contractFinding),
      ...owed.interface.now,
      ...owed.route.now,
      ...missingRoutes(change, (wave) => change.wave === undefined || wave <= change.wave),
      ...owed.constructor.now,
    ],
    due: [...owed.interface.later, ...owed.route.later, ...laterRoutes(change), ...owed.constructor.later],
    stuck: [...change.head.factsStuck, ...contracts.stuck],
    detail: `${contracts.checks.length} contracts, ${interfaces.filter((one) => !one.test).length} interfaces, ${routes.filter((one) => !one.test).length} routes`,
  })
}

function sides(
  change: Change,
  read: (tree: MeasuredTree) => readonly Owed[],
): { readonly head: readonly Owed[]; readonly base: readonly Owed[] } {
  return { head: read(change.head), base: change.base === undefined ? [] : read(change.base) }
}

function laterRoutes(change: Change) {
  return (change.plan?.due ?? []).filter((duty) => duty.what === 'route' && !isDue(change, duty.wave))
}

function contractFinding(check: ContractAnswer['checks'][number]): readonly Finding[] {
  if (check.state === 'same') return []
  const missing = check.state === 'missing'
  return [
    {
      check: 'conformance',
      kind: missing ? 'missing-symbol' : 'not-conforming',
      message: missing
        ? `${check.symbol} of the contract of ${check.task} is not declared; expected ${check.expected}.`
        : `${check.symbol} is ${check.found}; the contract of ${check.task} says ${check.expected}.`,
      file: check.file === '' ? check.path : check.file,
      package: check.package,
      symbol: check.symbol,
      hint: 'Declare it as the contract says: others compile against it. A contract is changed by request only.',
    },
  ]
}

/** Interfaces that ask for methods and that no production type has. A library's exported interfaces may be meant for its users. */
function unimplemented(tree: MeasuredTree): readonly Owed[] {
  const libraries = tree.facts.modules.filter((one) => !one.main).map((one) => one.path)
  const isForUsers = (one: GoInterface) =>
    one.exported && libraries.some((path) => one.package === path || one.package.startsWith(`${path}/`))
  return tree.facts.interfaces
    .filter((one) => !one.test && !one.empty && !one.constraint && !isTestSupport(one.file) && !isForUsers(one))
    .filter((one) => !one.implementers.some((type) => !type.test && !isTestSupport(type.file)))
    .map((one) => ({ finding: interfaceFinding(one), subjects: [`${one.package}.${one.name}`] }))
}

function interfaceFinding(one: GoInterface): Finding {
  return {
    check: 'conformance',
    kind: 'not-implemented',
    message: `No production type implements ${one.name}.`,
    file: one.file,
    line: one.line,
    package: one.package,
    symbol: one.name,
    hint: `Implement ${one.methods.length === 1 ? one.methods[0] : `its ${one.methods.length} methods`} on a type that the program uses.`,
  }
}
