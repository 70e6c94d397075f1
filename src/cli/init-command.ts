// `dce init`: dce's files for a repository, shown as a diff, written after a yes. Nothing is committed.
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, posix, resolve } from 'node:path'
import { inspectRepository, type RepositoryFacts } from '../adapters/git/inspect-repository.ts'
import { type ExitCode, UserFault } from '../fault.ts'
import { publishedAction } from './gate-workflow.ts'
import { initFiles } from './init-files.ts'
import { type Machine, personEnv } from './open-machine.ts'
import type { Terminal } from './terminal.ts'

/** Shows and writes. Exit 3 where nobody can say yes. Errors: UserFault for a folder that is no checkout. */
export async function initCommand(
  machine: Machine,
  terminal: Terminal,
  flags: { readonly repo: string; readonly yes?: boolean; readonly action?: string },
): Promise<ExitCode> {
  const facts = await inspectRepository({ path: resolve(flags.repo), exec: machine.exec, env: personEnv(machine.env) })
  if (facts.bare) throw new UserFault({ problem: `${facts.root} has no files checked out.`, hint: 'Run it in a clone.' })
  const changed: (readonly [string, string])[] = []
  const workflow = {
    action: actionOf(flags.action),
    defaultBranch: await defaultBranch(machine, facts),
    goVersionFile: goVersionFile(facts),
  }
  for (const [path, text] of initFiles((path) => existsSync(join(facts.root, path)), workflow)) {
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

function actionOf(named: string | undefined): string {
  if (named === undefined) return publishedAction
  if (/^[\w.-]+\/[\w.-]+@[\w./-]+$/u.test(named)) return named
  throw new UserFault({
    problem: `\`--action\` must name an action, got "${named}".`,
    hint: `Write owner/name@ref, as in ${publishedAction}.`,
  })
}

function goVersionFile({ goWork, modules }: RepositoryFacts): string {
  if (goWork) return 'go.work'
  const dirs = modules.map(({ dir }) => dir)
  return posix.join(dirs.includes('.') ? '.' : (dirs[0] ?? '.'), 'go.mod')
}

// What origin calls it; else what is checked out here, for a repository that was never pushed.
async function defaultBranch(machine: Machine, { root, head }: RepositoryFacts): Promise<string> {
  const { stdout } = await machine.exec.run({
    argv: ['git', '-C', root, 'symbolic-ref', '--quiet', '--short', 'refs/remotes/origin/HEAD'],
    cwd: root,
    env: personEnv(machine.env),
    timeoutMs: 30_000,
    maxOutputBytes: 4_000,
  })
  const ofOrigin = stdout.trim().replace(/^origin\//u, '')
  if (ofOrigin !== '') return ofOrigin
  return head.kind === 'branch' ? head.name : 'main'
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
