// Log lines -> one JSON object a line in a file, for people who debug dce itself. A log that cannot be written stops nothing.
import { appendFileSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Clock, Log } from '../../world.ts'

/** A log that appends to `path`. */
export function createFileLog(request: { readonly path: string; readonly clock: Clock }): Log {
  const write = (level: 'info' | 'warn', message: string, data: Readonly<Record<string, unknown>> = {}) => {
    try {
      mkdirSync(dirname(request.path), { recursive: true })
      appendFileSync(
        request.path,
        `${JSON.stringify({ at: new Date(request.clock.now()).toISOString(), level, pid: process.pid, message, ...data })}\n`,
      )
    } catch {
      // A full disk must not end a run that could still save its work elsewhere.
    }
  }
  return { info: (message, data) => write('info', message, data), warn: (message, data) => write('warn', message, data) }
}
