// dce's own CLI as a process under measurement, and what its journal and its mirror tell of it from outside.
import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RunEvent } from '../src/run/event.ts'
import { program } from './programs.ts'
import type { Site } from './site.ts'
import { descendants } from './watch.ts'

/** A run in progress. */
export interface DceProcess {
  readonly process: ChildProcess
  /** Resolves when the process is gone. */
  readonly ended: Promise<void>
  /** The end of what it printed. */
  said(): string
  /** Kills it and all it started, at once. */
  kill(): Promise<void>
}

/** Starts `dce` with these words, its state and cache in the site's folder. On a terminal, so that the live board is drawn: `script` gives it one. */
export function startDce(request: { readonly site: Site; readonly url: string; readonly words: readonly string[] }): DceProcess {
  const { site, url, words } = request
  const command = [process.execPath, program('cli'), ...words].map((word) => `'${word}'`).join(' ')
  const env = { ...process.env, ...homesOf(site), ANTHROPIC_API_KEY: 'bench', ANTHROPIC_BASE_URL: url, TERM: 'xterm' }
  const child = spawn('script', ['-qfec', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'], env })
  let said = ''
  child.stdout.on('data', (data) => {
    said = (said + String(data)).slice(-20_000)
  })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  return {
    process: child,
    ended,
    said: () => said,
    kill: async () => {
      for (const pid of descendants(child.pid ?? 0).toReversed()) killOne(pid)
      await ended
    },
  }
}

/** Where a site's dce keeps its state and its caches. */
export function homesOf({ folder }: Pick<Site, 'folder'>): { readonly XDG_STATE_HOME: string; readonly XDG_CACHE_HOME: string } {
  return { XDG_STATE_HOME: join(folder, 'state'), XDG_CACHE_HOME: join(folder, 'cache') }
}

/** Words of a run whose plan needs no yes, as large as asked and without a cap that could hold it up. */
export function runWords(site: Site, more: readonly string[]): readonly string[] {
  return ['run', site.spec, '--repo', site.repo, '--yes', '--budget-usd', '1000', ...more]
}

/** All events in the site's journal so far; empty while there is none. */
export function eventsOf(site: Pick<Site, 'folder'>): readonly RunEvent[] {
  return inJournal(site, (journal) =>
    journal
      .prepare('SELECT body FROM event ORDER BY at, seq')
      .all()
      .map((row) => JSON.parse(String(row['body'])) as RunEvent),
  )
}

/** Keys of the turns and calls that the site's journal holds. */
export function recordedKeys(site: Pick<Site, 'folder'>): readonly string[] {
  return inJournal(site, (journal) =>
    journal
      .prepare('SELECT key FROM recorded')
      .all()
      .map((row) => String(row['key'])),
  )
}

function inJournal<Row>({ folder }: Pick<Site, 'folder'>, read: (journal: DatabaseSync) => readonly Row[]): readonly Row[] {
  try {
    const journal = new DatabaseSync(join(folder, 'state', 'dce', 'journal.sqlite'), { readOnly: true })
    try {
      return read(journal)
    } finally {
      journal.close()
    }
  } catch {
    return []
  }
}

/** Looks into the journal again and again until `found` answers. Errors: when dce ended before. */
export async function until<Value>(
  run: { readonly site: Pick<Site, 'folder'>; readonly dce: DceProcess; readonly everyMs: number },
  found: (events: readonly RunEvent[]) => Value | undefined,
): Promise<Value> {
  let isOver = false
  void run.dce.ended.then(() => {
    isOver = true
  })
  for (;;) {
    const wasOver = isOver
    const value = found(eventsOf(run.site))
    if (value !== undefined) return value
    if (wasOver) throw new Error(`dce ended too early:\n${run.dce.said()}`)
    await sleep(run.everyMs)
  }
}

/** When a branch of the run was last moved in the mirror, ms since the epoch: a loose ref is written anew. */
export function branchMovedAt(site: Pick<Site, 'folder'>, branch: string): number {
  const mirrors = join(site.folder, 'cache', 'dce', 'mirrors')
  for (const mirror of readdirSync(mirrors)) {
    const stats = statSync(join(mirrors, mirror, 'refs', 'heads', branch), { throwIfNoEntry: false })
    if (stats !== undefined) return stats.mtimeMs
  }
  throw new Error(`no branch ${branch} below ${mirrors}`)
}

function killOne(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended by itself.
  }
}
