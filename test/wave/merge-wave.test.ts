// Waves merged on real git: order, repeats, conflicts, reconcilers that lose lines, a base that moved.
import { describe, expect, test } from 'vitest'
import { asBranchName, asRepoPath, type RepoPath, type Sha, waveBranch } from '../../src/ids.ts'
import type { Plan } from '../../src/plan/plan.ts'
import { mergeMovedBase } from '../../src/wave/merge-base.ts'
import { survivalOf } from '../../src/wave/merge-onto.ts'
import { inPlanOrder, mergeWave, type TaskCommit } from '../../src/wave/merge-wave.ts'
import type { Conflict, Reconcile } from '../../src/wave/reconcile.ts'
import { makePlan } from '../run/simulate.ts'
import { makeSite, owner, run, type Site, workOn } from './a-wave.ts'

const [one, two, three] = [owner('one', 'one/'), owner('two', 'two/'), owner('three', 'three/', 'shared.go')]
const plan = makePlan([one, two, three])
const shared = 'package a\n\nfunc Base() {}\n'
const lines = (...names: readonly string[]) => `package a\n\n${names.map((name) => `func ${name}() {}\n`).join('')}`

const merge = (
  site: Site,
  tasks: readonly TaskCommit[],
  more: { readonly onto?: Sha; readonly reconcile?: Reconcile; readonly plan?: Plan } = {},
) =>
  mergeWave({
    git: site.git,
    run,
    wave: 1,
    plan: more.plan ?? plan,
    onto: more.onto ?? site.base,
    tasks,
    ...(more.reconcile === undefined ? {} : { reconcile: more.reconcile }),
  })

const textAt = (site: Site, at: string, path: string) => site.git.readFile({ at, path: asRepoPath(path) })
const tip = async (site: Site) => (await site.git.branches('')).get(waveBranch(run, 1))

describe('a wave', () => {
  test('is merged in plan order, each task’s commit in sight, on the wave’s branch', async () => {
    const site = await makeSite({ 'shared.go': shared, 'one/old.go': 'package one\n' })
    const works = await Promise.all([
      workOn(site, { task: three, files: { 'three/c.go': 'package three\n', 'shared.go': lines('Base', 'Three') } }),
      workOn(site, { task: one, files: { 'one/a b ü.go': 'package one\r\n', 'one/old.go': null } }),
      workOn(site, { task: two, files: { 'two/run.sh': { executable: '#!/bin/sh\n' } } }),
    ])
    const merged = await merge(site, works)
    expect(merged).toMatchObject({ kind: 'merged', reconciled: [] })
    if (merged.kind !== 'merged') return
    expect(merged.merged.map(({ task }) => task)).toEqual(['w1-one', 'w1-two', 'w1-three'])
    expect(await tip(site)).toBe(merged.commit)
    await site.git.publish([waveBranch(run, 1)])
    const log = site.repo.git(
      'log',
      '--first-parent',
      '--reverse',
      '--format=%s|%(trailers:key=Dce-Task,valueonly,separator=%x2C)|%(trailers:key=Dce-Wave,valueonly,separator=%x2C)',
      `${site.base}..${merged.commit}`,
    )
    expect(log.split('\n')).toEqual(['merge(w1): the one|w1-one|1', 'merge(w1): the two|w1-two|1', 'merge(w1): the three|w1-three|1'])
    for (const work of works) expect(await site.git.isAncestor({ ancestor: work.commit, of: merged.commit })).toBe(true)
    expect(site.repo.git('ls-tree', '-r', '--format=%(objectmode) %(path)', merged.commit)).toContain('100755 two/run.sh')
    expect(await textAt(site, merged.commit, 'one/a b ü.go')).toBe('package one\r\n')
    expect(await textAt(site, merged.commit, 'one/old.go')).toBeUndefined()
  })

  test('merged again after a kill is the same commit; later work comes on top', async () => {
    const site = await makeSite({ 'shared.go': shared })
    const first = await workOn(site, { task: one, files: { 'one/a.go': 'package one\n' } })
    const second = await workOn(site, { task: two, files: { 'two/b.go': 'package two\n' } })
    const merged = await merge(site, [first, second])
    expect(await merge(site, [first, second])).toEqual(merged)
    if (merged.kind !== 'merged') return

    const repair = await workOn(site, { task: one, files: { 'one/a.go': 'package one // repaired\n' }, attempt: 2, base: merged.commit })
    const again = await merge(site, [repair], { onto: merged.commit })
    expect(again.kind).toBe('merged')
    if (again.kind !== 'merged') return
    expect(await textAt(site, again.commit, 'one/a.go')).toBe('package one // repaired\n')
    expect(await site.git.isAncestor({ ancestor: merged.commit, of: again.commit })).toBe(true)
  })

  test('of tasks that began on different commits holds the work of both', async () => {
    const site = await makeSite({ 'shared.go': shared })
    const first = await workOn(site, { task: one, files: { 'one/a.go': 'package one\n' } })
    const early = await merge(site, [first])
    if (early.kind !== 'merged') throw new Error('not merged')
    const late = await workOn(site, { task: two, files: { 'two/b.go': 'package two\n' } })
    const both = await merge(site, [late], { onto: early.commit })
    expect(both.kind === 'merged' ? await site.git.listFiles(both.commit) : []).toEqual(['one/a.go', 'shared.go', 'two/b.go'])
  })

  test('keeps the edit of a file that another task moved away from: a conflict, not a silent move', async () => {
    const text = Array.from({ length: 40 }, (_, line) => `// line ${line}\n`).join('')
    const site = await makeSite({ 'one/a.go': text })
    const moved = await workOn(site, { task: one, files: { 'one/a.go': null, 'one/b.go': text } })
    const edited = await workOn(site, { task: two, files: { 'one/a.go': `${text}// more\n` } })
    expect(await merge(site, [moved, edited])).toEqual({
      kind: 'failed',
      task: 'w1-two',
      paths: ['one/a.go'],
      faults: ['w1-two: one/a.go was changed by both sides in one place'],
    })
    expect(await tip(site)).toBeUndefined()
  })

  test('in which both sides added to one file in different places keeps every line, without asking anybody', async () => {
    const middle = Array.from({ length: 12 }, (_, line) => `// line ${line}\n`).join('')
    const site = await makeSite({ 'shared.go': `package a\n${middle}` })
    const top = await workOn(site, { task: one, files: { 'shared.go': `package a\n\nfunc Top() {}\n${middle}` } })
    const bottom = await workOn(site, { task: two, files: { 'shared.go': `package a\n${middle}\nfunc Bottom() {}\n` } })
    const merged = await merge(site, [top, bottom])
    expect(merged.kind === 'merged' ? await textAt(site, merged.commit, 'shared.go') : '').toBe(
      `package a\n\nfunc Top() {}\n${middle}\nfunc Bottom() {}\n`,
    )
  })
})

describe('a conflict', () => {
  async function conflicting(more: { readonly ours?: string | null; readonly theirs?: string | null } = {}) {
    const site = await makeSite({ 'shared.go': shared })
    const ours = await workOn(site, {
      task: one,
      files: { 'shared.go': more.ours === undefined ? lines('Base', 'One') : more.ours, 'one/a.go': 'package one\n' },
    })
    const theirs = await workOn(site, {
      task: two,
      files: { 'shared.go': more.theirs === undefined ? lines('Base', 'Two') : more.theirs, 'two/b.go': 'package two\n' },
    })
    return { site, works: [ours, theirs] }
  }
  const answering = (...texts: readonly (string | null)[]) => {
    const asked: Conflict[] = []
    const reconcile: Reconcile = async (conflict) => {
      asked.push(conflict)
      const text = texts[asked.length - 1]
      if (text === undefined) throw new Error('asked too often')
      return { kind: 'reconciled', files: conflict.files.map(({ path }) => ({ path, text })), dropped: [] }
    }
    return { asked, reconcile }
  }

  test('is shown to the reconciler with both sides and both tasks, and the answer becomes part of the merge', async () => {
    const { site, works } = await conflicting()
    const { asked, reconcile } = answering(lines('Base', 'One', 'Two'))
    const merged = await merge(site, works, { reconcile })
    expect(asked).toHaveLength(1)
    expect(asked[0]?.theirsBy?.id).toBe('w1-two')
    expect(asked[0]?.files).toMatchObject([
      { path: 'shared.go', base: shared, ours: lines('Base', 'One'), theirs: lines('Base', 'Two'), oursBy: { id: 'w1-one' } },
    ])
    expect(asked[0]?.files[0]?.marked).toContain('=======')
    expect(merged).toMatchObject({ kind: 'merged', reconciled: ['shared.go'] })
    if (merged.kind !== 'merged') return
    expect(await textAt(site, merged.commit, 'shared.go')).toBe(lines('Base', 'One', 'Two'))
    expect(await textAt(site, merged.commit, 'two/b.go')).toBe('package two\n')
  })

  test('answered with a line lost goes back once, with the line', async () => {
    const { site, works } = await conflicting()
    const { asked, reconcile } = answering(lines('Base', 'Two'), lines('Base', 'One', 'Two'))
    expect(await merge(site, works, { reconcile })).toMatchObject({ kind: 'merged' })
    expect(asked.map(({ faults }) => faults)).toEqual([[], ['shared.go lost a line that the earlier work added: func One() {}']])
  })

  test('answered with a line lost twice is refused, with what vanished, and no branch moves', async () => {
    const { site, works } = await conflicting()
    const { reconcile } = answering(lines('Base', 'Two'), lines('One', 'Base'))
    expect(await merge(site, works, { reconcile })).toEqual({
      kind: 'failed',
      task: 'w1-two',
      paths: ['shared.go'],
      faults: ['w1-two: shared.go lost a line that the later work added: func Two() {}'],
    })
    expect(await tip(site)).toBeUndefined()
  })

  test('answered with markers, without a text, or for other paths is refused', async () => {
    const { site, works } = await conflicting()
    const answers: readonly (readonly [readonly { path: string; text: string | null }[], string])[] = [
      [[{ path: 'shared.go', text: '<<<<<<< ours\n' }], 'shared.go still has conflict markers'],
      [[], 'shared.go is in conflict and has no merged text'],
      [
        [
          { path: 'shared.go', text: lines('Base', 'One', 'Two') },
          { path: 'one/a.go', text: '' },
        ],
        'one/a.go is not in conflict and must stay as it is',
      ],
    ]
    for (const [files, fault] of answers) {
      const merged = await merge(site, works, { reconcile: async () => ({ kind: 'reconciled', files, dropped: [] }) })
      expect(merged).toMatchObject({ kind: 'failed', faults: [`w1-two: ${fault}`] })
    }
    const gaveUp = await merge(site, works, { reconcile: async () => ({ kind: 'gave-up', reason: 'they contradict each other' }) })
    expect(gaveUp).toMatchObject({ kind: 'failed', faults: ['w1-two: the reconciler gave up: they contradict each other'] })
  })

  test('may leave lines out that are listed with a reason', async () => {
    const { site, works } = await conflicting()
    const reconcile: Reconcile = async () => ({
      kind: 'reconciled',
      files: [{ path: 'shared.go', text: lines('Base', 'Two') }],
      dropped: [{ path: 'shared.go', line: 'func One() {}', reason: 'Two does the same' }],
    })
    expect(await merge(site, works, { reconcile })).toMatchObject({ kind: 'merged' })
  })

  test('between a deletion and a change can end either way, if the lines are accounted for', async () => {
    const { site, works } = await conflicting({ ours: null })
    const { asked, reconcile } = answering(null, lines('Base', 'Two'))
    const merged = await merge(site, works, { reconcile })
    expect(asked[0]?.files[0]?.ours).toBeUndefined()
    expect(asked[1]?.faults).toEqual(['shared.go lost a line that the later work added: func Two() {}'])
    expect(merged.kind === 'merged' ? await textAt(site, merged.commit, 'shared.go') : '').toBe(lines('Base', 'Two'))
  })

  test('loses no declaration, when somebody can name them', async () => {
    const { site, works } = await conflicting()
    const { asked, reconcile } = answering(lines('Base', 'One', 'Two'), lines('Base', 'One', 'Two'))
    const merged = await mergeWave({
      git: site.git,
      run,
      wave: 1,
      plan,
      onto: site.base,
      tasks: works,
      reconcile,
      symbolsOf: async ({ text }) =>
        text === lines('Base', 'One', 'Two') ? ['Base', 'One'] : [...text.matchAll(/func (\w+)/g)].map(([, name]) => name ?? ''),
    })
    expect(asked).toHaveLength(2)
    expect(merged).toMatchObject({ kind: 'failed', faults: ['w1-two: shared.go lost the declaration of Two'] })
  })

  test('in bytes that are no text is nobody’s to settle', async () => {
    const site = await makeSite({ 'logo.png': Uint8Array.of(137, 80, 0, 1) })
    const ours = await workOn(site, { task: one, files: { 'logo.png': Uint8Array.of(137, 80, 0, 2) } })
    const theirs = await workOn(site, { task: two, files: { 'logo.png': Uint8Array.of(137, 80, 0, 3) } })
    const { asked, reconcile } = answering('text')
    expect(await merge(site, [ours, theirs], { reconcile })).toMatchObject({
      kind: 'failed',
      faults: ['w1-two: logo.png is no text that can be merged by hand'],
    })
    expect(asked).toEqual([])
  })
})

test('a tree that says it is a merge, and lost or altered something, is caught', async () => {
  const site = await makeSite({ 'shared.go': shared, 'both.go': lines('Base') })
  const ours = (await workOn(site, { task: one, files: { 'one/a.go': 'package one\n', 'both.go': `func Top() {}\n${lines('Base')}` } }))
    .commit
  const theirs = (
    await workOn(site, { task: two, files: { 'two/b.go': 'package two\n', 'both.go': lines('Base', 'Two'), 'shared.go': null } })
  ).commit
  const good = await site.git.mergeTrees({ ours, theirs })
  const broken = async (files: Readonly<Record<string, string | null>>) => {
    const edits = new Map(Object.entries(files).map(([path, text]): [RepoPath, string | null] => [asRepoPath(path), text]))
    const tree = await site.git.editTree({ from: good.tree, files: edits })
    const { vanished } = await survivalOf({ git: site.git, base: site.base, ours, theirs, tree, reconciled: [] })
    return vanished.map(({ path, what }) => `${path} ${what}`)
  }
  expect(await broken({})).toEqual([])
  expect(await broken({ 'one/a.go': null })).toEqual(['one/a.go was added by its owner and is as before'])
  expect(await broken({ 'two/b.go': 'package two \n' })).toEqual(['two/b.go is not what its owner wrote'])
  expect(await broken({ 'both.go': lines('Base', 'Two') })).toEqual(['both.go lost a line that the earlier work added: func Top() {}'])
  expect(await broken({ 'shared.go': shared, 'extra.go': 'package x\n' })).toEqual([
    'shared.go was deleted by its owner and is there again',
    'extra.go was changed by the merge, by nobody else',
  ])
})

test('tasks that the plan does not know come last, as they came', () => {
  const work = (task: string) => ({ task: task as TaskCommit['task'], attempt: 1, commit: 'x' as Sha })
  const order = inPlanOrder(plan, ['z', 'w1-two', 'y', 'w1-one'].map(work)).map(({ task }) => task)
  expect(order).toEqual(['w1-one', 'w1-two', 'z', 'y'])
})

describe('a base that moved', () => {
  async function moved(upstream: Readonly<Record<string, string | null>>) {
    const site = await makeSite({ 'shared.go': shared, 'go.mod': 'module x\n' })
    const work = await workOn(site, { task: three, files: { 'shared.go': lines('Base', 'Three') } })
    const merged = await merge(site, [work])
    if (merged.kind !== 'merged') throw new Error('not merged')
    const base = site.repo.commit(upstream, 'upstream')
    await site.git.refresh()
    return { site, onto: merged.commit, base }
  }
  const update = ({ site, onto, base }: Awaited<ReturnType<typeof moved>>, reconcile?: Reconcile) =>
    mergeMovedBase({ git: site.git, run, wave: 1, plan, onto, base, ...(reconcile === undefined ? {} : { reconcile }) })

  test('comes into the newest wave branch, once', async () => {
    const world = await moved({ 'go.mod': 'module x\n\ngo 1.26\n' })
    const merged = await update(world)
    expect(merged).toMatchObject({ kind: 'merged', reconciled: [] })
    if (merged.kind !== 'merged') return
    expect(await textAt(world.site, merged.commit, 'go.mod')).toBe('module x\n\ngo 1.26\n')
    expect(await textAt(world.site, merged.commit, 'shared.go')).toBe(lines('Base', 'Three'))
    expect(await tip(world.site)).toBe(merged.commit)
    expect(await update(world)).toEqual(merged)
  })

  test('in conflict with the run’s work is settled or said', async () => {
    const world = await moved({ 'shared.go': lines('Base', 'Upstream') })
    expect(await update(world)).toMatchObject({ kind: 'failed', paths: ['shared.go'] })
    expect(await tip(world.site)).toBe(world.onto)
    const asked: Conflict[] = []
    const merged = await update(world, async (conflict) => {
      asked.push(conflict)
      return { kind: 'reconciled', files: [{ path: 'shared.go', text: lines('Base', 'Upstream', 'Three') }], dropped: [] }
    })
    expect(merged).toMatchObject({ kind: 'merged', reconciled: ['shared.go'] })
    expect(asked[0]).toMatchObject({ theirsBy: undefined, files: [{ oursBy: { id: 'w1-three' } }] })
  })
})

test('a branch that another process moved meanwhile is not overwritten', async () => {
  const site = await makeSite({ 'shared.go': shared })
  const first = await workOn(site, { task: one, files: { 'shared.go': lines('Base', 'One') } })
  const second = await workOn(site, { task: two, files: { 'shared.go': lines('Base', 'Two') } })
  const reconcile: Reconcile = async ({ files }) => {
    await site.git.moveBranch({ branch: asBranchName(waveBranch(run, 1)), to: first.commit })
    return { kind: 'reconciled', files: files.map(({ path }) => ({ path, text: lines('Base', 'One', 'Two') })), dropped: [] }
  }
  expect(await merge(site, [first, second], { reconcile })).toMatchObject({
    kind: 'failed',
    faults: [expect.stringContaining('moved by another process')],
  })
  expect(await tip(site)).toBe(first.commit)
})
