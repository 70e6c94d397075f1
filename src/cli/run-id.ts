// Specification, base and a counter -> the run's id, the same for the same three.
import { createHash } from 'node:crypto'
import { asRunId, type RunId, type Sha } from '../ids.ts'
import type { Git } from '../world.ts'

/** `<slug>-<6 hex>` of specification hash, base and start counter. Source: design, section 3. */
export function makeRunId(request: {
  readonly slug: string
  readonly specHash: string
  readonly base: Sha
  readonly counter: number
}): RunId {
  const hex = createHash('sha256').update(`${request.specHash}\n${request.base}\n${request.counter}`).digest('hex').slice(0, 6)
  return asRunId(`${request.slug.slice(0, 32).replace(/-+$/u, '') || 'run'}-${hex}`)
}

/** Ids of runs that the journal may have forgotten and that left something: branches, or money that was spent under their name. */
export async function leftRunIds(
  git: Pick<Git, 'branches'>,
  journal: { readonly spenders: () => ReadonlySet<string> },
): Promise<ReadonlySet<string>> {
  const withBranches = [...(await git.branches('dce/')).keys()].map((branch) => branch.split('/')[1] ?? '')
  return new Set([...withBranches, ...journal.spenders()])
}
