// A specification as read -> questions, when it cannot be built on. Each names what is missing and shows what an answer looks like.
import type { Section } from './blocks.ts'
import type { Feature } from './feature.ts'
import { openStatements } from './requirements.ts'

/** At most so many open statements are asked for one by one; more would be a list of the specification. Chosen by taste. */
const maxOpen = 8

/** All questions, or none when the specification can be built on. */
export function questionsAbout(read: {
  readonly feature: Feature
  readonly sections: readonly Section[]
  readonly repeated: readonly { readonly id: string; readonly lines: readonly number[] }[]
}): readonly string[] {
  const { feature, sections, repeated } = read
  const words = sections
    .flatMap((section) => section.blocks)
    .map((block) => (block.kind === 'row' ? block.cells.join(' ') : block.text))
    .join(' ')
  if (words.trim() === '') return [emptyQuestion(feature, sections)]
  const open = openStatements(sections)
  return [
    ...(feature.requirements.length === 0 || !saysSomething(feature) ? [nothingAsked(feature)] : []),
    ...repeated.map(
      ({ id, lines }) =>
        `${id} is the number of ${lines.length} different requirements (lines ${lines.join(', ')}). What are their own numbers?`,
    ),
    ...open
      .slice(0, maxOpen)
      .map(({ section, text, line }) => `Line ${line}${section === '' ? '' : ` (${section})`} says only "${text}". What should it say?`),
    ...(open.length > maxOpen ? [`${open.length - maxOpen} more places are left open in the same way. What should they say?`] : []),
  ]
}

function emptyQuestion(feature: Feature, sections: readonly Section[]): string {
  const titled = sections.some((section) => section.title !== '')
  return `${titled ? `"${feature.title}" is a title without a text` : 'The specification is empty'}. What should be built? Say what the program does afterwards that it does not do now, for example: "A buyer can block a caller: POST /api/v1/buyers/{id}/blocklist with {\\"caller\\"} answers 201."`
}

function nothingAsked(feature: Feature): string {
  const listed =
    feature.notWanted.length > 0 ? ` It names what is not wanted (${feature.notWanted.slice(0, 3).join(', ')}), but not what is.` : ''
  return `Nothing in "${feature.title}" says what should be built.${listed} Which behaviour, type or endpoint is asked for, and how can one see that it works?`
}

const verbs =
  /\b(must|shall|should|will|can|could|may|want|wants|need|needs|allow|allows|let|lets|add|adds|create|creates|implement|implements|support|supports|return|returns|answer|answers|store|stores|save|saves|send|sends|publish|publishes|check|checks|validate|validates|provide|provides|expose|exposes|build|builds|update|updates|delete|deletes|remove|removes|list|lists|show|shows|is|are|has|have|get|gets|block|blocks|record|records|track|tracks|calculate|calculates|handle|handles|fix|fixes|make|makes|use|uses|log|logs|expire|expires|reject|rejects|accept|accepts|enable|integrate|migrate|cache|caches|replace|extend|limit|limits)\b/iu

/** A wish without a verb ("Blocklist.") is a topic. Code, endpoints and longer texts, in whatever language, speak for themselves. */
function saysSomething(feature: Feature): boolean {
  const text = feature.requirements.map((requirement) => requirement.text).join(' ')
  return (
    feature.apiEndpoints.length > 0 ||
    feature.domainModels.length > 0 ||
    text.includes('`') ||
    text.length >= 200 ||
    /[^\p{Script=Latin}\P{L}]/u.test(text) ||
    verbs.test(text)
  )
}
