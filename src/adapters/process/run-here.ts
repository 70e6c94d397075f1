// Command -> CommandResult, started by this very process: for the few commands before there is a starter. The same rules as starter/ keeps.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import type { Command, CommandResult, Exit } from '../../world.ts'

/** A command that runs. `kill`: at once, with all it started; `cancel`: with a moment to clean up. */
export interface Running {
  readonly result: Promise<CommandResult>
  cancel(): void
  kill(): void
}

/** Between SIGTERM and SIGKILL, ms. As in starter/job.go. */
const graceMs = 2_000
/** How long pipes may stay open after the command itself ended (a child it left behind holds them), ms. As in starter/job.go. */
const pipeGraceMs = 500
/** A longer timer would fire at once. Source: Node, setTimeout. */
const longestTimerMs = 2 ** 31 - 1

/** Starts it. Never throws for what the command is or does. */
export function runHere(command: Command): Running {
  const startedAt = performance.now()
  const [stdout, stderr] = [bounded(command.maxOutputBytes), bounded(command.maxOutputBytes)]
  let cause: Exit | undefined
  let killer: NodeJS.Timeout | undefined
  const child = start(command)
  const end = (because: Exit) => {
    cause ??= because
    signalGroup(child, 'SIGTERM')
    killer ??= setTimeout(() => signalGroup(child, 'SIGKILL'), graceMs)
  }
  const timer = setTimeout(() => end({ kind: 'timeout', afterMs: command.timeoutMs }), Math.min(command.timeoutMs, longestTimerMs))
  const result = new Promise<CommandResult>((resolve) => {
    const answer = (exit: Exit) => {
      clearTimeout(timer)
      const droppedBytes = () => stdout.dropped() + stderr.dropped()
      const texts = { stdout: stdout.text(), stderr: stderr.text() }
      resolve({ exit, ...texts, droppedBytes: droppedBytes(), durationMs: performance.now() - startedAt })
    }
    if (child instanceof Error) return setImmediate(() => answer({ kind: 'not-started', message: whyNot(command, child) }))
    child.stdout?.on('data', stdout.add)
    child.stderr?.on('data', stderr.add)
    child.stdin?.on('error', () => undefined)
    if (command.stdin !== undefined) child.stdin?.end(command.stdin)
    child.on('error', (error) => answer({ kind: 'not-started', message: whyNot(command, error) }))
    child.on('exit', (code, signal) => {
      clearTimeout(killer)
      // What the command left behind in its group ends with it; whoever left the group cannot keep the answer waiting.
      signalGroup(child, 'SIGKILL')
      const exit: Exit = cause ?? (signal === null ? { kind: 'exited', code: code ?? 1 } : { kind: 'signalled', signal })
      const late = setTimeout(() => {
        child.stdout?.destroy()
        child.stderr?.destroy()
        answer(exit)
      }, pipeGraceMs)
      child.on('close', () => {
        clearTimeout(late)
        answer(exit)
      })
    })
    return undefined
  })
  return { result, cancel: () => end({ kind: 'cancelled' }), kill: () => signalGroup(child, 'SIGKILL') }
}

// Some faults are thrown (a NUL in a word), some are events (no such program).
function start({ argv, cwd, env, stdin }: Command): ChildProcess | Error {
  const [program = '', ...args] = argv
  try {
    return spawn(program, args, { cwd, env, detached: true, stdio: [stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'] })
  } catch (cause) {
    return cause instanceof Error ? cause : new Error(String(cause))
  }
}

// node names the program when it is the folder that is missing.
function whyNot({ cwd }: Command, error: Error): string {
  return existsSync(cwd) ? error.message : `the folder ${cwd} does not exist`
}

// The group outlives its leader, and `.killed` only says that a signal was sent: so always signal, and mind nothing.
function signalGroup(child: ChildProcess | Error, signal: NodeJS.Signals): void {
  if (child instanceof Error || child.pid === undefined) return
  try {
    process.kill(-child.pid, signal)
  } catch {
    // ESRCH: the group is gone already, which is what was wanted.
  }
}

// Keeps the first and the last half of `maxBytes`; what lies between is counted.
function bounded(maxBytes: number) {
  const half = Math.max(1, Math.floor(maxBytes / 2))
  const head: Buffer[] = []
  let headBytes = 0
  let tail: Buffer[] = []
  let tailBytes = 0
  let droppedBytes = 0
  const add = (chunk: Buffer) => {
    const room = half - headBytes
    if (room > 0) {
      const first = chunk.subarray(0, room)
      head.push(first)
      headBytes += first.length
      if (chunk.length > room) add(chunk.subarray(room))
      return
    }
    tail.push(chunk)
    tailBytes += chunk.length
    if (tailBytes > 2 * half) trim()
  }
  const trim = () => {
    const all = Buffer.concat(tail)
    const kept = all.subarray(Math.max(0, all.length - half))
    droppedBytes += all.length - kept.length
    tail = [kept]
    tailBytes = kept.length
  }
  return {
    add,
    dropped: () => droppedBytes,
    text: () => {
      if (tailBytes > half) trim()
      const gap = droppedBytes > 0 ? `\n… ${droppedBytes} bytes dropped …\n` : ''
      return `${Buffer.concat(head).toString('utf8')}${gap}${Buffer.concat(tail).toString('utf8')}`
    },
  }
}
