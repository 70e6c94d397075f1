// A pull request as it should be -> GitHub: found by its head branch, opened once, and written to only where it differs.
import { RequestError } from '@octokit/request-error'
import type { PullRequestOnGitHub, PullRequestPicture } from '../../github.ts'
import { asBranchName, type BranchName } from '../../ids.ts'
import { conditionally } from './conditional.ts'
import type { Place } from './github.ts'
import { makeOnce, notRepeated } from './make-once.ts'

/** Said in the title where a plan has no drafts. Source: github-pitfalls P37. */
const unfinished = '[WIP] '

interface PullData {
  readonly number: number
  readonly node_id: string
  readonly state: string
  readonly title: string
  readonly body: string | null
  readonly draft?: boolean | undefined
  readonly merged_at: string | null
  readonly closed_at: string | null
  readonly head: { readonly ref: string }
  readonly base: { readonly ref: string }
}

interface Known extends PullRequestOnGitHub {
  readonly node: string
  readonly title: string
  readonly body: string
}

/** What GitHub answers, as the port has it. */
export function toPull(data: PullData): Known {
  return {
    number: data.number,
    head: asBranchName(data.head.ref),
    base: asBranchName(data.base.ref),
    isOpen: data.state === 'open',
    isMerged: data.merged_at !== null,
    isDraft: data.draft === true,
    ...(data.closed_at === null ? {} : { closedAtMs: Date.parse(data.closed_at) }),
    node: data.node_id,
    title: data.title,
    body: data.body ?? '',
  }
}

/** The open one of a head branch, else the newest. Asked at each showing: an unchanged answer costs no rate limit. */
export async function findPull(place: Place, head: BranchName): Promise<Known | undefined> {
  const { octokit, owner, name } = place
  const query = { head: `${owner}:${head}`, state: 'all' as const }
  const data = await conditionally(place, `pulls of ${head}`, (headers) =>
    octokit.request('GET /repos/{owner}/{repo}/pulls', { owner, repo: name, ...query, headers }),
  )
  const found = data.find((pull) => pull.state === 'open') ?? data.toSorted((a, b) => b.number - a.number)[0]
  return found === undefined ? undefined : toPull(found)
}

/** Opens it, or brings the open one up to date; a closed one stays as it is unless `picture.reopen` says so. */
export async function putPullRequest(place: Place, picture: PullRequestPicture): Promise<PullRequestOnGitHub> {
  const find = async () => {
    const found = await findPull(place, picture.head)
    return picture.reopen === true && found?.isOpen === false ? undefined : found
  }
  const known = await makeOnce({ ...place, find, make: () => open(place, picture) })
  return known.isOpen ? bringUp(place, known, picture) : known
}

async function bringUp({ octokit, owner, name }: Place, known: Known, picture: PullRequestPicture): Promise<PullRequestOnGitHub> {
  if (known.isDraft && !picture.draft) await octokit.graphql(markReady, { id: known.node })
  const isDraft = known.isDraft && picture.draft
  const title = picture.draft && !isDraft && known.title.startsWith(unfinished) ? `${unfinished}${picture.title}` : picture.title
  const change = {
    ...(known.title === title ? {} : { title }),
    // Written on its page, a text ends its lines otherwise.
    ...(known.body.replaceAll('\r\n', '\n').trimEnd() === picture.body.trimEnd() ? {} : { body: picture.body }),
    ...(known.base === picture.base ? {} : { base: picture.base }),
  }
  if (Object.keys(change).length === 0) return { ...known, isDraft }
  const at = { owner, repo: name, pull_number: known.number }
  const { data } = await octokit.request('PATCH /repos/{owner}/{repo}/pulls/{pull_number}', { ...at, ...change })
  return toPull(data)
}

// REST cannot end a draft.
const markReady = 'mutation($id: ID!) { markPullRequestReadyForReview(input: {pullRequestId: $id}) { pullRequest { number isDraft } } }'

async function open({ octokit, owner, name }: Place, picture: PullRequestPicture): Promise<Known> {
  const ask = async (draft: boolean) => {
    const { data } = await octokit.request('POST /repos/{owner}/{repo}/pulls', {
      owner,
      repo: name,
      head: picture.head,
      base: picture.base,
      title: picture.draft && !draft ? `${unfinished}${picture.title}` : picture.title,
      body: picture.body,
      draft,
      ...notRepeated,
    })
    return toPull(data)
  }
  return ask(picture.draft).catch((cause: unknown) => {
    const refused = cause instanceof RequestError && cause.status === 422 && /draft/iu.test(cause.message)
    if (!picture.draft || !refused) throw cause
    return ask(false)
  })
}

/** Adds labels; GitHub makes those that it does not know. */
export async function addLabels({ octokit, owner, name }: Place, number: number, labels: readonly string[]): Promise<void> {
  const at = { owner, repo: name, issue_number: number }
  await octokit.request('POST /repos/{owner}/{repo}/issues/{issue_number}/labels', { ...at, labels: [...labels] })
}

/** Asks for reviews. One that may not be asked makes GitHub refuse all at once: then each is asked alone. Answers those that it refused. */
export async function requestReviewers(
  { octokit, owner, name }: Place,
  number: number,
  { users, teams }: { readonly users: readonly string[]; readonly teams: readonly string[] },
): Promise<readonly string[]> {
  const at = { owner, repo: name, pull_number: number }
  const ask = (reviewers: readonly string[], ofTeams: readonly string[]) =>
    isTaken(() =>
      octokit.request('POST /repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers', {
        ...at,
        reviewers: [...reviewers],
        team_reviewers: [...ofTeams],
      }),
    )
  if (users.length + teams.length === 0 || (await ask(users, teams))) return []
  const refused: string[] = []
  for (const user of users) if (!(await ask([user], []))) refused.push(user)
  for (const team of teams) if (!(await ask([], [team]))) refused.push(`${owner}/${team}`)
  return refused
}

async function isTaken(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work()
    return true
  } catch (cause) {
    const isRefusal =
      cause instanceof RequestError && (cause.status === 422 || (cause.status === 403 && !/rate limit/iu.test(cause.message)))
    if (isRefusal) return false
    throw cause
  }
}
