// The text of one pull request of a stack: its place in it, and its wave's part alone.
import { describe, expect, it } from 'vitest'
import { renderWavePullRequest } from '../../src/report/wave-pull-request.ts'
import { feature, plan } from './a-plan.ts'
import { beginning, eventsOf, goodEnding, middle, stateOf } from './a-run.ts'

const state = stateOf(eventsOf(beginning, middle, goodEnding))
const fullText = '`progress.md` on `dce/quotas-3fa9c1/state`'
const stack = [
  { wave: 1 as const, number: 7, isMerged: true },
  { wave: 2 as const, number: 8, isMerged: false },
  { wave: 3 as const, isMerged: false },
]

describe('a wave’s pull request', () => {
  const { title, body } = renderWavePullRequest({ state, plan, feature, fullText, wave: 2, stack })

  it('says in its title which of how many it is', () => {
    expect(title).toBe('[2/3] Call quotas per buyer: Infrastructure')
  })

  it('links the others, itself in bold', () => {
    expect(body.split('\n')[0]).toBe('1/3 Domain #7, merged · **2/3 Infrastructure** · 3/3 Service, not yet')
  })

  it('has what its wave did, what the gate says, and how to read it, and nothing of other waves', () => {
    expect(body).toContain('`w2-repository-implementer`')
    expect(body).not.toContain('w1-entity-architect')
    expect(body).toMatch(/## Gate\n\n### Wave 2: green/u)
    expect(body).toContain('## Read it in this order')
    expect(body).toContain(fullText)
    expect(body).not.toMatch(/closes #/iu)
  })
})
