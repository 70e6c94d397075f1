// (attempt, worktree) -> what commands and outlines of whoever works in that worktree stand on: sandbox, environment, contracts of siblings by overlay.
import { join, relative } from 'node:path'
import type { Assignment } from '../agent/attempt.ts'
import type { Outline } from '../agent/tools/outline.ts'
import { WorldFault } from '../fault.ts'
import type { Analyzer, GoTree } from '../go-analyzer.ts'
import type { SandboxPolicy } from '../world.ts'
import type { EffectContext } from './drive.ts'
import { moduleAt } from './module-of.ts'
import type { RunWorld } from './run-world.ts'
import { openSiblingsOverlay } from './siblings-overlay.ts'

/** What a worktree's commands run with. `tree`: as the analyzer reads it, with the overlay as it is now. */
export interface Ground {
  readonly policy: SandboxPolicy
  /** Contract: asked before each command: contracts may have changed. */
  readonly env: () => Promise<Readonly<Record<string, string>>>
  readonly tree: () => Promise<GoTree>
  readonly outline: Outline
  /** Where what go lays over the worktree lies. Absolute. */
  readonly overlayFolder: string
  /** Folders, relative to the root, that only the overlay knows. */
  readonly emptyDirs: readonly string[]
}

/** Opens the ground of one worktree. `worktree`: absolute, holds what the attempt has done so far. */
export async function openGround(request: {
  readonly world: RunWorld
  readonly context: EffectContext
  readonly assignment: Assignment
  readonly worktree: string
}): Promise<Ground> {
  const { world, context, assignment, worktree } = request
  const dir = join(worktree, await moduleAt(world.git, assignment.base, context.state().config.outputDir))
  const overlay = await openSiblingsOverlay({ world, context, assignment, worktree, dir })
  const tree = async (): Promise<GoTree> => {
    const file = await overlay.current()
    return { root: worktree, dir, ...(file === undefined ? {} : { overlay: file }) }
  }
  const { policy, env } = world.shell
  return {
    policy: {
      ...policy,
      writable: [...policy.writable, worktree],
      readable: [...(policy.readable ?? []), overlay.folder],
      hidden: [...policy.hidden, join(worktree, '.git')],
    },
    env: async () => {
      const file = await overlay.current()
      return file === undefined ? env : { ...env, GOFLAGS: `${env['GOFLAGS'] ?? ''} -overlay=${file}`.trim() }
    },
    tree,
    outline: outlineBy(world.agentsAnalyzer, tree),
    overlayFolder: overlay.folder,
    emptyDirs: overlay.emptyDirs,
  }
}

/** The outline tool's answers over a tree as it is when asked. Folders outside the module have nothing that Go could outline. */
export function outlineBy(analyzer: Pick<Analyzer, 'outline'>, treeNow: () => Promise<GoTree>): Outline {
  return async ({ folder, maxBytes, signal }) => {
    const tree = await treeNow()
    const below = relative(tree.dir, join(tree.root, folder))
    if (folder !== '.' && (below === '..' || below.startsWith('../')))
      return { kind: 'failed', why: `${folder} is not in the module that the feature lives in. Use glob and read.` }
    const patterns = folder === '.' || below === '' ? {} : { patterns: [`./${below}/...`] }
    try {
      const { text } = await analyzer.outline({ ...tree, ...patterns, maxBytes, signal })
      return { kind: 'outline', text }
    } catch (error) {
      if (error instanceof WorldFault) return { kind: 'failed', why: `No outline: ${error.message.slice(0, 300)}` }
      throw error
    }
  }
}
