// The effects of a wave: merge its tasks, judge the merged tree, settle disputes about tests, merge a base that moved.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Bug } from '../fault.ts'
import { withCheckouts } from '../gate/checkouts.ts'
import { moduleDirsOf } from '../gate/gate-command.ts'
import { judge } from '../gate/judge.ts'
import { quickCompile } from '../gate/quick-compile.ts'
import type { Sha } from '../ids.ts'
import { renderWaveOutput, waveOutputName } from '../report/wave-output.ts'
import { mergeMovedBase } from '../wave/merge-base.ts'
import { mergeWave as mergeTasks } from '../wave/merge-wave.ts'
import type { EffectContext } from './drive.ts'
import { moduleOf } from './module-of.ts'
import { createReconciler, ruleOnTests } from './neutral-roles.ts'
import type { RunWorld } from './run-world.ts'
import { noUse } from './state.ts'
import type { Step } from './task-effects.ts'

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
    onto: effect.onto,
    tasks: effect.tasks,
    reconcile: reconciler.reconcile,
  })
  if (merged.kind === 'failed') {
    context.emit({ type: 'merge-failed', wave: effect.wave, faults: merged.faults, use: reconciler.use() })
    return
  }
  const compiles = await doesCompile(world, context, merged.commit)
  context.emit({
    type: 'wave-merged',
    wave: effect.wave,
    commit: merged.commit,
    merged: effect.tasks,
    reconciled: merged.reconciled,
    compiles,
    use: reconciler.use(),
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
  const lastGreen = state.waves.findLast((wave) => wave.phase === 'green' && wave.commit !== effect.commit)?.commit
  const verdict = await judge(
    {
      git: world.git,
      commit: effect.commit,
      base,
      moduleDirs: await moduleDirsOf(world.git, [effect.commit, base]),
      plan,
      wave: effect.wave,
      last: effect.last,
      excused: Object.values(state.tasks).flatMap((task) => (task.phase === 'skipped' ? [task.id] : [])),
      granted: Object.values(state.tasks).flatMap((task) => [...task.granted, ...(task.brief?.kind === 'repair' ? task.paths : [])]),
      level: config.qualityLevel,
      config: config.gate,
      protectedTests: state.waves.flatMap((wave) => wave.verdict?.greenTests ?? []),
      ...(lastGreen === undefined ? {} : { protectedSince: lastGreen }),
      workDir: world.folders.work,
      cacheDir: world.folders.cache,
      signal: context.signal,
    },
    {
      go: world.go,
      analyzer: world.analyzer,
      clock: world.clock,
      ...(world.openDatabase === undefined ? {} : { openDatabase: world.openDatabase }),
    },
  )
  context.emit({ type: 'gate-judged', wave: effect.wave, commit: effect.commit, verdict })
  if (verdict.verdict === 'green') await writeWaveOutput({ world, context, effect })
}

// For people and for whoever takes over; a failure here must not undo a green verdict.
async function writeWaveOutput({ world, context, effect }: Step<'judge-wave'>): Promise<void> {
  const { plan, config, base } = context.state()
  if (plan === undefined) return
  try {
    const dir = moduleOf(config.outputDir, await moduleDirsOf(world.git, [effect.commit]))
    await withCheckouts({ git: world.git, workDir: world.folders.work, head: effect.commit, base }, async (checkouts) => {
      const [head, before] = [await checkouts.head(), await checkouts.base()]
      const facts = await world.analyzer.facts({ root: head, dir: join(head, dir), signal: context.signal })
      const baseFacts = await world.analyzer.facts({ root: before, dir: join(before, dir), signal: context.signal })
      const text = renderWaveOutput({ state: context.state(), plan, wave: effect.wave, facts, before: baseFacts })
      if (text === undefined) return
      await mkdir(world.folders.reports, { recursive: true })
      await writeFile(join(world.folders.reports, waveOutputName(effect.wave)), text)
    })
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
