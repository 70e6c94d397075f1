// Texts of specialists' files -> all that is wrong with them, in words a person can act on. Pure; a run starts only on a set without faults.
import type { SpecialistName } from '../ids.ts'
import { nearestWord } from '../nearest-word.ts'
import { type Finding, lintSpecialist, type Parsed } from './lint-specialist.ts'
import { parseSpecialist, type Role, roleNames, type Specialist, type SpecialistFault, type SpecialistFile } from './specialist.ts'

/** All faults of a set of files, by file in the order given, then by line. What only the whole set can miss (a role nobody plays) comes last. */
export function lintSpecialists(files: readonly SpecialistFile[]): readonly SpecialistFault[] {
  const read = files.map((file) => ({ file, result: parseSpecialist(file) }))
  const parsed = read.flatMap(({ result }) => (result.kind === 'parsed' ? [result] : []))
  const unread = read.flatMap(({ file, result }) => (result.kind === 'faulty' ? [file.path] : []))
  const inForce = withOverrides(parsed.map((each) => each.value))
  const ofFiles = read.flatMap(({ file, result }) => {
    if (result.kind === 'faulty') return [...result.faults].sort(byLine)
    const findings = [...lintSpecialist(result), ...needs(result, { inForce, unread }), ...duplicates(result, parsed)]
    return findings.map((finding) => ({ file: file.path, ...finding })).sort(byLine)
  })
  // A file that could not be read may be the very one that the set seems to lack.
  return [...ofFiles, ...(unread.length === 0 ? wholeSet(inForce) : [])]
}

/** `file:line: problem: expected X, found Y. What to do.` */
export function describeSpecialistFault(fault: SpecialistFault): string {
  return `${fault.file}:${fault.line}: ${fault.problem}: expected ${fault.expected}, found ${fault.found}. ${fault.fix}`
}

/** Those in force: a repository's file replaces the built-in one of the same name; order by wave, then name; roles last. */
export function withOverrides(all: readonly (Specialist | Role)[]): readonly (Specialist | Role)[] {
  const byName = new Map<SpecialistName, Specialist | Role>()
  for (const each of [...all].sort((a, b) => layerOrder(a) - layerOrder(b))) byName.set(each.name, each)
  return [...byName.values()].sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1))
}

const byLine = (a: Finding, b: Finding): number => a.line - b.line
const layerOrder = (one: Specialist | Role): number => (one.source.layer === 'built-in' ? 0 : 1)
const rank = (one: Specialist | Role): number => (one.kind === 'role' ? 6 : one.wave)

interface Surroundings {
  readonly inForce: readonly (Specialist | Role)[]
  /** Paths of files that did not parse: what they hold is not known to be missing. */
  readonly unread: readonly string[]
}

function needs({ value, lineOf }: Parsed, { inForce, unread }: Surroundings): readonly Finding[] {
  const specialists = inForce.filter((each) => each.kind === 'specialist')
  return value.needs.flatMap((need, index): readonly Finding[] => {
    const at = { line: lineOf('needs', index), found: `\`${need}\`` }
    const needed = specialists.find((each) => each.name === need)
    if (needed === undefined && unread.some((path) => path.endsWith(`-${need}.md`))) return []
    if (needed === undefined) {
      const meant = nearestWord(
        need,
        specialists.map((each) => each.name),
      )
      const fix = meant === undefined ? 'Remove it.' : `Did you mean \`${meant}\`?`
      return [{ ...at, problem: '`needs` names no specialist', expected: 'the name of a specialist', fix }]
    }
    if (value.kind === 'role' || needed.wave < value.wave) return []
    const fix = 'Remove it: siblings of a wave meet at contracts, and nobody builds on a later wave.'
    const problem = `\`needs\` names a specialist of wave ${needed.wave}`
    return [{ ...at, problem, expected: `one of a wave before ${value.wave}`, fix }]
  })
}

function duplicates(one: Parsed, all: readonly Parsed[]): readonly Finding[] {
  const before = all.slice(0, all.indexOf(one)).filter((each) => each.value.source.layer === one.value.source.layer)
  const lines = { name: one.lineOf('name'), title: one.lineOf('title'), prompt: one.bodyLine }
  return (['name', 'title', 'prompt'] as const).flatMap((key): readonly Finding[] => {
    const other = before.find((each) => each.value[key] === one.value[key])
    if (other === undefined) return []
    const found = `the same as in ${other.value.source.path}`
    return [
      { line: lines[key], problem: `a ${key} stands twice`, expected: 'one of its own', found, fix: 'Change or remove one of the two.' },
    ]
  })
}

function wholeSet(inForce: readonly (Specialist | Role)[]): readonly SpecialistFault[] {
  const planners = inForce.filter((each) => each.kind === 'specialist' && each.wave === 0 && each.model === 'planner')
  return [
    ...exactlyOne('specialist with `model: planner`', planners),
    ...roleNames.flatMap((name) =>
      exactlyOne(
        `file in roles/ with \`role: ${name}\``,
        inForce.filter((each) => each.kind === 'role' && each.role === name),
      ),
    ),
  ]
}

function exactlyOne(what: string, players: readonly (Specialist | Role)[]): readonly SpecialistFault[] {
  if (players.length === 1) return []
  const paths = players.map((each) => each.source.path)
  return [
    {
      file: paths.at(-1) ?? 'specialists',
      line: 1,
      problem: `the set has ${paths.length === 0 ? 'no' : 'more than one'} ${what}`,
      expected: 'exactly one',
      found: paths.length === 0 ? 'none' : paths.join(', '),
      fix: paths.length === 0 ? 'Add it.' : 'To override a built-in one, give the file its name.',
    },
  ]
}
