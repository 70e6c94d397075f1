// A stateful GitHub on loopback: exactly the operations that the product calls. An unknown one, or a body that GitHub would not take or give, is a fault of the test.
import { createHash, createPublicKey, createVerify, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { appRoutes } from './app-routes.ts'
import { serveGit } from './git.ts'
import { type Hooks, openHooks } from './hooks.ts'
import { issueRoutes } from './issue-routes.ts'
import { type Description, readDescription } from './openapi.ts'
import { openPeople, type People } from './people.ts'
import { pullRoutes } from './pull-routes.ts'
import { hookBase, type Places } from './render.ts'
import { repositoryRoutes } from './repository-routes.ts'
import type { Answer, Call, Route } from './route.ts'
import { type Access, type GitHubState, type Installation, keyOf, type Repository, type Token } from './state.ts'

/** One request as it was answered. */
export interface LoggedCall {
  readonly operation: string
  readonly path: string
  readonly body: unknown
  readonly status: number
  readonly at: number
}

/** How an answer goes wrong on demand. `drop`: the work is done, its answer is lost. */
export type CallFault =
  | {
      readonly status: 401 | 403 | 404 | 409 | 422 | 429 | 500 | 502
      readonly headers?: Readonly<Record<string, string>>
      readonly message?: string
    }
  | 'hang'
  | 'drop'

export interface FakeGitHub {
  readonly url: string
  readonly state: GitHubState
  readonly privateKey: string
  readonly hooks: Hooks
  readonly people: People
  readonly calls: readonly LoggedCall[]
  /** Requests or answers that GitHub would not have taken or given. A scenario ends with none. */
  readonly faults: readonly string[]
  /** The next calls whose operation holds the text go wrong so. */
  failNext(operation: string, fault: CallFault, times?: number): void
  /** Operations that were to go wrong and were not called. */
  unmet(): readonly string[]
  /** All tokens are old by now. */
  expireTokens(): void
  close(): Promise<void>
}

/** What there is at the start. Contract of `now`: ms; tokens expire by it. */
export interface FakeGitHubOptions {
  /** Where bare repositories are made. */
  readonly folder: string
  readonly permissions: Readonly<Record<string, Access>>
  readonly events: readonly string[]
  readonly now?: () => number
  readonly appSlug?: string
}

/** Starts it on a free port. */
export async function startGitHub(options: FakeGitHubOptions): Promise<FakeGitHub> {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const state = newState(options, createPublicKey(publicKey.export({ type: 'spki', format: 'pem' })))
  const hooks = openHooks(state)
  const service: Service = {
    state,
    hooks,
    description: readDescription(),
    routes: [...appRoutes(hooks.redeliver), ...issueRoutes, ...repositoryRoutes, ...pullRoutes].map((route) => ({
      route,
      pattern: patternOf(route.operation),
    })),
    calls: [],
    faults: [],
    failing: [],
    places: { url: '', html: '' },
  }
  const server = createServer((request, response) => {
    handle(service, request, response).catch((cause: unknown) => {
      service.faults.push(String(cause instanceof Error ? cause.stack : cause))
      response.destroy()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  service.places = { url, html: url }
  return {
    url,
    state,
    privateKey: privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
    hooks,
    people: openPeople({ state, places: service.places, hooks, newGitDir: (key) => join(options.folder, `${key}.git`) }),
    calls: service.calls,
    faults: service.faults,
    failNext: (operation, fault, times = 1) => void service.failing.push({ operation, fault, times }),
    unmet: () => service.failing.filter(({ times }) => times > 0).map(({ operation }) => operation),
    expireTokens: () => state.tokens.clear(),
    close: async () => {
      await hooks.settled()
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

interface Service {
  readonly state: GitHubState
  readonly hooks: Hooks
  readonly description: Description
  readonly routes: readonly { readonly route: Route; readonly pattern: RegExp }[]
  readonly calls: LoggedCall[]
  readonly faults: string[]
  readonly failing: { readonly operation: string; readonly fault: CallFault; times: number }[]
  places: Places
}

function newState(options: FakeGitHubOptions, publicKey: KeyObject): GitHubState {
  const slug = options.appSlug ?? 'dce-app'
  return {
    now: options.now ?? Date.now,
    app: {
      id: 4242,
      slug,
      publicKey,
      bot: { id: 90, login: `${slug}[bot]`, type: 'Bot' },
      permissions: options.permissions,
      events: options.events,
    },
    accounts: new Map(),
    installations: new Map(),
    tokens: new Map(),
    repositories: new Map(),
    deliveries: [],
    next: 1000,
  }
}

function patternOf(operation: string): RegExp {
  const path = operation.slice(operation.indexOf(' ') + 1)
  return new RegExp(`^${path.replaceAll(/\{(\w+)\}/gu, (_all, name: string) => `(?<${name}>[^/]+)`)}$`, 'u')
}

async function handle(service: Service, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://x')
  const gitPath = /^\/(?<owner>[^/]+)\/(?<name>[^/]+?)\.git(?<rest>\/.*)$/u.exec(url.pathname)?.groups
  if (gitPath !== undefined) return handleGit(service, request, response, gitPath)
  const method = request.method ?? 'GET'
  const matching = service.routes.filter(({ route, pattern }) => route.operation.startsWith(`${method} `) && pattern.test(url.pathname))
  const found = matching[0]
  const bytes: Buffer[] = []
  for await (const chunk of request) bytes.push(chunk as Buffer)
  const text = Buffer.concat(bytes).toString()
  const body = text === '' ? undefined : (JSON.parse(text) as unknown)
  if (found === undefined) {
    service.faults.push(`the product called ${method} ${url.pathname}, which the fake does not have`)
    return send(response, { status: 404, body: { message: 'Not Found' } })
  }
  const { route } = found
  const fault = takeFault(service, route.operation)
  if (fault === 'hang') return
  const answer =
    typeof fault === 'object'
      ? { status: fault.status, headers: fault.headers ?? {}, body: { message: fault.message ?? `fault ${fault.status}` } }
      : await answerTo(service, { route, url, body, match: found.pattern.exec(url.pathname), request })
  service.calls.push({ operation: route.operation, path: url.pathname + url.search, body, status: answer.status, at: service.state.now() })
  if (fault === 'drop') return void response.destroy()
  send(response, answer)
}

function takeFault(service: Service, operation: string): CallFault | undefined {
  const found = service.failing.find((one) => one.times > 0 && operation.includes(one.operation))
  if (found === undefined) return undefined
  found.times -= 1
  return found.fault
}

interface Asked {
  readonly route: Route
  readonly url: URL
  readonly body: unknown
  readonly match: RegExpExecArray | null
  readonly request: IncomingMessage
}

async function answerTo(service: Service, { route, url, body, match, request }: Asked): Promise<Answer> {
  const { description, state, places } = service
  const who = authenticate(service, request, route.auth === 'app')
  if ('status' in who) return who
  const params = Object.fromEntries(Object.entries(match?.groups ?? {}).map(([key, value]) => [key, decodeURIComponent(value ?? '')]))
  const repository = params['owner'] === undefined ? undefined : state.repositories.get(keyOf(params['owner'], params['repo'] ?? ''))
  if (params['owner'] !== undefined) {
    const key = keyOf(params['owner'], params['repo'] ?? '')
    if (repository === undefined || (route.auth !== 'app' && who.installation?.repositories.has(key) !== true))
      return { status: 404, body: { message: 'Not Found' } }
  }
  if (route.auth !== 'app' && !permits(state.app.permissions, route.auth)) {
    return { status: 403, body: { message: 'Resource not accessible by integration' } }
  }
  service.faults.push(...description.request(route.operation, body), ...description.query(route.operation, url.searchParams))
  const call: Call = {
    state,
    places,
    params,
    query: url.searchParams,
    body: (body ?? {}) as Call['body'],
    repository: repository as Repository,
    installation: who.installation,
    actor: state.app.bot,
    tell: (event, payload) => {
      if (repository === undefined) return
      service.hooks.deliver(event, { ...hookBase(places, { state, repository, sender: state.app.bot }), ...payload })
    },
  }
  const answer = await route.handle(call)
  // As the other side will read it.
  const sent = answer.body === undefined ? undefined : (JSON.parse(JSON.stringify(answer.body)) as unknown)
  service.faults.push(...description.answer(route.operation, answer.status, sent))
  return withTag(request, answer)
}

function permits(permissions: Readonly<Record<string, Access>>, [name, access]: readonly [string, Access]): boolean {
  const has = permissions[name]
  return has === 'write' || has === access
}

// Conditional requests cost nothing of the limit: polled answers are asked for so.
function withTag(request: IncomingMessage, answer: Answer): Answer {
  if (request.method !== 'GET' || answer.status !== 200) return answer
  const tag = `"${createHash('sha256').update(JSON.stringify(answer.body)).digest('hex')}"`
  if (request.headers['if-none-match'] === tag) return { status: 304, headers: { etag: tag } }
  return { ...answer, headers: { ...answer.headers, etag: tag } }
}

type Who = { readonly installation: Installation | undefined }

function authenticate(service: Service, request: IncomingMessage, asApp: boolean): Who | Answer {
  const [, value = ''] = /^(?:bearer|token) (.+)$/iu.exec(request.headers.authorization ?? '') ?? []
  const bad = { status: 401, body: { message: 'Bad credentials', documentation_url: 'https://docs.github.com/rest', status: '401' } }
  if (asApp) return isAppToken(service.state, value) ? { installation: undefined } : bad
  const token = liveToken(service.state, value)
  return token === undefined ? bad : { installation: token.installation }
}

function liveToken(state: GitHubState, value: string): Token | undefined {
  const token = state.tokens.get(value)
  if (token === undefined || token.expiresAtMs <= state.now() || !state.installations.has(token.installation.id)) return undefined
  return token.installation.suspended ? undefined : token
}

function isAppToken(state: GitHubState, value: string): boolean {
  const [header = '', claims = '', signature = ''] = value.split('.')
  if (signature === '') return false
  const verifier = createVerify('RSA-SHA256').update(`${header}.${claims}`)
  if (!verifier.verify(state.app.publicKey, Buffer.from(signature, 'base64url'))) return false
  const { iss, exp } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { readonly iss: number | string; readonly exp: number }
  return String(iss) === String(state.app.id) && exp * 1000 > state.now()
}

// Clone and push with a token as password, as git sends it.
function handleGit(service: Service, request: IncomingMessage, response: ServerResponse, path: Readonly<Record<string, string>>): void {
  const repository = service.state.repositories.get(keyOf(path['owner'] ?? '', path['name'] ?? ''))
  const [, encoded = ''] = /^basic (.+)$/iu.exec(request.headers.authorization ?? '') ?? []
  const password = Buffer.from(encoded, 'base64').toString().split(':')[1] ?? ''
  const token = liveToken(service.state, password)
  const may = token?.installation.repositories.has(keyOf(path['owner'] ?? '', path['name'] ?? '')) === true
  if (repository === undefined || !may) {
    response.writeHead(401, { 'www-authenticate': 'Basic realm="GitHub"' }).end('Bad credentials')
    return
  }
  const isPush = (request.url ?? '').includes('git-receive-pack')
  const fault = takeFault(service, isPush ? 'git push' : 'git fetch')
  if (typeof fault === 'object') return void response.writeHead(fault.status).end(fault.message ?? '')
  if (fault === 'hang') return
  if (isPush && repository.archived) return void response.writeHead(403).end('This repository was archived so it is read-only.')
  service.calls.push({
    operation: isPush ? 'git push' : 'git fetch',
    path: request.url ?? '',
    body: undefined,
    status: 200,
    at: service.state.now(),
  })
  serveGit(request, response, { gitDir: repository.gitDir, rest: path['rest'] ?? '', env: {} })
}

function send(response: ServerResponse, { status, body, headers = {} }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers })
  response.end(body === undefined ? undefined : JSON.stringify(body))
}
