// The effect of one task: an attempt in its worktree, from the checkout to the commit.
import type { Assignment, AttemptOutcome } from '../agent/attempt.ts'
import { sharedPrompt } from '../agent/prompt.ts'
import { type AgentParts, runAgent } from '../agent/run-agent.ts'
import { Bug } from '../fault.ts'
import { addedLines } from '../gate/added-lines.ts'
import { asTreeSha, type TaskId, taskBranch } from '../ids.ts'
import { contractOwner, type Plan, type Task } from '../plan/plan.ts'
import type { Persona, Specialist } from '../plan/specialist.ts'
import { commitAttempt } from '../wave/commit-attempt.ts'
import { harvest } from '../wave/harvest.ts'
import { whyProtected } from '../wave/protected-paths.ts'
import { openWorktree } from '../wave/worktree-of.ts'
import { openGround } from './attempt-ground.ts'
import { checkFacts } from './check-facts.ts'
import type { EffectContext } from './drive.ts'
import type { Effect } from './effect.ts'
import { knowledgeOf } from './knowledge.ts'
import { fetchModule } from './require-modules.ts'
import type { RunWorld } from './run-world.ts'
import type { RunState } from './state.ts'
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

/** Of the diff of one attempt, bytes. Chosen: more than an agent writes; what lies beyond is judged by the gate. */
const maxDiffBytes = 20_000_000

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
  try {
    const assignment: Assignment = {
      plan,
      task,
      attempt,
      base,
      paths,
      merged: effect.merged,
      brief,
      failingBefore: failingBefore(context.state()),
      ...(startFrom === undefined ? {} : { startFrom }),
      ...(brief.kind === 'first' ? { standIns: ownStandIns(context.state(), id) } : {}),
    }
    const persona = brief.kind === 'repair' ? asRepairer(specialist, world.specialists.roles.repair) : specialist
    const parts = await openAttempt(step, { assignment, persona, onFirstByte: () => warming?.done() })
    // Worktrees are made meanwhile: only the first request has to wait for the warm prefix.
    if (warming === undefined) await step.warmth.wait()
    const outcome: AttemptOutcome = await runAgent(assignment, parts)
    context.emit({ type: 'task-ended', task: id, attempt, outcome })
    if (outcome.kind === 'finished' && !world.keep) await world.git.removeWorktree(parts.worktree)
  } finally {
    warming?.done()
  }
}

/** Tests that a gate of this run saw fail and found failing at the base too, as `<import path> <test>`. */
export function failingBefore({ waves }: Pick<RunState, 'waves'>): readonly string[] {
  const seen = waves.flatMap((wave) => wave.verdict?.alsoAtBase ?? [])
  return [...new Set(seen.flatMap((one) => (one.check === 'tests' && one.test !== undefined ? [`${one.package} ${one.test}`] : [])))]
}

function ownStandIns({ plan, standIns = [] }: RunState, task: TaskId): readonly string[] {
  return plan === undefined ? [] : standIns.filter((path) => contractOwner(plan, path) === task)
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

/** The plan, a task of it and who works on it. */
export function lookUp({
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
  const ground = await openGround({ world, context, assignment, worktree })
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
    policy: ground.policy,
    overlayFolder: ground.overlayFolder,
    env: ground.env,
    ripgrepPath: world.ripgrepPath,
    requirements: state.feature.requirements,
    system: sharedPrompt({ feature: state.feature, plan: assignment.plan, ...knowledge }),
    plan: () => context.state().plan ?? assignment.plan,
    specialist: given.persona,
    modules: state.config.modules,
    emptyDirs: ground.emptyDirs,
    outline: ground.outline,
    limits: attemptLimits,
    isProtected: whyProtected,
    harvest: async (held) => {
      const harvested = await harvest({ git, worktree, assignment: held })
      const faults = harvested.kind === 'refused' ? harvested.faults.map((fault) => `${fault.path} ${fault.reason}`) : []
      return { tree: harvested.tree, changes: harvested.changes, faults }
    },
    checkFacts: async ({ changes, tree }) =>
      checkFacts({
        analyzer: world.agentsAnalyzer,
        tree: { ...(await ground.tree()), signal: context.signal },
        assignment,
        changes,
        addedLines: async () => addedLines(await git.diff({ from: effect.base, to: tree, maxBytes: maxDiffBytes })),
      }),
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
