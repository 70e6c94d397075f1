// `dce serve`: the App until SIGINT or SIGTERM. Loaded when it is asked for: nobody else pays for its libraries.
import type { ExitCode } from '../fault.ts'
import { sandboxMode } from './flags.ts'
import { listenForInterrupts } from './interrupt.ts'
import type { Machine } from './open-machine.ts'
import type { Terminal } from './terminal.ts'

/** Calls that wait (a rate limit, a retry) are not waited for: what they were for is asked again at the next start. Chosen, ms. */
const lingerMs = 5_000

/** Serves until it is told to stop. What is going on then goes on at the next start. Errors: UserFault for what is not set or not installed. */
export async function serveCommand(
  machine: Machine,
  terminal: Terminal,
  flags: { readonly model?: string; readonly sandbox?: string },
): Promise<ExitCode> {
  const { serve } = await import('../app.ts')
  const interrupts = listenForInterrupts(() => terminal.err('Stopping. What is going on goes on at the next start.'))
  try {
    const served = await serve(machine, { model: flags.model, sandbox: sandboxMode(flags.sandbox) })
    terminal.err(`Durable engine: ${served.engineUrl}`)
    terminal.err(`Webhooks: ${served.webhookUrl}`)
    await new Promise<void>((resolve) => interrupts.finish.addEventListener('abort', () => resolve(), { once: true }))
    const late = setTimeout(() => process.exit(0), lingerMs)
    await served.close()
    late.unref()
    return 0
  } finally {
    interrupts.dispose()
  }
}
