// One repository's GitHub port over Octokit: what is there is looked up before anything is made, so every call may be repeated.
import { RequestError } from '@octokit/request-error'
import { Gone, WorldFault } from '../../fault.ts'
import type { GitHub, IssueOnGitHub, Permission, ReactionTarget } from '../../github.ts'
import { permissionLevels } from '../../github.ts'
import { asBranchName } from '../../ids.ts'
import { putCheckRun } from './check-runs.ts'
import { makeCommit, readRef, setRef } from './git-data.ts'
import { makeOnce, notRepeated } from './make-once.ts'
import { type AnyOctokit, type Credentials, tokenOf } from './octokit.ts'
import { noRulesOnThisPlan } from './plan-without-rules.ts'
import { addLabels, findPull, putPullRequest, requestReviewers, toPull } from './pull-requests.ts'
import { labelSetter, recentComments, recentIssues } from './recent.ts'
import { answerThread, listThreads } from './threads.ts'
import { listJobs, listRuns, readArtifact, readWorkflow } from './workflows.ts'

/** GitHub's limit for bodies, less what a multi-byte count may add. Source: github-pitfalls P18. */
const maxBodyCharacters = 60_000

/** Where calls go: repository and Octokit. */
export interface Place {
  readonly octokit: AnyOctokit
  readonly owner: string
  readonly name: string
  /** What a second counts between tries, ms: 1000, but for tests. */
  readonly secondMs?: number
}

/** Opens it. Nothing is called before it is used. */
export function openGitHub(request: Place & { readonly credentials: Credentials }): GitHub {
  const { octokit, owner, name, credentials } = request
  const place: Place = request
  const at = { owner, repo: name }
  const call = guarded
  return {
    owner,
    name,
    repository: () =>
      call('read the repository', async () => {
        const { data } = await octokit.request('GET /repos/{owner}/{repo}', at)
        return {
          defaultBranch: asBranchName(data.default_branch),
          isArchived: data.archived,
          cloneUrl: data.clone_url,
          pageUrl: data.html_url,
        }
      }),
    permissionOf: (login) => call(`read what ${login} may do`, () => permissionOf(place, login)),
    issue: (number) => call(`read issue ${number}`, () => readIssue(place, number)),
    putComment: (comment) => call(`comment on ${comment.issue}`, () => putComment(place, comment)),
    react: (target, content) => call('react', () => react(place, target, content)),
    putPullRequest: (picture) => call(`open the pull request of ${picture.head}`, () => putPullRequest(place, picture)),
    pullRequest: (number) =>
      call(`read pull request ${number}`, async () =>
        orMissing(async () =>
          toPull((await octokit.request('GET /repos/{owner}/{repo}/pulls/{pull_number}', { ...at, pull_number: number })).data),
        ),
      ),
    findPullRequest: (head) => call(`find the pull request of ${head}`, () => findPull(place, head)),
    addLabels: (number, labels) => call(`label ${number}`, () => addLabels(place, number, labels)),
    requestReviewers: (number, asked) => call(`ask for reviews of ${number}`, () => requestReviewers(place, number, asked)),
    putCheckRun: (picture) => call(`show check ${picture.name}`, () => putCheckRun(place, picture)),
    readFile: (path) => call(`read ${path}`, () => readFile(place, path)),
    rulesFor: (branch) =>
      call(`read the rules for ${branch}`, async () => {
        const rules = await octokit
          .paginate('GET /repos/{owner}/{repo}/rules/branches/{branch}', { ...at, branch, per_page: 100 })
          .catch(noRulesOnThisPlan)
        return rules.map(({ type }) => ({ type }))
      }),
    readRef: (branch) => call(`look for ${branch}`, () => readRef(place, branch)),
    makeCommit: (commit) => call('make a commit', () => makeCommit(place, commit)),
    setRef: (request) => call(`move ${request.branch}`, () => setRef(place, request)),
    // An issue is no pull request: it has none.
    threads: (pullRequest) =>
      call(`read the threads of ${pullRequest}`, async () => (await orMissing(() => listThreads(place, pullRequest))) ?? []),
    answerThread: (answer) => call('answer a thread', () => answerThread(place, answer)),
    workflow: (file) => call(`read the workflow ${file}`, () => orMissing(() => readWorkflow(place, file))),
    workflowRuns: (request) =>
      call(`read the runs of ${request.file}`, async () => (await orMissing(() => listRuns(place, request))) ?? []),
    jobs: (run) => call(`read the jobs of run ${run}`, () => listJobs(place, run)),
    artifact: (request) => call(`read the artifact ${request.name}`, () => orMissing(() => readArtifact(place, request))),
    recentIssues: (since) => call('read what changed', () => recentIssues(place, since)),
    recentComments: (since) => call('read new comments', () => recentComments(place, since)),
    labelSetter: (request) => call(`read who labelled ${request.issue}`, () => labelSetter(place, request)),
    gitToken: (options) => call('get a token', () => tokenOf(octokit, credentials, options)),
  }
}

// What is gone is no fault of the world: repository deleted, App uninstalled, issue transferred, legal block. Source: github-pitfalls P47.
async function guarded<Value>(what: string, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work()
  } catch (cause) {
    if (!(cause instanceof RequestError)) throw cause
    const said = cause.message.split(' - http')[0] ?? cause.message
    if ([404, 410, 451].includes(cause.status) || /suspended/iu.test(cause.message)) throw new Gone(`${what}: ${said}`, cause)
    // A limit is 403 too, and passes; a permission that the App has not does not.
    const isLimit = cause.status === 429 || (cause.status === 403 && /rate limit|abuse/iu.test(cause.message))
    const retryable = cause.status >= 500 || cause.status === 401 || isLimit
    throw new WorldFault({ service: 'github', problem: `could not ${what}: ${cause.status} ${said}`, retryable, cause })
  }
}

async function orMissing<Value>(work: () => Promise<Value | undefined>): Promise<Value | undefined> {
  try {
    return await work()
  } catch (cause) {
    if (cause instanceof RequestError && [404, 410].includes(cause.status)) return undefined
    throw cause
  }
}

async function permissionOf({ octokit, owner, name }: Place, login: string): Promise<Permission> {
  const data = await orMissing(
    async () =>
      (await octokit.request('GET /repos/{owner}/{repo}/collaborators/{username}/permission', { owner, repo: name, username: login })).data,
  )
  if (data === undefined) return 'none'
  const named = permissionLevels.find((level) => level === data.role_name)
  // A custom role has a name of its own; `permission` is the base role it stands on.
  return named ?? permissionLevels.find((level) => level === data.permission) ?? 'none'
}

async function readIssue({ octokit, owner, name }: Place, number: number): Promise<IssueOnGitHub | undefined> {
  const data = await orMissing(
    async () =>
      (await octokit.request('GET /repos/{owner}/{repo}/issues/{issue_number}', { owner, repo: name, issue_number: number })).data,
  )
  // A transferred issue answers from its new place, by a redirect.
  if (data === undefined || !data.url.toLowerCase().endsWith(`/repos/${owner}/${name}/issues/${number}`.toLowerCase())) return undefined
  return {
    number,
    title: data.title,
    body: data.body ?? '',
    isPullRequest: data.pull_request !== undefined,
  }
}

async function readFile({ octokit, owner, name }: Place, path: string): Promise<string | undefined> {
  const answer = await orMissing(() => octokit.request('GET /repos/{owner}/{repo}/contents/{path}', { owner, repo: name, path }))
  const file = answer?.data as { readonly content?: string } | undefined
  return file?.content === undefined ? undefined : Buffer.from(file.content, 'base64').toString()
}

interface PutComment {
  readonly issue: number
  readonly marker: string
  readonly body: string
  readonly id?: number
}

async function putComment(place: Place, { issue, marker, body, id }: PutComment): Promise<number> {
  const { octokit, owner, name } = place
  const text = `${body.length > maxBodyCharacters ? `${body.slice(0, maxBodyCharacters)}\n…` : body}\n\n<!-- ${marker} -->`
  const known = id ?? (await findComment(place, issue, marker))
  if (known !== undefined) {
    const updated = await orMissing(() =>
      octokit.request('PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}', { owner, repo: name, comment_id: known, body: text }),
    )
    // Somebody deleted it: the run still has to say where it stands.
    if (updated !== undefined) return known
  }
  return makeOnce({
    ...place,
    find: () => findComment(place, issue, marker),
    make: async () => {
      const at = { owner, repo: name, issue_number: issue }
      const { data } = await octokit.request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', {
        ...at,
        body: text,
        ...notRepeated,
      })
      return Number(data.id)
    },
  })
}

async function findComment({ octokit, owner, name }: Place, issue: number, marker: string): Promise<number | undefined> {
  const pages = octokit.paginate.iterator('GET /repos/{owner}/{repo}/issues/{issue_number}/comments', {
    owner,
    repo: name,
    issue_number: issue,
    per_page: 100,
  })
  for await (const { data } of pages) {
    // Only a bot's, and only at its end: a person may quote the marker, and so may what we show of the agents' work.
    const found = data.find((comment) => comment.body?.trimEnd().endsWith(`<!-- ${marker} -->`) === true && comment.user?.type === 'Bot')
    if (found !== undefined) return Number(found.id)
  }
  return undefined
}

async function react({ octokit, owner, name }: Place, target: ReactionTarget, content: 'eyes' | 'rocket' | 'confused'): Promise<void> {
  const at = { owner, repo: name, content }
  switch (target.kind) {
    case 'issue':
      await octokit.request('POST /repos/{owner}/{repo}/issues/{issue_number}/reactions', { ...at, issue_number: target.number })
      return
    case 'comment':
      await octokit.request('POST /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions', { ...at, comment_id: target.id })
      return
    case 'review-comment':
      await octokit.request('POST /repos/{owner}/{repo}/pulls/comments/{comment_id}/reactions', { ...at, comment_id: target.id })
      return
  }
}
