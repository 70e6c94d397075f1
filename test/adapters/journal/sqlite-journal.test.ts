// The journal of one machine: the contract, and what is its own: the lock of a run, the letter box, kills in the middle, broken files.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { closeSync, openSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { openLogSync } from '../../../src/adapters/journal/log-sync.ts'
import { openSqliteJournal, type Processes, type SqliteJournal } from '../../../src/adapters/journal/sqlite-journal.ts'
import { thisProcess } from '../../../src/adapters/journal/this-process.ts'
import { writeTogether } from '../../../src/adapters/journal/transaction.ts'
import { WorldFault } from '../../../src/fault.ts'
import { asRunId } from '../../../src/ids.ts'
import { makeTempDir } from '../../support/git-dir.ts'
import { mountSmallDisk } from '../../support/small-disk.ts'
import { journalContract, type ToldEvent } from './contract.ts'

const run = asRunId('demo-abc123')

function openAt(path: string, processes: Processes = thisProcess()): SqliteJournal<ToldEvent> {
  return openSqliteJournal({ path, processes })
}

/** A machine whose processes are a table from pid to start time. */
function machine(alive: Map<number, string>, pid: number): Processes {
  return { pid, startOf: (other) => alive.get(other) }
}

describe('the sqlite journal', () => {
  journalContract(async () => {
    const path = join(makeTempDir('journal'), 'deep', 'journal.sqlite')
    let open = openAt(path)
    return {
      journal: open,
      reopen: async () => {
        open.close()
        open = openAt(path)
        return open
      },
    }
  })

  it('lists runs with the newest first, how many events they have and who holds them', async () => {
    const journal = openAt(join(makeTempDir('journal'), 'j.sqlite'))
    await journal.append(run, { at: 10, text: 'a' })
    await journal.append(run, { at: 30, text: 'b' })
    await journal.append(asRunId('later-abc123'), { at: 40, text: 'c' })
    journal.hold(run)
    expect(journal.runs()).toEqual([
      { run: 'later-abc123', events: 1, firstAt: 40, lastAt: 40, holder: undefined },
      { run, events: 2, firstAt: 10, lastAt: 30, holder: process.pid },
    ])
  })

  it('gives commands oldest first to the run they were left for, until they are discarded', () => {
    const path = join(makeTempDir('journal'), 'j.sqlite')
    const [writer, reader] = [openAt(path), openAt(path)]
    for (const name of ['pause', 'resume', 'cancel']) writer.post(run, { name })
    writer.post(asRunId('other-abc123'), { name: 'approve' })
    const waiting = reader.waiting(run)
    expect(waiting.map(({ body }) => body)).toEqual([{ name: 'pause' }, { name: 'resume' }, { name: 'cancel' }])
    expect(writer.waiting(run)).toEqual(waiting)
    reader.discard(run, waiting[1]?.letter ?? 0)
    expect(writer.waiting(run).map(({ body }) => body)).toEqual([{ name: 'pause' }, { name: 'cancel' }])
  })

  it('a command that is told twice under one key is left once, also after it was acted upon', () => {
    const journal = openAt(join(makeTempDir('journal'), 'j.sqlite'))
    for (const key of ['comment-1', 'comment-1', 'comment-2']) journal.post(run, { name: 'budget', addUsd: 5 }, key)
    const letters = journal.waiting(run)
    expect(letters).toHaveLength(2)
    for (const { letter } of letters) journal.discard(run, letter)
    journal.post(run, { name: 'budget', addUsd: 5 }, 'comment-1')
    expect(journal.waiting(run)).toEqual([])
  })

  it('forgets a run but not what it spent', async () => {
    const journal = openAt(join(makeTempDir('journal'), 'j.sqlite'))
    await journal.append(run, { at: 1, text: 'a' })
    await journal.once({ run, key: 'k' }, async () => 1)
    journal.purse.settle(journal.purse.reserve({ run, day: '2026-11-23', part: 'work', about: 'x', usd: 2 }), 1.5)
    journal.forget(run)
    expect(await journal.load(run)).toEqual([])
    expect(await journal.recorded({ run, key: 'k' })).toBeUndefined()
    expect(journal.runs()).toEqual([])
    expect(journal.purse.spentUsd({ day: '2026-11-23' })).toBe(1.5)
    expect([...journal.spenders()]).toEqual([run])
  })
})

describe('holding a run', () => {
  it('is refused while another living process holds it, and free again when that lets go', () => {
    const path = join(makeTempDir('journal'), 'j.sqlite')
    const alive = new Map([
      [1, 'start 1'],
      [2, 'start 2'],
    ])
    const [first, second] = [openAt(path, machine(alive, 1)), openAt(path, machine(alive, 2))]
    expect([first.hold(run), second.hold(run), first.hold(run)]).toEqual([true, false, true])
    expect(second.hold(asRunId('other-abc123'))).toBe(true)
    second.release(run)
    expect(second.hold(run)).toBe(false)
    first.release(run)
    expect(second.hold(run)).toBe(true)
  })

  it('is taken over from a process that died, also when somebody else has its pid by now', () => {
    const path = join(makeTempDir('journal'), 'j.sqlite')
    const alive = new Map([
      [1, 'start 1'],
      [2, 'start 2'],
    ])
    openAt(path, machine(alive, 1)).hold(run)
    alive.set(1, 'another start')
    const second = openAt(path, machine(alive, 2))
    expect(second.runs()).toEqual([])
    expect(second.hold(run)).toBe(true)
  })

  it('knows this machine’s processes: itself by a stable text, nobody for a pid that is free', () => {
    const { pid, startOf } = thisProcess()
    expect(startOf(pid)).toBe(startOf(pid))
    expect(startOf(pid)).not.toBe(startOf(process.ppid))
    expect(startOf(2 ** 22 + 1)).toBeUndefined()
  })

  it('is refused to this process while a child of it holds the run, and given once the child was killed', async () => {
    const path = join(makeTempDir('journal'), 'j.sqlite')
    const child = await writeInChild(path, { hold: true, turns: 1_000_000 })
    const journal = openAt(path)
    expect(journal.hold(run)).toBe(false)
    expect(journal.runs()[0]?.holder).toBe(child.pid)
    await child.kill()
    expect(journal.hold(run)).toBe(true)
  })
})

describe('a process that is killed in the middle', () => {
  it('leaves every event and step that it said was durable, in order, and a journal that goes on', async () => {
    const path = join(makeTempDir('journal'), 'j.sqlite')
    const child = await writeInChild(path, { hold: false, turns: 1_000_000 })
    await child.saidAtLeast(40)
    await child.kill()
    const journal = openAt(path)
    const events = await journal.load(run)
    expect(events.length).toBeGreaterThanOrEqual(child.said())
    expect(events.map((event) => event.at)).toEqual(events.map((_, index) => index))
    for (let turn = 0; turn < child.said(); turn++) expect(await journal.recorded({ run, key: `turn ${turn}` })).toEqual({ paid: turn })
    await journal.append(run, { at: events.length, text: 'after' })
    expect(await journal.load(run)).toHaveLength(events.length + 1)
  })

  it('loses nothing to another process that writes at the same time', async () => {
    const path = join(makeTempDir('journal'), 'j.sqlite')
    const children = await Promise.all([1, 2, 3].map(() => writeInChild(path, { hold: false, turns: 30 })))
    await Promise.all(children.map((child) => child.ended))
    expect(await openAt(path).load(run)).toHaveLength(90)
  })
})

/** What this process has open. */
function openFiles(): readonly string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)]
    } catch {
      return []
    }
  })
}

describe('the log of an open database', () => {
  it('is synced before anybody is told, for all of one moment at once, while the program goes on', async () => {
    const path = join(makeTempDir('journal'), 'j.sqlite')
    const journal = openAt(path)
    const order: string[] = []
    const told = [1, 2, 3].map((at) => journal.append(run, { at, text: 'x' }).then(() => order.push('told')))
    await new Promise((resolve) => setImmediate(() => resolve(order.push('went on'))))
    await Promise.all(told)
    expect(order).toEqual(['went on', 'told', 'told', 'told'])
  })

  it('may be closed while it is synced: who waits is told, and the file is let go of', async () => {
    for (let round = 0; round < 30; round++) {
      const path = join(makeTempDir('journal'), 'j.sqlite')
      const journal = openAt(path)
      const first = journal.append(run, { at: 1, text: 'a' })
      // The first is being synced by now.
      await new Promise((resolve) => setImmediate(resolve))
      const second = journal.append(run, { at: 2, text: 'b' })
      journal.close()
      await Promise.all([first, second])
      await expect.poll(() => openFiles().filter((name) => name.startsWith(path))).toEqual([])
    }
  })

  it('that cannot be synced is a fault of the journal, for everybody who waits', async () => {
    const { sync } = openLogSync('/proc/no-such-folder/j.sqlite')
    await expect(sync()).rejects.toThrow('journal: cannot write /proc/no-such-folder/j.sqlite-wal to the disk')
    const folder = makeTempDir('journal')
    // A folder in its place opens, and syncs; a pipe does not.
    execFileSync('mkfifo', [join(folder, 'j.sqlite-wal')])
    const holding = openSync(join(folder, 'j.sqlite-wal'), 'r+')
    const log = openLogSync(join(folder, 'j.sqlite'))
    const answers = await Promise.allSettled([log.sync(), log.sync()])
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    closeSync(holding)
  })
})

describe('writes of one moment', () => {
  it('share a commit, and all of them fail when it does', async () => {
    const db = new DatabaseSync(':memory:')
    const commits = countCommits(db)
    db.exec('CREATE TABLE t (n INTEGER PRIMARY KEY)')
    const insert = db.prepare('INSERT INTO t VALUES (?)')
    const together = writeTogether(db, { withRoom: (write) => write() }, async () => undefined)
    await Promise.all([1, 2, 3].map((n) => together.write('write', () => insert.run(n))))
    await together.write('write', () => insert.run(4))
    expect(commits()).toBe(2)
    const [bad, good] = await Promise.allSettled([3, 5].map((n) => together.write('write', () => insert.run(n))))
    expect([bad?.status, good?.status]).toEqual(['rejected', 'rejected'])
    expect(db.prepare('SELECT COUNT(*) AS count FROM t').get()).toMatchObject({ count: 4 })
    await together.write('write', () => insert.run(5))
    expect(commits()).toBe(3)
  })

  it('go with the commit of exclusive work, and are written without it when it throws', async () => {
    const db = new DatabaseSync(':memory:')
    const commits = countCommits(db)
    db.exec('CREATE TABLE t (n INTEGER PRIMARY KEY)')
    const insert = db.prepare('INSERT INTO t VALUES (?)')
    const together = writeTogether(db, { withRoom: (write) => write() }, async () => undefined)
    const written = together.write('write', () => insert.run(1))
    expect(await together.exclusively(() => insert.run(2).changes)).toBe(1)
    await written
    expect(commits()).toBe(1)
    const alone = together.write('write', () => insert.run(3))
    await expect(together.exclusively(() => insert.run(1))).rejects.toThrow(/UNIQUE/u)
    await alone
    expect(
      db
        .prepare('SELECT n FROM t ORDER BY n')
        .all()
        .map((row) => row['n']),
    ).toEqual([1, 2, 3])
  })

  it('that still wait are written before the journal closes', async () => {
    const path = join(makeTempDir('journal'), 'j.sqlite')
    const journal = openAt(path)
    const told = journal.append(run, { at: 1, text: 'a' })
    journal.close()
    await told
    expect(await openAt(path).load(run)).toEqual([{ at: 1, text: 'a' }])
  })
})

function countCommits(db: DatabaseSync): () => number {
  let commits = 0
  const exec = db.exec.bind(db)
  db.exec = (sql: string) => {
    if (sql === 'COMMIT') commits += 1
    exec(sql)
  }
  return () => commits
}

describe('a file that cannot be used', () => {
  it('is a fault of the journal when it cannot be opened', () => {
    const dir = makeTempDir('journal')
    writeFileSync(join(dir, 'file'), 'not a folder')
    expect(() => openAt(join(dir, 'file', 'j.sqlite'))).toThrow(WorldFault)
    writeFileSync(join(dir, 'text.sqlite'), 'this is no database, whatever its name says. '.repeat(100))
    expect(() => openAt(join(dir, 'text.sqlite'))).toThrow(/journal: cannot open .*text.sqlite/u)
  })

  it('is a fault of the journal when it cannot be written', async () => {
    const path = join(makeTempDir('journal'), 'j.sqlite')
    const journal = openAt(path)
    journal.close()
    await expect(journal.append(run, { at: 1, text: 'a' })).rejects.toThrow(WorldFault)
    await expect(journal.load(run)).rejects.toThrow(WorldFault)
  })
})

describe('a full disk', () => {
  const disk = mountSmallDisk(join(makeTempDir('journal'), 'disk'), 3 * 1024 * 1024)
  afterAll(() => disk?.unmount())

  it.skipIf(disk === undefined)(
    'still takes what is paid for, lets nothing new be paid, and is a journal as before once there is space',
    async () => {
      const path = join(disk?.path ?? '', 'j.sqlite')
      const reopen = () => openSqliteJournal<ToldEvent>({ path, processes: thisProcess(), reserveBytes: 1024 * 1024 })
      const money = { run, day: '2026-11-23', part: 'work', about: 'x', usd: 2 } as const
      const journal = reopen()
      const paid = journal.purse.reserve(money)
      disk?.fill()
      const answer = 'x'.repeat(300_000)
      expect(await journal.once({ run, key: 'answer' }, async () => answer)).toBe(answer)
      journal.purse.settle(paid, 1)
      await journal.append(run, { at: 1, text: 'stopped: the disk is full' })
      expect(() => journal.purse.reserve(money)).toThrow(/no space left on device/u)
      journal.close()

      const still = reopen()
      expect(await still.load(run)).toHaveLength(1)
      expect(() => still.purse.reserve(money)).toThrow(/no space left on device/u)
      still.close()

      disk?.free()
      const after = reopen()
      expect(await after.recorded({ run, key: 'answer' })).toBe(answer)
      expect(after.purse.spentUsd({ run })).toBe(1)
      after.purse.reserve(money)
      after.close()
    },
  )

  it.skipIf(disk === undefined)('that stays full is a fault of the journal in the end', async () => {
    const path = join(disk?.path ?? '', 'other.sqlite')
    const journal = openSqliteJournal<ToldEvent>({ path, processes: thisProcess(), reserveBytes: 1024 })
    disk?.fill()
    const write = async () => {
      for (let at = 0; at < 1_000; at++) await journal.append(run, { at, text: 'x'.repeat(10_000) })
    }
    await expect(write()).rejects.toThrow(/journal: cannot append an event: .*(full|I\/O)/u)
    const kept = await journal.load(run)
    expect(kept.map((event) => event.at)).toEqual(kept.map((_, index) => index))
    journal.close()
    disk?.free()
  })
})

const started: ChildProcess[] = []

afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL')
})

interface Child {
  readonly pid: number
  readonly ended: Promise<void>
  /** Turns it said were durable. */
  said(): number
  saidAtLeast(turns: number): Promise<void>
  kill(): Promise<void>
}

/** Starts a process that appends an event and records a step per turn, and says so behind each; waits for its first word. */
async function writeInChild(path: string, what: { readonly hold: boolean; readonly turns: number }): Promise<Child> {
  const script = fileURLToPath(new URL('./write-turns.ts', import.meta.url))
  const child = spawn(process.execPath, [script, path, String(what.turns), what.hold ? 'hold' : ''], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  started.push(child)
  let lines = 0
  let heard: () => void = () => undefined
  child.stdout.on('data', (data: Buffer) => {
    lines += data.toString().split('\n').length - 1
    heard()
  })
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()))
  const saidAtLeast = async (turns: number) => {
    while (lines < turns && child.exitCode === null) {
      const line = new Promise<void>((resolve) => {
        heard = resolve
      })
      await Promise.race([line, ended])
    }
  }
  await saidAtLeast(1)
  const kill = async () => {
    child.kill('SIGKILL')
    await ended
  }
  return { pid: child.pid ?? -1, ended, said: () => lines, saidAtLeast, kill }
}
