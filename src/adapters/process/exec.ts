// Command -> CommandResult. A spawn copies the page tables of a large Node process, which takes milliseconds of all other work: once there is
// a starter, a small program that does nothing else, it starts everything.
import type { Exec } from '../../world.ts'
import { type Running, runHere } from './run-here.ts'
import { notRun, openStarter, type Starter } from './starter.ts'

/** An Exec that wants to be closed: then what still runs is killed, and nothing may be run any more. */
export interface StartingExec extends Exec {
  /** From now on commands are started by the program at this path, see starter/. Should it die, the next command starts another one. */
  useStarter(path: string): void
  close(): void
}

/** Commands are started by this process until a starter is named. See the port's contract. */
export function createExec(): StartingExec {
  const running = new Set<Running>()
  let path: string | undefined
  let starter: Starter | undefined
  let isClosed = false

  const start = (command: Parameters<Exec['run']>[0]): Running => {
    if (path === undefined) return runHere(command)
    if (starter === undefined || starter.isGone()) starter = openStarter(path)
    return starter.run(command)
  }

  return {
    useStarter: (named) => {
      path = named
    },
    run: async (command) => {
      if (isClosed) return notRun({ kind: 'not-started', message: 'the program is shutting down' })
      if (command.signal?.aborted === true) return notRun({ kind: 'cancelled' })
      const started = start(command)
      running.add(started)
      command.signal?.addEventListener('abort', started.cancel, { once: true })
      try {
        return await started.result
      } finally {
        running.delete(started)
        command.signal?.removeEventListener('abort', started.cancel)
      }
    },
    close: () => {
      isClosed = true
      for (const { kill } of running) kill()
      starter?.close()
    },
  }
}
