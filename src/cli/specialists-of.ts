// The built-in specialists and a repository's own at its base commit -> the set a run works with.
import { join } from 'node:path'
import { UserFault } from '../fault.ts'
import type { Sha } from '../ids.ts'
import { describeSpecialistFault } from '../plan/lint-specialists.ts'
import { loadSpecialists, readSpecialistsAt, type SpecialistSet } from '../plan/load-specialists.ts'
import type { Git } from '../world.ts'
import { packageRoot } from './package-root.ts'

/** Folder of the built-in specialists. */
export function builtInSpecialists(): string {
  return join(packageRoot(), 'specialists')
}

/** Loads the set. Errors: UserFault with every fault's file and line. */
export async function specialistsFor(git: Pick<Git, 'listFiles' | 'readFile'>, base: Sha): Promise<SpecialistSet> {
  const loaded = await loadSpecialists({ builtInFolder: builtInSpecialists(), repository: await readSpecialistsAt({ git, commit: base }) })
  if (loaded.kind === 'loaded') return loaded.set
  throw new UserFault({
    problem: `The specialists are not in order:\n${loaded.faults.map(describeSpecialistFault).join('\n')}`,
    hint: 'Mend them; `dce specialists lint` checks without a run.',
  })
}
