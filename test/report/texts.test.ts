// What the terminal says when it is asked: status, explain, the estimate before a yes, the last words, the graph of branches.
import { describe, expect, it } from 'vitest'
import { renderEnding } from '../../src/report/ending.ts'
import { renderEstimate } from '../../src/report/estimate.ts'
import { explainTask } from '../../src/report/explain.ts'
import { asciiGraph, renderGraph } from '../../src/report/graph.ts'
import { renderStatus } from '../../src/report/status.ts'
import type { RunEvent } from '../../src/run/event.ts'
import { plan } from './a-plan.ts'
import { beginning, ending, eventsOf, goodEnding, middle, startMs, stateOf } from './a-run.ts'

const nowMs = startMs + 12 * 60_000
const mid = eventsOf(beginning, middle)
const stopped = eventsOf(beginning, middle, ending)
const finished = eventsOf(beginning, middle, goodEnding)

describe('status', () => {
  it('is short: the run, the waves, who is at work, who waits', () => {
    const lines = renderStatus(stateOf(mid), nowMs).trimEnd().split('\n')
    expect(lines.slice(0, 2)).toEqual([
      'quotas-3fa9c1  Call quotas per buyer',
      expect.stringMatching(/^wave 2, building; 12 min 00 s, .* tokens, \$2\.15 of \$25\.00$/u),
    ])
    expect(lines).toContain('  wave 2 Infrastructure building (1 running, 1 waiting)')
    expect(lines).toContain('  w2-repository-implementer runs: turn 4, bash, edit, $0.18, 3 min 12 s')
    expect(lines).toContain('  w2-migration-engineer: its merge waits for w2-repository-implementer')
    expect(lines.length).toBeLessThan(15)
  })

  it('ends with what to type', () => {
    expect(renderStatus(stateOf(stopped), nowMs)).toMatch(/\ngo on with: dce retry w5-unit-test-engineer --run quotas-3fa9c1\n$/u)
    expect(renderStatus(stateOf(finished), nowMs)).toMatch(/\nopen the pull request with: dce pr --run quotas-3fa9c1\n$/u)
  })
})

describe('explain', () => {
  const explain = (events: readonly RunEvent[], task: string): string => {
    const explained = explainTask({ state: stateOf(events), events, task, nowMs })
    return explained.kind === 'explained' ? explained.text : explained.problem
  }

  it('says what a task was to do, every attempt, what it asked, what it handed over and changed, and its cost', () => {
    const text = explain(mid, 'w1-entity-architect')
    expect(text).toMatch(/^w1-entity-architect {2}Quota entity\ngreen\n/u)
    expect(text).toContain('    create internal/domain/quota/quota.go (Quota, NewQuota, (*Quota).Charge)')
    expect(text).toMatch(/ {2}1\. 2026-11-23 18:03:12 from 5ea35: finished as c0ffee2, 2 files \(9 turns, \$0\.31, 2 min 48 s\)/u)
    expect(text).toMatch(/ {2}2\. .* \(repair round 1, 1 failure\): finished/u)
    expect(text).toContain('  path internal/domain/quota/errors.go (errors of its own): granted, new and unowned, in a folder of the task')
    expect(text).toContain('  R2 in internal/domain/quota/quota.go:(*Quota).Charge')
    expect(text).toContain('    internal/domain/quota/errors.go\n')
    expect(text).toContain('Cost: $0.62, 198.0 k tokens, 18 turns, 36 tool calls')
  })

  it('says why a task stands where it stands, and what to type', () => {
    expect(explain(mid, 'w3-service-orchestrator')).toContain('pending: waits for w2-repository-implementer')
    const failed = explain(stopped, 'w5-unit-test-engineer')
    expect(failed).toContain(
      'failed: internal/domain/quota/quota_test.go is not there\nnext: dce retry w5-unit-test-engineer --run quotas-3fa9c1 ',
    )
    expect(failed).toContain('stopped, turns (60 turns, $1.20, 1 min 18 s): 60 turns')
  })

  it('says of an agent at work for how long', () => {
    expect(explain(mid, 'w2-repository-implementer')).toContain('at work for 3 min 12 s')
  })

  it('does not know a task that the plan does not have, and says which one was probably meant', () => {
    expect(explain(mid, 'w2-migration-enginer')).toMatch(
      /^The plan has no task w2-migration-enginer\. Did you mean w2-migration-engineer\? Its tasks are /u,
    )
    expect(explain(eventsOf(beginning.slice(0, 3)), 'w1-x')).toBe('There is no plan yet, so there are no tasks.')
  })
})

describe('the estimate before a yes', () => {
  const text = renderEstimate(stateOf(eventsOf(beginning)))

  it('has every task in its wave with what it needs, what is left out, what is broken already', () => {
    for (const task of plan.tasks) expect(text).toContain(`  ${task.id} `)
    expect(text).toContain('needs w3-service-orchestrator')
    expect(text).toContain('  graphql-designer: The repository has no GraphQL.')
    expect(text).toContain('Base: does not compile, 1 failure there already')
  })

  it('has money of the cap, minutes, turns, and what that is based on', () => {
    expect(text).toContain('Estimate: $4.20 of $25.00, about 35 min, 8 tasks, 96 turns (900.0 k tokens in, 60.0 k out)')
    expect(text).toContain('Basis: 12 turns a task, as in the last runs')
    expect(text).toContain('Spent so far: $0.42 on reading and planning')
  })

  it('names what the plan assumed, uncut by the width', () => {
    const state = stateOf(eventsOf(beginning))
    const assumed = `A day ends at midnight, ${'and that is long, '.repeat(8)}UTC.`
    const assuming = renderEstimate({ ...state, plan: { ...plan, assumptions: [assumed] } }, 80)
    expect(assuming).toContain(`\nAssumed, for you to decide:\n- ${assumed}\n\nContracts:`)
    expect(text).not.toContain('Assumed')
  })

  it('says when it is above the cap, and when the model has no price', () => {
    const state = stateOf(eventsOf(beginning))
    const priced = (usd: number | undefined) => renderEstimate({ ...state, plan: { ...plan, estimate: { ...plan.estimate, usd } } })
    expect(priced(30)).toContain('The estimate is above the cap')
    expect(priced(undefined)).toContain('no price is known for the model; token caps hold')
    expect(text).not.toContain('above the cap')
  })

  it('is empty while there is no plan', () => {
    expect(renderEstimate(stateOf(eventsOf(beginning.slice(0, 2))))).toBe('')
  })
})

describe('the last words of a run', () => {
  const facts = { nowMs, progressPath: '/state/progress.md', published: true }

  it('of a green run: the branch, commands to look at it and to open the pull request', () => {
    const text = renderEnding({ ...facts, state: stateOf(finished) })
    expect(text).toMatch(/^Run quotas-3fa9c1 is finished: green, not proven: benchmarks \(20 min 00 s, /u)
    expect(text).toContain('\n  git log --graph --oneline 1a2b3c4d5e..dce/quotas-3fa9c1/pr\n  git diff 1a2b3c4d5e...dce/quotas-3fa9c1/pr\n')
    expect(text).toContain('\n  dce pr --run quotas-3fa9c1\n')
    expect(text).toContain('Progress: /state/progress.md')
  })

  it('of a run that stopped: how far it came, why, what to type, where the failures are; no pull request yet', () => {
    const text = renderEnding({ ...facts, state: stateOf(stopped), failuresPath: '/state/failures.log' })
    expect(text).toMatch(/^Run quotas-3fa9c1 stopped, 4 of 5 waves green /u)
    expect(text).toContain('\n  dce retry w5-unit-test-engineer --run quotas-3fa9c1\n')
    expect(text).toContain('Failures: /state/failures.log')
    expect(text).not.toContain('dce pr')
  })

  it('of a run that waits for a yes, and of one whose branch is nowhere yet', () => {
    const state = stateOf(
      eventsOf(
        beginning.map(
          ([minutes, happening]) => [minutes, happening.type === 'run-started' ? { ...happening, autoApprove: false } : happening] as const,
        ),
      ),
    )
    const text = renderEnding({ ...facts, state, published: false })
    expect(text).toMatch(/^Run quotas-3fa9c1 waits for you/u)
    expect(text).toContain('\n  dce approve --run quotas-3fa9c1\n')
    expect(text).not.toContain('git log')
  })
})

describe('the graph of branches', () => {
  const lines = renderGraph(mid).trimEnd().split('\n')

  it('has base, seams, every merged task above its wave, and what the gate said below it', () => {
    expect(lines.slice(0, 7)).toEqual([
      '●   1a2b3c4d5e  base',
      '●   5ea35c0de0  seams: contracts and folders that agents start from',
      expect.stringMatching(/^├── c0ffee1 +w1-entity-architect \(2 files\)$/u),
      expect.stringMatching(/^├── c0ffee1 +w1-value-object-designer/u),
      expect.stringMatching(/^├── c0ffee1 +w1-repository-interface-designer/u),
      '●   1beef3f00d  wave 1 Domain',
      expect.stringMatching(/^│ +gate of wave 1: red: 1 failure$/u),
    ])
  })

  it('tells a repair apart, and what is not merged yet', () => {
    expect(lines).toContainEqual(expect.stringMatching(/w1-entity-architect \(attempt 2; repair round 1, 1 failure; 1 file\)$/u))
    expect(lines.slice(-2)).toEqual([
      expect.stringMatching(/w2-migration-engineer \(from 5ea35, adaptive: it needs no other task; 2 files\): finished, not merged yet$/u),
      expect.stringMatching(/w2-repository-implementer: at work$/u),
    ])
  })

  it('can be drawn in ASCII, and has a moved base', () => {
    const moved = [...finished, { type: 'base-moved', wave: 5, commit: 'feed' as never, base: 'beef' as never, at: startMs } as const]
    const text = renderGraph(moved, asciiGraph)
    expect(text).toMatch(/^[\x20-\x7e\n]*$/u)
    expect(text).toMatch(/\|-- beef +moved base\n\* {3}feed +wave 5 on it\n/u)
  })
})
