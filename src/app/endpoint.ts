// Restate services -> an HTTP/2 endpoint on loopback that works on what its own engine has signed, and on nothing else.
import { createServer as createHttp2Server } from 'node:http2'
import type { AddressInfo } from 'node:net'
import * as restate from '@restatedev/restate-sdk'
import { WorldFault } from '../fault.ts'
import type { Log } from '../world.ts'

/** What it serves, and who may ask. `port` 0: any free one. No identity keys: whoever reaches loopback may. */
export interface EndpointRequest {
  readonly services: NonNullable<restate.EndpointOptions['services']>
  readonly port: number
  /** `publickeyv1_…`: requests are signed by one of these. */
  readonly identityKeys: readonly string[]
  readonly log: Log
}

/** Opens it. On loopback: only the engine beside us calls it. Errors: rejects with the error of listening. */
export async function openEndpoint(request: EndpointRequest): Promise<{ readonly url: string; close(): Promise<void> }> {
  const handler = restate.createEndpointHandler({
    services: request.services,
    identityKeys: [...request.identityKeys],
    logger: (meta, ...message) =>
      meta.level === 'warn' || meta.level === 'error' ? request.log.warn('restate', { message: message.map(String) }) : undefined,
  })
  const server = createHttp2Server(handler)
  const sessions = new Set<{ destroy(): void }>()
  server.on('session', (session) => {
    sessions.add(session)
    session.once('close', () => sessions.delete(session))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(request.port, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      for (const session of sessions) session.destroy()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

/** Tells the engine of it. The same address over releases: what waits goes on under the newer one. State is data with a version, and handlers are short. */
export async function register(adminUrl: string, uri: string): Promise<void> {
  const response = await fetch(`${adminUrl}/deployments`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ uri, force: true, breaking: true }),
    signal: AbortSignal.timeout(30_000),
  })
  if (response.ok) return
  throw new WorldFault({
    service: 'process',
    problem: `the durable engine refused us: ${response.status} ${(await response.text()).slice(0, 500)}`,
    retryable: true,
  })
}
