// `dce serve`: the door for GitHub. Builds the adapters, starts the durable engine and the webhook server, and stores each delivery before it is answered.
import { EventEmitter } from 'node:events'
import type { AddressInfo } from 'node:net'
import * as clients from '@restatedev/restate-sdk-clients'
import { pino } from 'pino'
import { Probot, Server } from 'probot'
import { openGitHub } from './adapters/github/github.ts'
import { installationOf } from './adapters/github/installations.ts'
import { type AnyOctokit, type Credentials, createOctokit, kindPace } from './adapters/github/octokit.ts'
import { startRestate } from './adapters/restate/start-server.ts'
import { webhookPath } from './app/app-manifest.ts'
import { type AppSettings, appSettings } from './app/app-settings.ts'
import { keepCatchingUp, openRuns } from './app/catch-up.ts'
import { deliveriesName, durableServices } from './app/durable.ts'
import { openEndpoint, register } from './app/endpoint.ts'
import type { AppParts } from './app/parts.ts'
import type { Machine } from './cli/open-machine.ts'
import { WorldFault } from './fault.ts'

/** What is not the environment's to say. */
export interface ServeOptions {
  readonly model: string | undefined
  readonly sandbox: 'on' | 'off'
}

/** A running App. */
export interface Served {
  /** Where webhooks go. */
  readonly webhookUrl: string
  /** Where the durable engine shows what it holds. */
  readonly engineUrl: string
  close(): Promise<void>
}

/** How long one delivery may take to be stored, ms: GitHub gives up after ten seconds. */
const storeWithinMs = 8_000

/** Starts it. Errors: UserFault for what is not set or not installed. */
export async function serve(machine: Machine, options: ServeOptions): Promise<Served> {
  const { env } = machine
  const settings = appSettings(env)
  const down = new AbortController()
  const own = settings.restate === undefined ? await startRestate({ folder: `${machine.places.state}/restate`, env }) : undefined
  const { ingressUrl, adminUrl } = settings.restate ?? own ?? unreachable()
  const credentials = (installation: number | undefined) => {
    return { kind: 'app' as const, appId: settings.appId, privateKey: settings.privateKey, installation }
  }
  const octokitOf = octokits(settings, machine.log, credentials)
  const appOctokit = createOctokit({ credentials: credentials(undefined), baseUrl: settings.apiUrl, log: machine.log })
  const parts: AppParts = {
    machine,
    findInstallation: (repository) => installationOf(appOctokit, repository),
    installations: new Map(),
    connect: ({ installation, owner, name }) =>
      openGitHub({ octokit: octokitOf(installation), credentials: credentials(installation), owner, name }),
    webUrl: settings.webUrl,
    model: options.model,
    sandbox: options.sandbox,
    written: {},
    tell: () => undefined,
    pulls: new Map(),
    boardEveryMs: settings.boardEveryMs,
    gatePollMs: settings.gatePollMs,
    gateBeginsWithinMs: settings.gateBeginsWithinMs,
    gateNews: new Map(),
    bell: manyListeners(),
    inHand: new Set(),
    signal: down.signal,
  }
  const services = durableServices(parts, ingressUrl)
  const { deliveries, thread, repository, runner, board } = services
  const identityKeys = own === undefined ? (settings.restate?.identityKeys ?? []) : [own.identityKey]
  const endpoint = await openEndpoint({
    services: [deliveries, thread, repository, runner, board],
    port: settings.endpointPort,
    identityKeys,
    log: machine.log,
  })
  await register(adminUrl, endpoint.url)
  for (const run of await openRuns(parts)) await services.carryOn(run)
  const intake = await openIntake(settings, ingressUrl)
  const caughtUp = keepCatchingUp(parts, { octokit: appOctokit, octokitOf, lookAt: services.lookAt, everyMs: settings.lookEveryMs })
  return {
    webhookUrl: intake.url,
    engineUrl: adminUrl,
    close: async () => {
      await intake.close()
      down.abort()
      await caughtUp
      await own?.close()
      await endpoint.close()
    },
  }
}

// One listener per run that waits for its gate.
function manyListeners(): EventEmitter {
  return new EventEmitter().setMaxListeners(0)
}

function unreachable(): never {
  throw new WorldFault({ service: 'process', problem: 'there is no durable engine', retryable: false })
}

// One Octokit per installation: what is limited together is spaced together.
function octokits(
  settings: AppSettings,
  log: AppParts['machine']['log'],
  credentials: (installation: number) => Credentials,
): (installation: number) => AnyOctokit {
  const made = new Map<number, AnyOctokit>()
  const pace = { ...kindPace, writeEveryMs: settings.writeEveryMs, timeoutMs: settings.timeoutMs }
  return (installation) => {
    const octokit = made.get(installation) ?? createOctokit({ credentials: credentials(installation), baseUrl: settings.apiUrl, log, pace })
    made.set(installation, octokit)
    return octokit
  }
}

// Probot checks the signature over the raw bytes. What it then does is one thing: store. A delivery that cannot be stored is answered 500, and GitHub keeps it.
async function openIntake(settings: AppSettings, ingressUrl: string): Promise<{ readonly url: string; close(): Promise<void> }> {
  const ingress = clients.connect({ url: ingressUrl })
  const log = pino({ level: 'warn' }, pino.destination(2))
  const server = new Server({
    log,
    Probot: Probot.defaults({
      log,
      appId: settings.appId,
      privateKey: settings.privateKey,
      secret: settings.webhookSecret,
      baseUrl: settings.apiUrl,
    }),
    host: settings.host,
    port: settings.port,
    webhookPath,
    enablePing: true,
    enableNotFound: true,
  })
  await server.load((app) => {
    app.onAny(async ({ id, name, payload }) => {
      const stored = ingress
        .serviceSendClient(deliveriesName)
        .receive({ guid: id, event: name, payload }, clients.rpc.sendOpts({ idempotencyKey: id, timeout: storeWithinMs }))
      await stored
    })
  })
  const http = await server.start()
  const { port } = http.address() as AddressInfo
  return { url: `http://${settings.host}:${port}${webhookPath}`, close: async () => void (await server.stop()) }
}
