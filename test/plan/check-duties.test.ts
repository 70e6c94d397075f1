// What the whole feature owes, and what the quality level asks: each rule with an answer that breaks it.
import { describe, expect, test } from 'vitest'
import type { PlanAnswer } from '../../src/plan/plan.ts'
import { faultsOf, withMore, withTask } from '../support/changed-answer.ts'
import { anAnswer, aPlan, aTask, someFacts } from '../support/plan-answer.ts'

describe('duties', () => {
  test.each<[string, PlanAnswer, RegExp]>([
    [
      'a requirement without a task',
      withTask('w2-repository-builder', { requirements: ['R1'] }),
      /Requirement R3 has no task \("A rating is stored\."\)/,
    ],
    [
      'an unknown requirement',
      withTask('w2-repository-builder', { requirements: ['R3', 'R9'] }),
      /Task w2-repository-builder names requirement R9, which the feature does not have/,
    ],
    ['a task for nothing', withTask('w1-entity-architect', { requirements: [] }), /Task w1-entity-architect serves no requirement/],
    [
      'a requirement left without a reason',
      anAnswer({ withoutTask: [{ requirement: 'R1', reason: '' }] }),
      /withoutTask: R1 has no reason/,
    ],
    [
      'a contract of nobody',
      anAnswer({ contracts: [{ ...anAnswer().contracts[0]!, task: 'w1-nobody' }] }),
      /Contract 1 \(w1-nobody, .*\): there is no task w1-nobody/,
    ],
    [
      'a contract in another’s file',
      anAnswer({ contracts: [{ ...anAnswer().contracts[0]!, task: 'w4-rest-api-builder' }] }),
      /the path belongs to w1-entity-architect/,
    ],
    [
      'a contract in a file nobody plans',
      anAnswer({ contracts: [{ ...anAnswer().contracts[0]!, path: 'internal/x/y.go' }] }),
      /does not own the path: plan the file there/,
    ],
    [
      'amending a new file',
      anAnswer({ contracts: [{ ...anAnswer().contracts[0]!, kind: 'amend' }] }),
      /amend changes a file of the base commit/,
    ],
    ['an empty contract', anAnswer({ contracts: [{ ...anAnswer().contracts[0]!, source: ' ' }] }), /the source is empty/],
    [
      'due in a wave without tasks',
      anAnswer({ due: [{ what: 'route', subject: 'POST /x', wave: 3 }] }),
      /wave 3 has no tasks; waves with tasks are 1, 2, 4, 5/,
    ],
    ['a route in no form', anAnswer({ due: [{ what: 'route', subject: '/x', wave: 4 }] }), /a route is written as METHOD \/path/],
    ['a file that nobody writes', anAnswer({ due: [{ what: 'file', subject: 'x.go', wave: 4 }] }), /no task plans that file/],
    [
      'a file due before it is written',
      anAnswer({ due: [{ what: 'file', subject: 'internal/api/rating.go', wave: 1 }] }),
      /w4-rest-api-builder writes it in wave 4 only/,
    ],
    ['an interface in no form', anAnswer({ due: [{ what: 'interface', subject: 'Repository', wave: 2 }] }), /write it as folder\.Name/],
    [
      'a benchmark that nobody would write',
      anAnswer({ benchmarks: [{ package: 'internal/x', name: 'BenchmarkX', maxNs: 1 }] }),
      /no task owns a test file of that package/,
    ],
    [
      'a benchmark of no name',
      anAnswer({ benchmarks: [{ package: 'internal/domain/rating', name: 'Benchmarkx', maxNs: 1 }] }),
      /its name must be Benchmark/,
    ],
    [
      'a module of no form',
      anAnswer({ modules: [{ path: 'uuid', version: 'latest', why: '' }] }),
      /a module path begins with a host name[\s\S]*a version is like v1\.2\.3[\s\S]*it has no reason/,
    ],
    ['no basis', anAnswer({ estimate: { turnsPerTask: 3, basis: '' } }), /The estimate has no basis/],
  ])('%s', (_, answer, expected) => {
    expect(faultsOf(answer).join('\n')).toMatch(expected)
  })

  test('a range of requirements stands for all of them', () => {
    const plan = aPlan(withTask('w1-entity-architect', { requirements: ['R1-R3'] }))
    expect(plan.tasks[0]?.requirements).toEqual(['R1', 'R2', 'R3'])
  })

  test('a requirement that existing code meets needs a reason, not a task', () => {
    const plan = aPlan({
      ...withTask('w2-repository-builder', { requirements: ['R1'] }),
      withoutTask: [{ requirement: 'R3', reason: 'store.go keeps everything' }],
    })
    expect(plan.withoutTask).toEqual([{ requirement: 'R3', reason: 'store.go keeps everything' }])
  })

  test('faults of the contracts’ type check are faults of the plan', () => {
    expect(faultsOf(anAnswer(), { contractFaults: ['Contract 1: undefined: uuid'] })).toEqual(['Contract 1: undefined: uuid'])
  })
})

describe('quality levels', () => {
  const at = (qualityLevel: 'draft' | 'production' | 'bulletproof') => ({ config: { ...someFacts().config, qualityLevel } })
  const untested = anAnswer({
    tasks: anAnswer().tasks.slice(0, 3),
    skipped: [...anAnswer().skipped, { specialist: 'unit-test-engineer', reason: 'none' }],
  })

  test('a draft may do without tests, production may not', () => {
    expect(faultsOf(untested, at('draft'))).toEqual([])
    expect(faultsOf(untested, at('production'))).toEqual([
      'Quality level production: no task writes tests. Plan a _test.go file or a glob such as internal/domain/rating/*_test.go.',
    ])
  })

  test('bulletproof wants tests in each package and owes coverage of the new ones', () => {
    const without = withTask('w5-unit-test-engineer', { paths: [] })
    expect(faultsOf(without, at('bulletproof'))).toHaveLength(2)
    expect(aPlan({}, at('bulletproof')).due).toContainEqual({ what: 'coverage', subject: 'internal/domain/rating', wave: 5 })
  })

  test('a draft leaves out whom its front matter says, with the reason', () => {
    expect(faultsOf(withMore(aTask('w5-documentation-writer')), at('draft')).join()).toMatch(
      /quality level draft leaves documentation-writer out/,
    )
    expect(aPlan({ skipped: [] }, at('draft')).skipped).toEqual([
      { specialist: 'documentation-writer', reason: 'left out at quality level draft' },
    ])
  })
})
