// DCE_GATE_DATABASE_URL, or PostgreSQL's programs on this machine -> an empty database for one judgement, dropped afterwards.
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Clock, Exec, OpenDatabase, Sandbox, ScratchDatabase } from '../../world.ts'
import { startLocalServer } from './local-server.ts'
import { type Connection, type RunPsql, sendSql } from './psql.ts'

/** What databases are made with. `url`: of a server where databases may be made and dropped; never the application's. */
export interface DatabaseSetup {
  readonly exec: Exec
  readonly sandbox: Sandbox
  readonly clock: Clock
  readonly path: string
  readonly url?: string
}

const sqlTimeoutMs = 120_000
const maxOutputBytes = 1_000_000

/** The port. Each call makes a database of its own; a local server lives as long as its database. */
export function databases(setup: DatabaseSetup): OpenDatabase {
  return async () => (setup.url === undefined ? openLocal(setup) : openRemote(setup, setup.url))
}

async function openLocal(setup: DatabaseSetup): ReturnType<OpenDatabase> {
  const started = await startLocalServer(setup)
  if (started.kind === 'none') return started
  const { server } = started
  const run: RunPsql = ({ args, env, stdin }) =>
    setup.sandbox.run(toCommand(setup, { program: join(server.bin, 'psql'), args, env, stdin }), {
      readable: [server.socketDir],
      writable: [],
      hidden: [],
      allowedHosts: [],
    })
  // Not a superuser: SQL of the judged tree may neither read the machine's files nor start programs (COPY … PROGRAM).
  const role = await sendSql(run, server.admin, 'CREATE ROLE owner LOGIN NOSUPERUSER')
  const opened = role.kind === 'done' ? await openOn(run, { admin: server.admin, owner: 'owner', close: server.close }) : undefined
  if (opened !== undefined) return opened
  await server.close()
  return { kind: 'none', why: `the local PostgreSQL refused a role: ${role.kind === 'stuck' ? role.why : ''}` }
}

async function openRemote(setup: DatabaseSetup, url: string): ReturnType<OpenDatabase> {
  const admin = readUrl(url)
  if (admin === undefined) return { kind: 'none', why: 'DCE_GATE_DATABASE_URL is no postgres:// address' }
  // Outside the sandbox, which reaches no network: psql is given queries only, never commands of its own.
  const run: RunPsql = ({ args, env, stdin }) => setup.exec.run(toCommand(setup, { program: 'psql', args, env, stdin }))
  return openOn(run, { admin, owner: undefined, close: async () => undefined })
}

async function openOn(
  run: RunPsql,
  server: { readonly admin: Connection; readonly owner: string | undefined; readonly close: () => Promise<void> },
): ReturnType<OpenDatabase> {
  const name = `dce_gate_${randomBytes(6).toString('hex')}`
  const made = await sendSql(run, server.admin, `CREATE DATABASE ${name}${server.owner === undefined ? '' : ` OWNER ${server.owner}`}`)
  if (made.kind !== 'done') {
    await server.close()
    return { kind: 'none', why: `no database could be made: ${made.kind === 'stuck' ? made.why : made.message}` }
  }
  const connection = { ...server.admin, PGDATABASE: name, ...(server.owner === undefined ? {} : { PGUSER: server.owner }) }
  const database: ScratchDatabase = {
    run: (sql) => sendSql(run, connection, sql),
    close: async () => {
      await sendSql(run, server.admin, `DROP DATABASE IF EXISTS ${name}`)
      await server.close()
    },
  }
  return { kind: 'open', database }
}

function toCommand(
  setup: DatabaseSetup,
  call: { readonly program: string; readonly args: readonly string[]; readonly env: Connection; readonly stdin: string | undefined },
) {
  return {
    argv: [call.program, ...call.args],
    cwd: '/',
    env: { PATH: setup.path, LC_ALL: 'C.UTF-8', ...call.env },
    timeoutMs: sqlTimeoutMs,
    maxOutputBytes,
    ...(call.stdin === undefined ? {} : { stdin: call.stdin }),
  }
}

// As libpq's environment: an address among the arguments would show its password to every user of the machine.
function readUrl(text: string): Connection | undefined {
  if (!URL.canParse(text)) return undefined
  const url = new URL(text)
  if (url.protocol !== 'postgres:' && url.protocol !== 'postgresql:') return undefined
  const sslMode = url.searchParams.get('sslmode')
  const parts = {
    PGHOST: url.searchParams.get('host') ?? decodeURIComponent(url.hostname),
    PGPORT: url.port,
    PGUSER: decodeURIComponent(url.username),
    PGPASSWORD: decodeURIComponent(url.password),
    PGDATABASE: decodeURIComponent(url.pathname.slice(1)),
    PGSSLMODE: sslMode ?? '',
  }
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== ''))
}
