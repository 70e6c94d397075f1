// State -> the JSON that GitHub answers with and sends to webhooks. Only shapes; nothing is decided here.
import { createHash } from 'node:crypto'
import type {
  Account,
  App,
  CheckRun,
  Comment,
  Delivery,
  GitHubState,
  Installation,
  Issue,
  IssueEvent,
  Label,
  Reaction,
  Repository,
  Review,
  ReviewComment,
} from './state.ts'

/** Where the service answers. `url` of its API, `html` of its pages. */
export interface Places {
  readonly url: string
  readonly html: string
}

type Json = Record<string, unknown>

/** GitHub's times have no milliseconds. */
export const time = (ms: number) => new Date(Math.floor(ms / 1000) * 1000).toISOString().replace('.000', '')
/** GraphQL's name of a thing. */
export const nodeId = (kind: string, id: number | string) => Buffer.from(`${kind}:${id}`).toString('base64')

/** A person, a bot, an organisation. */
export function account({ url, html }: Places, of: Account): Json {
  const own = `${url}/users/${encodeURIComponent(of.login)}`
  const links = ['followers', 'subscriptions', 'repos', 'received_events'].map((name) => [
    `${name === 'repos' ? 'repos' : name}_url`,
    `${own}/${name}`,
  ])
  return {
    login: of.login,
    id: of.id,
    node_id: nodeId(of.type, of.id),
    avatar_url: `${html}/avatars/${of.id}`,
    gravatar_id: '',
    url: own,
    html_url: of.type === 'Bot' ? `${html}/apps/${of.login.replace('[bot]', '')}` : `${html}/${of.login}`,
    ...Object.fromEntries(links),
    organizations_url: `${own}/orgs`,
    following_url: `${own}/following{/other_user}`,
    gists_url: `${own}/gists{/gist_id}`,
    starred_url: `${own}/starred{/owner}{/repo}`,
    events_url: `${own}/events{/privacy}`,
    type: of.type,
    site_admin: false,
  }
}

const repositoryLinks: Readonly<Record<string, string>> = {
  archive_url: '/{archive_format}{/ref}',
  assignees_url: '/assignees{/user}',
  blobs_url: '/git/blobs{/sha}',
  branches_url: '/branches{/branch}',
  collaborators_url: '/collaborators{/collaborator}',
  comments_url: '/comments{/number}',
  commits_url: '/commits{/sha}',
  compare_url: '/compare/{base}...{head}',
  contents_url: '/contents/{+path}',
  contributors_url: '/contributors',
  deployments_url: '/deployments',
  downloads_url: '/downloads',
  events_url: '/events',
  forks_url: '/forks',
  git_commits_url: '/git/commits{/sha}',
  git_refs_url: '/git/refs{/sha}',
  git_tags_url: '/git/tags{/sha}',
  hooks_url: '/hooks',
  issue_comment_url: '/issues/comments{/number}',
  issue_events_url: '/issues/events{/number}',
  issues_url: '/issues{/number}',
  keys_url: '/keys{/key_id}',
  labels_url: '/labels{/name}',
  languages_url: '/languages',
  merges_url: '/merges',
  milestones_url: '/milestones{/number}',
  notifications_url: '/notifications{?since,all,participating}',
  pulls_url: '/pulls{/number}',
  releases_url: '/releases{/id}',
  stargazers_url: '/stargazers',
  statuses_url: '/statuses/{sha}',
  subscribers_url: '/subscribers',
  subscription_url: '/subscription',
  tags_url: '/tags',
  teams_url: '/teams',
  trees_url: '/git/trees{/sha}',
}

/** A repository; the same shape serves as a pull request's base and head. */
export function repository(places: Places, of: Repository): Json {
  const full = `${of.owner.login}/${of.name}`
  const own = `${places.url}/repos/${full}`
  return {
    id: of.id,
    node_id: nodeId('Repository', of.id),
    name: of.name,
    full_name: full,
    owner: account(places, of.owner),
    private: of.private,
    html_url: `${places.html}/${full}`,
    description: null,
    fork: false,
    url: own,
    ...Object.fromEntries(Object.entries(repositoryLinks).map(([name, rest]) => [name, `${own}${rest}`])),
    clone_url: `${places.html}/${full}.git`,
    git_url: `git://${places.html.replace(/^https?:\/\//u, '')}/${full}.git`,
    ssh_url: `git@example.test:${full}.git`,
    svn_url: `${places.html}/${full}`,
    mirror_url: null,
    homepage: null,
    language: 'Go',
    forks_count: 0,
    forks: 0,
    stargazers_count: 0,
    watchers_count: 0,
    watchers: 0,
    subscribers_count: 0,
    network_count: 0,
    size: 1,
    default_branch: of.defaultBranch,
    open_issues_count: of.issues.size,
    open_issues: of.issues.size,
    has_issues: of.hasIssues,
    has_projects: false,
    has_wiki: false,
    has_pages: false,
    has_downloads: false,
    has_discussions: false,
    archived: of.archived,
    disabled: false,
    visibility: of.private ? 'private' : 'public',
    pushed_at: time(0),
    created_at: time(0),
    updated_at: time(0),
    license: null,
    topics: [],
    is_template: false,
    web_commit_signoff_required: false,
    allow_forking: true,
  }
}

/** A label. */
export function label(places: Places, of: Repository, { id, name, color, description }: Label): Json {
  const url = `${places.url}/repos/${of.owner.login}/${of.name}/labels/${encodeURIComponent(name)}`
  return { id, node_id: nodeId('Label', id), url, name, color, default: false, description }
}

/** Sums of reactions, as issues and comments carry them. */
function reactions(url: string, all: readonly Reaction[]): Json {
  const contents = ['+1', '-1', 'laugh', 'hooray', 'confused', 'heart', 'rocket', 'eyes']
  const counts = contents.map((content) => [content, all.filter((one) => one.content === content).length])
  return { url: `${url}/reactions`, total_count: all.length, ...Object.fromEntries(counts) }
}

/** A reaction on its own. */
export function reaction(places: Places, { id, content, user, at }: Reaction): Json {
  return { id, node_id: nodeId('Reaction', id), user: account(places, user), content, created_at: time(at) }
}

function associationOf(of: Repository, user: Account): string {
  return user.login === of.owner.login ? 'OWNER' : of.roles.has(user.login) ? 'COLLABORATOR' : 'NONE'
}

/** An issue; a pull request seen as one when it is one. */
export function issue(places: Places, of: Repository, one: Issue): Json {
  const full = `${of.owner.login}/${of.name}`
  const url = `${places.url}/repos/${full}/issues/${one.number}`
  const comments = [...of.comments.values()].filter((comment) => comment.issue === one.number).length
  return {
    id: one.id,
    node_id: nodeId('Issue', one.id),
    url,
    repository_url: `${places.url}/repos/${full}`,
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    html_url: `${places.html}/${full}/${one.pull === undefined ? 'issues' : 'pull'}/${one.number}`,
    number: one.number,
    state: one.state,
    state_reason: null,
    title: one.title,
    body: one.body,
    user: account(places, one.user),
    labels: one.labels.flatMap((name) => {
      const known = of.labels.get(name.toLowerCase())
      return known === undefined ? [] : [label(places, of, known)]
    }),
    assignee: null,
    assignees: [],
    milestone: null,
    locked: false,
    active_lock_reason: null,
    comments,
    closed_at: one.state === 'closed' ? time(one.closedAt ?? one.updatedAt) : null,
    created_at: time(one.createdAt),
    updated_at: time(one.updatedAt),
    author_association: associationOf(of, one.user),
    reactions: reactions(url, one.reactions),
    ...(one.pull === undefined
      ? {}
      : {
          pull_request: {
            url: `${places.url}/repos/${full}/pulls/${one.number}`,
            html_url: `${places.html}/${full}/pull/${one.number}`,
            diff_url: `${places.html}/${full}/pull/${one.number}.diff`,
            patch_url: `${places.html}/${full}/pull/${one.number}.patch`,
            merged_at: null,
          },
        }),
  }
}

/** A comment on an issue or a pull request. */
export function comment(places: Places, of: Repository, one: Comment): Json {
  const full = `${of.owner.login}/${of.name}`
  const url = `${places.url}/repos/${full}/issues/comments/${one.id}`
  return {
    id: one.id,
    node_id: nodeId('IssueComment', one.id),
    url,
    html_url: `${places.html}/${full}/issues/${one.issue}#issuecomment-${one.id}`,
    issue_url: `${places.url}/repos/${full}/issues/${one.issue}`,
    user: account(places, one.user),
    body: one.body,
    created_at: time(one.at),
    updated_at: time(one.updatedAt),
    author_association: associationOf(of, one.user),
    reactions: reactions(url, one.reactions),
    performed_via_github_app: null,
  }
}

/** What happened to an issue. */
export function issueEvent(places: Places, of: Repository, { number, one }: { readonly number: number; readonly one: IssueEvent }): Json {
  return {
    id: one.id,
    node_id: nodeId('IssueEvent', one.id),
    url: `${places.url}/repos/${of.owner.login}/${of.name}/issues/events/${one.id}`,
    actor: account(places, one.actor),
    event: one.event,
    commit_id: null,
    commit_url: null,
    created_at: time(one.at),
    performed_via_github_app: null,
    label: { name: one.label, color: 'ededed' },
    issue_url: `${places.url}/repos/${of.owner.login}/${of.name}/issues/${number}`,
  }
}

/** The app as anybody sees it. */
export function app(places: Places, of: App): Json {
  return {
    id: of.id,
    slug: of.slug,
    node_id: nodeId('App', of.id),
    client_id: `Iv1.${of.id}`,
    owner: account(places, { id: 1, login: 'app-owner', type: 'Organization' }),
    name: of.slug,
    description: null,
    external_url: 'https://example.test',
    html_url: `${places.html}/apps/${of.slug}`,
    created_at: time(0),
    updated_at: time(0),
    permissions: of.permissions,
    events: of.events,
    installations_count: 1,
  }
}

/** An installation of the app. */
export function installation(places: Places, of: App, one: Installation): Json {
  return {
    id: one.id,
    // The description of the list wants a user and an enterprise at once.
    account: {
      ...account(places, one.account),
      name: one.account.login,
      slug: one.account.login,
      created_at: time(0),
      updated_at: time(0),
    },
    access_tokens_url: `${places.url}/app/installations/${one.id}/access_tokens`,
    repositories_url: `${places.url}/installation/repositories`,
    html_url: `${places.html}/organizations/${one.account.login}/settings/installations/${one.id}`,
    app_id: of.id,
    app_slug: of.slug,
    target_id: one.account.id,
    target_type: one.account.type,
    permissions: one.permissions ?? of.permissions,
    events: one.events ?? of.events,
    single_file_name: null,
    repository_selection: 'selected',
    created_at: time(one.createdAt),
    updated_at: time(one.createdAt),
    suspended_by: null,
    suspended_at: one.suspended ? time(one.createdAt) : null,
  }
}

/** A check run. */
export function checkRun(places: Places, of: Repository, { app: owner, run }: { readonly app: App; readonly run: CheckRun }): Json {
  const url = `${places.url}/repos/${of.owner.login}/${of.name}/check-runs/${run.id}`
  return {
    id: run.id,
    node_id: nodeId('CheckRun', run.id),
    head_sha: run.headSha,
    external_id: run.externalId,
    url,
    html_url: `${places.html}/${of.owner.login}/${of.name}/runs/${run.id}`,
    details_url: run.detailsUrl,
    status: run.status,
    conclusion: run.conclusion,
    started_at: time(run.startedAt),
    completed_at: run.completedAt === null ? null : time(run.completedAt),
    output: { ...run.output, annotations_count: run.annotations.length, annotations_url: `${url}/annotations` },
    name: run.name,
    check_suite: { id: 1 },
    app: app(places, owner),
    pull_requests: [],
  }
}

/** What is known of a pull request's commits: git tells. */
export interface PullFacts {
  readonly headSha: string
  readonly baseSha: string
  readonly commits: number
  readonly additions: number
  readonly deletions: number
  readonly changedFiles: number
}

/** A pull request; lists show less than one alone. */
export function pull(
  places: Places,
  of: Repository,
  { issue: one, facts, whole }: { readonly issue: Issue; readonly facts: PullFacts; readonly whole: boolean },
): Json {
  const full = `${of.owner.login}/${of.name}`
  const url = `${places.url}/repos/${full}/pulls/${one.number}`
  const shown = issue(places, of, one)
  const { head = '', base = '', draft = false, merged = false, mergeCommit = null, reviewers = [] } = one.pull ?? {}
  const side = (ref: string, sha: string) => ({
    label: `${of.owner.login}:${ref}`,
    ref,
    sha,
    user: account(places, of.owner),
    repo: repository(places, of),
  })
  const kept = [
    'id',
    'number',
    'state',
    'locked',
    'title',
    'user',
    'body',
    'labels',
    'milestone',
    'active_lock_reason',
    'created_at',
    'updated_at',
    'closed_at',
    'assignee',
    'assignees',
    'author_association',
    'comments_url',
    'html_url',
  ]
  return {
    ...Object.fromEntries(kept.map((name) => [name, shown[name]])),
    node_id: pullNode(one),
    url,
    diff_url: `${places.html}/${full}/pull/${one.number}.diff`,
    patch_url: `${places.html}/${full}/pull/${one.number}.patch`,
    issue_url: `${places.url}/repos/${full}/issues/${one.number}`,
    commits_url: `${url}/commits`,
    review_comments_url: `${url}/comments`,
    review_comment_url: `${places.url}/repos/${full}/pulls/comments{/number}`,
    statuses_url: `${places.url}/repos/${full}/statuses/${facts.headSha}`,
    merged_at: merged ? time(one.updatedAt) : null,
    merge_commit_sha: mergeCommit,
    requested_reviewers: reviewers
      .filter((name) => !name.startsWith('@'))
      .map((login) => account(places, { id: idOf(login), login, type: 'User' })),
    requested_teams: [],
    head: side(head, facts.headSha),
    base: side(base, facts.baseSha),
    _links: Object.fromEntries(
      ['comments', 'commits', 'statuses', 'html', 'issue', 'review_comments', 'review_comment', 'self'].map((name) => [
        name,
        { href: url },
      ]),
    ),
    auto_merge: null,
    draft,
    ...(whole
      ? {
          merged,
          mergeable: true,
          rebaseable: true,
          mergeable_state: 'clean',
          merged_by: null,
          comments: shown['comments'],
          review_comments: one.pull?.threads.length ?? 0,
          maintainer_can_modify: false,
          commits: facts.commits,
          additions: facts.additions,
          deletions: facts.deletions,
          changed_files: facts.changedFiles,
        }
      : {}),
  }
}

/** How GraphQL names it. */
export function pullNode({ id }: Issue): string {
  return nodeId('PullRequest', id)
}

function idOf(login: string): number {
  return createHash('sha256').update(login).digest().readUInt32BE(0)
}

/** A review. */
export function review(places: Places, of: Repository, { pullNumber, one }: { readonly pullNumber: number; readonly one: Review }): Json {
  const full = `${of.owner.login}/${of.name}`
  const html = `${places.html}/${full}/pull/${pullNumber}#pullrequestreview-${one.id}`
  const url = `${places.url}/repos/${full}/pulls/${pullNumber}`
  return {
    id: one.id,
    node_id: nodeId('PullRequestReview', one.id),
    user: account(places, one.user),
    body: one.body,
    state: one.state,
    html_url: html,
    pull_request_url: url,
    _links: { html: { href: html }, pull_request: { href: url } },
    submitted_at: time(one.at),
    commit_id: one.commit,
    author_association: associationOf(of, one.user),
  }
}

/** A comment in a thread of a review. */
export function reviewComment(
  places: Places,
  of: Repository,
  { pullNumber, one }: { readonly pullNumber: number; readonly one: ReviewComment },
): Json {
  const full = `${of.owner.login}/${of.name}`
  const url = `${places.url}/repos/${full}/pulls/comments/${one.id}`
  const html = `${places.html}/${full}/pull/${pullNumber}#discussion_r${one.id}`
  const pullUrl = `${places.url}/repos/${full}/pulls/${pullNumber}`
  return {
    url,
    pull_request_review_id: one.review,
    id: one.id,
    node_id: nodeId('PullRequestReviewComment', one.id),
    diff_hunk: one.hunk,
    path: one.path,
    commit_id: one.commit,
    original_commit_id: one.commit,
    ...(one.inReplyTo === undefined ? {} : { in_reply_to_id: one.inReplyTo }),
    user: account(places, one.user),
    body: one.body,
    created_at: time(one.at),
    updated_at: time(one.at),
    html_url: html,
    pull_request_url: pullUrl,
    author_association: associationOf(of, one.user),
    _links: { self: { href: url }, html: { href: html }, pull_request: { href: pullUrl } },
    ...(one.line === null ? {} : { line: one.line, side: 'RIGHT', subject_type: 'line' }),
    reactions: reactions(url, one.reactions),
  }
}

/** A ref, as git data has it. */
export function ref(places: Places, of: Repository, { ref: name, sha }: { readonly ref: string; readonly sha: string }): Json {
  const url = `${places.url}/repos/${of.owner.login}/${of.name}/git`
  return { ref: name, node_id: nodeId('Ref', sha), url: `${url}/${name}`, object: { type: 'commit', sha, url: `${url}/commits/${sha}` } }
}

/** A commit, as git data has it. */
export function commit(
  places: Places,
  of: Repository,
  one: {
    readonly sha: string
    readonly tree: string
    readonly parents: readonly string[]
    readonly message: string
    readonly isSigned: boolean
    readonly at: number
    readonly by: Account
  },
): Json {
  const url = `${places.url}/repos/${of.owner.login}/${of.name}/git`
  const who = { name: one.by.login, email: `${one.by.login}@users.noreply.github.com`, date: time(one.at) }
  const verification = one.isSigned
    ? { verified: true, reason: 'valid', signature: 'fake', payload: 'fake', verified_at: time(one.at) }
    : { verified: false, reason: 'unsigned', signature: null, payload: null, verified_at: null }
  return {
    sha: one.sha,
    node_id: nodeId('Commit', one.sha),
    url: `${url}/commits/${one.sha}`,
    html_url: `${places.html}/${of.owner.login}/${of.name}/commit/${one.sha}`,
    author: who,
    committer: who,
    message: one.message,
    tree: { sha: one.tree, url: `${url}/trees/${one.tree}` },
    parents: one.parents.map((sha) => ({ sha, url: `${url}/commits/${sha}`, html_url: `${places.html}/commit/${sha}` })),
    verification,
  }
}

/** A delivery in the app's list of them. */
export function delivery(of: Delivery): Json {
  return {
    id: of.id,
    guid: of.guid,
    delivered_at: time(of.at),
    redelivery: of.redelivery,
    duration: 0.01,
    status: of.statusCode >= 200 && of.statusCode < 300 ? 'OK' : 'Invalid HTTP Response',
    status_code: of.statusCode,
    event: of.event,
    action: of.action,
    installation_id: of.installation,
    repository_id: null,
    throttled_at: null,
  }
}

/** Both halves that every webhook of a repository has. */
export function hookBase(
  places: Places,
  given: { readonly state: GitHubState; readonly repository: Repository; readonly sender: Account },
): Json {
  const key = `${given.repository.owner.login}/${given.repository.name}`.toLowerCase()
  const installed = [...given.state.installations.values()].find((one) => one.repositories.has(key))
  return {
    repository: repository(places, given.repository),
    sender: account(places, given.sender),
    ...(installed === undefined ? {} : { installation: { id: installed.id, node_id: nodeId('Installation', installed.id) } }),
  }
}
