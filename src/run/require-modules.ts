// Modules that the plan lists, or that an agent was granted -> go.mod and go.sum as they must be. Fetched with the person's own settings, outside the
// sandbox: go get runs no code of what it fetches.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ModuleFetch } from '../agent/requests.ts'
import { UserFault } from '../fault.ts'
import { withCheckouts } from '../gate/checkouts.ts'
import { asRepoPath, type RepoPath, type Sha } from '../ids.ts'
import type { Plan } from '../plan/plan.ts'
import type { CommandResult } from '../world.ts'
import { moduleAt } from './module-of.ts'
import type { RunWorld } from './run-world.ts'
import type { RunState } from './state.ts'

type Module = Plan['modules'][number]

/** Longest time for one `go get`, ms. Chosen: under the five minutes of a journaled step (design, section 2). */
const fetchTimeoutMs = 280_000

/** Modules that agents were granted after the run's first commit, oldest first. */
export function grantedModules(state: RunState): readonly Module[] {
  return Object.values(state.tasks).flatMap((task) => task.requests.flatMap(({ module }) => (module === undefined ? [] : [module])))
}

/** go.mod and go.sum of the run's module with these required on top of the commit's; empty when the commit has them already. Errors: UserFault (exit 3) when one cannot be fetched. */
export async function requireModules(
  world: RunWorld,
  request: { readonly commit: Sha; readonly outputDir: string; readonly modules: readonly Module[]; readonly signal: AbortSignal },
): Promise<ReadonlyMap<RepoPath, string>> {
  const { commit, modules, signal } = request
  if (modules.length === 0) return new Map()
  const dir = await moduleAt(world.git, commit, request.outputDir)
  return withCheckouts({ git: world.git, workDir: world.folders.work, head: commit, base: undefined }, async (checkouts) => {
    const root = await checkouts.head()
    const wanted = modules.map((module) => `${module.path}@${module.version}`)
    const got = await goOutside(world, { args: ['get', ...wanted], cwd: join(root, dir), signal })
    if (!isFine(got)) {
      throw new UserFault({
        problem: `Modules of the plan could not be fetched (${wanted.join(', ')}): ${lastWords(got)}.`,
        hint: 'Check GOPROXY and the network, then `dce resume`.',
        exitCode: 3,
      })
    }
    return changedRequirements(world, { root, dir, commit })
  })
}

/** Fetches a module, or one package of it, for an agent that asked: in the version of the plan where that has the module, else the newest. */
export async function fetchModule(
  world: RunWorld,
  request: { readonly commit: Sha; readonly state: RunState; readonly path: string; readonly signal: AbortSignal },
): Promise<ModuleFetch> {
  const { commit, state, path, signal } = request
  const dir = await moduleAt(world.git, commit, state.config.outputDir)
  const known = state.plan?.modules.find((module) => path.startsWith(`${module.path}/`))?.version
  return withCheckouts({ git: world.git, workDir: world.folders.work, head: commit, base: undefined }, async (checkouts) => {
    const cwd = join(await checkouts.head(), dir)
    const got = await goOutside(world, { args: ['get', `${path}@${known ?? 'latest'}`], cwd, signal })
    if (!isFine(got)) return { kind: 'failed', why: lastWords(got) }
    const version = known ?? (await versionOf(world, { path, cwd, signal }))
    return version === undefined ? { kind: 'failed', why: `${path} is neither a module nor a package` } : { kind: 'fetched', version }
  })
}

async function versionOf(
  world: RunWorld,
  request: { readonly path: string; readonly cwd: string; readonly signal: AbortSignal },
): Promise<string | undefined> {
  const { path, cwd, signal } = request
  const asModule = await goOutside(world, { args: ['list', '-m', '-f', '{{.Version}}', path], cwd, signal })
  if (isFine(asModule)) return asModule.stdout.trim()
  const asPackage = await goOutside(world, { args: ['list', '-f', '{{with .Module}}{{.Version}}{{end}}', path], cwd, signal })
  return isFine(asPackage) && asPackage.stdout.trim() !== '' ? asPackage.stdout.trim() : undefined
}

async function changedRequirements(
  world: RunWorld,
  at: { readonly root: string; readonly dir: string; readonly commit: Sha },
): Promise<ReadonlyMap<RepoPath, string>> {
  const changed = new Map<RepoPath, string>()
  for (const name of ['go.mod', 'go.sum']) {
    const path = asRepoPath(at.dir === '.' ? name : `${at.dir}/${name}`)
    const text = await readFile(join(at.root, path), 'utf8').catch(() => undefined)
    if (text !== undefined && text !== (await world.git.readFile({ at: at.commit, path }))) changed.set(path, text)
  }
  return changed
}

function goOutside(
  world: RunWorld,
  command: { readonly args: readonly string[]; readonly cwd: string; readonly signal: AbortSignal },
): Promise<CommandResult> {
  return world.exec.run({
    argv: ['go', ...command.args],
    cwd: command.cwd,
    env: world.personEnv,
    timeoutMs: fetchTimeoutMs,
    maxOutputBytes: 100_000,
    signal: command.signal,
  })
}

function isFine(result: CommandResult): boolean {
  return result.exit.kind === 'exited' && result.exit.code === 0
}

function lastWords(result: CommandResult): string {
  return result.stderr.trim().slice(-1_000) || JSON.stringify(result.exit)
}
