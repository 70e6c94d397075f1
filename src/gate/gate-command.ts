// `dce gate`: a commit of a repository, what it is compared with, perhaps a plan -> the verdict and how the process ends.
import { posix } from 'node:path'
import type { GateConfig, QualityLevel } from '../config.ts'
import { type ExitCode, UserFault } from '../fault.ts'
import type { Sha } from '../ids.ts'
import type { Plan } from '../plan/plan.ts'
import type { Git } from '../world.ts'
import { judge } from './judge.ts'
import type { JudgeInput, JudgePorts } from './judge-input.ts'
import type { Verdict } from './verdict.ts'

/** What the command is given. Paths absolute. */
export interface GateCommand {
  readonly git: Git
  /** What is judged, as the repository calls it; default `HEAD`: uncommitted changes are not part of it. */
  readonly head?: string
  /** What it is compared with; default: see {@link defaultBase}. */
  readonly base?: string
  readonly plan?: Plan
  readonly level: QualityLevel
  readonly config: GateConfig
  readonly workDir: string
  readonly cacheDir: string
  readonly signal?: AbortSignal
  readonly onProgress?: JudgeInput['onProgress']
}

/** The verdict, and the exit code: 0 green, 1 red or unknown. */
export interface GateOutcome {
  readonly verdict: Verdict
  readonly exitCode: ExitCode & (0 | 1)
}

/** Judges. Errors: UserFault (exit 2) for a commit that nobody knows; (exit 4) when a tool is missing. */
export async function runGateCommand(command: GateCommand, ports: JudgePorts): Promise<GateOutcome> {
  const { git, plan, level, config, workDir, cacheDir, signal, onProgress } = command
  const commit = await commitOf(git, command.head ?? 'HEAD')
  const base = command.base === undefined ? await defaultBase(git, commit) : await commitOf(git, command.base)
  const verdict = await judge(
    {
      git,
      commit,
      moduleDirs: await moduleDirsOf(git, [commit, ...(base === undefined ? [] : [base])]),
      level,
      config,
      workDir,
      cacheDir,
      ...(base === undefined ? {} : { base }),
      ...(plan === undefined ? {} : { plan }),
      ...(signal === undefined ? {} : { signal }),
      ...(onProgress === undefined ? {} : { onProgress }),
    },
    ports,
  )
  return { verdict, exitCode: verdict.verdict === 'green' ? 0 : 1 }
}

/** Where the commit left the default branch; on the default branch itself its first parent; undefined for a first commit. */
export async function defaultBase(git: Git, commit: Sha): Promise<Sha | undefined> {
  for (const name of ['origin/HEAD', 'origin/main', 'origin/master', 'main', 'master']) {
    const branch = await git.resolve(name)
    const base = branch === undefined ? undefined : await git.mergeBase(branch, commit)
    if (base !== undefined && base !== commit) return base
  }
  return git.resolve(`${commit}~1`)
}

/** Folders of every go.mod of these commits, but for vendored code and test data. */
export async function moduleDirsOf(git: Git, commits: readonly Sha[]): Promise<readonly string[]> {
  const files = (await Promise.all(commits.map((commit) => git.listFiles(commit)))).flat()
  const isLeftOut = (part: string) => part === 'vendor' || part === 'testdata' || part.startsWith('_') || part.startsWith('.')
  const dirs = files.filter((file) => posix.basename(file) === 'go.mod').map((file) => posix.dirname(file))
  return [...new Set(dirs)].filter((dir) => dir === '.' || !dir.split('/').some(isLeftOut)).sort()
}

async function commitOf(git: Git, name: string): Promise<Sha> {
  const commit = await git.resolve(name)
  if (commit !== undefined) return commit
  throw new UserFault({
    problem: `There is no commit "${name}" in this repository.`,
    hint: 'Name a branch, a tag or a commit that `git log` shows.',
  })
}
