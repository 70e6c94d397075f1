// The rules that specialists' files are held to, one by one, and the built-in ones held to them.
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { promptBounds } from '../../src/plan/lint-prompt.ts'
import { describeSpecialistFault, lintSpecialists } from '../../src/plan/lint-specialists.ts'
import { loadSpecialists, readSpecialistFolder } from '../../src/plan/load-specialists.ts'
import type { SpecialistFile } from '../../src/plan/specialist.ts'
import { completeSet, type Differences, goodPrompt, roleFile, specialistFile } from '../support/specialist-file.ts'

const builtInFolder = join(import.meta.dirname, '..', '..', 'specialists')
const lint = (...files: readonly SpecialistFile[]): readonly string[] =>
  lintSpecialists([...completeSet(), ...files]).map(describeSpecialistFault)

test('a complete set has no faults', () => {
  expect(lint(specialistFile())).toEqual([])
})

describe('each rule is broken by one file and said in one line', () => {
  const cases: readonly (readonly [string, Differences, string])[] = [
    [
      'a file named otherwise',
      { path: 'specialists/2-gapfiller.md' },
      'specialists/2-gapfiller.md:2: file name and `name` disagree: expected a file named `2-gap-filler.md`, found `2-gapfiller.md`. Rename the file or edit `name`.',
    ],
    [
      'a wave other than the file name’s',
      { path: 'specialists/3-gap-filler.md' },
      'specialists/3-gap-filler.md:5: file name and `wave` disagree: expected a file named `2-gap-filler.md`, found `3-gap-filler.md`. Rename the file or edit `wave`.',
    ],
    [
      'a planner outside wave 0',
      { fields: { model: 'planner', tools: '[read]', writes: '[]' } },
      'specialists/2-gap-filler.md:7: only wave 0 plans: expected `model: planner` in a specialist of wave 0, found wave 2. Choose builder, reviewer or reconciler.',
    ],
    [
      'a tool named twice',
      { fields: { tools: '[read, write, read]' } },
      'specialists/2-gap-filler.md:6: a tool is named twice: expected each tool once, found `read`. Remove one of the two.',
    ],
    [
      'writing without paths',
      { fields: { writes: '[]' } },
      'specialists/2-gap-filler.md:6: it has a tool to change files, but `writes` is empty',
    ],
    [
      'paths without writing',
      { fields: { tools: '[read, bash]' } },
      'specialists/2-gap-filler.md:9: it has `writes`, but no tool to write with: expected `write` or `edit` in `tools`, found read, bash. Add the tool, or empty `writes`.',
    ],
    [
      'a missing section',
      { prompt: goodPrompt.replace('## Leave alone', '## Mercy') },
      'specialists/2-gap-filler.md:15: section `Leave alone` is missing: expected a line `## Leave alone`, found Duty, Look first, Mercy, Hand over, Check yourself. Add the line and its text.',
    ],
    [
      'a section spelt otherwise',
      { prompt: goodPrompt.replace('## Look first', '## Look First') },
      'specialists/2-gap-filler.md:19: a heading is spelt otherwise: expected a line `## Look first`, found `## Look First`. Write `## Look first`.',
    ],
    ['a section twice', { prompt: `${goodPrompt}\n\n## Duty\n\nagain` }, 'specialists/2-gap-filler.md:35: section `Duty` stands twice'],
    [
      'an empty section',
      { prompt: goodPrompt.replace(/## Hand over\n\n.*\n/, '## Hand over\n\n') },
      'specialists/2-gap-filler.md:27: section `Hand over` is empty',
    ],
    ['a section only inside a code fence', { prompt: goodPrompt.replace('## Duty', '```\n## Duty\n```') }, 'section `Duty` is missing'],
    [
      'a prompt too short',
      { prompt: goodPrompt.replaceAll(/what counts .*/g, 'do it') },
      `specialists/2-gap-filler.md:15: the prompt is too short: expected at least ${promptBounds.minWords} words, found 24.`,
    ],
    [
      'a prompt too long',
      { prompt: goodPrompt + ' word'.repeat(1_200) },
      `the prompt is too long: expected at most ${promptBounds.maxCharacters} characters, found `,
    ],
    [
      'a word left for later',
      { prompt: `${goodPrompt}\nTODO: say more` },
      'specialists/2-gap-filler.md:34: a placeholder stands in the prompt: expected finished text, found `TODO`. Write it out; a word that is meant literally goes in backticks.',
    ],
    ['filler text', { prompt: `${goodPrompt}\nLorem ipsum dolor` }, 'found `Lorem ipsum`'],
    ['a template nobody fills in', { prompt: `${goodPrompt}\nwrite {{file}}` }, 'found `{{file}}`'],
    [
      'a need that is nobody',
      { fields: { needs: '\n  - planner\n  - plannr' } },
      'specialists/2-gap-filler.md:12: `needs` names no specialist: expected the name of a specialist, found `plannr`. Did you mean `planner`?',
    ],
    ['a need of a role', { fields: { needs: '[the-repair]' } }, '`needs` names no specialist'],
  ]
  test.each(cases)('%s', (_, differences, expected) => {
    const faults = lint(specialistFile(differences))
    expect(faults).toHaveLength(1)
    expect(faults[0]).toContain(expected)
  })

  test('a word that is meant literally stands in backticks', () => {
    expect(lint(specialistFile({ prompt: `${goodPrompt}\nleave no \`TODO\` behind` }))).toEqual([])
  })

  test('the planner may only read', () => {
    const own = specialistFile({
      fields: { name: 'planner', title: 'Own Planner', wave: '0', model: 'planner', tools: '[read, bash]', writes: '[]' },
      layer: 'repository',
      path: '.dce/specialists/0-planner.md',
    })
    expect(lint(own)).toEqual([
      '.dce/specialists/0-planner.md:6: the planner may only read: expected read, grep, glob, outline, found `bash`. Remove the tool.',
    ])
  })
})

describe('what holds between files', () => {
  const second = (fields: Readonly<Record<string, string>>, more: Differences = {}) =>
    specialistFile({ prompt: `Second.\n\n${goodPrompt}`, ...more, fields: { name: 'second', title: 'Second', ...fields } })

  test('needs point to an earlier wave, never to a sibling or a later one, so there is no cycle', () => {
    const [sibling, later] = lint(specialistFile({ fields: { needs: '[second]' } }), second({ wave: '2', needs: '[gap-filler]' }))
    expect(sibling).toContain('2-gap-filler.md:10: `needs` names a specialist of wave 2: expected one of a wave before 2, found `second`.')
    expect(later).toContain('2-second.md:10: `needs` names a specialist of wave 2')
    expect(lint(specialistFile({ fields: { needs: '[second]' } }), second({ wave: '3' }))[0]).toContain('a specialist of wave 3')
    expect(lint(specialistFile({ fields: { needs: '[second]' } }), second({ wave: '1' }))).toEqual([])
  })

  test('a role may build on any specialist', () => {
    const files = completeSet().filter((file) => !file.path.includes('the-repair'))
    const repair = roleFile('repair', { fields: { needs: '[gap-filler]' } })
    expect(lintSpecialists([...files, repair, specialistFile()])).toEqual([])
  })

  test('name, title and prompt belong to one file of a layer', () => {
    const copy = specialistFile({ path: 'specialists/other/2-gap-filler.md' })
    expect(lint(specialistFile(), copy)).toEqual(
      ['2: a name', '3: a title', '15: a prompt'].map(
        (what) =>
          `specialists/other/2-gap-filler.md:${what} stands twice: expected one of its own, found the same as in specialists/2-gap-filler.md. Change or remove one of the two.`,
      ),
    )
  })

  test('a repository’s file may have the name of a built-in one: it overrides it', () => {
    expect(lint(specialistFile(), specialistFile({ layer: 'repository', path: '.dce/specialists/2-gap-filler.md' }))).toEqual([])
  })

  test('a file that cannot be read is not also missed by those that need it', () => {
    const broken = second({ wave: '1', effort: 'huge' })
    expect(lint(specialistFile({ fields: { needs: '[second]' } }), broken)).toHaveLength(1)
  })

  test('a set has one planner and one file a role', () => {
    const files = completeSet()
    expect(lintSpecialists(files.slice(1)).map(describeSpecialistFault)).toEqual([
      'specialists:1: the set has no specialist with `model: planner`: expected exactly one, found none. Add it.',
    ])
    const rival = roleFile('repair', { fields: { name: 'rival', title: 'Rival' }, path: 'specialists/roles/rival.md', prompt: goodPrompt })
    expect(lintSpecialists([...files, rival]).map(describeSpecialistFault)).toEqual([
      'specialists/roles/the-repair.md:1: the set has more than one file in roles/ with `role: repair`: expected exactly one, found specialists/roles/rival.md, specialists/roles/the-repair.md. To override a built-in one, give the file its name.',
    ])
  })
})

describe('the built-in specialists', async () => {
  const files = await readSpecialistFolder({ folder: builtInFolder, shownAs: 'specialists', layer: 'built-in' })
  const loaded = await loadSpecialists({ builtInFolder, repository: [] })
  const set = loaded.kind === 'loaded' ? loaded.set : undefined

  test('have no faults', () => {
    expect(lintSpecialists(files).map(describeSpecialistFault)).toEqual([])
  })

  test('are 26: one that plans and five in each of five waves', () => {
    expect([0, 1, 2, 3, 4, 5].map((wave) => set?.specialists.filter((each) => each.wave === wave).length)).toEqual([1, 5, 5, 5, 5, 5])
    expect(set?.planner).toMatchObject({ wave: 0, writes: [] })
  })

  test('repeat no line of one another: what all must know is said once, elsewhere', () => {
    const lines = files.flatMap((file) =>
      file.text
        .split('\n')
        .flatMap((line) => (line.split(/\s+/).length > 6 && !/^[a-z-]+:/.test(line) ? [{ line: line.trim(), path: file.path }] : [])),
    )
    const seen = new Map<string, string>()
    const repeated = lines.filter(({ line, path }) => seen.has(line) || !seen.set(line, path))
    expect(repeated).toEqual([])
  })

  test('have prompts of 250 to 450 words, the planner’s longer, the roles’ shorter', () => {
    const words = (prompt: string) => prompt.split(/\s+/).length
    for (const each of set?.specialists ?? []) {
      expect.soft(words(each.prompt), each.name).toBeGreaterThanOrEqual(250)
      expect.soft(words(each.prompt), each.name).toBeLessThanOrEqual(each.wave === 0 ? 1_000 : 450)
    }
    for (const each of Object.values(set?.roles ?? {})) expect.soft(words(each.prompt), each.name).toBeLessThanOrEqual(300)
  })

  test.each([
    ['repository-builder', ['sqlc', 'Transactions']],
    ['migration-engineer', ['Indexes', 'Constraints']],
    ['cache-layer-builder', ['Key builders', 'TTL']],
    ['integration-coordinator', ['circuit breaker']],
    ['compliance-enforcer', ['TCPA', 'GDPR', 'Audit']],
    ['performance-tuner', ['sub-millisecond']],
    ['graphql-designer', ['DataLoader', 'N+1']],
    ['api-documenter', ['OpenAPI', 'Example requests']],
    ['middleware-engineer', ['Authentication', 'Rate limiting', 'Request validation']],
    ['unit-test-engineer', ['90 %', 'Table-driven']],
    ['integration-tester', ['testcontainers']],
    ['performance-tester', ['benchmark', 'Under load']],
    ['security-auditor', ['Authentication', 'Authorisation', 'Input validation']],
    ['documentation-writer', ['README', 'Architecture decisions', 'Deployment guide']],
    ['value-object-designer', ['immutable', 'Money and PhoneNumber']],
    ['repository-interface-designer', ['create, read, update, delete and query']],
  ])('%s is asked for what it exists for', (name, words) => {
    const found = set?.specialists.find((each) => each.name === name)
    const text = `${found?.description}\n${found?.prompt}`
    expect(words.filter((word) => !text.includes(word))).toEqual([])
  })
})
