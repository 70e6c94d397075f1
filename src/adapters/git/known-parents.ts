// Commits that this process made -> the merge base of two of them, without asking git. Pure; says nothing unless it is certain.
import type { Sha } from '../../ids.ts'

/** Parents of each commit that this process made. No shallow history ends at one of them. */
export type KnownParents = Map<Sha, readonly Sha[]>

/**
 * The merge base of `a` and `b`, when all that `a` is made of leads to the one parent of `b`, by commits that are known. Then everything
 * else `b` stands on is below that parent, and `b` itself cannot be. Undefined: ask git.
 */
export function mergeBaseOfKnown(parents: KnownParents, a: Sha, b: Sha): Sha | undefined {
  const [parent, ...others] = parents.get(b) ?? []
  if (parent === undefined || others.length > 0) return undefined
  const seen = new Set([a])
  for (const commit of seen) {
    if (commit === b) return b
    if (commit === parent) continue
    const above = parents.get(commit)
    if (above === undefined || above.length === 0) return undefined
    for (const one of above) seen.add(one)
  }
  return parent
}
