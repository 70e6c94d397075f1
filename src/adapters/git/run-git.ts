// One git command -> its answer. A non-zero exit is information when the caller expects it; everything else that goes wrong is a WorldFault.
import { setTimeout as sleep } from 'node:timers/promises'
import { never, WorldFault } from '../../fault.ts'
import type { CommandResult, Exec } from '../../world.ts'

/** One call of the git program. `expect`: exit codes that are answers (default: 0 alone). `lossy`: cut output is fine. */
export interface GitCall {
  readonly args: readonly string[]
  /** Where git runs; by default the folder that the runner was made for. */
  readonly cwd?: string
  readonly stdin?: string
  /** Laid over the runner's environment. */
  readonly env?: Readonly<Record<string, string>>
  readonly expect?: readonly number[]
  readonly lossy?: boolean
  readonly maxOutputBytes?: number
  readonly timeoutMs?: number
}

/** What git answered. `code` is one of the expected ones. */
interface GitAnswer {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs git. Errors: WorldFault('git') for an exit that was not expected, a failure to start, a signal, a timeout, cut output. */
export type RunGit = (call: GitCall) => Promise<GitAnswer>

/** Generous, by taste: the largest answers are file contents and lists of paths. */
const defaultMaxOutputBytes = 64 * 1024 * 1024
/** By taste: ten times what the slowest call took on a large repository. */
const defaultTimeoutMs = 120_000
/** Another git process holds a lock for milliseconds; after five goes it is stuck. */
const lockRetries = 5
const lockHeld = /\.lock': File exists|could not lock config file|Unable to create '.*\.lock'/

/** Makes a runner of git commands in one folder and environment. */
export function createRunGit(options: {
  readonly exec: Exec
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
}): RunGit {
  return async function runGit(call) {
    for (let attempt = 1; ; attempt += 1) {
      const result = await options.exec.run({
        argv: ['git', ...call.args],
        cwd: call.cwd ?? options.cwd,
        env: { ...options.env, ...call.env },
        ...(call.stdin === undefined ? {} : { stdin: call.stdin }),
        timeoutMs: call.timeoutMs ?? defaultTimeoutMs,
        maxOutputBytes: call.maxOutputBytes ?? defaultMaxOutputBytes,
      })
      if (attempt <= lockRetries && result.exit.kind === 'exited' && result.exit.code !== 0 && lockHeld.test(result.stderr)) {
        await sleep(20 * attempt)
        continue
      }
      return answerOf(call, result)
    }
  }
}

function answerOf(call: GitCall, result: CommandResult): GitAnswer {
  if (result.exit.kind !== 'exited') throw gitFault(call, result)
  if (!(call.expect ?? [0]).includes(result.exit.code)) throw gitFault(call, result)
  if (result.droppedBytes > 0 && call.lossy !== true) {
    throw new WorldFault({ service: 'git', problem: `${sayCall(call)} answered more than can be read at once.`, retryable: false })
  }
  return { code: result.exit.code, stdout: result.stdout, stderr: result.stderr }
}

/** The WorldFault for an answer that nobody expected. Not retryable, but for timeouts. */
function gitFault(call: GitCall, result: CommandResult): WorldFault {
  return new WorldFault({
    service: 'git',
    problem: `${sayCall(call)} ${sayExit(result)}${sayStderr(result.stderr)}`,
    retryable: result.exit.kind === 'timeout',
  })
}

function sayCall(call: GitCall): string {
  return `git ${call.args.slice(0, 6).join(' ')}${call.args.length > 6 ? ' …' : ''}`
}

function sayExit({ exit }: CommandResult): string {
  switch (exit.kind) {
    case 'exited':
      return `ended with exit code ${exit.code}`
    case 'signalled':
      return `was ended by ${exit.signal}`
    case 'timeout':
      return `did not end within ${exit.afterMs} ms`
    case 'cancelled':
      return 'was cancelled'
    case 'not-started':
      return `could not be started: ${exit.message}`
    default:
      return never(exit)
  }
}

function sayStderr(stderr: string): string {
  const lines = stderr.trim().split('\n').slice(-4).join(' / ').slice(0, 600)
  return lines === '' ? '.' : `: ${lines}`
}

/** Fields of a `-z` output. */
export function nulTerminated(text: string): readonly string[] {
  return text.split('\0').filter((field) => field !== '')
}
