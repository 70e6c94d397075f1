// Who asks: the app by its JWT, an installation or a workflow by a token that lives; and what it may.
import { createVerify } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { actionsBot } from './actions.ts'
import type { Answer, Route } from './route.ts'
import type { Access, Account, GitHubState, Installation, PersonalAccess, Token } from './state.ts'

/** Who asks. `installation` is missing for the app itself. */
export interface Who {
  readonly installation: Installation | undefined
  readonly actor: Account
  /** Whose token it is, when a person made it. */
  readonly person?: PersonalAccess | undefined
  readonly permissions: Readonly<Record<string, Access>>
}

/** Whether permissions suffice; write holds read. */
export function permits(permissions: Readonly<Record<string, Access>>, [name, access]: readonly [string, Access]): boolean {
  const has = permissions[name]
  return has === 'write' || has === access
}

/** Who asks, or GitHub's refusal. */
export function authenticate(state: GitHubState, request: IncomingMessage, auth: Route['auth']): Who | Answer {
  const itself = { installation: undefined, actor: state.app.bot, permissions: state.app.permissions }
  if (auth === 'nobody') return itself
  const [, value = ''] = /^(?:bearer|token) (.+)$/iu.exec(request.headers.authorization ?? '') ?? []
  const bad = { status: 401, body: { message: 'Bad credentials', documentation_url: 'https://docs.github.com/rest', status: '401' } }
  if (auth === 'app') return isAppToken(state, value) ? itself : bad
  return whoHas(state, value) ?? bad
}

/** Whose token it is, while it lives. */
export function whoHas(state: GitHubState, value: string): Who | undefined {
  const token = liveToken(state, value)
  if (token === undefined) return undefined
  const { installation, workflow, person } = token
  if (person !== undefined) return { installation, actor: person.account, permissions: person.permissions, person }
  if (workflow !== undefined) return { installation, actor: actionsBot, permissions: workflow.permissions }
  return { installation, actor: state.app.bot, permissions: installation.permissions ?? state.app.permissions }
}

function liveToken(state: GitHubState, value: string): Token | undefined {
  const token = state.tokens.get(value)
  if (token === undefined || token.expiresAtMs <= state.now()) return undefined
  if (token.workflow !== undefined || token.person !== undefined) return token
  return state.installations.has(token.installation.id) && !token.installation.suspended ? token : undefined
}

function isAppToken(state: GitHubState, value: string): boolean {
  const [header = '', claims = '', signature = ''] = value.split('.')
  if (signature === '') return false
  const verifier = createVerify('RSA-SHA256').update(`${header}.${claims}`)
  if (!verifier.verify(state.app.publicKey, Buffer.from(signature, 'base64url'))) return false
  const { iss, exp } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { readonly iss: number | string; readonly exp: number }
  return String(iss) === String(state.app.id) && exp * 1000 > state.now()
}
