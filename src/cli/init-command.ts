// `dce init`: dce's files for a repository, shown as a diff, written after a yes. Nothing is committed.
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { inspectRepository } from '../adapters/git/inspect-repository.ts'
import { type ExitCode, UserFault } from '../fault.ts'
import { initFiles } from './init-files.ts'
import { type Machine, personEnv } from './open-machine.ts'
import type { Terminal } from './terminal.ts'

/** Shows and writes. Exit 3 where nobody can say yes. Errors: UserFault for a folder that is no checkout. */
export async function initCommand(
  machine: Machine,
  terminal: Terminal,
  flags: { readonly repo: string; readonly yes?: boolean },
): Promise<ExitCode> {
  const facts = await inspectRepository({ path: resolve(flags.repo), exec: machine.exec, env: personEnv(machine.env) })
  if (facts.bare) throw new UserFault({ problem: `${facts.root} has no files checked out.`, hint: 'Run it in a clone.' })
  const changed: (readonly [string, string])[] = []
  for (const [path, text] of initFiles((path) => existsSync(join(facts.root, path)))) {
    const before = await readFile(join(facts.root, path), 'utf8').catch(() => undefined)
    if (before !== text) changed.push([path, text])
  }
  if (changed.length === 0) {
    terminal.out('Everything is as `dce init` would write it.')
    return 0
  }
  for (const [path, text] of changed) terminal.out(await diffOf(machine, { root: facts.root, path, text }))
  if (flags.yes !== true) {
    if (!terminal.isTty) {
      terminal.err('Nothing was written: say --yes.')
      return 3
    }
    if (!(await terminal.confirm(`Write ${changed.length === 1 ? 'this file' : `these ${changed.length} files`}?`))) return 3
  }
  for (const [path, text] of changed) {
    await mkdir(dirname(join(facts.root, path)), { recursive: true })
    await writeFile(join(facts.root, path), text)
  }
  terminal.out(`Written: ${changed.map(([path]) => path).join(', ')}. Commit them; dce reads them from the base branch.`)
  return 0
}

// By git, which knows how people read a diff.
async function diffOf(machine: Machine, file: { readonly root: string; readonly path: string; readonly text: string }): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'dce-init-'))
  try {
    const next = join(folder, file.path)
    await mkdir(dirname(next), { recursive: true })
    await writeFile(next, file.text)
    const old = join(file.root, file.path)
    const { stdout } = await machine.exec.run({
      argv: ['git', 'diff', '--no-index', '--no-color', existsSync(old) ? old : '/dev/null', next],
      cwd: folder,
      env: personEnv(machine.env),
      timeoutMs: 30_000,
      maxOutputBytes: 200_000,
    })
    const body = stdout.split('\n').filter((line) => !/^(?:diff|index|new file|---|\+\+\+) /u.test(line))
    return [`--- ${existsSync(old) ? file.path : '/dev/null'}`, `+++ ${file.path}`, ...body].join('\n')
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
