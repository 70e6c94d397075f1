// Which module a folder lies in; folders outside the repository are refused in words.
import { describe, expect, it } from 'vitest'
import { moduleOf } from '../../src/run/module-of.ts'

describe('the module of a folder', () => {
  it.each([
    ['.', ['.'], '.'],
    ['internal/x', ['.'], '.'],
    ['services/a/internal', ['.', 'services/a'], 'services/a'],
    ['services/a/', ['services/a'], 'services/a'],
    ['services/ab', ['.', 'services/a'], '.'],
  ])('%s in %j is %s', (folder, modules, module) => {
    expect(moduleOf(folder, modules)).toBe(module)
  })

  it.each(['..', '../other', 'a/../../b', '/etc', '.git', '.git/hooks'])('%s is refused', (folder) => {
    expect(() => moduleOf(folder, ['.'])).toThrow(/inside the repository/u)
  })

  it('names the modules there are when the folder lies in none, and says what to do without any', () => {
    expect(() => moduleOf('docs', ['services/a', 'services/b'])).toThrow(/--output-dir services\/a/u)
    expect(() => moduleOf('.', [])).toThrow(/go mod init/u)
  })
})
