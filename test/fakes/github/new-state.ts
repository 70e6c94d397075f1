// Options -> a GitHub on which nothing has happened yet: one app, no repository.
import type { KeyObject } from 'node:crypto'
import type { FakeGitHubOptions } from './server.ts'
import type { GitHubState } from './state.ts'

/** `keys`: the app's; `pem` is its private one. */
export function newState(options: FakeGitHubOptions, keys: { readonly publicKey: KeyObject; readonly pem: string }): GitHubState {
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
