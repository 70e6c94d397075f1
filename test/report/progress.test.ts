// progress.md follows from the events and says all that people ask of it.
import { describe, expect, it } from 'vitest'
import { narrateAll } from '../../src/report/narrate.ts'
import { renderProgress } from '../../src/report/progress.ts'
import type { RunEvent } from '../../src/run/event.ts'
import { makeFailure } from '../run/simulate.ts'
import { judged } from './a-plan.ts'
import { beginning, ending, eventsOf, goodEnding, middle, startMs, stateOf } from './a-run.ts'

const minute = 60_000
const progress = (events: readonly RunEvent[], nowMs = startMs + 12 * minute) =>
  renderProgress({ state: stateOf(events), log: narrateAll(events), nowMs })
const mid = progress(eventsOf(beginning, middle))
const stopped = progress(eventsOf(beginning, middle, ending))
const finished = progress(eventsOf(beginning, middle, goodEnding))

describe('progress.md', () => {
  it('begins with title, run, where it stands, mode, base, time, tokens and money of the cap', () => {
    expect(mid).toMatch(
      /^# Progress: Call quotas per buyer\n\nRun `quotas-3fa9c1` · wave 2, building · adaptive, production · base `1a2b3c4d5e` · 12 min 00 s · .* tokens · \$2\.15 of \$25\.00\n/u,
    )
  })

  it('has a table for every wave, with state, attempt, files, tokens, cost, time and a note for every task', () => {
    expect(mid).toContain('## Wave 1: Domain — green, not proven: benchmarks')
    expect(mid).toMatch(
      /\| `w1-entity-architect` Quota entity \| green \| 2 \| 2 \| 198\.0 k \| \$0\.62 \| 54 s \| 1 request granted, 0 refused \|/u,
    )
    expect(mid).toMatch(
      /\| `w2-repository-implementer` .* \| running \| 1 \| {2}\| 44\.0 k \| \$0\.18 \| 3 min 12 s \| turn 4: bash, edit \|/u,
    )
    expect(mid).toMatch(/\| `w3-service-orchestrator` .* \| pending \| .* \| waits for w2-repository-implementer \|/u)
  })

  it('says why a task could start before its wave’s turn', () => {
    expect(mid).toContain('adaptive: it needs no other task')
  })

  it('has every gate check by check, what is due later and how many repair rounds it took', () => {
    expect(mid).toContain('### Wave 1: green, not proven: benchmarks after 1 repair round')
    expect(mid).toContain('| compilation | passed | 212 packages | 8 s |')
    expect(mid).toContain('- Due later: route `POST /api/v1/quotas` (wave 4)')
  })

  it('shows at most a screen of a gate’s failures and counts the rest', () => {
    const failures = Array.from({ length: 25 }, (_, index) => makeFailure(`a/file_${index}.go`))
    const events = eventsOf(beginning, middle.slice(0, 10), [
      [7, { type: 'gate-judged', wave: 1, commit: '1beef3f00d00' as never, verdict: judged(1, { verdict: 'red', failures }) }],
    ])
    expect(progress(events)).toContain('- compile `a/file_19.go:3`: undefined: X *declare it*\n- … and 5 more in failures.log')
    expect(progress(events)).toContain('- The gate of wave 1 is red. Again: `dce retry wave-1 --run quotas-3fa9c1`')
  })

  it('lists issues: failures with the command that retries them, refused requests, reconciled files, notes', () => {
    expect(stopped).toContain(
      '- `w5-unit-test-engineer` failed: internal/domain/quota/quota\\_test.go is not there. Again: `dce retry w5-unit-test-engineer --run quotas-3fa9c1`',
    )
    expect(stopped).toContain('- `w2-migration-engineer` asked for module `github.com/x/uuid`: refused, the plan does not list it')
    expect(stopped).toContain('- Wave 1: `internal/domain/quota/errors.go` was reconciled; have a look at it')
    expect(stopped).toContain('- `w2-migration-engineer` notes: The index is named by hand.')
  })

  it('says first why it stopped and what goes on', () => {
    expect(stopped).toMatch(
      /\n> \*\*Stopped\.\*\* w5-unit-test-engineer failed: .*\n>\n> Go on with: `dce retry w5-unit-test-engineer --run quotas-3fa9c1`\n/u,
    )
  })

  it('has figures, and what remains as long as something does', () => {
    expect(mid).toMatch(/- Tokens: .*, \d+ % of the input read from the cache/u)
    expect(mid).toContain('- Wave 1, tests: 48')
    expect(mid).toContain('## Remaining work\n\n- `w2-repository-implementer` (running)')
    expect(finished).not.toContain('## Remaining work')
    expect(progress(eventsOf(beginning.slice(0, 2)))).toContain('## Remaining work\n\n- The plan, and all that follows from it')
  })

  it('ends with the log: every event but single turns, with its time', () => {
    const log = mid.slice(mid.indexOf('## Log'))
    expect(log).toContain('- 2026-11-23 18:07:00 Gate of wave 1: red: 1 failure')
    expect(log).not.toContain('turn 3')
    expect(log.split('\n').filter((line) => line.startsWith('- '))).toHaveLength(beginning.length + middle.length - 2)
  })

  it('counts older lines of a long log instead of showing them', () => {
    const resumed = Array.from({ length: 500 }, (_, index): RunEvent => ({ type: 'process-resumed', pid: index, at: startMs }))
    expect(progress([...eventsOf(beginning), ...resumed])).toContain('- … 105 older lines\n')
  })

  it('is the same for the same events, whoever renders it', () => {
    const events = eventsOf(beginning, middle, ending)
    const again = JSON.parse(JSON.stringify(events)) as readonly RunEvent[]
    expect(progress(again)).toBe(progress(events))
  })

  it('keeps what foreign text brings along inert', () => {
    const title = 'Quotas\n# Fixes #1 @octocat <img src=x> | a'
    const events = eventsOf(beginning, middle).map(
      (event): RunEvent => (event.type === 'feature-read' ? { ...event, feature: { ...event.feature, title } } : event),
    )
    const [first] = progress(events).split('\n')
    expect(first).toBe('# Progress: Quotas # Fixes #\u200b1 @\u200boctocat \\<img src=x\\> \\| a')
  })
})
