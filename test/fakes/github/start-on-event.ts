// A webhook's event -> the workflows of a repository that it starts, and on which commit.
import type { StartGiven } from './actions.ts'
import type { TriggerEvent } from './actions-state.ts'
import { readRef } from './git.ts'
import { workflowsAt } from './git-actions.ts'
import type { Repository } from './state.ts'
import type { Trigger } from './workflow-file.ts'

export type Payload = Readonly<Record<string, unknown>>

/** Events besides push and dispatch. Those of a pull request run on its merge commit on GitHub, and on its head here. */
export const startingEvents = [
  'issues',
  'issue_comment',
  'pull_request',
  'pull_request_review',
  'pull_request_review_comment',
  'check_run',
] as const

/** Actions of `pull_request` that start a workflow which names none. All other events start with every action. */
const usual: Readonly<Partial<Record<TriggerEvent, readonly string[]>>> = { pull_request: ['opened', 'synchronize', 'reopened'] }

/** What starts, of the files on the default branch or of the pull request's head. */
export async function startsOf(repository: Repository, event: TriggerEvent, payload: Payload): Promise<readonly StartGiven[]> {
  const pull = payload['pull_request'] as { readonly number: number; readonly head: { readonly sha: string } } | undefined
  const ref = pull === undefined ? `refs/heads/${repository.defaultBranch}` : `refs/pull/${pull.number}/merge`
  const sha = pull?.head.sha ?? (await readRef(repository.gitDir, `${ref}^{commit}`))
  if (sha === undefined) return []
  const all = await workflowsAt(repository.gitDir, sha)
  return all.flatMap(({ path, file }) => {
    const trigger = file instanceof Error ? undefined : file.on.get(event)
    if (trigger === undefined || !takes(trigger, event, payload)) return []
    return [{ path, file, event, ref, sha, before: null, inputs: {}, payload }]
  })
}

function takes({ types }: Trigger, event: TriggerEvent, payload: Payload): boolean {
  const wanted = types ?? usual[event]
  return wanted === undefined || wanted.includes(String(payload['action']))
}
