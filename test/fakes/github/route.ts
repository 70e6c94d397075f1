// What a route is: one operation of GitHub, who may call it, and what it does to the state.
import type { Operation } from './openapi.ts'
import type { Places } from './render.ts'
import type { Access, Account, GitHubState, Installation, PersonalAccess, Repository } from './state.ts'

/** A request that was authenticated and whose repository was found. `repository` is there for paths under /repos/{owner}/{repo}. */
export interface Call {
  readonly state: GitHubState
  readonly places: Places
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  readonly body: Readonly<Record<string, unknown>>
  readonly repository: Repository
  readonly installation: Installation | undefined
  /** Whose token it is, when a person made it. */
  readonly person: PersonalAccess | undefined
  /** Who acts: the app's bot. */
  readonly actor: Account
  /** Tells webhooks. */
  readonly tell: (event: string, payload: Readonly<Record<string, unknown>>) => void
}

export interface Answer {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export interface Route {
  readonly operation: Operation
  /** `app`: its JWT; `nobody`: no token; else an installation's token with this permission. */
  readonly auth: 'app' | 'nobody' | readonly [permission: string, access: Access]
  /** Counts for the limit of content that is created in a minute. */
  readonly creates?: boolean
  readonly handle: (call: Call) => Answer | Promise<Answer>
}

export function ok(body: unknown): Answer {
  return { status: 200, body }
}

export function made(body: unknown): Answer {
  return { status: 201, body }
}

export function notFound(): Answer {
  return { status: 404, body: { message: 'Not Found', documentation_url: 'https://docs.github.com/rest', status: '404' } }
}

/** `field` and `code` as GitHub's validation errors have them. */
export function invalid(message: string, errors: readonly Readonly<Record<string, unknown>>[] = []): Answer {
  return {
    status: 422,
    body: {
      message: 'Validation Failed',
      documentation_url: 'https://docs.github.com/rest',
      errors: [{ message, code: 'custom', resource: 'x', field: 'x' }, ...errors],
    },
  }
}

/** A page of a list, with the Link header that Octokit's pagination follows. */
export function page(call: Call, operationPath: string, all: readonly unknown[]): Answer {
  const per = Math.min(100, Number(call.query.get('per_page') ?? 30))
  const at = Number(call.query.get('page') ?? 1)
  const query = new URLSearchParams(call.query)
  query.set('page', String(at + 1))
  const more = all.length > per * at
  return {
    status: 200,
    body: all.slice(per * (at - 1), per * at),
    ...(more ? { headers: { link: `<${call.places.url}${operationPath}?${query.toString()}>; rel="next"` } } : {}),
  }
}
