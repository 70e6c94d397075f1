// What becomes of a plan when something is granted, changed or left out.
import { describe, expect, test } from 'vitest'
import { asRepoPath, asTaskId } from '../../src/ids.ts'
import { amendPlan, withAnswer, withoutSkipped } from '../../src/plan/amend-plan.ts'
import type { Plan } from '../../src/plan/plan.ts'
import { anAnswer, aPlan, aTask } from '../support/plan-answer.ts'

const plan = aPlan()
const id = asTaskId

function amended(...[from, amendment]: Parameters<typeof amendPlan>): Plan {
  const result = amendPlan(from, amendment)
  if (result.kind === 'refused') throw new Error(result.reason)
  return result.plan
}

describe('a path', () => {
  const grant = (path: string) => amendPlan(plan, { kind: 'path', task: id('w1-entity-architect'), path })

  test('that nobody owns becomes the task’s', () => {
    expect(
      amended(plan, { kind: 'path', task: id('w1-entity-architect'), path: 'internal/domain/rating/errors.go' }).tasks[0]?.paths,
    ).toEqual(['internal/domain/rating/rating.go', 'internal/domain/rating/errors.go'])
  })

  test('granted twice is granted once', () => {
    const once = amended(plan, { kind: 'path', task: id('w1-entity-architect'), path: 'x.go' })
    expect(amended(once, { kind: 'path', task: id('w1-entity-architect'), path: 'x.go' })).toEqual(once)
  })

  test.each([
    ['internal/api/routes.go', 'internal/api/routes.go belongs to w4-rest-api-builder.'],
    ['internal/store/rating*_test.go', 'internal/store/rating*_test.go belongs to w5-unit-test-engineer.'],
  ])('%s has an owner already', (path, reason) => {
    expect(grant(path)).toEqual({ kind: 'refused', reason })
  })
})

test('a contract has its new text, another one stays', () => {
  const contract = { ...plan.contracts[0]!, source: 'package rating\n\ntype Rating struct{ Stars uint8 }\n' }
  expect(amended(plan, { kind: 'contract', contract }).contracts).toEqual([contract])
  expect(amendPlan(plan, { kind: 'contract', contract: { ...contract, path: asRepoPath('x.go') } })).toMatchObject({ kind: 'refused' })
})

test('a module is added once; another version of it is refused', () => {
  const module = { path: 'github.com/google/uuid', version: 'v1.6.0', why: 'ids' }
  const more = amended(plan, { kind: 'module', module })
  expect(more.modules).toEqual([module])
  expect(amended(more, { kind: 'module', module })).toEqual(more)
  expect(amendPlan(more, { kind: 'module', module: { ...module, version: 'v1.5.0' } })).toEqual({
    kind: 'refused',
    reason: 'The plan has github.com/google/uuid in version v1.6.0 already.',
  })
})

describe('skipping a task', () => {
  const skip = (task: string, from = plan) => amendPlan(from, { kind: 'skip', task: id(task), reason: 'not now' })

  test('is refused while others depend on it, also through others, naming them', () => {
    expect(skip('w1-entity-architect')).toEqual({
      kind: 'refused',
      reason: 'w1-entity-architect cannot be skipped: w2-repository-builder, w4-rest-api-builder depend on it.',
    })
    expect(skip('w2-repository-builder')).toEqual({
      kind: 'refused',
      reason: 'w2-repository-builder cannot be skipped: w4-rest-api-builder depends on it.',
    })
  })

  test('is refused while others use its contracts', () => {
    expect(
      amendPlan(plan, { kind: 'skip', task: id('w4-rest-api-builder'), reason: 'r', consumers: [id('w5-unit-test-engineer')] }),
    ).toEqual({
      kind: 'refused',
      reason: 'w4-rest-api-builder cannot be skipped: w5-unit-test-engineer depends on it.',
    })
  })

  test('takes along its contracts and what it alone owed, and names what it alone served', () => {
    const without = amended(plan, { kind: 'skip', task: id('w4-rest-api-builder'), reason: 'not now' })
    expect(without.tasks.map((task) => task.id)).not.toContain('w4-rest-api-builder')
    expect(without.withoutTask).toEqual([{ requirement: 'R2', reason: 'w4-rest-api-builder was skipped: not now' }])
    expect(without.skipped.at(-1)).toEqual({ specialist: 'rest-api-builder', reason: 'w4-rest-api-builder was skipped: not now' })
    const waves = new Set(without.tasks.map(({ wave }) => wave))
    for (const duty of without.due) expect(waves).toContain(duty.wave)
  })

  test('a specialist with another task is not left out', () => {
    const two = aPlan({ tasks: [...anAnswer().tasks, aTask('w4-rest-api-builder-2', { requirements: ['R2'] })] })
    const without = amended(two, { kind: 'skip', task: id('w4-rest-api-builder-2'), reason: 'r' })
    expect(without.skipped).toEqual(two.skipped)
    expect(without.withoutTask).toEqual([])
  })

  test('an unknown task is named with those there are', () => {
    expect(skip('w9-nobody')).toMatchObject({
      kind: 'refused',
      reason: expect.stringMatching(/^The plan has no task w9-nobody\. Its tasks are w1-entity-architect, /),
    })
  })
})

describe('an answered request', () => {
  const by = id('w1-entity-architect')

  test('that was granted stands in the plan; a refused one changes nothing', () => {
    const path = { kind: 'path', subject: 'internal/domain/rating/errors.go', granted: true } as const
    expect(withAnswer(plan, by, path).tasks[0]?.paths).toContain('internal/domain/rating/errors.go')
    expect(withAnswer(plan, by, { ...path, granted: false })).toBe(plan)
    const module = { path: 'example.test/ids', version: 'v1.0.0', why: 'ids' }
    expect(withAnswer(plan, by, { kind: 'module', subject: module.path, granted: true, module }).modules).toEqual([...plan.modules, module])
    const contract = { ...plan.contracts[0]!, source: 'package rating\n\ntype Rating struct{ Stars uint8 }\n' }
    expect(withAnswer(plan, by, { kind: 'contract', subject: 'Rating', granted: true, contract }).contracts[0]).toEqual(contract)
  })

  test('for what has another owner changes nothing', () => {
    expect(withAnswer(plan, by, { kind: 'path', subject: 'internal/api/routes.go', granted: true })).toBe(plan)
  })
})

describe('a plan without its skipped tasks', () => {
  const skip = (task: string) => ({ task: id(task), reason: 'not now' })

  test('owes nothing of theirs, dependents gone first whatever the order', () => {
    const left = withoutSkipped(plan, [skip('w2-repository-builder'), skip('w4-rest-api-builder')])
    expect(left.tasks.map((task) => task.id)).toEqual(['w1-entity-architect', 'w5-unit-test-engineer'])
    expect(left.contracts.every((contract) => left.tasks.some((task) => task.id === contract.task))).toBe(true)
    expect(left.withoutTask?.map(({ requirement }) => requirement)).toEqual(expect.arrayContaining(['R2', 'R3']))
  })

  test('keeps a task that others still need', () => {
    expect(withoutSkipped(plan, [skip('w1-entity-architect')])).toEqual(plan)
  })
})
