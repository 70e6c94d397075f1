// The effects of one task: an attempt in its worktree, and the adversarial review of a finished one.
import { join, relative } from 'node:path'
import type { Assignment, AttemptOutcome } from '../agent/attempt.ts'
import { sharedPrompt } from '../agent/prompt.ts'
import { reviewAttempt } from '../agent/review-attempt.ts'
import { type AgentParts, runAgent } from '../agent/run-agent.ts'
import type { Outline } from '../agent/tools/outline.ts'
import { Bug, WorldFault } from '../fault.ts'
import type { GoTree } from '../go-analyzer.ts'
import { asTreeSha, taskBranch } from '../ids.ts'
import type { Plan, Task } from '../plan/plan.ts'
import type { Persona, Specialist } from '../plan/specialist.ts'
import { commitAttempt } from '../wave/commit-attempt.ts'
import { harvest } from '../wave/harvest.ts'
import { whyProtected } from '../wave/protected-paths.ts'
import { openWorktree, turnTree, worktreePath } from '../wave/worktree-of.ts'
import { checkFacts } from './check-facts.ts'
import type { EffectContext } from './drive.ts'
import type { Effect } from './effect.ts'
import { knowledgeOf } from './knowledge.ts'
import { moduleAt } from './module-of.ts'
import { fetchModule } from './require-modules.ts'
import type { RunWorld } from './run-world.ts'
import { openSiblingsOverlay } from './siblings-overlay.ts'
import { tryContract } from './try-contract.ts'

/** The first agent of a run warms the shared prefix; the others start on its first byte. Source: design, section 7. */
export interface Warmth {
  /** Resolves when the prefix is in the cache, or nobody warms it any more. */
  wait(): Promise<void>
  begin(): { done(): void } | undefined
}

/** Longest wait for somebody else's first byte, ms. Chosen: a slow first answer must not hold everybody. */
const warmWaitMs = 20_000

/** Nobody has begun yet. */
export function newWarmth(): Warmth {
  let warming: Promise<void> | undefined
  return {
    wait: async () => {
      const timeout = new Promise<void>((resolve) => setTimeout(resolve, warmWaitMs).unref())
      await Promise.race([warming ?? Promise.resolve(), timeout])
    },
    begin: () => {
      if (warming !== undefined) return undefined
      let resolveWarm: () => void = () => undefined
      warming = new Promise((resolve) => {
        resolveWarm = resolve
      })
      return { done: resolveWarm }
    },
  }
}

/** Bounds of one attempt besides the run's money. Chosen: three times what a usual task takes. */
const attemptLimits = { maxTurns: 60, maxTokens: 6_000_000, maxUsd: 8, maxWallMs: 60 * 60_000 }

/** An effect with what it is carried out with. */
export interface Step<Kind extends Effect['type']> {
  readonly world: RunWorld
  readonly context: EffectContext
  readonly effect: Extract<Effect, { type: Kind }>
}

/** Runs one attempt: worktree, contracts of siblings, agent, commit. Emits started, progress, requests and the end. */
export async function runTask(step: Step<'run-task'> & { readonly warmth: Warmth }): Promise<void> {
  const { world, context, effect } = step
  const { plan, task, specialist } = lookUp(step)
  const { task: id, attempt, base, brief, paths, overlap, startFrom } = effect
  const branch = taskBranch(world.run, id, attempt)
  context.emit({
    type: 'task-started',
    task: id,
    attempt,
    base,
    branch,
    brief,
    paths,
    overlap,
    ...(startFrom === undefined ? {} : { startFrom }),
  })
  const warming = step.warmth.begin()
  if (warming === undefined) await step.warmth.wait()
  try {
    const assignment: Assignment = {
      plan,
      task,
      attempt,
      base,
      paths,
      merged: effect.merged,
      brief,
      ...(startFrom === undefined ? {} : { startFrom }),
    }
    const persona = brief.kind === 'repair' ? asRepairer(specialist, world.specialists.roles.repair) : specialist
    const parts = await openAttempt(step, { assignment, persona, onFirstByte: () => warming?.done() })
    const outcome: AttemptOutcome = await runAgent(assignment, parts)
    context.emit({ type: 'task-ended', task: id, attempt, outcome })
    if (outcome.kind === 'finished' && !world.keep) await world.git.removeWorktree(parts.worktree)
  } finally {
    warming?.done()
  }
}

// A repair is another duty with what its owner knows: how this repository does migrations still matters when one is mended.
function asRepairer(owner: Specialist, role: Persona): Persona {
  return {
    ...owner,
    effort: role.effort,
    tools: role.tools,
    prompt: `${role.prompt}\n\n# What you know as the ${owner.title}\n\n${owner.prompt}`,
  }
}

function lookUp({
  world,
  context,
  effect,
}: {
  readonly world: RunWorld
  readonly context: EffectContext
  readonly effect: { readonly task: string }
}): {
  readonly plan: Plan
  readonly task: Task
  readonly specialist: Specialist
} {
  const { plan } = context.state()
  const task = plan?.tasks.find((candidate) => candidate.id === effect.task)
  const specialist = world.specialists.specialists.find((candidate) => candidate.name === task?.specialist)
  if (plan === undefined || task === undefined || specialist === undefined) throw new Bug(`no task or specialist for ${effect.task}`)
  return { plan, task, specialist }
}

async function openAttempt(
  { world, context, effect }: Step<'run-task'>,
  given: { readonly assignment: Assignment; readonly persona: Persona; readonly onFirstByte: () => void },
): Promise<AgentParts> {
  const { git, run } = world
  const { assignment } = given
  const state = context.state()
  const name = { run, task: effect.task, attempt: effect.attempt }
  const files = effect.startFrom === undefined ? undefined : await git.treeOf(effect.startFrom)
  const worktree = await openWorktree({
    git,
    worktreesDir: world.folders.worktrees,
    name,
    base: effect.base,
    ...(files === undefined ? {} : { files }),
  })
  const dir = join(worktree, await moduleAt(git, effect.base, state.config.outputDir))
  const overlay = await openSiblingsOverlay({ world, context, assignment, worktree, dir })
  const tree = async (): Promise<GoTree> => {
    const file = await overlay.current()
    return { root: worktree, dir, ...(file === undefined ? {} : { overlay: file }) }
  }
  const knowledge = await knowledgeOf(world, state)
  if (state.feature === undefined) throw new Bug('a task before the feature')
  return {
    run,
    converse: world.converse,
    git,
    exec: world.exec,
    sandbox: world.sandbox,
    clock: world.clock,
    worktree,
    policy: {
      ...world.shell.policy,
      writable: [...world.shell.policy.writable, worktree],
      readable: [...(world.shell.policy.readable ?? []), overlay.folder],
      hidden: [...world.shell.policy.hidden, join(worktree, '.git')],
    },
    env: async () => {
      const file = await overlay.current()
      return file === undefined
        ? world.shell.env
        : { ...world.shell.env, GOFLAGS: `${world.shell.env['GOFLAGS'] ?? ''} -overlay=${file}`.trim() }
    },
    ripgrepPath: world.ripgrepPath,
    system: sharedPrompt({ feature: state.feature, plan: assignment.plan, ...knowledge }),
    plan: () => context.state().plan ?? assignment.plan,
    specialist: given.persona,
    modules: state.config.modules,
    emptyDirs: overlay.emptyDirs,
    outline: outlineBy(world, tree),
    limits: attemptLimits,
    isProtected: whyProtected,
    keepTree: (tree, turn) => git.keepTree({ name: turnTree(name, turn), tree }),
    harvest: async (held) => {
      const harvested = await harvest({ git, worktree, assignment: held })
      const faults = harvested.kind === 'refused' ? harvested.faults.map((fault) => `${fault.path} ${fault.reason}`) : []
      return { tree: harvested.tree, changes: harvested.changes, faults }
    },
    checkFacts: async (changes) =>
      checkFacts({ analyzer: world.agentsAnalyzer, tree: { ...(await tree()), signal: context.signal }, assignment, changes }),
    tryContract: (contract) => tryContract({ world, context, assignment, contract }),
    fetchModule: (path) => fetchModule(world, { commit: effect.base, state: context.state(), path, signal: context.signal }),
    commit: async (tree, handOver) =>
      commitAttempt({
        git,
        name,
        assignment,
        tree: asTreeSha(tree),
        ...(handOver === undefined ? {} : { body: handOver.summary }),
        isCurrent: () => (context.state().tasks[effect.task]?.attempt ?? 0) <= effect.attempt,
      }),
    onTurn: ({ turn, use, lastTools, replayed }) => {
      if (!replayed) context.emit({ type: 'task-progressed', task: effect.task, attempt: effect.attempt, turn, tools: lastTools, use })
    },
    onRequest: (request) => context.emit({ type: 'request-answered', task: effect.task, attempt: effect.attempt, request }),
    onFirstByte: given.onFirstByte,
    signal: context.signal,
    finishTurn: context.finishTurn,
  }
}

// Folders outside the module have nothing that Go could outline.
function outlineBy(world: RunWorld, treeNow: () => Promise<GoTree>): Outline {
  return async ({ folder, maxBytes, signal }) => {
    const tree = await treeNow()
    const below = relative(tree.dir, join(tree.root, folder))
    if (folder !== '.' && (below === '..' || below.startsWith('../')))
      return { kind: 'failed', why: `${folder} is not in the module that the feature lives in. Use glob and read.` }
    const patterns = folder === '.' || below === '' ? {} : { patterns: [`./${below}/...`] }
    try {
      const { text } = await world.agentsAnalyzer.outline({ ...tree, ...patterns, maxBytes, signal })
      return { kind: 'outline', text }
    } catch (error) {
      if (error instanceof WorldFault) return { kind: 'failed', why: `No outline: ${error.message.slice(0, 300)}` }
      throw error
    }
  }
}

/** Bulletproof: somebody who wants to find faults reads the finished work in a copy of its own. */
export async function reviewTask(step: Step<'review-task'>): Promise<void> {
  const { world, context, effect } = step
  const { plan, task } = lookUp(step)
  const state = context.state()
  if (state.feature === undefined) throw new Bug('a review before the feature')
  const worktree = worktreePath(world.folders.worktrees, { run: world.run, task: effect.task, attempt: effect.attempt })
  const path = `${worktree}-review`
  await world.git.removeWorktree(path)
  await world.git.addWorktree({ path, commit: effect.commit })
  const diff = await world.git.diff({ from: effect.base, to: effect.commit, maxBytes: 60_000 })
  const { findings, use } = await reviewAttempt({
    converse: world.converse,
    exec: world.exec,
    ripgrepPath: world.ripgrepPath,
    role: world.specialists.roles.adversary,
    key: { run: world.run, about: `review-${effect.task}`, attempt: effect.attempt },
    system: sharedPrompt({ feature: state.feature, plan, ...(await knowledgeOf(world, state)) }),
    root: path,
    task,
    diff,
    signal: context.signal,
    finishTurn: context.finishTurn,
  })
  await world.git.removeWorktree(path)
  context.emit({ type: 'task-reviewed', task: effect.task, attempt: effect.attempt, findings, use })
}
