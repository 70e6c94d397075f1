// Pure rules of the gate, each by a table.
import { describe, expect, it } from 'vitest'
import { addedLines } from '../../src/gate/added-lines.ts'
import { isArchitecture } from '../../src/gate/affected-packages.ts'
import { readSamples, summarise } from '../../src/gate/benchmark-statistics.ts'
import { isPlatformOnly, tagsFor } from '../../src/gate/build-constraints.ts'
import { isSubject } from '../../src/gate/obligations.ts'
import { standingOf } from '../../src/gate/rerun-tests.ts'
import { isRoute } from '../../src/gate/routes.ts'
import { isTestSupport } from '../../src/gate/unused-code.ts'

describe('addedLines', () => {
  it('gives added and changed lines of the new side by path', () => {
    const diff = [
      'diff --git a/a.go b/a.go',
      '--- a/a.go',
      '+++ b/a.go',
      '@@ -1,3 +1,4 @@',
      ' package a',
      '-var x = 1',
      '+var x = 2',
      '+var y = 3',
      ' // end',
      'diff --git a/new.go b/new.go',
      '--- /dev/null',
      '+++ b/new.go',
      '@@ -0,0 +1,2 @@',
      '+package a',
      '++++ b/odd.go',
      '',
      'diff --git a/gone.go b/gone.go',
      '--- a/gone.go',
      '+++ /dev/null',
      '@@ -1 +0,0 @@',
      '-package a',
      '',
    ].join('\n')
    expect([...addedLines(diff)].map(([path, lines]) => [path, [...lines]])).toEqual([
      ['a.go', [2, 3]],
      ['new.go', [1, 2]],
    ])
  })

  it('reads paths that git quotes', () => {
    expect([...addedLines('+++ "b/gr\\303\\274n \\"x\\".go"\n@@ -0,0 +1 @@\n+package a\n').keys()]).toEqual(['grün "x".go'])
  })
})

describe('tagsFor', () => {
  const linux = { system: 'linux', processor: 'amd64' }
  it.each([
    ['integration', 'integration'],
    ['integration && !short', undefined],
    ['e2e && linux', 'e2e'],
    ['e2e && windows', undefined],
    ['e2e || integration', 'e2e,integration'],
    ['!race', undefined],
    ['ignore', undefined],
    ['tools', undefined],
    ['windows', undefined],
    ['linux && amd64', undefined],
    ['(a || b) && unix && go1.21', 'a,b'],
  ] as const)('of %s are %s', (constraint, tags) => {
    expect(tagsFor(constraint, linux)).toBe(tags)
  })

  it('knows constraints that only systems decide', () => {
    expect(['windows', '!linux && !darwin', 'unix || (js && wasm)'].every(isPlatformOnly)).toBe(true)
    expect(['ignore', 'integration && linux'].some(isPlatformOnly)).toBe(false)
  })
})

describe('standingOf', () => {
  const outcomes = (text: string) => [...text].map((letter) => (letter === 'p' ? 'passed' : letter === 'n' ? 'none' : 'failed'))
  it.each([
    ['ff', 'ppp', 'blamed'],
    ['', 'fff', 'at-base'],
    ['ff', 'fpp', 'flaky'],
    ['fp', 'ppp', 'flaky'],
    ['', 'nnn', 'at-base'],
    ['', '', 'at-base'],
  ] as const)('with %s now and %s at the base is %s', (now, then, standing) => {
    expect(standingOf(outcomes(now), outcomes(then))).toBe(standing)
  })
})

describe('benchmarks', () => {
  it('reads the samples of one benchmark only', () => {
    const output =
      'BenchmarkCharge-2   \t 1000\t 123.5 ns/op\t 8 B/op\nBenchmarkChargeAll-2 \t 10 \t 9 ns/op\nBenchmarkCharge \t 900 \t 1e3 ns/op\nok\n'
    expect(readSamples(output, 'BenchmarkCharge')).toEqual([123.5, 1000])
  })

  it('bounds the mean from above with the t distribution', () => {
    const { meanNs, upperNs } = summarise([10, 12, 9, 11, 10, 10, 12, 9, 11, 10])
    // s = 1.0750, n = 10, t(9) = 1.833: 10.4 + 1.833 * 1.0750 / sqrt(10)
    expect(meanNs).toBeCloseTo(10.4, 5)
    expect(upperNs).toBeCloseTo(11.0231, 3)
  })

  it('bounds nothing by one sample', () => {
    expect(summarise([10]).upperNs).toBe(Number.POSITIVE_INFINITY)
  })
})

describe('isRoute', () => {
  it.each([
    ['POST /api/v1/quotas', { method: 'POST', pattern: '/api/v1/quotas' }, true],
    ['GET /api/v1/quotas/{id}', { method: 'GET', pattern: '/api/v1/quotas/:quotaID' }, true],
    ['GET /api/v1/quotas', { pattern: '/api/v1/quotas/' }, true],
    ['GET /api/v1/quotas', { method: 'GET', pattern: '/quotas' }, true],
    ['GET /quotas', { method: 'GET', pattern: '/api/v1/quotas' }, true],
    ['GET /api/v1/quotas', { method: 'POST', pattern: '/api/v1/quotas' }, false],
    ['GET /api/v1/quotas/{id}', { method: 'GET', pattern: '/api/v1/quotas' }, false],
    ['GET /api/v1/quotas', { method: 'GET', pattern: '/' }, false],
  ] as const)('%s is served by %j: %s', (planned, route, served) => {
    expect(isRoute(planned, route)).toBe(served)
  })
})

describe('isArchitecture', () => {
  it.each([
    ['test/architecture', true],
    ['internal/archtest', true],
    ['arch_test', true],
    ['internal/archive', false],
  ] as const)('%s: %s', (dir, is) => {
    expect(isArchitecture(dir)).toBe(is)
  })
})

describe('isSubject', () => {
  it('takes a folder for the import path that ends with it', () => {
    expect(isSubject('internal/quota.New', 'example.com/m/internal/quota.New')).toBe(true)
    expect(isSubject('quota.New', 'example.com/m/subquota.New')).toBe(false)
    expect(isSubject('internal/quota.New', '')).toBe(false)
  })
})

describe('isTestSupport', () => {
  it.each([
    ['internal/testutil/db.go', true],
    ['internal/mocks/repo.go', true],
    ['internal/quota/mock_repository.go', true],
    ['internal/quota/quotatest/build.go', true],
    ['internal/testimony/record.go', false],
    ['internal/quota/quota.go', false],
    ['internal/quota/request_helper.go', false],
  ] as const)('%s: %s', (file, is) => {
    expect(isTestSupport(file)).toBe(is)
  })
})
