// What the App asks of its durable engine (decision 0010), against a real Restate: once for a key, in order on a thread, and carried on after a kill.
import { createServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import * as restate from '@restatedev/restate-sdk'
import * as clients from '@restatedev/restate-sdk-clients'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startRestate } from '../../../src/adapters/restate/start-server.ts'
import { makeTempDir } from '../../support/git-dir.ts'

interface Letter {
  readonly thread: string
  readonly text: string
  /** What makes two letters one. */
  readonly key?: string
}

const heard: string[] = []
let working = 0
let mostAtOnce = 0
/** Attempts at long work, and what lets it end. */
let begun = 0
let release: () => void = () => undefined
let released = new Promise<void>((resolve) => {
  release = resolve
})

const remember = { idempotencyRetention: { days: 7 } } as const
const threadName: restate.VirtualObjectDefinition<
  'thread',
  { readonly heard: (ctx: restate.ObjectContext, text: string) => Promise<void> }
> = {
  name: 'thread',
}
const intakeName: restate.ServiceDefinition<
  'intake',
  {
    readonly receive: (ctx: restate.Context, letters: readonly Letter[]) => Promise<void>
    readonly carry: (ctx: restate.Context) => Promise<void>
  }
> = { name: 'intake' }

const thread = restate.object({
  name: 'thread',
  options: remember,
  handlers: {
    heard: async (ctx: restate.ObjectContext, text: string): Promise<void> => {
      await ctx.run('hear', async () => {
        working += 1
        mostAtOnce = Math.max(mostAtOnce, working)
        await new Promise((resolve) => setTimeout(resolve, 2))
        working -= 1
        heard.push(`${ctx.key}: ${text}`)
      })
    },
  },
})

const intake = restate.service({
  name: 'intake',
  options: { ...remember, inactivityTimeout: { days: 30 }, abortTimeout: { days: 30 } },
  handlers: {
    receive: async (ctx: restate.Context, letters: readonly Letter[]): Promise<void> => {
      for (const { thread: at, text, key } of letters)
        ctx.objectSendClient(threadName, at).heard(text, restate.rpc.sendOpts(key === undefined ? {} : { idempotencyKey: key }))
    },
    carry: async (): Promise<void> => {
      begun += 1
      await released
    },
  },
})

const folder = makeTempDir('restate')
let server: Awaited<ReturnType<typeof startRestate>>
let port = 0
let endpoint = openEndpoint()

function quiet(bound: restate.RestateEndpoint): restate.RestateEndpoint {
  bound.setLogger(() => undefined)
  return bound
}

function openEndpoint() {
  const http = createServer(quiet(restate.endpoint().bind(thread).bind(intake)).http2Handler())
  const sessions = new Set<{ destroy(): void }>()
  http.on('session', (session) => sessions.add(session))
  return { http, sessions }
}

async function start(): Promise<void> {
  await new Promise<void>((resolve) => endpoint.http.listen(port, '127.0.0.1', resolve))
  port = (endpoint.http.address() as AddressInfo).port
  server = await startRestate({ folder, env: process.env })
  const registered = await fetch(`${server.adminUrl}/deployments`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ uri: `http://127.0.0.1:${port}`, force: true, breaking: true }),
  })
  expect(registered.ok).toBe(true)
}

/** As a crash does: the engine and whoever works for it, at once. */
async function kill(): Promise<void> {
  process.kill(server.pid, 'SIGKILL')
  for (const session of endpoint.sessions) session.destroy()
  await new Promise<void>((resolve) => endpoint.http.close(() => resolve()))
  endpoint = openEndpoint()
}

const send = (letters: readonly Letter[], guid: string) =>
  clients
    .connect({ url: server.ingressUrl })
    .serviceSendClient(intakeName)
    .receive(letters, clients.rpc.sendOpts({ idempotencyKey: guid }))

const until = (what: () => boolean) => expect.poll(what, { timeout: 30_000, interval: 20 }).toBe(true)

beforeAll(start, 90_000)
afterAll(async () => {
  release()
  await server.close()
  for (const session of endpoint.sessions) session.destroy()
  endpoint.http.close()
})

describe('the durable engine', () => {
  it('takes a delivery once, however often and at once it comes', async () => {
    await Promise.all(Array.from({ length: 20 }, () => send([{ thread: 'a', text: 'one' }], 'guid-1')))
    await send([{ thread: 'a', text: 'two' }], 'guid-2')
    await until(() => heard.includes('a: two'))
    expect(heard).toEqual(['a: one', 'a: two'])
  }, 60_000)

  it('takes two deliveries of one thing for one, and the same key on another thread for another', async () => {
    await send([{ thread: 'b', text: 'told', key: 'comment-5' }], 'guid-3')
    await until(() => heard.includes('b: told'))
    await send(
      [
        { thread: 'b', text: 'looked up', key: 'comment-5' },
        { thread: 'c', text: 'another', key: 'comment-5' },
        { thread: 'b', text: 'last' },
      ],
      'guid-4',
    )
    await until(() => heard.includes('b: last') && heard.includes('c: another'))
    expect(heard.filter((text) => text.startsWith('b'))).toEqual(['b: told', 'b: last'])
  }, 60_000)

  it('keeps the order of a thread, one after the other', async () => {
    mostAtOnce = 0
    const letters = Array.from({ length: 50 }, (_, index) => ({ thread: 'd', text: String(index) }))
    await send(letters, 'guid-5')
    await until(() => heard.includes('d: 49'))
    expect(heard.filter((text) => text.startsWith('d'))).toEqual(letters.map(({ text }) => `d: ${text}`))
    expect(mostAtOnce).toBe(1)
  }, 60_000)

  it('carries on what was under way when it was killed, and still knows what it took', async () => {
    await clients
      .connect({ url: server.ingressUrl })
      .serviceSendClient(intakeName)
      .carry(clients.rpc.sendOpts({ idempotencyKey: 'run-1' }))
    await until(() => begun === 1)
    await send([{ thread: 'e', text: 'before' }], 'guid-6')
    await until(() => heard.includes('e: before'))
    await kill()
    released = new Promise<void>((resolve) => {
      release = resolve
    })
    await start()
    await until(() => begun === 2)
    await Promise.all([send([{ thread: 'e', text: 'before' }], 'guid-6'), send([{ thread: 'a', text: 'one' }], 'guid-1')])
    await send([{ thread: 'e', text: 'after' }], 'guid-7')
    await until(() => heard.includes('e: after'))
    expect(heard.filter((text) => text.startsWith('e'))).toEqual(['e: before', 'e: after'])
    expect(heard.filter((text) => text === 'a: one')).toHaveLength(1)
    release()
  }, 90_000)
})
