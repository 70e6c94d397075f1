// The base commit -> its files, and those that are links: what a plan's paths are held against.

import type { Sha } from '../ids.ts'
import type { Git } from '../world.ts'
import type { PlanFacts } from './plan-facts.ts'

/** The tree without files, which every git knows. */
const emptyTree = '4b825dc642cb6eb9a060e54bf8d69288fbee4904'

/** Reads the tree once. Symlinks (mode 120000) and submodules (160000) are files and links. Errors: those of git. */
export async function readBaseTree(git: Pick<Git, 'changes'>, commit: Sha): Promise<Pick<PlanFacts, 'files' | 'links'>> {
  const all = await git.changes({ from: emptyTree, to: commit })
  const links = all.filter(({ newMode }) => newMode === '120000' || newMode === '160000')
  return { files: new Set(all.map(({ path }) => path)), links: new Set(links.map(({ path }) => path)) }
}
