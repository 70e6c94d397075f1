// The file that the set-up page leaves <-> the App's environment. For its owner alone to read; what the environment says wins.
import { existsSync } from 'node:fs'
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { parseEnv } from 'node:util'
import { UserFault } from '../fault.ts'

type Env = Readonly<Record<string, string | undefined>>

/** Where it lies, beside the journal: a place that lasts. */
export function storedSettingsPath(stateFolder: string): string {
  return join(stateFolder, 'app.env')
}

/** The environment with what was stored below it. No file: the environment. Errors: UserFault for a file that cannot be read. */
export async function withStoredSettings(env: Env, path: string): Promise<Env> {
  if (!existsSync(path)) return env
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new UserFault({
      problem: `${path} cannot be read.`,
      hint: 'Make it readable for whoever runs dce, or remove it.',
      exitCode: 4,
      cause,
    })
  })
  return overlay(env, parseEnv(text) as Env)
}

// The halves of two Apps, or of two servers, make none.
function overlay(env: Env, stored: Env): Env {
  if (env['APP_ID'] !== undefined && env['APP_ID'] !== stored['APP_ID']) return env
  const hidden = [
    ...(env['PRIVATE_KEY_PATH'] === undefined ? [] : ['PRIVATE_KEY']),
    ...(addresses.some((name) => env[name] !== undefined) ? addresses : []),
  ]
  return Object.fromEntries(
    [...Object.entries(stored).filter(([name]) => !hidden.includes(name)), ...Object.entries(env)].filter(
      ([, value]) => value !== undefined,
    ),
  )
}

const addresses: readonly string[] = ['GHE_HOST', 'GHE_PROTOCOL', 'GITHUB_API_URL', 'GITHUB_SERVER_URL']

/** Whether nothing at all says which App this is: then it can be made. */
export function isUnconfigured(env: Env): boolean {
  return ['APP_ID', 'PRIVATE_KEY', 'PRIVATE_KEY_PATH', 'WEBHOOK_SECRET'].every((name) => (env[name] ?? '').trim() === '')
}

/** A place for values that must not be lost once they are there. */
export interface SettingsDraft {
  /** Contract: called once. What the file said before stays above. */
  keep(values: Readonly<Record<string, string>>): Promise<void>
  drop(): Promise<void>
}

/** Opens it before the values are asked for: that it can be written is known first. Errors: rejects with node's error when it cannot. */
export async function draftSettings(path: string): Promise<SettingsDraft> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const draft = `${path}.${process.pid}.new`
  await rm(draft, { force: true })
  const file = await open(draft, 'wx', 0o600)
  return {
    keep: async (values) => {
      const before = await readFile(path, 'utf8').catch(() => '')
      await file.writeFile(`${before}${before === '' || before.endsWith('\n') ? '' : '\n'}${renderSettings(values)}`)
      await file.sync()
      await file.close()
      await rename(draft, path)
    },
    drop: async () => {
      await file.close().catch(() => undefined)
      await rm(draft, { force: true })
    },
  }
}

/** As `.env` files are written: quoted, line breaks as \n. Values hold no quotes: keys, ids, addresses. */
export function renderSettings(values: Readonly<Record<string, string>>): string {
  const lines = Object.entries(values).map(([name, value]) => `${name}="${value.replaceAll('\n', '\\n')}"`)
  return ['# Made by the set-up page of `dce serve`. Keep it secret; the environment wins over it.', ...lines, ''].join('\n')
}
