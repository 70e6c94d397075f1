// Workflows of a repository: their runs, jobs, and what those leave behind. Only reading; artifacts are untrusted.
import { unzipSync } from 'fflate'
import type { JobOnGitHub, WorkflowRunOnGitHub } from '../../github.ts'
import { asSha, type Sha } from '../../ids.ts'
import { conditionally } from './conditional.ts'
import type { Place } from './github.ts'

/** A report is some hundred kilobytes; what unpacks to more than this is none of ours, bytes. By taste. */
const maxUnpackedBytes = 32_000_000

/** See the port. Errors: as octokit's; 404 when GitHub has not seen such a file on the default branch, or Actions are off. */
export async function readWorkflow(
  { octokit, owner, name }: Place,
  file: string,
): Promise<{ readonly isActive: boolean; readonly state: string }> {
  const at = { owner, repo: name, workflow_id: file }
  const { data } = await octokit.request('GET /repos/{owner}/{repo}/actions/workflows/{workflow_id}', at)
  return { isActive: data.state === 'active', state: data.state }
}

/** See the port. */
export async function listRuns(
  place: Place,
  { file, head }: { readonly file: string; readonly head: Sha },
): Promise<readonly WorkflowRunOnGitHub[]> {
  const { owner, name } = place
  const at = { owner, repo: name, workflow_id: file, head_sha: head, per_page: 100 }
  const data = await conditionally(place, `runs ${file} ${head}`, (headers) =>
    place.octokit.request('GET /repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs', { ...at, headers }),
  )
  return data.workflow_runs.map((run) => ({
    id: Number(run.id),
    attempt: run.run_attempt ?? 1,
    head: asSha(run.head_sha),
    branch: run.head_branch ?? '',
    event: run.event,
    // GitHub may add `@ref`.
    path: run.path.split('@')[0] ?? run.path,
    status: run.status ?? 'unknown',
    conclusion: run.conclusion ?? undefined,
    url: run.html_url,
  }))
}

/** See the port. */
export async function listJobs({ octokit, owner, name }: Place, run: number): Promise<readonly JobOnGitHub[]> {
  const at = { owner, repo: name, run_id: run, filter: 'latest' as const, per_page: 100 }
  const { data } = await octokit.request('GET /repos/{owner}/{repo}/actions/runs/{run_id}/jobs', at)
  return data.jobs.map((job) => ({
    name: job.name,
    status: job.status,
    conclusion: job.conclusion ?? undefined,
    url: job.html_url ?? '',
  }))
}

/** See the port. */
export async function readArtifact(
  { octokit, owner, name }: Place,
  request: { readonly workflowRun: number; readonly name: string },
): Promise<ReadonlyMap<string, string> | undefined> {
  const at = { owner, repo: name }
  const query = { run_id: request.workflowRun, name: request.name, per_page: 100 }
  const { data } = await octokit.request('GET /repos/{owner}/{repo}/actions/runs/{run_id}/artifacts', { ...at, ...query })
  const [newest] = data.artifacts.filter((one) => !one.expired).sort((a, b) => b.id - a.id)
  if (newest === undefined || newest.size_in_bytes > maxUnpackedBytes) return undefined
  const zip = await octokit.request('GET /repos/{owner}/{repo}/actions/artifacts/{artifact_id}/{archive_format}', {
    ...at,
    artifact_id: newest.id,
    archive_format: 'zip',
  })
  return unzip(new Uint8Array(zip.data as ArrayBuffer))
}

// A zip that lies about its sizes is cut by the decoder; one that does not is left packed.
function unzip(bytes: Uint8Array): ReadonlyMap<string, string> | undefined {
  let left = maxUnpackedBytes
  try {
    const files = unzipSync(bytes, {
      filter: ({ originalSize }) => {
        left -= originalSize
        return left >= 0
      },
    })
    return new Map(Object.entries(files).map(([path, content]) => [path, Buffer.from(content).toString('utf8')]))
  } catch {
    return undefined
  }
}
