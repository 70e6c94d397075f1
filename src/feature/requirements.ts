// Sections of a specification -> what it asks for, one entry a statement, with stable ids. Text is taken as written, never invented.
import type { Block, Section } from './blocks.ts'
import { type Endpoint, endpointsOf } from './endpoints.ts'
import type { Requirement } from './feature.ts'
import { declarationsOf, isGo } from './go-declarations.ts'
import { namedEntriesOf } from './named-entries.ts'
import { kindOf, type SectionKind } from './section-kind.ts'
import { statementsOf } from './statements.ts'

/** A requirement with what the reader still needs to know of it. */
export interface FoundRequirement extends Requirement {
  readonly kind: SectionKind
  readonly line: number
}

/** `repeated`: own ids that stand in front of different texts, with their lines. */
export interface Requirements {
  readonly found: readonly FoundRequirement[]
  readonly repeated: readonly { readonly id: string; readonly lines: readonly number[] }[]
}

interface Candidate {
  readonly own?: string
  readonly text: string
  /** It says that something has to be so; counts in every section but the shut ones. */
  readonly strict: boolean
  readonly section: Section
  readonly kind: SectionKind
  readonly line: number
}

const ownId =
  /^(?:\*\*|__|\[|`)*(?<id>(?:FR|NFR|NF|REQ|RQ|BR|AC|US|UC|TR|PR|SR|DR|QR|IR|R|F)[-.]?(?:[A-Z]{2,8}-)*\d+(?:\.\d+)*[a-z]?)(?:\*\*|__|\]|`)*(?<mark>\s*[:.)—–|-]|(?<=[*_\]`]))\s*(?:\*\*|__)?\s*(?<rest>[\s\S]*)$/u
const binding = /\b(must|shall|never|always|may not|has to|have to|is required to|are required to|needs? to)\b/iu
const placeholder = /^(?:todo|tbd|tba|n\/?a|none|\?+|\.{3}|…|_no response_|\[[^\]]*\]|<[^>]*>)[.!]?$/iu
/** An own-numbered heading carries what stands under it; more than this is read in the specification itself. Chosen by taste. */
const maxHeadingTextChars = 600

/** All requirements in the order of the text. With own numbering only numbered and binding statements count, else every statement about what to build. */
export function requirementsOf(sections: readonly Section[], endpoints: readonly Endpoint[]): Requirements {
  const candidates = sections.flatMap(candidatesOf).filter((candidate) => !placeholder.test(candidate.text))
  const numbered = candidates.some((candidate) => candidate.own !== undefined)
  // A text without sections, or with nothing but an overview, is itself what is asked for.
  const whole = candidates.every(({ kind }) => kind === 'overview')
  return withIds(distinct(candidates.filter((candidate) => (whole && !numbered) || counts(candidate, numbered, endpoints))))
}

/** Statements that a person left open (`TBD`, `TODO`), with their section: each is a question. */
export function openStatements(
  sections: readonly Section[],
): readonly { readonly section: string; readonly text: string; readonly line: number }[] {
  return sections
    .filter((section) => !isShut(kindOf(section)))
    .flatMap((section) =>
      section.blocks.flatMap((block) =>
        (block.kind === 'item' || block.kind === 'paragraph') &&
        /^(?:[^:]{1,60}:\s*)?(?:TODO|TBD|TBA|\?{2,})[.!]?$/u.test(unnumbered(block.text))
          ? [{ section: section.title, text: block.text, line: block.line }]
          : [],
      ),
    )
}

function isShut(kind: SectionKind): boolean {
  return kind === 'not-wanted' || kind === 'aside' || kind === 'dependencies'
}

function counts(candidate: Candidate, numbered: boolean, endpoints: readonly Endpoint[]): boolean {
  if (candidate.own !== undefined || candidate.strict) return true
  if (numbered) return endpoints.some(({ text }) => text !== '' && candidate.text.includes(text))
  return candidate.kind !== 'overview'
}

function candidatesOf(section: Section): readonly Candidate[] {
  const kind = kindOf(section)
  if (isShut(kind)) return []
  const of = (text: string, line: number): Candidate => {
    const own = ownId.exec(text)?.groups
    const strict = binding.test(text)
    return own === undefined
      ? { text, strict, section, kind, line }
      : { own: own['id']!, text: (own['rest'] ?? '').trim(), strict, section, kind, line }
  }
  const heading = of(section.heading, section.line)
  if (heading.own !== undefined) return numberedSection(heading, section, of)
  const told = section.depth > 0 && !section.isTitle && section.heading.includes('`') ? [heading] : []
  return [...told, ...section.blocks.flatMap((block) => statementsIn(block).map((statement) => of(statement.text, statement.line)))]
}

/** `### FR-2: Title` is one requirement with the text under it; numbered items below it are requirements of their own. */
function numberedSection(heading: Candidate, section: Section, of: (text: string, line: number) => Candidate): readonly Candidate[] {
  const inner = section.blocks.flatMap((block) => statementsIn(block).map(({ text, line }) => of(text, line)))
  const own = inner.filter((candidate) => candidate.own !== undefined)
  const under = inner.filter((candidate) => candidate.own === undefined).map((candidate) => candidate.text)
  const text = [heading.text, ...under].join('; ').slice(0, maxHeadingTextChars)
  return [{ ...heading, text }, ...own]
}

function statementsIn(block: Block): readonly { readonly text: string; readonly line: number }[] {
  switch (block.kind) {
    case 'paragraph':
      // A line that only leads to what follows ("It has to:") asks for nothing by itself.
      return isNotWantedLine(block.text)
        ? []
        : statementsOf(block.text)
            .filter((text) => !/[:：]\**$/u.test(text))
            .map((text) => ({ text, line: block.line }))
    case 'item':
      return [{ text: block.text, line: block.line }]
    case 'row':
      return [{ text: block.cells.filter((cell) => cell !== '').join(' — '), line: block.line }]
    case 'code':
      if (isGo(block)) return declarationsOf(block.text).map(({ head, line }) => ({ text: head, line: block.line + 1 + line }))
      return codeStatements(block)
  }
}

function codeStatements(block: Block & { readonly kind: 'code' }): readonly { readonly text: string; readonly line: number }[] {
  const endpoints = endpointsOf([block]).endpoints.map(({ text }) => ({ text, line: block.line }))
  return endpoints.length > 0 ? endpoints : namedEntriesOf(block.text).map(({ text, line }) => ({ text, line: block.line + 1 + line }))
}

/** `Not wanted: cache, events.` as a paragraph of any section. */
export function isNotWantedLine(text: string): boolean {
  return /^(?:\*\*|__)?(?:not wanted|out of scope|non-?goals?|not in scope|not included)(?:\*\*|__)?\s*[:—–-]/iu.test(text)
}

function unnumbered(text: string): string {
  return ownId.exec(text)?.groups?.['rest'] ?? text
}

function distinct(candidates: readonly Candidate[]): readonly Candidate[] {
  const seen = new Set<string>()
  return candidates.filter((candidate) => {
    const key = `${candidate.own ?? ''} ${candidate.text.toLowerCase().replace(/[\s.;]+/gu, ' ')}`
    return candidate.text !== '' && !seen.has(key) && seen.add(key)
  })
}

function withIds(candidates: readonly Candidate[]): Requirements {
  const own = candidates.flatMap((candidate) => (candidate.own === undefined ? [] : [candidate.own]))
  const taken = new Set(own)
  let next = 1
  const fresh = (): string => {
    while (taken.has(`R${next}`)) next++
    return `R${next++}`
  }
  const found = candidates.map(
    ({ own: id, text, section, kind, line }): FoundRequirement => ({
      id: id ?? fresh(),
      text,
      ...(section.title === '' ? {} : { section: section.title }),
      kind,
      line,
    }),
  )
  const repeated = [...new Set(own.filter((id, index) => own.indexOf(id) !== index))]
  return { found, repeated: repeated.map((id) => ({ id, lines: found.filter((each) => each.id === id).map(({ line }) => line) })) }
}
