// A test binary's words, read: nothing is filled in, nothing a test prints is taken for a result.
import { describe, expect, it } from 'vitest'
import { readTestReport } from '../../src/gate/test-report.ts'
import type { Exit } from '../../src/world.ts'

const exited = (code: number): Exit => ({ kind: 'exited', code })
const read = (text: string, exit: Exit = exited(0)) =>
  readTestReport({ package: 'm/a', text: text.replaceAll('^', '\x16'), exit, droppedBytes: 0 })
const outcomes = (text: string, exit?: Exit) => read(text, exit).tests.map((test) => [test.test, test.outcome])

describe('readTestReport', () => {
  it('gives each top-level test its outcome', () => {
    const text =
      '^=== RUN   TestA\n^--- PASS: TestA (0.00s)\n^=== NAME  \n^=== RUN   TestB\n    a_test.go:6: bad\n^--- FAIL: TestB (0.00s)\n^=== RUN   TestC\n^--- SKIP: TestC (0.00s)\n^FAIL\n'
    expect(outcomes(text, exited(1))).toEqual([
      ['TestA', 'passed'],
      ['TestB', 'failed'],
      ['TestC', 'skipped'],
    ])
    expect(read(text, exited(1)).ending).toEqual({ kind: 'ended', code: 1 })
  })

  it('names the deepest subtests that fail, with what they printed', () => {
    const text =
      '^=== RUN   TestA\n^=== RUN   TestA/x\n^=== RUN   TestA/x/y\n    a_test.go:5: bad\n^--- FAIL: TestA/x/y (0.00s)\n^--- FAIL: TestA/x (0.00s)\n^--- FAIL: TestA (0.00s)\n^FAIL\n'
    expect(read(text, exited(1)).tests).toMatchObject([
      { test: 'TestA', failedSubtests: ['TestA/x/y'], output: expect.stringContaining('bad') },
    ])
  })

  it('keeps the outputs of parallel tests apart', () => {
    const text =
      '^=== RUN   TestA\n^=== PAUSE TestA\n^=== RUN   TestB\n^=== PAUSE TestB\n^=== CONT  TestA\nof A\n^=== NAME  TestB\nof B\n^--- PASS: TestB (0.00s)\n^=== NAME  TestA\nmore of A\n^--- PASS: TestA (0.00s)\n^PASS\n'
    expect(read(text).tests.map((test) => test.output)).toEqual(['of A\nmore of A\n', 'of B\n'])
  })

  it('takes printed lines that look like results for output', () => {
    expect(
      outcomes('^=== RUN   TestA\n--- PASS: TestB (0.00s)\n=== RUN   TestC\nPASS\n^--- FAIL: TestA (0.00s)\n^FAIL\n', exited(1)),
    ).toEqual([['TestA', 'failed']])
  })

  it('knows a process that ended before its tests ran', () => {
    expect(read('').ending).toEqual({ kind: 'died', why: 'it exited with 0 before its tests ran' })
    expect(read('panic: boom\n\ngoroutine 1\n', exited(2)).ending).toEqual({ kind: 'died', why: 'panic: boom' })
  })

  it('leaves a test open that the process took with it', () => {
    expect(outcomes('^=== RUN   TestA\n', exited(3))).toEqual([['TestA', 'unfinished']])
  })

  const stuck: readonly (readonly [string, Exit])[] = [
    ['a time-out', { kind: 'timeout', afterMs: 1000 }],
    ['a signal', { kind: 'signalled', signal: 'SIGKILL' }],
    ['a signal told by the sandbox', exited(137)],
    ['a program that did not start', { kind: 'not-started', message: 'no such file' }],
  ]
  it.each(stuck)('calls %s stuck, whatever was said before', (_name, exit) => {
    expect(read('^=== RUN   TestA\n^--- PASS: TestA (0.00s)\n^PASS\n', exit).ending.kind).toBe('stuck')
  })

  it('calls output that was cut stuck', () => {
    expect(readTestReport({ package: 'm/a', text: '\x16PASS\n', exit: exited(0), droppedBytes: 5 }).ending.kind).toBe('stuck')
  })
})
