// A plan survives its file, people can read it, and a file that was changed does not pass for one.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { UserFault } from '../../src/fault.ts'
import { readSections } from '../../src/feature/blocks.ts'
import type { Plan } from '../../src/plan/plan.ts'
import { readPlanFile, writePlanFile } from '../../src/plan/plan-file.ts'
import { anAnswer, aPlan, aTask, someFacts } from '../support/plan-answer.ts'

const wild = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('```', '````json dce-plan', '</details>', '# a', '\r\n', '|', '<!--', '~~~', '@team', 'a\n```\nb', '---'),
)

const anyPlan: fc.Arbitrary<Plan> = fc
  .record({
    summary: wild,
    title: wild,
    brief: wild,
    source: wild,
    reason: wild,
    accept: wild,
    symbol: wild,
    subject: wild,
    path: wild.filter((path) => path !== ''),
    usd: fc.option(fc.double({ min: 0, max: 1e6, noNaN: true }), { nil: undefined }),
  })
  .map((drawn) => {
    const plan = aPlan()
    const tasks = plan.tasks.map((task, at) =>
      at > 0
        ? task
        : {
            ...task,
            title: drawn.title,
            brief: drawn.brief,
            acceptance: [drawn.accept],
            paths: [drawn.path],
            files: task.files.map((file) => ({ ...file, symbols: [drawn.symbol] })),
          },
    )
    return {
      ...plan,
      summary: drawn.summary,
      tasks,
      contracts: plan.contracts.map((contract) => ({ ...contract, source: drawn.source })),
      due: [{ what: 'file' as const, subject: drawn.subject, wave: 1 as const }],
      skipped: plan.skipped.map((one) => ({ ...one, reason: drawn.reason })),
      assumptions: [drawn.reason],
      estimate: { ...plan.estimate, usd: drawn.usd === undefined ? undefined : drawn.usd + 0 },
    }
  })

test('whatever a plan holds, it is read back as it was', () => {
  fc.assert(
    fc.property(anyPlan, (plan) => {
      expect(readPlanFile(writePlanFile(plan))).toEqual(plan)
    }),
    { numRuns: 300 },
  )
})

test('whatever a plan holds, its words open no section and end none', () => {
  const titlesBut = (plan: Plan) =>
    readSections(writePlanFile(plan)).filter(({ title }) => !title.startsWith(`${plan.tasks[0]!.id}:`)).length
  const plain = titlesBut(aPlan({ assumptions: ['none'] }))
  fc.assert(
    fc.property(anyPlan, (plan) => {
      expect(titlesBut(plan)).toBe(plain)
    }),
    { numRuns: 300 },
  )
})

test('people find summary, estimate, graph, waves, files, contracts, what is due and what is left out', () => {
  const text = writePlanFile(
    aPlan(
      { tasks: [...anAnswer().tasks, aTask('w0-rest-api-builder', { title: 'Compile on Linux', requirements: [] })] },
      someFacts({ baseFailures: [{ message: 'undefined' }] }),
    ),
  )
  for (const expected of [
    'Ratings, in four tasks.',
    /\*\*Estimate:\*\* 5 tasks, \d+ turns/,
    '```mermaid\nflowchart LR',
    't_w1_entity_architect --> t_w2_repository_builder',
    '## Wave 0: Prerequisites',
    '| w2-repository-builder | repository-builder | What w2-repository-builder does | 2 | w1-entity-architect | R3 |',
    '- create `internal/domain/rating/rating.go`: `Rating`, `New`',
    'Covers value-object-designer: one value',
    '```go\npackage rating',
    '- route `POST /api/v1/ratings`: due in wave 4',
    '- documentation-writer: nothing to explain',
  ]) {
    expect(text).toMatch(typeof expected === 'string' ? new RegExp(expected.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')) : expected)
  }
})

test('what the planner assumed stands before the tasks and is read back; a plan without the field is one too', () => {
  const assumptions = ['A rating cannot be changed.\n# Really', 'Stars are whole numbers.']
  const plan = aPlan({ assumptions })
  const text = writePlanFile(plan)
  expect(text).toContain(
    '## Assumed, for a person to decide\n\n- A rating cannot be changed. # Really\n- Stars are whole numbers.\n\n## Dep',
  )
  expect(readPlanFile(text).assumptions).toEqual(assumptions)
  expect(writePlanFile(aPlan())).not.toContain('ssum')
  expect('assumptions' in readPlanFile(writePlanFile(aPlan()))).toBe(false)
})

test.each([
  ['a changed block', (text: string) => text.replace('"Rating"', '"Other"'), /changed after dce wrote it/],
  ['a changed first line', (text: string) => text.replace(/sha256=[0-9a-f]+/, 'sha256=0'), /whose first line was changed/],
  ['a block without an end', (text: string) => text.slice(0, text.lastIndexOf('```')), /without an end/],
  ['a file of people', () => '# Implementation plan\n\n- [ ] build it', /no block that dce could read/],
])('%s is a fault that says so', (_, change, expected) => {
  const text = change(writePlanFile(aPlan()))
  expect(() => readPlanFile(text)).toThrow(expected)
  expect(() => readPlanFile(text)).toThrow(UserFault)
})

test('CRLF, as some editors and checkouts make it, changes nothing', () => {
  const plan = aPlan()
  expect(readPlanFile(writePlanFile(plan).replaceAll('\n', '\r\n'))).toEqual(plan)
})
