// Which pull requests of a stack there should be, and on what each stands, whatever people have done to the others.
import { describe, expect, it } from 'vitest'
import { type StackPart, stackSteps } from '../../src/app/stacked.ts'
import type { PullRequestOnGitHub } from '../../src/github.ts'
import { asBranchName, asRunId, asSha, type WaveNumber, waveBranch } from '../../src/ids.ts'

const main = asBranchName('main')
const head = (wave: WaveNumber) => waveBranch(asRunId('1-abc'), wave)

function part(wave: WaveNumber, isReady = true): StackPart {
  return { wave, head: head(wave), commit: isReady ? asSha(`c${wave}`) : undefined, isReady }
}

function pull(wave: WaveNumber, base: string, more: Partial<PullRequestOnGitHub> = {}): PullRequestOnGitHub {
  const plain = { number: wave, url: '', head: head(wave), base: asBranchName(base), isOpen: true, isMerged: false, isDraft: false }
  return { ...plain, ...more }
}

const merged = { isOpen: false, isMerged: true, closedAtMs: 100 }
const closed = (closedAtMs: number) => ({ isOpen: false, closedAtMs })

function steps(parts: readonly StackPart[], pulls: readonly PullRequestOnGitHub[], gone: readonly string[] = []): readonly string[] {
  const there = {
    pulls: new Map(pulls.map((one) => [one.head, one])),
    defaultBranch: main,
    hasBranch: (name: string) => !gone.includes(name),
  }
  return stackSteps(parts, there).map(({ part: { wave }, base, reopen }) => `${wave} on ${base}${reopen ? ', again' : ''}`)
}

describe('a stack of pull requests', () => {
  it('has one for each wave that is green, on the wave before', () => {
    expect(steps([part(1), part(2), part(4, false)], [])).toEqual(['1 on main', '2 on dce/1-abc/wave-1'])
    expect(steps([part(1, false), part(2, false)], [])).toEqual([])
  })

  it('keeps one that is open while its wave is mended', () => {
    expect(steps([part(1, false)], [pull(1, 'main')])).toEqual(['1 on main'])
  })

  it('stands on the default branch where all below is merged, also when the branches are deleted', () => {
    const pulls = [pull(1, 'main', merged), pull(2, head(1))]
    expect(steps([part(1), part(2), part(3)], pulls)).toEqual(['2 on main', '3 on dce/1-abc/wave-2'])
    expect(steps([part(1), part(2)], pulls, [head(1)])).toEqual(['2 on main'])
  })

  it('leaves what was merged from the top into the one below', () => {
    expect(steps([part(1), part(2), part(3)], [pull(1, 'main'), pull(2, head(1), merged), pull(3, head(2))])).toEqual([
      '1 on main',
      '3 on dce/1-abc/wave-1',
    ])
  })

  it('leaves alone what a person closed, and what stands on it, as long as its branch is there', () => {
    const pulls = [pull(1, 'main', closed(50)), pull(2, head(1))]
    expect(steps([part(1), part(2)], pulls)).toEqual(['2 on dce/1-abc/wave-1'])
    expect(steps([part(1), part(2)], pulls, [head(1)])).toEqual(['2 on main'])
  })

  it('opens another in place of one that GitHub closed because its base was deleted', () => {
    const parts = [part(1), part(2)]
    expect(steps(parts, [pull(1, 'main', merged), pull(2, head(1), closed(101))], [head(1)])).toEqual(['2 on main, again'])
    expect(steps(parts, [pull(1, 'main', merged), pull(2, head(1), closed(99))], [head(1)])).toEqual([])
    expect(steps(parts, [pull(1, 'main', merged), pull(2, head(1), closed(101))])).toEqual([])
  })
})
