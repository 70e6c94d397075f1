// Who owns what, as GitHub reads CODEOWNERS.
import { describe, expect, it } from 'vitest'
import { ownersOf } from '../../src/app/codeowners.ts'

const users = (text: string, ...paths: readonly string[]) => ownersOf(text, paths, 'acme').users

describe('CODEOWNERS', () => {
  it.each([
    ['* @all', 'deep/down/a.go', true],
    ['*.go @all', 'deep/down/a.go', true],
    ['*.go @all', 'deep/down/a.md', false],
    ['/internal/ @all', 'internal/quota/quota.go', true],
    ['/internal/ @all', 'cmd/internal/quota.go', false],
    ['internal/ @all', 'cmd/internal/quota.go', true],
    ['/internal/quota @all', 'internal/quota/quota.go', true],
    ['internal/quota @all', 'other/internal/quota/quota.go', false],
    ['docs/* @all', 'docs/getting-started.md', true],
    ['docs/* @all', 'docs/build/troubleshooting.md', false],
    ['docs/** @all', 'docs/build/troubleshooting.md', true],
    ['**/logs @all', 'deep/logs/today.txt', true],
    ['/a\\ b/ @all', 'a b/c.go', true],
    ['app/[slug]/ @all', 'app/[slug]/page.go', true],
    ['.github/ @all', '.github/workflows/ci.yml', true],
    ['README.md @all', 'readme.md', false],
    ['!*.go @all', 'a.go', false],
  ])('%s and %s: %s', (line, path, owns) => {
    expect(users(line, path)).toEqual(owns ? ['all'] : [])
  })

  it('the last pattern that matches says it; one without owners takes the path from everybody', () => {
    const text = '* @base\n*.go @gopher\n/gen/\n# a comment\n\n/internal/ @inner @second # and why\n'
    expect(users(text, 'a.md')).toEqual(['base'])
    expect(users(text, 'a.go')).toEqual(['gopher'])
    expect(users(text, 'gen/a.go')).toEqual([])
    expect(users(text, 'internal/a.go')).toEqual(['inner', 'second'])
    expect(users(text, 'internal/a.go', 'a.go', 'b.go')).toEqual(['gopher', 'inner', 'second'])
  })

  it('knows users, teams of the owner, and those whom nobody can ask', () => {
    expect(ownersOf('* @ada @acme/core @ACME/docs @other/core ada@example.test', ['a'], 'acme')).toEqual({
      users: ['ada'],
      teams: ['core', 'docs'],
      others: ['@other/core', 'ada@example.test'],
    })
  })
})
