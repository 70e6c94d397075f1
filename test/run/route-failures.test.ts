// Who is asked to mend what: one table of failures and their owners.
import { describe, expect, it } from 'vitest'
import type { Failure } from '../../src/gate/verdict.ts'
import { asRepoPath } from '../../src/ids.ts'
import { routeFailures } from '../../src/run/route-failures.ts'
import { makeFailure, makePlan, makeTask } from './simulate.ts'

const file = (path: string, ...symbols: string[]) => ({ path: asRepoPath(path), change: 'create' as const, symbols })
const plan = makePlan([
  makeTask(1, 'entity', { files: [file('internal/quota/quota.go', 'Quota', 'NewQuota')] }),
  makeTask(1, 'service', { files: [file('internal/quota/rules.go', 'Allow')] }),
  makeTask(2, 'store', { files: [file('internal/store/quota.go', 'Store', '(*Store).Save')] }),
  makeTask(4, 'rest', { files: [file('internal/rest/quota.go', 'Handler'), file('internal/rest/router.go')], integrates: true }),
  makeTask(5, 'tests', { files: [file('internal/quota/quota_test.go')], paths: ['test/**'] }),
])
const all = new Set(plan.tasks.map((task) => task.id as string))
const route = (failure: Failure, more: { upheld?: string[]; wave?: 1 | 2 | 4 | 5; known?: Set<string> } = {}) =>
  routeFailures({ plan, wave: more.wave ?? 5, failures: [failure], known: more.known ?? all, upheld: more.upheld ?? [], escalation: 0 })

describe('a failure goes to its cause', () => {
  it.each<[string, Failure, string]>([
    [
      'an undefined symbol to the owner of its declaration, not to the file that uses it',
      makeFailure('internal/store/quota.go', { symbol: 'quota.NewQuota' }),
      'w1-entity',
    ],
    [
      'a missing method to the owner of its type',
      makeFailure('internal/rest/quota.go', { kind: 'not-conforming', symbol: '(*Store).Save' }),
      'w2-store',
    ],
    ['a syntax error to the owner of the file', makeFailure('internal/store/quota.go', { kind: 'compile' }), 'w2-store'],
    [
      'a failing assertion to the code under test, not to the tester',
      makeFailure('internal/quota/quota_test.go', { check: 'tests', kind: 'test', test: 'TestNewQuota' }),
      'w1-entity',
    ],
    [
      'a failing assertion that names another symbol of the package to its owner',
      makeFailure('internal/quota/quota_test.go', { check: 'tests', kind: 'test', test: 'TestAllow' }),
      'w1-service',
    ],
    [
      'a test that does not compile to the tester',
      makeFailure('internal/quota/quota_test.go', { check: 'compilation', kind: 'test-compile' }),
      'w5-tests',
    ],
    ['a route that is not mounted to the integrator', makeFailure('internal/rest/quota.go', { kind: 'not-mounted' }), 'w4-rest'],
    ['an architecture failure to the integrator', makeFailure('internal/store/quota.go', { kind: 'architecture' }), 'w4-rest'],
    ['a file nobody owns to the integrator', makeFailure('cmd/api/main.go', { kind: 'vet' }), 'w4-rest'],
    [
      'a body of a contract to the task that it stands for, not to who owns the file',
      makeFailure('internal/rest/quota.go', { kind: 'stub', message: 'Save is still the body of a contract (dce: contract of w2-store).' }),
      'w2-store',
    ],
    [
      'a test that ran into one too',
      makeFailure('internal/quota/quota_test.go', { kind: 'test', test: 'TestAllow', message: 'panic: dce: contract of w2-store' }),
      'w2-store',
    ],
    ['a weakened test to its owner', makeFailure('test/e2e_test.go', { check: 'tamper', kind: 'test-weakened' }), 'w5-tests'],
  ])('%s', (_, failure, owner) => {
    expect(route(failure).shares.map((share) => share.task)).toEqual([owner])
  })

  it('tests are read-only for whoever mends an assertion', () => {
    const failure = makeFailure('internal/quota/quota_test.go', { check: 'tests', kind: 'test', test: 'TestNewQuota' })
    expect(route(failure).shares[0]?.readOnly).toEqual(['**/*_test.go'])
  })

  it('an upheld dispute sends the failure to the tester, who may write the test', () => {
    const failure = makeFailure('internal/quota/quota_test.go', { check: 'tests', kind: 'test', test: 'TestNewQuota' })
    expect(route(failure, { upheld: ['TestNewQuota'] }).shares[0]).toMatchObject({ task: 'w5-tests', readOnly: [] })
  })

  it('the integrator gets a file nobody owns for this attempt', () => {
    expect(route(makeFailure('cmd/api/main.go', { kind: 'vet' })).shares[0]?.paths).toContain('cmd/api/main.go')
  })

  it('a task whose contract still stands in its place is asked even when it was left out: nobody else may write there', () => {
    const failure = makeFailure('internal/store/quota.go', { kind: 'stub', message: 'Save is still … (dce: contract of w2-store).' })
    const known = new Set(['w1-entity', 'w4-rest'])
    expect(route(failure, { known, wave: 4 }).shares).toMatchObject([{ task: 'w2-store', paths: ['internal/store/quota.go'] }])
    expect(route(failure, { known, wave: 1 }).shares[0]?.task).toBe('w4-rest')
  })

  it('tasks that are not done cannot be asked; with none left the failure is an orphan', () => {
    const result = route(makeFailure('internal/store/quota.go'), { known: new Set() })
    expect(result).toMatchObject({ shares: [], orphans: [{ file: 'internal/store/quota.go' }] })
  })
})

describe('escalation', () => {
  it('gives one agent the paths of everyone involved and all failures', () => {
    const failures = [
      makeFailure('internal/store/quota.go'),
      makeFailure('internal/quota/rules.go'),
      makeFailure('internal/quota/rules.go', { id: 'b' }),
    ]
    const { shares } = routeFailures({ plan, wave: 5, failures, known: all, upheld: [], escalation: 1 })
    expect(shares).toHaveLength(1)
    expect(shares[0]?.task).toBe('w1-service')
    expect(shares[0]?.failures.map((failure) => failure.id).sort()).toEqual(failures.map((failure) => failure.id).sort())
    expect(shares[0]?.paths).toEqual(expect.arrayContaining(['internal/store/quota.go', 'internal/quota/rules.go']))
  })
})
