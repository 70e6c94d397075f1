// One parsed specialist -> what is wrong with it on its own: file name, model, tools, prompt. Pure.
import { lintPrompt } from './lint-prompt.ts'
import type { ParsedSpecialist, SpecialistFault, SpecialistTool } from './specialist.ts'

/** A file that parsed, with its lines. */
export type Parsed = Extract<ParsedSpecialist, { kind: 'parsed' }>
/** A fault whose file goes without saying. */
export type Finding = Omit<SpecialistFault, 'file'>

/** All faults that need no other file to be seen, in no order. */
export function lintSpecialist(one: Parsed): readonly Finding[] {
  return [...fileName(one), ...plannerWave(one), ...tools(one), ...lintPrompt(one.value.prompt, one.bodyLine)]
}

function fileName({ value, lineOf }: Parsed): readonly Finding[] {
  const base = value.source.path.split('/').at(-1) ?? ''
  const expected = value.kind === 'role' ? `${value.name}.md` : `${value.wave}-${value.name}.md`
  if (base === expected) return []
  const field = value.kind === 'specialist' && base.endsWith(`-${value.name}.md`) ? 'wave' : 'name'
  return [
    {
      line: lineOf(field),
      problem: `file name and \`${field}\` disagree`,
      expected: `a file named \`${expected}\``,
      found: `\`${base}\``,
      fix: `Rename the file or edit \`${field}\`.`,
    },
  ]
}

function plannerWave({ value, lineOf }: Parsed): readonly Finding[] {
  if (value.model !== 'planner' || (value.kind === 'specialist' && value.wave === 0)) return []
  return [
    {
      line: lineOf('model'),
      problem: 'only wave 0 plans',
      expected: '`model: planner` in a specialist of wave 0',
      found: value.kind === 'role' ? 'a role' : `wave ${value.wave}`,
      fix: 'Choose builder, reviewer or reconciler.',
    },
  ]
}

const writing: readonly SpecialistTool[] = ['write', 'edit']
const asking: readonly SpecialistTool[] = ['request_path', 'request_contract_change', 'request_module']

function tools({ value, lineOf }: Parsed): readonly Finding[] {
  const first = (of: readonly SpecialistTool[]) => value.tools.findIndex((tool) => of.includes(tool))
  const at = (index: number) => ({ line: lineOf('tools', index), found: `\`${value.tools[index]}\`` })
  const findings: Finding[] = []
  const twice = value.tools.findIndex((tool, index) => value.tools.indexOf(tool) < index)
  if (twice >= 0) {
    findings.push({ ...at(twice), problem: 'a tool is named twice', expected: 'each tool once', fix: 'Remove one of the two.' })
  }
  const changing = first([...writing, ...asking, ...(value.model === 'planner' ? (['bash'] as const) : [])])
  if (changing >= 0 && value.model === 'planner') {
    findings.push({ ...at(changing), problem: 'the planner may only read', expected: 'read, grep, glob, outline', fix: 'Remove the tool.' })
  } else if (changing >= 0 && value.writes.length === 0) {
    const fix = 'Say in `writes` what it typically writes, or remove the tool.'
    findings.push({ ...at(changing), problem: 'it has a tool to change files, but `writes` is empty', expected: 'globs in `writes`', fix })
  }
  if (value.writes.length > 0 && first(writing) < 0) {
    findings.push({
      line: lineOf('writes'),
      problem: 'it has `writes`, but no tool to write with',
      expected: '`write` or `edit` in `tools`',
      found: value.tools.join(', '),
      fix: 'Add the tool, or empty `writes`.',
    })
  }
  return findings
}
