// A checkout -> the analyzer's facts of all its modules, as one. That it cannot answer is a reason, not an error.
import { posix } from 'node:path'
import { WorldFault } from '../fault.ts'
import type { Analyzer } from '../go-analyzer.ts'
import type { GoFacts } from '../go-facts.ts'
import type { Checkout } from './measure-compile.ts'

/** Facts, and why some are missing. */
export interface FactsMeasure {
  readonly facts: GoFacts
  readonly stuck: readonly string[]
}

/** Facts of a tree that nothing is known of. */
export const noFacts: GoFacts = {
  modules: [],
  packages: [],
  excludedFiles: [],
  diagnostics: [],
  symbols: [],
  markers: [],
  interfaces: [],
  reachability: 'full',
  unreached: [],
  unusedFiles: [],
  routes: [],
  unmountedHandlers: [],
  duplicateTypes: [],
  tests: [],
  buildConstraints: [],
  directives: [],
  replaces: [],
}

/** Asks the analyzer about every module. Errors: UserFault when there is no go. */
export async function measureFacts(
  checkout: Checkout,
  ports: { readonly analyzer: Analyzer; readonly signal?: AbortSignal },
): Promise<FactsMeasure> {
  const all = await Promise.all(checkout.moduleDirs.map((dir) => factsOf(checkout.root, dir, ports)))
  return { facts: all.map((one) => one.facts).reduce(join, noFacts), stuck: all.flatMap((one) => one.stuck) }
}

async function factsOf(
  root: string,
  moduleDir: string,
  ports: { readonly analyzer: Analyzer; readonly signal?: AbortSignal },
): Promise<FactsMeasure> {
  try {
    const signal = ports.signal === undefined ? {} : { signal: ports.signal }
    return { facts: await ports.analyzer.facts({ root, dir: posix.join(root, moduleDir), ...signal }), stuck: [] }
  } catch (error) {
    if (error instanceof WorldFault) return { facts: noFacts, stuck: [`analyzer: ${(error.message.split('\n')[0] ?? '').slice(0, 300)}`] }
    throw error
  }
}

function join(a: GoFacts, b: GoFacts): GoFacts {
  return {
    modules: [...a.modules, ...b.modules],
    packages: [...a.packages, ...b.packages],
    excludedFiles: [...a.excludedFiles, ...b.excludedFiles],
    diagnostics: [...a.diagnostics, ...b.diagnostics],
    symbols: [...a.symbols, ...b.symbols],
    markers: [...a.markers, ...b.markers],
    interfaces: [...a.interfaces, ...b.interfaces],
    reachability: a.reachability === 'partial' ? 'partial' : b.reachability,
    unreached: [...a.unreached, ...b.unreached],
    unusedFiles: [...a.unusedFiles, ...b.unusedFiles],
    routes: [...a.routes, ...b.routes],
    unmountedHandlers: [...a.unmountedHandlers, ...b.unmountedHandlers],
    duplicateTypes: [...a.duplicateTypes, ...b.duplicateTypes],
    tests: [...a.tests, ...b.tests],
    buildConstraints: [...a.buildConstraints, ...b.buildConstraints],
    directives: [...a.directives, ...b.directives],
    replaces: [...a.replaces, ...b.replaces],
  }
}
