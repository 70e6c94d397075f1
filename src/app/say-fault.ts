// What a person has to mend -> words on the thread where it was asked for.
import { UserFault, WorldFault } from '../fault.ts'
import type { RunId } from '../ids.ts'
import { inComment } from '../report/in-comment.ts'
import { type AppParts, originOf } from './parts.ts'
import type { Thread } from './signal.ts'

/** Why a run cannot go on on this machine, said on its thread. Errors: Gone, WorldFault. */
export async function sayStuck(parts: AppParts, run: RunId, { problem, hint }: UserFault): Promise<void> {
  const origin = await originOf(parts, run)
  if (origin === undefined) return
  const { thread } = origin
  const body = `Run \`${run}\` cannot go on: ${inComment(`${problem} ${hint}`)}\n\nThen say \`/dce resume\`.`
  await parts.connect(thread).putComment({ issue: thread.number, marker: `dce-stuck ${run}`, body })
}

/** What went wrong before there was a run, said on the thread when a person can mend it. Errors: everything else. */
export async function sayFault(parts: AppParts, thread: Thread, cause: unknown): Promise<void> {
  const isForGood = cause instanceof WorldFault && !cause.retryable
  if (!(cause instanceof UserFault) && !isForGood) throw cause
  const why = cause instanceof UserFault ? `${cause.problem}\n\n${cause.hint}` : `${cause.message}\n\nMend that, then set the label again.`
  const body = inComment(`No run was started. ${why}`)
  await parts.connect(thread).putComment({ issue: thread.number, marker: `dce-fault ${thread.number}`, body })
}
