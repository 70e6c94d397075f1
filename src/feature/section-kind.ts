// What a section of a specification is about, by its title. The words are data: add one here and nowhere else.
import type { Section } from './blocks.ts'

/** `aside`: planning talk that is not asked for (timeline, risks, references). `build`: anything without a word of its own. */
export type SectionKind = 'overview' | 'not-wanted' | 'aside' | 'dependencies' | 'api' | 'service' | 'domain' | 'quality' | 'build'

const words: readonly (readonly [SectionKind, RegExp])[] = [
  [
    'not-wanted',
    /^(not wanted|unwanted|out of scope|not in scope|scope exclusions?|non[- ]?goals?|no[tn] goals?|exclu|won['’]?t (do|have)|not (included|part of)|future\b)/u,
  ],
  [
    'aside',
    /\b(implementation (plan|phases?|timeline|roadmap|strategy)|phases?|timeline|milestones?|schedule|effort|estimates?|risks?|mitigation|roll-?out|roll-?back|references?|appendix|conclusion|next steps|team|staffing|roi|revenue|open questions|change ?log|glossary|contents|alternatives|history|see also|links|success metrics|key metrics|business metrics)\b/u,
  ],
  [
    'overview',
    /^(overview|(executive )?summary|why|goals?|motivation|background|context|problem|introduction|business (context|impact|case|value|risks)|purpose|description|about|proposed solution|solution overview|current state)\b/u,
  ],
  ['dependencies', /\b(dependenc(y|ies)|depends on|prerequisites|blocked by)\b/u],
  ['api', /\b(apis?|endpoints?|rest|http|routes?|graphql|websockets?|grpc|handlers?)\b/u],
  ['service', /\b(services?|use ?cases?|business (logic|rules)|orchestrat\w*|application layer)\b/u],
  ['domain', /\b(domains?|entit(y|ies)|value objects?|models?|types|events?|aggregates?)\b/u],
  [
    'quality',
    /\b(quality|performance|security|complian\w*|test\w*|non-?functional|standards?|acceptance|success criteria|latency|throughput|reliab\w*|observab\w*|scalab\w*|benchmarks?|slos?|slas?)\b/u,
  ],
]

/** The kind of one section. A subsection without a word of its own is of its nearest titled ancestor's kind; nothing below an aside is asked for. */
export function kindOf(section: Section): SectionKind {
  if (section.depth === 0 || section.isTitle) return 'overview'
  const kinds = [...section.above, section.title].map(byTitle)
  const shut = kinds.find((kind) => kind === 'aside' || kind === 'not-wanted')
  return shut ?? kinds.findLast((kind) => kind !== 'build') ?? 'build'
}

function byTitle(title: string): SectionKind {
  const plain = title.toLowerCase().replace(/^[^\p{L}]+/u, '')
  return words.find(([, pattern]) => pattern.test(plain))?.[0] ?? 'build'
}
