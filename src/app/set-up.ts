// Nothing configured -> an App: a page on loopback that takes the manifest to GitHub, and GitHub's answer into a file. Probot's own page checks no `state`, asks a stranger's relay for a channel, and writes the key for all to read.
import { randomBytes, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Converted, MadeApp } from '../adapters/github/convert-manifest.ts'
import { appManifest } from './app-manifest.ts'
import { faultPage, madePage, manifestPage, questionsPage, type SetUpAnswers } from './set-up-pages.ts'
import type { SettingsDraft } from './stored-settings.ts'

/** What it is made of. */
export interface SetUpRequest {
  readonly host: string
  readonly port: number
  /** GitHub's pages and its API: `https://github.com` and `https://api.github.com`, or an Enterprise Server's. */
  readonly webUrl: string
  readonly apiUrl: string
  /** The file that will hold the settings, for the words on the page. */
  readonly path: string
  /** Contract: never throws. */
  readonly convert: (code: string) => Promise<Converted>
  readonly draft: () => Promise<SettingsDraft>
  readonly now: () => number
}

/** The page while it is open. */
export interface SetUp {
  /** With the key that lets one in: for the person at the terminal alone. */
  readonly url: string
  /** Resolves when the App is made and its settings are kept. Never rejects. */
  readonly made: Promise<MadeApp>
  close(): Promise<void>
}

/** How long GitHub's code is good, ms, and so our `state`. Source: GitHub's documentation, "Registering a GitHub App from a manifest". */
const goodForMs = 3_600_000
/** A form of ours is shorter, bytes. */
const mostBytes = 20_000

interface Session {
  readonly request: SetUpRequest
  readonly key: string
  /** Given out and not come back, with the time at which each ends. */
  readonly states: Map<string, number>
  readonly done: (app: MadeApp) => void
}

interface Page {
  readonly status: number
  readonly html: string
}

/** Opens it. Errors: rejects with the error of listening. */
export async function openSetUp(request: SetUpRequest): Promise<SetUp> {
  const { promise: made, resolve: done } = Promise.withResolvers<MadeApp>()
  const session: Session = { request, key: randomBytes(24).toString('base64url'), states: new Map(), done }
  const server = createServer((incoming, response) => {
    answer(session, incoming).then(
      (page) => send(response, page),
      (cause: unknown) => send(response, { status: 500, html: faultPage(String(cause), 'Begin again at the address that dce printed.') }),
    )
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(request.port, request.host, resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `http://${request.host}:${port}/set-up?key=${session.key}`,
    made,
    close: async () => {
      // The last page is on its way to the person.
      server.closeIdleConnections()
      const late = setTimeout(() => server.closeAllConnections(), 2_000)
      await new Promise<void>((resolve) => server.close(() => resolve()))
      clearTimeout(late)
    },
  }
}

// Other people of this machine reach the port, and every page that the person has open may send the browser to it: who does not know the key or a state sees nothing and does nothing.
async function answer(session: Session, incoming: IncomingMessage): Promise<Page> {
  const url = new URL(incoming.url ?? '/', 'http://set-up')
  const route = `${incoming.method} ${url.pathname}`
  if (route === 'GET /set-up' && isKey(session, url.searchParams.get('key'))) {
    return { status: 200, html: questionsPage({ key: session.key, answers: { name: 'dce', address: '', organization: '' } }) }
  }
  if (route === 'POST /set-up') {
    const form = new URLSearchParams(await bodyOf(incoming))
    if (isKey(session, form.get('key'))) return takeAnswers(session, form, baseOf(incoming))
  }
  if (route === 'GET /set-up/done') return takeCode(session, url.searchParams)
  return { status: 404, html: faultPage('There is nothing here.', 'Open the whole address that `dce serve` printed.') }
}

function isKey({ key }: Session, given: string | null): boolean {
  const [a, b] = [Buffer.from(key), Buffer.from(given ?? '')]
  return a.length === b.length && timingSafeEqual(a, b)
}

// Where the person's browser sees us, also through a tunnel. Only for who knows the key.
function baseOf({ headers }: IncomingMessage): string {
  const proto = headers['x-forwarded-proto'] === 'https' ? 'https' : 'http'
  return `${proto}://${headers.host ?? ''}`
}

function takeAnswers({ request, key, states }: Session, form: URLSearchParams, base: string): Page {
  const field = (name: string) => (form.get(name) ?? '').trim()
  const answers: SetUpAnswers = { name: field('name'), address: field('address').replace(/\/+$/u, ''), organization: field('organization') }
  const fault = faultOf(answers)
  if (fault !== undefined) return { status: 400, html: questionsPage({ key, answers, fault }) }
  const state = randomBytes(24).toString('base64url')
  for (const [old, endsAt] of states) if (endsAt <= request.now()) states.delete(old)
  states.set(state, request.now() + goodForMs)
  const owner = answers.organization === '' ? '' : `/organizations/${answers.organization}`
  return {
    status: 200,
    html: manifestPage({
      action: `${request.webUrl}${owner}/settings/apps/new?state=${state}`,
      manifest: { ...appManifest({ name: answers.name, address: answers.address }), redirect_url: `${base}/set-up/done` },
    }),
  }
}

/** What is wrong with them; undefined: nothing. */
export function faultOf({ name, address, organization }: SetUpAnswers): string | undefined {
  // GitHub's longest name of an App.
  if (name === '' || name.length > 34) return `The name must have 1 to 34 characters, got ${name.length}.`
  if (!/^[\w-]*$/u.test(organization)) return `"${organization}" is no login of an organisation.`
  const url = URL.canParse(address) ? new URL(address) : undefined
  const isAddress = url !== undefined && /^https?:$/u.test(url.protocol) && url.search === '' && url.hash === ''
  return isAddress ? undefined : `The address must be like https://dce.example.com, got "${address}".`
}

async function takeCode(session: Session, query: URLSearchParams): Promise<Page> {
  const { request, states } = session
  const state = query.get('state') ?? ''
  const code = query.get('code') ?? ''
  if ((states.get(state) ?? 0) <= request.now() || code === '')
    return { status: 400, html: faultPage('This answer belongs to no question of ours, or is older than an hour.', again) }
  states.delete(state)
  // The key is shown once: that it can be kept is known before it is asked for.
  const draft = await request.draft().catch(String)
  if (typeof draft === 'string') {
    states.set(state, request.now() + goodForMs)
    return { status: 500, html: faultPage(`${request.path} cannot be written: ${draft}`, 'Mend that, then reload this page.') }
  }
  try {
    return await keep(session, state, { code, draft })
  } finally {
    await draft.drop()
  }
}

const again = 'Begin again at the address that `dce serve` printed.'

async function keep(session: Session, state: string, given: { readonly code: string; readonly draft: SettingsDraft }): Promise<Page> {
  const { request } = session
  const converted = await request.convert(given.code)
  switch (converted.kind) {
    case 'unreachable':
      session.states.set(state, request.now() + goodForMs)
      return {
        status: 502,
        html: faultPage(`GitHub did not tell what it made: ${converted.why}.`, `Reload this page. If that does not help: ${again}`),
      }
    case 'refused':
      return {
        status: 400,
        html: faultPage(
          `${converted.why}. A code is good for one use within an hour.`,
          `${again} Delete an App that is on GitHub already.`,
        ),
      }
    case 'made': {
      const { app } = converted
      await given.draft.keep(settingsOf(request, app))
      session.done(app)
      return { status: 200, html: madePage({ pageUrl: app.pageUrl, path: request.path, secretMissing: app.webhookSecret === undefined }) }
    }
  }
}

function settingsOf({ webUrl, apiUrl }: SetUpRequest, app: MadeApp): Readonly<Record<string, string>> {
  return {
    APP_ID: app.appId,
    PRIVATE_KEY: app.privateKey,
    ...(app.webhookSecret === undefined ? {} : { WEBHOOK_SECRET: app.webhookSecret }),
    // An App belongs to the server that it was made on.
    ...(webUrl === 'https://github.com' ? {} : { GITHUB_API_URL: apiUrl, GITHUB_SERVER_URL: webUrl }),
  }
}

async function bodyOf(incoming: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of incoming) {
    text += String(chunk)
    if (text.length > mostBytes) throw new Error('the form is too long')
  }
  return text
}

function send(response: ServerResponse, { status, html }: Page): void {
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
    // The key is in our address. GitHub may know our origin; without it a browser calls the form's origin "null".
    'referrer-policy': 'origin',
    'cache-control': 'no-store',
    connection: 'close',
  })
  response.end(html)
}
