// Which module a folder lies in; folders outside the repository are refused in words.
import { describe, expect, it } from 'vitest'
import { moduleOf, refuseWhatIsNoFolder } from '../../src/run/module-of.ts'

describe('the folder of a feature', () => {
  const tree = { files: new Set(['go.mod', 'internal/a.go', 'out', 'sub/link']), links: new Set(['out', 'sub/link']) }

  it.each(['.', 'internal', 'internal/new', 'internal/'])('may be %s', (folder) => {
    refuseWhatIsNoFolder(folder, tree)
  })

  it.each([
    ['out', /out is a link.*Name the folder that it leads to/u],
    ['out/deeper', /out is a link/u],
    ['sub/../sub/link/x', /sub\/link is a link/u],
    ['go.mod', /go\.mod is a file.*--output-dir/u],
  ])('is not %s: nothing is written through a link or below a file', (folder, words) => {
    expect(() => refuseWhatIsNoFolder(folder, tree)).toThrow(words)
  })
})

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

  it.each(['..', '../other', 'a/../../b', '/etc', '.git', '.git/hooks', 'sub/.git/hooks', 'a/../.GIT/x'])('%s is refused', (folder) => {
    expect(() => moduleOf(folder, ['.'])).toThrow(/inside the repository/u)
  })

  it('names the modules there are when the folder lies in none, and says what to do without any', () => {
    expect(() => moduleOf('docs', ['services/a', 'services/b'])).toThrow(/--output-dir services\/a/u)
    expect(() => moduleOf('.', [])).toThrow(/go mod init/u)
  })
})
