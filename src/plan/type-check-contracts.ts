// Contracts and a checkout of the base commit -> do they type-check over it, in words with contract and line; and what they declare.
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { UserFault, WorldFault } from '../fault.ts'
import type { Analyzer, GoOverlay, GoTree } from '../go-analyzer.ts'
import type { GoDiagnostic, GoFacts, GoSymbol } from '../go-facts.ts'
import type { CheckContracts, ContractCheck } from './contract-check.ts'
import type { Contract } from './plan.ts'
import type { DeclaredSymbol } from './plan-facts.ts'

/** Where contracts are tried. `tree`: a checkout of the base commit that nobody else uses, for folders that only the overlay has are made in it; absolute paths. */
export interface ContractGround {
  readonly analyzer: Pick<Analyzer, 'overlay' | 'facts'>
  readonly tree: Pick<GoTree, 'root' | 'dir' | 'tags'>
  /** A new folder per call: overlays of earlier answers stay as they were. Absolute. */
  readonly newOutDir: () => string
  /** Files of the tree that count as absent, see OverlayRequest. */
  readonly standIns?: readonly string[]
  /** Facts of the base commit, when somebody has them already. */
  readonly baseFacts?: GoFacts
}

/** Errors told at most; one wrong type makes dozens. Chosen by taste. */
const maxErrors = 40

/** The type check over one checkout. What was broken at the base is nobody's fault here. */
export function typeCheckContracts(ground: ContractGround): CheckContracts {
  let base: Promise<GoFacts> | undefined = ground.baseFacts === undefined ? undefined : Promise.resolve(ground.baseFacts)
  return async (contracts, signal) => {
    try {
      base ??= ground.analyzer.facts({ ...ground.tree, signal })
      return await check({ ground, contracts, signal, base: await base })
    } catch (error) {
      if (ground.baseFacts === undefined) base = undefined
      if (error instanceof WorldFault || error instanceof UserFault) return { kind: 'could-not-run', why: error.message }
      throw error
    }
  }
}

interface Checking {
  readonly ground: ContractGround
  readonly contracts: readonly Contract[]
  readonly signal: AbortSignal
  readonly base: GoFacts
}

async function check({ ground, contracts, signal, base }: Checking): Promise<ContractCheck> {
  const { analyzer, tree } = ground
  const outDir = ground.newOutDir()
  await mkdir(outDir, { recursive: true })
  const overlay = await analyzer.overlay({ ...tree, outDir, contracts, standIns: ground.standIns ?? [], signal })
  const unusable = [
    ...overlay.faults.map((fault) => said(contracts, fault, fault.message)),
    ...overlay.dropped.map((symbol) => alreadyThere(contracts, symbol)),
  ]
  await Promise.all(overlay.emptyDirs.map((dir) => mkdir(join(tree.root, dir), { recursive: true })))
  const facts = await analyzer.facts({ ...tree, overlay: overlay.overlayFile, signal })
  const errors = newErrors(base.diagnostics, facts.diagnostics)
  const placed = await Promise.all(errors.slice(0, maxErrors).map((error) => inWords(contracts, error, overlay)))
  const more = errors.length > maxErrors ? [`${errors.length - maxErrors} more type errors come of the contracts.`] : []
  return {
    kind: 'checked',
    faults: [...new Set([...unusable, ...placed, ...more])],
    declared: declaredIn({ contracts, overlay, base, facts }),
  }
}

/** Errors that the base does not have. Lines move in amended files, so an error is its file and words; as many as at the base are the base's. */
function newErrors(before: readonly GoDiagnostic[], after: readonly GoDiagnostic[]): readonly GoDiagnostic[] {
  const left = new Map<string, number>()
  const keyOf = (error: GoDiagnostic) => `${error.kind} ${error.file} ${error.message}`
  for (const error of before) left.set(keyOf(error), (left.get(keyOf(error)) ?? 0) + 1)
  return after.filter((error) => {
    const known = left.get(keyOf(error)) ?? 0
    left.set(keyOf(error), known - 1)
    return known <= 0
  })
}

async function inWords(contracts: readonly Contract[], error: GoDiagnostic, overlay: GoOverlay): Promise<string> {
  const overlaid = overlay.files.find(({ path }) => path === error.file)
  if (overlaid === undefined)
    return `With the contracts, ${error.file}:${error.line} no longer compiles: ${error.message}. Plan that file as an edit and amend what it declares, or change the contract.`
  const text = await readFile(overlaid.generated, 'utf8').catch(() => '')
  const line = text.split('\n')[error.line - 1]?.trim() ?? ''
  const own = contracts.filter((contract) => contract.path === error.file)
  const written = own.map((contract) => ({
    contract,
    at: line === '' ? -1 : contract.source.split('\n').findIndex((each) => each.trim() !== '' && line.startsWith(each.trim())),
  }))
  const found = written.find(({ at }) => at >= 0)
  const contract = found?.contract ?? own.at(-1)
  return contract === undefined
    ? `${error.file}:${error.line}: ${error.message}`
    : said(contracts, { task: contract.task, path: contract.path, line: (found?.at ?? -1) + 1 }, error.message)
}

/** `Contract 2 (w1-entity-architect, internal/x/y.go), line 3: undefined: uuid`. */
function said(
  contracts: readonly Contract[],
  at: { readonly task: string; readonly path: string; readonly line: number },
  message: string,
): string {
  const number = contracts.findIndex(({ task, path }) => task === at.task && path === at.path) + 1
  return `Contract ${number > 0 ? `${number} ` : ''}(${at.task}, ${at.path})${at.line > 0 ? `, line ${at.line}` : ''}: ${message}`
}

function alreadyThere(contracts: readonly Contract[], symbol: GoOverlay['dropped'][number]): string {
  return said(
    contracts,
    { ...symbol, line: 0 },
    `${symbol.symbol} is declared already in ${symbol.file}:${symbol.line}. Use it as it is and leave it out, amend it, or choose another name.`,
  )
}

interface Declaring {
  readonly contracts: readonly Contract[]
  readonly overlay: GoOverlay
  readonly base: GoFacts
  readonly facts: GoFacts
}

/** Exported symbols of contract files that the base does not have. */
function declaredIn({ contracts, overlay, base, facts }: Declaring): readonly DeclaredSymbol[] {
  const before = new Set(base.symbols.map(nameOf))
  const taskOf = new Map(
    overlay.files.map(({ path, tasks }) => [path, contracts.find((contract) => contract.path === path)?.task ?? tasks[0] ?? '']),
  )
  const dirOf = new Map(facts.packages.map(({ path, dir }) => [path, dir]))
  return facts.symbols
    .filter(
      (symbol) =>
        taskOf.has(symbol.file) && symbol.exported && !symbol.test && symbol.receiver === undefined && !before.has(nameOf(symbol)),
    )
    .map((symbol) => ({
      task: taskOf.get(symbol.file) ?? '',
      path: symbol.file,
      subject: `${dirOf.get(symbol.package) ?? symbol.package}.${symbol.name}`,
      kind: kindOf(symbol, facts),
    }))
}

function nameOf(symbol: GoSymbol): string {
  return `${symbol.package} ${symbol.receiver ?? ''} ${symbol.name}`
}

/** An interface without methods, or one that only bounds type parameters, wants no implementation. A constructor gives a type of its own package. */
function kindOf(symbol: GoSymbol, facts: GoFacts): DeclaredSymbol['kind'] {
  if (symbol.kind === 'interface') {
    const known = facts.interfaces.find((one) => one.package === symbol.package && one.name === symbol.name)
    return known?.empty === true || known?.constraint === true ? 'other' : 'interface'
  }
  const makes =
    symbol.kind === 'func' && /^New(\p{Lu}|\p{N}|_|$)/u.test(symbol.name) && resultsOf(symbol.signature).includes(`${symbol.package}.`)
  return makes ? 'constructor' : 'other'
}

/** What follows the parameters of a canonical signature, `func(a.A, func(int) b.B) (*c.C, error)`. */
function resultsOf(signature: string): string {
  let depth = 0
  for (let at = signature.indexOf('('); at >= 0 && at < signature.length; at++) {
    if (signature[at] === '(') depth++
    if (signature[at] === ')' && --depth === 0) return signature.slice(at + 1)
  }
  return ''
}
