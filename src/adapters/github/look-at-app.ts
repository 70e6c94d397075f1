// The App's own key -> the App, its installation on one repository, and its webhook, as GitHub has them. Reads only; judged by cli/examine-app.ts.
import { look, type Seen } from './look.ts'
import type { AnyOctokit } from './octokit.ts'

/** Permissions by GitHub's names: `read`, `write`. */
export type Granted = Readonly<Record<string, string>>

/** What the App says of itself. */
export interface AppLook {
  readonly slug: string
  readonly pageUrl: string
  readonly permissions: Granted
  readonly events: readonly string[]
}

/** Its installation: what the owner has granted, which may be less than the App wants by now. Source: github-pitfalls P45. */
export interface InstallationLook {
  readonly pageUrl: string
  readonly permissions: Granted
  readonly events: readonly string[]
  readonly isSuspended: boolean
}

/** Where GitHub sends webhooks. */
export interface HookLook {
  readonly url: string
  readonly contentType: string
  readonly hasSecret: boolean
  /** TLS certificates are checked. */
  readonly isChecked: boolean
}

/** All of it. `installation` hidden with 404: it is not installed there. */
export interface AppLooks {
  readonly app: Seen<AppLook>
  readonly installation: Seen<InstallationLook> | undefined
  readonly hook: Seen<HookLook>
}

/** Looks at everything at once. `octokit`: the App's own. `repository` undefined: no installation is looked for. Never throws. */
export async function lookAtApp(
  octokit: AnyOctokit,
  repository: { readonly owner: string; readonly name: string } | undefined,
): Promise<AppLooks> {
  const [app, installation, hook] = await Promise.all([
    look(async () => {
      const { data } = await octokit.request('GET /app')
      // GitHub answers null without a token of an App, which this is.
      const { slug = '', html_url: pageUrl, permissions, events } = data as NonNullable<typeof data>
      return { slug, pageUrl, permissions: permissions as Granted, events }
    }),
    repository === undefined
      ? undefined
      : look(async () => {
          const at = { owner: repository.owner, repo: repository.name }
          const { data } = await octokit.request('GET /repos/{owner}/{repo}/installation', at)
          const { html_url: pageUrl, permissions, events, suspended_at: suspended } = data
          return { pageUrl, permissions: permissions as Granted, events, isSuspended: suspended !== null && suspended !== undefined }
        }),
    look(async () => {
      const { data } = await octokit.request('GET /app/hook/config')
      return {
        url: data.url ?? '',
        contentType: data.content_type ?? 'form',
        hasSecret: (data.secret ?? '') !== '',
        isChecked: String(data.insecure_ssl ?? '0') === '0',
      }
    }),
  ])
  return { app, installation, hook }
}
