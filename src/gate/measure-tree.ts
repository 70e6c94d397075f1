// A checkout -> everything the judge's own eyes see of it: facts, compilation, style. Executes nothing of the tree.
import type { Analyzer } from '../go-analyzer.ts'
import type { GoFacts } from '../go-facts.ts'
import type { RepoPath } from '../ids.ts'
import type { Go } from '../world.ts'
import { hostTarget, tagsFor } from './build-constraints.ts'
import type { MeasuredTree } from './change.ts'
import { type Checkout, measureCompile } from './measure-compile.ts'
import { measureFacts } from './measure-facts.ts'
import { measureStyle } from './measure-style.ts'

/** What to measure. `tags`: compiled besides the default build, and besides the tags that the tree's own constraints ask for. `files`: all of the tree. */
export interface TreeRequest {
  readonly checkout: Checkout
  readonly files: readonly RepoPath[]
  readonly tags: readonly string[]
  readonly signal?: AbortSignal
}

// Each set of tags is one more list of the tree. By taste: what a repository has (integration, e2e, …) and a few more.
const mostTagSets = 6

/** Measures one tree. */
export async function measureTree(request: TreeRequest, ports: { readonly go: Go; readonly analyzer: Analyzer }): Promise<MeasuredTree> {
  const signal = request.signal === undefined ? {} : { signal: request.signal }
  const { facts, stuck } = await measureFacts(request.checkout, { analyzer: ports.analyzer, ...signal })
  const options = { go: ports.go, tags: tagSets(request.tags, facts), ...signal }
  // Before style: it fills the build cache that vet reads.
  const compile = await measureCompile(request.checkout, options)
  const style = await measureStyle(request.checkout, { files: request.files, packages: compile.packages }, options)
  return { files: request.files, compile, style, facts, factsStuck: stuck }
}

/** The configured tags, then those of the tree's constraints by how many files they bring. */
function tagSets(configured: readonly string[], facts: GoFacts): readonly string[] {
  const target = hostTarget()
  const found = facts.buildConstraints.flatMap(({ constraint }) => tagsFor(constraint, target) ?? [])
  const byCount = [...Map.groupBy(found, (tags) => tags)].sort(([, a], [, b]) => b.length - a.length).map(([tags]) => tags)
  return [...new Set([...configured, ...byCount])].slice(0, Math.max(mostTagSets, configured.length))
}
