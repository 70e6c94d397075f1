// A test repository -> the Git port on a mirror of it, in a cache folder of its own.
import { openMirror } from '../../src/adapters/git/open-mirror.ts'
import type { Git, Log } from '../../src/world.ts'
import { directExec } from './direct-exec.ts'
import { makeTempDir } from './git-dir.ts'

/** A log that nobody reads. */
export const quietLog: Log = { info: () => undefined, warn: () => undefined }

/** The variables a door would hand on. */
export const testEnvironment = (): Readonly<Record<string, string>> => ({
  PATH: process.env['PATH'] ?? '',
  HOME: process.env['HOME'] ?? '',
})

/** Opens the mirror of a repository; two calls with one `cacheDir` share it. */
export function openGit(repo: string, cacheDir = makeTempDir('cache')): Promise<Git> {
  return openMirror({ repo, cacheDir, exec: directExec, log: quietLog, env: testEnvironment() })
}
