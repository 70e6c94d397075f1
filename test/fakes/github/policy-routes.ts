// What doctor asks: policies of Actions, protection of the default branch, a label, the app's installation and webhook; and the tokens of people, who may see it.
import { randomBytes } from 'node:crypto'
import { installation as renderInstallation, label as renderLabel } from './render.ts'
import { type Answer, type Call, notFound, ok, type Route } from './route.ts'
import { type Access, type GitHubState, keyOf, nextId, type PersonalAccess, type Repository, type Role } from './state.ts'

const repo = '/repos/{owner}/{repo}' as const

/** Settings of a repository that only administrators see. */
export interface Policy {
  actions: 'all' | 'local_only' | 'selected'
  pinned: boolean
  githubOwned: boolean
  patterns: readonly string[]
  mayOpenPulls: boolean
  /** Of the default branch, the old kind. */
  protection: { readonly signatures: boolean; readonly linear: boolean } | undefined
}

const policies = new WeakMap<Repository, Policy>()

/** A repository's, to be changed by the test. As it is where nobody changed anything. */
export function policyOf(repository: Repository): Policy {
  const known = policies.get(repository) ?? {
    actions: 'all',
    pinned: false,
    githubOwned: true,
    patterns: [],
    mayOpenPulls: false,
    protection: undefined,
  }
  policies.set(repository, known)
  return known
}

/** What a role means in permissions of a token. Who reads does not see what is for administrators. */
function permissionsOf(role: Role): Readonly<Record<string, Access>> {
  const writes: Access = ['write', 'maintain', 'admin'].includes(role) ? 'write' : 'read'
  const usual = Object.fromEntries(['contents', 'issues', 'pull_requests', 'actions', 'checks'].map((name) => [name, writes]))
  return { metadata: 'read', ...usual, ...(role === 'admin' ? { administration: 'write' } : {}) }
}

/** A person makes a token. `scopes`: a classic one; else a fine-grained one with these permissions, or all that the person has. */
export function personalToken(
  state: GitHubState,
  given: {
    readonly repository: Repository
    readonly login: string
    readonly scopes?: readonly string[]
    readonly permissions?: Readonly<Record<string, Access>>
  },
): string {
  const { repository, login, scopes } = given
  const account = state.accounts.get(login.toLowerCase())
  const role = repository.roles.get(login)
  if (account === undefined || role === undefined) throw new Error(`${login} has nothing to do with ${repository.name}`)
  const value = `${scopes === undefined ? 'github_pat' : 'ghp'}_${randomBytes(18).toString('hex')}`
  const repositories = new Set([keyOf(repository.owner.login, repository.name)])
  const nobody = { id: nextId(state), account, repositories, createdAt: state.now(), suspended: false }
  const person = { account, permissions: given.permissions ?? permissionsOf(role), scopes }
  state.tokens.set(value, { value, installation: nobody, expiresAtMs: Number.MAX_SAFE_INTEGER, person })
  return value
}

/** The repository with what GitHub adds for a person: role, and scopes of a classic token. */
export function asSeenBy(person: PersonalAccess | undefined, repository: Repository, body: Readonly<Record<string, unknown>>): Answer {
  if (person === undefined) return ok(body)
  const upTo = ['read', 'triage', 'write', 'maintain', 'admin'].indexOf(repository.roles.get(person.account.login) ?? '')
  const permissions = Object.fromEntries(['pull', 'triage', 'push', 'maintain', 'admin'].map((name, index) => [name, index <= upTo]))
  const headers = person.scopes === undefined ? {} : { 'x-oauth-scopes': person.scopes.join(', ') }
  return { ...ok({ ...body, permissions }), headers }
}

function protection({ repository, places }: Call): Answer {
  const { protection: has } = policyOf(repository)
  if (has === undefined)
    return { status: 404, body: { message: 'Branch not protected', documentation_url: 'https://docs.github.com/rest', status: '404' } }
  return ok({
    url: places.url,
    required_signatures: { url: places.url, enabled: has.signatures },
    required_linear_history: { enabled: has.linear },
  })
}

export const policyRoutes: readonly Route[] = [
  {
    operation: `GET ${repo}/actions/permissions`,
    auth: ['administration', 'read'],
    handle: ({ repository }) => {
      const { actions, pinned } = policyOf(repository)
      return ok({
        enabled: repository.actionsEnabled,
        ...(repository.actionsEnabled ? { allowed_actions: actions } : {}),
        sha_pinning_required: pinned,
      })
    },
  },
  {
    operation: `GET ${repo}/actions/permissions/selected-actions`,
    auth: ['administration', 'read'],
    handle: ({ repository }) => {
      const { githubOwned, patterns } = policyOf(repository)
      return ok({ github_owned_allowed: githubOwned, verified_allowed: false, patterns_allowed: patterns })
    },
  },
  {
    operation: `GET ${repo}/actions/permissions/workflow`,
    auth: ['administration', 'read'],
    handle: ({ repository }) =>
      ok({ default_workflow_permissions: 'read', can_approve_pull_request_reviews: policyOf(repository).mayOpenPulls }),
  },
  { operation: `GET ${repo}/branches/{branch}/protection`, auth: ['administration', 'read'], handle: protection },
  {
    operation: `GET ${repo}/labels/{name}`,
    auth: ['issues', 'read'],
    handle: ({ repository, params, places }) => {
      const found = repository.labels.get((params['name'] ?? '').toLowerCase())
      return found === undefined ? notFound() : ok(renderLabel(places, repository, found))
    },
  },
  {
    operation: `GET ${repo}/installation`,
    auth: 'app',
    handle: ({ state, places, repository }) => {
      const key = keyOf(repository.owner.login, repository.name)
      const found = [...state.installations.values()].find(({ repositories }) => repositories.has(key))
      return found === undefined ? notFound() : ok(renderInstallation(places, state.app, found))
    },
  },
  {
    operation: 'GET /app/hook/config',
    auth: 'app',
    handle: ({ state }) => {
      const { hook } = state.app
      if (hook === undefined) return ok({ content_type: 'json', insecure_ssl: '0' })
      // The secret itself is shown to nobody.
      const secret = hook.secret === '' ? {} : { secret: '********' }
      return ok({ url: hook.url, content_type: hook.contentType ?? 'json', insecure_ssl: hook.insecure === true ? '1' : '0', ...secret })
    },
  },
]
