// Loaded into a dce process under test (`node --import`): ends it like kill -9 at one of its durable writes. Everything between two writes is a step,
// so a kill before and one after each kind of write meets every kind of step. `DCE_TEST_KILL`: `before:<name>`, `after:<name>`, or `before:#<n>`.
// `DCE_TEST_WRITES`: a file that gets the name of each write.
import { appendFileSync } from 'node:fs'
import { DatabaseSync, type SQLInputValue, type StatementResultingChanges, StatementSync } from 'node:sqlite'

const [when, at] = split(process.env['DCE_TEST_KILL'] ?? '')
const log = process.env['DCE_TEST_WRITES']
let count = 0

const run = StatementSync.prototype.run as (this: StatementSync, ...values: SQLInputValue[]) => StatementResultingChanges
StatementSync.prototype.run = function killing(this: StatementSync, ...values: SQLInputValue[]) {
  const name = nameOf(this.sourceSQL, values)
  if (name === undefined) return run.apply(this, values)
  count += 1
  if (log !== undefined) appendFileSync(log, `${name}\n`)
  const isHere = at === name || at === `#${count}`
  if (isHere && when === 'before') die()
  const result = run.apply(this, values)
  if (isHere && when === 'after') {
    if (isOpen) isDue = true
    else die()
  }
  return result
} as typeof StatementSync.prototype.run

// Several writes may share a commit: what is in a transaction is durable when that ends.
let isOpen = false
let isDue = false
const exec = DatabaseSync.prototype.exec
DatabaseSync.prototype.exec = function killing(this: DatabaseSync, sql: string) {
  exec.call(this, sql)
  if (/^BEGIN/u.test(sql)) isOpen = true
  if (/^(?:COMMIT|ROLLBACK)/u.test(sql)) isOpen = false
  if (isDue && !isOpen) die()
}

/** What a write is called; undefined for those that are no step of a run. */
function nameOf(sql: string, values: readonly unknown[]): string | undefined {
  if (sql.startsWith('INSERT INTO event')) return `event ${String((JSON.parse(String(values[2])) as { readonly type: unknown }).type)}`
  if (sql.startsWith('INSERT OR IGNORE INTO recorded')) return `recorded ${kindOf(String(values[1]))}`
  if (sql.startsWith('INSERT INTO spend')) return 'money reserved'
  return sql.startsWith('UPDATE spend') ? 'money settled' : undefined
}

// `plan/a1/t2/model` and `w1-entity-architect/a1/t2/call-1` are turns and calls of somebody; other keys are one of a kind.
function kindOf(key: string): string {
  const part = /\/t\d+\/(?<part>[a-z]+)/u.exec(key)?.groups?.['part']
  return part ?? key.split(' ')[0] ?? key
}

function split(text: string): readonly [string, string] {
  const colon = text.indexOf(':')
  return [text.slice(0, colon), text.slice(colon + 1)]
}

function die(): never {
  process.kill(process.pid, 'SIGKILL')
  // The signal needs a moment; nothing may happen in it.
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_000)
}
