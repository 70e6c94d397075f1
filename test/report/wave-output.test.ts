// wave-<K>-output.yaml: what each task put into the tree, read back as YAML.
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { renderWaveOutput, type WaveFacts, waveOutputName } from '../../src/report/wave-output.ts'
import { plan } from './a-plan.ts'
import { beginning, ending, eventsOf, middle, stateOf } from './a-run.ts'

const quota = 'example.com/exchange/internal/domain/quota'
const symbol = { package: quota, file: 'internal/domain/quota/quota.go', line: 3, endLine: 9, exported: true, test: false, doc: '' }
const facts: WaveFacts = {
  symbols: [
    { ...symbol, name: 'NewQuota', kind: 'func', signature: 'func(int64) (Quota, error)' },
    { ...symbol, name: 'Charge', receiver: 'Quota', kind: 'method', signature: 'func(int64) error' },
    { ...symbol, name: 'limit', kind: 'var', signature: 'int64', exported: false },
    { ...symbol, name: 'Elsewhere', kind: 'func', signature: 'func()', file: 'internal/other.go' },
    { ...symbol, name: 'Old', kind: 'func', signature: 'func()' },
  ],
  interfaces: [
    {
      package: quota,
      name: 'Repository',
      file: 'internal/domain/quota/repository.go',
      line: 3,
      exported: true,
      test: false,
      empty: false,
      constraint: false,
      used: true,
      methods: ['Find(context.Context, string) (*Quota, error)'],
      implementers: [
        {
          package: 'example.com/exchange/internal/infrastructure/postgres',
          type: 'QuotaRepository',
          pointer: true,
          file: 'x.go',
          test: false,
          reached: true,
        },
        { package: quota, type: 'fake', pointer: true, file: 'x_test.go', test: true, reached: false },
      ],
    },
  ],
  routes: [
    {
      method: 'POST',
      pattern: '/api/v1/quotas',
      handler: { package: 'example.com/exchange/rest', receiver: 'QuotaHandler', name: 'Create' },
      file: 'internal/api/rest/routes.go',
      line: 9,
      mounted: true,
      router: '*net/http.ServeMux',
      test: false,
    },
  ],
  tests: [],
}
const state = stateOf(eventsOf(beginning, middle, ending))
const output = (wave: 1 | 2 | 4 | 5, before?: WaveFacts) =>
  parse(renderWaveOutput({ state, plan, wave, facts, ...(before === undefined ? {} : { before }) }) ?? '')
const taskOf = (parsed: { readonly tasks: readonly { readonly id: string }[] }, id: string) => parsed.tasks.find((task) => task.id === id)

describe('the output of a wave', () => {
  it('has its commit, the word of its gate, its repair rounds and what is reconciled and due', () => {
    expect(output(1)).toMatchObject({
      version: 1,
      run: 'quotas-3fa9c1',
      wave: 1,
      name: 'Domain',
      commit: '1beef1f00d00',
      verdict: 'green, not proven: benchmarks',
      repair_rounds: 1,
      reconciled: ['internal/domain/quota/errors.go'],
      due: [{ what: 'route', subject: 'POST /api/v1/quotas', wave: 4 }],
    })
  })

  it('has for each of its tasks the files and the exported symbols with their signatures, and nothing of other files', () => {
    expect(taskOf(output(1), 'w1-entity-architect')).toMatchObject({
      specialist: 'entity-architect',
      state: 'green',
      attempt: 2,
      files: ['internal/domain/quota/errors.go', 'internal/domain/quota/quota.go'],
      symbols: [
        {
          file: 'internal/domain/quota/quota.go',
          package: quota,
          declares: ['func NewQuota: func(int64) (Quota, error)', 'method Quota.Charge: func(int64) error', 'func Old: func()'],
        },
      ],
      summary: 'Quota with constructor and Charge.\nDeclared what was missing.',
    })
    expect(output(1).tasks).toHaveLength(3)
  })

  it('calls created only what was not there before, when that is known', () => {
    const before = { ...facts, symbols: facts.symbols.filter((known) => known.name === 'Old'), interfaces: [], routes: [] }
    expect(taskOf(output(1, before), 'w1-entity-architect')).toMatchObject({
      symbols: [{ declares: [expect.stringContaining('NewQuota'), expect.stringContaining('Charge')] }],
    })
  })

  it('has interfaces with who implements them in production, and routes with handler and whether they are mounted', () => {
    expect(taskOf(output(1), 'w1-repository-interface-designer')).toMatchObject({
      interfaces: [
        {
          name: `${quota}.Repository`,
          methods: ['Find(context.Context, string) (*Quota, error)'],
          implemented_by: ['*example.com/exchange/internal/infrastructure/postgres.QuotaRepository'],
        },
      ],
    })
    expect(taskOf(output(4), 'w4-rest-api-builder')).toMatchObject({
      routes: [{ route: 'POST /api/v1/quotas', handler: 'example.com/exchange/rest.QuotaHandler.Create', mounted: true }],
    })
  })

  it('has a task without work with its state and reason', () => {
    expect(output(5).tasks).toEqual([
      { id: 'w5-unit-test-engineer', state: 'failed', reason: 'internal/domain/quota/quota_test.go is not there' },
    ])
    expect(output(5).verdict).toBe('not judged yet')
  })

  it('is nothing for a wave that the plan does not have, and has a name by its number', () => {
    expect(renderWaveOutput({ state, plan, wave: 0, facts })).toBeUndefined()
    expect(waveOutputName(3)).toBe('wave-3-output.yaml')
  })
})
