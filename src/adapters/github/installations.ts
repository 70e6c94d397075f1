// The App -> the repositories that it is installed on, where it may work now.
import { RequestError } from '@octokit/request-error'
import type { AnyOctokit } from './octokit.ts'

/** A repository, and since when the App has been there. */
export interface InstalledRepository {
  readonly installation: number
  readonly owner: string
  readonly name: string
  readonly installedAtMs: number
}

/** All of them; suspended installations have none. Contract of `octokitOf`: the Octokit of an installation. Errors: RequestError after retries. */
export async function installedRepositories(
  app: AnyOctokit,
  octokitOf: (installation: number) => AnyOctokit,
): Promise<readonly InstalledRepository[]> {
  const installations = await app.paginate('GET /app/installations', { per_page: 100 })
  const found: InstalledRepository[] = []
  for (const { id, created_at: at } of installations.filter(({ suspended_at: suspended }) => suspended === null)) {
    const repositories = await octokitOf(id).paginate('GET /installation/repositories', { per_page: 100 })
    for (const { name, owner, archived } of repositories) {
      if (!archived) found.push({ installation: id, owner: owner.login, name, installedAtMs: Date.parse(at) })
    }
  }
  return found
}

/** The App's installation on a repository; undefined where there is none. Errors: RequestError after retries. */
export async function installationOf(
  app: AnyOctokit,
  { owner, name }: { readonly owner: string; readonly name: string },
): Promise<number | undefined> {
  try {
    return (await app.request('GET /repos/{owner}/{repo}/installation', { owner, repo: name })).data.id
  } catch (cause) {
    if (cause instanceof RequestError && cause.status === 404) return undefined
    throw cause
  }
}
