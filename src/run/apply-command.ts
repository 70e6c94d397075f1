// (state, command) -> state: what a person's word changes. Whether a command is allowed in a state is refuse-command.ts.
import type { Brief } from '../agent/attempt.ts'
import { never } from '../fault.ts'
import type { TaskId, WaveNumber } from '../ids.ts'
import { patternsOf } from '../plan/ownership.ts'
import type { RetryTarget, RunCommand } from './event.ts'
import { isPassed, type RunState, type TaskState, updateTask, type WaveState } from './state.ts'

/** Folds one command. Commands only change what has not started; running agents keep what they were given. */
export function applyCommand(state: RunState, command: RunCommand, by: string): RunState {
  switch (command.name) {
    case 'approve':
      return state.stop?.kind === 'approval' ? goOn({ ...state, approved: true }) : { ...state, approved: true }
    case 'pause':
      return { ...state, stop: { kind: 'paused', by }, published: false }
    case 'cancel':
      return cancel(state, by)
    case 'resume':
      return goOn(state)
    case 'retry':
      return retry(goOn(state), command)
    case 'continue':
      return acceptBefore(goOn(state), command.from)
    case 'skip':
      return updateTask(goOn(state), command.task, (task) => ({ ...task, phase: 'skipped', reason: command.reason }))
    case 'budget':
      return goOnIf(state, 'out-of-budget', {
        budgetUsd: state.config.budgetUsd + command.addUsd,
        dailyBudgetUsd: state.config.dailyBudgetUsd + command.addUsd,
        planBudgetUsd: state.config.planBudgetUsd + command.addUsd,
      })
    case 'mode':
      return { ...state, config: { ...state.config, executionMode: command.mode } }
    case 'quality':
      return { ...state, config: { ...state.config, qualityLevel: command.level } }
    case 'update':
      return goOn({ ...state, pendingBase: command.base, finished: false })
    case 'fix':
      return reopen(goOn({ ...state, threads: [...state.threads, ...command.threads] }))
    default:
      return never(command)
  }
}

/** Clears a stop that is not a question about money or the plan; what was failing is judged anew. */
function goOn(state: RunState): RunState {
  if (state.stop === undefined) return state
  const { stop, ...rest } = state
  const going = { ...rest, published: false, inFlight: state.inFlight.filter((key) => key !== 'finish-turns') }
  switch (stop.kind) {
    case 'approval':
      return state.approved ? going : state
    case 'cancelled':
      return state
    case 'gate-unknown':
      return rejudge(going, stop.wave)
    default:
      return going
  }
}

function goOnIf(
  state: RunState,
  kind: 'out-of-budget',
  limits: { readonly budgetUsd: number; readonly dailyBudgetUsd: number; readonly planBudgetUsd: number },
): RunState {
  const raised = { ...state, config: { ...state.config, ...limits } }
  return state.stop?.kind === kind ? goOn(raised) : raised
}

function rejudge(state: RunState, wave: WaveNumber): RunState {
  return {
    ...state,
    waves: state.waves.map((known): WaveState => (known.wave === wave && known.phase === 'judged' ? { ...known, phase: 'merged' } : known)),
  }
}

function cancel(state: RunState, by: string): RunState {
  const tasks = Object.entries(state.tasks).map(([id, task]): [string, TaskState] => {
    return [
      id,
      task.phase === 'pending' || task.phase === 'running' || task.phase === 'failed'
        ? { ...task, phase: 'cancelled', reason: `cancelled by ${by}` }
        : task,
    ]
  })
  return { ...state, tasks: Object.fromEntries(tasks), stop: { kind: 'cancelled', by }, published: false }
}

function retry(state: RunState, command: Extract<RunCommand, { name: 'retry' }>): RunState {
  const aimed = targets(state, command.target)
  const tried = aimed.reduce<RunState>((sum, id) => updateTask(sum, id, (task) => retried(sum, task, command)), {
    ...state,
    finished: false,
    published: false,
  })
  const waves =
    command.target.kind === 'wave' ? [command.target.wave] : tried.waves.filter((wave) => wave.phase === 'judged').map((wave) => wave.wave)
  // A person's word gives the wave's repair as many rounds again, and lets its gate look anew.
  const waved = tried.waves.map(
    (wave): WaveState =>
      waves.includes(wave.wave) && !isPassed(wave)
        ? {
            ...wave,
            extraRounds: wave.extraRounds + wave.round,
            seen: [],
            escalation: 0,
            phase: wave.phase === 'judged' ? 'merged' : wave.phase,
          }
        : wave,
  )
  return reopenFor({ ...tried, waves: waved }, aimed)
}

function targets(state: RunState, target: RetryTarget): readonly TaskId[] {
  if (target.kind === 'task') return [target.task]
  const failed = Object.values(state.tasks).filter((task) => task.phase === 'failed' || task.phase === 'cancelled')
  return failed.filter((task) => target.kind === 'failed' || task.mergesInto === target.wave).map((task) => task.id)
}

function retried(state: RunState, task: TaskState, command: Extract<RunCommand, { name: 'retry' }>): TaskState {
  const brief: Brief = {
    kind: 'retry',
    ...(command.context === undefined ? {} : { context: command.context }),
    ...(command.how === 'alternative' ? { tried: task.handOver?.summary ?? task.reason ?? 'an earlier attempt' } : {}),
  }
  const { resumable: _, next: __, ...rest } = task
  const current = currentWave(state, task)
  const base = current.commit
  const next = {
    brief,
    paths: task.paths.length > 0 ? task.paths : ownPaths(state, task.id),
    ...(base === undefined ? (command.how === 'kept' && task.base !== undefined ? { base: task.base } : {}) : { base }),
    ...(command.how === 'kept' && task.commit !== undefined && base === undefined ? { startFrom: task.commit } : {}),
  }
  return { ...rest, phase: 'pending', failures: 0, mergesInto: current.wave, next }
}

function ownPaths(state: RunState, id: TaskId): readonly string[] {
  const planned = state.plan?.tasks.find((task) => task.id === id)
  return planned === undefined ? [] : patternsOf(planned)
}

// Work on a task whose wave already passed goes into the first wave that has not; when all have, into the last.
function currentWave(state: RunState, task: TaskState): { readonly wave: WaveNumber; readonly commit?: TaskState['base'] } {
  const open = state.waves.find((wave) => !isPassed(wave)) ?? state.waves.at(-1)
  const own = state.waves.find((wave) => wave.wave === task.mergesInto)
  const target = own !== undefined && !isPassed(own) ? own : (open ?? own)
  return { wave: target?.wave ?? task.mergesInto, ...(target?.commit === undefined ? {} : { commit: target.commit }) }
}

function reopenFor(state: RunState, tasks: readonly TaskId[]): RunState {
  const waves = new Set(tasks.map((id) => state.tasks[id]?.mergesInto))
  return { ...state, waves: state.waves.map((wave): WaveState => (waves.has(wave.wave) ? { ...wave, phase: 'building' } : wave)) }
}

function reopen(state: RunState): RunState {
  const last = state.waves.at(-1)
  if (!state.finished || last === undefined) return { ...state, finished: false, published: false }
  return {
    ...state,
    finished: false,
    published: false,
    waves: state.waves.map(
      (wave): WaveState => (wave.wave === last.wave ? { ...wave, phase: 'judged', extraRounds: wave.extraRounds + 1, seen: [] } : wave),
    ),
  }
}

// `continue --from wave-K`: unfinished work before K is left as it is, the gate of K-1 speaks first.
function acceptBefore(state: RunState, from: WaveNumber): RunState {
  const tasks = Object.entries(state.tasks).map(([id, task]): [string, TaskState] => {
    const open = task.mergesInto < from && ['pending', 'failed', 'cancelled'].includes(task.phase)
    return [id, open ? { ...task, phase: 'skipped', reason: `continued from wave ${from}` } : task]
  })
  const last = state.waves.filter((wave) => wave.wave < from).at(-1)
  const waves = state.waves.map((wave): WaveState => {
    if (wave.wave >= from || isPassed(wave)) return wave
    if (wave.wave === last?.wave)
      return {
        ...wave,
        phase: wave.commit === undefined ? 'building' : 'merged',
        seen: [],
        escalation: 0,
        extraRounds: wave.extraRounds + wave.round,
      }
    return { ...wave, phase: 'accepted' }
  })
  return { ...state, tasks: Object.fromEntries(tasks), waves, published: false }
}
