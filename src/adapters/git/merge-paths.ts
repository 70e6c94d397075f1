// Three trees -> one, path by path: a path is compared with itself alone, never with a file of another name that looks like it.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { RepoPath, Sha, TreeSha } from '../../ids.ts'
import { asRepoPath, asTreeSha } from '../../ids.ts'
import type { MergeResult } from '../../world.ts'
import type { RunGit } from './run-git.ts'
import { nulTerminated } from './run-git.ts'
import { withScratch } from './scratch.ts'

/** One version of a path that both sides changed. */
interface Stage {
  readonly mode: string
  readonly blob: string
}

/** A path that git could not settle by itself; a missing stage means the path is not there on that side. */
export interface Unmerged {
  readonly path: RepoPath
  readonly base?: Stage
  readonly ours?: Stage
  readonly theirs?: Stage
}

/** What becomes of an unmerged path. */
interface Settled {
  readonly path: RepoPath
  readonly stage: Stage
  readonly clean: boolean
}

/**
 * git's own merge always follows renames (before 2.50 that cannot be switched off), and would put one owner's lines into another's file.
 * Here only files that both sides changed are merged by lines; deleted on one side and changed on the other is a conflict that keeps the file.
 */
export async function mergePaths(request: {
  readonly run: RunGit
  readonly dir: string
  readonly treeOf: (commit: Sha) => Promise<TreeSha>
  readonly ours: Sha
  readonly theirs: Sha
  readonly base?: Sha
}): Promise<MergeResult> {
  const { run, dir, ours, theirs } = request
  return withScratch(dir, async (scratch) => {
    const env = { GIT_INDEX_FILE: join(scratch, 'index'), GIT_WORK_TREE: scratch }
    const inScratch: RunGit = (call) => run({ ...call, cwd: scratch, env })
    await inScratch({ args: ['read-tree', '-i', '-m', '--aggressive', await baseTree(request), ours, theirs] })
    // 128: some path has more than one version. Usually none has, and this was all.
    const whole = await inScratch({ args: ['write-tree'], expect: [0, 128] })
    if (whole.code === 0) return { kind: 'merged', tree: asTreeSha(whole.stdout.trim()) }
    const unmerged = parseUnmerged((await inScratch({ args: ['ls-files', '--unmerged', '-z'] })).stdout)
    const settled = unmerged.length === 0 ? [] : await settle({ inScratch, scratch, unmerged })
    if (settled.length > 0)
      await inScratch({ args: ['update-index', '--replace', '-z', '--index-info'], stdin: settled.map(sayEntry).join('') })
    const tree = asTreeSha((await inScratch({ args: ['write-tree'] })).stdout.trim())
    const paths = settled.filter(({ clean }) => !clean).map(({ path }) => path)
    return paths.length === 0 ? { kind: 'merged', tree } : { kind: 'conflict', tree, paths }
  })
}

async function baseTree({ run, treeOf, ...request }: Parameters<typeof mergePaths>[0]): Promise<TreeSha> {
  if (request.base !== undefined) return treeOf(request.base)
  const found = await run({ args: ['merge-base', request.ours, request.theirs], expect: [0, 1] })
  if (found.code === 0) return treeOf(found.stdout.trim() as Sha)
  return asTreeSha((await run({ args: ['mktree'], stdin: '' })).stdout.trim())
}

/** `ls-files --unmerged -z`: `<mode> <blob> <stage>\t<path>`; stage 1 is the base, 2 ours, 3 theirs. */
export function parseUnmerged(stdout: string): readonly Unmerged[] {
  const found = new Map<string, Unmerged>()
  for (const field of nulTerminated(stdout)) {
    const path = field.slice(field.indexOf('\t') + 1)
    const [mode = '', blob = '', stage = ''] = field.slice(0, field.indexOf('\t')).split(' ')
    const side = { '1': 'base', '2': 'ours', '3': 'theirs' }[stage] ?? 'base'
    found.set(path, { ...found.get(path), path: asRepoPath(path), [side]: { mode, blob } })
  }
  return [...found.values()]
}

async function settle(request: {
  readonly inScratch: RunGit
  readonly scratch: string
  readonly unmerged: readonly Unmerged[]
}): Promise<readonly Settled[]> {
  const { inScratch, scratch, unmerged } = request
  const byLines = unmerged.filter(isText)
  const merged = byLines.length === 0 ? new Map<RepoPath, Settled>() : await mergeByLines({ inScratch, scratch, files: byLines })
  return unmerged.map((entry) => {
    const survivor = entry.ours ?? entry.theirs ?? entry.base
    return merged.get(entry.path) ?? { path: entry.path, stage: survivor ?? { mode: '100644', blob: '' }, clean: false }
  })
}

type BothSides = Unmerged & { readonly ours: Stage; readonly theirs: Stage }

function isText(entry: Unmerged): entry is BothSides {
  const plain = (stage: Stage | undefined) => stage?.mode.startsWith('100') === true
  return plain(entry.ours) && plain(entry.theirs) && (entry.base === undefined || plain(entry.base))
}

/** merge-file works on files: all versions are written out by one process, merged one after another, and stored by one process. */
async function mergeByLines(request: {
  readonly inScratch: RunGit
  readonly scratch: string
  readonly files: readonly BothSides[]
}): Promise<ReadonlyMap<RepoPath, Settled>> {
  const { inScratch, scratch, files } = request
  await writeFile(join(scratch, 'nothing'), '')
  const written = await inScratch({
    args: ['checkout-index', '--temp', '--stage=all', '-z', '--stdin'],
    stdin: files.map(({ path }) => `${path}\0`).join(''),
  })
  const places = new Map(
    nulTerminated(written.stdout).map((line): [string, readonly string[]] => [
      line.slice(line.indexOf('\t') + 1),
      line.slice(0, line.indexOf('\t')).split(' '),
    ]),
  )
  const outcomes: { readonly entry: BothSides; readonly file: string; readonly clean: boolean }[] = []
  for (const entry of files) {
    const [base = '.', ours = '', theirs = ''] = places.get(entry.path) ?? []
    // Exit: the number of conflicts, at most 127; 255 for binary files, which are left as ours.
    const merge = await inScratch({
      args: ['merge-file', '--quiet', '-L', 'ours', '-L', 'base', '-L', 'theirs', ours, base === '.' ? 'nothing' : base, theirs],
      expect: [...Array(128).keys(), 255],
    })
    outcomes.push({ entry, file: ours, clean: merge.code === 0 })
  }
  const stored = await inScratch({
    args: ['hash-object', '-w', '--no-filters', '--stdin-paths'],
    stdin: outcomes.map(({ file }) => `${file}\n`).join(''),
  })
  const blobs = stored.stdout.trim().split('\n')
  return new Map(
    outcomes.map(({ entry, clean }, index) => [
      entry.path,
      { path: entry.path, stage: { mode: mergedMode(entry), blob: blobs[index] ?? '' }, clean },
    ]),
  )
}

function mergedMode({ base, ours, theirs }: BothSides): string {
  return base === undefined || ours.mode === base.mode ? theirs.mode : ours.mode
}

/** Clears the stages of a path, then sets it. */
function sayEntry({ path, stage }: Settled): string {
  return `0 ${'0'.repeat(stage.blob.length)}\t${path}\0${stage.mode} ${stage.blob}\t${path}\0`
}
