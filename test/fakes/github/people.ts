// What people do on the fake GitHub's pages, and the webhooks that follow. They are not the app: their acts need no token.
import { execFileSync } from 'node:child_process'
import type { Actions } from './actions.ts'
import { git, readRef } from './git.ts'
import type { Hooks } from './hooks.ts'
import { newRepository, type RepositoryOptions } from './new-repository.ts'
import { factsOf } from './pull-routes.ts'
import {
  hookBase,
  type Places,
  comment as renderComment,
  issue as renderIssue,
  label as renderLabel,
  pull as renderPull,
  review as renderReview,
  reviewComment as renderReviewComment,
} from './render.ts'
import {
  type Account,
  type Comment,
  type GitHubState,
  type Installation,
  type Issue,
  nextId,
  nextNumber,
  type Repository,
  type Review,
  type ReviewComment,
} from './state.ts'

export interface People {
  person(login: string, type?: Account['type']): Account
  /** An empty bare repository in which git of the test can make commits. The app is installed on it. */
  repository(full: string, options?: RepositoryOptions): Repository
  openIssue(repository: Repository, by: string, text: { readonly title: string; readonly body: string }): Issue
  editIssue(repository: Repository, number: number, by: string, body: string): void
  label(repository: Repository, number: number, by: string, name: string): void
  comment(repository: Repository, number: number, by: string, body: string): Comment
  editComment(repository: Repository, id: number, by: string, body: string): void
  review(
    repository: Repository,
    number: number,
    by: string,
    given: { readonly body: string; readonly threads: readonly { readonly path: string; readonly line: number; readonly body: string }[] },
  ): Promise<Review>
  clickCheck(repository: Repository, id: number, by: string, identifier: string): void
  merge(repository: Repository, number: number, by: string): Promise<void>
  /** By the button on a pull request's page, after which what stands on the branch is retargeted; or by other ways, after which it is closed. */
  deleteBranch(repository: Repository, name: string, how: 'button' | 'git'): Promise<void>
  /** To another repository, which the App does not see. */
  transfer(repository: Repository, number: number, by: string): void
  /** Deleted for good: nobody sees it any more. */
  deleteIssue(repository: Repository, number: number, by: string): void
  uninstall(installation: Installation, by: string): void
  /** Pushes a commit of a checkout of theirs, with git. */
  push(repository: Repository, by: string, given: { readonly from: string; readonly what: string; readonly to: string }): Promise<void>
  /** As it was before {@link uninstall}, under another id, as GitHub does it. */
  install(installation: Installation, by: string): Installation
  /** Its tokens are refused, and nothing is told, until it is lifted. */
  suspend(installation: Installation, by: string, suspended: boolean): void
}

interface Stage {
  readonly state: GitHubState
  readonly places: Places
  readonly hooks: Hooks
  readonly actions: Actions
  readonly newGitDir: (key: string) => string
}

export function openPeople(stage: Stage): People {
  const { state, places, hooks } = stage
  const person = (login: string, type: Account['type'] = 'User'): Account => {
    const key = login.toLowerCase()
    const made = state.accounts.get(key) ?? { id: nextId(state), login, type }
    state.accounts.set(key, made)
    return made
  }
  const tell = (repository: Repository, by: string, event: string, payload: Readonly<Record<string, unknown>>) =>
    void hooks.deliver(event, { ...hookBase(places, { state, repository, sender: person(by) }), ...payload })
  const issueOf = (repository: Repository, number: number): Issue => {
    const found = repository.issues.get(number)
    if (found === undefined) throw new Error(`there is no issue ${number}`)
    return found
  }
  const shown = (repository: Repository, issue: Issue) => renderIssue(places, repository, issue)
  return {
    person,
    repository: (full, options = {}) => newRepository({ ...stage, person }, full, options),
    openIssue: (repository, by, { title, body }) => {
      const at = state.now()
      const issue: Issue = {
        id: nextId(state),
        number: nextNumber(repository),
        user: person(by),
        createdAt: at,
        updatedAt: at,
        title,
        body,
        state: 'open',
        labels: [],
        reactions: [],
        events: [],
      }
      repository.issues.set(issue.number, issue)
      tell(repository, by, 'issues', { action: 'opened', issue: shown(repository, issue) })
      return issue
    },
    editIssue: (repository, number, by, body) => {
      const issue = issueOf(repository, number)
      const from = issue.body
      issue.body = body
      issue.updatedAt = state.now()
      tell(repository, by, 'issues', { action: 'edited', issue: shown(repository, issue), changes: { body: { from } } })
    },
    label: (repository, number, by, name) => {
      const issue = issueOf(repository, number)
      const known = repository.labels.get(name.toLowerCase()) ?? { id: nextId(state), name, color: 'ededed', description: '' }
      repository.labels.set(name.toLowerCase(), known)
      if (!issue.labels.includes(known.name)) issue.labels.push(known.name)
      issue.updatedAt = state.now()
      issue.events.push({ id: nextId(state), event: 'labeled', actor: person(by), label: known.name, at: issue.updatedAt })
      tell(repository, by, 'issues', { action: 'labeled', issue: shown(repository, issue), label: renderLabel(places, repository, known) })
    },
    comment: (repository, number, by, body) => {
      const issue = issueOf(repository, number)
      const at = state.now()
      const made: Comment = {
        id: nextId(state),
        issue: number,
        user: person(by),
        at,
        body,
        updatedAt: at,
        byApp: false,
        reactions: [],
        history: [body],
      }
      repository.comments.set(made.id, made)
      issue.updatedAt = at
      tell(repository, by, 'issue_comment', {
        action: 'created',
        issue: shown(repository, issue),
        comment: renderComment(places, repository, made),
      })
      return made
    },
    editComment: (repository, id, by, body) => {
      const found = repository.comments.get(id)
      if (found === undefined) throw new Error(`there is no comment ${id}`)
      const from = found.body
      found.body = body
      found.history.push(body)
      found.updatedAt = state.now()
      tell(repository, by, 'issue_comment', {
        action: 'edited',
        changes: { body: { from } },
        issue: shown(repository, issueOf(repository, found.issue)),
        comment: renderComment(places, repository, found),
      })
    },
    review: async (repository, number, by, given) => {
      const issue = issueOf(repository, number)
      if (issue.pull === undefined) throw new Error(`${number} is no pull request`)
      const facts = await factsOf(repository, issue.pull)
      const made: Review = {
        id: nextId(state),
        user: person(by),
        state: 'CHANGES_REQUESTED',
        body: given.body,
        at: state.now(),
        commit: facts.headSha,
      }
      issue.pull.reviews.push(made)
      const pull = renderPull(places, repository, { issue, facts, whole: false })
      for (const { path, line, body } of given.threads) {
        const thread: ReviewComment = {
          id: nextId(state),
          review: made.id,
          user: made.user,
          path,
          line,
          hunk: await hunkOf(repository, issue.pull.base, issue.pull.head, path),
          commit: facts.headSha,
          at: state.now(),
          body,
          reactions: [],
        }
        issue.pull.threads.push(thread)
        tell(repository, by, 'pull_request_review_comment', {
          action: 'created',
          pull_request: pull,
          comment: renderReviewComment(places, repository, { pullNumber: number, one: thread }),
        })
      }
      tell(repository, by, 'pull_request_review', {
        action: 'submitted',
        pull_request: pull,
        review: renderReview(places, repository, { pullNumber: number, one: made }),
      })
      return made
    },
    clickCheck: (repository, id, by, identifier) => {
      const run = repository.checkRuns.get(id)
      if (run === undefined) throw new Error(`there is no check run ${id}`)
      tell(repository, by, 'check_run', {
        action: 'requested_action',
        requested_action: { identifier },
        check_run: { id: run.id, name: run.name, head_sha: run.headSha, external_id: run.externalId, app: { slug: state.app.slug } },
      })
    },
    merge: async (repository, number, by) => {
      const issue = issueOf(repository, number)
      if (issue.pull === undefined) throw new Error(`${number} is no pull request`)
      const facts = await factsOf(repository, issue.pull)
      const tree = await git(repository.gitDir, 'merge-tree', '--write-tree', facts.baseSha, facts.headSha)
      const identity = ['-c', 'user.name=x', '-c', 'user.email=x@example.test']
      const commit = await git(
        repository.gitDir,
        ...identity,
        'commit-tree',
        tree,
        '-p',
        facts.baseSha,
        '-p',
        facts.headSha,
        '-m',
        `Merge #${number}`,
      )
      await git(repository.gitDir, 'update-ref', `refs/heads/${issue.pull.base}`, commit)
      const base = `refs/heads/${issue.pull.base}`
      await stage.actions.pushed(repository, person(by), [{ ref: base, before: facts.baseSha, after: commit }])
      issue.pull.merged = true
      issue.pull.mergeCommit = commit
      issue.state = 'closed'
      issue.closedAt = state.now()
      for (const [, closed] of (issue.body ?? '').matchAll(/\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?) #(\d+)/giu)) {
        const other = repository.issues.get(Number(closed))
        if (other !== undefined && issue.pull.base === repository.defaultBranch) other.state = 'closed'
      }
      tell(repository, by, 'pull_request', {
        action: 'closed',
        number,
        pull_request: renderPull(places, repository, { issue, facts, whole: true }),
      })
    },
    deleteBranch: async (repository, name, how) => {
      const own = [...repository.issues.values()].find(({ pull }) => pull?.head === name)
      await git(repository.gitDir, 'update-ref', '-d', `refs/heads/${name}`)
      for (const issue of repository.issues.values()) {
        if (issue.pull === undefined || issue.state !== 'open') continue
        const stood = issue.pull.base === name
        if (stood && how === 'button' && own?.pull?.merged === true) issue.pull.base = own.pull.base
        else if (stood || issue.pull.head === name) Object.assign(issue, { state: 'closed', closedAt: state.now() })
      }
    },
    transfer: (repository, number, by) => {
      const issue = issueOf(repository, number)
      repository.issues.delete(number)
      tell(repository, by, 'issues', { action: 'transferred', issue: shown(repository, issue) })
    },
    deleteIssue: (repository, number, by) => {
      const issue = issueOf(repository, number)
      repository.issues.delete(number)
      tell(repository, by, 'issues', { action: 'deleted', issue: shown(repository, issue) })
    },
    uninstall: (installation, by) => {
      state.installations.delete(installation.id)
      hooks.deliver('installation', { action: 'deleted', installation: { id: installation.id }, sender: { login: by, type: 'User' } })
    },
    push: async (repository, by, { from, what, to }) => {
      const ref = `refs/heads/${to}`
      const before = (await readRef(repository.gitDir, ref)) ?? null
      execFileSync('git', ['-C', from, 'push', '--quiet', '--force', repository.gitDir, `${what}:${ref}`])
      await stage.actions.pushed(repository, person(by), [{ ref, before, after: (await readRef(repository.gitDir, ref)) ?? null }])
    },
    install: ({ account, repositories }, by) => {
      const made = { id: nextId(state), account, repositories, createdAt: state.now(), suspended: false }
      state.installations.set(made.id, made)
      hooks.deliver('installation', { action: 'created', installation: { id: made.id }, sender: { login: by, type: 'User' } })
      return made
    },
    suspend: (installation, by, suspended) => {
      installation.suspended = suspended
      const action = suspended ? 'suspend' : 'unsuspend'
      hooks.deliver('installation', { action, installation: { id: installation.id }, sender: { login: by, type: 'User' } })
    },
  }
}

async function hunkOf(repository: Repository, base: string, head: string, path: string): Promise<string> {
  return (await git(repository.gitDir, 'diff', `refs/heads/${base}...refs/heads/${head}`, '--', path)).split('\n').slice(4, 24).join('\n')
}
