// Which rules a run cannot live with, by the way that its commits are made.
import { describe, expect, it } from 'vitest'
import { refuseAnotherLine, refuseByRules } from '../../src/app/refuse-rules.ts'
import { asBranchName } from '../../src/ids.ts'

const branch = asBranchName('dce/1-abc/pr')
const refuse =
  (types: readonly string[], commits: 'git' | 'squash' | 'api' = 'git') =>
  () =>
    refuseByRules(
      types.map((type) => ({ type })),
      branch,
      commits,
    )

describe('rules of the branches of a run', () => {
  it('that nothing of ours breaks let it begin', () => {
    expect(refuse(['deletion', 'non_fast_forward', 'pull_request'])).not.toThrow()
  })

  it('name the way that they let pass, the simplest one', () => {
    expect(refuse(['required_linear_history'])).toThrow(/linear history.*Write `commits: squash`.*or exclude `dce\/\*\*`/u)
    expect(refuse(['required_signatures'])).toThrow(/signed commits.*Write `commits: api`/u)
    expect(refuse(['required_linear_history', 'required_signatures'])).toThrow(/another wants signed.*Write `commits: api`/u)
    expect(refuse(['creation', 'required_signatures'])).toThrow(/forbids to create.*\. Exclude `dce/u)
  })

  it('are kept by the way that is written', () => {
    expect(refuse(['required_linear_history'], 'squash')).not.toThrow()
    expect(refuse(['required_linear_history', 'required_signatures'], 'api')).not.toThrow()
    expect(refuse(['required_signatures'], 'squash')).toThrow(/signed commits/u)
    expect(refuse(['update'], 'api')).toThrow(/forbids to update/u)
  })

  it('a line of its own is judged here: the gate in Actions would have to push what the rules refuse', () => {
    expect(() => refuseAnotherLine('actions', 'squash')).toThrow(/`commits: squash`.*Set `gate: local`/u)
    expect(() => refuseAnotherLine('actions', 'git')).not.toThrow()
    expect(() => refuseAnotherLine('local', 'api')).not.toThrow()
    expect(() => refuseAnotherLine(undefined, 'api')).not.toThrow()
  })
})
