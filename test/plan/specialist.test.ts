// One specialist's file, parsed: what is taken, and what is said about what is not.
import { describe, expect, test } from 'vitest'
import { describeSpecialistFault } from '../../src/plan/lint-specialists.ts'
import { parseSpecialist, type SpecialistFile, specialistTools, WrittenRole, WrittenSpecialist } from '../../src/plan/specialist.ts'
import { type Differences, goodPrompt, roleFile, specialistFile } from '../support/specialist-file.ts'

function faultsOf(file: SpecialistFile): readonly string[] {
  const parsed = parseSpecialist(file)
  return parsed.kind === 'faulty' ? parsed.faults.map(describeSpecialistFault) : []
}

describe('a file without faults', () => {
  test('becomes a specialist with its fields, its prompt and where it came from', () => {
    const parsed = parseSpecialist(specialistFile({ fields: { needs: '[entity-architect]' } }))
    expect(parsed).toMatchObject({
      kind: 'parsed',
      bodyLine: 15,
      value: {
        kind: 'specialist',
        name: 'gap-filler',
        title: 'Gap Filler',
        description: 'Fills gaps between the others. Use when there are gaps.',
        wave: 2,
        tools: ['read', 'write'],
        model: 'builder',
        effort: 'low',
        writes: ['internal/gap/**'],
        needs: ['entity-architect'],
        leaveOutWhen: 'There is no gap to be filled anywhere.',
        draft: 'skip',
        prompt: goodPrompt,
        source: { path: 'specialists/2-gap-filler.md', layer: 'built-in' },
      },
    })
  })

  test('in a folder roles/ becomes a role', () => {
    const parsed = parseSpecialist(roleFile('adversary'))
    expect(parsed).toMatchObject({ kind: 'parsed', value: { kind: 'role', role: 'adversary', name: 'the-adversary' } })
  })

  test('may list tools and needs with commas instead of brackets', () => {
    const parsed = parseSpecialist(specialistFile({ fields: { tools: 'read, write', needs: 'entity-architect' } }))
    expect(parsed).toMatchObject({ value: { tools: ['read', 'write'], needs: ['entity-architect'] } })
  })

  test('may come with CRLF, a byte order mark and fields over several lines', () => {
    const file = specialistFile({ fields: { description: '>-\n  Fills gaps,\n  all of them.' } })
    const parsed = parseSpecialist({ ...file, text: `\uFEFF${file.text.replaceAll('\n', '\r\n')}` })
    expect(parsed).toMatchObject({ value: { description: 'Fills gaps, all of them.', prompt: goodPrompt } })
  })

  test('keeps a line of three dashes in the prompt as text', () => {
    const parsed = parseSpecialist(specialistFile({ prompt: `before\n\n---\n\n${goodPrompt}` }))
    expect(parsed).toMatchObject({ value: { prompt: `before\n\n---\n\n${goodPrompt}` } })
  })
})

test('a role’s front matter is a specialist’s with `role` in the place of `wave`', () => {
  const { wave, ...shared } = WrittenSpecialist.shape
  const { role, ...ofRole } = WrittenRole.shape
  expect(Object.keys(ofRole)).toEqual(Object.keys(shared))
  expect([wave.safeParse(5).success, role.safeParse('repair').success]).toEqual([true, true])
})

test('every tool may be named', () => {
  expect(parseSpecialist(specialistFile({ fields: { tools: `[${specialistTools.join(', ')}]` } }))).toMatchObject({
    value: { tools: specialistTools },
  })
})

describe('a wrong front matter is told with line, expectation, finding and remedy', () => {
  const cases: readonly (readonly [string, Differences, string])[] = [
    [
      'a missing field',
      { fields: { effort: null } },
      ':1: field `effort` is missing: expected one of low, medium, high, found nothing. Add `effort:` to the front matter.',
    ],
    [
      'a misspelt field',
      { fields: { efort: 'low' } },
      ':13: unknown field: expected one of name, title, description, tools, model, effort, writes, needs, leave-out-when, draft, wave, found `efort`. Did you mean `effort`?',
    ],
    [
      'a field nobody knows',
      { fields: { color: 'red' } },
      ':13: unknown field: expected one of name, title, description, tools, model, effort, writes, needs, leave-out-when, draft, wave, found `color`. Remove `color`.',
    ],
    [
      'an unknown tool',
      { fields: { tools: '\n  - read\n  - wirte' } },
      ':8: field `tools` is wrong: expected a list of at least one of read, grep, glob, outline, write, edit, bash, request_path, request_contract_change, request_module, found "wirte". Did you mean `write`?',
    ],
    ['an unknown tool between commas', { fields: { tools: 'Read, write' } }, 'found "Read". Did you mean `read`?'],
    ['no tools', { fields: { tools: '[]' } }, ':6: field `tools` is wrong: expected a list of at least one of read'],
    [
      'a model’s name instead of a role',
      { fields: { model: 'opus' } },
      ':7: field `model` is wrong: expected one of planner, builder, reviewer, reconciler: the role, whose model the configuration names, found "opus". Edit `model`.',
    ],
    [
      'a wave out of range',
      { fields: { wave: '6' }, path: 'specialists/6-gap-filler.md' },
      ':5: field `wave` is wrong: expected a number from 0 to 5, found 6. Edit `wave`.',
    ],
    [
      'a name with capitals',
      { fields: { name: 'Gap_Filler' } },
      ':2: field `name` is wrong: expected lower-case words joined by dashes, like `entity-architect`, found "Gap_Filler".',
    ],
    ['a glob that leaves the repository', { fields: { writes: "['internal/**', '../x/**']" } }, ':9: field `writes` is wrong'],
    ['an absolute glob', { fields: { writes: "['/etc/**']" } }, 'found "/etc/**"'],
    ['a description too short to choose by', { fields: { description: 'Fills.' } }, ':4: field `description` is wrong'],
    [
      'a quality word of its own',
      { fields: { draft: 'keeep' } },
      ':12: field `draft` is wrong: expected one of keep, fold, skip, found "keeep". Did you mean `keep`?',
    ],
    ['a role outside roles/', { fields: { wave: null, role: 'repair' }, path: 'specialists/2-gap-filler.md' }, 'unknown field'],
    ['the same field twice', { fields: { draft: 'skip\nname: other' } }, ':13: the front matter is not YAML'],
    ['a value that YAML reads otherwise', { fields: { title: 'Gap: Filler: All' } }, ':3: the front matter is not YAML'],
    [
      'an alias',
      { fields: { title: '&a Gap Filler', description: '*a' } },
      ':4: the front matter uses a YAML alias: expected plain values, found `*a`.',
    ],
  ]
  test.each(cases)('%s', (_, differences, expected) => {
    const file = specialistFile(differences)
    expect(faultsOf(file).filter((fault) => fault.includes(expected))).toHaveLength(1)
  })

  test('everything wrong with the fields is said at once', () => {
    expect(faultsOf(specialistFile({ fields: { name: 'X', effort: 'huge', wave: null, colour: 'red' } }))).toHaveLength(4)
  })

  test.each([
    ['no front matter', '# Gap Filler\n', 'f.md:1: no front matter: expected a line `---`'],
    ['an empty file', '', 'f.md:1: no front matter'],
    ['no end of it', '---\nname: x\n', 'f.md:3: the front matter does not end'],
    ['a list', '---\n- name\n---\n', 'f.md:2: the front matter is not a mapping: expected `field: value` lines, found "- name"'],
    ['nothing in it', '---\n---\ntext\n', 'f.md:2: the front matter is not a mapping'],
  ])('%s', (_, text, expected) => {
    const faults = faultsOf({ path: 'f.md', text, layer: 'repository' })
    expect(faults).toHaveLength(1)
    expect(faults[0]).toContain(expected)
  })
})
