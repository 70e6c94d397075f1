// Command -> CommandResult through small helper processes: a spawn blocks a large Node process for tens of milliseconds, a small one for one.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Command, CommandResult, Exec } from '../../world.ts'

/** An Exec with helpers that want to be closed. After `close` nothing may be run any more. */
export interface HelpedExec extends Exec {
  close(): void
}

interface Helper {
  readonly process: ChildProcess
  readonly waiting: Map<number, Waiting>
}

/** A command that is being run. `pid`: its process group, once it has one. */
interface Waiting {
  readonly settle: (result: CommandResult) => void
  pid?: number
}

/** What a helper says of a command: that it began, or how it ended. */
type News = { readonly id: number } & ({ readonly pid: number } | { readonly result: CommandResult })

/** Starts `helpers` processes on first use (default 2: with 1,000 agents two were enough, measured). See the port's contract. */
export function createExec(options: { readonly helpers?: number } = {}): HelpedExec {
  const helpers: (Helper | undefined)[] = Array.from({ length: options.helpers ?? 2 }, () => undefined)
  let next = 0
  let closed = false

  const helperAt = (index: number): Helper => {
    const alive = helpers[index]
    if (alive !== undefined) return alive
    const helper = startHelper(() => {
      if (helpers[index] === helper) helpers[index] = undefined
    })
    helpers[index] = helper
    return helper
  }

  return {
    run: (command) => {
      if (closed) return Promise.resolve(notRun({ kind: 'not-started', message: 'the program is shutting down' }))
      if (command.signal?.aborted === true) return Promise.resolve(notRun({ kind: 'cancelled' }))
      const id = ++next
      return runOn(helperAt(id % helpers.length), id, command)
    },
    close: () => {
      closed = true
      for (const helper of helpers) helper?.process.stdin?.end()
    },
  }
}

/** MB of young objects: a helper only hands on. By default it grows to many times of what it needs. */
const youngRoom = '--max-semi-space-size=1'

function startHelper(onGone: () => void): Helper {
  const child = spawn(process.execPath, ['--no-warnings', youngRoom, helperPath()], { stdio: ['pipe', 'pipe', 'inherit'], detached: true })
  const waiting = new Map<number, Waiting>()
  const gone = (message: string) => {
    onGone()
    for (const { settle, pid } of waiting.values()) settle(notRun(killGroup(pid) ? lost : { kind: 'not-started', message }))
    waiting.clear()
  }
  child.on('error', (error) => gone(`a helper process failed: ${error.message}`))
  child.on('close', (code, signal) => gone(`a helper process ended (${signal ?? code})`))
  child.stdin.on('error', () => undefined)
  createInterface({ input: child.stdout }).on('line', (line) => {
    const news = JSON.parse(line) as News
    const command = waiting.get(news.id)
    if (command === undefined) return
    if ('pid' in news) {
      command.pid = news.pid
      return
    }
    waiting.delete(news.id)
    command.settle(news.result)
  })
  // Helpers must not keep the program alive when nothing is being run; a pending promise does not either, so runOn holds them.
  child.unref()
  unrefPipe(child.stdin)
  unrefPipe(child.stdout)
  return { process: child, waiting }
}

/** A command whose helper died is killed with it: nobody is left to say how it ended. */
const lost: CommandResult['exit'] = { kind: 'signalled', signal: 'SIGKILL' }

function killGroup(pid: number | undefined): boolean {
  if (pid === undefined) return false
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It ended by itself in this moment; its result is lost all the same.
  }
  return true
}

// The bundle holds it beside the entry as helper.js; a checkout as helper.ts.
function helperPath(): string {
  for (const name of ['helper.ts', 'helper.js']) {
    const path = fileURLToPath(new URL(name, import.meta.url))
    if (existsSync(path)) return path
  }
  return fileURLToPath(new URL('helper.js', import.meta.url))
}

function runOn(helper: Helper, id: number, command: Command): Promise<CommandResult> {
  return new Promise((resolve) => {
    const send = (order: unknown) => helper.process.stdin?.write(`${JSON.stringify(order)}\n`)
    const onAbort = () => send({ type: 'cancel', id })
    // Keeps the event loop alive while the answer is awaited.
    const alive = setInterval(() => undefined, 60_000)
    const settle = (result: CommandResult) => {
      clearInterval(alive)
      command.signal?.removeEventListener('abort', onAbort)
      resolve(result)
    }
    helper.waiting.set(id, { settle })
    command.signal?.addEventListener('abort', onAbort, { once: true })
    const { signal: _, ...job } = command
    send({ type: 'run', id, ...job })
  })
}

function unrefPipe(pipe: unknown): void {
  const { unref } = pipe as { unref?: () => void }
  unref?.call(pipe)
}

function notRun(exit: CommandResult['exit']): CommandResult {
  return { exit, stdout: '', stderr: '', droppedBytes: 0, durationMs: 0 }
}
