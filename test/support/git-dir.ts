// A record of path -> content -> a real git repository in a temporary folder, with commits, for tests. Removed after the test file.
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll } from 'vitest'
import type { Sha } from '../../src/ids.ts'
import { asSha } from '../../src/ids.ts'

/** What a file becomes: text, bytes, gone (`null`), executable text, or a symbolic link. */
export type FileContent = string | Uint8Array | null | { readonly executable: string } | { readonly linkTo: string }
/** Path relative to the root -> what is there. */
export type Files = Readonly<Record<string, FileContent>>

/** A repository on disk. */
export interface GitDir {
  /** Absolute path of its checkout. */
  readonly dir: string
  /** Runs git there and answers its output without the last newline. Throws when git fails. */
  git(...args: readonly string[]): string
  /** Writes files into the checkout without committing. */
  write(files: Files): void
  /** Writes files, commits everything, answers the commit. */
  commit(files: Files, message?: string): Sha
  /** The commit of HEAD. */
  head(): Sha
}

/** A repository on branch `main` with one commit that holds these files. */
export function makeGitDir(files: Files = { 'README.md': 'base\n' }): GitDir {
  const repository = gitDirAt(makeTempDir('repo'))
  repository.git('init', '--quiet', '--initial-branch=main')
  repository.commit(files, 'base')
  return repository
}

/** The same handle on a folder that is a repository already (a clone, a linked worktree). */
export function gitDirAt(dir: string): GitDir {
  const git = (...args: readonly string[]) =>
    execFileSync('git', args, { cwd: dir, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 64 * 1024 * 1024 }).replace(
      /\n$/,
      '',
    )
  const head = () => asSha(git('rev-parse', 'HEAD'))
  const write = (files: Files) => writeFiles(dir, files)
  const commit = (files: Files, message = 'change') => {
    write(files)
    git('add', '-A')
    git('commit', '--quiet', '--allow-empty', '--no-verify', '-m', message)
    return head()
  }
  return { dir, git, write, commit, head }
}

/** Writes files below a folder. */
export function writeFiles(root: string, files: Files): void {
  for (const [path, content] of Object.entries(files)) {
    const full = join(root, path)
    if (content === null || (typeof content === 'object' && 'linkTo' in content)) rmSync(full, { recursive: true, force: true })
    if (content === null) continue
    mkdirSync(dirname(full), { recursive: true })
    if (typeof content === 'string' || content instanceof Uint8Array) writeFileSync(full, content)
    else if ('linkTo' in content) symlinkSync(content.linkTo, full)
    else {
      writeFileSync(full, content.executable)
      chmodSync(full, 0o755)
    }
  }
}

const made: string[] = []

/** A temporary folder (real path) that is removed after the test file. */
export function makeTempDir(name = 'tmp'): string {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), `dce-test-${name}-`)))
  made.push(dir)
  return dir
}

afterAll(() => {
  for (const dir of made.splice(0)) rmSync(dir, { recursive: true, force: true })
})
