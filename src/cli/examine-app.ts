// What GitHub says about the App -> whether it can hear and do what runs need on a repository, and what to do where not. Pure. Source: github-pitfalls P45.
import type { AppLook, AppLooks, HookLook, InstallationLook } from '../adapters/github/look-at-app.ts'
import { appEvents, appPermissions, webhookPath } from '../app/app-manifest.ts'
import { type Finding, fine, unseen } from './finding.ts'

/** The lines for the App. `repository`: `owner/name`, undefined when no installation was looked for. */
export function examineApp(looks: AppLooks, repository: string | undefined): readonly Finding[] {
  const { app, installation, hook } = looks
  const what = 'App'
  if (app.kind === 'hidden' && app.status === 401)
    return [
      {
        what,
        state: 'missing',
        found: 'GitHub does not accept APP_ID with this key',
        todo: 'Take both from the App’s page, and look at this machine’s clock.',
      },
    ]
  if (app.kind !== 'seen') return [unseen(what, app, 'Try again later: the App’s own key sees it.')]
  return [
    examineRegistration(app.value),
    ...(repository === undefined || installation === undefined ? [] : [examineInstallation({ app: app.value, installation, repository })]),
    hook.kind === 'seen' ? examineHook(hook.value) : unseen('webhook', hook, 'Try again later: the App’s own key sees it.'),
  ]
}

function examineRegistration(app: AppLook): Finding {
  const lacks = lacking(app)
  const surplus = Object.entries(app.permissions).filter(([name, given]) => !(name in appPermissions) || isMore(name, given))
  if (lacks.length === 0 && surplus.length > 0) {
    const more = surplus.map(([name, given]) => `${name}: ${given}`).join(', ')
    return {
      what: 'App',
      state: 'limited',
      found: `${app.slug} may more than runs need: ${more}`,
      todo: 'Take it away: the App’s settings → Permissions & events.',
    }
  }
  if (lacks.length === 0) return fine('App', `${app.slug}, with the permissions and events of app.yml`)
  return {
    what: 'App',
    state: 'missing',
    found: `${app.slug} does not ask for ${lacks.join(', ')}`,
    todo: 'Add it: the App’s settings → Permissions & events. Then every owner accepts it.',
  }
}

// `contents: write` where `read` is asked for.
function isMore(name: string, given: string): boolean {
  return (appPermissions as Readonly<Record<string, string>>)[name] === 'read' && given !== 'read'
}

function examineInstallation(given: {
  readonly app: AppLook
  readonly installation: NonNullable<AppLooks['installation']>
  readonly repository: string
}): Finding {
  const { app, installation: seen, repository } = given
  const what = 'installation'
  if (seen.kind === 'hidden' && seen.status === 404)
    return {
      what,
      state: 'missing',
      found: `${app.slug} is not installed on ${repository}`,
      todo: `Install it: ${app.pageUrl}/installations/new`,
    }
  if (seen.kind !== 'seen') return unseen(what, seen, 'Try again later: the App’s own key sees it.')
  const installed = seen.value
  if (installed.isSuspended) return { what, state: 'missing', found: 'it is suspended', todo: `Unsuspend it: ${installed.pageUrl}` }
  const lacks = lacking(installed)
  if (lacks.length === 0) return fine(what, `on ${repository}, all permissions granted`)
  // What the App itself does not ask for, nobody can grant.
  return {
    what,
    state: 'missing',
    found: `on ${repository}, without ${lacks.join(', ')}`,
    todo: `An owner accepts it at ${installed.pageUrl}: installations keep what they had when the App began to ask for more.`,
  }
}

/** What the product's own manifest wants and these have not: `checks: write`, `event check_run`. */
export function lacking(has: Pick<InstallationLook, 'permissions' | 'events'>): readonly string[] {
  const permissions = Object.entries(appPermissions).filter(([name, wanted]) => {
    const given = has.permissions[name]
    return given !== wanted && given !== 'write' && given !== 'admin'
  })
  const events = appEvents.filter((event) => !has.events.includes(event))
  return [...permissions.map(([name, wanted]) => `${name}: ${wanted}`), ...events.map((event) => `event ${event}`)]
}

function examineHook(hook: HookLook): Finding {
  const what = 'webhook'
  const where = 'The App’s settings → Webhook'
  if (hook.url === '')
    return { what, state: 'missing', found: 'no address: the App hears nothing', todo: `${where}: https://YOUR-HOST${webhookPath}.` }
  if (!hook.hasSecret)
    return {
      what,
      state: 'missing',
      found: `${hook.url}, without a secret: every delivery is refused`,
      todo: `${where}: the secret, and the same as WEBHOOK_SECRET.`,
    }
  if (hook.contentType !== 'json')
    return { what, state: 'missing', found: `${hook.url}, as ${hook.contentType}`, todo: `${where}: content type application/json.` }
  if (!hook.url.endsWith(webhookPath))
    return { what, state: 'limited', found: hook.url, todo: `dce serve takes them at ${webhookPath}: see that your proxy leads there.` }
  if (!hook.isChecked)
    return { what, state: 'limited', found: `${hook.url}, without checking its certificate`, todo: `${where}: enable SSL verification.` }
  return fine(what, hook.url)
}
