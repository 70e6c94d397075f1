// The effects before the first wave: read the specification, measure the base, make the plan, commit the seams.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { outlineTool } from '../agent/tools/outline.ts'
import { readTool } from '../agent/tools/read.ts'
import { globTool, grepTool } from '../agent/tools/search.ts'
import { Bug, UserFault } from '../fault.ts'
import type { Feature } from '../feature/feature.ts'
import { featureContextPath, readFeatureContext, writeFeatureContext } from '../feature/feature-context.ts'
import { readSpec } from '../feature/read-spec.ts'
import { withCheckouts } from '../gate/checkouts.ts'
import { moduleDirsOf } from '../gate/gate-command.ts'
import { quickCompile } from '../gate/quick-compile.ts'
import { asRepoPath, type RepoPath } from '../ids.ts'
import { readBaseTree } from '../plan/base-tree.ts'
import { type PlanOutcome, makePlan as planFeature } from '../plan/make-plan.ts'
import type { Plan } from '../plan/plan.ts'
import { implementationPlanPath, writePlanFile } from '../plan/plan-file.ts'
import { typeCheckContracts } from '../plan/type-check-contracts.ts'
import { whyProtected } from '../wave/protected-paths.ts'
import { chooseSeams, commitSeams as commitFiles, type OverlaidFile } from '../wave/seams.ts'
import { outlineBy } from './attempt-ground.ts'
import type { EffectContext } from './drive.ts'
import type { Happening } from './event.ts'
import { haltOf } from './halt.ts'
import { knowledgeOf } from './knowledge.ts'
import { moduleAt } from './module-of.ts'
import { requireModules } from './require-modules.ts'
import type { RunWorld } from './run-world.ts'
import type { RunState } from './state.ts'

/** Specification text -> feature, or questions. A context of ours is taken over as it is. */
export async function readFeature(_world: RunWorld, { state, emit }: EffectContext): Promise<void> {
  const { spec } = state()
  if (spec.source === featureContextPath) {
    emit({ type: 'feature-read', feature: readFeatureContext(spec.text), notSo: [] })
    return
  }
  const { result } = readSpec({ text: spec.text, source: spec.source })
  emit(
    result.kind === 'feature'
      ? { type: 'feature-read', feature: result.feature, notSo: [] }
      : { type: 'questions-asked', questions: result.questions },
  )
}

/** What does not compile at the base: the plan needs it for prerequisites, the gate never blames it. */
export async function measureBase(world: RunWorld, { state, emit, signal }: EffectContext): Promise<void> {
  const { base } = state()
  const moduleDirs = await moduleDirsOf(world.git, [base])
  const answer = await quickCompile({ git: world.git, commit: base, moduleDirs, workDir: world.folders.work, signal }, { go: world.go })
  if (answer.kind === 'unknown')
    throw new UserFault({
      problem: `The base commit could not be compiled: ${answer.why}.`,
      hint: 'Look at `dce doctor`, then go on with `dce resume`.',
      exitCode: 3,
    })
  await world.seedAgentsCache()
  emit({ type: 'base-measured', failures: answer.kind === 'broken' ? answer.failures : [], compiles: answer.kind === 'compiles' })
}

/** The Foundation Analyst reads the base with read-only tools and answers with a plan that holds. */
export async function makePlan(world: RunWorld, { state, emit, signal, finishTurn }: EffectContext): Promise<void> {
  const { base, config, feature, baseMeasured } = state()
  if (feature === undefined || baseMeasured === undefined) throw new Bug('planning began before the feature was read')
  const { files, links } = await readBaseTree(world.git, base)
  const dir = await moduleAt(world.git, base, config.outputDir)
  const knowledge = await knowledgeOf(world, state())
  const outcome = await withCheckouts({ git: world.git, workDir: world.folders.work, head: base, base }, async (checkouts) => {
    const reading = await checkouts.head()
    const trial = await checkouts.base()
    let overlays = 0
    const newOutDir = () => join(checkouts.scratch, `overlay-${++overlays}`)
    return planFeature(
      {
        run: world.run,
        attempt: 1 + state().planFailures,
        feature,
        config,
        specialists: world.specialists,
        outline: knowledge.outline,
        base: { files, links, baseFailures: baseMeasured.failures },
        signal,
        finishTurn,
      },
      {
        converse: world.converse,
        readTools: [
          readTool(reading, new Set()),
          grepTool({ root: reading, exec: world.exec, ripgrepPath: world.ripgrepPath }),
          globTool(reading),
          outlineTool(
            reading,
            outlineBy(world.analyzer, async () => ({ root: reading, dir: join(reading, dir) })),
          ),
        ],
        checkContracts: typeCheckContracts({ analyzer: world.analyzer, tree: { root: trial, dir: join(trial, dir) }, newOutDir }),
        whyProtected,
        price: world.builderPrice,
      },
    )
  })
  if (outcome.kind === 'plan') await writeForReading(world, feature, outcome.plan)
  emit(planHappening(outcome, state()))
}

// Whoever is asked for a yes, or watches, reads the plan before anything of it is built.
async function writeForReading(world: RunWorld, feature: Feature, plan: Plan): Promise<void> {
  const { reports } = world.folders
  await mkdir(reports, { recursive: true })
  await writeFile(join(reports, basename(featureContextPath)), writeFeatureContext(feature))
  await writeFile(join(reports, basename(implementationPlanPath)), writePlanFile(plan))
}

function planHappening(outcome: PlanOutcome, state: RunState): Happening {
  const { use } = outcome
  switch (outcome.kind) {
    case 'plan':
      return { type: 'plan-made', plan: outcome.plan, use }
    case 'faults':
      return { type: 'plan-failed', faults: outcome.faults, use }
    case 'unchecked':
      return { type: 'plan-failed', faults: [`the contracts could not be type-checked: ${outcome.why}`], use }
    case 'stopped':
      return stoppedHappening(outcome, state)
  }
}

function stoppedHappening({ end, use }: Extract<PlanOutcome, { kind: 'stopped' }>, state: RunState): Happening {
  const stop = haltOf(end)
  return stop === undefined ? { type: 'plan-failed', faults: [whyNoPlan(end, state)], use } : { type: 'plan-failed', faults: [], use, stop }
}

function whyNoPlan(end: Extract<PlanOutcome, { kind: 'stopped' }>['end'], state: RunState): string {
  switch (end.kind) {
    case 'limit':
      return `the planner reached its limit of ${end.which} (its cap is ${state.config.planBudgetUsd} US dollars)`
    case 'ran-dry':
      return `the planner ended without a plan: ${end.lastText.slice(0, 300)}`
    case 'refused':
      return `the model refused: ${end.message.slice(0, 300)}`
    default:
      return `the planner ended without a plan (${end.kind})`
  }
}

/**
 * Amended declarations, the contracts that these refer to, and the plan's modules become the first commit, so that every task starts from a tree
 * that compiles. A contract in it is a stand-in until its task is merged.
 */
export async function commitSeams(world: RunWorld, { state, emit, signal }: EffectContext): Promise<void> {
  const { base, plan, config } = state()
  if (plan === undefined) throw new Bug('seams before the plan')
  const dir = await moduleAt(world.git, base, config.outputDir)
  const seams = await withCheckouts({ git: world.git, workDir: world.folders.work, head: base, base: undefined }, async (checkouts) =>
    seamFiles(world, { plan, root: await checkouts.head(), dir, outDir: join(checkouts.scratch, 'amends'), signal }),
  )
  const required = await requireModules(world, { commit: base, outputDir: config.outputDir, modules: plan.modules, signal })
  const files = new Map([...seams.files, ...required])
  const commit = await commitFiles({ git: world.git, run: world.run, base, files })
  emit({ type: 'seams-committed', commit, standIns: seams.standIns })
}

interface SeamGround {
  readonly plan: Plan
  readonly root: string
  readonly dir: string
  readonly signal: AbortSignal
}

// The contracts hold together, so all are given; only what they amend, and what that refers to, has to be in the first commit.
async function seamFiles(
  world: RunWorld,
  ground: SeamGround & { readonly outDir: string },
): Promise<{ readonly files: ReadonlyMap<RepoPath, string>; readonly standIns: readonly RepoPath[] }> {
  const { contracts } = ground.plan
  if (!contracts.some((contract) => contract.kind === 'amend')) return { files: new Map(), standIns: [] }
  await mkdir(ground.outDir, { recursive: true })
  const overlay = await world.analyzer.overlay({
    root: ground.root,
    dir: join(ground.root, ground.dir),
    outDir: ground.outDir,
    contracts,
    signal: ground.signal,
  })
  const [fault] = overlay.faults
  if (fault !== undefined)
    throw new Bug(`a contract of ${fault.task} held while planning and no longer does: ${fault.path} ${fault.message}`)
  const chosen = chooseSeams(overlay.files)
  const read = async (file: OverlaidFile) => [asRepoPath(file.path), await readFile(file.generated, 'utf8')] as const
  return {
    files: new Map(await Promise.all(chosen.map(read))),
    standIns: chosen.filter(({ kind }) => kind === 'declare').map(({ path }) => asRepoPath(path)),
  }
}
