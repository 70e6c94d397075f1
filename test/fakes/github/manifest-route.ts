// GitHub's page that takes an App's manifest, and the code that it gives for it: good once, for an hour.
import { randomBytes } from 'node:crypto'
import { app as renderApp } from './render.ts'
import { made, notFound, type Route } from './route.ts'
import type { GitHubState } from './state.ts'

/** A code's life. Source: GitHub's documentation, "Registering a GitHub App from a manifest". */
const codeLifeMs = 3_600_000

/** A person presses the button on the page. Answers where GitHub sends the browser. Errors: throws for a manifest that GitHub's page does not take. */
export function submitManifest(state: GitHubState, form: { readonly manifest: string; readonly state: string }): URL {
  const manifest = JSON.parse(form.manifest) as {
    readonly name?: string
    readonly url?: string
    readonly redirect_url?: string
    readonly hook_attributes?: { readonly url?: string; readonly active?: boolean }
    readonly default_permissions?: object
    readonly default_events?: readonly string[]
  }
  const hook = manifest.hook_attributes?.url
  if (manifest.url === undefined || manifest.redirect_url === undefined || hook === undefined)
    throw new Error('Invalid GitHub App configuration')
  if ((manifest.name ?? '').length > 34) throw new Error('Name is too long (maximum is 34 characters)')
  const known = ['name', 'url', 'hook_attributes', 'redirect_url', 'description', 'public', 'default_events', 'default_permissions']
  const unknown = Object.keys(manifest).filter((key) => !known.includes(key))
  if (unknown.length > 0) throw new Error(`Invalid GitHub App configuration: ${unknown.join(', ')}`)
  const code = randomBytes(10).toString('hex')
  state.manifestCodes.set(code, { hook, endsAt: state.now() + codeLifeMs })
  const back = new URL(manifest.redirect_url)
  back.searchParams.set('code', code)
  back.searchParams.set('state', form.state)
  return back
}

export const manifestRoutes: readonly Route[] = [
  {
    operation: 'POST /app-manifests/{code}/conversions',
    auth: 'nobody',
    handle: ({ state, places, params }) => {
      const found = state.manifestCodes.get(params['code'] ?? '')
      state.manifestCodes.delete(params['code'] ?? '')
      if (found === undefined || found.endsAt <= state.now()) return notFound()
      const secret = randomBytes(20).toString('hex')
      state.app.hook = { url: found.hook, secret }
      const secrets = { client_id: 'Iv1.x', client_secret: 'a client’s', webhook_secret: secret, pem: state.app.pem }
      return made({ ...renderApp(places, state.app), ...secrets })
    },
  },
]
