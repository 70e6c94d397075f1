// RunState -> what `dce status` says: a few lines, the next command last.
import { type RunState, type TaskState, totalUse, type WaveState } from '../run/state.ts'
import { plainLine } from './plain-line.ts'
import { sayBrief, statusOf, waitsFor, wallMs, waveNames, waveWord } from './standing.ts'
import { sayPublishFault, sayStop } from './stop.ts'
import { count, listSome, sayDuration, sayTokens, sayUsd, tokensOf } from './words.ts'

/** The lines, joined. `nowMs`: for ages. */
export function renderStatus(state: RunState, nowMs: number): string {
  const use = totalUse(state)
  const title = plainLine(state.feature?.title ?? state.spec.source, 120)
  const stop = sayStop(state)
  const lines = [
    `${state.run}  ${title}`,
    `${statusOf(state)}; ${sayDuration(wallMs(state, nowMs))}, ${sayTokens(tokensOf(use))} tokens, ${sayUsd(use.costUsd)} of ${sayUsd(state.config.budgetUsd)}`,
    ...state.waves.map((wave) => waveLine(state, wave)),
    ...taskLines(state, nowMs),
    ...(stop === undefined
      ? []
      : [`stopped: ${plainLine(stop.what, 600)}`, ...(stop.next === undefined ? [] : [`go on with: ${stop.next}`])]),
    ...(state.published === 'failed' ? [sayPublishFault(state), `go on with: dce resume --run ${state.run}`] : []),
    ...(state.finished && state.published !== 'failed' ? [`open the pull request with: dce pr --run ${state.run}`] : []),
  ]
  return `${lines.join('\n')}\n`
}

function waveLine(state: RunState, wave: WaveState): string {
  const tasks = (state.plan?.tasks ?? []).filter((task) => task.wave === wave.wave).flatMap((task) => state.tasks[task.id] ?? [])
  const phases = [...Map.groupBy(tasks, (task) => task.phase)].map(([phase, group]) => `${group.length} ${phase}`)
  return `  wave ${wave.wave} ${waveNames[wave.wave].padEnd(14)} ${plainLine(waveWord(state, wave))} (${phases.join(', ')})`
}

// Those at work, and those that are in the way.
function taskLines(state: RunState, nowMs: number): readonly string[] {
  const tasks = Object.values(state.tasks)
  const running = tasks.filter((task) => task.phase === 'running').map((task) => runningLine(task, nowMs))
  const told = state.stop?.kind === 'task-failed'
  const failed = tasks
    .filter((task) => task.phase === 'failed' && !told)
    .map((task) => `  ${task.id} failed: ${plainLine(task.reason ?? '', 200)}`)
  const waiting = (state.plan?.tasks ?? []).flatMap((task) => {
    const why = waitsFor(state, task)
    return why !== undefined && state.tasks[task.id]?.phase === 'waiting' ? [`  ${task.id}: ${why}`] : []
  })
  return [...running, ...failed, ...waiting]
}

function runningLine(task: TaskState, nowMs: number): string {
  const facts = [
    `turn ${task.turn}`,
    ...(task.lastTools.length === 0 ? [] : [listSome(task.lastTools)]),
    sayUsd(task.useOfAttempt.costUsd),
    ...(task.startedAt === undefined ? [] : [sayDuration(nowMs - task.startedAt)]),
    ...(task.attempt > 1 ? [count(task.attempt, 'attempt')] : []),
    ...(sayBrief(task.brief) === '' ? [] : [sayBrief(task.brief)]),
  ]
  return `  ${task.id} runs: ${plainLine(facts.join(', '))}`
}
