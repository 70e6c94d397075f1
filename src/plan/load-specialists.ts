// Built-in folder and a repository's .dce/specialists -> the set of specialists in force, or faults. The only place that reads these files.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Git } from '../world.ts'
import { lintSpecialists, withOverrides } from './lint-specialists.ts'
import { parseSpecialist, type Role, type RoleName, type Specialist, type SpecialistFault, type SpecialistFile } from './specialist.ts'

/** Where a repository keeps its own, relative to its root; roles in `roles/` below. */
export const repositorySpecialistsFolder = '.dce/specialists'

/** The specialists in force, by wave and name, and the one file that plays each role. */
export interface SpecialistSet {
  readonly specialists: readonly Specialist[]
  /** The one of `specialists` with `model: planner`. */
  readonly planner: Specialist
  readonly roles: Readonly<Record<RoleName, Role>>
}

/** A set without faults, or every fault. */
export type LoadedSpecialists =
  | { readonly kind: 'loaded'; readonly set: SpecialistSet }
  | { readonly kind: 'faulty'; readonly faults: readonly SpecialistFault[] }

/** Files in force from texts alone. A repository's file overrides the built-in one of its name, any other adds. Any fault keeps the set from being used. */
export function assembleSpecialists(files: readonly SpecialistFile[]): LoadedSpecialists {
  const faults = lintSpecialists(files)
  const parsed = files.map(parseSpecialist).flatMap((each) => (each.kind === 'parsed' ? [each.value] : []))
  const inForce = withOverrides(parsed)
  const specialists = inForce.filter((each) => each.kind === 'specialist')
  const planner = specialists.find((each) => each.model === 'planner')
  const roleOf = (name: RoleName) => inForce.find((each): each is Role => each.kind === 'role' && each.role === name)
  const [reconciler, reviewer, adversary, repair] = [roleOf('reconciler'), roleOf('reviewer'), roleOf('adversary'), roleOf('repair')]
  if (faults.length > 0 || !planner || !reconciler || !reviewer || !adversary || !repair) return { kind: 'faulty', faults }
  return { kind: 'loaded', set: { specialists, planner, roles: { reconciler, reviewer, adversary, repair } } }
}

/**
 * Reads `*.md` of a folder and of its `roles/`, by name. A folder that is not there is empty: a repository need not have one.
 * `shownAs` is how faults name the folder. Errors: those of node:fs for a folder or file that cannot be read.
 */
export async function readSpecialistFolder(request: {
  readonly folder: string
  readonly shownAs: string
  readonly layer: SpecialistFile['layer']
}): Promise<readonly SpecialistFile[]> {
  const own = await markdownNames(request.folder)
  const roles = await markdownNames(join(request.folder, 'roles'))
  const names = [...own, ...roles.map((name) => `roles/${name}`)]
  return Promise.all(
    names.map(async (name) => ({
      path: `${request.shownAs}/${name}`,
      text: await readFile(join(request.folder, name), 'utf8'),
      layer: request.layer,
    })),
  )
}

async function markdownNames(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  return names.filter(isSpecialistName).sort()
}

/** A README beside the specialists is for people. */
const isSpecialistName = (name: string): boolean => name.endsWith('.md') && name.toLowerCase() !== 'readme.md'

/** A repository's specialists as its base commit has them: configuration never comes from a working tree or a feature branch. */
export async function readSpecialistsAt(request: {
  readonly git: Pick<Git, 'listFiles' | 'readFile'>
  readonly commit: string
}): Promise<readonly SpecialistFile[]> {
  const paths = (await request.git.listFiles(request.commit)).filter((path) => {
    const [name, below] = path.startsWith(`${repositorySpecialistsFolder}/`)
      ? path.slice(repositorySpecialistsFolder.length + 1).split(/\/(.*)/s)
      : []
    return (
      name !== undefined &&
      (below === undefined ? isSpecialistName(name) : name === 'roles' && !below.includes('/') && isSpecialistName(below))
    )
  })
  const texts = await Promise.all(
    [...paths].sort().map(async (path) => ({ path, text: await request.git.readFile({ at: request.commit, path }) })),
  )
  return texts.flatMap(({ path, text }) => (text === undefined ? [] : [{ path, text, layer: 'repository' as const }]))
}

/** Built-in specialists from their folder, with a repository's files laid over them. */
export async function loadSpecialists(request: {
  readonly builtInFolder: string
  readonly repository: readonly SpecialistFile[]
}): Promise<LoadedSpecialists> {
  const builtIn = await readSpecialistFolder({ folder: request.builtInFolder, shownAs: 'specialists', layer: 'built-in' })
  return assembleSpecialists([...builtIn, ...request.repository])
}
