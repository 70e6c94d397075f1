// Branches of the mirror -> the person's repository. Its HEAD, index and checkout stay as they are, and nobody's commits are forced over.
import { UserFault } from '../../fault.ts'
import type { BranchName, Sha } from '../../ids.ts'
import type { MirrorSource } from './prepare-mirror.ts'
import { moveRef, readRef } from './refs.ts'
import type { RunGit } from './run-git.ts'
import { parseWorktrees } from './worktrees.ts'

interface Move {
  readonly branch: BranchName
  readonly to: Sha
  readonly old: Sha | undefined
}

/** What we last published under a name: a branch that still has this value may be replaced, whatever the new one grew from. */
const published = (branch: BranchName) => `refs/dce/published/${branch}`

/**
 * Copies branches. Errors: UserFault when one is checked out there, or has commits that are not ours; then nothing was moved.
 * `inMirror` and `inSource` run git in the mirror and in the person's repository.
 */
export async function publish(request: {
  readonly branches: readonly BranchName[]
  readonly dir: string
  readonly source: MirrorSource
  readonly inMirror: RunGit
  readonly inSource: RunGit
}): Promise<void> {
  const moves = await plannedMoves(request)
  if (moves.length === 0) return
  for (const move of moves) await refuseIfNotOurs(request, move)
  await refuseIfCheckedOut(request.inSource, moves)
  await request.inSource({
    args: ['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', '--no-auto-maintenance', '--no-recurse-submodules', '--no-prune']
      .concat(request.dir)
      .concat(moves.map((move) => `refs/heads/${move.branch}`)),
    timeoutMs: 600_000,
  })
  for (const move of moves) {
    const moved = await moveRef({ run: request.inSource, ref: `refs/heads/${move.branch}`, to: move.to, expected: move.old ?? null })
    if (!moved) throw notOurs(move.branch)
    await request.inMirror({ args: ['update-ref', published(move.branch), move.to] })
  }
}

/** Deletes branches there that still are what we published. Answers those that stay. */
export async function unpublish(request: {
  readonly branches: readonly BranchName[]
  readonly inMirror: RunGit
  readonly inSource: RunGit
}): Promise<readonly BranchName[]> {
  const { inMirror, inSource } = request
  const checkedOut = parseWorktrees((await inSource({ args: ['worktree', 'list', '--porcelain', '-z'] })).stdout).map(
    ({ branch }) => branch,
  )
  const kept: BranchName[] = []
  for (const branch of request.branches) {
    const ours = await readRef(inMirror, published(branch))
    const there = await readRef(inSource, `refs/heads/${branch}`)
    if (there !== undefined && (there !== ours || checkedOut.includes(`refs/heads/${branch}`))) {
      kept.push(branch)
      continue
    }
    if (there !== undefined) await inSource({ args: ['update-ref', '-d', `refs/heads/${branch}`, there] })
    if (ours !== undefined) await inMirror({ args: ['update-ref', '-d', published(branch)] })
  }
  return kept
}

async function plannedMoves({ branches, inMirror, inSource }: Parameters<typeof publish>[0]): Promise<readonly Move[]> {
  const moves: Move[] = []
  for (const branch of branches) {
    const to = await readRef(inMirror, `refs/heads/${branch}`)
    const old = await readRef(inSource, `refs/heads/${branch}`)
    if (to !== undefined && to !== old) moves.push({ branch, to, old })
  }
  return moves
}

async function refuseIfNotOurs({ inMirror }: Parameters<typeof publish>[0], move: Move): Promise<void> {
  if (move.old === undefined || move.old === (await readRef(inMirror, published(move.branch)))) return
  // 128: the mirror has never seen that commit.
  const built = await inMirror({ args: ['merge-base', '--is-ancestor', move.old, move.to], expect: [0, 1, 128] })
  if (built.code !== 0) throw notOurs(move.branch)
}

function notOurs(branch: BranchName): UserFault {
  return new UserFault({
    problem: `The branch ${branch} in your repository has commits that this run does not have.`,
    hint: `They are kept. Move them to another name (git branch -m ${branch} my-work) and publish again.`,
  })
}

async function refuseIfCheckedOut(inSource: RunGit, moves: readonly Move[]): Promise<void> {
  const listed = parseWorktrees((await inSource({ args: ['worktree', 'list', '--porcelain', '-z'] })).stdout)
  for (const { branch } of moves) {
    const place = listed.find((worktree) => worktree.branch === `refs/heads/${branch}`)
    if (place === undefined) continue
    throw new UserFault({
      problem: `The branch ${branch} is checked out in ${place.path}, so it cannot be brought up to date.`,
      hint: `Check out another branch there (git -C ${place.path} switch -) and publish again.`,
    })
  }
}
