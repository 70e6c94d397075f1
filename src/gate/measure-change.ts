// The judged tree and its base -> both measured, with what changed between them. The base is measured once for all judgements.
import { posix } from 'node:path'
import type { Sha } from '../ids.ts'
import type { Git } from '../world.ts'
import { addedLines } from './added-lines.ts'
import { type BaseKey, baseResults } from './base-results.ts'
import type { Change, MeasuredTree } from './change.ts'
import type { Checkouts } from './checkouts.ts'
import { withCheckouts } from './checkouts.ts'
import type { JudgeInput, JudgePorts } from './judge-input.ts'
import { measureTree } from './measure-tree.ts'

/** What measuring a base needs of a judgement. */
export type BaseInput = Pick<JudgeInput, 'git' | 'moduleDirs' | 'config' | 'workDir' | 'cacheDir' | 'signal'> & { readonly base: Sha }
type Ports = Pick<JudgePorts, 'go' | 'analyzer'>

// A diff of a feature is far below; generated code may be large.
const maxDiffBytes = 256 * 1024 * 1024

/** Both trees, measured, and what changed between them. */
export async function measureChange(input: JudgeInput, ports: Ports, checkouts: Checkouts): Promise<Change> {
  const { git, commit, base, plan, wave } = input
  const head = await measureSide(input, ports, { root: await checkouts.head(), commit })
  const before = base === undefined ? undefined : await measureBaseIn({ ...input, base }, ports, checkouts)
  return {
    head,
    ...(before === undefined ? {} : { base: before }),
    changes: base === undefined ? [] : await git.changes({ from: base, to: commit }),
    addedLines: base === undefined ? new Map() : await linesAdded(git, base, commit),
    ...(plan === undefined ? {} : { plan }),
    ...(wave === undefined ? {} : { wave }),
    excused: new Set(input.excused),
    granted: input.granted ?? [],
    level: input.level,
    config: input.config,
  }
}

/** Measures a base ahead of its judgements (while the plan is written). Answers what is broken there already. */
export async function measureBase(input: BaseInput, ports: Ports): Promise<MeasuredTree> {
  return withCheckouts({ git: input.git, workDir: input.workDir, head: input.base, base: input.base }, (checkouts) =>
    measureBaseIn(input, ports, checkouts),
  )
}

/** Those of the folders that hold a module at the commit. */
export async function moduleDirsAt(git: Git, commit: Sha, moduleDirs: readonly string[]): Promise<readonly string[]> {
  const files = new Set<string>(await git.listFiles(commit))
  return moduleDirs.filter((dir) => files.has(posix.join(dir, 'go.mod')))
}

/** Names what is kept of a base. */
export async function baseKey(
  input: Pick<BaseInput, 'cacheDir' | 'moduleDirs' | 'config' | 'base'>,
  ports: Pick<Ports, 'go'>,
): Promise<BaseKey> {
  const { cacheDir, moduleDirs, config, base } = input
  return { cacheDir, base, goVersion: await ports.go.version(), moduleDirs, tags: config.tags }
}

async function linesAdded(git: Git, base: Sha, commit: Sha): Promise<Change['addedLines']> {
  return addedLines(await git.diff({ from: base, to: commit, maxBytes: maxDiffBytes }))
}

async function measureBaseIn(input: BaseInput, ports: Ports, checkouts: Checkouts): Promise<MeasuredTree> {
  const { base } = input
  return baseResults(await baseKey(input, ports), async () => measureSide(input, ports, { root: await checkouts.base(), commit: base }))
}

async function measureSide(
  input: Omit<BaseInput, 'base'>,
  ports: Ports,
  side: { readonly root: string; readonly commit: Sha },
): Promise<MeasuredTree> {
  const files = await input.git.listFiles(side.commit)
  const moduleDirs = await moduleDirsAt(input.git, side.commit, input.moduleDirs)
  const signal = input.signal === undefined ? {} : { signal: input.signal }
  return measureTree({ checkout: { root: side.root, moduleDirs }, files, tags: input.config.tags, ...signal }, ports)
}
