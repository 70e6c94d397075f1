// `dce serve`: the App until SIGINT or SIGTERM; before there is one, the page that makes it. Loaded when it is asked for: nobody else pays for its libraries.
import { githubAddresses, listenAddress } from '../app/app-settings.ts'
import { draftSettings, isUnconfigured, storedSettingsPath, withStoredSettings } from '../app/stored-settings.ts'
import { type ExitCode, UserFault } from '../fault.ts'
import { sandboxMode } from './flags.ts'
import { type Interrupts, listenForInterrupts } from './interrupt.ts'
import type { Env, Machine } from './open-machine.ts'
import type { Terminal } from './terminal.ts'

/** Calls that wait (a rate limit, a retry) are not waited for: what they were for is asked again at the next start. Chosen, ms. */
const lingerMs = 5_000

/** Serves until it is told to stop. What is going on then goes on at the next start. Errors: UserFault for what is not set or not installed. */
export async function serveCommand(
  machine: Machine,
  terminal: Terminal,
  flags: { readonly model?: string; readonly sandbox?: string },
): Promise<ExitCode> {
  const path = storedSettingsPath(machine.places.state)
  const env = await withStoredSettings(machine.env, path)
  if (isUnconfigured(env)) return setUp({ machine, terminal, env, path })
  const { serve } = await import('../app.ts')
  const interrupts = listenForInterrupts(() => terminal.err('Stopping. What is going on goes on at the next start.'))
  try {
    const served = await serve({ ...machine, env }, { model: flags.model, sandbox: sandboxMode(flags.sandbox) })
    terminal.err(`Durable engine: ${served.engineUrl}`)
    terminal.err(`Webhooks: ${served.webhookUrl}`)
    await stopped(interrupts)
    const late = setTimeout(() => process.exit(0), lingerMs)
    await served.close()
    late.unref()
    return 0
  } finally {
    interrupts.dispose()
  }
}

// Exit 0 when the App is made, 4 when it was given up.
async function setUp(given: {
  readonly machine: Machine
  readonly terminal: Terminal
  readonly env: Env
  readonly path: string
}): Promise<ExitCode> {
  const { machine, terminal, env, path } = given
  const { openSetUp } = await import('../app/set-up.ts')
  const { convertManifest } = await import('../adapters/github/convert-manifest.ts')
  const { apiUrl, webUrl } = githubAddresses(env)
  const at = listenAddress(env)
  const interrupts = listenForInterrupts(() => undefined)
  const open = openSetUp({
    ...at,
    apiUrl,
    webUrl,
    path,
    convert: (code) => convertManifest({ apiUrl, code }),
    draft: () => draftSettings(path),
    now: () => machine.clock.now(),
  })
  const page = await open.catch((cause: unknown) => {
    interrupts.dispose()
    throw new UserFault({
      problem: `The set-up page cannot stand at ${at.host}:${at.port}: ${cause instanceof Error ? cause.message : String(cause)}.`,
      hint: 'Set PORT to a free one.',
      exitCode: 4,
      cause,
    })
  })
  try {
    terminal.err(
      `There is no App yet: neither the environment nor ${path} says which (APP_ID, PRIVATE_KEY, WEBHOOK_SECRET). To make one on ${webUrl}, open\n\n  ${page.url}\n\nin a browser on this machine (from another one: ssh -L ${at.port}:127.0.0.1:${at.port}). No webhooks are taken meanwhile.`,
    )
    const made = await Promise.race([page.made, stopped(interrupts)])
    if (made === undefined) return 4
    terminal.err(`The App ${made.slug} is made; its settings are in ${path}.`)
    terminal.err(`Install it: ${made.pageUrl}/installations/new. Then start \`dce serve\` again.`)
    return 0
  } finally {
    await page.close()
    interrupts.dispose()
  }
}

function stopped(interrupts: Interrupts): Promise<undefined> {
  return new Promise((resolve) => interrupts.finish.addEventListener('abort', () => resolve(undefined), { once: true }))
}
