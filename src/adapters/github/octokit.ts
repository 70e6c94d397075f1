// Credentials -> the one Octokit that every call of the product goes through: spaced writes, both kinds of rate limit retried, server errors retried.
import { createAppAuth } from '@octokit/auth-app'
import { Octokit } from '@octokit/core'
import { paginateRest } from '@octokit/plugin-paginate-rest'
import { retry } from '@octokit/plugin-retry'
import { throttling } from '@octokit/plugin-throttling'
import { RequestError } from '@octokit/request-error'
import Bottleneck from 'bottleneck'
import type { Log } from '../../world.ts'

const Base = Octokit.plugin(paginateRest, retry, throttling)
/** See {@link createOctokit}. */
export type AnyOctokit = InstanceType<typeof Base>

/** Who calls. `installation: undefined`: the App itself, for its own routes. */
export type Credentials =
  | { readonly kind: 'app'; readonly appId: string; readonly privateKey: string; readonly installation: number | undefined }
  | { readonly kind: 'token'; readonly token: string }

/** How calls are spaced and repeated. Times in ms. */
export interface CallPace {
  /** Between two writes of one installation. GitHub asks for one second, and 80 that create content in a minute. */
  readonly writeEveryMs: number
  /** What one second of a `retry-after` counts. 1000, but for tests. */
  readonly secondMs: number
  /** A call that is not answered by then has failed, and may have done its work. */
  readonly timeoutMs: number
  /** Neither failures nor limits are waited for: for who only looks, and says what was not seen. */
  readonly once?: true
}

/** GitHub's own advice. Source: docs, "Best practices for using the REST API". */
export const kindPace: CallPace = { writeEveryMs: 1_000, secondMs: 1_000, timeoutMs: 30_000 }

/** A limit is waited for this often; then the caller hears of it. Chosen: with the waits that GitHub asks for, an hour at most. */
const mostLimitWaits = 5

/** Makes it. `baseUrl`: the API's address, also of a GitHub Enterprise Server (`https://HOST/api/v3`). */
export function createOctokit(request: {
  readonly credentials: Credentials
  readonly baseUrl: string
  readonly log: Log
  readonly pace?: CallPace
}): AnyOctokit {
  const { credentials, log, pace = kindPace } = request
  const waitFor = (what: string) => (retryAfter: number, options: object, _octokit: unknown, retryCount: number) => {
    const { method, url } = options as { readonly method: string; readonly url: string }
    log.warn(`${what} at ${method} ${url}`, { retryAfterS: retryAfter, retryCount })
    return pace.once !== true && retryCount < mostLimitWaits
  }
  const group = (minTime: number) => new Bottleneck.Group({ maxConcurrent: 1, minTime })
  const octokit = new Base({
    baseUrl: request.baseUrl,
    userAgent: 'dce',
    ...authOf(credentials),
    log: { debug: () => undefined, info: () => undefined, warn: (text: string) => log.warn(text), error: (text: string) => log.warn(text) },
    request: { fetch: fetchWithin(pace.timeoutMs) },
    retry: { retryAfterBaseValue: pace.secondMs, ...(pace.once === true ? { retries: 0 } : {}) },
    throttle: {
      id: credentials.kind === 'app' ? `installation-${credentials.installation ?? 'app'}` : 'token',
      retryAfterBaseValue: pace.secondMs,
      write: group(pace.writeEveryMs),
      // The plugin spaces what sends mail three times as far as other writes.
      notifications: group(pace.writeEveryMs * 3),
      onRateLimit: waitFor('rate limit'),
      onSecondaryRateLimit: waitFor('secondary rate limit'),
    },
  })
  if (credentials.kind === 'app' && credentials.installation !== undefined) renewOnRefusal(octokit)
  return octokit
}

function fetchWithin(timeoutMs: number): typeof fetch {
  return (url, options) => {
    const late = AbortSignal.timeout(timeoutMs)
    const given = options?.signal
    return fetch(url, { ...options, signal: given == null ? late : AbortSignal.any([given, late]) })
  }
}

// A token that ran out, or was revoked, while we held it for good: one fresh one, and the call once more. A refused call has done nothing.
function renewOnRefusal(octokit: AnyOctokit): void {
  octokit.hook.wrap('request', async (request, options) => {
    try {
      return await request(options)
    } catch (cause) {
      if (!(cause instanceof RequestError) || cause.status !== 401 || options.url.includes('/app/')) throw cause
      await octokit.auth({ type: 'installation', refresh: true })
      return request(options)
    }
  })
}

function authOf(credentials: Credentials): object {
  if (credentials.kind === 'token') return { auth: credentials.token }
  const { appId, privateKey, installation } = credentials
  return {
    authStrategy: createAppAuth,
    auth: { appId, privateKey, ...(installation === undefined ? {} : { installationId: installation }) },
  }
}

/** A token for git. An installation's lives an hour at most; a fresh one is asked for where the old one has been refused. */
export async function tokenOf(octokit: AnyOctokit, credentials: Credentials, options: { readonly fresh: boolean }): Promise<string> {
  if (credentials.kind === 'token') return credentials.token
  const answer = (await octokit.auth({ type: 'installation', refresh: options.fresh })) as { readonly token: string }
  return answer.token
}
