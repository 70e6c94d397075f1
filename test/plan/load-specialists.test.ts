// From files to the set in force: what overrides what, and which files are read.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { asRepoPath } from '../../src/ids.ts'
import { assembleSpecialists, readSpecialistFolder, readSpecialistsAt } from '../../src/plan/load-specialists.ts'
import { completeSet, goodPrompt, specialistFile } from '../support/specialist-file.ts'

describe('the set in force', () => {
  test('takes a repository’s file for the built-in one of its name, and adds the others, by wave and name', () => {
    const own = specialistFile({ fields: { effort: 'high', wave: '4' }, layer: 'repository', path: '.dce/specialists/4-gap-filler.md' })
    const added = specialistFile({
      fields: { name: 'added', title: 'Added', wave: '4' },
      layer: 'repository',
      path: '.dce/specialists/4-added.md',
      prompt: `Added.\n\n${goodPrompt}`,
    })
    const loaded = assembleSpecialists([own, added, ...completeSet(), specialistFile()])
    expect(
      loaded.kind === 'loaded' && loaded.set.specialists.map((each) => [each.wave, each.name, each.effort, each.source.layer]),
    ).toEqual([
      [0, 'planner', 'low', 'built-in'],
      [4, 'added', 'low', 'repository'],
      [4, 'gap-filler', 'high', 'repository'],
    ])
  })

  test('is not to be had while there are faults', () => {
    expect(assembleSpecialists([...completeSet(), specialistFile({ fields: { effort: 'huge' } })])).toMatchObject({
      kind: 'faulty',
      faults: [{ line: 8 }],
    })
  })
})

describe('reading', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dce-specialists-'))
    await mkdir(join(folder, 'roles'))
    await Promise.all(
      [...completeSet(), specialistFile()].map((file) => writeFile(join(folder, file.path.replace('specialists/', '')), file.text)),
    )
    await writeFile(join(folder, 'README.md'), 'for people')
    await writeFile(join(folder, 'notes.txt'), 'for people')
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  test('a folder gives its specialists and roles, and leaves the README to people', async () => {
    const files = await readSpecialistFolder({ folder, shownAs: '.dce/specialists', layer: 'repository' })
    expect(files.map((file) => file.path)).toEqual([
      '.dce/specialists/0-planner.md',
      '.dce/specialists/2-gap-filler.md',
      '.dce/specialists/roles/the-adversary.md',
      '.dce/specialists/roles/the-reconciler.md',
      '.dce/specialists/roles/the-repair.md',
      '.dce/specialists/roles/the-reviewer.md',
    ])
  })

  test('a folder that is not there is empty', async () => {
    expect(await readSpecialistFolder({ folder: join(folder, 'none'), shownAs: 'none', layer: 'repository' })).toEqual([])
  })

  test('a repository’s come from the commit, from its folder and roles/ alone', async () => {
    const texts = new Map([
      ['.dce/specialists/2-a.md', 'a'],
      ['.dce/specialists/roles/b.md', 'b'],
      ['.dce/specialists/README.md', 'no'],
      ['.dce/specialists/drafts/c.md', 'no'],
      ['.dce/specialists/roles/deep/d.md', 'no'],
      ['docs/.dce/specialists/e.md', 'no'],
    ])
    const git = {
      listFiles: async () => [...texts.keys()].map(asRepoPath),
      readFile: async ({ at, path }: { readonly at: string; readonly path: string }) => (at === 'base' ? texts.get(path) : undefined),
    }
    expect(await readSpecialistsAt({ git, commit: 'base' })).toEqual([
      { path: '.dce/specialists/2-a.md', text: 'a', layer: 'repository' },
      { path: '.dce/specialists/roles/b.md', text: 'b', layer: 'repository' },
    ])
  })
})
