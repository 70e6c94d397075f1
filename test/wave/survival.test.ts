// The survival rule on plain data: paths, lines, symbols; one property over random sides.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { asRepoPath } from '../../src/ids.ts'
import { checkLines, checkPaths, type PathTexts, pathsOfBoth } from '../../src/wave/survival.ts'
import type { TreeChange } from '../../src/world.ts'

const path = asRepoPath('a.go')
const added = (name: string, blob: string, newMode = '100644'): TreeChange => ({
  path: asRepoPath(name),
  change: 'added',
  newBlob: blob,
  newMode,
})
const deleted = (name: string): TreeChange => ({ path: asRepoPath(name), change: 'deleted', oldBlob: 'o' })
const texts = (more: Partial<PathTexts>): PathTexts => ({ path, base: '', ours: '', theirs: '', result: '', ...more })
const strict = { dropped: [], folded: false }
const lost = (given: PathTexts, options: Parameters<typeof checkLines>[1] = strict) => checkLines(given, options).map(({ what }) => what)

describe('paths of one owner', () => {
  test.each([
    ['survive as they are', [added('x', '1'), deleted('z')], []],
    ['may not be lost', [deleted('z')], ['x was added by its owner and is as before']],
    ['may not be altered', [added('x', '2'), deleted('z')], ['x is not what its owner wrote']],
    ['keep their mode', [added('x', '1', '100755'), deleted('z')], ['x is not what its owner wrote']],
    ['stay deleted', [added('x', '1')], ['z was deleted by its owner and is there again']],
    ['do not come from nowhere', [added('x', '1'), deleted('z'), added('y', '3')], ['y was changed by the merge, by nobody else']],
    ['are not deleted by the merge', [deleted('x'), deleted('z')], ['x was added by its owner and is gone']],
  ])('%s', (_, result, vanished) => {
    const facts = { ours: [added('x', '1')], theirs: [deleted('z')], result }
    expect(checkPaths(facts).map(({ path: name, what }) => `${name} ${what}`)).toEqual(vanished)
  })

  test('are not those that both sides changed; the same change on both sides is one', () => {
    const sides = { ours: [added('same', '1'), added('both', '1')], theirs: [added('same', '1'), added('both', '2')] }
    expect(pathsOfBoth(sides)).toEqual(['both'])
    expect(checkPaths({ ...sides, result: [added('same', '1'), added('both', '3')] })).toEqual([])
    expect(checkPaths({ ...sides, result: [added('both', '3')] })).toHaveLength(1)
  })
})

describe('lines of two sides', () => {
  const both = { base: 'a\n', ours: 'a\nmine()\n', theirs: 'a\nyours()\n' }

  test('are all there, or the merge is refused with the line', () => {
    expect(lost(texts({ ...both, result: 'a\nyours()\nmine()\n' }))).toEqual([])
    expect(lost(texts({ ...both, result: 'a\nyours()\n' }))).toEqual(['lost a line that the earlier work added: mine()'])
    expect(lost(texts({ ...both, result: 'a\nmine()\n' }))).toEqual(['lost a line that the later work added: yours()'])
    expect(lost(texts({ ...both, result: undefined }))).toHaveLength(2)
  })

  test('may be formatted anew: white space, CRLF and lone brackets do not count', () => {
    const given = texts({
      base: 'x {\r\n}\r\n',
      ours: 'x {\r\nID   int\r\n}\r\n',
      theirs: 'x {\r\n}\r\n{\n',
      result: 'x {\n\tID int // same\n\tID int\n}\n',
    })
    expect(lost(given)).toEqual([])
  })

  test('count as often as they were added', () => {
    const twice = texts({ base: '', ours: 'if err\n', theirs: 'if err\n', result: 'if err\n' })
    expect(lost(twice)).toEqual(['lost a line that both sides added: if err'])
    expect(lost(twice, { dropped: [], folded: true })).toEqual([])
    expect(lost(texts({ base: 'if err\n', ours: 'if err\nif err\n', theirs: 'if err\n', result: 'if err\n' }))).toHaveLength(1)
  })

  test('that both sides have in one conflict, or git folded outside of it, are one line; in two conflicts they are two', () => {
    const sides = { base: 'main() {}\n', ours: 'main() {\nmine()\nreturn 1\n', theirs: 'main() {\nyours()\nreturn 1\nlast()\n' }
    const one = '<<<<<<< ours\nmain() {\nmine()\nreturn 1\n=======\nmain() {\nyours()\nreturn 1\nlast()\n>>>>>>> theirs\n'
    const given = (result: string, marked: string) => lost(texts({ ...sides, result }), { dropped: [], folded: false, marked })
    expect(given('main() {\nmine()\nyours()\nreturn 1\nlast()\n', one)).toEqual([])
    expect(given('main() {\nmine()\nyours()\nlast()\n', one)).toEqual(['lost a line that both sides added: return 1'])
    const two =
      'main() {\n<<<<<<< ours\nmine()\nreturn 1\n=======\nyours()\n>>>>>>> theirs\n<<<<<<< ours\n||||||| base\nold()\n=======\nreturn 1\nlast()\n>>>>>>> theirs\n'
    expect(given('main() {\nmine()\nreturn 1\nyours()\nreturn 1\nlast()\n', two)).toEqual([])
    expect(given('main() {\nmine()\nyours()\nreturn 1\nlast()\n', two)).toEqual(['lost a line that both sides added: return 1'])
  })

  test('may be dropped with a reason, for that path, once per listing', () => {
    const given = texts({ ...both, result: 'a\nyours()\n' })
    const drop = { path: 'a.go', line: '  mine()', reason: 'yours() does the same' }
    expect(lost(given, { dropped: [drop], folded: false })).toEqual([])
    expect(lost(given, { dropped: [{ ...drop, reason: ' ' }], folded: false })).toHaveLength(1)
    expect(lost(given, { dropped: [{ ...drop, path: 'b.go' }], folded: false })).toHaveLength(1)
    const thrice = texts({ base: '', ours: 'mine()\nmine()\nmine()\n', result: 'mine()\n' })
    expect(lost(thrice, { dropped: [drop], folded: false })).toHaveLength(1)
  })

  test('may be removed by the side that removes them', () => {
    expect(lost(texts({ base: 'a\nb\n', ours: 'b\n', theirs: 'a\nb\nc\n', result: 'b\nc\n' }))).toEqual([])
  })

  test('declare symbols that are found again', () => {
    const symbols = { base: ['Old'], ours: ['Old', 'Mine'], theirs: ['Yours'], result: ['Mine'] }
    expect(lost(texts({ ...both, result: 'a\nmine()\nyours()\n', symbols }))).toEqual(['lost the declaration of Yours'])
  })

  const line = fc.constantFrom('a', 'b', 'c', 'd', 'e')
  const side = fc.array(line, { maxLength: 5 })
  const text = (lines: readonly string[]) => lines.map((each) => `${each}\n`).join('')

  test('put one after the other lose nothing; without any one added line the loss is named', () => {
    fc.assert(
      fc.property(side, side, side, (base, ours, theirs) => {
        const given = { base: text(base), ours: text([...base, ...ours]), theirs: text([...theirs, ...base]) }
        const all = [...theirs, ...base, ...ours]
        expect(lost(texts({ ...given, result: text(all) }))).toEqual([])
        for (const gone of [...ours, ...theirs]) {
          const without = all.toSpliced(all.indexOf(gone), 1)
          expect(lost(texts({ ...given, result: text(without) })).join()).toContain(`added: ${gone}`)
        }
      }),
    )
  })
})
