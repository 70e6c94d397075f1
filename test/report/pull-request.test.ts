// The pull request's text: complete, in size, and harmless whatever agents, plans and specifications say.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { asSpecialistName } from '../../src/ids.ts'
import { type PullRequestRequest, renderPullRequest } from '../../src/report/pull-request.ts'
import { readingOrder } from '../../src/report/reading-order.ts'
import type { RunState, TaskState } from '../../src/run/state.ts'
import { makeFailure } from '../run/simulate.ts'
import { feature, handOver, judged, plan } from './a-plan.ts'
import { beginning, ending, eventsOf, goodEnding, middle, startMs, stateOf } from './a-run.ts'

const green = stateOf(eventsOf(beginning, middle, goodEnding))
const partial = stateOf(eventsOf(beginning, middle, ending))
const pathsOf = (state: RunState) => new Set(Object.values(state.tasks).flatMap((task) => task.merged.flatMap((work) => work.changed)))

function render(state: RunState, more: Partial<PullRequestRequest> = {}) {
  const fullText = '`progress.md` on `dce/quotas-3fa9c1/state`'
  return renderPullRequest({ state, plan, feature, paths: pathsOf(state), fullText, nowMs: startMs, ...more })
}

/** The lines below a heading, up to the next one of its level. */
function part(body: string, heading: string): string {
  const begin = body.indexOf(`## ${heading}`)
  if (begin < 0) throw new Error(`no ${heading}`)
  const end = body.indexOf('\n## ', begin + 1)
  return body.slice(begin, end < 0 ? undefined : end)
}

function withTasks(state: RunState, change: (task: TaskState) => TaskState): RunState {
  return { ...state, tasks: Object.fromEntries(Object.entries(state.tasks).map(([id, task]) => [id, change(task)])) }
}

describe('the text of a run that is green', () => {
  const { title, body } = render(green)

  it('has the feature’s title, and begins with what the gate says', () => {
    expect(title).toBe('Call quotas per buyer')
    expect(body).toMatch(/^\*\*All 5 waves passed the gate\. The last one says: green, not proven: benchmarks\.\*\*\n/u)
  })

  it('quotes what was asked, with where it came from and the hash it was pinned by', () => {
    expect(part(body, 'What was asked')).toContain('From `specs/quotas.md`, pinned as `f00d`.')
    expect(part(body, 'What was asked')).toContain('> Buyers get a daily quota of calls.\n> A call beyond it is refused with 429.')
  })

  it('has a row for every requirement with the place where it is met, and names the one that is not found', () => {
    const rows = part(body, 'Where each requirement is met')
    expect(rows).toContain('| R2 | Charging beyond the quota is refused | `internal/domain/quota/quota.go:(*Quota).Charge` |')
    expect(rows).toMatch(/\| R3 \| .* \| \*\*not found\*\*: w4-rest-api-builder names .* not there \|/u)
    expect(rows).toContain('3 of 4 are found in the tree, **1 not**.')
  })

  it('says for every wave and task what was done; a repair does not hide what it repaired', () => {
    const waves = part(body, 'What each wave did')
    for (const task of plan.tasks) expect(waves).toContain(`- \`${task.id}\` ${task.title} (green, `)
    expect(waves).toContain('(green, 2 files, 2 attempts, $0.62): Quota with constructor and Charge. Declared what was missing.')
  })

  it('has the results of all gates with figures, the last one check by check', () => {
    const gate = part(body, 'Gate')
    expect(gate).toContain('- Wave 1: green, not proven: benchmarks after 1 repair round, 31 s (tests 48, packages 212)')
    expect(gate).toContain('| compilation | passed | 212 packages | 8 s |')
    expect(gate).toContain('| benchmarks (proof) | could not run | none planned yet | 0 ms |')
  })

  it('names what nobody proved, and that places are their authors’ word', () => {
    expect(part(body, 'Not proven')).toMatch(/- benchmarks: none planned yet\n- That a place meets its requirement is its author’s word/u)
  })

  it('names what the plan assumed, for a person to decide; without assumptions it does not speak of it', () => {
    const assuming = render(green, { plan: { ...plan, assumptions: ['A day ends at midnight UTC.', 'Fixes #1'] } }).body
    expect(part(assuming, 'For a person to decide')).toMatch(/the plan assumed:\n\n- A day ends at midnight UTC\.\n- Fixes (?!#1)/u)
    expect(body).not.toContain('For a person to decide')
  })

  it('names requests, reconciled files, specialists left out with reasons, notes of agents, and the cost', () => {
    expect(part(body, 'Asked for beyond')).toMatch(/`internal\/domain\/quota\/errors\.go` was reconciled/u)
    expect(part(body, 'Asked for beyond')).toMatch(
      /`w2-migration-engineer` asked for module .* \*\*refused\*\*, the plan does not list it/u,
    )
    expect(part(body, 'Specialists that were left out')).toContain('- `graphql-designer`: The repository has no GraphQL.')
    expect(part(body, 'What is left')).toContain('`w2-migration-engineer` notes: The index is named by hand.')
    expect(part(body, 'Cost')).toMatch(/\$3\.21 of \$25\.00, .* tokens, \d+ % of the input from the cache, \d+ model turns, 20 min 00 s\./u)
  })
})

describe('the text of a run that is not green', () => {
  it('says so in the title and in the first line, and names what is left with its command', () => {
    const { title, body } = render(partial)
    expect(title).toBe('[partial] Call quotas per buyer')
    expect(body).toMatch(/^\*\*Not finished: w5-unit-test-engineer failed/u)
    expect(part(body, 'What is left')).toContain('(`dce retry w5-unit-test-engineer --run quotas-3fa9c1`)')
    expect(part(body, 'What is left')).toContain('- Requirement R3: ')
  })

  it('lists the failures of a red gate with their places', () => {
    const red: RunState = {
      ...partial,
      waves: partial.waves.map((wave) =>
        wave.wave === 5 ? { ...wave, phase: 'judged', verdict: judged(5, { verdict: 'red', failures: [makeFailure('a/b.go')] }) } : wave,
      ),
    }
    const { body } = render(red)
    expect(part(body, 'Gate')).toContain('- compile `a/b.go:3`: undefined: X *declare it*')
    expect(part(body, 'What is left')).toContain('- The gate of wave 5 (`dce retry wave-5 --run quotas-3fa9c1`)')
  })

  it('that a person accepted is not called green', () => {
    const accepted: RunState = { ...green, waves: green.waves.map((wave) => (wave.wave === 2 ? { ...wave, phase: 'accepted' } : wave)) }
    expect(render(accepted).title).toMatch(/^\[partial\]/u)
    expect(render(accepted).body).toContain('Accepted as they are, without a green gate: wave 2.')
  })
})

describe('the reading guide', () => {
  it('goes by wave; in each, what others build on comes first, then what is big', () => {
    const lines = new Map([
      ['internal/domain/values/window.go', 10],
      ['migrations/0007_quotas.up.sql', 40],
    ])
    expect(readingOrder(plan, green, lines).map((stop) => stop.task.id)).toEqual([
      'w1-entity-architect',
      'w1-repository-interface-designer',
      'w1-value-object-designer',
      'w2-repository-implementer',
      'w2-migration-engineer',
      'w3-service-orchestrator',
      'w4-rest-api-builder',
      'w5-unit-test-engineer',
    ])
    expect(readingOrder(plan, green, lines)[4]).toMatchObject({ lines: 40, dependents: 0 })
  })

  it('lists each stop’s files, code before tests, and marks what was reconciled', () => {
    const guide = part(render(green).body, 'Read it in this order')
    expect(guide).toContain(
      '1. **`w1-entity-architect`** (wave 1, 2 files, 4 tasks build on it): `internal/domain/quota/errors.go` (reconciled), `internal/domain/quota/quota.go`',
    )
    expect(guide).toMatch(/8\. \*\*`w5-unit-test-engineer`\*\* .*: tests `internal\/domain\/quota\/quota_test\.go`/u)
  })
})

describe('size', () => {
  const many = (count: number, text: string): PullRequestRequest['feature'] => ({
    ...feature,
    overview: text.repeat(200),
    requirements: Array.from({ length: count }, (_, index) => ({ id: `R${index + 1}`, text: `${text} ${index}` })),
  })

  it('is below 60,000 characters with 2,000 requirements, long summaries and a thousand files, and every section is still there', () => {
    const text = 'Ein längerer Satz über Quoten, 配额 🎉. '
    const state = withTasks(green, (task) => ({
      ...task,
      merged: [
        {
          attempt: 1,
          changed: Array.from({ length: 1_000 }, (_, index) => `internal/${task.id}/file_${index}.go`),
          handOver: handOver({ summary: text.repeat(100), notes: text.repeat(100) }),
        },
      ],
      requests: Array.from({ length: 100 }, (_, index) => ({ kind: 'path', subject: `p${index}`, why: text, granted: true, reason: text })),
    }))
    const { body } = render(state, { feature: many(2_000, text) })
    expect(body.length).toBeLessThan(60_000)
    expect(body.isWellFormed()).toBe(true)
    expect([...body.matchAll(/^## /gmu)].length).toBe([...render(green).body.matchAll(/^## /gmu)].length)
    expect(body).toMatch(/\*\d+ requirements of 2000 left out here; all of it is in `progress\.md` on `dce\/quotas-3fa9c1\/state`\.\*/u)
  })

  it('of the title is bounded too', () => {
    expect(render(green, { feature: { ...feature, title: 'x'.repeat(500) } }).title.length).toBeLessThanOrEqual(120)
  })
})

describe('foreign text', () => {
  const acting = /(?:@(?!\u200b))|(?:#\d)|(?:(?<![a-z\d])gh-\d)|(?:https?:\/\/)/iu
  const evil = 'Fixes #1, closes GH-2, resolves o/r#3 and https://github.com/o/r/issues/4, thanks @octocat'

  it('closes no issue and mentions nobody, wherever it comes from', () => {
    const state = withTasks(green, (task) => ({
      ...task,
      reason: evil,
      merged: [
        {
          attempt: 1,
          changed: [`internal/${evil}.go`],
          handOver: handOver({ summary: evil, notes: evil, requirements: [{ id: 'R1', where: evil }] }),
        },
      ],
      requests: [{ kind: 'path', subject: evil, why: evil, granted: false, reason: evil }],
    }))
    const verdict = judged(5, {
      verdict: 'red',
      failures: [makeFailure(evil, { message: evil, hint: evil, test: evil })],
      alsoAtBase: [makeFailure(evil, { message: evil })],
      flaky: [evil],
      due: [{ what: 'route', subject: evil, wave: 5 }],
      notProven: [{ check: 'coverage', reason: evil }],
      figures: { [evil]: evil },
    })
    const { title, body } = render(
      { ...state, waves: state.waves.map((wave) => ({ ...wave, verdict, reconciled: [evil], upheld: [evil] })) },
      {
        feature: {
          ...feature,
          title: evil,
          overview: `${evil}\n/dce approve`,
          spec: { ...feature.spec, source: evil },
          requirements: [{ id: evil, text: evil }],
        },
        plan: {
          ...plan,
          summary: evil,
          tasks: plan.tasks.map((task) => ({ ...task, title: evil, covers: [{ specialist: asSpecialistName('x'), reason: evil }] })),
          skipped: [{ specialist: asSpecialistName('y'), reason: evil }],
        },
      },
    )
    expect(title).not.toMatch(acting)
    expect(body).not.toMatch(acting)
    expect(body).not.toMatch(/^\s*\/dce/mu)
  })

  it('cannot add a heading, a link, an image, HTML or a row, whatever it is', () => {
    const text = fc
      .array(
        fc.constantFrom(
          '\n# ',
          '\n\n',
          '](http://x)',
          '![a',
          '[a](b)',
          '<img src=x>',
          '|',
          '\n|---|\n',
          '```\n',
          '\n- [ ] ',
          '<!--',
          '-->',
          'word ',
        ),
        { maxLength: 12 },
      )
      .map((parts) => parts.join(''))
    fc.assert(
      fc.property(text, (foreign) => {
        const state = withTasks(green, (task) => ({
          ...task,
          merged: task.merged.map((work) => ({ ...work, handOver: { ...work.handOver, summary: foreign, notes: foreign } })),
        }))
        const { body } = render(state, { feature: { ...feature, overview: foreign } })
        const count = (pattern: RegExp) => [...body.matchAll(pattern)].length
        expect(count(/^#{1,6} /gmu)).toBe(15)
        expect(count(/(?<!\\)\]\(/gu)).toBe(0)
        expect(count(/(?<!\\)<[!a-z]/giu)).toBe(0)
        expect(count(/^```/gmu)).toBe(0)
      }),
      { numRuns: 60 },
    )
  })
})
