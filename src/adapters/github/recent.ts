// What changed in a repository since a moment, by conditional requests: an answer that is as it was costs nothing of the limit. For what no webhook told.
import { RequestError } from '@octokit/request-error'
import type { ActorOnGitHub, RecentComment, RecentIssue, Recently, Since } from '../../github.ts'
import type { Place } from './github.ts'

/** GitHub's most. */
const perPage = 100

/** Open issues, and not pull requests. Errors: RequestError after retries. */
export function recentIssues({ octokit, owner, name }: Place, since: Since): Promise<Recently<RecentIssue>> {
  const query = { owner, repo: name, state: 'open' as const, sort: 'updated' as const, direction: 'desc' as const }
  return recently(since, async (asked) => {
    const { data, headers } = await octokit.request('GET /repos/{owner}/{repo}/issues', { ...query, ...asked })
    const items = data.flatMap((issue) =>
      issue.pull_request === undefined
        ? [
            {
              number: issue.number,
              title: issue.title,
              text: issue.body ?? '',
              labels: issue.labels.flatMap((label) => (typeof label === 'string' ? label : (label.name ?? []))),
              updatedMs: Date.parse(issue.updated_at),
            },
          ]
        : [],
    )
    return { items, headers }
  })
}

/** Comments, newest change first: on issues and pull requests, or on lines of pull requests. Errors: RequestError after retries. */
export function recentComments(
  { octokit, owner, name }: Place,
  { kind, ...since }: Since & Pick<RecentComment, 'kind'>,
): Promise<Recently<RecentComment>> {
  const query = { owner, repo: name, sort: 'updated' as const, direction: 'desc' as const }
  return recently(since, async (asked) => {
    if (kind === 'comment') {
      const { data, headers } = await octokit.request('GET /repos/{owner}/{repo}/issues/comments', { ...query, ...asked })
      return { items: data.map((one) => commentOf(kind, one.issue_url, one)), headers }
    }
    const { data, headers } = await octokit.request('GET /repos/{owner}/{repo}/pulls/comments', { ...query, ...asked })
    return { items: data.map((one) => commentOf(kind, one.pull_request_url, one)), headers }
  })
}

interface CommentData {
  readonly id: number | bigint
  readonly body?: string
  readonly user: { readonly login?: string; readonly type?: string } | null
  readonly created_at: string
  readonly updated_at: string
  readonly reactions?: Partial<Readonly<Record<(typeof marks)[number], number>>>
}

function commentOf(kind: RecentComment['kind'], threadUrl: string, data: CommentData): RecentComment {
  return {
    kind,
    id: Number(data.id),
    thread: Number(threadUrl.slice(threadUrl.lastIndexOf('/') + 1)),
    text: data.body ?? '',
    by: actorOf(data.user),
    createdMs: Date.parse(data.created_at),
    updatedMs: Date.parse(data.updated_at),
    isMarked: marks.some((mark) => (data.reactions?.[mark] ?? 0) > 0),
  }
}

const marks = ['eyes', 'rocket', 'confused'] as const

/** Who set a label last, and when. Undefined when nobody did. GitHub's labels do not care about case. Errors: RequestError after retries. */
export async function labelSetter(
  { octokit, owner, name }: Place,
  request: { readonly issue: number; readonly label: string },
): Promise<{ readonly by: ActorOnGitHub; readonly atMs: number } | undefined> {
  const events = await octokit.paginate('GET /repos/{owner}/{repo}/issues/{issue_number}/events', {
    owner,
    repo: name,
    issue_number: request.issue,
    per_page: perPage,
  })
  const set = events.findLast(
    (event) => event.event === 'labeled' && 'label' in event && event.label.name?.toLowerCase() === request.label.toLowerCase(),
  )
  return set === undefined ? undefined : { by: actorOf(set.actor), atMs: Date.parse(set.created_at) }
}

interface Page<Item> {
  readonly items: readonly Item[]
  readonly headers: { readonly etag?: string | undefined; readonly link?: string | undefined }
}

// The newest are on the first page, so that its tag changes with anything new.
async function recently<Item>(
  { sinceMs, etag }: Since,
  ask: (asked: { since: string; per_page: number; page: number; headers: Record<string, string> }) => Promise<Page<Item>>,
): Promise<Recently<Item>> {
  const since = new Date(sinceMs).toISOString()
  const items: Item[] = []
  try {
    for (let page = 1, first: string | undefined; ; page++) {
      const headers: Record<string, string> = page === 1 && etag !== undefined ? { 'if-none-match': etag } : {}
      const answer = await ask({ since, per_page: perPage, page, headers })
      if (page === 1) first = answer.headers.etag
      items.push(...answer.items)
      if (answer.headers.link?.includes('rel="next"') !== true)
        return { kind: 'changed', items, ...(first === undefined ? {} : { etag: first }) }
    }
  } catch (cause) {
    // Octokit takes "not modified" for a failure.
    if (cause instanceof RequestError && cause.status === 304) return { kind: 'unchanged' }
    throw cause
  }
}

function actorOf(user: { readonly login?: string; readonly type?: string } | null | undefined): ActorOnGitHub {
  return { login: user?.login ?? 'ghost', isBot: user?.type !== 'User' }
}
