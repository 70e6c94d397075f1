// A patch in a comment: readable, inert, in size.
import { describe, expect, it } from 'vitest'
import { renderPatchComment } from '../../src/report/patch-comment.ts'

const work = {
  run: '1-abc',
  branch: 'dce/1-abc/pr',
  why: 'push declined / @acme Closes #1',
  path: '/state/runs/1-abc/pr.patch',
  commits: 3,
}

describe('the comment with a patch', () => {
  it('says what was refused and why, where the patch is, and how to apply it', () => {
    const text = renderPatchComment({ ...work, patch: 'From 1\n+one\n' })
    expect(text).toMatch(/^What run `1-abc` built could not be pushed as `dce\/1-abc\/pr`: push declined/u)
    expect(text).toContain('a patch of 3 commits where the run is carried out, in `/state/runs/1-abc/pr.patch`')
    expect(text).toContain('`git am pr.patch`')
    expect(text).toContain('\n```diff\nFrom 1\n+one\n```\n')
    expect(text).not.toMatch(/Closes #1|@acme/u)
  })

  it('cannot be left by what the patch holds', () => {
    expect(renderPatchComment({ ...work, patch: '+````\n+text\n' })).toContain('\n`````diff\n+````\n+text\n`````\n')
  })

  it('is cut to what GitHub takes, and says so', () => {
    const text = renderPatchComment({ ...work, patch: 'x'.repeat(90_000) })
    expect(text.length).toBeLessThan(60_000)
    expect(text).toContain('its first 50000 of 90000 characters: all of it is in the file')
  })
})
