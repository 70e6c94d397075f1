// Feature -> the names that its specification spells as code: what of the repository a prompt shows first.
import type { Feature } from './feature.ts'

/** At most this many. Chosen: far more than a specification names, far fewer than a pasted file holds. */
const maxWords = 400

/** Identifiers in fenced code and code spans, and the names of domain models, letter by letter, each once. */
export function focusWords(feature: Pick<Feature, 'spec' | 'domainModels'>): readonly string[] {
  const code = [...feature.spec.text.matchAll(/```[^\n]*\n([\s\S]*?)```|`([^`\n]+)`/gu)].map(([, fenced, span]) => fenced ?? span ?? '')
  const words = code.flatMap((text) => text.match(/[A-Za-z_]\w{2,}/gu) ?? [])
  return [...new Set([...feature.domainModels.map(({ name }) => name), ...words])].slice(0, maxWords)
}
