// A record of files before and after -> the gate's verdict on the change, by the real git, go, sandbox and analyzer. For tests.
import { join } from 'node:path'
import { goCommands } from '../../src/adapters/go/go-commands.ts'
import { openSandbox } from '../../src/adapters/sandbox/sandbox.ts'
import { defaultConfig, type GateConfig } from '../../src/config.ts'
import { judge } from '../../src/gate/judge.ts'
import type { JudgeInput } from '../../src/gate/judge-input.ts'
import type { Verdict } from '../../src/gate/verdict.ts'
import { directExec } from '../support/direct-exec.ts'
import { type Files, makeGitDir, makeTempDir } from '../support/git-dir.ts'
import { openGit } from '../support/open-git.ts'

/** What one judgement is about. `after` is laid over `before`. */
export interface BenchCase {
  readonly before?: Files
  readonly after: Files
  readonly input?: Partial<Omit<JudgeInput, 'config'>>
  readonly config?: Partial<GateConfig>
}

/** Judges the change. The build cache is the machine's, so that the standard library is compiled once. */
export async function judgeChange(about: BenchCase): Promise<Verdict> {
  const repository = makeGitDir(about.before ?? about.after)
  const base = about.before === undefined ? undefined : repository.head()
  const commit = about.before === undefined ? repository.head() : repository.commit(about.after)
  const work = makeTempDir('gate')
  const modCache = process.env['GOMODCACHE'] ?? ''
  const sandbox = await openSandbox({ mode: 'on', exec: directExec, visible: [modCache], allowedHosts: [] })
  const path = process.env['PATH'] ?? ''
  const go = goCommands({ sandbox, cache: process.env['GOCACHE'] ?? '', modCache, workDir: join(work, 'go'), path })
  try {
    return await judge(
      {
        git: await openGit(repository.dir),
        commit,
        ...(base === undefined ? {} : { base }),
        moduleDirs: ['.'],
        level: 'production',
        config: { ...defaultConfig.gate, ...about.config },
        workDir: join(work, 'checkouts'),
        cacheDir: join(work, 'bases'),
        ...about.input,
      },
      { go, clock: { now: () => Date.now(), sleep: () => Promise.resolve() } },
    )
  } finally {
    await sandbox.close()
  }
}
