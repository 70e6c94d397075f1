// Workflows, runs, jobs and artifacts -> the JSON that GitHub answers with and sends to webhooks. Only shapes; nothing is decided here.
import type { Artifact, Job, Workflow, WorkflowRun } from './actions-state.ts'
import { account, nodeId, type Places, repository, time } from './render.ts'
import { branchOf } from './run-record.ts'
import type { Repository } from './state.ts'

type Json = Record<string, unknown>

const day = 86_400_000
const base = (places: Places, of: Repository) => `${places.url}/repos/${of.owner.login}/${of.name}`
const page = (places: Places, of: Repository) => `${places.html}/${of.owner.login}/${of.name}`

/** A workflow. `name` is that of its file. */
export function workflow(places: Places, of: Repository, one: Workflow, { name }: { readonly name: string }): Json {
  const file = one.path.split('/').at(-1) ?? ''
  return {
    id: one.id,
    node_id: nodeId('Workflow', one.id),
    name,
    path: one.path,
    state: one.state,
    created_at: time(one.createdAt),
    updated_at: time(one.createdAt),
    url: `${base(places, of)}/actions/workflows/${one.id}`,
    html_url: `${page(places, of)}/blob/${of.defaultBranch}/${one.path}`,
    badge_url: `${page(places, of)}/actions/workflows/${file}/badge.svg`,
  }
}

/** A run of a workflow, in its newest attempt. */
export function workflowRun(places: Places, of: Repository, run: WorkflowRun): Json {
  const url = `${base(places, of)}/actions/runs/${run.id}`
  const { sha, tree, message, at, author, committer } = run.head
  return {
    id: run.id,
    name: run.file.name,
    node_id: nodeId('WorkflowRun', run.id),
    head_branch: branchOf(run.ref),
    head_sha: sha,
    path: run.workflow.path,
    display_title: run.title,
    run_number: run.number,
    event: run.event,
    status: run.status,
    conclusion: run.conclusion,
    workflow_id: run.workflow.id,
    check_suite_id: run.id,
    check_suite_node_id: nodeId('CheckSuite', run.id),
    url,
    html_url: `${page(places, of)}/actions/runs/${run.id}`,
    pull_requests: [],
    created_at: time(run.createdAt),
    updated_at: time(run.updatedAt),
    actor: account(places, run.actor),
    run_attempt: run.attempt,
    referenced_workflows: [],
    run_started_at: time(run.startedAt),
    triggering_actor: account(places, run.actor),
    jobs_url: `${url}/jobs`,
    logs_url: `${url}/logs`,
    check_suite_url: `${base(places, of)}/check-suites/${run.id}`,
    artifacts_url: `${url}/artifacts`,
    cancel_url: `${url}/cancel`,
    rerun_url: `${url}/rerun`,
    previous_attempt_url: run.attempt === 1 ? null : `${url}/attempts/${run.attempt - 1}`,
    workflow_url: `${base(places, of)}/actions/workflows/${run.workflow.id}`,
    head_commit: { id: sha, tree_id: tree, message, timestamp: at, author, committer },
    repository: repository(places, of),
    head_repository: repository(places, of),
  }
}

/** A job of a run. */
export function job(places: Places, of: Repository, { run, one }: { readonly run: WorkflowRun; readonly one: Job }): Json {
  const isTaken = one.startedAt !== null
  return {
    id: one.id,
    run_id: run.id,
    workflow_name: run.file.name,
    head_branch: branchOf(run.ref),
    run_url: `${base(places, of)}/actions/runs/${run.id}`,
    run_attempt: one.attempt,
    node_id: nodeId('CheckRun', one.id),
    head_sha: run.head.sha,
    url: `${base(places, of)}/actions/jobs/${one.id}`,
    html_url: `${page(places, of)}/actions/runs/${run.id}/job/${one.id}`,
    status: one.status,
    conclusion: one.conclusion,
    created_at: time(one.createdAt),
    started_at: time(one.startedAt ?? one.createdAt),
    completed_at: one.completedAt === null ? null : time(one.completedAt),
    name: one.name,
    steps: one.steps.map(({ name, conclusion }, index) => ({
      name,
      status: conclusion === null ? 'in_progress' : 'completed',
      conclusion,
      number: index + 1,
      started_at: time(one.startedAt ?? one.createdAt),
      completed_at: conclusion === null ? null : time(one.completedAt ?? one.createdAt),
    })),
    check_run_url: `${base(places, of)}/check-runs/${one.id}`,
    labels: ['ubuntu-latest'],
    runner_id: isTaken ? 1 : null,
    runner_name: isTaken ? 'GitHub Actions 1' : null,
    runner_group_id: isTaken ? 1 : null,
    runner_group_name: isTaken ? 'GitHub Actions' : null,
  }
}

/** An artifact of a run. */
export function artifact(places: Places, of: Repository, { run, one }: { readonly run: WorkflowRun; readonly one: Artifact }): Json {
  const url = `${base(places, of)}/actions/artifacts/${one.id}`
  return {
    id: one.id,
    node_id: nodeId('Artifact', one.id),
    name: one.name,
    size_in_bytes: one.zip.length,
    url,
    archive_download_url: `${url}/zip`,
    expired: one.expired,
    created_at: time(one.createdAt),
    updated_at: time(one.createdAt),
    expires_at: time(one.createdAt + 90 * day),
    workflow_run: {
      id: run.id,
      repository_id: of.id,
      head_repository_id: of.id,
      head_branch: branchOf(run.ref),
      head_sha: run.head.sha,
    },
  }
}
