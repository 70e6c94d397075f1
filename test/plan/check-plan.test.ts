// What a plan that breaks no rule becomes, and what holds of every plan that passes.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkPlan } from '../../src/plan/check-plan.ts'
import { topologicalOrder } from '../../src/plan/graph.ts'
import { ownerOf } from '../../src/plan/ownership.ts'
import { PlanAnswer as PlanAnswerSchema } from '../../src/plan/plan.ts'
import { faultsOf, file } from '../support/changed-answer.ts'
import { anAnswer, aPlan, aSpecialist, aTask, smallTeam, someFacts } from '../support/plan-answer.ts'

test('a good answer has no faults, and is what the schema of the tool accepts', () => {
  expect(faultsOf(anAnswer())).toEqual([])
  expect(PlanAnswerSchema.parse(anAnswer())).toEqual(anAnswer())
})

describe('what is derived', () => {
  test('interfaces are due in wave 2, routes and constructors with the wiring, migrations with their task', () => {
    expect(aPlan().due).toEqual([
      { what: 'interface', subject: 'internal/domain/rating.Repository', wave: 2 },
      { what: 'route', subject: 'POST /api/v1/ratings', wave: 4 },
      { what: 'constructor', subject: 'internal/domain/rating.New', wave: 4 },
      { what: 'migration', subject: 'migrations/0002_ratings.sql', wave: 2 },
    ])
  })

  test('what the planner said about a subject stands', () => {
    const due = aPlan({ due: [{ what: 'route', subject: 'POST /api/v1/ratings', wave: 5 }] }).due
    expect(due.filter(({ what }) => what === 'route')).toEqual([{ what: 'route', subject: 'POST /api/v1/ratings', wave: 5 }])
  })

  test('tasks are in plan order and own their files', () => {
    const answer = anAnswer()
    const plan = aPlan({ tasks: [...answer.tasks].reverse() })
    expect(plan.tasks.map(({ wave }) => wave)).toEqual([1, 2, 4, 5])
    expect(ownerOf(plan, 'internal/store/rating_x_test.go')?.id).toBe('w5-unit-test-engineer')
    expect(plan.tasks[0]?.paths).toEqual(['internal/domain/rating/rating.go'])
  })

  test('the estimate says tasks, turns, tokens, money and its basis; without a price no money', () => {
    const { estimate } = aPlan()
    expect(estimate).toMatchObject({ tasks: 4, turns: 50 })
    expect(estimate.usd).toBeGreaterThan(0.5)
    expect(estimate.usd).toBeLessThan(3)
    expect(estimate.basis).toMatch(/4 tasks of about 10 turns \(five small files\), a quarter more for repair/)
    expect(aPlan({}, { price: undefined }).estimate).toMatchObject({ usd: undefined, basis: expect.stringMatching(/no known price/) })
  })

  test('minutes follow the execution mode: all at once is never slower than wave by wave', () => {
    const minutes = (executionMode: 'parallel' | 'sequential' | 'adaptive') =>
      aPlan({}, { config: { ...someFacts().config, executionMode } }).estimate.minutes
    expect(minutes('parallel')).toBeLessThanOrEqual(minutes('adaptive'))
    expect(minutes('adaptive')).toBeLessThanOrEqual(minutes('sequential'))
  })
})

test('whatever is answered, a plan that passes has no circle, needs only earlier waves, owns each planned file once and serves every requirement', () => {
  const team = [...smallTeam, aSpecialist('service-orchestrator', 3)]
  const builders = team.filter(({ tools }) => tools.includes('write'))
  const path = fc.constantFrom(
    'internal/a/a.go',
    'internal/a/b.go',
    'internal/b/a.go',
    'internal/b/a_test.go',
    'internal/api/routes.go',
    'internal/c/',
    'internal/c/d.go',
    'internal/b/*_test.go',
  )
  const task = fc.record({
    who: fc.nat(builders.length - 1),
    second: fc.boolean(),
    files: fc.array(path, { minLength: 1, maxLength: 3 }),
    needs: fc.array(fc.nat(7), { maxLength: 3 }),
    requirements: fc.subarray(['R1', 'R2', 'R3'], { minLength: 1 }),
  })
  let passed = 0
  fc.assert(
    fc.property(fc.array(task, { minLength: 1, maxLength: 5 }), (drawn) => {
      const ids = drawn.map(({ who, second }) => `w${builders[who]!.wave}-${builders[who]!.name}${second ? '-2' : ''}`)
      const tasks = drawn.map((one, at) =>
        aTask(ids[at]!, {
          files: one.files
            .filter((each) => !/[*/]$|\*/u.test(each))
            .map((each) => file(each, each === 'internal/api/routes.go' ? 'edit' : 'create')),
          paths: one.files.filter((each) => /[*/]$|\*/u.test(each)),
          needs: one.needs.flatMap((need) => ids[need] ?? []),
          requirements: one.requirements,
        }),
      )
      const named = new Set(drawn.map(({ who }) => builders[who]!.name as string))
      const skipped = builders.filter(({ name }) => !named.has(name)).map(({ name }) => ({ specialist: name as string, reason: 'r' }))
      const facts = someFacts({ specialists: team, config: { ...someFacts().config, qualityLevel: 'draft' } })
      const checked = checkPlan(anAnswer({ tasks, skipped, contracts: [] }), { ...facts, declared: [] })
      if (checked.kind === 'faults') return
      passed++
      const { plan } = checked
      expect(topologicalOrder(plan.tasks).kind).toBe('ordered')
      const waveOf = new Map(plan.tasks.map(({ id, wave }) => [id, wave]))
      for (const each of plan.tasks) {
        for (const need of each.needs) expect(waveOf.get(need)).toBeLessThan(each.wave)
        for (const planned of each.files) expect(ownerOf(plan, planned.path)?.id).toBe(each.id)
      }
      const files = plan.tasks.flatMap((each) => each.files.map((planned) => planned.path))
      expect(new Set(files).size).toBe(files.length)
      expect([...new Set(plan.tasks.flatMap(({ requirements }) => requirements))].sort()).toEqual(['R1', 'R2', 'R3'])
      for (const duty of plan.due) expect(plan.tasks.some(({ wave }) => wave === duty.wave)).toBe(true)
    }),
    { numRuns: 2_000 },
  )
  expect(passed).toBeGreaterThan(20)
})
