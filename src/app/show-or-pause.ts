// A run is shown; where nobody can see it any more it is paused, because nobody could stop it: it must not go on paying.
import { Gone, isRefusal } from '../fault.ts'
import type { RunId } from '../ids.ts'
import { type AppParts, originOf, repositoryKey, stateOf } from './parts.ts'
import { type Shown, showRun } from './show-run.ts'
import type { Thread } from './signal.ts'

/** Shows it, or leaves a letter that pauses it. Errors: WorldFault that time mends. */
export async function showOrPause(parts: AppParts, run: RunId): Promise<Shown> {
  try {
    return await showRun(parts, run)
  } catch (cause) {
    if (!isRefusal(cause)) throw cause
    parts.machine.log.warn('a run was not shown', { run, why: cause.message })
    const thread = (await originOf(parts, run))?.thread
    if (thread === undefined) return { pulls: [], isWhole: true }
    if (await isElsewhere(parts, thread)) return showOrPause(parts, run)
    if (!(cause instanceof Gone) || (await isThere(parts, thread))) return { pulls: [], isWhole: false }
    const state = await stateOf(parts, run)
    // Once for each time that it went on.
    parts.machine.journal().post(run, { command: { name: 'pause' }, by: `dce: ${cause.message}` }, `gone-${state?.lastLetter}`)
    return { pulls: [], isWhole: true }
  }
}

// Installed again an App has another number. True when a newer one is known now.
async function isElsewhere(parts: AppParts, { owner, name, installation }: Thread): Promise<boolean> {
  const now = await parts.findInstallation({ owner, name })
  if (now === undefined || now === installation) return false
  parts.installations.set(repositoryKey({ owner, name }), now)
  return true
}

// One call that was answered "not found" says little: the issue itself says whether it is there.
async function isThere(parts: AppParts, thread: Thread): Promise<boolean> {
  try {
    return (await parts.connect(thread).issue(thread.number)) !== undefined
  } catch (cause) {
    if (cause instanceof Gone) return false
    throw cause
  }
}
