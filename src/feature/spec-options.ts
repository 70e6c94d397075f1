// What a specification says about its own run (front matter, issue form) -> checked options. What a repository must not be told by a text stays in .github/dce.yml.
import type { z } from 'zod'
import { WrittenConfig } from '../config.ts'
import { UserFault } from '../fault.ts'
import { nearestWord } from '../nearest-word.ts'

/** Options that a specification may carry. Hosts, generators, modules and gate settings are the base branch's to say, not a text's. */
export const SpecOptions = WrittenConfig.pick({
  output_dir: true,
  execution_mode: true,
  quality_level: true,
  budget_usd: true,
  plan_budget_usd: true,
  max_parallel: true,
})
/** See the schema of the same name. */
export type SpecOptions = z.infer<typeof SpecOptions>
/** Name of an option. */
export type SpecOption = keyof SpecOptions

/** Fields that specifications carry for people and other tools. Read over, but for `title` and `feature`, which name the feature. */
const descriptive = [
  'title',
  'feature',
  'name',
  'id',
  'domain',
  'priority',
  'effort',
  'type',
  'status',
  'author',
  'authors',
  'owner',
  'date',
  'created',
  'updated',
  'version',
  'labels',
  'tags',
  'assignees',
  'about',
  'description',
  'source',
]

/** One field as written, with its line in the text and what to call the place. */
export interface WrittenField {
  readonly name: string
  readonly value: unknown
  readonly line: number
  readonly where: string
}

/** Checked options, and those that were given twice with different values: which one holds is a question, not a guess. */
export interface ReadOptions {
  readonly options: SpecOptions
  readonly contradictions: readonly string[]
}

/** Checks fields of all places of one specification. Errors: UserFault that names every wrong field, what was expected and found, and the line. */
export function readOptions(fields: readonly WrittenField[]): ReadOptions {
  const read = fields.map((field) => ({ field, outcome: readField(field) }))
  const faults = read.flatMap(({ outcome }) => (outcome.kind === 'fault' ? [outcome] : []))
  if (faults[0] !== undefined) {
    throw new UserFault({ problem: faults.map((fault) => fault.problem).join(' '), hint: faults[0].hint })
  }
  const options = read.flatMap(({ field, outcome }) => (outcome.kind === 'option' ? [{ ...outcome, field }] : []))
  const contradictions = options.flatMap((option, index) => {
    const other = options.slice(0, index).find(({ name, value }) => name === option.name && value !== option.value)
    return other === undefined
      ? []
      : [
          `\`${option.name}\` is ${String(other.value)} in ${other.field.where} and ${String(option.value)} in ${option.field.where}. Which one holds?`,
        ]
  })
  return { options: SpecOptions.parse(Object.fromEntries(options.map(({ name, value }) => [name, value]))), contradictions }
}

type FieldOutcome =
  | { readonly kind: 'option'; readonly name: SpecOption; readonly value: unknown }
  | { readonly kind: 'descriptive' }
  | { readonly kind: 'fault'; readonly problem: string; readonly hint: string }

function readField(field: WrittenField): FieldOutcome {
  const name = field.name
    .trim()
    .replace(/[\s-]+/gu, '_')
    .replace(/(?<=[a-z])(?=[A-Z])/gu, '_')
    .toLowerCase()
  if (!(name in SpecOptions.shape)) return strangeField(field, name)
  const option = name as SpecOption
  const value = option === 'output_dir' && typeof field.value === 'string' ? folder(field.value) : field.value
  const parsed = value === undefined ? undefined : SpecOptions.shape[option].safeParse(value)
  if (parsed?.success === true && parsed.data !== undefined) return { kind: 'option', name: option, value: parsed.data }
  const near = typeof field.value === 'string' ? nearestWord(field.value, choicesOf(option)) : undefined
  return {
    kind: 'fault',
    problem: `\`${option}\` must be ${expected[option]}, got ${JSON.stringify(field.value) ?? 'nothing'} (${field.where}, line ${field.line}).`,
    hint: near === undefined ? `Change line ${field.line}.` : `Did you mean \`${near}\`? Change line ${field.line}.`,
  }
}

function strangeField(field: WrittenField, name: string): FieldOutcome {
  if (descriptive.includes(name)) return { kind: 'descriptive' }
  if (name in WrittenConfig.shape) {
    return {
      kind: 'fault',
      problem: `\`${field.name}\` cannot be set by a specification (${field.where}, line ${field.line}).`,
      hint: 'Set it in .github/dce.yml on the base branch.',
    }
  }
  const near = nearestWord(name, [...Object.keys(SpecOptions.shape), ...descriptive])
  const known = Object.keys(SpecOptions.shape).join(', ')
  return {
    kind: 'fault',
    problem: `\`${field.name}\` is not an option of a run: expected one of ${known} (${field.where}, line ${field.line}).`,
    hint:
      near === undefined
        ? `Remove line ${field.line}, or put it below the front matter.`
        : `Did you mean \`${near}\`? Change line ${field.line}.`,
  }
}

const expected: Readonly<Record<SpecOption, string>> = {
  output_dir: 'a folder of the repository, like `.` or `services/billing`, without `..`',
  execution_mode: 'one of parallel, sequential, adaptive',
  quality_level: 'one of draft, production, bulletproof',
  budget_usd: 'an amount in US dollars, above 0 and at most 10000',
  plan_budget_usd: 'an amount in US dollars, above 0 and at most 1000',
  max_parallel: 'a whole number from 1 to 100',
}

function choicesOf(option: SpecOption): readonly string[] {
  if (option === 'execution_mode') return ['parallel', 'sequential', 'adaptive']
  return option === 'quality_level' ? ['draft', 'production', 'bulletproof'] : []
}

/** `./services/x/` -> `services/x`; undefined for what lies outside the repository. */
function folder(written: string): string | undefined {
  const parts = written
    .trim()
    .replace(/^\.\//u, '')
    .split('/')
    .filter((part) => part !== '' && part !== '.')
  if (written.trim() === '' || /^([/~\\]|[A-Za-z]:)/u.test(written.trim()) || parts.some((part) => part === '..' || part === '.git'))
    return undefined
  return /[\\\0-\x1f]/u.test(written.trim()) ? undefined : parts.join('/') || '.'
}
