// The effect of a review (bulletproof): somebody who wants to find faults reads a finished attempt, and runs what they suspect, in a copy of their own.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Assignment } from '../agent/attempt.ts'
import { sharedPrompt } from '../agent/prompt.ts'
import { reviewAttempt } from '../agent/review-attempt.ts'
import { Bug } from '../fault.ts'
import { asTreeSha, type Sha } from '../ids.ts'
import { worktreePath } from '../wave/worktree-of.ts'
import { openGround } from './attempt-ground.ts'
import { mergedIn } from './decide.ts'
import { finalEnd } from './halt.ts'
import { knowledgeOf } from './knowledge.ts'
import type { RunWorld } from './run-world.ts'
import { lookUp, type Step } from './task-effects.ts'

/** Findings go back to the author; a review that came to no end says why, and finds nothing. */
export async function reviewTask({ world, context, effect }: Step<'review-task'>): Promise<void> {
  const { plan, task } = lookUp({ world, context, effect })
  const state = context.state()
  if (state.feature === undefined) throw new Bug('a review before the feature')
  const assignment: Assignment = {
    plan,
    task,
    attempt: effect.attempt,
    base: effect.base,
    paths: [],
    merged: mergedIn(state, effect.base),
    brief: { kind: 'first' },
  }
  const checkout = await openCopy(world, effect)
  const ground = await openGround({ world, context, assignment, worktree: checkout })
  const { outcome, use } = await reviewAttempt({
    converse: world.converse,
    exec: world.exec,
    ripgrepPath: world.ripgrepPath,
    role: world.specialists.roles.adversary,
    key: { run: world.run, about: `review-${effect.task}`, attempt: effect.attempt },
    system: sharedPrompt({ feature: state.feature, plan, ...(await knowledgeOf(world, state)) }),
    shell: { root: checkout, sandbox: world.sandbox, policy: ground.policy, env: ground.env, overlayFolder: ground.overlayFolder },
    outline: ground.outline,
    task,
    diff: await world.git.diff({ from: effect.base, to: effect.commit, maxBytes: 60_000 }),
    signal: context.signal,
    finishTurn: context.finishTurn,
    // Scratch tests of the reviewer are in the copy when the process that comes after goes on with the conversation.
    saveState: () => world.git.writeTree(checkout),
    restoreState: async (tree) => {
      await world.git.resetWorktree({ path: checkout, tree: asTreeSha(tree) })
      for (const folder of ground.emptyDirs) await mkdir(join(checkout, folder), { recursive: true })
    },
  })
  const unfinished = outcome.kind === 'no-end' ? finalEnd(outcome.end).kind : undefined
  if (!world.keep) await world.git.removeWorktree(checkout)
  const told = { type: 'task-reviewed', task: effect.task, attempt: effect.attempt, use } as const
  context.emit({
    ...told,
    findings: outcome.kind === 'findings' ? outcome.findings : [],
    ...(unfinished === undefined ? {} : { unfinished }),
  })
}

async function openCopy(
  world: RunWorld,
  effect: { readonly task: Assignment['task']['id']; readonly attempt: number; readonly commit: Sha },
) {
  const path = `${worktreePath(world.folders.worktrees, { run: world.run, task: effect.task, attempt: effect.attempt })}-review`
  await world.git.removeWorktree(path)
  await world.git.addWorktree({ path, commit: effect.commit })
  return path
}
