// The effects of a wave: merge its tasks, judge the merged tree, settle disputes about tests, merge a base that moved.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Bug } from '../fault.ts'
import type { Change } from '../gate/change.ts'
import { withCheckouts } from '../gate/checkouts.ts'
import { moduleDirsOf } from '../gate/gate-command.ts'
import { type GateQuestion, inputOf } from '../gate/gate-question.ts'
import { judge } from '../gate/judge.ts'
import { measureFacts, noFacts } from '../gate/measure-facts.ts'
import { quickCompile } from '../gate/quick-compile.ts'
import type { Verdict } from '../gate/verdict.ts'
import type { GoFacts } from '../go-facts.ts'
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
import { noUse, type RunState } from './state.ts'
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

/** The gate on the merged tree: here, or where the run's door says. */
export async function judgeWave({ world, context, effect }: Step<'judge-wave'>): Promise<void> {
  const question = questionOf(context.state(), effect)
  let measured: Change | undefined
  const verdict =
    world.judgeElsewhere === undefined
      ? await judgeHere(world, context, question, (change) => {
          measured = change
        })
      : await world.judgeElsewhere(question, { again: await judgedBefore(world, effect), signal: context.signal })
  await context.emit({ type: 'gate-judged', wave: effect.wave, commit: effect.commit, verdict })
  if (verdict.verdict === 'green') await writeWaveOutput({ world, context, effect }, measured)
}

function questionOf(state: RunState, { commit, wave, last }: Step<'judge-wave'>['effect']): GateQuestion {
  const { plan, base, config } = state
  if (plan === undefined) throw new Bug('a judgement without a plan')
  const skipped = Object.values(state.tasks).flatMap(({ id: task, phase, reason = '' }) => (phase === 'skipped' ? [{ task, reason }] : []))
  const lastGreen = state.waves.findLast((known) => known.phase === 'green' && known.commit !== commit)?.commit
  return {
    version: 1,
    commit,
    base,
    plan: withoutSkipped(plan, skipped),
    wave,
    last,
    excused: skipped.map(({ task }) => task),
    granted: [
      ...state.waves.flatMap((known) => known.generated),
      ...Object.values(state.tasks).flatMap((task) => (task.brief?.kind === 'repair' ? task.paths : [])),
    ],
    level: config.qualityLevel,
    config: config.gate,
    protectedTests: state.waves.flatMap((known) => known.verdict?.greenTests ?? []),
    ...(lastGreen === undefined ? {} : { protectedSince: lastGreen }),
  }
}

async function judgeHere(
  world: RunWorld,
  { signal }: EffectContext,
  question: GateQuestion,
  onMeasured: (change: Change) => void,
): Promise<Verdict> {
  const { git, folders, go, analyzer, clock, openDatabase } = world
  const input = await inputOf(question, { git, workDir: folders.work, cacheDir: folders.cache, signal, onMeasured })
  return judge(input, { go, analyzer, clock, ...(openDatabase === undefined ? {} : { openDatabase }) })
}

// The same commit is only judged again when nobody could say what to make of it.
async function judgedBefore({ journal, run }: RunWorld, { commit, wave }: Step<'judge-wave'>['effect']): Promise<number> {
  const events = await journal.load(run)
  return events.filter((event) => event.type === 'gate-judged' && event.commit === commit && event.wave === wave).length
}

// For people and for whoever takes over; a failure here must not undo a green verdict.
async function writeWaveOutput({ world, context, effect }: Step<'judge-wave'>, measured: Change | undefined): Promise<void> {
  const state = context.state()
  if (state.plan === undefined) return
  try {
    const facts = measured?.head.facts ?? (await factsAt(world, context, effect.commit))
    const before = measured === undefined ? await factsAt(world, context, state.base) : (measured.base?.facts ?? noFacts)
    const text = renderWaveOutput({ state, plan: state.plan, wave: effect.wave, facts, before })
    if (text === undefined) return
    await mkdir(world.folders.reports, { recursive: true })
    await writeFile(join(world.folders.reports, waveOutputName(effect.wave)), text)
  } catch (cause) {
    world.log.warn('the output of a wave could not be written', { wave: effect.wave, cause: String(cause) })
  }
}

async function factsAt({ git, folders, analyzer }: RunWorld, { signal }: EffectContext, commit: Sha): Promise<GoFacts> {
  const moduleDirs = await moduleDirsOf(git, [commit])
  return withCheckouts({ git, workDir: folders.work, head: commit, base: undefined }, async (checkouts) => {
    const { facts } = await measureFacts({ root: await checkouts.head(), moduleDirs }, { analyzer, signal })
    return facts
  })
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
