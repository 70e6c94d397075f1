// Types that are declared twice -> findings for those that the base does not have as often. Pure.
import type { GoDuplicateType } from '../go-facts.ts'
import { type Change, generatedFiles, type MeasuredTree } from './change.ts'
import type { Finding } from './failure.ts'
import { isTestSupport } from './unused-code.ts'

/** New duplicates. Two requests that happen to have the same fields under different names are no duplicate. */
export function newDuplicates(change: Change): readonly Finding[] {
  const before = new Map(change.base === undefined ? [] : duplicatesOf(change.base).map((one) => [keyOf(one), one.places.length]))
  return duplicatesOf(change.head)
    .filter((one) => one.places.length > (before.get(keyOf(one)) ?? 0))
    .map((one) => toFinding(change, one))
}

function duplicatesOf(tree: MeasuredTree): readonly GoDuplicateType[] {
  const generated = generatedFiles(tree)
  return tree.facts.duplicateTypes
    .map((one) => ({
      ...one,
      places: one.places.filter((place) => !place.test && !generated.has(place.file) && !isTestSupport(place.file)),
    }))
    .filter((one) => one.places.length > 1 && new Set(one.places.map((place) => place.name)).size === 1)
    .filter((one) => one.scope === 'module' || !one.places.every((place) => place.constraint !== undefined))
}

function keyOf(one: GoDuplicateType): string {
  return `${one.scope} ${one.name} ${one.shape}`
}

function toFinding(change: Change, one: GoDuplicateType): Finding {
  const known = new Set(change.base?.facts.symbols.map((symbol) => `${symbol.file} ${symbol.name}`))
  const fresh = one.places.find((place) => !known.has(`${place.file} ${place.name}`)) ?? one.places.at(-1)
  const others = one.places.filter((place) => place !== fresh).map((place) => `${place.file}:${place.line}`)
  return {
    check: 'naming',
    kind: 'duplicate-type',
    message: `${one.name} is declared already, ${one.shape === 'identical' ? 'just the same' : 'in a like shape'}: ${others.join(', ')}.`,
    ...(fresh === undefined ? {} : { file: fresh.file, line: fresh.line, package: fresh.package }),
    symbol: one.name,
    hint: 'Use the type that is there, or give this one the name of what it really is.',
  }
}
