// What an agent asks beyond its task: the rule, on a small plan.
import { describe, expect, it } from 'vitest'
import { type AgentRequest, answerRequest, mayFetch, type RequestFacts } from '../../src/agent/requests.ts'
import { asTaskId } from '../../src/ids.ts'
import { aPlan } from '../support/plan-answer.ts'

const plan = aPlan()
const taskOf = (id: string) => {
  const task = plan.tasks.find((candidate) => candidate.id === asTaskId(id))
  if (task === undefined) throw new Error(id)
  return task
}

function ask(request: AgentRequest, more: Partial<RequestFacts> = {}) {
  return answerRequest(request, {
    plan,
    task: taskOf('w1-entity-architect'),
    isListed: true,
    isYours: () => false,
    exists: () => false,
    isProtected: () => undefined,
    modules: 'plan',
    trial: { faults: [], requeues: [] },
    ...more,
  })
}
const path = (name: string): AgentRequest => ({ kind: 'path', path: name, why: 'needed' })
const contract = (symbol: string): AgentRequest => ({ kind: 'contract', symbol, source: 'package rating\n', why: 'needed' })

describe('a path', () => {
  it('that is new, unowned and in a folder of the task is granted', () => {
    expect(ask(path('internal/domain/rating/errors.go'))).toEqual({
      kind: 'path',
      subject: 'internal/domain/rating/errors.go',
      why: 'needed',
      granted: true,
      reason: 'new, unowned, and in a folder of the task',
    })
  })

  it('that another task owns is refused, naming it', () => {
    expect(ask(path('internal/store/rating.go'))).toMatchObject({
      granted: false,
      reason: expect.stringContaining('w2-repository-builder'),
    })
    expect(ask(path('internal/store/rating_more_test.go'))).toMatchObject({
      granted: false,
      reason: expect.stringContaining('w5-unit-test-engineer'),
    })
  })

  it('that exists and nobody owns goes to the integrator as a note', () => {
    expect(ask(path('internal/domain/rating/old.go'), { exists: () => true })).toMatchObject({
      granted: false,
      reason: expect.stringContaining('integrator'),
    })
  })

  it('elsewhere, or protected, is refused', () => {
    expect(ask(path('internal/elsewhere/x.go'))).toMatchObject({
      granted: false,
      reason: expect.stringContaining('internal/domain/rating'),
    })
    expect(ask(path('internal/domain/rating/x.yml'), { isProtected: () => 'the CI runs it' })).toMatchObject({
      granted: false,
      reason: 'it is protected: the CI runs it',
    })
  })

  it.each(['internal/domain/rating/*', 'internal/domain/rating/', 'internal/domain/rating/{a,b}.go', '../x.go', '/etc/x', '.', ''])(
    'is one file: %j is refused',
    (name) => {
      expect(ask(path(name))).toMatchObject({ granted: false, reason: 'name one file, relative to the root, without patterns' })
    },
  )

  it('that is the agent’s already is granted', () => {
    expect(ask(path('internal/domain/rating/rating.go'), { isYours: () => true }).granted).toBe(true)
  })
})

describe('a contract', () => {
  it('of the task changes when all that uses it still type-checks, and the answer holds the new one', () => {
    expect(ask(contract('rating.New'))).toMatchObject({
      granted: true,
      contract: { task: 'w1-entity-architect', path: 'internal/domain/rating/rating.go', kind: 'declare', source: 'package rating\n' },
    })
    const refused = ask(contract('Rating'), { trial: { faults: ['a', 'b', 'c', 'd'], requeues: [] } })
    expect(refused).toMatchObject({ granted: false, reason: 'not everything that uses it still type-checks: a; b; c' })
    expect(refused.contract).toBeUndefined()
  })

  it('that finished tasks no longer fit is granted and names them: they follow', () => {
    const requeues = [asTaskId('w1-value-object-designer')]
    expect(ask(contract('rating.New'), { trial: { faults: [], requeues } })).toMatchObject({
      granted: true,
      requeues,
      reason: expect.stringContaining('w1-value-object-designer'),
    })
  })

  it('of a sibling stays, and one that nobody declares needs no change', () => {
    expect(ask(contract('Rating'), { task: taskOf('w2-repository-builder') })).toMatchObject({
      granted: false,
      reason: expect.stringContaining('w1-entity-architect'),
    })
    expect(ask(contract('Rat'))).toMatchObject({ granted: false, reason: expect.stringContaining('no contract declares it') })
  })
})

describe('a module', () => {
  const module: AgentRequest = { kind: 'module', path: 'github.com/google/uuid', why: 'ids' }
  it('is granted from the plan’s list, or where modules are allowed', () => {
    expect(ask(module).granted).toBe(false)
    expect(ask(module, { modules: 'allow', fetch: { kind: 'fetched', version: 'v1.6.0' } })).toMatchObject({
      granted: true,
      module: { path: 'github.com/google/uuid', version: 'v1.6.0', why: 'ids' },
    })
    expect(ask(module, { modules: 'allow', fetch: { kind: 'failed', why: 'no such module' } })).toMatchObject({
      granted: false,
      reason: 'it could not be fetched: no such module',
    })
    expect(ask(module, { plan: { ...plan, modules: [{ path: 'github.com/google/uuid', version: 'v1.6.0', why: '' }] } }).granted).toBe(true)
  })
})

describe('a module is fetched', () => {
  const listed = { ...plan, modules: [{ path: 'golang.org/x/text', version: 'v0.3.0', why: '' }] }
  it.each([
    ['github.com/google/uuid', 'allow', true],
    ['github.com/google/uuid', 'plan', false],
    ['golang.org/x/text', 'allow', false],
    ['golang.org/x/text/width', 'plan', true],
    ['-modfile=/etc/passwd', 'allow', false],
    ['github.com/x/y@v1.0.0', 'allow', false],
    ['./local', 'allow', false],
    ['fmt', 'allow', false],
  ] as const)('%s under modules: %s: %j', (path, modules, fetched) => {
    expect(mayFetch(path, { plan: listed, modules, isListed: true })).toBe(fetched)
    expect(mayFetch(path, { plan: listed, modules, isListed: false })).toBe(false)
  })
})

it('a role whose tools lack the request gets no grant', () => {
  expect(ask(path('internal/domain/rating/errors.go'), { isListed: false })).toMatchObject({
    granted: false,
    subject: 'internal/domain/rating/errors.go',
  })
})
