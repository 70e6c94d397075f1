// Pull requests, their reviews and threads.
import { countsBetween, readRef } from './git.ts'
import { maxBodyCharacters, react } from './issue-routes.ts'
import { type PullFacts, pullNode, pull as renderPull, review as renderReview, reviewComment as renderReviewComment } from './render.ts'
import { type Answer, type Call, invalid, made, notFound, ok, page, type Route } from './route.ts'
import { type GitHubState, type Issue, nextId, nextNumber, type Pull, type Repository, type ReviewComment } from './state.ts'

const pulls = '/repos/{owner}/{repo}/pulls' as const

type PullIssue = Issue & { readonly pull: Pull }

/** What git says of a pull request now. */
export async function factsOf(repository: Repository, pull: Pull): Promise<PullFacts> {
  const headSha = (await readRef(repository.gitDir, `refs/heads/${pull.head}`)) ?? '0'.repeat(40)
  const baseSha = (await readRef(repository.gitDir, `refs/heads/${pull.base}`)) ?? '0'.repeat(40)
  return { headSha, baseSha, ...(await countsBetween(repository.gitDir, baseSha, headSha)) }
}

async function shown(call: Call, issue: PullIssue, whole: boolean): Promise<unknown> {
  return renderPull(call.places, call.repository, { issue, facts: await factsOf(call.repository, issue.pull), whole })
}

function pullsOf(repository: Repository): readonly PullIssue[] {
  return [...repository.issues.values()].filter((issue): issue is PullIssue => issue.pull !== undefined)
}

function pullOf({ repository, params }: Call): PullIssue | undefined {
  return pullsOf(repository).find((issue) => issue.number === Number(params['pull_number']))
}

async function create(call: Call): Promise<Answer> {
  const { title, head, base, body, draft } = call.body as {
    readonly title?: string
    readonly head: string
    readonly base: string
    readonly body?: string
    readonly draft?: boolean
  }
  const { repository, state } = call
  const branch = head.slice(head.indexOf(':') + 1)
  if ((body?.length ?? 0) > maxBodyCharacters) return invalid('body is too long (maximum is 65536 characters)')
  const headSha = await readRef(repository.gitDir, `refs/heads/${branch}`)
  const baseSha = await readRef(repository.gitDir, `refs/heads/${base}`)
  if (headSha === undefined) return invalid('head is invalid')
  if (baseSha === undefined) return invalid('base is invalid')
  if (headSha === baseSha) return invalid(`No commits between ${base} and ${branch}`)
  if (draft === true && !repository.allowsDrafts) return invalid('Draft pull requests are not supported in this repository.')
  const open = pullsOf(repository).some((one) => one.state === 'open' && one.pull.head === branch && one.pull.base === base)
  if (open) return invalid(`A pull request already exists for ${repository.owner.login}:${branch}.`)
  const at = state.now()
  const issue: PullIssue = {
    id: nextId(state),
    number: nextNumber(repository),
    user: call.actor,
    createdAt: at,
    updatedAt: at,
    title: title ?? '',
    body: body ?? null,
    state: 'open',
    labels: [],
    reactions: [],
    events: [],
    pull: { head: branch, base, draft: draft === true, merged: false, mergeCommit: null, reviewers: [], reviews: [], threads: [] },
  }
  repository.issues.set(issue.number, issue)
  const answer = await shown(call, issue, true)
  call.tell('pull_request', { action: 'opened', number: issue.number, pull_request: answer })
  return made(answer)
}

async function update(call: Call): Promise<Answer> {
  const issue = pullOf(call)
  if (issue === undefined) return notFound()
  const { title, body, base, state } = call.body as {
    readonly title?: string
    readonly body?: string
    readonly base?: string
    readonly state?: 'open' | 'closed'
  }
  if ((body?.length ?? 0) > maxBodyCharacters) return invalid('body is too long (maximum is 65536 characters)')
  if (base !== undefined && (await readRef(call.repository.gitDir, `refs/heads/${base}`)) === undefined) return invalid('base is invalid')
  issue.title = title ?? issue.title
  issue.body = body ?? issue.body
  issue.pull.base = base ?? issue.pull.base
  issue.state = state ?? issue.state
  if (state === 'closed') issue.closedAt = call.state.now()
  issue.updatedAt = call.state.now()
  return ok(await shown(call, issue, true))
}

async function list(call: Call): Promise<Answer> {
  const { repository, query, params } = call
  const state = query.get('state') ?? 'open'
  const head = query.get('head')
  const found = pullsOf(repository).filter(
    (one) =>
      (state === 'all' || one.state === state) &&
      (head === null || head === `${repository.owner.login}:${one.pull.head}`) &&
      (query.get('base') ?? one.pull.base) === one.pull.base,
  )
  return page(call, `/repos/${params['owner']}/${params['repo']}/pulls`, await Promise.all(found.map((one) => shown(call, one, false))))
}

function requestReviewers(call: Call): Promise<Answer> | Answer {
  const issue = pullOf(call)
  if (issue === undefined) return notFound()
  const { reviewers: users = [], team_reviewers: teams = [] } = call.body as Readonly<Record<string, readonly string[]>>
  if (users.includes(issue.user.login)) return invalid('Review cannot be requested from pull request author.')
  // One that may not be asked: nobody is.
  if (!users.every((login) => call.repository.roles.has(login)) || !teams.every((slug) => call.repository.teams.has(slug)))
    return invalid(
      `Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a collaborator of the ${call.repository.owner.login}/${call.repository.name} repository.`,
    )
  for (const one of [...users, ...teams.map((slug) => `@${slug}`)]) {
    if (!issue.pull.reviewers.includes(one)) issue.pull.reviewers.push(one)
  }
  return shown(call, issue, false).then(made)
}

function reply(call: Call): Answer {
  const issue = pullOf(call)
  const first = issue?.pull.threads.find((one) => one.id === Number(call.params['comment_id']))
  if (issue === undefined || first === undefined) return notFound()
  const added: ReviewComment = {
    ...first,
    id: nextId(call.state),
    user: call.actor,
    body: String(call.body['body']),
    inReplyTo: first.inReplyTo ?? first.id,
    at: call.state.now(),
    reactions: [],
  }
  issue.pull.threads.push(added)
  return made(renderReviewComment(call.places, call.repository, { pullNumber: issue.number, one: added }))
}

/** The mutations that the product sends, by their text; GitHub's schema of them is not checked. Another one: undefined. */
export function graphql(state: GitHubState, body: unknown): Answer | undefined {
  const { query = '', variables = {} } = body as { readonly query?: string; readonly variables?: Readonly<Record<string, unknown>> }
  if (!/^mutation\(\$id: ID!\) \{ markPullRequestReadyForReview\(input: \{pullRequestId: \$id\}\)/u.test(query)) return undefined
  const found = [...state.repositories.values()].flatMap(pullsOf).find((one) => pullNode(one) === variables['id'])
  if (found === undefined) return ok({ data: null, errors: [{ type: 'NOT_FOUND', message: 'Could not resolve to a node' }] })
  found.pull.draft = false
  return ok({ data: { markPullRequestReadyForReview: { pullRequest: { number: found.number, isDraft: false } } } })
}

function find(state: GitHubState, id: number): { readonly repository: Repository; readonly one: ReviewComment } | undefined {
  for (const repository of state.repositories.values()) {
    for (const issue of pullsOf(repository)) {
      const one = issue.pull.threads.find((thread) => thread.id === id)
      if (one !== undefined) return { repository, one }
    }
  }
  return undefined
}

// Newest first, as it is asked for.
function listAllThreads(call: Call): Answer {
  const since = Date.parse(call.query.get('since') ?? new Date(0).toISOString())
  const all = pullsOf(call.repository).flatMap((issue) => issue.pull.threads.map((one) => ({ pullNumber: issue.number, one })))
  const found = all.filter(({ one }) => Math.floor(one.at / 1_000) * 1_000 >= since).sort((a, b) => b.one.at - a.one.at)
  const path = `/repos/${call.params['owner']}/${call.params['repo']}/pulls/comments`
  return page(
    call,
    path,
    found.map((one) => renderReviewComment(call.places, call.repository, one)),
  )
}

export const pullRoutes: readonly Route[] = [
  { operation: `GET ${pulls}`, auth: ['pull_requests', 'read'], handle: list },
  { operation: `GET ${pulls}/comments`, auth: ['pull_requests', 'read'], handle: listAllThreads },
  { operation: `POST ${pulls}`, auth: ['pull_requests', 'write'], creates: true, handle: create },
  {
    operation: `GET ${pulls}/{pull_number}`,
    auth: ['pull_requests', 'read'],
    handle: async (call) => {
      const issue = pullOf(call)
      return issue === undefined ? notFound() : ok(await shown(call, issue, true))
    },
  },
  { operation: `PATCH ${pulls}/{pull_number}`, auth: ['pull_requests', 'write'], handle: update },
  {
    operation: `POST ${pulls}/{pull_number}/requested_reviewers`,
    auth: ['pull_requests', 'write'],
    creates: true,
    handle: requestReviewers,
  },
  {
    operation: `GET ${pulls}/{pull_number}/reviews`,
    auth: ['pull_requests', 'read'],
    handle: (call) => {
      const issue = pullOf(call)
      if (issue === undefined) return notFound()
      const path = `/repos/${call.params['owner']}/${call.params['repo']}/pulls/${issue.number}/reviews`
      return page(
        call,
        path,
        issue.pull.reviews.map((one) => renderReview(call.places, call.repository, { pullNumber: issue.number, one })),
      )
    },
  },
  {
    operation: `GET ${pulls}/{pull_number}/comments`,
    auth: ['pull_requests', 'read'],
    handle: (call) => {
      const issue = pullOf(call)
      if (issue === undefined) return notFound()
      const path = `/repos/${call.params['owner']}/${call.params['repo']}/pulls/${issue.number}/comments`
      return page(
        call,
        path,
        issue.pull.threads.map((one) => renderReviewComment(call.places, call.repository, { pullNumber: issue.number, one })),
      )
    },
  },
  {
    operation: `POST ${pulls}/{pull_number}/comments/{comment_id}/replies`,
    auth: ['pull_requests', 'write'],
    creates: true,
    handle: reply,
  },
  {
    operation: `POST ${pulls}/comments/{comment_id}/reactions`,
    auth: ['pull_requests', 'write'],
    creates: true,
    handle: (call) => {
      const found = find(call.state, Number(call.params['comment_id']))
      return found === undefined ? notFound() : react(call, found.one.reactions)
    },
  },
]
