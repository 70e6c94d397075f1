// A folder of the person's repository -> the Git port on a bare mirror of it in our cache. Start reading the git adapter here.
import { createHash } from 'node:crypto'
import { mkdir, realpath, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { UserFault } from '../../fault.ts'
import type { Exec, Git, Log } from '../../world.ts'
import type { BaseEnvironment } from './git-environment.ts'
import { gitEnvironment } from './git-environment.ts'
import { withLock } from './mirror-lock.ts'
import { createObjectVerbs } from './objects.ts'
import type { MirrorSource } from './prepare-mirror.ts'
import { makeMirror, readSource, refreshMirror } from './prepare-mirror.ts'
import { publish, unpublish } from './publish.ts'
import { type MirrorReader, openReader } from './reader.ts'
import { createRefVerbs } from './refs.ts'
import type { RunGit } from './run-git.ts'
import { createRunGit } from './run-git.ts'
import { createWorktreeVerbs } from './worktrees.ts'

/** How long one process waits for another that makes the same mirror: a repository of several GB. By taste. */
const lockWaitMs = 600_000
/** `cat-file --batch -z`, and safe.directory outside of configuration files, came with 2.38. */
const oldestGit: readonly [number, number] = [2, 38]

/** What a mirror is opened with. `env`: PATH (else the usual folders), HOME and SSH_AUTH_SOCK for partial clones over ssh. */
export interface MirrorOptions {
  /** Absolute path of the person's repository, or any folder inside. */
  readonly repo: string
  readonly cacheDir: string
  readonly exec: Exec
  readonly log: Log
  readonly env?: BaseEnvironment
}

/**
 * Makes the mirror, or brings it up to date. Any number of processes may do so at once.
 * Errors: UserFault when there is no repository (exit 2) or git is missing or too old (exit 4); WorldFault('git').
 */
export async function openMirror(options: MirrorOptions): Promise<Git> {
  const env = gitEnvironment(options.env ?? {})
  const run = createRunGit({ exec: options.exec, cwd: options.repo, env })
  await checkVersion(options)
  const source = await readSource(run, options.repo)
  const dir = await mirrorDir(options.cacheDir, source)
  const refresh = async () => {
    const started = Date.now()
    await withLock({ path: `${dir}.lock`, waitMs: lockWaitMs }, async () => {
      const there = (await stat(dir).catch(() => undefined)) !== undefined
      if (there) await refreshMirror({ run, dir, source })
      else await makeMirror({ run, dir, source })
    })
    options.log.info('mirror refreshed', { dir, durationMs: Date.now() - started })
  }
  await refresh()
  return gitOf({ run, dir, source, refresh, reader: openReader({ dir, env: { ...env, GIT_DIR: dir } }) })
}

function gitOf(mirror: {
  readonly run: RunGit
  readonly dir: string
  readonly source: MirrorSource
  readonly reader: MirrorReader
  readonly refresh: () => Promise<void>
}): Git {
  const { run, dir, source, reader, refresh } = mirror
  const inMirror: RunGit = (call) => run({ ...call, cwd: call.cwd ?? dir, env: { GIT_DIR: dir, ...call.env } })
  const inSource: RunGit = (call) => run({ ...call, cwd: source.repo })
  return {
    dir,
    refresh,
    ...createObjectVerbs({ run: inMirror, dir, reader }),
    ...createRefVerbs({ run: inMirror, reader, refresh }),
    ...createWorktreeVerbs({ run: inMirror, dir }),
    publish: async (branches) => {
      // A history that was shallow may be whole by now; an outdated end of it must not travel into the person's repository.
      await refresh()
      await publish({ branches, dir, source, inMirror, inSource })
    },
    unpublish: (branches) => unpublish({ branches, inMirror, inSource }),
  }
}

async function mirrorDir(cacheDir: string, source: MirrorSource): Promise<string> {
  const place = await realpath(source.commonDir)
  const name = basename(place) === '.git' ? basename(join(place, '..')) : basename(place, '.git')
  const hash = createHash('sha256').update(place).digest('hex').slice(0, 16)
  const mirrors = join(cacheDir, 'mirrors')
  await mkdir(mirrors, { recursive: true })
  return join(await realpath(mirrors), `${name.replace(/[^A-Za-z0-9._-]/g, '-').slice(0, 40)}-${hash}.git`)
}

/** Errors: UserFault (exit 4) when git is missing or older than {@link oldestGit}. */
async function checkVersion(options: MirrorOptions): Promise<void> {
  const result = await options.exec.run({
    argv: ['git', '--version'],
    cwd: '/',
    env: gitEnvironment(options.env ?? {}),
    timeoutMs: 10_000,
    maxOutputBytes: 10_000,
  })
  const [, major, minor] = /git version (\d+)\.(\d+)/.exec(result.stdout) ?? []
  const found = major === undefined ? undefined : [Number(major), Number(minor)]
  if (found !== undefined && (found[0]! > oldestGit[0] || (found[0] === oldestGit[0] && found[1]! >= oldestGit[1]))) return
  throw new UserFault({
    problem: `dce needs git ${oldestGit.join('.')} or newer and found ${found === undefined ? 'none on PATH' : `git ${found.join('.')}`}.`,
    hint: 'Install a newer git.',
    exitCode: 4,
  })
}
