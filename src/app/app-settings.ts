// The App's environment -> its settings. What is missing or wrong is named together, with what to do.
import { readFileSync } from 'node:fs'
import { UserFault } from '../fault.ts'

type Env = Readonly<Record<string, string | undefined>>

/** What `dce serve` runs with. Names of the variables are Probot's where it has them. */
export interface AppSettings {
  readonly appId: string
  readonly privateKey: string
  readonly webhookSecret: string
  /** `https://api.github.com`, or a GitHub Enterprise Server's `https://HOST/api/v3`. */
  readonly apiUrl: string
  /** `https://github.com`, or `https://HOST`. */
  readonly webUrl: string
  readonly host: string
  readonly port: number
  /** Where the durable engine reaches us: the same over restarts, because it remembers it. */
  readonly endpointPort: number
  /** Between two writes of one installation, ms. GitHub asks for a second; a GitHub Enterprise Server without limits does not. */
  readonly writeEveryMs: number
  /** A call to GitHub that is not answered by then is tried again, ms. Chosen. */
  readonly timeoutMs: number
  /** A board is edited this often at most, ms. Source of the default: product description. */
  readonly boardEveryMs: number
  /** Between two looks at a run of the gate's workflow, and the longest wait for GitHub to begin one, ms. */
  readonly gatePollMs: number
  readonly gateBeginsWithinMs: number
  /** Between two looks at what no webhook told, ms. Chosen: what was lost waits no longer than this. */
  readonly lookEveryMs: number
  /** An engine that somebody else runs; else one is started. */
  readonly restate: { readonly ingressUrl: string; readonly adminUrl: string; readonly identityKeys: readonly string[] } | undefined
}

/** Reads them. Errors: UserFault (exit 4) naming all that is missing. */
export function appSettings(env: Env): AppSettings {
  const privateKey = keyOf(env)
  const wanted = { APP_ID: env['APP_ID'], WEBHOOK_SECRET: env['WEBHOOK_SECRET'], 'PRIVATE_KEY or PRIVATE_KEY_PATH': privateKey }
  const missing = Object.entries(wanted).flatMap(([name, value]) => (value === undefined || value.trim() === '' ? [name] : []))
  if (missing.length > 0) {
    throw new UserFault({
      problem: `The App cannot start: ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} not set.`,
      hint: 'Set what the App’s page shows, or none of it: then `dce serve` offers a page that makes the App (docs/github.md, "Setting up"). Without a secret everybody could send it webhooks.',
      exitCode: 4,
    })
  }
  return {
    appId: env['APP_ID'] ?? '',
    privateKey: privateKey ?? '',
    webhookSecret: env['WEBHOOK_SECRET'] ?? '',
    ...githubAddresses(env),
    ...listenAddress(env),
    endpointPort: portOf(env, 'DCE_ENDPOINT_PORT', 9080),
    writeEveryMs: timeOf(env, 'DCE_GITHUB_WRITE_EVERY_MS', 1_000),
    timeoutMs: timeOf(env, 'DCE_GITHUB_TIMEOUT_MS', 30_000),
    boardEveryMs: timeOf(env, 'DCE_BOARD_EVERY_MS', 15_000),
    gatePollMs: timeOf(env, 'DCE_GATE_POLL_MS', 30_000),
    gateBeginsWithinMs: timeOf(env, 'DCE_GATE_BEGINS_WITHIN_MS', 10 * 60_000),
    lookEveryMs: timeOf(env, 'DCE_LOOK_EVERY_MS', 5 * 60_000),
    restate: restateOf(env),
  }
}

/** GitHub's API and its pages: github.com's, or an Enterprise Server's. Source: github-pitfalls P46. */
export function githubAddresses(env: Env): Pick<AppSettings, 'apiUrl' | 'webUrl'> {
  const ghe = env['GHE_HOST'] === undefined ? undefined : `${env['GHE_PROTOCOL'] ?? 'https'}://${env['GHE_HOST']}`
  return {
    apiUrl: trimmed(env['GITHUB_API_URL'] ?? (ghe === undefined ? 'https://api.github.com' : `${ghe}/api/v3`)),
    webUrl: trimmed(env['GITHUB_SERVER_URL'] ?? ghe ?? 'https://github.com'),
  }
}

/** Where webhooks are taken; the set-up page stands there before. Errors: UserFault for a port that is none. */
export function listenAddress(env: Env): Pick<AppSettings, 'host' | 'port'> {
  return { host: env['HOST'] ?? '127.0.0.1', port: portOf(env, 'PORT', 3000) }
}

// As Probot takes it: the text itself, with real or written line breaks, in base64, or a path to it.
function keyOf(env: Env): string | undefined {
  const text = env['PRIVATE_KEY']
  if (text !== undefined) return text.includes('-----BEGIN') ? text.replaceAll('\\n', '\n') : Buffer.from(text, 'base64').toString()
  const path = env['PRIVATE_KEY_PATH']
  if (path === undefined) return undefined
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new UserFault({
      problem: `PRIVATE_KEY_PATH names ${path}, which cannot be read.`,
      hint: 'Name the .pem file that GitHub gave you.',
      exitCode: 4,
      cause,
    })
  }
}

function portOf(env: Env, name: string, usual: number): number {
  const text = env[name]
  if (text === undefined) return usual
  const port = Number(text)
  if (Number.isInteger(port) && port >= 0 && port < 65_536) return port
  throw new UserFault({
    problem: `\`${name}\` must be a port from 0 to 65535, got "${text}".`,
    hint: `Set it to a free port, or leave it out for ${usual}.`,
  })
}

function timeOf(env: Env, name: string, usual: number): number {
  const text = env[name]
  if (text === undefined) return usual
  const time = Number(text)
  if (text.trim() !== '' && Number.isInteger(time) && time >= 0) return time
  throw new UserFault({ problem: `\`${name}\` must be a time in ms, got "${text}".`, hint: `Leave it out for ${usual}.` })
}

function restateOf(env: Env): AppSettings['restate'] {
  const ingressUrl = env['DCE_RESTATE_INGRESS_URL']
  const adminUrl = env['DCE_RESTATE_ADMIN_URL']
  if (ingressUrl === undefined && adminUrl === undefined) return undefined
  if (ingressUrl !== undefined && adminUrl !== undefined) {
    return { ingressUrl: trimmed(ingressUrl), adminUrl: trimmed(adminUrl), identityKeys: identityKeysOf(env) }
  }
  throw new UserFault({
    problem: 'Only one of DCE_RESTATE_INGRESS_URL and DCE_RESTATE_ADMIN_URL is set.',
    hint: 'Set both, to a Restate server that runs; or none, and one is started.',
    exitCode: 4,
  })
}

// Several while keys are changed. Written wrongly they would let nobody in, or, left out, everybody on loopback.
function identityKeysOf(env: Env): readonly string[] {
  const text = env['DCE_RESTATE_IDENTITY_KEYS'] ?? env['DCE_RESTATE_IDENTITY_KEY'] ?? ''
  const keys = text.split(/[\s,]+/u).filter((key) => key !== '')
  const wrong = keys.find((key) => !/^publickeyv1_[1-9A-HJ-NP-Za-km-z]{32,44}$/u.test(key))
  if (wrong === undefined) return keys
  throw new UserFault({
    problem: `\`DCE_RESTATE_IDENTITY_KEYS\` must be public keys like publickeyv1_2G8dCQ…, got "${wrong}".`,
    hint: 'Restate prints its public key when it starts with `request-identity-private-key-pem-file`.',
    exitCode: 4,
  })
}

function trimmed(url: string): string {
  return url.replace(/\/+$/u, '')
}
