// Loaded into a dce process under test (`node --import`): ends it like kill -9 at one of its durable steps: a write to the journal, or a git command that
// leaves something behind, or the removal of a worktree. Everything between two of them is in memory only, so a kill before and one after each kind meets
// every state a run can be left in.
// `DCE_TEST_KILL`: `before:<name>`, `after:<name>`, or `before:#<n>`. `DCE_TEST_STEPS`: a file that gets the name of each step.
import { appendFileSync } from 'node:fs'
import promises from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { Socket } from 'node:net'
import { Interface } from 'node:readline'
import { DatabaseSync, type SQLInputValue, type StatementResultingChanges, StatementSync } from 'node:sqlite'

const [when, at] = split(process.env['DCE_TEST_KILL'] ?? '')
const log = process.env['DCE_TEST_STEPS']
let count = 0

/** Counts a step that begins; whether the process is to end after it. Ends the process when it is to end before it. */
function begin(name: string): boolean {
  count += 1
  if (log !== undefined) appendFileSync(log, `${name}\n`)
  const isHere = at === name || at === `#${count}`
  if (isHere && when === 'before') die()
  return isHere && when === 'after'
}

// --- The journal: statements that write -------------------------------------------------------------------------------------------------

const run = StatementSync.prototype.run as (this: StatementSync, ...values: SQLInputValue[]) => StatementResultingChanges
StatementSync.prototype.run = function killing(this: StatementSync, ...values: SQLInputValue[]) {
  const name = nameOfWrite(this.sourceSQL, values)
  if (name === undefined) return run.apply(this, values)
  const isLast = begin(name)
  const result = run.apply(this, values)
  if (isLast && isOpen) isDue = true
  else if (isLast) die()
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
function nameOfWrite(sql: string, values: readonly unknown[]): string | undefined {
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

// --- Git: orders to the starter, one JSON line each, and the lines that say how they ended -------------------------------------------

/** Orders after whose end the process is to end. */
const lastOrders = new Set<number>()

const write = Socket.prototype.write as (this: Socket, ...rest: unknown[]) => boolean
Socket.prototype.write = function killing(this: Socket, ...rest: unknown[]) {
  const [text] = rest
  const order = typeof text === 'string' && text.startsWith('{"type":"run"') ? (JSON.parse(text) as Order) : undefined
  const name = order === undefined ? undefined : nameOfCommand(order)
  if (order !== undefined && name !== undefined && begin(name)) lastOrders.add(order.id)
  return write.apply(this, rest)
} as typeof Socket.prototype.write

const emit = Interface.prototype.emit as (this: Interface, ...rest: unknown[]) => boolean
Interface.prototype.emit = function killing(this: Interface, ...rest: unknown[]) {
  const [event, line] = rest
  if (event === 'line' && lastOrders.size > 0) {
    const news = JSON.parse(String(line)) as { readonly id: number; readonly result?: unknown }
    if (news.result !== undefined && lastOrders.has(news.id)) die()
  }
  return emit.apply(this, rest)
} as typeof Interface.prototype.emit

interface Order {
  readonly id: number
  readonly argv: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
}

/** What a git command is called; undefined for those that only read, and for the refreshing of a mirror, which has tests of its own. */
function nameOfCommand({ argv, env }: Order): string | undefined {
  const [program, verb, ...rest] = argv
  if (program !== 'git') return undefined
  switch (verb) {
    case 'worktree':
      if (rest[0] === 'add') return rest.some((word) => word.includes('/worktrees/')) ? 'git worktree made' : 'git checkout made'
      return rest[0] === 'prune' ? 'git worktree removed' : undefined
    case 'read-tree':
      return rest.includes('--reset') ? 'git worktree reset' : undefined
    case 'add':
      return 'git files added'
    case 'write-tree':
      return 'git tree written'
    case 'commit-tree':
      return rest.filter((word) => word === '-p').length > 1 ? 'git merge made' : 'git commit made'
    case 'fetch':
      return 'git objects published'
    case 'update-ref':
      return nameOfMove(rest, env['GIT_DIR'] === undefined)
    default:
      return undefined
  }
}

// --- Files: a worktree is removed without git, its record in the mirror last ---------------------------------------------------------------

const remove = promises.rm
promises.rm = async (path, options) => {
  const isRecord = /\.git\/worktrees\/[^/]+$/u.test(String(path))
  const isLast = isRecord && begin('git worktree removed')
  await remove(path, options)
  if (isLast) die()
}
// Modules that import `rm` by name get this one.
syncBuiltinESMExports()

/** Which branch moves, and whether in the person's repository. */
function nameOfMove(words: readonly string[], isPersons: boolean): string | undefined {
  if (words.includes('--stdin')) return undefined
  if (words[0] === '-d') return 'git branch deleted'
  if (words[0]?.startsWith('refs/dce/published/') === true) return 'git publishing noted'
  const branch = /^refs\/heads\/dce\/[^/]+\/(?<name>wave|pr|state|.)/u.exec(words[0] ?? '')?.groups?.['name'] ?? ''
  return `git ${branch.length === 1 ? 'task' : branch} branch ${isPersons ? 'published' : 'moved'}`
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
