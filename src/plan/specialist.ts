// A specialist's Markdown file (front matter and prompt) -> Specialist or Role, or faults with their lines. Knows one file; what holds between files is lint-specialists.ts.
import { z } from 'zod'
import { type FrontMatter, splitFrontMatter } from '../feature/front-matter.ts'
import { asSpecialistName, type SpecialistName, type WaveNumber } from '../ids.ts'
import { nearestWord } from '../nearest-word.ts'
import type { ModelRole } from '../world.ts'

/** Tools that a specialist may name. Ending a task (`hand_over`, `submit_plan`) belongs to the conversation, not to this list. Source: design, section 7. */
export const specialistTools = [
  'read',
  'grep',
  'glob',
  'outline',
  'write',
  'edit',
  'bash',
  'request_path',
  'request_contract_change',
  'request_module',
] as const
/** See {@link specialistTools}. */
export type SpecialistTool = (typeof specialistTools)[number]

/** Services that a run calls for outside the waves. Found by this word, so the program knows no file by name. */
export const roleNames = ['reconciler', 'reviewer', 'adversary', 'repair'] as const
/** See {@link roleNames}. */
export type RoleName = (typeof roleNames)[number]

/** Headings of a prompt, in this order; each opens a section with text. */
export const promptHeadings = ['Duty', 'Look first', 'Leave alone', 'Hand over', 'Check yourself'] as const

const modelRoles = ['planner', 'builder', 'reviewer', 'reconciler'] as const satisfies readonly ModelRole[]
const kebab = z.string().regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/)
const glob = z.string().regex(/^(?!\/)(?!.*(^|\/)\.\.(\/|$))\S+$/)
const sentence = z.string().trim().min(20).max(400)
/** People write `tools: read, grep` as readily as a list. */
const listOrCommas = <Item extends z.ZodType>(item: Item) =>
  z.preprocess((value) => (typeof value === 'string' ? commaParts(value) : value), z.array(item))
const commaParts = (text: string): readonly string[] => text.split(',').map((part) => part.trim())

const persona = {
  name: kebab,
  title: z.string().trim().min(3).max(60),
  description: sentence,
  tools: listOrCommas(z.enum(specialistTools)).refine((tools) => tools.length > 0),
  model: z.enum(modelRoles),
  effort: z.enum(['low', 'medium', 'high']),
  writes: z.array(glob),
  needs: listOrCommas(kebab),
  'leave-out-when': sentence,
  draft: z.enum(['keep', 'fold', 'skip']),
}

/** Front matter of `specialists/<wave>-<name>.md` as a person writes it. */
export const WrittenSpecialist = z.strictObject({ ...persona, wave: z.literal([0, 1, 2, 3, 4, 5]) })
/** Front matter of `specialists/roles/<name>.md` as a person writes it. */
export const WrittenRole = z.strictObject({ ...persona, role: z.enum(roleNames) })

/** One file's text. `path` is what faults name; `layer` decides who overrides whom: a repository's file wins over a built-in one of the same name. */
export interface SpecialistFile {
  readonly path: string
  readonly text: string
  readonly layer: 'built-in' | 'repository'
}

/** What specialists and roles share. */
export interface Persona {
  readonly name: SpecialistName
  /** For people: `Repository Builder`. */
  readonly title: string
  /** When to use it, for the planner to choose by. */
  readonly description: string
  readonly tools: readonly SpecialistTool[]
  readonly model: ModelRole
  readonly effort: 'low' | 'medium' | 'high'
  /** Globs of what it typically writes; the plan decides what a task owns. */
  readonly writes: readonly string[]
  /** Specialists of earlier waves whose output it usually builds on. */
  readonly needs: readonly SpecialistName[]
  /** When the planner leaves it out or folds its duties into a neighbour's task. */
  readonly leaveOutWhen: string
  /** What quality level `draft` does with it. */
  readonly draft: 'keep' | 'fold' | 'skip'
  /** The body: what stands behind the common rules in the agent's prompt. */
  readonly prompt: string
  readonly source: Pick<SpecialistFile, 'path' | 'layer'>
}

/** One that works in a wave. */
export interface Specialist extends Persona {
  readonly kind: 'specialist'
  readonly wave: WaveNumber
}

/** One that a run calls for outside the waves: merge conflicts, disputes, adversarial review, repair. */
export interface Role extends Persona {
  readonly kind: 'role'
  readonly role: RoleName
}

/** Something wrong in a specialist's file, for a person to mend. `line` counts from 1. */
export interface SpecialistFault {
  readonly file: string
  readonly line: number
  readonly problem: string
  readonly expected: string
  readonly found: string
  readonly fix: string
}

/** A specialist with the lines that later rules point at, or all faults of the file. */
export type ParsedSpecialist =
  | {
      readonly kind: 'parsed'
      readonly value: Specialist | Role
      readonly lineOf: (field: string, index?: number) => number
      readonly bodyLine: number
    }
  | { readonly kind: 'faulty'; readonly faults: readonly SpecialistFault[] }

const expectedOf: Readonly<Record<string, string>> = {
  name: 'lower-case words joined by dashes, like `entity-architect`',
  title: '3 to 60 characters, like `Entity Architect`',
  description: 'one or two sentences of 20 to 400 characters: when to use it',
  tools: `a list of at least one of ${specialistTools.join(', ')}`,
  model: `one of ${modelRoles.join(', ')}: the role, whose model the configuration names`,
  effort: 'one of low, medium, high',
  writes: 'a list of globs relative to the repository, without `..`, like `internal/domain/**`; `[]` for one that only reads',
  needs: 'a list of specialists’ names; `[]` for none',
  'leave-out-when': 'one or two sentences of 20 to 400 characters: when the plan does without it',
  draft: 'one of keep, fold, skip',
  wave: 'a number from 0 to 5',
  role: `one of ${roleNames.join(', ')}`,
}

/** Whether a file is a role's: the folder says it. */
function isRoleFile(path: string): boolean {
  return /(^|\/)roles\/[^/]+$/.test(path)
}

/** Parses one file. Everything that is wrong with its front matter is told at once. */
export function parseSpecialist(file: SpecialistFile): ParsedSpecialist {
  const split = splitFrontMatter(file.text)
  if (split.kind === 'faulty') {
    const { kind, ...fault } = split
    return { kind, faults: [{ file: file.path, ...fault }] }
  }
  const { front } = split
  const isRole = isRoleFile(file.path)
  const read = (isRole ? WrittenRole : WrittenSpecialist).safeParse(front.value)
  if (!read.success) return { kind: 'faulty', faults: schemaFaults({ file: file.path, front, isRole, issues: read.error.issues }) }
  return { kind: 'parsed', value: toSpecialist(read.data, split.body, file), lineOf: front.lineOf, bodyLine: split.bodyLine }
}

function toSpecialist(
  written: z.output<typeof WrittenSpecialist> | z.output<typeof WrittenRole>,
  prompt: string,
  file: SpecialistFile,
): Specialist | Role {
  const shared = {
    name: asSpecialistName(written.name),
    title: written.title,
    description: written.description,
    tools: written.tools,
    model: written.model,
    effort: written.effort,
    writes: written.writes,
    needs: written.needs.map(asSpecialistName),
    leaveOutWhen: written['leave-out-when'],
    draft: written.draft,
    prompt,
    source: { path: file.path, layer: file.layer },
  }
  return 'role' in written ? { kind: 'role', ...shared, role: written.role } : { kind: 'specialist', ...shared, wave: written.wave }
}

interface SchemaFaults {
  readonly file: string
  readonly front: FrontMatter
  readonly isRole: boolean
  readonly issues: readonly z.core.$ZodIssue[]
}

function schemaFaults({ file, front, isRole, issues }: SchemaFaults): SpecialistFault[] {
  const fields = Object.keys((isRole ? WrittenRole : WrittenSpecialist).shape)
  return issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownField({ file, line: front.lineOf(key), key, fields }))
    const [field, index] = issue.path
    return [wrongField({ file, front, field: String(field), index: typeof index === 'number' ? index : undefined })]
  })
}

function unknownField(at: {
  readonly file: string
  readonly line: number
  readonly key: string
  readonly fields: readonly string[]
}): SpecialistFault {
  const meant = nearestWord(at.key, at.fields)
  return {
    file: at.file,
    line: at.line,
    problem: 'unknown field',
    expected: `one of ${at.fields.join(', ')}`,
    found: `\`${at.key}\``,
    fix: meant === undefined ? `Remove \`${at.key}\`.` : `Did you mean \`${meant}\`?`,
  }
}

function wrongField(at: {
  readonly file: string
  readonly front: FrontMatter
  readonly field: string
  readonly index: number | undefined
}): SpecialistFault {
  const whole = at.front.value[at.field]
  const items = typeof whole === 'string' ? commaParts(whole) : whole
  const found = at.index !== undefined && Array.isArray(items) ? items[at.index] : whole
  const expected = expectedOf[at.field] ?? 'a value'
  if (whole === undefined) {
    return {
      file: at.file,
      line: 1,
      problem: `field \`${at.field}\` is missing`,
      expected,
      found: 'nothing',
      fix: `Add \`${at.field}:\` to the front matter.`,
    }
  }
  const meant = typeof found === 'string' ? nearestWord(found, choicesOf(at.field)) : undefined
  return {
    file: at.file,
    line: at.front.lineOf(at.field, at.index),
    problem: `field \`${at.field}\` is wrong`,
    expected,
    found: JSON.stringify(found),
    fix: meant === undefined ? `Edit \`${at.field}\`.` : `Did you mean \`${meant}\`?`,
  }
}

function choicesOf(field: string): readonly string[] {
  const choices: Readonly<Record<string, readonly string[]>> = {
    tools: specialistTools,
    model: modelRoles,
    role: roleNames,
    effort: ['low', 'medium', 'high'],
    draft: ['keep', 'fold', 'skip'],
  }
  return choices[field] ?? []
}
