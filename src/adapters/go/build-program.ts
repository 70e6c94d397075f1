// A Go program of this package -> its binary: built once per machine, Go version and source, and kept.
import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { basename, join, relative } from 'node:path'
import { UserFault } from '../../fault.ts'
import type { Exec } from '../../world.ts'

/** What a program is built from. */
export interface ProgramSource {
  /** Starts the build, outside the sandbox: it may have to fetch the program's modules. */
  readonly exec: Exec
  /** As go says it: another Go builds another program. */
  readonly goVersion: string
  /** The folder of the program's module in this package; its last part names the program. */
  readonly sourceDir: string
  /** Programs are kept in `<cacheDir>/<name>/<hash>/<name>`. */
  readonly cacheDir: string
  /** The person's environment: proxies, module cache. */
  readonly env: Readonly<Record<string, string>>
}

/** A first build fetches and compiles what is imported; measured 5 s warm, a minute on a slow machine without cache. */
const buildTimeoutMs = 300_000

/** Answers the binary's path. Any number of processes may build at once. Errors: UserFault (exit 4) when it cannot be built. */
export async function buildProgram(source: ProgramSource): Promise<string> {
  const { exec, sourceDir, cacheDir, env } = source
  const name = basename(sourceDir)
  const folder = join(cacheDir, name, await versionOf(source))
  const path = join(folder, name)
  if (await exists(path)) return path
  await mkdir(folder, { recursive: true })
  // Two builders at once each make their own file; whoever renames last wins with the same program.
  const mine = join(folder, `${name}-${randomUUID()}`)
  const result = await exec.run({
    argv: ['go', 'build', '-trimpath', '-o', mine, '.'],
    cwd: sourceDir,
    env: { ...env, GOFLAGS: '-mod=readonly', GOWORK: 'off', CGO_ENABLED: '0' },
    timeoutMs: buildTimeoutMs,
    maxOutputBytes: 100_000,
  })
  if (result.exit.kind !== 'exited' || result.exit.code !== 0) {
    await rm(mine, { force: true })
    throw new UserFault({
      problem: `The Go program ${name} could not be built: ${result.stderr.trim().slice(-1_500) || JSON.stringify(result.exit)}.`,
      hint: 'It needs Go and, the first time, the module proxy (GOPROXY). `dce doctor` looks at both.',
      exitCode: 4,
    })
  }
  await rename(mine, path)
  return path
}

async function versionOf({ sourceDir, goVersion }: ProgramSource): Promise<string> {
  const hash = createHash('sha256').update(goVersion)
  for (const file of await sourceFiles(sourceDir)) hash.update(relative(sourceDir, file)).update(await readFile(file))
  return hash.digest('hex').slice(0, 16)
}

async function sourceFiles(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const lists = await Promise.all(
    entries.map((entry) => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) return sourceFiles(path)
      return Promise.resolve(/(?:\.go|go\.mod|go\.sum)$/u.test(entry.name) && !entry.name.endsWith('_test.go') ? [path] : [])
    }),
  )
  return lists.flat().sort()
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined
}
