// What makes a plan a plan: each rule with an answer that breaks it, and what is derived from one that breaks none.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkPlan } from '../../src/plan/check-plan.ts'
import { topologicalOrder } from '../../src/plan/graph.ts'
import { ownerOf } from '../../src/plan/ownership.ts'
import type { PlanAnswer } from '../../src/plan/plan.ts'
import { PlanAnswer as PlanAnswerSchema } from '../../src/plan/plan.ts'
import type { PlanFacts } from '../../src/plan/plan-facts.ts'
import { anAnswer, aPlan, aSpecialist, aTask, smallTeam, someFacts } from '../support/plan-answer.ts'

function faultsOf(answer: PlanAnswer, facts: Partial<PlanFacts> = {}): readonly string[] {
  const checked = checkPlan(answer, someFacts(facts))
  return checked.kind === 'faults' ? checked.faults : []
}

type Change = Partial<PlanAnswer['tasks'][number]>

/** The good answer with one task changed. */
function withTask(id: string, change: Change): PlanAnswer {
  const answer = anAnswer()
  return { ...answer, tasks: answer.tasks.map((task) => (task.id === id ? { ...task, ...change } : task)) }
}

const withMore = (...tasks: PlanAnswer['tasks']): PlanAnswer => anAnswer({ tasks: [...anAnswer().tasks, ...tasks] })
const file = (path: string, change: 'create' | 'edit' | 'delete' = 'create') => ({ path, change, symbols: [] })

test('a good answer has no faults, and is what the schema of the tool accepts', () => {
  expect(faultsOf(anAnswer())).toEqual([])
  expect(PlanAnswerSchema.parse(anAnswer())).toEqual(anAnswer())
})

describe('tasks', () => {
  test.each<[string, PlanAnswer, RegExp]>([
    ['two tasks of one id', withMore(aTask('w4-rest-api-builder')), /^Task id w4-rest-api-builder is used more than once: number them/],
    [
      'an id that is not wave and specialist',
      withMore(aTask('w4-rest-api-builder', { id: 'api' })),
      /^Task api must be called w4-rest-api-builder/,
    ],
    [
      'an unknown specialist',
      withMore(aTask('w1-entity-architekt')),
      /there is no specialist entity-architekt\. Did you mean entity-architect\?/,
    ],
    ['a specialist in another’s wave', withMore(aTask('w2-entity-architect')), /is in wave 2, but entity-architect works in wave 1/],
    ['one who only reads', withMore(aTask('w0-foundation-analyst')), /foundation-analyst writes no files/],
    [
      'wave 0 without failures of the base',
      withMore(aTask('w0-entity-architect')),
      /is in wave 0, which is for failures of the base commit only, and there are none: move it to wave 1/,
    ],
    ['no files', withTask('w1-entity-architect', { files: [] }), /w1-entity-architect has no files/],
    ['an empty brief', withTask('w1-entity-architect', { brief: ' ' }), /w1-entity-architect: brief is empty/],
    ['empty acceptance', withTask('w1-entity-architect', { acceptance: ['  '] }), /empty line of acceptance/],
    [
      'a need that is not there',
      withTask('w4-rest-api-builder', { needs: ['w2-repository-bilder'] }),
      /needs w2-repository-bilder, which is not in the plan\. Did you mean w2-repository-builder\?/,
    ],
    [
      'a need of the same wave',
      withMore(aTask('w4-rest-api-builder-2', { needs: ['w4-rest-api-builder'] })),
      /needs w4-rest-api-builder \(wave 4\): needs point to earlier waves\. Declare what it uses as a contract/,
    ],
    [
      'a circle',
      withTask('w2-repository-builder', { needs: ['w4-rest-api-builder'] }),
      /in a circle: w2-repository-builder → w4-rest-api-builder → w2-repository-builder\.$/,
    ],
    ['a need of itself', withTask('w1-entity-architect', { needs: ['w1-entity-architect'] }), /needs itself/],
    [
      'two integrators of one wave',
      withMore(aTask('w4-rest-api-builder-2', { integrates: true })),
      /Wave 4 has 2 integrating tasks \(w4-rest-api-builder, w4-rest-api-builder-2\)/,
    ],
    ['a specialist nobody speaks of', anAnswer({ skipped: [] }), /Nobody says what becomes of documentation-writer/],
    [
      'a specialist with a task and skipped',
      anAnswer({ skipped: [...anAnswer().skipped, { specialist: 'entity-architect', reason: 'r' }] }),
      /entity-architect has a task and is skipped at once/,
    ],
    [
      'a specialist folded and skipped',
      anAnswer({ skipped: [...anAnswer().skipped, { specialist: 'value-object-designer', reason: 'r' }] }),
      /value-object-designer is folded into a task \(covers\) and skipped at once/,
    ],
    [
      'no reason',
      anAnswer({ skipped: [{ specialist: 'documentation-writer', reason: ' ' }] }),
      /In skipped: documentation-writer has no reason/,
    ],
    [
      'theatre',
      anAnswer({ tasks: Array.from({ length: 120 }, (_, at) => aTask(`w1-entity-architect-${at + 2}`)) }),
      /The plan has 120 tasks/,
    ],
  ])('%s', (_, answer, expected) => {
    expect(faultsOf(answer).join('\n')).toMatch(new RegExp(expected.source, 'm'))
  })

  test('a failure of the base commit may become a task of wave 0, by the specialist whose field it is', () => {
    expect(
      faultsOf(withMore(aTask('w0-rest-api-builder', { requirements: [] })), {
        baseFailures: [{ message: 'undefined: syscall.SO_REUSEPORT' }],
      }),
    ).toEqual([])
  })
})

describe('paths', () => {
  const planned = (path: string, change: 'create' | 'edit' | 'delete' = 'create') =>
    withTask('w1-entity-architect', { files: [file('internal/domain/rating/rating.go'), file(path, change)] })
  const patterned = (pattern: string) => withTask('w1-entity-architect', { paths: [pattern] })

  test.each<[string, PlanAnswer, RegExp]>([
    ['an absolute path', planned('/etc/passwd'), /relative to the repository/],
    ['a way out', planned('internal/../../x.go'), /no \.\. in it/],
    ['an empty part', planned('internal//x.go'), /no empty part/],
    ['a backslash', planned('internal\\x.go'), /with \/ between its parts/],
    ['a pattern among files', planned('internal/*.go'), /put patterns into paths/],
    ['a protected file', planned('.github/workflows/ci.yml'), /it is protected: it is executed by the CI/],
    ['git’s own folder', planned('.git/hooks/x'), /it is protected/],
    ['a link', planned('docs/x.md'), /docs is a link/],
    ['a file below a file', planned('go.mod/x.go'), /go\.mod is a file, not a folder/],
    ['a folder as file', planned('internal/api'), /it is a folder/],
    ['creating what exists', planned('internal/store/store.go'), /it exists already: plan it as edit/],
    ['editing what does not', planned('internal/store/other.go', 'edit'), /cannot be edited: plan it as create/],
    ['deleting what does not', planned('internal/store/other.go', 'delete'), /cannot be deleted/],
    ['one file twice in a task', planned('internal/domain/rating/rating.go'), /lists internal\/domain\/rating\/rating\.go twice/],
    [
      'one file of two tasks',
      withMore(aTask('w1-entity-architect-2', { files: [file('internal/store/rating.go')] })),
      /internal\/store\/rating\.go would belong to two tasks, w1-entity-architect-2 and w2-repository-builder/,
    ],
    [
      'one pattern of two tasks',
      withMore(aTask('w5-unit-test-engineer-2', { paths: ['internal/api/rating*_test.go'] })),
      /would belong to two tasks, w5-unit-test-engineer and w5-unit-test-engineer-2/,
    ],
    ['names that differ in case', planned('internal/store/Store.go'), /internal\/store\/store\.go differs only in upper and lower case/],
    ['an existing folder as a whole', patterned('internal/api/'), /the folder exists and holds other people’s files/],
    ['an existing folder by glob', patterned('internal/**'), /it takes a whole existing folder/],
    ['everything', patterned('**/*.go'), /begins with the folder it is about/],
    ['a protected pattern', patterned('.github/workflows/*.yml'), /it is protected/],
  ])('%s', (_, answer, expected) => {
    expect(faultsOf(answer).join('\n')).toMatch(expected)
  })

  test('a new folder and a glob of new files may be owned', () => {
    expect(faultsOf(patterned('internal/domain/rating/events/'))).toEqual([])
    expect(faultsOf(patterned('internal/api/rating_*.go'))).toEqual([])
  })

  test('outside the output folder nothing is planned', () => {
    const config = { ...someFacts().config, outputDir: 'internal' }
    const faults = faultsOf(anAnswer(), { config })
    expect(faults).toEqual([
      'Task w2-repository-builder, migrations/0002_ratings.sql: it lies outside internal, the folder that this run may write.',
    ])
  })
})

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
