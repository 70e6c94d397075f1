// The body of an issue made from the feature form (### label, answer) -> the specification's text and the form's answers. Other texts are left as they are.
import { SpecOptions, type WrittenField } from './spec-options.ts'

/** Labels of the form's fields as people see them, by what they fill in. The form itself is made from these. */
export const formLabels = {
  spec: 'Specification',
  output_dir: 'Output folder',
  execution_mode: 'Execution mode',
  quality_level: 'Quality level',
  budget_usd: 'Budget (US dollars)',
} as const

/** A form's text, taken apart. `firstLine`: where the specification begins in the whole body. */
export interface IssueForm {
  readonly spec: string
  readonly firstLine: number
  readonly fields: readonly WrittenField[]
}

/** What GitHub writes for a field that was left empty. */
const noResponse = /^_no response_$/iu

/** The form, or undefined when the text is not one: a form's first line is one of its labels. */
export function readIssueForm(text: string): IssueForm | undefined {
  const lines = text.split('\n')
  const first = lines.findIndex((line) => line.trim() !== '')
  if (fieldOf(lines[first] ?? '') === undefined) return undefined
  const parts = partsOf(lines, first)
  const spec = parts.find((part) => part.name === 'spec')
  const fields = parts.flatMap((part) => (part.name === 'spec' || noResponse.test(part.text) || part.text === '' ? [] : [fieldFrom(part)]))
  const text_ = spec === undefined || noResponse.test(spec.text) ? '' : spec.text
  return { spec: text_, firstLine: (spec?.line ?? 1) + 1, fields }
}

interface Part {
  readonly name: string
  readonly text: string
  /** Line of its label, from 1. */
  readonly line: number
}

/** A heading of the specification itself may be called like a field: an option's answer is one line, so only such a one ends the specification. */
function partsOf(lines: readonly string[], first: number): readonly Part[] {
  const starts = lines.flatMap((line, index) => {
    const name = index < first ? undefined : fieldOf(line)
    return name === undefined || (name !== 'spec' && !hasShortAnswer(lines, index)) ? [] : [{ name, index }]
  })
  const own = starts.filter(({ name }, index) => name !== 'spec' || starts.findIndex((other) => other.name === 'spec') === index)
  return own.map(({ name, index }, at) => {
    const answer = lines.slice(index + 1, own[at + 1]?.index ?? lines.length)
    const blank = answer.findIndex((line) => line.trim() !== '')
    // Leading blank lines stay for the specification, so that its lines can be counted.
    return { name, line: index + 1, text: name === 'spec' && blank >= 0 ? answer.join('\n').trimEnd() : answer.join('\n').trim() }
  })
}

function hasShortAnswer(lines: readonly string[], index: number): boolean {
  const next = lines.findIndex((line, at) => at > index && /^#{1,6}\s/u.test(line))
  const answer = lines.slice(index + 1, next < 0 ? lines.length : next).filter((line) => line.trim() !== '')
  return answer.length <= 1 && (answer[0] ?? '').length <= 120
}

function fieldOf(line: string): string | undefined {
  const label = /^###\s+(?<label>.+?)\s*$/u.exec(line)?.groups?.['label']
  if (label === undefined) return undefined
  const plain = plainLabel(label)
  if (/^(feature )?spec(ification)?$/u.test(plain)) return 'spec'
  const named = Object.entries(formLabels).find(([, own]) => plainLabel(own) === plain)?.[0]
  const key = plain
    .replace(/ /gu, '_')
    .replace(/^output_(folder|directory)$/u, 'output_dir')
    .replace(/^budget$/u, 'budget_usd')
  return named ?? (key in SpecOptions.shape ? key : undefined)
}

function plainLabel(label: string): string {
  return label
    .toLowerCase()
    .replace(/[^a-z]+/gu, ' ')
    .trim()
}

/** A choice may carry its explanation (`production (default)`), money its sign. */
function fieldFrom(part: Part): WrittenField {
  const word = part.name === 'output_dir' ? part.text.replace(/^`|`$/gu, '') : (part.text.split(/[\s(:—–]/u)[0] ?? '').toLowerCase()
  const number = Number(word.replace(/^\$|[,_]/gu, ''))
  const isNumber = part.name.endsWith('_usd') || part.name === 'max_parallel'
  return {
    name: part.name,
    value: isNumber && word !== '' && Number.isFinite(number) ? number : word,
    line: part.line,
    where: 'the issue form',
  }
}
