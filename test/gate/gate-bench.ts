// A repository and changes to it -> the gate's verdict on each, by the real git, go, sandbox and analyzer. For tests.
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createAnalyzer } from '../../src/adapters/go/analyzer.ts'
import { goCommands } from '../../src/adapters/go/go-commands.ts'
import { databases } from '../../src/adapters/postgres/open-database.ts'
import { openSandbox } from '../../src/adapters/sandbox/sandbox.ts'
import { defaultConfig, type GateConfig } from '../../src/config.ts'
import { judge } from '../../src/gate/judge.ts'
import type { JudgeInput, JudgePorts } from '../../src/gate/judge-input.ts'
import type { Failure, Verdict } from '../../src/gate/verdict.ts'
import type { Sha } from '../../src/ids.ts'
import type { Git } from '../../src/world.ts'
import { directExec } from '../support/direct-exec.ts'
import { type Files, makeGitDir, makeTempDir } from '../support/git-dir.ts'
import { openGit } from '../support/open-git.ts'

/** A change to judge. `base`: files laid over the repository first; the change is compared with that. */
export interface BenchCase {
  readonly base?: Files
  readonly change: Files
  readonly input?: Partial<Omit<JudgeInput, 'config' | 'base'>>
  readonly config?: Partial<GateConfig>
}

/** A repository that is opened once; its base is measured once for all changes that do not bring their own. */
export interface GateBench {
  judge(about: BenchCase): Promise<Verdict>
  /** Judges a tree that has no base. */
  judgeAlone(): Promise<Verdict>
  readonly git: () => Promise<Git>
  readonly ports: JudgePorts
  readonly base: Sha
  readonly dirs: { readonly workDir: string; readonly cacheDir: string }
  close(): Promise<void>
}

/** What differs from the machine as it is: PATH, folders of programs on it, and whether its PostgreSQL is used (by default not: a start takes a second). */
export interface Machine {
  readonly database?: boolean
  readonly path?: string
  readonly readable?: readonly string[]
}

/** Opens a repository with these files. The build cache is the machine's, so that the standard library is compiled once. */
export async function openBench(files: Files, machine: Machine = {}): Promise<GateBench> {
  const repository = makeGitDir(files)
  const base = repository.head()
  const work = makeTempDir('gate')
  const { ports, close } = await openPorts(join(work, 'go'), machine)
  const cacheDir = makeTempDir('mirror')
  const dirs = { workDir: join(work, 'checkouts'), cacheDir: join(work, 'bases') }
  let cases = 0
  const judgeCommits = async (commits: { readonly commit: Sha; readonly base?: Sha }, about: Pick<BenchCase, 'input' | 'config'>) => {
    const git = await openGit(repository.dir, cacheDir)
    const config = { ...defaultConfig.gate, testTimeoutS: 20, ...about.config }
    return judge({ git, ...commits, moduleDirs: ['.'], level: 'production', ...dirs, ...about.input, config }, ports)
  }
  return {
    judge: async (about) => {
      cases += 1
      repository.git('checkout', '--quiet', '-B', `case-${cases}`, base)
      const from = about.base === undefined ? base : repository.commit(about.base, 'base of the case')
      const commit = repository.commit(about.change)
      return judgeCommits({ commit, base: from }, about)
    },
    judgeAlone: () => judgeCommits({ commit: base }, {}),
    git: () => openGit(repository.dir, cacheDir),
    ports,
    base,
    dirs,
    close,
  }
}

/** The real ports: sandbox on, PostgreSQL of this machine. */
export async function openPorts(
  workDir: string,
  machine: Machine = {},
): Promise<{ readonly ports: JudgePorts; readonly close: () => Promise<void> }> {
  const modCache = process.env['GOMODCACHE'] ?? ''
  const path = machine.path ?? process.env['PATH'] ?? ''
  const sandbox = await openSandbox({ mode: 'on', exec: directExec, visible: [modCache, ...(machine.readable ?? [])], allowedHosts: [] })
  const clock = { now: () => Date.now(), sleep: (ms: number) => sleep(ms) }
  const go = goCommands({ sandbox, cache: process.env['GOCACHE'] ?? '', modCache, workDir, path })
  // Kept beside the build cache: it is built once per machine, not once per test file.
  const cacheDir = join(process.env['GOCACHE'] ?? workDir, 'dce-test')
  const env = { PATH: path, HOME: process.env['HOME'] ?? '', GOCACHE: process.env['GOCACHE'] ?? '', GOMODCACHE: modCache }
  const sourceDir = join(import.meta.dirname, '..', '..', 'analyzer')
  const openDatabase = databases({ exec: directExec, sandbox, clock, path })
  const analyzer = createAnalyzer({ go, exec: directExec, sourceDir, cacheDir, env })
  return {
    ports: { go, analyzer, clock, ...(machine.database === true ? { openDatabase } : {}) },
    close: () => sandbox.close(),
  }
}

/** Failures as short texts, sorted: `kind place`, where the place is the test, the symbol with its file, or the file. */
export function sayFailures(failures: readonly Failure[]): readonly string[] {
  const place = (failure: Failure) =>
    failure.test ?? [failure.file ?? failure.package, failure.symbol].filter((part) => part !== undefined).join(' ')
  return failures.map((failure) => `${failure.kind} ${place(failure)}`).sort()
}
