// A real PostgreSQL of our own: an empty database, an unprivileged owner, nothing left behind. Skipped where the machine has no PostgreSQL.
import { existsSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { databases } from '../../../src/adapters/postgres/open-database.ts'
import { openSandbox } from '../../../src/adapters/sandbox/sandbox.ts'
import type { ScratchDatabase } from '../../../src/world.ts'
import { directExec } from '../../support/direct-exec.ts'

const clock = { now: () => Date.now(), sleep: (ms: number) => sleep(ms) }
const path = process.env['PATH'] ?? ''

async function withDatabase(use: (database: ScratchDatabase) => Promise<void>): Promise<'ran' | string> {
  const sandbox = await openSandbox({ mode: 'on', exec: directExec, visible: [], allowedHosts: [] })
  const opened = await databases({ exec: directExec, sandbox, clock, path })()
  if (opened.kind === 'none') return opened.why
  try {
    await use(opened.database)
  } finally {
    await opened.database.close()
    await sandbox.close()
  }
  return 'ran'
}

describe('a database for the gate', () => {
  it('takes statements as one query, says where it refuses, and cannot start programs or read files', async (context) => {
    const there = () => readdirSync(tmpdir()).filter((name) => name.startsWith('dce-pg-'))
    const before = new Set(there())
    const ran = await withDatabase(async (database) => {
      expect(await database.run('CREATE TABLE a (id int);\nINSERT INTO a VALUES (1);')).toEqual({ kind: 'done' })
      expect(await database.run('SELECT 1;\nSELECT nothing FROM a;')).toEqual({
        kind: 'refused',
        message: expect.stringContaining('column "nothing" does not exist'),
        line: 2,
      })
      expect(await database.run("COPY a FROM PROGRAM 'echo 1'")).toMatchObject({
        kind: 'refused',
        message: expect.stringMatching(/superuser|permission denied/),
      })
      expect(await database.run("COPY a FROM '/etc/passwd'")).toMatchObject({ kind: 'refused' })
      expect((await database.run('\\! touch /tmp/dce-escaped')).kind).toBe('refused')
      const long = `SELECT '${'x'.repeat(200_000)}';`
      expect(await database.run(long)).toEqual({ kind: 'done' })
      expect((await database.run(`${long}\n\\! echo`)).kind).toBe('stuck')
    })
    if (ran !== 'ran') return context.skip(ran)
    // Other tests have databases of their own meanwhile: theirs go away too, one that was left behind does not.
    const after = there().filter((name) => !before.has(name))
    await expect.poll(() => there().filter((name) => after.includes(name)), { timeout: 25_000, interval: 250 }).toEqual([])
    expect(existsSync('/tmp/dce-escaped')).toBe(false)
  })

  it('answers why there is none for an address that is no PostgreSQL address', async () => {
    const sandbox = await openSandbox({ mode: 'off', exec: directExec, visible: [], allowedHosts: [] })
    const opened = await databases({ exec: directExec, sandbox, clock, path, url: 'mysql://root@localhost/app' })()
    expect(opened).toEqual({ kind: 'none', why: 'DCE_GATE_DATABASE_URL is no postgres:// address' })
  })

  it('answers why there is none on a machine without PostgreSQL that can be reached', async () => {
    const sandbox = await openSandbox({ mode: 'off', exec: directExec, visible: [], allowedHosts: [] })
    const opened = await databases({ exec: directExec, sandbox, clock, path, url: 'postgres://nobody:secret@127.0.0.1:1/none' })()
    expect(opened).toMatchObject({ kind: 'none', why: expect.not.stringContaining('secret') })
  })
})
