// (plan as it is now, one attempt) -> what its commands compile against besides its own files, as one overlay file that follows the plan:
// contracts of tasks that are not in its base, and modules that were granted meanwhile.
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { z } from 'zod'
import type { Assignment } from '../agent/attempt.ts'
import type { TaskId } from '../ids.ts'
import { type Contract, contractOwner } from '../plan/plan.ts'
import type { EffectContext } from './drive.ts'
import { grantedModules, requireModules } from './require-modules.ts'
import type { RunWorld } from './run-world.ts'
import type { RunState } from './state.ts'

/** The overlay of one attempt. */
export interface SiblingsOverlay {
  /** Absolute; what the file refers to lies in it. */
  readonly folder: string
  /** Folders, relative to the root, that only the overlay knows. */
  readonly emptyDirs: readonly string[]
  /** Absolute path for `-overlay`, the same at every call and up to date; undefined when there is nothing to overlay. */
  current(): Promise<string | undefined>
}

/** Where it is made. Absolute paths; `dir`: the folder of the run's module in the worktree. */
export interface OverlayGround {
  readonly world: RunWorld
  readonly context: EffectContext
  readonly assignment: Assignment
  readonly worktree: string
  readonly dir: string
}

/** Go's own format. Source: go help build, -overlay. */
const OverlayFile = z.object({ Replace: z.record(z.string(), z.string()) })
type Replacements = z.infer<typeof OverlayFile>['Replace']

/** Makes the overlay and the folders that only it has. It is made again when a contract changed or a module was granted. */
export async function openSiblingsOverlay(ground: OverlayGround): Promise<SiblingsOverlay> {
  const { world, context, assignment } = ground
  const folder = join(world.folders.work, 'overlays', world.run, basename(ground.worktree))
  await mkdir(folder, { recursive: true })
  const file = join(folder, 'overlay.json')
  const emptyDirs = new Set<string>()
  let made: { readonly of: string; readonly file: Promise<string | undefined> } | undefined
  let count = 0
  const make = async (state: RunState, contracts: readonly Contract[]): Promise<string | undefined> => {
    const outDir = join(folder, String(++count))
    const replace = { ...(await declared(ground, { contracts, outDir, emptyDirs })), ...(await required(ground, { state, outDir })) }
    if (Object.keys(replace).length === 0 && count === 1) return undefined
    // A command that runs meanwhile reads the old file or the new one, never half of it.
    await writeFile(`${file}.part`, JSON.stringify({ Replace: replace }))
    await rename(`${file}.part`, file)
    return file
  }
  const current = async () => {
    const state = context.state()
    const contracts = contractsFor(state, assignment)
    const of = JSON.stringify([contracts, grantedModules(state)])
    if (made?.of !== of) made = { of, file: make(state, contracts) }
    return made.file
  }
  await current()
  return { folder, emptyDirs: [...emptyDirs], current }
}

/** Contracts of everybody who is not in the base yet; the agent's own are its work to declare. An amend is in the seams, until it was changed. */
export function contractsFor(state: RunState, { plan, task, merged }: Assignment): readonly Contract[] {
  const changed = new Set(Object.values(state.tasks).flatMap(({ requests }) => requests.flatMap(({ contract }) => contract?.path ?? [])))
  return (state.plan ?? plan).contracts.filter(
    (contract) =>
      contract.task !== task.id && !merged.includes(contract.task) && (contract.kind === 'declare' || changed.has(contract.path)),
  )
}

/** Files of the seams that still hold a contract alone where the work of these tasks is in. */
export function standInsWithout(
  { plan, standIns = [] }: Pick<RunState, 'plan' | 'standIns'>,
  done: ReadonlySet<TaskId>,
): readonly string[] {
  return standIns.filter((path) => {
    const task = plan === undefined ? undefined : contractOwner(plan, path)
    return task === undefined || !done.has(task)
  })
}

async function declared(
  { world, context, assignment, worktree, dir }: OverlayGround,
  request: { readonly contracts: readonly Contract[]; readonly outDir: string; readonly emptyDirs: Set<string> },
): Promise<Replacements> {
  const { contracts, outDir, emptyDirs } = request
  if (contracts.length === 0) return {}
  const overlay = await world.agentsAnalyzer.overlay({
    root: worktree,
    dir,
    outDir,
    contracts,
    except: [assignment.task.id],
    standIns: standInsWithout(context.state(), new Set([assignment.task.id, ...assignment.merged])),
    signal: context.signal,
  })
  for (const empty of overlay.emptyDirs) {
    emptyDirs.add(empty)
    await mkdir(join(worktree, empty), { recursive: true })
  }
  return OverlayFile.parse(JSON.parse(await readFile(overlay.overlayFile, 'utf8'))).Replace
}

async function required(
  { world, context, assignment, worktree }: OverlayGround,
  request: { readonly state: RunState; readonly outDir: string },
): Promise<Replacements> {
  const { state, outDir } = request
  const { outputDir } = state.config
  const files = await requireModules(world, {
    commit: assignment.base,
    outputDir,
    modules: grantedModules(state),
    signal: context.signal,
  })
  const replace: Record<string, string> = {}
  for (const [path, text] of files) {
    const generated = join(outDir, path.replaceAll('/', '__'))
    await mkdir(outDir, { recursive: true })
    await writeFile(generated, text)
    replace[join(worktree, path)] = generated
  }
  return replace
}
