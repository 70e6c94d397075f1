// `dce specialists list | lint`: the built-in specialists and a repository's own, from its working tree.
import { join, resolve } from 'node:path'
import { type ExitCode, UserFault } from '../fault.ts'
import { lintSpecialists } from '../plan/lint-specialists.ts'
import { assembleSpecialists, readSpecialistFolder, repositorySpecialistsFolder } from '../plan/load-specialists.ts'
import { renderSpecialistFaults, renderSpecialists, specialistsAsJson } from '../report/render-specialists.ts'
import { builtInSpecialists } from './specialists-of.ts'
import type { Terminal } from './terminal.ts'

/** Carries the command out. Exit 0; 2 when lint finds faults. */
export async function specialistsCommand(
  terminal: Terminal,
  request: { readonly verb: 'list' | 'lint'; readonly repo: string; readonly json: boolean },
): Promise<ExitCode> {
  const files = [
    ...(await readSpecialistFolder({ folder: builtInSpecialists(), shownAs: 'specialists', layer: 'built-in' })),
    ...(await readSpecialistFolder({
      folder: join(resolve(request.repo), repositorySpecialistsFolder),
      shownAs: repositorySpecialistsFolder,
      layer: 'repository',
    })),
  ]
  if (request.verb === 'lint') {
    const faults = lintSpecialists(files)
    terminal.out(request.json ? JSON.stringify(faults) : renderSpecialistFaults(faults, files.length))
    return faults.length === 0 ? 0 : 2
  }
  const assembled = assembleSpecialists(files)
  if (assembled.kind === 'faulty')
    throw new UserFault({ problem: renderSpecialistFaults(assembled.faults, files.length), hint: 'Mend them, then list again.' })
  terminal.out(request.json ? JSON.stringify(specialistsAsJson(assembled.set)) : renderSpecialists(assembled.set, terminal.width))
  return 0
}
