// A tree -> does it compile, tests included? Asked right after a merge, so that tasks that wait for the code may start before the whole gate.
import { withCheckouts } from './checkouts.ts'
import { compareWithBase, toFailure } from './failure.ts'
import type { JudgeInput, JudgePorts } from './judge-input.ts'
import { measureCompile } from './measure-compile.ts'
import type { BuildError, CompileMeasure } from './measurements.ts'
import type { Failure } from './verdict.ts'

/** What {@link quickCompile} answers. `broken`: what the base does not have too. */
export type QuickAnswer =
  | { readonly kind: 'compiles' }
  | { readonly kind: 'broken'; readonly failures: readonly Failure[] }
  | { readonly kind: 'unknown'; readonly why: string }

/** Compiles packages, tests and mains of a commit. Errors: WorldFault of git. */
export async function quickCompile(
  input: Pick<JudgeInput, 'git' | 'commit' | 'base' | 'moduleDirs' | 'workDir' | 'signal'>,
  ports: Pick<JudgePorts, 'go'>,
): Promise<QuickAnswer> {
  const { git, commit, base, workDir } = input
  return withCheckouts({ git, workDir, head: commit, base }, async (checkouts) => {
    const options = { go: ports.go, tags: [], ...(input.signal === undefined ? {} : { signal: input.signal }) }
    const compile = async (root: string): Promise<CompileMeasure> => measureCompile({ root, moduleDirs: input.moduleDirs }, options)
    const head = await compile(await checkouts.head())
    if (head.stuck.length > 0) return { kind: 'unknown', why: head.stuck.join('; ') }
    if (head.errors.length === 0) return { kind: 'compiles' }
    const before = base === undefined ? undefined : await compile(await checkouts.base())
    const files = new Set<string>(await git.listFiles(commit))
    const { blamed } = compareWithBase({ head: head.errors.map(failureOf), base: before?.errors.map(failureOf) ?? [], files })
    return blamed.length === 0 ? { kind: 'compiles' } : { kind: 'broken', failures: blamed }
  })
}

function failureOf(error: BuildError): Failure {
  const { tags: _, kind, ...place } = error
  return toFailure({ check: 'compilation', kind, ...place, hint: 'Make it compile: `go build -gcflags=-e ./...` shows every error.' })
}
