// How a run stands -> the exit code of the process. Source: README, exit codes.
import type { ExitCode } from '../fault.ts'
import type { RunState } from '../run/state.ts'

/** 0 green; 1 finished but partial, or cancelled; 3 stopped and resumable; 130 interrupted, resumable. */
export function exitCodeOf(state: RunState, interrupted: boolean): ExitCode {
  if (state.finished && state.published === 'failed') return 3
  if (state.finished) return isWhole(state) ? 0 : 1
  if (interrupted) return 130
  switch (state.stop?.kind) {
    case 'cancelled':
      return 1
    case 'interrupted':
      return 130
    default:
      return 3
  }
}

// A skipped task or an accepted wave is a person's word, yet what the plan asked for is not all there.
function isWhole(state: RunState): boolean {
  return state.waves.every((wave) => wave.phase === 'green') && Object.values(state.tasks).every((task) => task.phase === 'green')
}
