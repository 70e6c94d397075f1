// The strict server as a process, and what it noted of each request.
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../src/cli/package-root.ts'

/** One request to the model as the server noted it. `atMs`: when it arrived; `answeredMs`: when its answer began. Both since the epoch. */
export interface Noted {
  readonly atMs: number
  readonly answeredMs: number
  readonly isPlanning: boolean
  /** From 0; -1 for a request of no agent. */
  readonly agent: number
  readonly turn: number
  readonly inputTokens: number
  readonly cacheReadTokens: number
  readonly cacheWriteTokens: number
  /** What siblings share, of an agent's first request: tools and system text, as sent. */
  readonly shared?: { readonly tools: string; readonly system: string; readonly firstMessage: string }
}

/** A running server. `noted`: all requests so far, in the order of their answers. */
export interface ServerProcess {
  readonly url: string
  readonly process: ChildProcess
  noted(): readonly Noted[]
  stop(): void
}

/** Starts bench/model-server.ts with these words. `notesPath`: where it writes what it noted. */
export async function startServer(request: { readonly words: readonly string[]; readonly notesPath: string }): Promise<ServerProcess> {
  const { words, notesPath } = request
  const child = spawn(process.execPath, [join(packageRoot(), 'bench', 'model-server.ts'), '--notes', notesPath, ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const url = await firstLine(child)
  return {
    url,
    process: child,
    noted: () =>
      readFileSync(notesPath, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Noted),
    stop: () => child.kill('SIGTERM'),
  }
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.stdout?.once('data', (data) => resolve(String(data).trim()))
    child.once('exit', (code) => reject(new Error(`the server ended with ${code} before it said a word`)))
  })
}
