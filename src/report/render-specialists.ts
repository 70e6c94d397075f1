// Specialists in force and faults of their files -> the text and JSON of `dce specialists list` and `dce specialists lint`. Pure.
import { describeSpecialistFault } from '../plan/lint-specialists.ts'
import type { SpecialistSet } from '../plan/load-specialists.ts'
import type { Persona, Role, Specialist, SpecialistFault } from '../plan/specialist.ts'

/** What a wave is for. Source: the seed's phases 2 to 7. */
const waveTitles = ['Foundation', 'Domain', 'Infrastructure', 'Service', 'API', 'Quality'] as const

/** A table by wave: name, what it writes, what it is for. `width`: columns of the terminal; descriptions are cut to it. */
export function renderSpecialists(set: SpecialistSet, width = 140): string {
  const roles = Object.values(set.roles)
  const everybody: readonly (Specialist | Role)[] = [...set.specialists, ...roles]
  const nameWidth = Math.max(...everybody.map((each) => label(each).length))
  const writesWidth = Math.min(40, Math.max(...everybody.map((each) => writesOf(each).length)))
  const row = (each: Persona) =>
    `  ${label(each).padEnd(nameWidth)}  ${cut(writesOf(each), writesWidth).padEnd(writesWidth)}  ${each.description}`
  const waves = waveTitles.flatMap((title, wave) =>
    section(`Wave ${wave}: ${title}`, set.specialists.filter((each) => each.wave === wave).map(row)),
  )
  const ownFiles = everybody.some((each) => each.source.layer === 'repository') ? ['* from this repository'] : []
  return [...waves, ...section('Roles, called for outside the waves', roles.map(row)), ...ownFiles]
    .map((line) => cut(line, width).trimEnd())
    .join('\n')
    .concat('\n')
}

/** The same as plain data, prompts included, for `--json`. Field names are those of the files. */
export function specialistsAsJson(set: SpecialistSet): { readonly specialists: readonly unknown[]; readonly roles: readonly unknown[] } {
  const fields = ({ kind: _, leaveOutWhen, ...rest }: Specialist | Role) => ({ ...rest, 'leave-out-when': leaveOutWhen })
  return { specialists: set.specialists.map(fields), roles: Object.values(set.roles).map(fields) }
}

/** One line a fault, and a last line that counts. `files`: how many were read. */
export function renderSpecialistFaults(faults: readonly SpecialistFault[], files: number): string {
  const count = faults.length === 0 ? 'no faults' : faults.length === 1 ? '1 fault' : `${faults.length} faults`
  return [...faults.map(describeSpecialistFault), `${files} files, ${count}`].join('\n').concat('\n')
}

const section = (title: string, rows: readonly string[]): readonly string[] => (rows.length === 0 ? [] : [title, ...rows, ''])
const label = (each: Persona): string => `${each.name}${each.source.layer === 'repository' ? ' *' : ''}`
/** The first glob, and how many more. */
function writesOf(each: Persona): string {
  const [first, ...more] = each.writes
  if (first === undefined) return '(nothing)'
  return more.length === 0 ? first : `${first} +${more.length}`
}
const cut = (text: string, width: number): string => (text.length <= width ? text : `${text.slice(0, width - 1)}…`)
