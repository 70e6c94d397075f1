// A workflow run -> what act is given: the event's payload, the runner's environment, and a folder for each action that the workflow uses.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import type { WorkflowRun } from './actions-state.ts'
import { account, type Places, repository as renderRepository } from './render.ts'
import type { Repository } from './state.ts'

/** `owner/name@ref`, or `owner/name` for every ref -> a folder with its action.yml. */
export type LocalActions = Readonly<Record<string, string>>

const stubs = new URL('actions/', import.meta.url).pathname
const stubbed = ['checkout', 'setup-go', 'setup-node', 'cache', 'upload-artifact', 'download-artifact']

/** What `$GITHUB_EVENT_PATH` holds. */
export function eventOf(places: Places, of: Repository, run: WorkflowRun): Readonly<Record<string, unknown>> {
  if (run.payload !== undefined) return run.payload
  const shown = { repository: renderRepository(places, of), sender: account(places, run.actor) }
  if (run.event === 'workflow_dispatch') return { inputs: run.inputs, ref: run.ref, workflow: run.workflow.path, ...shown }
  const { sha, tree, message, at, author, committer } = run.head
  const commit = { id: sha, tree_id: tree, distinct: true, message, timestamp: at, author, committer, added: [], removed: [], modified: [] }
  const zero = '0'.repeat(40)
  return {
    ref: run.ref,
    before: run.before ?? zero,
    after: sha,
    created: run.before === null,
    deleted: false,
    forced: false,
    base_ref: null,
    compare: `${places.html}/${of.owner.login}/${of.name}/compare/${run.before ?? zero}...${sha}`,
    commits: [commit],
    head_commit: commit,
    pusher: { name: run.actor.login, email: null },
    ...shown,
  }
}

/** What a runner knows of the run. */
export function runnerEnv(places: Places, of: Repository, run: WorkflowRun): Readonly<Record<string, string>> {
  return {
    GITHUB_API_URL: places.url,
    GITHUB_SERVER_URL: places.html,
    GITHUB_GRAPHQL_URL: `${places.url}/graphql`,
    GITHUB_REPOSITORY: `${of.owner.login}/${of.name}`,
    GITHUB_REPOSITORY_OWNER: of.owner.login,
    GITHUB_REPOSITORY_ID: String(of.id),
    GITHUB_RUN_ID: String(run.id),
    GITHUB_RUN_NUMBER: String(run.number),
    GITHUB_RUN_ATTEMPT: String(run.attempt),
    GITHUB_REF: run.ref,
    GITHUB_ACTOR_ID: String(run.actor.id),
    GITHUB_TRIGGERING_ACTOR: run.actor.login,
    GITHUB_WORKFLOW_REF: `${of.owner.login}/${of.name}/${run.workflow.path}@${run.ref}`,
    GITHUB_WORKFLOW_SHA: run.head.sha,
    // act takes the commit from here; it would ask the clone else.
    SHA_REF: run.head.sha,
    RUNNER_ENVIRONMENT: 'github-hosted',
    ImageOS: 'ubuntu24',
  }
}

/** `owner/name@ref` of every action that the file and the actions themselves use -> folder. Errors: throws for one that nobody gave. */
export function actionsOf(workflow: string, local: LocalActions): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  const visit = (text: string) => {
    for (const uses of usesIn(parse(text))) {
      const [, name = '', ref = ''] = /^([^/@.]+\/[^/@]+)(?:\/[^@]*)?@(.+)$/u.exec(uses) ?? []
      if (name === '' || found.has(`${name}@${ref}`)) continue
      const folder = folderOf(name, ref, local)
      found.set(`${name}@${ref}`, folder)
      visit(readAction(folder))
    }
  }
  visit(workflow)
  return found
}

function folderOf(name: string, ref: string, local: LocalActions): string {
  const given = local[`${name}@${ref}`] ?? local[name]
  if (given !== undefined) return given
  const [owner, stub = ''] = name.split('/')
  if (owner === 'actions' && stubbed.includes(stub)) return join(stubs, stub)
  throw new Error(`the workflow uses ${name}@${ref}, which is not on this machine: give its folder in \`localActions\``)
}

function readAction(folder: string): string {
  for (const name of ['action.yml', 'action.yaml']) {
    try {
      return readFileSync(join(folder, name), 'utf8')
    } catch {
      // The other name, then none: it may have actions in subfolders only.
    }
  }
  return '{}'
}

function usesIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(usesIn)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => (key === 'uses' && typeof inner === 'string' ? [inner] : usesIn(inner)))
}
