// What the gate asks of a database, as types. Re-exported by world.ts, where all ports are.

/** What a database answered to a piece of SQL. `refused`: its own error, with the line of the text where it says one. */
export type SqlAnswer =
  | { readonly kind: 'done' }
  | { readonly kind: 'refused'; readonly message: string; readonly line?: number }
  | { readonly kind: 'stuck'; readonly why: string }

/** An empty PostgreSQL database that the gate made and drops. `run` sends a text of any number of statements as one query, as migration tools do. */
export interface ScratchDatabase {
  run(sql: string): Promise<SqlAnswer>
  close(): Promise<void>
}

/** Makes an empty database, or says why there is none on this machine. Contract: never rejects for what the machine lacks. */
export type OpenDatabase = (
  signal?: AbortSignal,
) => Promise<{ readonly kind: 'open'; readonly database: ScratchDatabase } | { readonly kind: 'none'; readonly why: string }>
