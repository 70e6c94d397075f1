// Sections of a specification -> the parts of a Feature beside its requirements: overview, models, standards, dependencies, what is not wanted.
import type { Section } from './blocks.ts'
import type { Feature } from './feature.ts'
import { declarationsOf, isGo } from './go-declarations.ts'
import { namedEntriesOf } from './named-entries.ts'
import { type FoundRequirement, isNotWantedLine } from './requirements.ts'
import { kindOf } from './section-kind.ts'
import { statementsOf } from './statements.ts'

/** The overview is for orientation; the whole text goes to the planner anyway. Chosen by taste. */
const maxOverviewChars = 2_000

/** Paragraphs and items that say what it is about: the preamble and sections called Overview, Why, Problem and the like. */
export function overviewOf(sections: readonly Section[]): string {
  const told = sections.filter((section) => kindOf(section) === 'overview')
  const text = (told.length > 0 ? told : sections).flatMap((section) =>
    section.blocks.flatMap((block) => {
      if (block.kind === 'paragraph') return isNotWantedLine(block.text) ? [] : [block.text]
      return block.kind === 'item' ? [`- ${block.text}`] : []
    }),
  )
  const whole = text.join('\n')
  return whole.length <= maxOverviewChars ? whole : `${whole.slice(0, maxOverviewChars).replace(/\s+\S*$/u, '')} …`
}

/** Types of the Go blocks, and named items of sections about the domain, each once. */
export function domainModelsOf(sections: readonly Section[]): Feature['domainModels'] {
  const models = sections.flatMap((section) => {
    const kind = kindOf(section)
    if (kind === 'not-wanted' || kind === 'aside') return []
    return section.blocks.flatMap((block) => {
      if (block.kind === 'code' && isGo(block)) {
        return declarationsOf(block.text).flatMap(({ kind: what, name, text }) => (what === 'type' ? [{ name, text }] : []))
      }
      if (block.kind === 'code') return kind === 'domain' ? namedEntriesOf(block.text).map(({ name, text }) => ({ name, text })) : []
      const named =
        block.kind === 'item' && kind === 'domain'
          ? /^(?:\*\*|`)(?<name>[A-Z]\w+)(?:\*\*|`)/u.exec(block.text)?.groups?.['name']
          : undefined
      return named === undefined || block.kind !== 'item' ? [] : [{ name: named, text: block.text }]
    })
  })
  return firstOfEach(models, ({ name }) => name)
}

/** Requirements of sections about quality, and those that name a measure. */
export function qualityStandardsOf(found: readonly FoundRequirement[]): readonly string[] & string[] {
  const measure =
    /\b(p9\d(\.\d+)?|latency|coverage|throughput|sub-millisecond|-race|per second|req(uests)?\/s)\b|[<≤]\s*\d+(\.\d+)?\s*(ms|µs|us|s)\b/iu
  return found.filter(({ kind, text }) => kind === 'quality' || measure.test(text)).map(({ text }) => text)
}

/** Names that a dependency may point at: packages in headings (`internal/domain/x`) and declared types. */
export function componentsOf(sections: readonly Section[]): readonly string[] {
  return [
    ...new Set(
      sections.flatMap((section) =>
        [...section.heading.matchAll(/`(?<path>[\w.-]+(?:\/[\w.-]+)+)`/gu)].map((match) => match.groups?.['path'] ?? ''),
      ),
    ),
  ]
}

/** Who needs whom, as far as the text says it: sections about dependencies, sentences like "A depends on B", types used by types. */
export function dependenciesOf(from: {
  readonly sections: readonly Section[]
  readonly title: string
  readonly components: readonly string[]
  readonly models: Feature['domainModels']
}): Feature['dependencies'] {
  const told = from.sections.flatMap((section) => {
    const kind = kindOf(section)
    if (kind === 'not-wanted' || kind === 'aside') return []
    return section.blocks.flatMap((block) => {
      if (block.kind !== 'item' && block.kind !== 'paragraph') return []
      const named = statementsOf(block.text).flatMap((text) => sentenceDependency(text, kind === 'dependencies'))
      return named.length > 0 || kind !== 'dependencies' || block.kind !== 'item' ? named : listed(block.text, from.title)
    })
  })
  const used = [...typesUsed(from.models), ...packagesUsed(from.sections, from.components)]
  const all = [...told, ...used]
  return firstOfEach(all, ({ from, to }) => `${from}\n${to}`)
}

const arrow = /^(?<from>[^→>]{1,80}?)\s*(?:→|->|=>)\s*(?<to>[^→>]{1,80}?)\.?$/u
const verb =
  /^(?:the\s+)?(?<from>[^,:;]{1,60}?)\s+(?:depends? on|relies on|builds on|requires|is blocked by)\s+(?:the\s+)?(?<to>[^,:;]{1,80}?)\.?$/iu

/** Elsewhere an arrow is an answer (`POST /x -> 200`), not a dependency. */
function sentenceDependency(text: string, arrows: boolean): Feature['dependencies'] {
  const found = verb.exec(text)?.groups ?? (arrows ? arrow.exec(text)?.groups : undefined)
  return found === undefined ? [] : [{ from: bare(found['from'] ?? ''), to: bare(found['to'] ?? '') }]
}

/** `- Audit log` and `- Blocked By: audit log, consent`: the feature needs them. `Blocks:` is the other way round. */
function listed(text: string, title: string): Feature['dependencies'] {
  const { label = '', rest = text } = /^(?:\*\*)?(?<label>[\w -]{1,30})(?:\*\*)?:(?:\*\*)?\s+(?<rest>.+)$/u.exec(text)?.groups ?? {}
  if (/^(related|blocked by none)/iu.test(label) || /^none\.?$/iu.test(rest)) return []
  const names = commas(rest)
  return /^blocks$/iu.test(label) ? names.map((name) => ({ from: name, to: title })) : names.map((name) => ({ from: title, to: name }))
}

function typesUsed(models: Feature['domainModels']): Feature['dependencies'] {
  const names = new Set(models.map(({ name }) => name))
  return models.flatMap((model) =>
    [...new Set(model.text.match(/[\w.-]+/gu)?.flatMap((word) => [word, ...word.split('.')]))]
      .filter((word) => word !== model.name && names.has(word))
      .map((to) => ({ from: model.name, to })),
  )
}

/** A section about one package that speaks of another package's name (`blocklist.Repository`) uses it. */
function packagesUsed(sections: readonly Section[], components: readonly string[]): Feature['dependencies'] {
  return sections.flatMap((section) => {
    const own = components.filter((path) => section.heading.includes(path))
    const text = section.blocks.map((block) => (block.kind === 'row' ? block.cells.join(' ') : block.text)).join('\n')
    return own.flatMap((path) =>
      components
        .filter((other) => other !== path && new RegExp(`\\b${other.split('/').at(-1)!.replace(/\W/gu, '\\$&')}\\.[A-Z]`, 'u').test(text))
        .map((to) => ({ from: path, to })),
    )
  })
}

/** Items and statements of "not wanted" sections, and of paragraphs that open with those words. */
export function notWantedOf(sections: readonly Section[]): string[] {
  const all = sections.flatMap((section) =>
    section.blocks.flatMap((block) => {
      if (block.kind === 'row' || block.kind === 'code') return []
      const shut = kindOf(section) === 'not-wanted'
      if (shut) return block.kind === 'item' ? [block.text] : statementsOf(block.text).flatMap(commas)
      return isNotWantedLine(block.text)
        ? commas(block.text.replace(/^[^:—–-]*[:—–-]+(?:\*\*|__)?\s*/u, '').replace(/^(?:goals?[:—–-]+)\s*/iu, ''))
        : []
    }),
  )
  return [...new Set(all)]
}

/** `a, b (c, d) and e.` -> a | b (c, d) | e. A sentence, told by its verb, stays whole. */
function commas(text: string): string[] {
  const plain = text.replace(/\.$/u, '').trim()
  if (/\b(is|are|will|does|do|can|should|must|be|has|have)\b/iu.test(plain)) return plain === '' ? [] : [plain]
  const parts = plain.split(/(?:,|;|\s(?:and|or)\s)(?![^(]*\))/u).map((part) => part.replace(/^\s*(?:and|or|no)\s+/iu, '').trim())
  return parts.filter((part) => part !== '')
}

/** Of entries with one key the first, in order. */
export function firstOfEach<Entry>(entries: readonly Entry[], keyOf: (entry: Entry) => string): Entry[] {
  const seen = new Set<string>()
  return entries.filter((entry) => !seen.has(keyOf(entry)) && seen.add(keyOf(entry)))
}

function bare(text: string): string {
  return text.replace(/[`*_]/gu, '').trim()
}
