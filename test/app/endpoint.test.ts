// The durable engine that is started by us, and our endpoint: what it signed is worked on; what anybody else on this machine sends is refused.
import { statSync, writeFileSync } from 'node:fs'
import { connect } from 'node:http2'
import { join } from 'node:path'
import * as restate from '@restatedev/restate-sdk'
import * as clients from '@restatedev/restate-sdk-clients'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { base58, requestIdentity } from '../../src/adapters/restate/request-identity.ts'
import { type RestateServer, startRestate } from '../../src/adapters/restate/start-server.ts'
import { openEndpoint, register } from '../../src/app/endpoint.ts'
import { makeTempDir } from '../support/git-dir.ts'

const folder = join(makeTempDir('restate'), 'engine')
const log = { info: () => undefined, warn: () => undefined }
const heard: string[] = []
const echo = restate.service({
  name: 'echo',
  handlers: {
    say: async (_ctx: restate.Context, text: string) => {
      heard.push(text)
      return text
    },
  },
})
let server: RestateServer
let endpoint: Awaited<ReturnType<typeof openEndpoint>>

beforeAll(async () => {
  server = await startRestate({ folder, env: process.env })
  endpoint = await openEndpoint({ services: [echo], port: 0, identityKeys: [server.identityKey], log })
}, 120_000)

afterAll(async () => {
  await server.close()
  await endpoint.close()
})

function ask(path: string, headers: Readonly<Record<string, string>>): Promise<number> {
  const session = connect(endpoint.url)
  return new Promise<number>((resolve, reject) => {
    session.once('error', reject)
    const stream = session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/vnd.restate.invocation.v5',
      ...headers,
    })
    stream.once('response', (answer) => resolve(Number(answer[':status'])))
    stream.once('error', reject)
    stream.end()
  }).finally(() => session.destroy())
}

describe('the endpoint of the durable engine', () => {
  it('works on what its own server asks', async () => {
    await register(server.adminUrl, endpoint.url)
    expect(await clients.connect({ url: server.ingressUrl }).serviceClient(echo).say('signed')).toBe('signed')
  }, 60_000)

  it.each([
    ['unsigned', {}],
    ['signed by nobody', { 'x-restate-signature-scheme': 'unsigned' }],
    ['signed by somebody else', { 'x-restate-signature-scheme': 'v1', 'x-restate-jwt-v1': 'e30.e30.e30' }],
  ])('refuses what is %s, to see what there is as to call it', async (_what, headers) => {
    expect(await ask('/invoke/echo/say', headers)).toBe(401)
    expect(await ask('/discover', headers)).toBe(401)
    expect(heard).toEqual(['signed'])
  })

  it('the key is for its owner alone, and the same at the next start, so that what waits goes on', () => {
    const { pemPath, publicKey } = requestIdentity(folder)
    expect(publicKey).toBe(server.identityKey)
    expect(statSync(pemPath).mode & 0o777).toBe(0o600)
  })

  it('a server that was left running is taken over; one that signs by no key of ours is ended first', async () => {
    expect((await startRestate({ folder, env: process.env })).pid).toBe(server.pid)
    const { ingressUrl, adminUrl, pid } = server
    writeFileSync(join(folder, 'running.json'), JSON.stringify({ ingressUrl, adminUrl, pid }))
    const next = await startRestate({ folder, env: process.env })
    expect(next.pid).not.toBe(pid)
    expect(next.identityKey).toBe(server.identityKey)
    server = next
  }, 120_000)
})

describe('base 58', () => {
  // Source: draft-msporny-base58, test vectors.
  it.each([
    ['Hello World!', '2NEpo7TZRRrLZSi2U'],
    ['The quick brown fox jumps over the lazy dog.', 'USm3fpXnKG5EUBx2ndxBDMPVciP5hGey2Jh4NDv6gmeo1LkMeiKrLJUUBk6Z'],
    ['\0\0\x28\x7f\xb4\xcd', '11233QC4'],
    ['', ''],
  ])('writes %j', (text, written) => {
    expect(base58(Buffer.from(text, 'latin1'))).toBe(written)
  })
})
