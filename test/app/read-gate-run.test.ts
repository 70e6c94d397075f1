// A run of the gate's workflow: what of it is believed.
import { describe, expect, it } from 'vitest'
import { type GateRun, noVerdict, readGateRun } from '../../src/app/read-gate-run.ts'
import { defaultConfig } from '../../src/config.ts'
import { findings } from '../../src/gate/change.ts'
import { checksOf, type HalfReport, writeReport } from '../../src/gate/half-report.ts'
import type { Half } from '../../src/gate/judge.ts'
import { asSha } from '../../src/ids.ts'

const tree = asSha('a'.repeat(40))
const known = { tree, base: undefined, wave: 1, files: new Set<string>(), config: defaultConfig.gate } as const

function reportOf(half: Half, change: Partial<HalfReport> = {}): string {
  const answers = checksOf[half].map((check) => ({ answer: findings(check, { detail: 'fine' }), durationMs: 5 }))
  const judged = { answers, files: [], expected: [], reported: [], flaky: [], greenTests: [], durationMs: 10 }
  return JSON.stringify({ ...writeReport({ half, question: 'asked', tree }, judged), ...change })
}

function ran(change: { readonly conclusion?: string; readonly reading?: string | undefined; readonly name?: string } = {}): GateRun {
  const job = (name: string, conclusion: string) => ({ name, status: 'completed', conclusion, url: `https://jobs/${name}` })
  return {
    url: 'https://run',
    jobs: [job(change.name ?? 'judge', change.conclusion ?? 'success'), job('tests', 'success')],
    reports: { reading: 'reading' in change ? change.reading : reportOf('reading'), executing: reportOf('executing') },
    question: 'asked',
  }
}

const reasonOf = (run: GateRun) => {
  const verdict = readGateRun(run, known)
  expect(verdict.verdict).toBe('unknown')
  return verdict.checks.find(({ check }) => check === 'compilation')?.detail
}

describe('a run of the workflow', () => {
  it('is believed when job, commit and question are right', () => {
    expect(readGateRun(ran(), known).verdict).toBe('green')
  })

  it.each([
    ['a job that was cancelled', ran({ conclusion: 'cancelled' }), 'the job `judge` ended as cancelled (https://jobs/judge)'],
    ['a job that ran out of time', ran({ conclusion: 'timed_out' }), 'ended as timed_out'],
    ['a workflow with other jobs', ran({ name: 'lint' }), 'has no job `judge` (https://run)'],
    ['a job without a report', ran({ reading: undefined }), 'ended as success and left no report'],
    ['a report that is none', ran({ reading: '{"verdict": "green"}' }), 'not one that this release understands'],
    ['a report of the other half', ran({ reading: reportOf('executing') }), 'that of another job'],
    [
      'a report about another commit',
      ran({ reading: reportOf('reading', { tree: 'b'.repeat(40) }) }),
      'judged another commit, bbbbbbbbbbbb',
    ],
    ['an answer to another question', ran({ reading: reportOf('reading', { question: 'other' }) }), 'was asked something else'],
    ['a job that traps its end and claims success', ran({ conclusion: 'failure' }), 'ended as failure, and its report says green'],
  ])('%s is no answer', (_, run, words) => {
    expect(reasonOf(run)).toContain(words)
  })

  it('that was not there at all says why for every check', () => {
    const verdict = noVerdict('Actions are off', known)
    expect(verdict.verdict).toBe('unknown')
    expect(new Set(verdict.checks.map(({ detail }) => detail))).toEqual(new Set(['Actions are off']))
  })
})
