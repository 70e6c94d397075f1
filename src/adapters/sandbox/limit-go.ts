// A Sandbox -> the same, with at most so many go commands at once: agents and gate share the machine's cores, and a sixth build makes five slower.
import { availableParallelism } from 'node:os'
import { basename } from 'node:path'
import type { Command, CommandResult, Sandbox } from '../../world.ts'

/** Programs that use every core they find. */
const heavy = new Set(['go', 'golangci-lint', 'staticcheck', 'gopls', 'make'])
/** One of them as a word of a shell text that begins a command. */
const heavyInShell = /(?:^|[\s;&|()`$"'/])(?:go|golangci-lint|staticcheck|make)\s/u

/**
 * Queues heavy commands, first come first served. `slots` default: one a core (chosen: a build uses all cores by itself).
 * A command's time begins when it starts, not when it queues; one that is cancelled while it queues never starts.
 */
export function limitGo(sandbox: Sandbox, slots: number = availableParallelism()): Sandbox {
  const enter = semaphore(slots)
  return {
    mode: sandbox.mode,
    run: async (command, policy) => {
      if (!isHeavy(command.argv)) return sandbox.run(command, policy)
      const leave = await enter(command.signal)
      if (leave === undefined) return cancelled
      try {
        return await sandbox.run(command, policy)
      } finally {
        leave()
      }
    },
  }
}

const cancelled: CommandResult = { exit: { kind: 'cancelled' }, stdout: '', stderr: '', droppedBytes: 0, durationMs: 0 }

/** Whether a command line runs go, by itself or from a shell. */
export function isHeavy(argv: Command['argv']): boolean {
  const program = basename(argv[0] ?? '')
  if (heavy.has(program)) return true
  return /^(?:ba|da|z)?sh$/u.test(program) && argv.slice(1).some((word) => heavyInShell.test(`${word} `))
}

type Leave = () => void

/** Resolves with the way out; undefined when the signal came first. */
function semaphore(slots: number): (signal: AbortSignal | undefined) => Promise<Leave | undefined> {
  let free = slots
  const waiting: (() => void)[] = []
  const leave = () => {
    const next = waiting.shift()
    if (next === undefined) free += 1
    else next()
  }
  return (signal) => {
    if (signal?.aborted === true) return Promise.resolve(undefined)
    if (free > 0) {
      free -= 1
      return Promise.resolve(leave)
    }
    return new Promise((resolve) => {
      const onAbort = () => {
        waiting.splice(waiting.indexOf(go), 1)
        resolve(undefined)
      }
      const go = () => {
        signal?.removeEventListener('abort', onAbort)
        resolve(leave)
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      waiting.push(go)
    })
  }
}
