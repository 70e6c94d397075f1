// The journal of one machine: events, recorded effects, commands and the lock of each run in one node:sqlite file. Knows no stage.
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { RunId } from '../../ids.ts'
import type { Journal, Purse } from '../../world.ts'
import { copyRun, countSpent, type RunCopy, takeInRun } from './copy-run.ts'
import { type DiskReserve, defaultReserveBytes, keepReserve } from './disk-reserve.ts'
import { type LogSync, openLogSync } from './log-sync.ts'
import { sqlitePurse } from './sqlite-purse.ts'
import { durably, guarded, inTransaction, writeTogether } from './transaction.ts'

/** A run as the list shows it: times in ms since the epoch. `holder`: pid of the process that carries it out, if that process lives. */
export interface JournaledRun {
  readonly run: RunId
  readonly events: number
  readonly firstAt: number
  readonly lastAt: number
  readonly holder: number | undefined
}

/** What one process needs besides the port: the list of runs, the lock of a run, and a letter box for commands from other processes. */
export interface SqliteJournal<Event> extends Journal<Event> {
  runs(): readonly JournaledRun[]
  /** Takes the run for this process; false when a living process has it. */
  hold(run: RunId): boolean
  release(run: RunId): void
  /** Leaves a command for the process that holds the run. Under a key that was used before nothing is left: the same comment, told twice, acts once. */
  post(run: RunId, command: unknown, key?: string): void
  /** Commands that were left, oldest first, with their growing numbers; each stays until it is discarded. */
  waiting(run: RunId): readonly { readonly letter: number; readonly body: unknown }[]
  discard(run: RunId, letter: number): void
  readonly purse: Purse
  /** See {@link RunCopy}. `without`: keys whose values nobody needs any more. */
  copy(run: RunId, without: (key: string) => boolean): RunCopy
  /** Counts what a run spent on another machine, and takes nothing else of it. */
  countSpent(copy: Pick<RunCopy, 'run' | 'spent'>): void
  /** Puts a copy in the place of what is known of its run. */
  takeIn(copy: RunCopy): void
  /** Removes all of a run but what it spent: days' caps go on counting it. Its id is not given again: see {@link spenders}. */
  forget(run: RunId): void
  /** Every run that money was reserved for, also those that are forgotten: under the same id another run would begin with their bill. */
  spenders(): ReadonlySet<string>
  close(): void
}

// The sums in `spent` are asked before every turn: they must not cost more the longer a run is. A file of an older release has none yet.
const schema = `
  CREATE TABLE IF NOT EXISTS event (run TEXT NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (run, seq)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS recorded (run TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (run, key)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS command (id INTEGER PRIMARY KEY AUTOINCREMENT, run TEXT NOT NULL, body TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS holder (run TEXT PRIMARY KEY, pid INTEGER NOT NULL, started TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS spend (id INTEGER PRIMARY KEY AUTOINCREMENT, run TEXT NOT NULL, day TEXT NOT NULL, part TEXT NOT NULL, about TEXT NOT NULL, usd REAL NOT NULL, state TEXT NOT NULL);
  CREATE INDEX IF NOT EXISTS spend_run ON spend (run, part);
  CREATE INDEX IF NOT EXISTS spend_day ON spend (day);
  CREATE TABLE IF NOT EXISTS spent (run TEXT NOT NULL, day TEXT NOT NULL, part TEXT NOT NULL, usd REAL NOT NULL, PRIMARY KEY (run, day, part)) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS spent_day ON spent (day);
  CREATE TRIGGER IF NOT EXISTS spend_reserved AFTER INSERT ON spend BEGIN
    INSERT INTO spent VALUES (new.run, new.day, new.part, new.usd) ON CONFLICT (run, day, part) DO UPDATE SET usd = usd + excluded.usd;
  END;
  CREATE TRIGGER IF NOT EXISTS spend_settled AFTER UPDATE OF usd ON spend BEGIN
    UPDATE spent SET usd = usd + new.usd - old.usd WHERE run = new.run AND day = new.day AND part = new.part;
  END;
  INSERT INTO spent SELECT run, day, part, SUM(usd) FROM spend WHERE NOT EXISTS (SELECT 1 FROM spent) GROUP BY run, day, part;
`

/** How long a writer waits for another one, ms. Chosen: longer than any transaction here. */
const lockTimeoutMs = 10_000

/** Facts about processes that the lock needs; a pid alone may be somebody else by now. */
export interface Processes {
  readonly pid: number
  /** A text that is the same as long as the pid is the same process; undefined when there is none. */
  startOf(pid: number): string | undefined
}

/**
 * Opens (and creates) the journal file. Durable: a write-ahead log that is synced before anybody is told. A sync takes 0.2 to 5 ms, much more on
 * a busy disk: the program goes on meanwhile, and events and steps of one moment share one.
 * On a full disk what was paid for is still written, into `<path>.reserve`'s space, and no money is reserved any more.
 * Errors: WorldFault('journal') when the file cannot be opened or written (disk full, read-only).
 */
export function openSqliteJournal<Event extends { readonly at: number }>(request: {
  readonly path: string
  readonly processes: Processes
  readonly reserveBytes?: number
}): SqliteJournal<Event> {
  const db = open(request.path)
  const room = request.path === ':memory:' ? noReserve : keepReserve(`${request.path}.reserve`, request.reserveBytes ?? defaultReserveBytes)
  const writing = <Value>(what: string, write: () => Value): Value => guarded(what, () => room.withRoom(() => durably(db, write)))
  const begun = new Map<string, Promise<unknown>>()
  const insert = db.prepare('INSERT INTO event (run, seq, at, body) SELECT ?, COALESCE(MAX(seq), 0) + 1, ?, ? FROM event WHERE run = ?')
  const find = db.prepare('SELECT value FROM recorded WHERE run = ? AND key = ?')
  const all = db.prepare('SELECT body FROM event WHERE run = ? ORDER BY seq')
  const record = db.prepare('INSERT OR IGNORE INTO recorded (run, key, value) VALUES (?, ?, ?)')
  // Asked several times a second, as long as a run goes on.
  const letters = db.prepare('SELECT id, body FROM command WHERE run = ? ORDER BY id')
  const log = request.path === ':memory:' ? noLog : openLogSync(request.path)
  const together = writeTogether(db, room, log.sync)

  const recorded = <Value>(run: RunId, key: string): { readonly value: Value } | undefined => {
    const row = guarded('look up a step', () => find.get(run, key))
    return row === undefined ? undefined : { value: decode(String(row['value'])) as Value }
  }
  // The first caller gets what later ones get: the value as it came back from the file, and from the process that was first.
  const once = async <Value>(run: RunId, key: string, effect: () => Promise<Value>): Promise<Value> => {
    const before = recorded<Value>(run, key)
    if (before !== undefined) return before.value
    const value = await effect()
    const text = encode(value)
    let isFirst = true
    await together.write('record a step', () => {
      isFirst = Number(record.run(run, key, text).changes) === 1
    })
    const after = isFirst ? undefined : recorded<Value>(run, key)
    return after === undefined ? (decode(text) as Value) : after.value
  }

  return {
    append: (run, event) => {
      const text = JSON.stringify(event)
      return together.write('append an event', () => insert.run(run, event.at, text, run))
    },
    load: async (run) => guarded('read the events', () => all.all(run)).map((row) => JSON.parse(String(row['body'])) as Event),
    once: <Value>({ run, key }: { run: RunId; key: string }, effect: () => Promise<Value>) => {
      const name = `${run}\u0000${key}`
      const running = begun.get(name) as Promise<Value> | undefined
      if (running !== undefined) return running
      const promise = once(run, key, effect).finally(() => begun.delete(name))
      begun.set(name, promise)
      return promise
    },
    recorded: async <Value>({ run, key }: { run: RunId; key: string }) => recorded<Value>(run, key)?.value,
    runs: () => listRuns(db, request.processes),
    hold: (run) => writing('hold a run', () => hold(db, request.processes, run)),
    release: (run) =>
      void writing('let go of a run', () => db.prepare('DELETE FROM holder WHERE run = ? AND pid = ?').run(run, request.processes.pid)),
    post: (run, command, key) =>
      void writing('leave a command', () =>
        inTransaction(db, () => {
          const isNew = key === undefined || Number(record.run(run, `letter/${key}`, '').changes) === 1
          if (isNew) db.prepare('INSERT INTO command (run, body) VALUES (?, ?)').run(run, JSON.stringify(command))
        }),
      ),
    waiting: (run) => waitingCommands(letters, run),
    discard: (run, letter) =>
      writing('discard a command', () => {
        db.prepare('DELETE FROM command WHERE run = ? AND id = ?').run(run, letter)
      }),
    purse: sqlitePurse(db, { path: request.path, room, together }),
    copy: (run, without) => {
      together.flush()
      return copyRun(db, run, without)
    },
    countSpent: (copy) => {
      together.flush()
      countSpent(db, copy)
    },
    takeIn: (copy) => {
      together.flush()
      takeInRun(db, copy)
    },
    forget: (run) => {
      together.flush()
      guarded('forget a run', () =>
        durably(db, () =>
          inTransaction(db, () => {
            for (const table of ['event', 'recorded', 'command', 'holder']) db.prepare(`DELETE FROM ${table} WHERE run = ?`).run(run)
          }),
        ),
      )
    },
    spenders: () => {
      together.flush()
      return new Set(guarded('list who spent', () => db.prepare('SELECT DISTINCT run FROM spent').all()).map((row) => String(row['run'])))
    },
    close: () => {
      together.flush()
      log.close()
      db.close()
    },
  }
}

/** A journal in memory has no disk. */
const noReserve: DiskReserve = { withRoom: (write) => write(), isSpent: () => false }
const noLog: LogSync = { sync: async () => undefined, close: () => undefined }

function open(path: string): DatabaseSync {
  return guarded(`open ${path}`, () => {
    mkdirSync(dirname(path), { recursive: true })
    const db = new DatabaseSync(path, { timeout: lockTimeoutMs })
    waitingForLock(() => db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;'))
    inTransaction(db, () => db.exec(schema))
    return db
  })
}

// A new file's switch to WAL does not wait for another process that does the same, whatever the timeout (tried: 3 of 18 openings failed).
function waitingForLock<Value>(work: () => Value): Value {
  const giveUpAt = Date.now() + lockTimeoutMs
  for (;;) {
    try {
      return work()
    } catch (cause) {
      if (!String(cause).includes('database is locked') || Date.now() > giveUpAt) throw cause
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)
    }
  }
}

// `undefined` has no JSON; the empty text is none either, so it stands for it.
function encode(value: unknown): string {
  return JSON.stringify(value) ?? ''
}

function decode(text: string): unknown {
  return text === '' ? undefined : JSON.parse(text)
}

function listRuns(db: DatabaseSync, processes: Processes): readonly JournaledRun[] {
  const rows = db
    .prepare('SELECT run, COUNT(*) AS events, MIN(at) AS first, MAX(at) AS last FROM event GROUP BY run ORDER BY last DESC')
    .all()
  return rows.map((row) => ({
    run: String(row['run']) as RunId,
    events: Number(row['events']),
    firstAt: Number(row['first']),
    lastAt: Number(row['last']),
    holder: holderOf(db, processes, String(row['run'])),
  }))
}

function holderOf(db: DatabaseSync, processes: Processes, run: string): number | undefined {
  const row = db.prepare('SELECT pid, started FROM holder WHERE run = ?').get(run)
  if (row === undefined) return undefined
  const pid = Number(row['pid'])
  return processes.startOf(pid) === String(row['started']) ? pid : undefined
}

function hold(db: DatabaseSync, processes: Processes, run: RunId): boolean {
  return inTransaction(db, () => {
    const holder = holderOf(db, processes, run)
    if (holder !== undefined && holder !== processes.pid) return false
    db.prepare('INSERT OR REPLACE INTO holder (run, pid, started) VALUES (?, ?, ?)').run(
      run,
      processes.pid,
      processes.startOf(processes.pid) ?? '',
    )
    return true
  })
}

function waitingCommands(letters: StatementSync, run: RunId): readonly { readonly letter: number; readonly body: unknown }[] {
  return guarded('read commands', () => letters.all(run)).map((row) => ({
    letter: Number(row['id']),
    body: JSON.parse(String(row['body'])) as unknown,
  }))
}
