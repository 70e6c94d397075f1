// A folder -> a Restate server on loopback that keeps its log there, and its two addresses. Only for machines where nobody gave us the address of one.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { arch, platform } from 'node:os'
import { join } from 'node:path'
import { UserFault, WorldFault } from '../../fault.ts'
import { freePorts } from './free-ports.ts'
import { requestIdentity } from './request-identity.ts'

/** Where a Restate server answers. */
export interface RestateAddresses {
  readonly ingressUrl: string
  readonly adminUrl: string
}

/** A server that is ours to end. */
export interface RestateServer extends RestateAddresses {
  /** The process that was started, to be ended by whoever kills us on purpose. */
  readonly pid: number
  /** It signs its requests; an endpoint tells them by this key, `publickeyv1_…`. */
  readonly identityKey: string
  close(): Promise<void>
}

/** How long it may take until it answers, ms. A first start takes 1 to 3 s here; a busy machine and a log to read take longer. */
const patienceMs = 60_000

/**
 * Starts it, or takes over the one that a killed process of ours left running on the folder. Errors: UserFault (exit 4) when the package with the server is not installed; WorldFault('process') when it does not come up.
 */
export async function startRestate(request: {
  readonly folder: string
  readonly env: Readonly<Record<string, string | undefined>>
}): Promise<RestateServer> {
  const identity = requestIdentity(request.folder)
  const left = await leftRunning(request.folder)
  if (left?.identityKey === identity.publicKey) return left
  // It signs by another key, or, left by an older release, by none.
  await left?.close()
  const program = findProgram()
  const [ingress, admin, node] = await freePorts(3)
  const child = spawn(
    program,
    [
      '--no-logo',
      '--node-name',
      'dce',
      '--base-dir',
      request.folder,
      '--bind-ip',
      '127.0.0.1',
      '--bind-port',
      String(node),
      '--listen-mode',
      'tcp',
    ],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: request.env['PATH'] ?? '',
        HOME: request.folder,
        RESTATE_DISABLE_TELEMETRY: 'true',
        DO_NOT_TRACK: '1',
        RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${ingress}`,
        RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${admin}`,
        // Other people of this machine reach our endpoint too: only what carries the server's signature is worked on.
        RESTATE_WORKER__INVOKER__REQUEST_IDENTITY_PRIVATE_KEY_PEM_FILE: identity.pemPath,
        RESTATE_ADVERTISED_ADDRESS: `http://127.0.0.1:${node}`,
        RESTATE_LOG_FILTER: 'warn',
        RESTATE_LOG_DISABLE_ANSI_CODES: 'true',
        // One machine, tens of runs: the defaults are made for clusters.
        RESTATE_DEFAULT_NUM_PARTITIONS: '4',
        RESTATE_ROCKSDB_TOTAL_MEMORY_SIZE: '256 MiB',
        // A delivery may be sent again for days; it must still be known then. Source: github-pitfalls P12.
        RESTATE_DEFAULT_IDEMPOTENCY_RETENTION: '7d',
      },
    },
  )
  const said: string[] = []
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => void (said.push(chunk.toString()) > 200 && said.shift()))
  const addresses = { ingressUrl: `http://127.0.0.1:${ingress}`, adminUrl: `http://127.0.0.1:${admin}` }
  await untilReady(child, addresses, said)
  const pid = child.pid ?? 0
  const known = { ...addresses, pid, identityKey: identity.publicKey }
  writeFileSync(notePath(request.folder), JSON.stringify(known))
  return { ...known, close: () => end(child) }
}

const notePath = (folder: string) => join(folder, 'running.json')

// The folder belongs to one server at a time. Another program may have the number of a dead one by now: only what answers as ours counts.
async function leftRunning(folder: string): Promise<RestateServer | undefined> {
  const note = await readFile(notePath(folder), 'utf8').then(
    (text) => JSON.parse(text) as RestateAddresses & { readonly pid: number; readonly identityKey?: string },
    () => undefined,
  )
  if (
    note === undefined ||
    !isServer(note.pid) ||
    !(await isUp(`${note.adminUrl}/health`)) ||
    !(await isUp(`${note.ingressUrl}/restate/health`))
  )
    return undefined
  const { ingressUrl, adminUrl, pid, identityKey = '' } = note
  return {
    ingressUrl,
    adminUrl,
    pid,
    identityKey,
    close: async () => {
      for (let tries = 0; isServer(pid) && tries < 110; tries++) {
        process.kill(pid, tries < 100 ? 'SIGTERM' : 'SIGKILL')
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
    },
  }
}

function isServer(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return platform() !== 'linux' || readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('restate-server')
  } catch {
    return false
  }
}

const isUp = (url: string) =>
  fetch(url, { signal: AbortSignal.timeout(2_000) }).then(
    ({ ok }) => ok,
    () => false,
  )

function findProgram(): string {
  const name = `@restatedev/restate-server-${platform()}-${arch()}/bin/restate-server`
  try {
    const found = createRequire(import.meta.url).resolve(name)
    if (existsSync(found)) return found
  } catch {
    // Said below.
  }
  throw new UserFault({
    problem: 'There is no Restate server: none is configured, and the package that brings one is not installed.',
    hint: 'Install it (npm install @restatedev/restate-server), or set DCE_RESTATE_INGRESS_URL and DCE_RESTATE_ADMIN_URL to one that runs.',
    exitCode: 4,
  })
}

async function untilReady(child: ChildProcess, { ingressUrl, adminUrl }: RestateAddresses, said: readonly string[]): Promise<void> {
  const giveUpAt = Date.now() + patienceMs
  while (Date.now() < giveUpAt && child.exitCode === null && child.signalCode === null) {
    if ((await isUp(`${adminUrl}/health`)) && (await isUp(`${ingressUrl}/restate/health`))) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  const last = said.join('').trim().split('\n').slice(-5).join(' / ').slice(0, 1_000)
  await end(child)
  throw new WorldFault({ service: 'process', problem: `the Restate server did not come up: ${last}`, retryable: true })
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  const late = setTimeout(() => child.kill('SIGKILL'), 10_000)
  await gone
  clearTimeout(late)
}
