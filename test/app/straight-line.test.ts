// Merges along first parents become a straight line of the same trees, with real git.
import { describe, expect, it } from 'vitest'
import { openHistory } from '../../src/adapters/git/history.ts'
import { byGit } from '../../src/app/line-makers.ts'
import { linePieces, straighten } from '../../src/app/straight-line.ts'
import { asSha, asTreeSha, type Sha } from '../../src/ids.ts'
import { directExec } from '../support/direct-exec.ts'
import { makeGitDir } from '../support/git-dir.ts'

function aRun() {
  const repository = makeGitDir({ 'a.txt': 'base\n' })
  const { git, commit } = repository
  const base = repository.head()
  commit({ 'seams.txt': 'seams\n' }, 'seams\n\nDce-Run: 1-abc')
  const seams = repository.head()
  const task = (name: string, file: string, onto: string) => {
    git('checkout', '--quiet', '--detach', seams)
    const work = commit({ [file]: `${name}\n` }, name)
    git('checkout', '--quiet', '--detach', onto)
    git('merge', '--quiet', '--no-ff', '-m', `merge(w1): ${name}\n\nDce-Run: 1-abc\nDce-Task: ${file}`, work)
    return repository.head()
  }
  const first = task('The quota', 'quota.txt', seams)
  const tip = task('What it says', 'describe.txt', first)
  return { repository, base, seams, first, tip, history: openHistory({ dir: `${repository.dir}/.git`, exec: directExec, env: {} }) }
}

async function straightenRun({ history, repository }: ReturnType<typeof aRun>, base: Sha, tip: Sha) {
  const tree = asTreeSha(repository.git('rev-parse', `${base}^{tree}`))
  const line = await straighten({ commits: await history.line({ from: base, to: tip }), base: { sha: base, tree }, make: byGit(history) })
  if (line.kind === 'refused') throw new Error(line.why)
  return line.places
}

describe('a straight line', () => {
  it('has one commit for each task in the order of the merges, each with the tree of its merge', async () => {
    const run = aRun()
    const { git } = run.repository
    const places = await straightenRun(run, run.base, run.tip)
    expect([...places.keys()]).toEqual([run.seams, run.first, run.tip])
    for (const [merged, straight] of places) expect(git('rev-parse', `${straight}^{tree}`)).toBe(git('rev-parse', `${merged}^{tree}`))
    const end = places.get(run.tip) ?? ''
    expect(git('log', '--format=%s|%P', `${run.base}..${end}`).split('\n')).toEqual([
      `w1: What it says|${places.get(run.first)}`,
      `w1: The quota|${places.get(run.seams)}`,
      `seams|${run.base}`,
    ])
    expect(git('log', '-1', '--format=%(trailers:key=Dce-Task,valueonly)', end).trim()).toBe('describe.txt')
  })

  it('is the same when it is made again, and its beginning is the line of what was merged before', async () => {
    const run = aRun()
    const whole = await straightenRun(run, run.base, run.tip)
    expect(await straightenRun(run, run.base, run.tip)).toEqual(whole)
    expect((await straightenRun(run, run.base, run.first)).get(run.first)).toBe(whole.get(run.first))
  })

  it('begins at a base that was merged in: what was built before is one commit', async () => {
    const run = aRun()
    const { git, commit } = run.repository
    git('checkout', '--quiet', 'main')
    git('reset', '--quiet', '--hard', run.base)
    const moved = commit({ 'other.txt': 'of somebody\n' }, 'of somebody')
    git('checkout', '--quiet', '--detach', run.tip)
    git('merge', '--quiet', '--no-ff', '-m', 'merge(w1): the base branch\n\nDce-Run: 1-abc', moved)
    const after = run.repository.head()
    const last = commit({ 'late.txt': 'late\n' }, 'late')
    const places = await straightenRun(run, moved, last)
    expect([...places.keys()]).toEqual([after, last])
    const end = places.get(last) ?? ''
    expect(git('rev-parse', `${end}^{tree}`)).toBe(git('rev-parse', `${last}^{tree}`))
    expect(git('log', '--format=%s', `${moved}..${end}`)).toBe('late\nWhat was built before the base branch moved')
    expect(git('log', '-1', '--format=%b', places.get(after) ?? '')).toBe(
      '- seams\n- w1: The quota\n- w1: What it says\n\nDce-Run: 1-abc\n',
    )
    expect(git('rev-list', '--merges', end)).toBe('')
  })

  it('of a history of its own begins with nothing', () => {
    const commit = { commit: asSha('a'), tree: asTreeSha('t'), parents: [], atS: 1, message: 'state of 1-abc\n' }
    expect(linePieces([commit], undefined)).toEqual([{ of: [commit], message: 'state of 1-abc\n' }])
  })

  it('stops at the first commit that is refused', async () => {
    const run = aRun()
    const commits = await run.history.line({ from: run.base, to: run.tip })
    expect(await straighten({ commits, base: undefined, make: async () => ({ kind: 'refused', why: 'a rule' }) })).toEqual({
      kind: 'refused',
      why: 'a rule',
    })
  })
})
