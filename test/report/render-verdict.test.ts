// A verdict as a person reads it at a terminal.
import { describe, expect, it } from 'vitest'
import { toFailure } from '../../src/gate/failure.ts'
import type { Verdict } from '../../src/gate/verdict.ts'
import { renderVerdict } from '../../src/report/render-verdict.ts'

const verdict: Verdict = {
  verdict: 'red',
  wave: 2,
  tree: '0123456789abcdef0123456789abcdef01234567',
  base: 'fedcba9876543210fedcba9876543210fedcba98',
  checks: [
    { check: 'compilation', required: true, state: 'failed', detail: '1 failure', durationMs: 1200 },
    { check: 'tests', required: true, state: 'passed', detail: '4 tests passed in 3 packages', durationMs: 300 },
    { check: 'lint', required: false, state: 'could-not-run', detail: 'golangci-lint is not installed', durationMs: 0 },
    { check: 'tamper', required: true, state: 'could-not-run', detail: 'analyzer: killed', durationMs: 0 },
    { check: 'coverage', required: false, state: 'not-applicable', detail: 'no new package', durationMs: 0 },
  ],
  failures: [
    toFailure({
      check: 'compilation',
      kind: 'compile',
      message: 'undefined: hours',
      file: 'internal/rate/rate.go',
      line: 12,
      hint: 'Make it compile: `go build -gcflags=-e ./...` shows every error.',
    }),
  ],
  notProven: [{ check: 'lint', reason: 'golangci-lint is not installed' }],
  due: [{ what: 'route', subject: 'GET /rates', wave: 4 }],
  alsoAtBase: [1, 2].map((line) => toFailure({ check: 'naming', kind: 'format', message: 'loose', file: `f${line}.go`, hint: 'gofmt' })),
  flaky: ['example.com/m/a.TestSometimes'],
  figures: {},
  durationMs: 61_000,
}

describe('renderVerdict', () => {
  it('says the verdict, each check, each failure with place and hint, and what is not blamed', () => {
    expect(renderVerdict(verdict)).toEqual([
      'red: 1 failure (0123456789 against fedcba9876, gate of wave 2, 1 min 01 s)',
      '',
      '  compilation    failed         1 failure',
      '  tests          passed         4 tests passed in 3 packages',
      '  lint           not proven     golangci-lint is not installed',
      '  tamper         could not run  analyzer: killed',
      '  coverage       does not apply no new package',
      '',
      'compilation: 1 failure',
      '  internal/rate/rate.go:12 [compile]',
      '    undefined: hours',
      '    -> Make it compile: `go build -gcflags=-e ./...` shows every error.',
      '',
      'Not proven: lint: golangci-lint is not installed',
      'Due later: route GET /rates (wave 4)',
      'The base has too, not blamed: 2 format (f1.go, f2.go)',
      'Flaky, not blamed: example.com/m/a.TestSometimes',
    ])
  })

  it('keeps to the width, and to twenty failures of a check', () => {
    const failures = Array.from({ length: 25 }, (_, index) =>
      toFailure({
        check: 'tests',
        kind: 'test',
        message: `${'long '.repeat(60)}\n${'x'.repeat(200)}`,
        package: 'm/a',
        test: `Test${index}`,
        hint: 'mend '.repeat(40),
      }),
    )
    const lines = renderVerdict({ ...verdict, failures }, { width: 80, colour: false })
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80)
    expect(lines).toContain('  … and 5 more; --json has all of them.')
    expect(lines.filter((line) => line.includes('[test]'))).toHaveLength(20)
  })

  it('lets nothing through that a terminal obeys, and colours only when asked', () => {
    const hostile = toFailure({ check: 'tests', kind: 'test', message: 'a\u001b[2Jb\u202e', file: 'x\u001b]0;t\u0007.go', hint: 'h' })
    const plain = renderVerdict({ ...verdict, failures: [hostile] }).join('\n')
    expect(plain).not.toMatch(/[\u001b\u0007\u202e]/)
    expect(renderVerdict(verdict, { width: 80, colour: true })[0]).toContain('\u001b[31m')
  })
})
