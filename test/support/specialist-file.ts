// Fields to change -> the text of a specialist's file that is right but for them.
import type { SpecialistFile } from '../../src/plan/specialist.ts'

const fields = {
  name: 'gap-filler',
  title: 'Gap Filler',
  description: 'Fills gaps between the others. Use when there are gaps.',
  wave: '2',
  tools: '[read, write]',
  model: 'builder',
  effort: 'low',
  writes: "['internal/gap/**']",
  needs: '[]',
  'leave-out-when': 'There is no gap to be filled anywhere.',
  draft: 'skip',
}

/** A prompt with all sections, about 100 words. */
export const goodPrompt = ['Duty', 'Look first', 'Leave alone', 'Hand over', 'Check yourself']
  .map((heading) => `## ${heading}\n\n${`what counts for ${heading.toLowerCase()} is said here `.repeat(3)}`.trimEnd())
  .join('\n\n')

/** Differences from a file without faults. `fields`: raw YAML by name, null leaves one out; `path` and `layer` default to a built-in file of that wave and name. */
export interface Differences {
  readonly fields?: Readonly<Record<string, string | null>>
  readonly prompt?: string
  readonly path?: string
  readonly layer?: SpecialistFile['layer']
}

/** Fields are written one a line in the order above, so `name` is on line 2 and the prompt begins on the line after the blank one. */
export function specialistFile(differences: Differences = {}): SpecialistFile {
  const all: Record<string, string | null> = { ...fields, ...differences.fields }
  const yaml = Object.entries(all).flatMap(([field, value]) => (value === null ? [] : [`${field}: ${value}`]))
  return {
    path: differences.path ?? `specialists/${all['wave']}-${all['name']}.md`,
    layer: differences.layer ?? 'built-in',
    text: ['---', ...yaml, '---', '', differences.prompt ?? goodPrompt, ''].join('\n'),
  }
}

/** A role's file that is right but for the differences. */
export function roleFile(role: string, differences: Differences = {}): SpecialistFile {
  const name = `the-${role}`
  const title = `The ${role}`
  return specialistFile({
    path: `specialists/roles/${name}.md`,
    prompt: `Plays ${role}.\n\n${goodPrompt}`,
    ...differences,
    fields: { name, title, wave: null, role, ...differences.fields },
  })
}

/** A planner and the four roles: with these a set is complete. */
export function completeSet(): readonly SpecialistFile[] {
  const planner = specialistFile({
    fields: { name: 'planner', title: 'Planner', wave: '0', model: 'planner', tools: '[read]', writes: '[]' },
    prompt: `Plans.\n\n${goodPrompt}`,
  })
  return [planner, ...['reconciler', 'reviewer', 'adversary', 'repair'].map((role) => roleFile(role))]
}
