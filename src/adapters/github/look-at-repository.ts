// One repository on GitHub, through one token -> what its settings, rules and files say about runs. Reads only; judged by cli/examine-repository.ts.
import { look, type Seen } from './look.ts'
import type { AnyOctokit } from './octokit.ts'
import { noRulesOnThisPlan } from './plan-without-rules.ts'

/** The repository itself, and what GitHub says of the token in its answer. */
export interface RepositoryLook {
  readonly isPrivate: boolean
  readonly isArchived: boolean
  readonly hasIssues: boolean
  readonly defaultBranch: string
  readonly pageUrl: string
  /** What the person of the token may do; not there for a token without a person. */
  readonly role: 'read' | 'triage' | 'write' | 'maintain' | 'admin' | undefined
  /** Of a classic token; other kinds do not tell. */
  readonly scopes: readonly string[] | undefined
}

/** A rule that holds for a branch. `pattern`: of names, messages, addresses, where the rule has one. */
export interface RuleLook {
  readonly type: string
  readonly pattern: string | undefined
}

/** Which actions may run. Source: REST, "Get GitHub Actions permissions for a repository". */
export interface ActionsLook {
  readonly enabled: boolean
  readonly allowed: 'all' | 'local_only' | 'selected'
  readonly pinned: boolean
  readonly selected: Seen<{ readonly githubOwned: boolean; readonly verified: boolean; readonly patterns: readonly string[] }> | undefined
}

/** All that is looked at where the repository is seen. */
export interface RepositoryLooks {
  /** Rules for each name, of ours and the default branch's. */
  readonly rules: (branch: string) => Promise<Seen<readonly RuleLook[]>>
  /** The old kind of rules, of the default branch. */
  readonly protection: () => Promise<Seen<{ readonly signatures: boolean; readonly linear: boolean }>>
  readonly actions: () => Promise<Seen<ActionsLook>>
  /** Whether a workflow's own token may open pull requests. */
  readonly mayOpenPulls: () => Promise<Seen<boolean>>
  /** State of a workflow by its file's name. */
  readonly workflow: (file: string) => Promise<Seen<string>>
  readonly label: (name: string) => Promise<Seen<true>>
  /** A file of the default branch; undefined: there is none. */
  readonly file: (path: string) => Promise<Seen<string | undefined>>
}

/** Where to look. */
export interface LookPlace {
  readonly octokit: AnyOctokit
  readonly owner: string
  readonly name: string
}

/** The first look: without it there is nothing else to see. Never throws. */
export function lookAtRepository({ octokit, owner, name }: LookPlace): Promise<Seen<RepositoryLook>> {
  return look(async () => {
    const { data, headers } = await octokit.request('GET /repos/{owner}/{repo}', { owner, repo: name })
    const { permissions } = data
    const scopes = headers['x-oauth-scopes'] as string | undefined
    return {
      isPrivate: data.private,
      isArchived: data.archived,
      hasIssues: data.has_issues,
      defaultBranch: data.default_branch,
      pageUrl: data.html_url,
      role: permissions === undefined ? undefined : roleOf(permissions),
      scopes: scopes?.split(/,\s*/u).filter((scope) => scope !== ''),
    }
  })
}

function roleOf(permissions: { readonly [Key in 'admin' | 'maintain' | 'push' | 'triage' | 'pull']?: boolean }): RepositoryLook['role'] {
  if (permissions.admin === true) return 'admin'
  if (permissions.maintain === true) return 'maintain'
  if (permissions.push === true) return 'write'
  if (permissions.triage === true) return 'triage'
  return permissions.pull === true ? 'read' : undefined
}

/** The other looks. Each never throws. */
export function looksAt({ octokit, owner, name }: LookPlace, { defaultBranch }: RepositoryLook): RepositoryLooks {
  const at = { owner, repo: name }
  return {
    rules: (branch) =>
      look(async () => {
        const found = await octokit
          .paginate('GET /repos/{owner}/{repo}/rules/branches/{branch}', { ...at, branch, per_page: 100 })
          .catch(noRulesOnThisPlan)
        return found.map(({ type, ...rule }) => ({ type, pattern: patternOf(rule) }))
      }),
    protection: async () => {
      const seen = await look(async () => {
        const { data } = await octokit.request('GET /repos/{owner}/{repo}/branches/{branch}/protection', { ...at, branch: defaultBranch })
        return { signatures: data.required_signatures?.enabled === true, linear: data.required_linear_history?.enabled === true }
      })
      // The one 404 that says something, and the plan that has none. Every other may mean that this token does not see it.
      const isNone = seen.kind === 'hidden' && /branch not protected|upgrade to github/iu.test(seen.said)
      return isNone ? { kind: 'seen', value: { signatures: false, linear: false } } : seen
    },
    actions: () => look(() => actionsOf(octokit, at)),
    mayOpenPulls: () =>
      look(
        async () =>
          (await octokit.request('GET /repos/{owner}/{repo}/actions/permissions/workflow', at)).data.can_approve_pull_request_reviews,
      ),
    workflow: (file) =>
      look(
        async () =>
          (await octokit.request('GET /repos/{owner}/{repo}/actions/workflows/{workflow_id}', { ...at, workflow_id: file })).data.state,
      ),
    label: (label) =>
      look(async () => {
        await octokit.request('GET /repos/{owner}/{repo}/labels/{name}', { ...at, name: label })
        return true as const
      }),
    file: async (path) => {
      const seen = await look(async () => {
        const { data } = await octokit.request('GET /repos/{owner}/{repo}/contents/{path}', { ...at, path })
        const { content } = data as { readonly content?: string }
        return content === undefined ? undefined : Buffer.from(content, 'base64').toString()
      })
      return seen.kind === 'hidden' && seen.status === 404 ? { kind: 'seen', value: undefined } : seen
    },
  }
}

function patternOf(rule: object): string | undefined {
  const { parameters } = rule as { readonly parameters?: { readonly pattern?: unknown } }
  return typeof parameters?.pattern === 'string' ? parameters.pattern : undefined
}

async function actionsOf(octokit: AnyOctokit, at: { readonly owner: string; readonly repo: string }): Promise<ActionsLook> {
  const { data } = await octokit.request('GET /repos/{owner}/{repo}/actions/permissions', at)
  const allowed = data.allowed_actions ?? 'all'
  const selected =
    allowed !== 'selected'
      ? undefined
      : await look(async () => {
          const { data: some } = await octokit.request('GET /repos/{owner}/{repo}/actions/permissions/selected-actions', at)
          return {
            githubOwned: some.github_owned_allowed === true,
            verified: some.verified_allowed === true,
            patterns: some.patterns_allowed ?? [],
          }
        })
  const { sha_pinning_required: pinned } = data as { readonly sha_pinning_required?: boolean }
  return { enabled: data.enabled, allowed, pinned: pinned === true, selected }
}
