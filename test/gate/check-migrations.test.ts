// New migrations on a real PostgreSQL: up, down, up again. Where this machine has none, what is held is that nothing is proven.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { databases } from '../../src/adapters/postgres/open-database.ts'
import { type OpenSandbox, openSandbox } from '../../src/adapters/sandbox/sandbox.ts'
import { defaultConfig } from '../../src/config.ts'
import type { Change, MeasuredTree } from '../../src/gate/change.ts'
import { checkMigrations } from '../../src/gate/check-migrations.ts'
import { noFacts } from '../../src/gate/measure-facts.ts'
import { asRepoPath } from '../../src/ids.ts'
import { directExec } from '../support/direct-exec.ts'

let sandbox: OpenSandbox
beforeAll(async () => {
  sandbox = await openSandbox({ mode: 'on', exec: directExec, visible: [], allowedHosts: [] })
})
afterAll(() => sandbox.close())

type Texts = Readonly<Record<string, string>>

function treeOf(texts: Texts, requires: readonly string[]): MeasuredTree {
  const modules = [{ file: 'go.mod', path: 'm', requires: [...requires], replaces: [] }]
  return {
    files: Object.keys(texts),
    compile: { modules, packages: [], taggedFiles: [], errors: [], stuck: [] },
    style: { unformatted: [], vet: [], stuck: [] },
    facts: noFacts,
    factsStuck: [],
  }
}

async function check(base: Texts, added: Texts, requires: readonly string[] = []) {
  const clock = { now: () => Date.now(), sleep: (ms: number) => sleep(ms) }
  const texts = { ...base, ...added }
  const change: Change = {
    head: treeOf(texts, requires),
    base: treeOf(base, requires),
    changes: Object.keys(added).map((path) => ({ path: asRepoPath(path), change: 'added' })),
    addedLines: new Map(),
    excused: new Set(),
    granted: [],
    level: 'production',
    config: defaultConfig.gate,
  }
  const openDatabase = databases({ exec: directExec, sandbox, clock, path: process.env['PATH'] ?? '' })
  return checkMigrations({ change, openDatabase, read: async (path) => texts[path] ?? '' })
}

const base: Texts = {
  'migrations/0001_rates.up.sql': 'CREATE TABLE rates (name text PRIMARY KEY);\n',
  'migrations/0001_rates.down.sql': 'DROP TABLE rates;\n',
}
const next = (up: string, down: string): Texts => ({ 'migrations/0002_tags.up.sql': up, 'migrations/0002_tags.down.sql': down })
const noServer = /no PostgreSQL on this machine/

describe('new migrations', () => {
  it('go up, down and up again', async ({ expect }) => {
    const answer = await check(base, next('CREATE TABLE tags (rate text REFERENCES rates (name));', 'DROP TABLE tags;'))
    if (answer.stuck.length > 0) return expect(answer.stuck[0]).toMatch(noServer)
    expect(answer).toMatchObject({ head: [], detail: '1 migrations up, down and up again' })
  })

  it('in one file for both directions go the same way', async ({ expect }) => {
    const text = '-- +goose Up\nCREATE TABLE tags (a int);\n-- +goose Down\nDROP TABLE tags;\nDROP TABLE users;\n'
    const answer = await check({}, { 'db/migrations/20260101000000_tags.sql': text })
    if (answer.stuck.length > 0) return expect(answer.stuck[0]).toMatch(noServer)
    expect(answer.head).toMatchObject([{ message: expect.stringContaining('(down): table "users" does not exist') }])
  })

  it.for([
    [
      'SQL that PostgreSQL refuses',
      'SELECT 1;\nCREATE TABLE tags (rate text REFERENCES nothing (name));',
      'DROP TABLE tags;',
      /relation "nothing" does not exist/,
    ],
    [
      'a way down that leaves something behind',
      'CREATE TABLE tags (a int);\nCREATE INDEX here ON rates (name);',
      'DROP TABLE tags;',
      /\(up again\): relation "here" already exists/,
    ],
    [
      'a way down that takes too much',
      'CREATE TABLE tags (a int);',
      'DROP TABLE tags;\nDROP TABLE users;',
      /\(down\): table "users" does not exist/,
    ],
  ] as const)('are red for %s', async ([_name, up, down, message], { expect }) => {
    const answer = await check(base, next(up, down))
    if (answer.stuck.length > 0) return expect(answer.stuck[0]).toMatch(noServer)
    expect(answer.head.map((finding) => finding.message)).toEqual([expect.stringMatching(message)])
  })

  it('stand alone where those of the base cannot be applied here', async ({ expect }) => {
    const broken = { 'migrations/0001_rates.up.sql': 'CREATE EXTENSION nothing_here;', 'migrations/0001_rates.down.sql': 'SELECT 1;' }
    const answer = await check(broken, next('CREATE TABLE tags (a int);', 'DROP TABLE tags;'))
    if (answer.stuck.length > 0) return expect(answer.stuck[0]).toMatch(noServer)
    expect(answer).toMatchObject({ head: [], stuck: [], detail: '1 migrations up, down and up again' })
    const needing = await check(broken, next('ALTER TABLE rates ADD tag text;', 'ALTER TABLE rates DROP tag;'))
    expect(needing).toMatchObject({ head: [], stuck: [expect.stringContaining('0001_rates.up.sql, which the base has too, is refused')] })
  })

  it('of another dialect are not applied', async ({ expect }) => {
    const answer = await check(base, next('CREATE TABLE tags (a int AUTO_INCREMENT);', ''), ['github.com/go-sql-driver/mysql v1.8.0'])
    expect(answer).toMatchObject({ notApplicable: true })
  })
})
