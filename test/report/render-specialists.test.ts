// What `dce specialists list` and `dce specialists lint` print.
import { expect, test } from 'vitest'
import { assembleSpecialists, type SpecialistSet } from '../../src/plan/load-specialists.ts'
import { renderSpecialistFaults, renderSpecialists, specialistsAsJson } from '../../src/report/render-specialists.ts'
import { completeSet, specialistFile } from '../support/specialist-file.ts'

function aSet(): SpecialistSet {
  const own = specialistFile({ fields: { writes: "['a/**', 'b/**']" }, layer: 'repository', path: '.dce/specialists/2-gap-filler.md' })
  const loaded = assembleSpecialists([...completeSet(), own])
  if (loaded.kind === 'faulty') throw new Error(JSON.stringify(loaded.faults))
  return loaded.set
}

test('the list is a table by wave with names, what they write and what they are for; a repository’s own are marked', () => {
  const lines = renderSpecialists(aSet()).split('\n')
  expect(lines.slice(0, 6)).toEqual([
    'Wave 0: Foundation',
    '  planner         (nothing)        Fills gaps between the others. Use when there are gaps.',
    '',
    'Wave 2: Infrastructure',
    '  gap-filler *    a/** +1          Fills gaps between the others. Use when there are gaps.',
    '',
  ])
  expect(lines).toContain('* from this repository')
})

test('no line is wider than the terminal', () => {
  const widths = renderSpecialists(aSet(), 50)
    .split('\n')
    .map((line) => line.length)
  expect(Math.max(...widths)).toBe(50)
})

test('the JSON carries every field under its name in the file, and the prompt', () => {
  const { specialists, roles } = specialistsAsJson(aSet())
  expect(specialists[1]).toMatchObject({
    name: 'gap-filler',
    wave: 2,
    'leave-out-when': 'There is no gap to be filled anywhere.',
    source: { layer: 'repository' },
  })
  expect(roles).toHaveLength(4)
  expect(JSON.parse(JSON.stringify(roles))).toEqual(roles)
})

test('faults are one a line, with a count at the end', () => {
  const fault = { file: 'a.md', line: 3, problem: 'p', expected: 'x', found: 'y', fix: 'Do z.' }
  expect(renderSpecialistFaults([fault], 30)).toBe('a.md:3: p: expected x, found y. Do z.\n30 files, 1 fault\n')
  expect(renderSpecialistFaults([], 30)).toBe('30 files, no faults\n')
})
