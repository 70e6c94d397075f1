// Changed Go files of an attempt -> what the analyzer finds wrong with them, in words for the agent: planned symbols that are missing, stubs.
import { existsSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import type { Assignment } from '../agent/attempt.ts'
import { contractTask } from '../gate/obligations.ts'
import type { Analyzer, GoTree } from '../go-analyzer.ts'
import type { GoFacts } from '../go-facts.ts'
import type { TreeChange } from '../world.ts'

/** What is checked. `tree` is looked at through the siblings' contracts. */
export interface FactCheck {
  readonly analyzer: Pick<Analyzer, 'facts'>
  readonly tree: GoTree
  readonly assignment: Assignment
  readonly changes: readonly TreeChange[]
  /** Lines that the attempt added, by path: what stood there before is not its work. Asked only when something has to be told apart. */
  readonly addedLines: () => Promise<ReadonlyMap<string, ReadonlySet<number>>>
}

/** Faults in words; empty when there are none or no Go file changed. */
export async function checkFacts({ analyzer, tree, assignment, changes, addedLines }: FactCheck): Promise<readonly string[]> {
  const changed = new Set(
    changes.filter((change) => change.change !== 'deleted' && change.path.endsWith('.go')).map((change) => change.path as string),
  )
  if (changed.size === 0) return []
  const patterns = patternsOf(tree, [...changed, ...planned(assignment)])
  const facts = await analyzer.facts({ ...tree, ...(patterns.length === 0 ? {} : { patterns }) })
  return [
    ...missingSymbols(facts, assignment),
    ...(await stubs(facts, addedLines)),
    ...ownStandIns(facts, assignment),
    ...broken(facts, changed),
  ]
}

function planned({ task, brief }: Assignment): readonly string[] {
  return brief.kind === 'repair'
    ? []
    : task.files.filter((file) => file.change !== 'delete' && file.path.endsWith('.go')).map((file) => file.path)
}

// Only what stands in these files is asked about, so only their packages are. A folder that `./...` would not enter is left out, as it would be.
function patternsOf({ root, dir }: GoTree, files: readonly string[]): readonly string[] {
  const folders = [...new Set(files.map((file) => relative(dir, join(root, dirname(file)))))]
  const entered = folders.filter(
    (folder) => !folder.split('/').some((part) => /^(?:\.|_)./u.test(part) || part === 'testdata' || part === 'vendor'),
  )
  return entered.filter((folder) => existsSync(join(dir, folder))).map((folder) => (folder === '' ? '.' : `./${folder}`))
}

function missingSymbols(facts: GoFacts, { task, brief }: Assignment): readonly string[] {
  if (brief.kind === 'repair') return []
  return task.files
    .filter((file) => file.change !== 'delete' && file.path.endsWith('.go'))
    .flatMap((file) => {
      const declared = new Set(facts.symbols.filter((symbol) => symbol.file === file.path).flatMap((symbol) => namesOf(symbol)))
      return file.symbols
        .filter((symbol) => !declared.has(bare(symbol)))
        .map((symbol) => `${file.path} is planned to declare ${symbol} and does not.`)
    })
}

// `(*Quota).Charge`, `Quota.Charge` and a plain `Charge` all mean the method.
function bare(symbol: string): string {
  return symbol.replace(/[()*\s]/gu, '')
}

function namesOf(symbol: GoFacts['symbols'][number]): readonly string[] {
  const receiver = symbol.receiver === undefined || symbol.receiver === '' ? undefined : bare(symbol.receiver)
  return receiver === undefined ? [symbol.name] : [`${receiver}.${symbol.name}`, symbol.name]
}

async function stubs(facts: GoFacts, addedLines: FactCheck['addedLines']): Promise<readonly string[]> {
  const found = facts.symbols.filter(({ stub }) => stub !== undefined && stub.reason !== 'contract')
  if (found.length === 0) return []
  const added = await addedLines()
  const isNew = ({ file, line, endLine }: GoFacts['symbols'][number]) =>
    [...(added.get(file) ?? [])].some((one) => one >= line && one <= endLine)
  return found.filter(isNew).map(({ file, line, name, stub }) => `${file}:${line} ${name} is a stub (${stub?.text}).`)
}

// Bodies that the seams gave to what the task itself has to write.
function ownStandIns(facts: GoFacts, { task }: Assignment): readonly string[] {
  return facts.symbols.flatMap(({ stub, file, line, name }) =>
    stub?.reason === 'contract' && contractTask(stub.text) === task.id
      ? [`${file}:${line} ${name} still has the body that stands for your contract: write the real one.`]
      : [],
  )
}

/** Errors told at most. Chosen: the first ones usually cause the rest. */
const mostErrors = 15

function broken(facts: GoFacts, changed: ReadonlySet<string>): readonly string[] {
  const errors = facts.diagnostics.filter((diagnostic) => changed.has(diagnostic.file))
  return errors.slice(0, mostErrors).map((error) => `${error.file}:${error.line}: ${error.message}`)
}
