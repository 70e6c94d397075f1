// The Exec port straight on node:child_process: for tests of what is started, not of how.
import { spawn } from 'node:child_process'
import type { Exec, Exit } from '../../src/world.ts'

/** Runs processes from the test's own process. Output is kept whole up to the bound, then cut at the end. */
export const directExec: Exec = {
  run: (command) =>
    new Promise((resolve) => {
      const started = Date.now()
      const [program = '', ...args] = command.argv
      const child = spawn(program, args, { cwd: command.cwd, env: command.env, stdio: 'pipe', detached: true })
      const out: Buffer[] = []
      const err: Buffer[] = []
      let cause: Exit | undefined
      const stop = (exit: Exit) => {
        cause ??= exit
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
      }
      const timer = setTimeout(() => stop({ kind: 'timeout', afterMs: command.timeoutMs }), command.timeoutMs)
      const onAbort = () => stop({ kind: 'cancelled' })
      command.signal?.addEventListener('abort', onAbort, { once: true })
      const end = (exit: Exit) => {
        clearTimeout(timer)
        command.signal?.removeEventListener('abort', onAbort)
        const cut = (parts: readonly Buffer[]) => Buffer.concat(parts).subarray(0, command.maxOutputBytes)
        const all = [out, err].reduce((sum, parts) => sum + parts.reduce((bytes, part) => bytes + part.length, 0), 0)
        const [stdout, stderr] = [cut(out), cut(err)]
        resolve({
          exit: cause ?? exit,
          stdout: stdout.toString('utf8'),
          stderr: stderr.toString('utf8'),
          droppedBytes: all - stdout.length - stderr.length,
          durationMs: Date.now() - started,
        })
      }
      child.stdout.on('data', (part: Buffer) => out.push(part))
      child.stderr.on('data', (part: Buffer) => err.push(part))
      child.on('error', (error) => end({ kind: 'not-started', message: error.message }))
      child.on('close', (code, signal) =>
        end(code === null ? { kind: 'signalled', signal: signal ?? 'SIGKILL' } : { kind: 'exited', code }),
      )
      child.stdin.on('error', () => undefined)
      child.stdin.end(command.stdin ?? '')
    }),
}
