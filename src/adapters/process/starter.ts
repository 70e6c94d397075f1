// The program in starter/ as a process: orders go as JSON lines to its standard input, news come as JSON lines from its standard output.
import { type ChildProcess, spawn } from 'node:child_process'
import { constants } from 'node:os'
import { createInterface } from 'node:readline'
import type { Command, CommandResult, Exit } from '../../world.ts'
import type { Running } from './run-here.ts'

/** A starter that runs. `isGone`: it ended, however; then another one has to be started. */
export interface Starter {
  run(command: Command): Running
  readonly isGone: () => boolean
  /** Ends it with all it runs. */
  close(): void
}

/** A command that is being run. `pid`: its process group, once it has one. */
interface Waiting {
  readonly settle: (result: CommandResult) => void
  pid?: number
}

/** What the starter says of a command: that it began, or how it ended. Signals come as numbers. */
type News = { readonly id: number } & (
  | { readonly pid: number }
  | { readonly result: Omit<CommandResult, 'exit'> & { readonly exit: SaidExit } }
)
type SaidExit = Exclude<Exit, { kind: 'signalled' }> | { readonly kind: 'signalled'; readonly signal: number }

/** Starts the program at `path`. */
export function openStarter(path: string): Starter {
  // A session of its own: a Ctrl-C on the terminal is ours to answer.
  const child = spawn(path, [], { stdio: ['pipe', 'pipe', 'inherit'], detached: true })
  const waiting = new Map<number, Waiting>()
  let isGone = false
  let next = 0
  const gone = (message: string) => {
    isGone = true
    for (const { settle, pid } of waiting.values()) settle(notRun(killGroup(pid) ? lost : { kind: 'not-started', message }))
    waiting.clear()
  }
  child.on('error', (error) => gone(`the starter failed: ${error.message}`))
  child.on('close', (code, signal) => gone(`the starter ended (${signal ?? code})`))
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
    command.settle({ ...news.result, exit: asExit(news.result.exit) })
  })
  // It must not keep the program alive when nothing is being run; a pending promise does not either, so `run` holds it.
  letGo(child)
  const send = (order: unknown) => child.stdin.write(`${JSON.stringify(order)}\n`)
  return {
    isGone: () => isGone,
    close: () => child.stdin.end(),
    run: (command) => {
      const id = ++next
      const result = new Promise<CommandResult>((resolve) => {
        const alive = setInterval(() => undefined, 60_000)
        const settle = (settled: CommandResult) => {
          clearInterval(alive)
          resolve(settled)
        }
        waiting.set(id, { settle })
        const { signal: _, ...job } = command
        send({ type: 'run', id, ...job })
      })
      return { result, cancel: () => send({ type: 'cancel', id }), kill: () => void killGroup(waiting.get(id)?.pid) }
    },
  }
}

/** The result of a command that never ran. */
export function notRun(exit: Exit): CommandResult {
  return { exit, stdout: '', stderr: '', droppedBytes: 0, durationMs: 0 }
}

/** A command whose starter died is killed with it: nobody is left to say how it ended. */
const lost: Exit = { kind: 'signalled', signal: 'SIGKILL' }

const signalNames = new Map(Object.entries(constants.signals).map(([name, number]) => [number as number, name]))

function asExit(said: SaidExit): Exit {
  if (said.kind !== 'signalled') return said
  return { kind: 'signalled', signal: signalNames.get(said.signal) ?? String(said.signal) }
}

function killGroup(pid: number | undefined): boolean {
  if (pid === undefined) return false
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It ended by itself in this moment; its result is lost all the same.
  }
  return true
}

function letGo(child: ChildProcess): void {
  child.unref()
  for (const pipe of [child.stdin, child.stdout]) (pipe as { unref?: () => void } | null)?.unref?.()
}
