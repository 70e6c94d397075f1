// A plan that waits and the text of its issue now -> whether they still belong together. A yes to a plan whose text was changed is asked for once more.
import { createHash } from 'node:crypto'
import type { GitHub } from '../github.ts'
import type { RunState } from '../run/state.ts'
import type { AppParts } from './parts.ts'
import type { Thread } from './signal.ts'

/** Whether the run was begun with this text; an issue that names a file has the file's. */
export function isPinned({ spec }: Pick<RunState, 'spec'>, text: string): boolean {
  const [pinned, now] = [spec.text, text].map((one) => one.replaceAll('\r\n', '\n').trim()) as [string, string]
  // An issue without a heading of its own got its title as one.
  return now === pinned || now === pinned.replace(/^# [^\n]*\n+/u, '') || now.replaceAll('`', '') === spec.source
}

/** Whether the run would be replaced by one of this text: its plan waits, and is of another. */
export function isReplaceable(state: RunState, text: string): boolean {
  return state.stop?.kind === 'approval' && !isPinned(state, text)
}

/**
 * Why a yes does not count yet: said once for each text that the issue got, whoever asks. `occasion`: the saying that asks, so that hearing it again is
 * no second yes. Undefined: it counts. Errors: WorldFault, Gone.
 */
export async function whyAskedAgain(
  { machine }: AppParts,
  asked: { readonly github: GitHub; readonly thread: Thread; readonly state: RunState; readonly occasion: string },
): Promise<string | undefined> {
  const { github, thread, state, occasion } = asked
  if (state.stop?.kind !== 'approval') return undefined
  const issue = await github.issue(thread.number)
  if (issue === undefined || isPinned(state, issue.body)) return undefined
  const key = `github/edited/${createHash('sha256').update(issue.body).digest('hex').slice(0, 16)}`
  const told = await machine.journal().once({ run: state.run, key }, async () => occasion)
  return told === occasion ? editedSentence : undefined
}

const editedSentence =
  'the issue was edited after this plan was made. `/dce approve` once more builds the plan as it is pinned; `/dce plan`, or the label set again, plans the new text.'
