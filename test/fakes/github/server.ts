// A stateful GitHub on loopback: exactly the operations that the product calls. An unknown one, or a body that GitHub would not take or give, is a fault of the test.
import { createHash, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { type Actions, openActions } from './actions.ts'
import { actionsRoutes } from './actions-routes.ts'
import { appRoutes } from './app-routes.ts'
import { authenticate, permits } from './authenticate.ts'
import { openBlobs } from './blobs.ts'
import { type GitDoor, gitPathOf, handleGit } from './git-door.ts'
import { gitRoutes } from './git-routes.ts'
import { type Hooks, openHooks } from './hooks.ts'
import { issueRoutes } from './issue-routes.ts'
import { manifestRoutes } from './manifest-route.ts'
import { type Description, readDescription } from './openapi.ts'
import { openPeople, type People } from './people.ts'
import { policyRoutes } from './policy-routes.ts'
import { graphql, pullRoutes } from './pull-routes.ts'
import { hookBase, type Places } from './render.ts'
import { repositoryRoutes } from './repository-routes.ts'
import type { Answer, Call, Route } from './route.ts'
import { scripted, type WorkflowRunner, type WorkflowScript } from './run-workflow.ts'
import { type Access, type GitHubState, keyOf, type Repository } from './state.ts'

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
  readonly actions: Actions
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
  /** Who runs workflows. Default: nobody, and nothing starts. */
  readonly actions?: ActionsOptions
}

/** `atOnce`: runs that go on at the same time; default 1, the others wait. */
export type ActionsOptions =
  | { readonly by: 'none' }
  | { readonly by: 'scripted'; readonly script: WorkflowScript; readonly atOnce?: number }

/** Starts it on a free port. Errors: rejects when act is asked for and not there. */
export async function startGitHub(options: FakeGitHubOptions): Promise<FakeGitHub> {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const pem = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString()
  const state = newState(options, { publicKey: createPublicKey(publicKey.export({ type: 'spki', format: 'pem' })), pem })
  const hooks = openHooks(state)
  const description = readDescription()
  const faults: string[] = []
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const places = { url, html: url }
  const blobs = await openBlobs(state.now, faults)
  const set = options.actions ?? { by: 'none' }
  const actions = openActions({
    state,
    places,
    hooks,
    description,
    faults,
    runner: runnerOf(set),
    atOnce: set.by === 'none' ? 1 : (set.atOnce ?? 1),
  })
  const routes = [
    ...appRoutes(hooks.redeliver),
    ...issueRoutes,
    ...repositoryRoutes,
    ...gitRoutes,
    ...pullRoutes,
    ...actionsRoutes({ actions, blobs }),
    ...manifestRoutes,
    ...policyRoutes,
  ]
  const service: Service = {
    state,
    hooks,
    actions,
    description,
    routes: routes.map((route) => ({ route, pattern: patternOf(route.operation) })),
    calls: [],
    faults,
    failing: [],
    places,
  }
  server.on('request', (request, response) => {
    handle(service, request, response).catch((cause: unknown) => {
      service.faults.push(String(cause instanceof Error ? cause.stack : cause))
      response.destroy()
    })
  })
  return {
    url,
    state,
    privateKey: pem,
    hooks,
    actions,
    people: openPeople({ state, places, hooks, actions, newGitDir: (key) => join(options.folder, `${key}.git`) }),
    calls: service.calls,
    faults,
    failNext: (operation, fault, times = 1) => void service.failing.push({ operation, fault, times }),
    unmet: () => service.failing.filter(({ times }) => times > 0).map(({ operation }) => operation),
    expireTokens: () => state.tokens.clear(),
    close: async () => {
      await actions.close()
      await hooks.settled()
      await blobs.close()
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

function runnerOf(set: ActionsOptions): WorkflowRunner | undefined {
  return set.by === 'scripted' ? scripted(set.script) : undefined
}

interface Service {
  readonly state: GitHubState
  readonly hooks: Hooks
  readonly actions: Actions
  readonly description: Description
  readonly routes: readonly { readonly route: Route; readonly pattern: RegExp }[]
  readonly calls: LoggedCall[]
  readonly faults: string[]
  readonly failing: { readonly operation: string; readonly fault: CallFault; times: number }[]
  readonly places: Places
}

function newState(options: FakeGitHubOptions, keys: { readonly publicKey: KeyObject; readonly pem: string }): GitHubState {
  const slug = options.appSlug ?? 'dce-app'
  return {
    now: options.now ?? Date.now,
    app: {
      id: 4242,
      slug,
      ...keys,
      bot: { id: 90, login: `${slug}[bot]`, type: 'Bot' },
      permissions: options.permissions,
      events: options.events,
    },
    accounts: new Map(),
    installations: new Map(),
    tokens: new Map(),
    repositories: new Map(),
    deliveries: [],
    manifestCodes: new Map(),
    next: 1000,
  }
}

function patternOf(operation: string): RegExp {
  const path = operation.slice(operation.indexOf(' ') + 1)
  return new RegExp(`^${path.replaceAll(/\{(\w+)\}/gu, (_all, name: string) => `(?<${name}>[^/]+)`)}$`, 'u')
}

async function handle(service: Service, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://x')
  const gitPath = gitPathOf(url.pathname)
  if (gitPath !== undefined) return handleGit(gitDoorOf(service), request, response, gitPath)
  const method = request.method ?? 'GET'
  const matching = service.routes.filter(({ route, pattern }) => route.operation.startsWith(`${method} `) && pattern.test(url.pathname))
  const found = matching[0]
  const bytes: Buffer[] = []
  for await (const chunk of request) bytes.push(chunk as Buffer)
  const text = Buffer.concat(bytes).toString()
  const body = text === '' ? undefined : (JSON.parse(text) as unknown)
  if (found === undefined && method === 'POST' && url.pathname === '/graphql') {
    const who = authenticate(service.state, request, ['pull_requests', 'write'])
    const may = !('status' in who) && permits(who.permissions, ['pull_requests', 'write'])
    const refused =
      'status' in who ? who : { status: 200, body: { data: null, errors: [{ type: 'FORBIDDEN', message: 'Not accessible' }] } }
    const answer = may ? graphql(service.state, body) : refused
    service.calls.push({ operation: 'POST /graphql', path: '/graphql', body, status: answer?.status ?? 400, at: service.state.now() })
    if (answer === undefined) service.faults.push(`the product sent a query that the fake does not have: ${text}`)
    return send(response, answer ?? { status: 400, body: { message: 'Problems parsing JSON' } })
  }
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

function gitDoorOf(service: Service): GitDoor {
  return {
    state: service.state,
    fault: (operation) => {
      const fault = takeFault(service, operation)
      return fault === 'drop' ? undefined : fault
    },
    log: (operation, path) => void service.calls.push({ operation, path, body: undefined, status: 200, at: service.state.now() }),
    pushed: (repository, who, moves) => service.actions.pushed(repository, who.actor, moves),
  }
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
  const who = authenticate(state, request, route.auth)
  if ('status' in who) return who
  const params = Object.fromEntries(Object.entries(match?.groups ?? {}).map(([key, value]) => [key, decodeURIComponent(value ?? '')]))
  const repository = params['owner'] === undefined ? undefined : state.repositories.get(keyOf(params['owner'], params['repo'] ?? ''))
  if (params['owner'] !== undefined) {
    const key = keyOf(params['owner'], params['repo'] ?? '')
    const sees = route.auth === 'app' || who.installation?.repositories.has(key) === true
    if (repository === undefined || !sees) return { status: 404, body: { message: 'Not Found' } }
  }
  if (typeof route.auth !== 'string' && !permits(who.permissions, route.auth)) {
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
    person: who.person,
    actor: who.actor,
    tell: (event, payload) => {
      if (repository === undefined) return
      service.hooks.deliver(event, { ...hookBase(places, { state, repository, sender: who.actor }), ...payload })
    },
  }
  const answer = await route.handle(call)
  // As the other side will read it.
  const sent = answer.body === undefined ? undefined : (JSON.parse(JSON.stringify(answer.body)) as unknown)
  service.faults.push(...description.answer(route.operation, answer.status, sent))
  return withTag(request, answer)
}

// Conditional requests cost nothing of the limit: polled answers are asked for so.
function withTag(request: IncomingMessage, answer: Answer): Answer {
  if (request.method !== 'GET' || answer.status !== 200) return answer
  const tag = `"${createHash('sha256').update(JSON.stringify(answer.body)).digest('hex')}"`
  if (request.headers['if-none-match'] === tag) return { status: 304, headers: { etag: tag } }
  return { ...answer, headers: { ...answer.headers, etag: tag } }
}

function send(response: ServerResponse, { status, body, headers = {} }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers })
  response.end(body === undefined ? undefined : JSON.stringify(body))
}
