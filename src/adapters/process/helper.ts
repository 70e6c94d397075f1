// The program of a helper process: commands come as JSON lines on stdin, results go as JSON lines to stdout. Stands alone: node: imports only.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'

interface Job {
  readonly id: number
  readonly argv: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly stdin?: string
  readonly timeoutMs: number
  readonly maxOutputBytes: number
}
type Order = ({ readonly type: 'run' } & Job) | { readonly type: 'cancel'; readonly id: number }

/** Between SIGTERM and SIGKILL, ms. Chosen: enough for go to remove its temporary folder. */
const graceMs = 2_000
/** How long pipes may stay open after the command itself ended (a child it left behind holds them), ms. Chosen. */
const pipeGraceMs = 500

const running = new Map<number, { cancel(): void; kill(): void }>()

createInterface({ input: process.stdin }).on('line', (line) => {
  const order = JSON.parse(line) as Order
  if (order.type === 'run') start(order)
  else running.get(order.id)?.cancel()
})
// The parent is gone, however it went: nothing of its may go on.
process.stdin.on('close', () => {
  for (const job of running.values()) job.kill()
  process.exit(0)
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)

function start(job: Job): void {
  const startedAt = performance.now()
  const stdout = bounded(job.maxOutputBytes)
  const stderr = bounded(job.maxOutputBytes)
  let ending: { kind: 'timeout'; afterMs: number } | { kind: 'cancelled' } | undefined
  let closed = false

  const answer = (exit: unknown) => {
    if (closed) return
    closed = true
    clearTimeout(timer)
    running.delete(job.id)
    const result = {
      exit,
      stdout: stdout.text(),
      stderr: stderr.text(),
      droppedBytes: stdout.dropped() + stderr.dropped(),
      durationMs: performance.now() - startedAt,
    }
    say({ id: job.id, result })
  }

  const [program = '', ...args] = job.argv
  let child: ChildProcess
  try {
    child = spawn(program, args, {
      cwd: job.cwd,
      env: job.env,
      detached: true,
      stdio: [job.stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    })
  } catch (cause) {
    setImmediate(() => answer({ kind: 'not-started', message: cause instanceof Error ? whyNot(job, cause) : String(cause) }))
    return
  }
  // Should this helper be killed, the program kills what it was running.
  if (child.pid !== undefined) say({ id: job.id, pid: child.pid })
  let killer: NodeJS.Timeout | undefined
  const end = () => {
    signalGroup(child, 'SIGTERM')
    killer ??= setTimeout(() => signalGroup(child, 'SIGKILL'), graceMs)
  }
  const timer = setTimeout(
    () => {
      ending ??= { kind: 'timeout', afterMs: job.timeoutMs }
      end()
    },
    Math.min(job.timeoutMs, 2 ** 31 - 1),
  )
  running.set(job.id, {
    cancel: () => {
      ending ??= { kind: 'cancelled' }
      end()
    },
    kill: () => signalGroup(child, 'SIGKILL'),
  })

  child.stdout?.on('data', stdout.add)
  child.stderr?.on('data', stderr.add)
  child.stdin?.on('error', () => undefined)
  if (job.stdin !== undefined) child.stdin?.end(job.stdin)
  child.on('error', (error) => answer({ kind: 'not-started', message: whyNot(job, error) }))
  child.on('exit', (code, signal) => {
    clearTimeout(killer)
    // What the command left behind in its group ends with it; whoever left the group cannot keep the answer waiting.
    signalGroup(child, 'SIGKILL')
    const exit = ending ?? (signal === null ? { kind: 'exited', code: code ?? 1 } : { kind: 'signalled', signal })
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
}

function say(news: unknown): void {
  process.stdout.write(`${JSON.stringify(news)}\n`)
}

// node names the program when it is the folder that is missing.
function whyNot(job: Job, error: Error): string {
  return existsSync(job.cwd) ? error.message : `the folder ${job.cwd} does not exist`
}

// The group outlives its leader, and `.killed` only says that a signal was sent: so always signal, and mind nothing.
function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, signal)
  } catch {
    // ESRCH: the group is gone already, which is what was wanted.
  }
}

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
