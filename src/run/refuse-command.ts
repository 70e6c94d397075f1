// (state, command) -> why not, in words, or undefined when it may be given. The table of docs/commands.md is made from the same rules.
import type { TaskId } from '../ids.ts'
import type { RunCommand } from './event.ts'
import type { RunState } from './state.ts'

/** The sentence for a command that makes no sense now; undefined when it may be given. */
export function refuseCommand(state: RunState, command: RunCommand): string | undefined {
  if (state.stop?.kind === 'cancelled' && command.name !== 'cancel') return 'The run was cancelled. For another: `dce run --new`.'
  switch (command.name) {
    case 'approve':
      return refuseApprove(state)
    case 'pause':
      return state.stop === undefined && !state.finished ? undefined : 'Nothing is running that could be paused.'
    case 'resume':
      return refuseResume(state)
    case 'retry':
      return refuseRetry(state, command)
    case 'continue':
      if (isUnapproved(state)) return waitsForApproval
      return state.waves.some((wave) => wave.wave === command.from)
        ? undefined
        : `The plan has no wave ${command.from}; it has ${state.waves.map((wave) => wave.wave).join(', ') || 'none yet'}.`
    case 'skip':
      return refuseSkip(state, command.task)
    case 'update':
      return state.seams === undefined ? 'Nothing is built yet. For a run of the moved base: `dce run --new`.' : undefined
    case 'fix':
      return state.waves.some((wave) => wave.commit !== undefined) ? undefined : 'Nothing is merged yet that could be fixed.'
    case 'cancel':
      return state.finished ? 'The run is finished. `dce clean` removes its branches.' : undefined
    case 'budget':
    case 'mode':
    case 'quality':
      return state.finished ? 'The run is finished; there is nothing left that this could change.' : undefined
  }
}

const waitsForApproval = 'The plan waits for your word: `dce approve`.'

function isUnapproved(state: RunState): boolean {
  return state.plan !== undefined && !state.approved
}

function refuseApprove(state: RunState): string | undefined {
  if (state.plan === undefined) return 'There is no plan to approve yet.'
  return state.approved ? 'The plan is approved already.' : undefined
}

function refuseResume(state: RunState): string | undefined {
  // Killed before its result was published, or it could not be: that is still owed.
  if (state.finished) return state.published === true ? 'The run is finished. `dce retry`, `dce fix` or `dce update` reopen it.' : undefined
  if (isUnapproved(state)) return waitsForApproval
  return undefined
}

function refuseRetry(state: RunState, command: Extract<RunCommand, { name: 'retry' }>): string | undefined {
  const { target } = command
  if (isUnapproved(state)) return waitsForApproval
  if (state.plan === undefined) return 'There is no plan yet, so there is nothing to retry. `dce resume` goes on.'
  if (target.kind === 'wave' && !state.waves.some((wave) => wave.wave === target.wave)) return `The plan has no wave ${target.wave}.`
  if (target.kind !== 'task') return undefined
  const task = state.tasks[target.task]
  if (task === undefined) return unknownTask(state, target.task)
  return task.phase === 'running' ? `${target.task} is running. \`dce pause\` first, or wait for it.` : undefined
}

function refuseSkip(state: RunState, id: TaskId): string | undefined {
  const task = state.tasks[id]
  if (task === undefined) return unknownTask(state, id)
  if (task.phase === 'merged' || task.phase === 'green') return `${id} is merged already.`
  if (task.phase === 'running') return `${id} is running. \`dce pause\` first, or wait for it.`
  const dependents = (state.plan?.tasks ?? []).filter((other) => other.needs.includes(id) && state.tasks[other.id]?.phase !== 'skipped')
  return dependents.length === 0
    ? undefined
    : `${dependents.map((other) => other.id).join(', ')} need${dependents.length === 1 ? 's' : ''} it. Skip ${dependents.length === 1 ? 'that' : 'those'} first.`
}

function unknownTask(state: RunState, id: string): string {
  return `The plan has no task ${id}. Its tasks are ${Object.keys(state.tasks).join(', ') || 'not made yet'}.`
}
