// The CLI as a process: `dce …` in a folder of its own, with state and caches there, against a Messages API on loopback.
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { whyNoSandbox } from '../support/sandbox.ts'
import { warmGoCaches } from '../support/warm-go-cache.ts'

const cli = new URL('../../src/cli.ts', import.meta.url).pathname
const noSandbox = await whyNoSandbox()

/** What a finished process left: its exit code (null: ended by a signal) and all that it printed, both streams as they came. */
export interface Said {
  readonly code: number | null
  readonly said: string
}

/** A way in. `start` leaves the process to the caller, who ends it. */
export interface Door {
  start(...words: readonly string[]): ChildProcess & { readonly said: () => string }
  dce(...words: readonly string[]): Promise<Said>
  /** The run id in what was printed; '' when there is none. */
  runOf(said: string): string
}

/** Opens the door. `folder`: absolute, the working folder; `repo`: exists already, the standard library is compiled for it; `env`: on top of this process's. */
export function openDoor(request: {
  readonly folder: string
  readonly repo: string
  readonly race?: boolean
  readonly url: () => string
  readonly env?: () => Readonly<Record<string, string>>
}): Door {
  const { folder, repo, race = false } = request
  warmGoCaches({ cacheHome: join(folder, 'cache'), repo, race })
  const start = (...words: readonly string[]) => {
    const env = {
      ...process.env,
      ANTHROPIC_API_KEY: 'test',
      ANTHROPIC_BASE_URL: request.url(),
      XDG_STATE_HOME: join(folder, 'state'),
      XDG_CACHE_HOME: join(folder, 'cache'),
      ...request.env?.(),
    }
    const child = spawn(process.execPath, [cli, ...words, ...(noSandbox === undefined ? [] : ['--sandbox', 'off'])], { cwd: folder, env })
    let said = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (data) => {
        said += String(data)
      })
    }
    return Object.assign(child, { said: () => said })
  }
  return {
    start,
    dce: async (...words) => {
      const child = start(...words)
      const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
      return { code, said: child.said() }
    },
    runOf: (said) => /[Rr]un (?<id>[a-z0-9-]+-[0-9a-f]{6})/u.exec(said)?.groups?.['id'] ?? '',
  }
}
