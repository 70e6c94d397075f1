// Stubs and words that say work is unfinished -> findings, in new and changed lines only. What the base says already is the base's. Pure.
import type { GoMarker, GoSymbol } from '../go-facts.ts'
import type { Obligation } from '../plan/plan.ts'
import { type Change, generatedFiles, type MeasuredTree } from './change.ts'
import type { Finding } from './failure.ts'
import { contractTask, laterTasks } from './obligations.ts'

/** Functions that do nothing yet, and comments or texts that say so; later: bodies of contracts that a later wave fills. Generated code and test doubles may. */
export function findStubs(change: Change): { readonly now: readonly Finding[]; readonly later: readonly Obligation[] } {
  const { head } = change
  const generated = generatedFiles(head)
  const stubs = head.facts.symbols.filter(
    (one) => one.stub !== undefined && isJudged(one) && !generated.has(one.file) && isNewCode(change, one),
  )
  const markers = newMarkers(change).filter((one) => !generated.has(one.file) && !stubs.some((stub) => holds(stub, one)))
  const tasks = laterTasks(change)
  const waveOf = (one: GoSymbol) => (one.stub?.reason === 'contract' ? tasks.get(contractTask(one.stub.text) ?? '') : undefined)
  return {
    now: [...stubs.filter((one) => waveOf(one) === undefined).map(stubFinding), ...markers.map(markerFinding)],
    later: stubs.flatMap((one): readonly Obligation[] => {
      const wave = waveOf(one)
      return wave === undefined ? [] : [{ what: 'file', subject: one.file, wave }]
    }),
  }
}

// A double in a test may panic when it is called; a contract's body is no work of anybody, wherever it stands.
function isJudged(symbol: GoSymbol): boolean {
  return !symbol.test || symbol.stub?.reason === 'contract'
}

function isNewCode(change: Change, symbol: GoSymbol): boolean {
  if (change.base === undefined) return true
  const added = change.addedLines.get(symbol.file)
  return added !== undefined && [...added].some((line) => line >= symbol.line && line <= symbol.endLine)
}

function holds(symbol: GoSymbol, marker: GoMarker): boolean {
  return symbol.file === marker.file && marker.line >= symbol.line && marker.line <= symbol.endLine
}

function newMarkers(change: Change): readonly GoMarker[] {
  const words = change.config.ignoreStubWords.map((word) => word.toLowerCase())
  const isIgnored = (one: GoMarker) => words.some((word) => one.text.toLowerCase().includes(word))
  const fresh = change.head.facts.markers.filter(
    (one) => !isIgnored(one) && (change.base === undefined || change.addedLines.get(one.file)?.has(one.line) === true),
  )
  return fresh.filter((one) => isMore(change, one))
}

// Text that moved from one file to another is not new: there is as much of it as before.
function isMore(change: Change, marker: GoMarker): boolean {
  const count = (tree: MeasuredTree | undefined) =>
    tree?.facts.markers.filter((one) => one.text === marker.text && one.kind === marker.kind).length ?? 0
  return count(change.head) > count(change.base)
}

const reasons: Readonly<Record<NonNullable<GoSymbol['stub']>['reason'], string>> = {
  panics: 'does nothing but panic',
  'not-implemented': 'only says that it is not implemented',
  'status-501': 'only answers 501',
  'todo-only': 'is empty but for a TODO',
  contract: 'is still the body of a contract',
}

function stubFinding(symbol: GoSymbol): Finding {
  const name = symbolName(symbol)
  const { reason, text } = symbol.stub ?? { reason: 'panics', text: '' }
  return {
    check: 'expected-files',
    kind: 'stub',
    message: `${name} ${reasons[reason]}${reason === 'contract' ? ` (${text})` : ''}.`,
    file: symbol.file,
    line: symbol.line,
    package: symbol.package,
    symbol: name,
    hint: 'Write the real thing, or take the declaration away.',
  }
}

function markerFinding(marker: GoMarker): Finding {
  return {
    check: 'expected-files',
    kind: 'stub',
    message: `${marker.in === 'comment' ? 'A comment' : 'A text'} says that work is unfinished: ${marker.text}`,
    file: marker.file,
    line: marker.line,
    hint: 'Do what it says is missing, then remove the words.',
  }
}

/** `Charge`, `Quota.Charge`: how a symbol is named in findings and subjects, without its package. */
export function symbolName(symbol: { readonly name: string; readonly receiver?: string | undefined }): string {
  return symbol.receiver === undefined ? symbol.name : `${symbol.receiver}.${symbol.name}`
}
