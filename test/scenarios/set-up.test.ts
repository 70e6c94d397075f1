// From nothing to an App that takes webhooks: `dce serve`, its set-up page, GitHub's manifest page and back, as a browser goes, and `dce serve` again.
import { createHmac } from 'node:crypto'
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { appEvents, appPermissions } from '../../src/app/app-manifest.ts'
import { submitManifest } from '../fakes/github/manifest-route.ts'
import { openServed, type Served } from './serve-dce.ts'

let served: Served
let child: ReturnType<Served['scene']['start']>
let page = ''
let path = ''

const unescaped = (html: string) =>
  html.replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&#39;', "'").replaceAll('&amp;', '&')

async function start(): Promise<void> {
  child = served.scene.start('serve')
  page = await served.until('the set-up page', () => /(?<url>http:\S+\/set-up\?key=\S+)/u.exec(child.said())?.groups?.['url'])
}

/** Fills in our form and reads GitHub's out of the answer. */
async function fillIn(fields: Readonly<Record<string, string>>) {
  const key = new URL(page).searchParams.get('key') ?? ''
  const body = new URLSearchParams({ key, name: 'shop dce', address: 'https://dce.example.com/', organization: '', ...fields })
  const response = await fetch(new URL('/set-up', page), { method: 'POST', body })
  const html = await response.text()
  const action = unescaped(/<form method="post" action="(?<url>[^"]+)"/u.exec(html)?.groups?.['url'] ?? '')
  const manifest = unescaped(/name="manifest" value="(?<text>[^"]+)"/u.exec(html)?.groups?.['text'] ?? '')
  return { status: response.status, html, action, manifest }
}

/** What GitHub does when its button is pressed. */
async function pressed(fields: Readonly<Record<string, string>> = {}): Promise<URL> {
  const { action, manifest } = await fillIn(fields)
  return submitManifest(served.fake.state, { manifest, state: new URL(action).searchParams.get('state') ?? '' })
}

beforeAll(async () => {
  served = await openServed({ files: { 'go.mod': 'module example.test/shop\n\ngo 1.21\n' }, answer: () => ({ content: [] }) })
  for (const name of ['APP_ID', 'PRIVATE_KEY', 'WEBHOOK_SECRET']) delete served.scene.env[name]
  path = join(served.scene.folder, 'state', 'dce', 'app.env')
}, 300_000)

afterEach(() => expect(served.fake.faults).toEqual([]))
afterAll(async () => {
  child.kill('SIGKILL')
  await served.close()
})

describe('dce serve without an App', () => {
  it('offers a page on loopback, for whoever has its whole address', async () => {
    await start()
    expect(new URL(page).hostname).toBe('127.0.0.1')
    expect(await (await fetch(page)).text()).toContain('Address at which GitHub reaches this machine')
    for (const other of ['/', '/set-up', '/set-up?key=guessed', '/set-up/done', '/api/github/webhooks'])
      expect((await fetch(new URL(other, page))).ok, other).toBe(false)
  }, 60_000)

  it('says which answer is wrong', async () => {
    for (const [fields, why] of [
      [{ address: 'dce.example.com' }, 'must be like https://dce.example.com'],
      [{ organization: 'a/b' }, 'no login of an organisation'],
      [{ name: 'n'.repeat(35) }, 'got 35'],
    ] as const) {
      const { status, html } = await fillIn(fields)
      expect(status).toBe(400)
      expect(html).toContain(why)
    }
  })

  it('takes the manifest to the person’s or the organisation’s page, with the permissions of app.yml and nothing more', async () => {
    const { action, manifest } = await fillIn({})
    expect(action).toMatch(new RegExp(`^${served.fake.url}/settings/apps/new\\?state=[\\w-]{32}$`, 'u'))
    expect((await fillIn({ organization: 'acme' })).action).toContain('/organizations/acme/settings/apps/new?state=')
    expect(JSON.parse(manifest)).toMatchObject({
      name: 'shop dce',
      hook_attributes: { url: 'https://dce.example.com/api/github/webhooks', active: true },
      redirect_url: new URL('/set-up/done', page).href,
      default_permissions: appPermissions,
      default_events: appEvents,
      public: false,
    })
  })

  it('takes no code that comes with a state of somebody else: it would be somebody else’s App', async () => {
    const back = await pressed()
    back.searchParams.set('state', 'guessed')
    const answer = await fetch(back)
    expect(answer.status).toBe(400)
    expect(await answer.text()).toContain('belongs to no question of ours')
    expect(served.fake.calls).toEqual([])
  })

  it('says to begin again when the code was used already, and to reload when GitHub could not be asked', async () => {
    const used = await pressed()
    served.fake.state.manifestCodes.clear()
    expect(await (await fetch(used)).text()).toContain('Begin again')
    expect((await fetch(used)).status).toBe(400)
    const broken = await pressed()
    served.fake.failNext('POST /app-manifests', { status: 502 })
    expect(await (await fetch(broken)).text()).toContain('Reload this page')
    expect(existsSync(path)).toBe(false)
    expect(child.exitCode).toBe(null)
  })

  it('keeps id, key and secret in a file for its owner alone, ends, and starts as that App', async () => {
    const answer = await (await fetch(await pressed())).text()
    expect(answer).toContain('/apps/dce-app/installations/new')
    expect(answer).toContain(path)
    await served.until('the end of the set-up', () => child.exitCode === 0)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    const stored = parseEnv(readFileSync(path, 'utf8'))
    expect(stored).toMatchObject({ APP_ID: '4242', PRIVATE_KEY: served.fake.privateKey, GITHUB_SERVER_URL: served.fake.url })
    expect(child.said()).not.toContain(stored['WEBHOOK_SECRET'])
    expect(answer + child.said()).not.toContain('PRIVATE KEY')

    child = served.scene.start('serve')
    const url = await served.until('webhooks', () => /Webhooks: (?<url>\S+)/u.exec(child.said())?.groups?.['url'])
    const body = JSON.stringify({ zen: 'x', hook_id: 1 })
    const send = (secret: string) =>
      fetch(url, {
        method: 'POST',
        body,
        headers: {
          'content-type': 'application/json',
          'x-github-event': 'ping',
          'x-github-delivery': '72d3162e-cc78-11e3-81ab-4c9367dc0958',
          'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
        },
      })
    expect((await send(stored['WEBHOOK_SECRET'] ?? '')).status).toBe(200)
    expect((await send('another')).status).toBe(400)
    child.kill('SIGTERM')
    await served.until('the end', () => child.exitCode === 0)
  }, 120_000)

  it('refuses half an App, as ever: no webhook secret, no start', async () => {
    rmSync(path)
    Object.assign(served.scene.env, { APP_ID: '7', PRIVATE_KEY: served.fake.privateKey })
    const { code, said } = await served.scene.dce('serve')
    expect(code).toBe(4)
    expect(said).toContain('WEBHOOK_SECRET is not set')
  }, 60_000)
})
