// Merges of work that lies apart give the tree that git's own merge gives, and everything else is left to git.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { areApart, parseFolder } from '../../../src/adapters/git/overlay-tree.ts'
import { asRepoPath, type RepoPath, type Sha } from '../../../src/ids.ts'
import type { TreeChange } from '../../../src/world.ts'
import { makeGitDir } from '../../support/git-dir.ts'
import { openGit } from '../../support/open-git.ts'

const change = (path: string): TreeChange => ({ path: asRepoPath(path), change: 'added', newBlob: '1'.repeat(40), newMode: '100644' })

test.each([
  [['a', 'b/c'], ['b/d', 'ab'], true],
  [['a'], ['a'], false],
  [['a'], ['a/b'], false],
  [['a/b/c'], ['a'], false],
  [[], ['a', 'a/b'], false],
])('%j and %j lie apart: %s', (ours, theirs, apart) => {
  expect(areApart(ours.map(change), theirs.map(change))).toBe(apart)
})

test('a folder with a name that is not UTF-8, or an old mode, is not read', () => {
  const entry = (mode: string, name: Buffer) => Buffer.concat([Buffer.from(`${mode} `), name, Buffer.alloc(1), Buffer.alloc(20, 7)])
  expect(parseFolder(entry('100644', Buffer.from('ü')), 20)?.get('ü')).toEqual({ mode: '100644', object: '07'.repeat(20) })
  expect(parseFolder(entry('100644', Buffer.from([0xff])), 20)).toBeUndefined()
  expect(parseFolder(entry('100664', Buffer.from('a')), 20)).toBeUndefined()
})

describe('a merge', () => {
  test('of any two sides is what git makes of them by itself', async () => {
    const paths = ['a', 'a.b', 'a/x', 'a/y/z', 'b/c', 'b/d/e', 'b0', 'ü/ö x']
    const files = fc.dictionary(fc.constantFrom(...paths), fc.constantFrom('1', '2', '3'), { maxKeys: 5 })
    // A path is a file or a folder.
    const whole = (all: Record<string, string>) =>
      Object.fromEntries(Object.entries(all).filter(([path]) => !Object.keys(all).some((other) => other.startsWith(`${path}/`))))
    const repo = makeGitDir({ 'README.md': 'base' })
    const git = await openGit(repo.dir)
    const treeOf = (all: Record<string, string>) =>
      git.editTree({
        from: null,
        files: new Map(Object.entries({ ...whole(all), k: 'k' }).map(([path, text]): [RepoPath, string] => [asRepoPath(path), text])),
      })
    await fc.assert(
      fc.asyncProperty(files, files, files, async (base, ours, theirs) => {
        const commit = async (all: Record<string, string>, parents: readonly Sha[]) =>
          git.commit({ tree: await treeOf(all), parents, subject: 's' })
        const root = await commit(base, [repo.head()])
        const [one, two] = [await commit(ours, [root]), await commit(theirs, [root])]
        // Without a base that is handed in, git merges by its index.
        const byGit = await git.mergeTrees({ ours: one, theirs: two })
        expect(await git.mergeTrees({ ours: one, theirs: two, base: root })).toEqual(byGit)
      }),
      { numRuns: 25 },
    )
  }, 120_000)
})
