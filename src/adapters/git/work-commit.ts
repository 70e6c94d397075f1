// What a run has in its mirror and nowhere else -> one commit that reaches it all, so that pushing one branch takes it to another machine.
import { asBranchName, asSha, type BranchName, type Sha } from '../../ids.ts'
import type { Exec } from '../../world.ts'
import { type BaseEnvironment, gitEnvironment } from './git-environment.ts'
import { listRefs, moveRef } from './refs.ts'
import { createRunGit, type RunGit } from './run-git.ts'

/** The file of the commit's tree that says what the rest is for. */
const noteFile = 'run.json'

/** A mirror, or a clone. */
export interface WorkPlace {
  readonly dir: string
  readonly exec: Exec
  readonly env: BaseEnvironment
}

/**
 * Makes the commit: its parents are the commits, its tree holds the note and every tree among `objects`; other names among them are left out.
 * The same content gives the same commit but for its time. Errors: WorldFault('git').
 */
export async function commitWork(
  place: WorkPlace,
  work: { readonly subject: string; readonly note: string; readonly commits: readonly Sha[]; readonly objects: readonly string[] },
): Promise<Sha> {
  const run = gitIn(place)
  const trees = await treesAmong(run, [...new Set(work.objects)])
  const blob = (await run({ args: ['hash-object', '-w', '--stdin'], stdin: work.note })).stdout.trim()
  const entries = [...trees.map((tree) => `040000 tree ${tree}\t${tree}`), `100644 blob ${blob}\t${noteFile}`]
  const tree = (await run({ args: ['mktree'], stdin: `${entries.join('\n')}\n` })).stdout.trim()
  const parents = [...new Set(work.commits)].flatMap((commit) => ['-p', commit])
  return asSha((await run({ args: ['commit-tree', tree, ...parents, '-m', work.subject] })).stdout.trim())
}

/** The note of such a commit; undefined for any other. */
export async function readWork(place: WorkPlace, commit: Sha): Promise<string | undefined> {
  const { code, stdout } = await gitIn(place)({ args: ['cat-file', 'blob', `${commit}:${noteFile}`], expect: [0, 128] })
  return code === 0 ? stdout : undefined
}

/** Refs below a prefix (`refs/…/`), by what follows it. */
export async function refsBelow(place: WorkPlace, prefix: string): Promise<ReadonlyMap<BranchName, Sha>> {
  const refs = await listRefs(gitIn(place), prefix)
  return new Map(refs.map(({ ref, object }) => [asBranchName(ref.slice(prefix.length)), asSha(object)]))
}

/** Sets a ref, whatever it was. */
export async function setRef(place: WorkPlace, ref: string, to: Sha): Promise<void> {
  await moveRef({ run: gitIn(place), ref, to, expected: undefined })
}

function gitIn({ dir, exec, env }: WorkPlace): RunGit {
  const run = createRunGit({ exec, cwd: dir, env: gitEnvironment(env) })
  return (call) => run({ ...call, env: { GIT_DIR: dir, ...call.env } })
}

async function treesAmong(run: RunGit, objects: readonly string[]): Promise<readonly string[]> {
  if (objects.length === 0) return []
  const { stdout } = await run({ args: ['cat-file', '--batch-check'], stdin: `${objects.join('\n')}\n` })
  const found = stdout.split('\n').flatMap((line) => (line.split(' ')[1] === 'tree' ? [line.split(' ')[0] ?? ''] : []))
  // A tree that holds an empty one is refused by careful servers; nobody needs it sent.
  return found.filter((tree) => !tree.startsWith('4b825dc642cb6eb9a060e54bf8d69288fbee4904')).sort()
}
