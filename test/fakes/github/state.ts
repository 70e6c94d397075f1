// What the fake GitHub holds: apps, installations, people, repositories and what hangs on them. Plain mutable data; routes change it, render.ts shows it.
import type { KeyObject } from 'node:crypto'
import type { Workflow, WorkflowRun } from './actions-state.ts'

export type Role = 'read' | 'triage' | 'write' | 'maintain' | 'admin'
export type Access = 'read' | 'write'

export interface Account {
  readonly id: number
  readonly login: string
  readonly type: 'User' | 'Bot' | 'Organization'
}

export interface App {
  readonly id: number
  readonly slug: string
  readonly publicKey: KeyObject
  /** The other half, as GitHub gives it once. */
  readonly pem: string
  readonly bot: Account
  readonly permissions: Readonly<Record<string, Access>>
  readonly events: readonly string[]
  hook?: { url: string; secret: string; contentType?: 'json' | 'form'; insecure?: boolean }
}

export interface Installation {
  readonly id: number
  readonly account: Account
  readonly repositories: Set<string>
  readonly createdAt: number
  suspended: boolean
  /** What the owner granted, where that is less than the app asks for by now. */
  permissions?: Readonly<Record<string, Access>>
  events?: readonly string[]
}

export interface Token {
  readonly value: string
  /** A workflow's token has one of its own: the Actions app's, on one repository. */
  readonly installation: Installation
  readonly expiresAtMs: number
  /** Only a `GITHUB_TOKEN` has it: what the workflow file allows. */
  readonly workflow?: { readonly permissions: Readonly<Record<string, Access>> }
  /** Only a person's has it; then the installation is nobody's, and names the repositories that the person sees. */
  readonly person?: PersonalAccess
}

/** Of a token that a person made. `scopes`: of a classic one, told in every answer. */
export interface PersonalAccess {
  readonly account: Account
  readonly permissions: Readonly<Record<string, Access>>
  readonly scopes: readonly string[] | undefined
}

export interface Label {
  readonly id: number
  readonly name: string
  readonly color: string
  readonly description: string
}

export interface Reaction {
  readonly id: number
  readonly content: string
  readonly user: Account
  readonly at: number
}

export interface Comment {
  readonly id: number
  readonly issue: number
  readonly user: Account
  readonly at: number
  body: string
  updatedAt: number
  readonly byApp: boolean
  readonly reactions: Reaction[]
  /** Bodies it had, oldest first: what a watcher saw. */
  readonly history: string[]
}

/** What happened to an issue, as its page tells it. */
export interface IssueEvent {
  readonly id: number
  readonly event: 'labeled'
  readonly actor: Account
  readonly label: string
  readonly at: number
}

export interface Issue {
  readonly id: number
  readonly number: number
  readonly user: Account
  readonly createdAt: number
  title: string
  body: string | null
  updatedAt: number
  state: 'open' | 'closed'
  closedAt?: number
  labels: string[]
  readonly reactions: Reaction[]
  readonly events: IssueEvent[]
  readonly pull?: Pull
}

export interface Pull {
  readonly head: string
  base: string
  draft: boolean
  merged: boolean
  mergeCommit: string | null
  /** Logins, and teams as `@slug`. */
  reviewers: string[]
  readonly reviews: Review[]
  readonly threads: ReviewComment[]
}

export interface Review {
  readonly id: number
  readonly user: Account
  readonly state: 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED'
  readonly body: string
  readonly at: number
  readonly commit: string
}

export interface ReviewComment {
  readonly id: number
  readonly review: number
  readonly user: Account
  readonly path: string
  readonly line: number | null
  readonly hunk: string
  readonly commit: string
  readonly inReplyTo?: number
  readonly at: number
  body: string
  readonly reactions: Reaction[]
}

export interface Annotation {
  readonly path: string
  readonly start_line: number
  readonly end_line: number
  readonly annotation_level: string
  readonly message: string
  readonly title?: string
}

export interface CheckRun {
  readonly id: number
  readonly name: string
  readonly headSha: string
  readonly externalId: string
  status: 'queued' | 'in_progress' | 'completed'
  conclusion: string | null
  startedAt: number
  completedAt: number | null
  detailsUrl: string | null
  output: { title: string | null; summary: string | null; text: string | null }
  readonly annotations: Annotation[]
  actions: readonly { readonly label: string; readonly description: string; readonly identifier: string }[]
}

export interface Rule {
  readonly type: string
  readonly branches: RegExp
  /** Enforced, and not told by the API: a push rule, a hook of the server. */
  readonly untold?: boolean
  readonly parameters?: Readonly<Record<string, unknown>>
}

export interface Repository {
  readonly id: number
  readonly owner: Account
  readonly name: string
  readonly private: boolean
  readonly defaultBranch: string
  /** Bare repository on disk. */
  readonly gitDir: string
  archived: boolean
  hasIssues: boolean
  /** Draft pull requests are not there on every plan. */
  allowsDrafts: boolean
  readonly roles: Map<string, Role>
  /** Slugs of the owner's teams that have access. */
  readonly teams: Set<string>
  readonly issues: Map<number, Issue>
  readonly comments: Map<number, Comment>
  readonly labels: Map<string, Label>
  readonly checkRuns: Map<number, CheckRun>
  readonly rules: Rule[]
  /** Off by the repository's or the organisation's settings: nothing starts. */
  actionsEnabled: boolean
  /** By path, `.github/workflows/x.yml`. */
  readonly workflows: Map<string, Workflow>
  readonly workflowRuns: Map<number, WorkflowRun>
  /** Of the newest issue or pull request. */
  lastNumber: number
}

/** One delivery of a webhook. */
export interface Delivery {
  readonly id: number
  readonly guid: string
  readonly event: string
  readonly action: string | null
  readonly payload: Readonly<Record<string, unknown>>
  readonly installation: number | null
  readonly at: number
  readonly redelivery: boolean
  statusCode: number
}

export interface GitHubState {
  readonly now: () => number
  readonly app: App
  readonly accounts: Map<string, Account>
  readonly installations: Map<number, Installation>
  readonly tokens: Map<string, Token>
  readonly repositories: Map<string, Repository>
  readonly deliveries: Delivery[]
  /** Of manifests that became an App whose key nobody has asked for yet. */
  readonly manifestCodes: Map<string, { readonly hook: string; readonly endsAt: number }>
  next: number
}

/** Ids grow by one over everything: equal runs give equal ids. */
export function nextId(state: GitHubState): number {
  return state.next++
}

/** Numbers of issues and pull requests are never used again, also when one is deleted. */
export function nextNumber(repository: Repository): number {
  repository.lastNumber += 1
  return repository.lastNumber
}

/** `owner/name`, as a key. GitHub's names do not care about case. */
export function keyOf(owner: string, name: string): string {
  return `${owner}/${name}`.toLowerCase()
}
