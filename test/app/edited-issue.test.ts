// Whether a waiting plan still is of its issue's text.
import { describe, expect, it } from 'vitest'
import { isPinned } from '../../src/app/edited-issue.ts'

const of = (source: string, text: string) => ({ spec: { source, text, hash: 'x' } })

describe('the pinned text', () => {
  it('is that of the issue, with the heading that its title was made', () => {
    expect(isPinned(of('issue-1.md', '# Quotas\n\nBuild quotas.'), 'Build quotas.')).toBe(true)
    expect(isPinned(of('issue-1.md', '# Quotas\n\nBuild quotas.'), 'Build quotas, and a back door.')).toBe(false)
  })

  it('is another when a part of it is taken away, or all of it', () => {
    expect(isPinned(of('issue-1.md', '# Quotas\n\n- R1: one\n- R2: two\n'), '# Quotas\n\n- R1: one\n')).toBe(false)
    expect(isPinned(of('issue-1.md', '# Quotas\n\nBuild quotas.'), '')).toBe(false)
    expect(isPinned(of('issue-1.md', '# Quotas\n\nBuild quotas.'), '# Quotas\r\n\r\nBuild quotas.\r\n')).toBe(true)
  })

  it('of a file that the issue names stays as long as it names that file', () => {
    expect(isPinned(of('docs/quotas.md', '# Quotas'), '`docs/quotas.md`\n')).toBe(true)
    expect(isPinned(of('docs/quotas.md', '# Quotas'), 'docs/other.md')).toBe(false)
  })
})
