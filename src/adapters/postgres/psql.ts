// SQL -> psql -> what the server answered. The text is sent as one query and never read as psql's own commands, which can start programs.
import type { CommandResult, SqlAnswer } from '../../world.ts'

/** Runs psql with these arguments and this environment. Contract: as Exec. */
export type RunPsql = (request: {
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly stdin?: string
}) => Promise<CommandResult>

/** How to reach a server and a database, as libpq's environment. */
export type Connection = Readonly<Record<string, string>>

// One argument may have 128 KiB on Linux (MAX_ARG_STRLEN).
const maxArgumentBytes = 120_000

/** Sends SQL. Longer texts go through standard input, and only when they hold no backslash: there psql would read commands. */
export async function sendSql(run: RunPsql, connection: Connection, sql: string): Promise<SqlAnswer> {
  const fits = Buffer.byteLength(sql) < maxArgumentBytes
  if (!fits && sql.includes('\\')) return { kind: 'stuck', why: 'a text of more than 120 KB with backslashes cannot be sent safely' }
  const flags = ['--no-psqlrc', '--quiet', '--no-password', '--set=ON_ERROR_STOP=1', '--set=VERBOSITY=default']
  // A text that begins with a backslash would be a command: a comment before it makes it a query.
  const result = fits
    ? await run({ args: [...flags, `--command=/**/${sql}`], env: connection })
    : await run({ args: [...flags, '--file=-'], env: connection, stdin: sql })
  return readAnswer(result)
}

function readAnswer(result: CommandResult): SqlAnswer {
  const { exit } = result
  if (exit.kind === 'not-started') return { kind: 'stuck', why: `psql: ${exit.message}` }
  if (exit.kind !== 'exited')
    return { kind: 'stuck', why: exit.kind === 'timeout' ? `psql was not done after ${exit.afterMs / 1000} s` : `psql was ${exit.kind}` }
  if (exit.code === 0) return { kind: 'done' }
  const message = /ERROR: {2}([\s\S]*)/.exec(result.stderr)?.[1]
  // 2: the connection was lost or could not be made. Source: psql(1), exit status.
  if (exit.code === 2 || message === undefined) return { kind: 'stuck', why: result.stderr.trim().slice(0, 500) }
  const line = /^LINE (\d+):/m.exec(message)?.[1]
  return { kind: 'refused', message: message.trim(), ...(line === undefined ? {} : { line: Number(line) }) }
}
