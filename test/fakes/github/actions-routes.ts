// Actions: workflows by file, their runs, jobs, artifacts; dispatch, re-run and cancel for whoever may write them.
import type { Actions } from './actions.ts'
import type { Artifact, Workflow, WorkflowRun } from './actions-state.ts'
import type { Blobs } from './blobs.ts'
import { readRef } from './git.ts'
import { workflowFileAt } from './git-actions.ts'
import { artifact as renderArtifact, job as renderJob, workflowRun as renderRun, workflow as renderWorkflow } from './render-actions.ts'
import { type Answer, type Call, notFound, ok, page, type Route } from './route.ts'
import { branchOf } from './run-record.ts'
import type { WorkflowFile } from './workflow-file.ts'

const base = '/repos/{owner}/{repo}/actions' as const
const refuse = (status: 403 | 409 | 422, message: string): Answer => ({
  status,
  body: { message, documentation_url: 'https://docs.github.com/rest' },
})

/** What these routes need besides the state. */
export interface ActionsDoor {
  readonly actions: Actions
  readonly blobs: Blobs
}

// GitHub has a workflow when its file is on the default branch, or when it ever ran.
async function findWorkflow(
  { actions }: ActionsDoor,
  { repository, params }: Call,
): Promise<{ readonly workflow: Workflow; readonly file: WorkflowFile | Error } | undefined> {
  const named = params['workflow_id'] ?? ''
  const known = [...repository.workflows.values()].find(({ id }) => String(id) === named)
  const path = known?.path ?? `.github/workflows/${named}`
  const file = await workflowFileAt(repository.gitDir, `refs/heads/${repository.defaultBranch}`, path)
  if (file !== undefined) return { workflow: actions.workflowAt(repository, path), file }
  const last = [...repository.workflowRuns.values()].findLast((run) => run.workflow.path === path)
  return last === undefined ? undefined : { workflow: last.workflow, file: last.file }
}

async function showWorkflow(door: ActionsDoor, call: Call): Promise<Answer> {
  const found = await findWorkflow(door, call)
  if (found === undefined) return notFound()
  const name = found.file instanceof Error ? found.workflow.path : found.file.name
  return ok(renderWorkflow(call.places, call.repository, found.workflow, { name }))
}

// Newest first, filtered as asked.
function listRuns(call: Call, path: string, all: readonly WorkflowRun[]): Answer {
  const asked = (name: string, value: (run: WorkflowRun) => string | null) => (run: WorkflowRun) =>
    call.query.get(name) === null || call.query.get(name) === value(run)
  const is = call.query.get('status')
  const found = all
    .filter(asked('head_sha', (run) => run.head.sha))
    .filter(asked('branch', (run) => branchOf(run.ref)))
    .filter(asked('event', (run) => run.event))
    .filter((run) => is === null || is === run.status || is === run.conclusion)
    .sort((one, other) => other.id - one.id)
  return counted(call, path, { name: 'workflow_runs', all: found, render: (run) => renderRun(call.places, call.repository, run) })
}

function counted<Item>(
  call: Call,
  path: string,
  { name, all, render }: { readonly name: string; readonly all: readonly Item[]; readonly render: (item: Item) => unknown },
): Answer {
  const answer = page(call, path, all)
  return { ...answer, body: { total_count: all.length, [name]: (answer.body as readonly Item[]).map(render) } }
}

function withRun(call: Call, then: (run: WorkflowRun, path: string) => Answer): Answer {
  const run = call.repository.workflowRuns.get(Number(call.params['run_id']))
  const path = `/repos/${call.repository.owner.login}/${call.repository.name}/actions/runs/${call.params['run_id']}`
  return run === undefined ? notFound() : then(run, path)
}

function listJobs(call: Call): Answer {
  return withRun(call, (run, path) => {
    const all = call.query.get('filter') === 'all' ? run.jobs : run.jobs.filter(({ attempt }) => attempt === run.attempt)
    return counted(call, `${path}/jobs`, { name: 'jobs', all, render: (one) => renderJob(call.places, call.repository, { run, one }) })
  })
}

function listArtifacts(call: Call): Answer {
  return withRun(call, (run, path) => {
    const named = call.query.get('name')
    const all = run.artifacts.filter(({ name }) => named === null || name === named).reverse()
    const render = (one: Artifact) => renderArtifact(call.places, call.repository, { run, one })
    return counted(call, `${path}/artifacts`, { name: 'artifacts', all, render })
  })
}

function download({ blobs }: ActionsDoor, { repository, params }: Call): Answer {
  const found = [...repository.workflowRuns.values()]
    .flatMap(({ artifacts }) => artifacts)
    .find(({ id }) => String(id) === params['artifact_id'])
  if (found === undefined || params['archive_format'] !== 'zip') return notFound()
  if (found.expired) return { status: 410, body: { message: 'Artifact has expired', documentation_url: 'https://docs.github.com/rest' } }
  return { status: 302, headers: { location: blobs.sign(found.zip) } }
}

async function dispatch(door: ActionsDoor, call: Call): Promise<Answer> {
  const { repository, body } = call
  const found = await findWorkflow(door, call)
  if (found === undefined) return notFound()
  if (!repository.actionsEnabled) return refuse(422, 'Actions has been disabled for this repository')
  if (found.workflow.state !== 'active') return refuse(422, "Cannot trigger a 'workflow_dispatch' on a disabled workflow")
  const asked = String(body['ref']).replace(/^refs\/(?:heads|tags)\//u, '')
  const refs = [`refs/heads/${asked}`, `refs/tags/${asked}`]
  const shas = await Promise.all(refs.map((ref) => readRef(repository.gitDir, `${ref}^{commit}`)))
  const at = shas.findIndex((sha) => sha !== undefined)
  const [ref, sha] = [refs[at], shas[at]]
  if (ref === undefined || sha === undefined) return refuse(422, `No ref found for: ${asked}`)
  // It has to be on the default branch, but it runs as it is at the ref.
  const file = await workflowFileAt(repository.gitDir, sha, found.workflow.path)
  const trigger = file === undefined || file instanceof Error ? undefined : file.on.get('workflow_dispatch')
  if (file === undefined || trigger === undefined) return refuse(422, "Workflow does not have 'workflow_dispatch' trigger")
  const inputs = Object.fromEntries(Object.entries((body['inputs'] ?? {}) as object).map(([name, value]) => [name, String(value)]))
  const unknown = Object.keys(inputs).filter((name) => trigger.inputs[name] === undefined)
  if (unknown.length > 0) return refuse(422, `Unexpected inputs provided: ${JSON.stringify(unknown)}`)
  for (const [name, { required, fallback }] of Object.entries(trigger.inputs)) {
    if (inputs[name] === undefined && fallback !== undefined) inputs[name] = fallback
    if (inputs[name] === undefined && required) return refuse(422, `Required input '${name}' not provided`)
  }
  const given = { path: found.workflow.path, file, event: 'workflow_dispatch', ref, sha, before: null, inputs } as const
  const run = await door.actions.start(repository, call.actor, given)
  if (body['return_run_details'] !== true) return { status: 204 }
  const { url, html_url } = renderRun(call.places, repository, run)
  return ok({ workflow_run_id: run.id, run_url: url, html_url })
}

/** `door`: the engine behind them. */
export function actionsRoutes(door: ActionsDoor): readonly Route[] {
  const read = ['actions', 'read'] as const
  const write = ['actions', 'write'] as const
  const { actions } = door
  return [
    { operation: `GET ${base}/workflows/{workflow_id}`, auth: read, handle: (call) => showWorkflow(door, call) },
    {
      operation: `GET ${base}/workflows/{workflow_id}/runs`,
      auth: read,
      handle: async (call) => {
        const found = await findWorkflow(door, call)
        if (found === undefined) return notFound()
        const runs = [...call.repository.workflowRuns.values()].filter(({ workflow }) => workflow === found.workflow)
        const { owner, name } = call.repository
        return listRuns(call, `/repos/${owner.login}/${name}/actions/workflows/${call.params['workflow_id']}/runs`, runs)
      },
    },
    {
      operation: `GET ${base}/runs`,
      auth: read,
      handle: (call) => {
        const { owner, name, workflowRuns } = call.repository
        return listRuns(call, `/repos/${owner.login}/${name}/actions/runs`, [...workflowRuns.values()])
      },
    },
    {
      operation: `GET ${base}/runs/{run_id}`,
      auth: read,
      handle: (call) => withRun(call, (run) => ok(renderRun(call.places, call.repository, run))),
    },
    { operation: `GET ${base}/runs/{run_id}/jobs`, auth: read, handle: listJobs },
    { operation: `GET ${base}/runs/{run_id}/artifacts`, auth: read, handle: listArtifacts },
    { operation: `GET ${base}/artifacts/{artifact_id}/{archive_format}`, auth: read, handle: (call) => download(door, call) },
    { operation: `POST ${base}/workflows/{workflow_id}/dispatches`, auth: write, handle: (call) => dispatch(door, call) },
    {
      operation: `POST ${base}/runs/{run_id}/rerun`,
      auth: write,
      handle: (call) =>
        withRun(call, (run) =>
          actions.rerun(call.repository, run, call.actor) ? { status: 201, body: {} } : refuse(403, 'This workflow is already running'),
        ),
    },
    {
      operation: `POST ${base}/runs/{run_id}/cancel`,
      auth: write,
      handle: (call) =>
        withRun(call, (run) =>
          actions.cancel(call.repository, run, call.actor)
            ? { status: 202, body: {} }
            : refuse(409, 'Cannot cancel a workflow run that is completed.'),
        ),
    },
  ]
}
