// What a run asks of GitHub about one repository, as types. Only the door for GitHub has it: stages know nothing of it.
import type { BranchName, Sha, TreeSha } from './ids.ts'

/** What somebody may do, weakest first. Source: the collaborator API's `role_name`; a custom role counts as its base role. */
export const permissionLevels = ['none', 'read', 'triage', 'write', 'maintain', 'admin'] as const
/** See {@link permissionLevels}. */
export type Permission = (typeof permissionLevels)[number]

/** What is asked of a repository before and during a run. */
export interface RepositoryOnGitHub {
  readonly defaultBranch: BranchName
  readonly isArchived: boolean
  readonly cloneUrl: string
  readonly pageUrl: string
}

/** An issue or a pull request, as its text. */
export interface IssueOnGitHub {
  readonly number: number
  readonly title: string
  readonly body: string
  readonly isPullRequest: boolean
}

/** What a reaction or an answer is given to. */
export type ReactionTarget =
  | { readonly kind: 'issue'; readonly number: number }
  | { readonly kind: 'comment'; readonly id: number }
  | { readonly kind: 'review-comment'; readonly id: number }

/** A finding on a line, as a check run shows it. */
export interface Annotation {
  readonly path: string
  readonly line: number
  readonly level: 'failure' | 'warning' | 'notice'
  readonly title: string
  readonly message: string
}

/** A check run as it should be. `key` finds it again: one per key and commit. Texts are cut to GitHub's size. */
export interface CheckRunPicture {
  readonly key: string
  readonly name: string
  readonly head: Sha
  readonly state: 'in_progress' | 'success' | 'failure' | 'neutral' | 'cancelled' | 'action_required'
  readonly title: string
  readonly summary: string
  readonly annotations: readonly Annotation[]
  /** Buttons. At most three; GitHub cuts no text here but refuses: label 20, description 40, identifier 20 characters. */
  readonly actions: readonly { readonly label: string; readonly description: string; readonly identifier: string }[]
}

/** A pull request as it should be; found again by its head branch. */
export interface PullRequestPicture {
  readonly head: BranchName
  readonly base: BranchName
  readonly title: string
  readonly body: string
  /** On plans without drafts its title says so. An open one that is a draft is made ready when this is false; never the other way. */
  readonly draft: boolean
  /** A closed one of this head is not the one that is meant. */
  readonly reopen?: boolean
}

/** A pull request that is there. */
export interface PullRequestOnGitHub {
  readonly number: number
  readonly head: BranchName
  readonly base: BranchName
  readonly isOpen: boolean
  readonly isMerged: boolean
  readonly isDraft: boolean
  readonly closedAtMs?: number
}

/** The first comment of a thread of a review, with the hunk it stands on. Untrusted text. */
export interface ThreadOnGitHub {
  readonly id: number
  readonly review: number
  readonly path: string
  readonly line: number | undefined
  readonly hunk: string
  readonly text: string
  /** Comments after the first. */
  readonly replies: readonly number[]
  readonly hasAnswerOfOurs: boolean
}

/** A run of a workflow. `attempt` grows when somebody runs it again. Source: REST, "List workflow runs for a workflow". */
export interface WorkflowRunOnGitHub {
  readonly id: number
  readonly attempt: number
  readonly head: Sha
  readonly branch: string
  readonly event: string
  /** `.github/workflows/x.yml`, as GitHub ran it. */
  readonly path: string
  readonly status: string
  readonly conclusion: string | undefined
  readonly url: string
}

/** A job of a workflow's run. */
export interface JobOnGitHub {
  readonly name: string
  readonly status: string
  readonly conclusion: string | undefined
  readonly url: string
}

/** A file as it is in a commit. `mode` as git prints it; `bytes`: what is no text, or too long for one. */
export interface FileOnGitHub {
  readonly path: string
  readonly mode: string
  readonly content:
    | { readonly kind: 'text'; readonly text: string }
    | { readonly kind: 'bytes'; readonly base64: string }
    | { readonly kind: 'commit'; readonly sha: string }
    | { readonly kind: 'deleted' }
}

/** A commit that GitHub makes itself, and signs. `files`: all that differs from `baseTree`, which GitHub has; without one, all there are. */
export interface CommitOnGitHub {
  readonly message: string
  readonly tree: TreeSha
  readonly baseTree: TreeSha | undefined
  readonly parents: readonly Sha[]
  readonly files: readonly FileOnGitHub[]
}

/** Whether GitHub took a commit or a ref; else a rule's words. */
export type Taken = { readonly kind: 'taken'; readonly sha: Sha } | { readonly kind: 'refused'; readonly why: string }

/** A rule that holds for a branch name. Source: REST, "Get rules for a branch". */
export interface BranchRule {
  readonly type: string
}

/** By GitHub's own type, whatever the login looks like. Source: github-pitfalls P5. */
export interface ActorOnGitHub {
  readonly login: string
  readonly isBot: boolean
}

/** An open issue that changed. Untrusted text. */
export interface RecentIssue {
  readonly number: number
  readonly title: string
  readonly text: string
  readonly labels: readonly string[]
  readonly updatedMs: number
}

/** A comment that was made or changed: on an issue or a pull request, or on a line of one. Untrusted text. */
export interface RecentComment {
  readonly kind: 'comment' | 'review-comment'
  readonly id: number
  readonly thread: number
  readonly text: string
  readonly by: ActorOnGitHub
  readonly createdMs: number
  readonly updatedMs: number
  /** Somebody reacted as we do to what we heard. A person may have; then only its own event brings it. */
  readonly isMarked: boolean
}

/** From when, and the tag of the answer that the same question had. */
export interface Since {
  readonly sinceMs: number
  readonly etag?: string
}

/** All that changed since then, or nothing since the question was asked last. */
export type Recently<Item> =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'changed'; readonly items: readonly Item[]; readonly etag?: string }

/**
 * One repository, through one installation of the App or one token. Every creating call is looked up before it is repeated.
 * Errors: WorldFault('github') after retries; {@link Gone} when repository, issue or installation is not there any more.
 */
export interface GitHub {
  readonly owner: string
  readonly name: string
  repository(): Promise<RepositoryOnGitHub>
  permissionOf(login: string): Promise<Permission>
  issue(number: number): Promise<IssueOnGitHub | undefined>
  /** A comment of ours that carries the marker (a hidden HTML comment): found, else made; then its text is as given. Answers its id. */
  putComment(request: { readonly issue: number; readonly marker: string; readonly body: string; readonly id?: number }): Promise<number>
  react(target: ReactionTarget, content: 'eyes' | 'rocket' | 'confused'): Promise<void>
  putPullRequest(picture: PullRequestPicture): Promise<PullRequestOnGitHub>
  findPullRequest(head: BranchName): Promise<PullRequestOnGitHub | undefined>
  addLabels(number: number, labels: readonly string[]): Promise<void>
  /** Logins, and slugs of the owner's teams. Answers those that GitHub refuses to ask. */
  requestReviewers(
    number: number,
    asked: { readonly users: readonly string[]; readonly teams: readonly string[] },
  ): Promise<readonly string[]>
  pullRequest(number: number): Promise<PullRequestOnGitHub | undefined>
  putCheckRun(picture: CheckRunPicture): Promise<number>
  /** A file of the default branch's newest commit. */
  readFile(path: string): Promise<string | undefined>
  rulesFor(branch: BranchName): Promise<readonly BranchRule[]>
  /** Where a branch is on GitHub now. */
  readRef(branch: BranchName): Promise<Sha | undefined>
  /** `refused` also when GitHub's tree is not the one that was asked for. */
  makeCommit(commit: CommitOnGitHub): Promise<Taken>
  /** Contract: `from` is what {@link GitHub.readRef} has just answered. */
  setRef(request: {
    readonly branch: BranchName
    readonly from: Sha | undefined
    readonly to: Sha
    readonly force: boolean
  }): Promise<Taken>
  threads(pullRequest: number): Promise<readonly ThreadOnGitHub[]>
  answerThread(request: { readonly pullRequest: number; readonly thread: number; readonly body: string }): Promise<void>
  /** Whether GitHub runs this workflow; undefined: it knows none of this file name. */
  workflow(file: string): Promise<{ readonly isActive: boolean; readonly state: string } | undefined>
  /** Its runs for a commit, newest first. Asked again and again: an unchanged answer costs no rate limit. */
  workflowRuns(request: { readonly file: string; readonly head: Sha }): Promise<readonly WorkflowRunOnGitHub[]>
  jobs(workflowRun: number): Promise<readonly JobOnGitHub[]>
  /** Files of the newest artifact of that name; undefined when there is none, it has expired, or it is larger than any of ours. */
  artifact(request: { readonly workflowRun: number; readonly name: string }): Promise<ReadonlyMap<string, string> | undefined>
  recentIssues(since: Since): Promise<Recently<RecentIssue>>
  recentComments(since: Since & Pick<RecentComment, 'kind'>): Promise<Recently<RecentComment>>
  /** Who set a label last, and when. */
  labelSetter(request: {
    readonly issue: number
    readonly label: string
  }): Promise<{ readonly by: ActorOnGitHub; readonly atMs: number } | undefined>
  /** A token for git over HTTPS, good for the next minutes. Never written anywhere. */
  gitToken(options: { readonly fresh: boolean }): Promise<string>
}
