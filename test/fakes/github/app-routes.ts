// The app and its installations: who it is, its tokens, deliveries that failed.
import { randomBytes } from 'node:crypto'
import { delivery, installation, app as renderApp, repository as renderRepository } from './render.ts'
import { type Answer, type Call, made, notFound, ok, page, type Route } from './route.ts'
import { keyOf } from './state.ts'

/** GitHub's tokens of installations live an hour. */
const tokenLifeMs = 3_600_000

function mint({ state, params }: Call): Answer {
  const found = state.installations.get(Number(params['installation_id']))
  if (found === undefined) return notFound()
  if (found.suspended) return { status: 403, body: { message: 'This installation has been suspended' } }
  const value = `ghs_${randomBytes(18).toString('hex')}`
  const expiresAtMs = state.now() + tokenLifeMs
  state.tokens.set(value, { value, installation: found, expiresAtMs })
  return made({
    token: value,
    expires_at: new Date(expiresAtMs).toISOString(),
    permissions: state.app.permissions,
    repository_selection: 'selected',
  })
}

// Newest first, with a cursor in place of pages.
function listDeliveries({ state, places, query }: Call): Answer {
  const per = Math.min(100, Number(query.get('per_page') ?? 30))
  const from = Number(query.get('cursor') ?? Number.POSITIVE_INFINITY)
  const all = state.deliveries.toReversed().filter(({ id }) => id <= from)
  const next = all[per]
  const link = `<${places.url}/app/hook/deliveries?per_page=${per}&cursor=${next?.id}>; rel="next"`
  return { ...ok(all.slice(0, per).map(delivery)), ...(next === undefined ? {} : { headers: { link } }) }
}

/** `redeliver` is the server's: it sends the delivery once more, with its old guid. */
export function appRoutes(redeliver: (id: number) => boolean): readonly Route[] {
  return [
    { operation: 'GET /app', auth: 'app', handle: ({ state, places }) => ok(renderApp(places, state.app)) },
    {
      operation: 'GET /app/installations',
      auth: 'app',
      handle: (call) =>
        page(
          call,
          '/app/installations',
          [...call.state.installations.values()].map((one) => installation(call.places, call.state.app, one)),
        ),
    },
    {
      operation: 'GET /app/installations/{installation_id}',
      auth: 'app',
      handle: ({ state, places, params }) => {
        const found = state.installations.get(Number(params['installation_id']))
        return found === undefined ? notFound() : ok(installation(places, state.app, found))
      },
    },
    {
      operation: 'GET /repos/{owner}/{repo}/installation',
      auth: 'app',
      handle: ({ state, places, repository }) => {
        const found = [...state.installations.values()].find((one) => one.repositories.has(keyOf(repository.owner.login, repository.name)))
        return found === undefined ? notFound() : ok(installation(places, state.app, found))
      },
    },
    { operation: 'POST /app/installations/{installation_id}/access_tokens', auth: 'app', handle: mint },
    {
      operation: 'GET /app/hook/deliveries',
      auth: 'app',
      handle: listDeliveries,
    },
    {
      operation: 'POST /app/hook/deliveries/{delivery_id}/attempts',
      auth: 'app',
      handle: ({ params }) => (redeliver(Number(params['delivery_id'])) ? { status: 202, body: {} } : notFound()),
    },
    {
      operation: 'GET /installation/repositories',
      auth: ['metadata', 'read'],
      handle: ({ state, places, installation: own }) => {
        const found = [...state.repositories].filter(([key]) => own?.repositories.has(key) === true)
        return ok({ total_count: found.length, repositories: found.map(([, one]) => renderRepository(places, one)) })
      },
    },
  ]
}
