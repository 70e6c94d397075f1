// The repository itself: who may do what, its rules, its check runs.
import { git, readRef } from './git.ts'
import { asSeenBy } from './policy-routes.ts'
import { account, checkRun as renderCheckRun, repository as renderRepository } from './render.ts'
import { type Answer, type Call, invalid, made, notFound, ok, type Route } from './route.ts'
import { type Annotation, type CheckRun, nextId, type Role } from './state.ts'

const repo = '/repos/{owner}/{repo}' as const

const permissionOf: Readonly<Record<Role, string>> = { read: 'read', triage: 'read', write: 'write', maintain: 'write', admin: 'admin' }

function permission({ repository, params, places, state }: Call): Answer {
  const login = params['username'] ?? ''
  const known = state.accounts.get(login.toLowerCase())
  if (known === undefined) return notFound()
  const role = repository.roles.get(known.login)
  const none = repository.private ? 'none' : 'read'
  const has = role === undefined ? none : permissionOf[role]
  const levels = ['pull', 'triage', 'push', 'maintain', 'admin']
  const upTo = { none: -1, read: 0, triage: 1, write: 2, maintain: 3, admin: 4 }[role ?? none] ?? -1
  const permissions = Object.fromEntries(levels.map((level, index) => [level, index <= upTo]))
  return ok({ permission: has, role_name: role ?? none, user: { ...account(places, known), permissions, role_name: role ?? none } })
}

/** GitHub takes 50 annotations a request, and no longer texts than these. */
const maxAnnotations = 50
const maxSummary = 65_535

interface WrittenOutput {
  readonly title?: string
  readonly summary?: string
  readonly text?: string
  readonly annotations?: readonly Annotation[]
}

function refuseOutput(body: Readonly<Record<string, unknown>>): Answer | undefined {
  const output = (body['output'] ?? {}) as WrittenOutput
  if ((output.annotations?.length ?? 0) > maxAnnotations) return invalid('No more than 50 annotations are allowed per request')
  if ((output.summary?.length ?? 0) > maxSummary || (output.text?.length ?? 0) > maxSummary)
    return invalid('Only 65535 characters are allowed')
  return undefined
}

function write(call: Call, run: CheckRun): void {
  const {
    status,
    conclusion,
    output,
    actions,
    details_url: details,
  } = call.body as {
    readonly status?: CheckRun['status']
    readonly conclusion?: string
    readonly output?: WrittenOutput
    readonly actions?: CheckRun['actions']
    readonly details_url?: string
  }
  if (conclusion !== undefined) {
    run.conclusion = conclusion
    run.status = 'completed'
    run.completedAt = call.state.now()
  } else if (status !== undefined) run.status = status
  if (details !== undefined) run.detailsUrl = details
  if (actions !== undefined) run.actions = actions
  if (output === undefined) return
  run.output = { title: output.title ?? run.output.title, summary: output.summary ?? null, text: output.text ?? null }
  run.annotations.push(...(output.annotations ?? []))
}

async function createCheckRun(call: Call): Promise<Answer> {
  const refused = refuseOutput(call.body)
  if (refused !== undefined) return refused
  const headSha = String(call.body['head_sha'])
  if ((await readRef(call.repository.gitDir, `${headSha}^{commit}`)) === undefined) return invalid(`No commit found for SHA: ${headSha}`)
  const run: CheckRun = {
    id: nextId(call.state),
    name: String(call.body['name']),
    headSha,
    externalId: String(call.body['external_id'] ?? ''),
    status: 'queued',
    conclusion: null,
    startedAt: call.state.now(),
    completedAt: null,
    detailsUrl: null,
    output: { title: null, summary: null, text: null },
    annotations: [],
    actions: [],
  }
  write(call, run)
  call.repository.checkRuns.set(run.id, run)
  return made(renderCheckRun(call.places, call.repository, { app: call.state.app, run }))
}

function updateCheckRun(call: Call): Answer {
  const run = call.repository.checkRuns.get(Number(call.params['check_run_id']))
  if (run === undefined) return notFound()
  const refused = refuseOutput(call.body)
  if (refused !== undefined) return refused
  write(call, run)
  return ok(renderCheckRun(call.places, call.repository, { app: call.state.app, run }))
}

export const repositoryRoutes: readonly Route[] = [
  {
    operation: `GET ${repo}`,
    auth: ['metadata', 'read'],
    handle: ({ places, repository, person }) => asSeenBy(person, repository, renderRepository(places, repository)),
  },
  { operation: `GET ${repo}/collaborators/{username}/permission`, auth: ['metadata', 'read'], handle: permission },
  {
    operation: `GET ${repo}/contents/{path}`,
    auth: ['contents', 'read'],
    handle: async ({ repository, params, places }) => {
      const path = params['path'] ?? ''
      const text = await git(repository.gitDir, 'cat-file', 'blob', `refs/heads/${repository.defaultBranch}:${path}`).catch(() => undefined)
      const sha = await readRef(repository.gitDir, `refs/heads/${repository.defaultBranch}:${path}`)
      if (text === undefined || sha === undefined) return notFound()
      const url = `${places.url}/repos/${repository.owner.login}/${repository.name}/contents/${path}`
      const links = { url, html_url: url, git_url: url, download_url: url, _links: { self: url, git: url, html: url } }
      const content = Buffer.from(`${text}\n`).toString('base64')
      return ok({ type: 'file', encoding: 'base64', size: text.length, name: path.split('/').at(-1), path, content, sha, ...links })
    },
  },
  {
    operation: `GET ${repo}/rules/branches/{branch}`,
    auth: ['metadata', 'read'],
    handle: ({ repository, params }) =>
      ok(
        repository.rules
          .filter((rule) => rule.untold !== true && rule.branches.test(params['branch'] ?? ''))
          .map(({ type, parameters }) => ({
            type,
            ruleset_source_type: 'Repository',
            ruleset_source: 'x',
            ruleset_id: 1,
            ...(parameters === undefined ? {} : { parameters }),
          })),
      ),
  },
  { operation: `POST ${repo}/check-runs`, auth: ['checks', 'write'], creates: true, handle: createCheckRun },
  { operation: `PATCH ${repo}/check-runs/{check_run_id}`, auth: ['checks', 'write'], handle: updateCheckRun },
  {
    operation: `GET ${repo}/commits/{ref}/check-runs`,
    auth: ['checks', 'read'],
    handle: ({ repository, params, places, state, query }) => {
      const found = [...repository.checkRuns.values()].filter(
        (run) => run.headSha === params['ref'] && (query.get('check_name') ?? run.name) === run.name,
      )
      return ok({ total_count: found.length, check_runs: found.map((run) => renderCheckRun(places, repository, { app: state.app, run })) })
    },
  },
]
