// Git on a repository of 700 files: 25 worktrees and five merges by dce's adapter and stage, beside the bare git commands through the same starter.
import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openMachine, openWorkshop, type Workshop } from '../src/cli/open-machine.ts'
import { asRunId, asTaskId, type Sha } from '../src/ids.ts'
import { mergeWave } from '../src/wave/merge-wave.ts'
import type { Exec } from '../src/world.ts'
import { homesOf } from './dce-process.ts'
import { type Figure, figureOf, type Measuring, median } from './figure.ts'
import { makeSite, type Site } from './site.ts'

const files = 700
const worktrees = 25
const merges = 5

/** A repository with five branches of work, opened by dce, and a bare clone for git alone. */
interface Ground {
  readonly site: Site
  readonly workshop: Workshop
  readonly exec: Exec
  readonly bare: string
  readonly base: Sha
  readonly works: readonly Sha[]
}

/** Ratios, in alternation, each on a repository of its own. */
export async function measureGit({ times, say, shelf }: Measuring): Promise<readonly Figure[]> {
  const worktreePairs: Pair[] = []
  const mergePairs: Pair[] = []
  const twice: number[] = []
  let compiled = 0
  for (let time = 1; time <= times; time++) {
    await onGround(async (ground) => {
      shelf.lay(ground.site)
      worktreePairs.push(await worktreesOf(ground))
      mergePairs.push(await mergesOf(ground))
      const siblings = await compiledBySiblings(ground)
      compiled = siblings.first
      twice.push(siblings.second)
    })
    say(
      `git, ${time} of ${times}: worktrees ${sayPair(worktreePairs.at(-1))}; merges ${sayPair(mergePairs.at(-1))}; compiled twice ${twice.at(-1)}`,
    )
  }
  return [
    ratioOf({
      name: 'git-worktrees',
      pairs: worktreePairs,
      what: `${worktrees} worktrees of ${files} files; bare: git worktree add --detach`,
    }),
    ratioOf({
      name: 'git-merges',
      pairs: mergePairs,
      what: `${merges} merges into one branch, with the check that nothing is lost; bare: git merge in a worktree that is there`,
    }),
    figureOf({
      name: 'go-compiled-twice',
      unit: 'packages that a second sibling compiled again',
      bar: { atMost: 0 },
      samples: twice,
      note: `the first compiled ${compiled}; go list -export -test -x ./... in the agents' sandbox and cache`,
    }),
  ]
}

/** Times of one alternation, ms. */
export interface Pair {
  readonly bareMs: number
  readonly oursMs: number
}

/** Ours over the bare commands', at most 1.2. */
export function ratioOf(given: { readonly name: string; readonly pairs: readonly Pair[]; readonly what: string }): Figure {
  const { name, pairs, what } = given
  const middle = (pick: (pair: Pair) => number) => Math.round(median(pairs.map(pick)))
  return figureOf({
    name,
    unit: 'times the bare commands',
    bar: { atMost: 1.2 },
    samples: pairs.map(({ oursMs, bareMs }) => oursMs / bareMs),
    note: `${what}; bare ${middle(({ bareMs }) => bareMs)} ms, dce ${middle(({ oursMs }) => oursMs)} ms`,
  })
}

/** For a person who waits. */
export function sayPair(pair: Pair | undefined): string {
  return pair === undefined ? '-' : `${Math.round(pair.bareMs)} ms bare, ${Math.round(pair.oursMs)} ms dce`
}

/** How long it takes, ms. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return performance.now() - startedAt
}

async function onGround(use: (ground: Ground) => Promise<void>): Promise<void> {
  const site = makeSite({ agents: 1, files, layered: true })
  const git = (...words: readonly string[]) =>
    execFileSync('git', ['-C', site.repo, '-c', 'user.name=bench', '-c', 'user.email=bench@example.invalid', ...words], {
      encoding: 'utf8',
    }).trim()
  const base = git('rev-parse', 'HEAD') as Sha
  const works = Array.from({ length: merges }, (_, index) => {
    git('checkout', '--quiet', '-b', `work-${index}`, base)
    mkdirSync(join(site.repo, 'internal', `new${index}`))
    writeFileSync(join(site.repo, 'internal', `new${index}`, 'new.go'), `package new${index}\n`)
    appendFileSync(join(site.repo, 'internal', `p00${index}`, 'f0.go'), '\n// More.\n')
    git('add', '--all')
    git('commit', '--quiet', '--message', `work ${index}`)
    return git('rev-parse', 'HEAD') as Sha
  })
  git('checkout', '--quiet', 'main')
  const bare = join(site.folder, 'bare.git')
  execFileSync('git', ['clone', '--quiet', '--bare', site.repo, bare])
  const machine = openMachine({ ...process.env, ...homesOf(site) })
  const workshop = await openWorkshop(machine, { repo: site.repo, sandbox: 'on', allowedHosts: [] })
  try {
    await use({ site, workshop, exec: machine.exec, bare, base, works })
  } finally {
    await workshop.close()
    await machine.close()
    rmSync(site.folder, { recursive: true, force: true })
  }
}

async function bareGit({ exec, bare }: Ground, words: readonly string[], cwd: string = bare): Promise<void> {
  const env = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', GIT_CONFIG_GLOBAL: '/dev/null' }
  const argv = ['git', '-c', 'user.name=bench', '-c', 'user.email=bench@example.invalid', ...words]
  const { exit, stderr } = await exec.run({ argv, cwd, env, timeoutMs: 60_000, maxOutputBytes: 10_000 })
  if (exit.kind !== 'exited' || exit.code !== 0) throw new Error(`git ${words.join(' ')}: ${stderr}`)
}

async function worktreesOf(ground: Ground): Promise<Pair> {
  const { site, workshop, base } = ground
  const places = Array.from({ length: worktrees }, (_, index) => String(index))
  // The first run of git pays for the starter.
  await bareGit(ground, ['--version'])
  const bareMs = await timed(async () => {
    for (const place of places) await bareGit(ground, ['worktree', 'add', '--quiet', '--detach', join(site.folder, 'bare', place), base])
  })
  const oursMs = await timed(() =>
    Promise.all(places.map((place) => workshop.git.addWorktree({ path: join(site.folder, 'ours', place), commit: base }))),
  )
  return { bareMs, oursMs }
}

async function mergesOf(ground: Ground): Promise<Pair> {
  const { site, workshop, base, works } = ground
  const tree = join(site.folder, 'merging')
  await bareGit(ground, ['worktree', 'add', '--quiet', '-b', 'merging', tree, base])
  const bareMs = await timed(async () => {
    for (const work of works) await bareGit(ground, ['merge', '--quiet', '--no-edit', work], tree)
  })
  // Work that a run merges was committed by dce, which knows its trees.
  await Promise.all([base, ...works].map((work) => workshop.git.treeOf(work)))
  const tasks = works.map((commit, index) => ({ task: asTaskId(`w1-work-${index}`), attempt: 1, commit }))
  const oursMs = await timed(async () => {
    const merged = await mergeWave({ git: workshop.git, run: asRunId('bench-000000'), wave: 1, plan: { tasks: [] }, onto: base, tasks })
    if (merged.kind !== 'merged') throw new Error(merged.faults.join('; '))
  })
  return { bareMs, oursMs }
}

async function compiledBySiblings({ site, workshop }: Ground): Promise<{ readonly first: number; readonly second: number }> {
  const { shell, sandbox } = workshop
  await workshop.seedAgentsCache()
  const compile = async (place: string) => {
    const cwd = join(site.folder, 'ours', place)
    const argv = ['go', 'list', '-export', '-test', '-x', './...']
    const policy = { ...shell.policy, writable: [...shell.policy.writable, cwd], hidden: [join(cwd, '.git')] }
    const result = await sandbox.run({ argv, cwd, env: shell.env, timeoutMs: 300_000, maxOutputBytes: 64_000_000 }, policy)
    if (result.exit.kind !== 'exited' || result.exit.code !== 0) throw new Error(`go list: ${result.stderr.slice(-2_000)}`)
    return result.stderr.split('\n').filter((line) => /\/compile -o /u.test(line)).length
  }
  const first = await compile('0')
  if (first === 0) throw new Error('the first sibling compiled nothing: this measures nothing')
  return { first, second: await compile('1') }
}
