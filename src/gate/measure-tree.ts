// A checkout -> everything the judge's own eyes see of it: compilation, style, facts. Executes nothing of the tree.
import type { RepoPath } from '../ids.ts'
import type { Go } from '../world.ts'
import type { MeasuredTree } from './change.ts'
import { type Checkout, measureCompile } from './measure-compile.ts'
import { measureStyle } from './measure-style.ts'

/** What to measure. `tags`: besides the default build. `files`: all of the tree. */
export interface TreeRequest {
  readonly checkout: Checkout
  readonly files: readonly RepoPath[]
  readonly tags: readonly string[]
  readonly signal?: AbortSignal
}

/** Measures one tree. */
export async function measureTree(request: TreeRequest, ports: { readonly go: Go }): Promise<MeasuredTree> {
  const options = { go: ports.go, tags: request.tags, ...(request.signal === undefined ? {} : { signal: request.signal }) }
  // First: it fills the build cache that vet reads.
  const compile = await measureCompile(request.checkout, options)
  const style = await measureStyle(request.checkout, request.files, options)
  return { files: request.files, compile, style }
}
