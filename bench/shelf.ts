// What a machine holds where dce has worked before: its Go programs, and the standard library compiled with dce's flags. Made once a run of the benchmark.
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { goCaches } from '../src/adapters/go/go-commands.ts'
import { program } from './programs.ts'
import { makeSite, type Site } from './site.ts'

/** A folder with a build cache, an analyzer and a starter. `close` removes it. */
export interface Shelf {
  /** Path of the program that starts commands. */
  readonly starter: string
  /** Gives a site the caches, as if dce had judged some repository of this machine before. */
  lay(site: Pick<Site, 'folder' | 'repo'>): void
  close(): void
}

/** What dce builds of its own Go code. */
const programs = ['analyzer', 'starter']

/** Judges a repository of one file: that builds both programs and compiles what every program needs. Takes a minute. */
export function makeShelf(): Shelf {
  const folder = mkdtempSync(join(tmpdir(), 'dce-bench-shelf-'))
  const site = makeSite({ agents: 1, files: 1 })
  const words = [program('cli'), 'gate', '--repo', site.repo, '--json']
  const env = { ...process.env, XDG_CACHE_HOME: join(site.folder, 'cache'), XDG_STATE_HOME: join(site.folder, 'state') }
  try {
    // Whatever the verdict is: what counts is what it left in the caches.
    const gate = spawnSync(process.execPath, words, { env, stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' })
    if (!existsSync(join(site.folder, 'cache', 'dce', 'analyzer'))) throw new Error(`dce gate built no analyzer: ${gate.stderr}`)
    for (const name of programs) cpSync(join(site.folder, 'cache', 'dce', name), join(folder, name), { recursive: true })
    copy(goCaches(repositoryFolder(site)).gate, join(folder, 'go-build'))
  } finally {
    rmSync(site.folder, { recursive: true, force: true })
  }
  const [version = ''] = readdirSync(join(folder, 'starter'))
  return {
    starter: join(folder, 'starter', version, 'starter'),
    lay: (given) => {
      for (const name of programs) cpSync(join(folder, name), join(given.folder, 'cache', 'dce', name), { recursive: true })
      copy(join(folder, 'go-build'), goCaches(repositoryFolder(given)).gate)
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** Where dce keeps what it knows of a repository, in a site's own cache. */
export function repositoryFolder({ folder, repo }: Pick<Site, 'folder' | 'repo'>): string {
  const name = createHash('sha256').update(realpathSync(repo)).digest('hex').slice(0, 12)
  return join(folder, 'cache', 'dce', 'repositories', name)
}

// Thousands of small files: `cp` is several times faster than node here.
function copy(from: string, to: string): void {
  mkdirSync(to, { recursive: true })
  execFileSync('cp', ['-R', `${from}/.`, to])
}
