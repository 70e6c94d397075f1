// Commits -> their modules in this machine's module cache, so that a sandbox without network can build them. For doors whose clone nobody has ever built.
import { join } from 'node:path'
import { withCheckouts } from '../gate/checkouts.ts'
import { moduleDirsOf } from '../gate/gate-command.ts'
import type { Sha } from '../ids.ts'
import { type Machine, personEnv, type Workshop } from './open-machine.ts'

/** Fetching everything that a large repository requires, for the first time, ms. By taste. */
const downloadTimeoutMs = 10 * 60_000

/**
 * Downloads, outside the sandbox and with this machine's own proxy settings: `go mod download` runs no code of what it fetches. What cannot be
 * fetched is logged and left to the compiler, which says for which package it matters.
 */
export async function downloadModules(machine: Machine, { git, folders }: Workshop, commits: readonly Sha[]): Promise<void> {
  for (const commit of new Set(commits)) {
    const dirs = await moduleDirsOf(git, [commit])
    const files = new Set<string>(await git.listFiles(commit))
    await withCheckouts({ git, workDir: folders.work, head: commit, base: undefined }, async (checkouts) => {
      const root = await checkouts.head()
      for (const dir of dirs) {
        // What is vendored is all there is to build with; without a go.sum there is nothing to fetch.
        if (files.has(join(dir, 'vendor/modules.txt')) || !files.has(join(dir, 'go.sum'))) continue
        const { exit, stderr } = await machine.exec.run({
          argv: ['go', 'mod', 'download'],
          cwd: join(root, dir),
          env: { ...personEnv(machine.env), GOWORK: 'off', GOTOOLCHAIN: 'local' },
          timeoutMs: downloadTimeoutMs,
          maxOutputBytes: 20_000,
        })
        if (exit.kind !== 'exited' || exit.code !== 0)
          machine.log.warn('modules could not be downloaded', { dir, exit, said: stderr.trim().slice(-1_000) })
      }
    })
  }
}
