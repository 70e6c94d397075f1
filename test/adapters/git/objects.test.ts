// Parsers on text; merges, trees, messages and refs on real git.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sayCommit } from '../../../src/adapters/git/commit-message.ts'
import { parseUnmerged } from '../../../src/adapters/git/merge-paths.ts'
import { parseRawDiffs } from '../../../src/adapters/git/objects.ts'
import { asBranchName, asRepoPath, type RepoPath, type Sha } from '../../../src/ids.ts'
import type { Git } from '../../../src/world.ts'
import { type Files, makeGitDir } from '../../support/git-dir.ts'
import { openGit } from '../../support/open-git.ts'

const [a, b] = ['1'.repeat(40), '2'.repeat(40)]
const none = '0'.repeat(40)

/** Two lines of work on one base, as commits of the mirror. */
async function twoSides(base: Files, ours: Record<string, string | null>, theirs: Record<string, string | null>) {
  const repo = makeGitDir(base)
  const git = await openGit(repo.dir)
  const from = await git.treeOf(repo.head())
  const side = async (files: Record<string, string | null>): Promise<Sha> =>
    git.commit({
      tree: await git.editTree({
        from,
        files: new Map(Object.entries(files).map(([path, text]): [RepoPath, string | null] => [asRepoPath(path), text])),
      }),
      parents: [repo.head()],
      subject: 'side',
    })
  return { git, base: repo.head(), ours: await side(ours), theirs: await side(theirs) }
}

const textAt = (git: Git, at: string, path: string) => git.readFile({ at, path: asRepoPath(path) })

describe('parsers', () => {
  test('a raw diff becomes changes with blobs and modes', () => {
    const printed = [
      `${a} ${b}\n:000000 100644 ${none} ${a} A`,
      'new file.go',
      `:100644 100755 ${a} ${b} M`,
      'dir/mode.sh',
      `:100644 000000 ${a} ${none} D`,
      'gone.go',
      `:100644 120000 ${a} ${b} T`,
      'turned',
      '',
    ].join('\0')
    expect(parseRawDiffs(printed)).toEqual([
      [
        { path: 'new file.go', change: 'added', newBlob: a, newMode: '100644' },
        { path: 'dir/mode.sh', change: 'modified', oldBlob: a, newBlob: b, newMode: '100755' },
        { path: 'gone.go', change: 'deleted', oldBlob: a },
        { path: 'turned', change: 'modified', oldBlob: a, newBlob: b, newMode: '120000' },
      ],
    ])
    expect(() => parseRawDiffs(`${a} ${b}\nrubbish\0path\0`)).toThrow('this is a bug in dce')
  })

  test('raw diffs of several pairs are told apart, with and without changes, whatever ends the line between them', () => {
    const added = (path: string) => `:000000 100644 ${none} ${a} A\0${path}\0`
    const one = { path: 'x.go', change: 'added', newBlob: a, newMode: '100644' }
    for (const end of ['\n', '\0']) {
      const pair = `${a} ${b}${end}`
      expect(parseRawDiffs(`${pair}${pair}${added('x.go')}${pair}${pair}${added('x.go')}${pair}`)).toEqual([[], [one], [], [one], []])
    }
    expect(parseRawDiffs('')).toEqual([])
  })

  test('unmerged paths come with the stages they have', () => {
    const printed = `100644 ${a} 1\tx y.go\0${'100644'} ${b} 2\tx y.go\0${'100755'} ${a} 3\tx y.go\0${'100644'} ${b} 3\tz.go\0`
    expect(parseUnmerged(printed)).toEqual([
      { path: 'x y.go', base: { mode: '100644', blob: a }, ours: { mode: '100644', blob: b }, theirs: { mode: '100755', blob: a } },
      { path: 'z.go', theirs: { mode: '100644', blob: b } },
    ])
    expect(parseUnmerged('')).toEqual([])
  })
})

describe('commit messages', () => {
  test('end with their trailers', () => {
    expect(sayCommit({ subject: 'feat(w1): quota', body: 'Why.\n', trailers: { 'Dce-Run': 'r-1', 'Dce-Task': 'w1-x' } })).toBe(
      'feat(w1): quota\n\nWhy.\n\nDce-Run: r-1\nDce-Task: w1-x\n',
    )
  })

  test('never let a subject, a body or a value pass for a trailer', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (subject, body, value) => {
        const message = sayCommit({
          subject: `${subject}\n\nDce-Task: forged`,
          body: `${body}\n\nDce-Task: forged`,
          trailers: { 'Dce-Run': `${value}\nDce-Task: forged` },
        })
        const last = message.trimEnd().split('\n\n').at(-1) ?? ''
        expect(last.split('\n')).toHaveLength(1)
        expect(last.startsWith('Dce-Run: ')).toBe(true)
      }),
    )
    expect(sayCommit({ subject: 's', body: 'Dce-Task: forged' }).trimEnd().endsWith('-')).toBe(true)
  })

  test('are kept by git, under the identity of the program', async () => {
    const repo = makeGitDir()
    const git = await openGit(repo.dir)
    const commit = await git.commit({
      tree: await git.treeOf(repo.head()),
      parents: [repo.head()],
      subject: '# not a comment',
      trailers: { 'Dce-Run': 'r' },
    })
    const branch = asBranchName('dce/r/x')
    await git.moveBranch({ branch, to: commit })
    await git.publish([branch])
    expect(repo.git('log', '-1', '--format=%an|%s|%(trailers:key=Dce-Run,valueonly,separator=%x2C)', commit)).toBe('dce|# not a comment|r')
  })
})

describe('merges', () => {
  test('of different places are clean, without any checkout', async () => {
    const { git, ours, theirs } = await twoSides({ 'a.go': '1\n', 'b.go': '1\n' }, { 'a.go': '2\n' }, { 'b.go': null, 'c.go': 'new\n' })
    const merged = await git.mergeTrees({ ours, theirs })
    expect(merged.kind).toBe('merged')
    expect(await git.listFiles(merged.tree)).toEqual(['a.go', 'c.go'])
    expect(await textAt(git, merged.tree, 'a.go')).toBe('2\n')
  })

  test('of one place are a conflict that names every path', async () => {
    const { git, ours, theirs } = await twoSides(
      { 'a b.go': '1\n', 'gone.go': '1\n' },
      { 'a b.go': '2\n', 'gone.go': null, 'new.go': 'x\n' },
      { 'a b.go': '3\n', 'gone.go': '2\n', 'new.go': 'y\n' },
    )
    const merged = await git.mergeTrees({ ours, theirs })
    expect(merged).toMatchObject({ kind: 'conflict', paths: ['a b.go', 'gone.go', 'new.go'] })
    expect(await textAt(git, merged.tree, 'a b.go')).toContain('<<<<<<<')
  })

  test('can be made on a base of one’s own choice', async () => {
    const { git, base, ours, theirs } = await twoSides({ 'a.go': '1\n2\n3\n' }, { 'a.go': '1\n2\n3\n4\n' }, { 'a.go': '0\n1\n2\n3\n' })
    expect(await git.mergeTrees({ ours, theirs, base: ours })).toMatchObject({ kind: 'merged', tree: await git.treeOf(theirs) })
    expect((await git.mergeTrees({ ours, theirs, base })).kind).toBe('merged')
  })

  test('do not follow renames: a moved file edited by another is a conflict, a similar file stays where it was put', async () => {
    const text = Array.from({ length: 30 }, (_, line) => `line ${line}\n`).join('')
    const moved = await twoSides({ 'old/a.go': text }, { 'old/a.go': null, 'new/a.go': text }, { 'old/a.go': `${text}more\n` })
    expect(await moved.git.mergeTrees(moved)).toMatchObject({ kind: 'conflict', paths: ['old/a.go'] })

    const added = await twoSides({ 'old/a.go': text }, { 'old/a.go': null, 'new/a.go': text }, { 'old/b.go': 'package b\n' })
    const merged = await added.git.mergeTrees(added)
    expect(merged.kind).toBe('merged')
    expect(await added.git.listFiles(merged.tree)).toEqual(['new/a.go', 'old/b.go'])
  })

  test('of both sides’ lines in one file keep both, with CRLF, odd names, and the mode that changed', async () => {
    const lines = (head: string, tail: string) => `${head}\r\n${'middle\r\n'.repeat(8)}${tail}\r\n`
    const name = 'ü x\'y".go'
    const { git, base, ours, theirs } = await twoSides(
      { [name]: lines('a', 'z') },
      { [name]: lines('A', 'z') },
      { [name]: lines('a', 'Z') },
    )
    const merged = await git.mergeTrees({ ours, theirs })
    expect(merged.kind).toBe('merged')
    expect(await textAt(git, merged.tree, name)).toBe(lines('A', 'Z'))
    expect(await git.changes({ from: base, to: merged.tree })).toHaveLength(1)
    const before = await git.treeOf(base)
    const pairs = [
      { from: before, to: before },
      { from: before, to: merged.tree },
      { from: merged.tree, to: before },
    ]
    const one = await Promise.all(pairs.map((pair) => git.changes(pair)))
    expect(await git.changesOfTrees(pairs)).toEqual(one)
  })

  test('of unrelated histories, of binary files, of a file against a folder: conflicts, never a failure', async () => {
    const repo = makeGitDir({ 'bin.dat': Uint8Array.of(0, 1, 2, 255), 'thing/x.go': 'x\n', 'same.go': 's\n' })
    const base = repo.head()
    const ours = repo.commit({ 'bin.dat': Uint8Array.of(0, 1, 3, 255), 'thing/x.go': 'changed\n' }, 'ours')
    repo.git('checkout', '--quiet', '-b', 'theirs', base)
    const theirs = repo.commit({ 'bin.dat': Uint8Array.of(0, 9, 2, 255), thing: { linkTo: 'same.go' } }, 'theirs')
    repo.git('checkout', '--quiet', '--orphan', 'lone')
    const lone = repo.commit({ 'same.go': 'other\n', thing: null, 'bin.dat': null }, 'lone')
    const git = await openGit(repo.dir)
    const merged = await git.mergeTrees({ ours, theirs })
    expect(merged.kind).toBe('conflict')
    if (merged.kind === 'conflict') expect(merged.paths.toSorted()).toEqual(expect.arrayContaining(['bin.dat']))
    const kept = (await git.changes({ from: ours, to: merged.tree })).map((change) => change.path)
    expect(kept).not.toContain('bin.dat')
    expect(await git.mergeTrees({ ours, theirs: lone })).toMatchObject({ kind: 'conflict', paths: ['same.go'] })
  })

  test('are not decided by attributes of the target', async () => {
    const { git, ours, theirs } = await twoSides(
      { '.gitattributes': '* merge=union\n', 'a.go': '1\n' },
      { 'a.go': '2\n' },
      { 'a.go': '3\n' },
    )
    expect((await git.mergeTrees({ ours, theirs })).kind).toBe('conflict')
  })
})

describe('trees', () => {
  test('are edited: created, changed, removed, modes kept, file and folder may change places', async () => {
    const repo = makeGitDir({ 'run.sh': { executable: 'old' }, 'gone/x.go': 'x', 'folder/y.go': 'y', 'keep.go': 'k' })
    const git = await openGit(repo.dir)
    const edited = await git.editTree({
      from: await git.treeOf(repo.head()),
      files: new Map<RepoPath, string | null>([
        [asRepoPath('run.sh'), 'new\r\n'],
        [asRepoPath('gone/x.go'), null],
        [asRepoPath('not there'), null],
        [asRepoPath('folder/y.go'), null],
        [asRepoPath('folder'), 'now a file'],
        [asRepoPath('ü/ö ä.go'), 'new\r\n'],
        [asRepoPath('empty'), ''],
      ]),
    })
    expect(await git.listFiles(edited)).toEqual(['empty', 'folder', 'keep.go', 'run.sh', 'ü/ö ä.go'])
    expect(await git.changes({ from: repo.head(), to: edited })).toContainEqual(
      expect.objectContaining({ path: 'run.sh', newMode: '100755' }),
    )
    expect(await textAt(git, edited, 'ü/ö ä.go')).toBe('new\r\n')
    expect(await textAt(git, edited, 'empty')).toBe('')
    expect(await textAt(git, edited, 'gone/x.go')).toBeUndefined()
  })

  test('can be made of nothing', async () => {
    const git = await openGit(makeGitDir().dir)
    const tree = await git.editTree({ from: null, files: new Map([[asRepoPath('a/b.md'), 'text\n']]) })
    expect(await git.listFiles(tree)).toEqual(['a/b.md'])
    expect(await git.editTree({ from: null, files: new Map() })).toBe('4b825dc642cb6eb9a060e54bf8d69288fbee4904')
  })

  test('tell sizes, diffs within a bound, and what is not a file', async () => {
    const repo = makeGitDir({ 'dir/a.go': 'package a\n' })
    const next = repo.commit({ 'dir/a.go': `package a\n${'// long\n'.repeat(1000)}`, 'b.go': 'b\n' })
    const git = await openGit(repo.dir)
    const base = (await git.resolve('HEAD~1')) ?? next
    const blobs = (await git.changes({ from: base, to: next })).map((change) => change.newBlob ?? '')
    expect(await git.blobSizes([...blobs, none])).toEqual(
      new Map([
        [blobs[0], 2],
        [blobs[1], 8010],
      ]),
    )
    expect((await git.diff({ from: base, to: next, maxBytes: 500 })).length).toBeLessThanOrEqual(700)
    const only = await git.diff({ from: base, to: next, paths: [asRepoPath('b.go')], maxBytes: 10_000 })
    expect(only).toContain('+b\n')
    expect(only).not.toContain('long')
    expect(await textAt(git, next, 'dir')).toBeUndefined()
    expect(await textAt(git, 'no-such-rev', 'a')).toBeUndefined()
  })

  test('any text goes in and comes out the same', async () => {
    const git = await openGit(makeGitDir().dir)
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme' }), async (text) => {
        const tree = await git.editTree({ from: null, files: new Map([[asRepoPath('f'), text]]) })
        expect(await textAt(git, tree, 'f')).toBe(text)
      }),
      { numRuns: 15 },
    )
  })
})

describe('refs', () => {
  test('a branch that is absent is not found by a name that git describe could have made', async () => {
    const repo = makeGitDir()
    const git = await openGit(repo.dir)
    const branch = asBranchName(`dce/r/w1-x-g${repo.head().slice(0, 8)}`)
    expect(await git.readBranch(branch)).toBeUndefined()
    await git.moveBranch({ branch, to: repo.head(), expected: null })
    expect(await git.readBranch(branch)).toBe(repo.head())
  })

  test('move only from the value that was expected', async () => {
    const repo = makeGitDir()
    const one = repo.head()
    const two = repo.commit({ 'x.go': 'x' })
    const git = await openGit(repo.dir)
    const branch = asBranchName('dce/r/w1-x')
    expect(await git.moveBranch({ branch, to: one, expected: two })).toBe(false)
    expect(await git.moveBranch({ branch, to: one, expected: null })).toBe(true)
    expect(await git.moveBranch({ branch, to: two, expected: null })).toBe(false)
    expect(await git.moveBranch({ branch, to: two, expected: two })).toBe(false)
    expect(await git.moveBranch({ branch, to: two, expected: one })).toBe(true)
    expect(await git.moveBranch({ branch, to: one })).toBe(true)
    expect(await git.branches('dce/r/')).toEqual(new Map([[branch, one]]))
    expect(await git.branches('dce/other/')).toEqual(new Map())
    await git.deleteBranch(branch)
    await git.deleteBranch(branch)
    expect(await git.branches('')).toEqual(new Map())
  })

  test('of two who move a branch at once, one wins', async () => {
    const repo = makeGitDir()
    const one = repo.head()
    const git = await openGit(repo.dir)
    const rivals = await Promise.all(
      ['a', 'b', 'c', 'd'].map(async (subject) => git.commit({ tree: await git.treeOf(one), parents: [one], subject })),
    )
    const branch = asBranchName('dce/r/wave-1')
    const won = await Promise.all(rivals.map((to) => git.moveBranch({ branch, to, expected: null })))
    expect(won.filter(Boolean)).toHaveLength(1)
  })

  test('tell ancestors and merge bases, also of histories that have none', async () => {
    const repo = makeGitDir()
    const one = repo.head()
    const two = repo.commit({ 'x.go': 'x' })
    const git = await openGit(repo.dir)
    const orphan = await git.commit({ tree: await git.treeOf(one), parents: [], subject: 'orphan' })
    expect(await git.isAncestor({ ancestor: one, of: two })).toBe(true)
    expect(await git.isAncestor({ ancestor: two, of: one })).toBe(false)
    expect(await git.mergeBase(one, two)).toBe(one)
    expect(await git.mergeBase(orphan, two)).toBeUndefined()
    await expect(git.isAncestor({ ancestor: 'f'.repeat(40) as Sha, of: two })).rejects.toMatchObject({ name: 'WorldFault' })
  })
})
