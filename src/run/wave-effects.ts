// The effects of a wave: merge its tasks, judge the merged tree, settle disputes about tests, merge a base that moved.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Bug } from '../fault.ts'
import type { Change } from '../gate/change.ts'
import { withCheckouts } from '../gate/checkouts.ts'
import { moduleDirsOf } from '../gate/gate-command.ts'
import { judge } from '../gate/judge.ts'
import { quickCompile } from '../gate/quick-compile.ts'
import type { Sha } from '../ids.ts'
import { withoutSkipped } from '../plan/amend-plan.ts'
import { renderWaveOutput, waveOutputName } from '../report/wave-output.ts'
import { type Generated, generate } from '../wave/generate.ts'
import { mergeMovedBase } from '../wave/merge-base.ts'
import { mergeWave as mergeTasks } from '../wave/merge-wave.ts'
import type { EffectContext } from './drive.ts'
import { createReconciler, ruleOnTests } from './neutral-roles.ts'
import { grantedModules, requireModules } from './require-modules.ts'
import type { RunWorld } from './run-world.ts'
import { noUse } from './state.ts'
import type { Step } from './task-effects.ts'

/** Longest time for one generator, ms. Chosen: under the five minutes of a journaled step (design, section 2). */
const generatorTimeoutMs = 280_000

/** Task commits onto the wave branch, then the quick question whether that compiles. */
export async function mergeWave({ world, context, effect }: Step<'merge-wave'>): Promise<void> {
  const { plan } = context.state()
  if (plan === undefined) throw new Bug('a merge without a plan')
  const reconciler = createReconciler(world, context, `reconcile-w${effect.wave}`)
  const merged = await mergeTasks({
    git: world.git,
    run: world.run,
    wave: effect.wave,
    plan,
    onto: await withModules(world, context, effect.onto),
    tasks: effect.tasks,
    reconcile: reconciler.reconcile,
  })
  const fail = (faults: readonly string[]) => context.emit({ type: 'merge-failed', wave: effect.wave, faults, use: reconciler.use() })
  if (merged.kind === 'failed') return fail(merged.faults)
  const generated = await runGenerators({ world, context, effect }, merged.commit)
  if (generated.kind === 'failed') return fail(generated.faults)
  const compiles = await doesCompile(world, context, generated.commit)
  await context.emit({
    type: 'wave-merged',
    wave: effect.wave,
    commit: generated.commit,
    merged: effect.tasks,
    reconciled: merged.reconciled,
    generated: generated.paths,
    compiles,
    use: reconciler.use(),
  })
}

// Modules that agents were granted since the seams: required before the code that imports them arrives. Recorded, so that a repeat has the same commit.
async function withModules(world: RunWorld, { state, signal }: EffectContext, onto: Sha): Promise<Sha> {
  const modules = grantedModules(state())
  if (modules.length === 0) return onto
  const { outputDir } = state().config
  return world.journal.once({ run: world.run, key: `modules ${onto} ${modules.map(({ path }) => path).join(' ')}` }, async () => {
    const files = await requireModules(world, { commit: onto, outputDir, modules, signal })
    if (files.size === 0) return onto
    return world.git.commit({
      tree: await world.git.editTree({ from: await world.git.treeOf(onto), files }),
      parents: [onto],
      subject: 'build: modules that agents asked for',
      trailers: { 'Dce-Run': world.run, 'Dce-Task': 'seams' },
    })
  })
}

async function runGenerators({ world, context, effect }: Step<'merge-wave'>, commit: Sha): Promise<Generated> {
  const commands = context.state().config.generate
  if (commands.length === 0) return { kind: 'generated', commit, paths: [] }
  const { git, run, shell } = world
  return withCheckouts({ git, workDir: world.folders.work, head: commit, base: undefined }, async (checkouts) => {
    const checkout = await checkouts.head()
    const policy = {
      ...shell.policy,
      writable: [...shell.policy.writable, checkout],
      hidden: [...shell.policy.hidden, join(checkout, '.git')],
    }
    const execute = (command: string) =>
      world.sandbox.run(
        {
          argv: ['/bin/bash', '-c', command],
          cwd: checkout,
          env: shell.env,
          timeoutMs: generatorTimeoutMs,
          maxOutputBytes: 100_000,
          signal: context.signal,
        },
        policy,
      )
    return generate({ git, run, wave: effect.wave, commit, commands, checkout, execute })
  })
}

async function doesCompile(world: RunWorld, { state, signal }: EffectContext, commit: Sha): Promise<boolean> {
  const { base } = state()
  const moduleDirs = await moduleDirsOf(world.git, [commit])
  const answer = await quickCompile({ git: world.git, commit, base, moduleDirs, workDir: world.folders.work, signal }, { go: world.go })
  return answer.kind === 'compiles'
}

/** The gate on the merged tree. */
export async function judgeWave({ world, context, effect }: Step<'judge-wave'>): Promise<void> {
  const state = context.state()
  const { plan, base, config } = state
  if (plan === undefined) throw new Bug('a judgement without a plan')
  const skipped = Object.values(state.tasks).flatMap(({ id: task, phase, reason = '' }) => (phase === 'skipped' ? [{ task, reason }] : []))
  let measured: Change | undefined
  const lastGreen = state.waves.findLast((wave) => wave.phase === 'green' && wave.commit !== effect.commit)?.commit
  const verdict = await judge(
    {
      git: world.git,
      commit: effect.commit,
      base,
      moduleDirs: await moduleDirsOf(world.git, [effect.commit, base]),
      plan: withoutSkipped(plan, skipped),
      wave: effect.wave,
      last: effect.last,
      excused: skipped.map(({ task }) => task),
      granted: [
        ...state.waves.flatMap((wave) => wave.generated),
        ...Object.values(state.tasks).flatMap((task) => (task.brief?.kind === 'repair' ? task.paths : [])),
      ],
      level: config.qualityLevel,
      config: config.gate,
      protectedTests: state.waves.flatMap((wave) => wave.verdict?.greenTests ?? []),
      ...(lastGreen === undefined ? {} : { protectedSince: lastGreen }),
      workDir: world.folders.work,
      cacheDir: world.folders.cache,
      signal: context.signal,
      onMeasured: (change) => {
        measured = change
      },
    },
    {
      go: world.go,
      analyzer: world.analyzer,
      clock: world.clock,
      ...(world.openDatabase === undefined ? {} : { openDatabase: world.openDatabase }),
    },
  )
  await context.emit({ type: 'gate-judged', wave: effect.wave, commit: effect.commit, verdict })
  if (verdict.verdict === 'green' && measured !== undefined) await writeWaveOutput({ world, context, effect }, measured)
}

// For people and for whoever takes over; a failure here must not undo a green verdict.
async function writeWaveOutput({ world, context, effect }: Step<'judge-wave'>, { head, base }: Change): Promise<void> {
  const state = context.state()
  if (state.plan === undefined) return
  const before = base === undefined ? {} : { before: base.facts }
  const text = renderWaveOutput({ state, plan: state.plan, wave: effect.wave, facts: head.facts, ...before })
  if (text === undefined) return
  try {
    await mkdir(world.folders.reports, { recursive: true })
    await writeFile(join(world.folders.reports, waveOutputName(effect.wave)), text)
  } catch (cause) {
    world.log.warn('the output of a wave could not be written', { wave: effect.wave, cause: String(cause) })
  }
}

/** A neutral reviewer, with the specification, says whether the tests that owners dispute are wrong. */
export async function ruleDisputes({ world, context, effect }: Step<'rule-disputes'>): Promise<void> {
  const { rulings, use } = await ruleOnTests(world, context, effect)
  context.emit({ type: 'disputes-ruled', wave: effect.wave, rulings, use })
}

/** What the repository gained since the run began, merged into the newest wave. */
export async function mergeBase({ world, context, effect }: Step<'merge-base'>): Promise<void> {
  const { plan } = context.state()
  if (plan === undefined) throw new Bug('a moved base without a plan')
  const reconciler = createReconciler(world, context, 'reconcile-base')
  const merged = await mergeMovedBase({
    git: world.git,
    run: world.run,
    wave: effect.wave,
    plan,
    onto: effect.onto,
    base: effect.base,
    reconcile: reconciler.reconcile,
  })
  if (merged.kind === 'failed') context.emit({ type: 'merge-failed', wave: effect.wave, faults: merged.faults, use: noUse })
  else context.emit({ type: 'base-moved', wave: effect.wave, commit: merged.commit, base: effect.base })
}
