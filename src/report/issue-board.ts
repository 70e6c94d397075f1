// RunState -> the one comment that shows a run on its issue: waves and tasks, gates, what it waits for, links. Rendered anew each time; never parsed.
import { type RunState, type TaskState, taskState, totalUse, type WaveState } from '../run/state.ts'
import { asAdvice, inComment } from './in-comment.ts'
import { inert, inertCode, table } from './inert-markdown.ts'
import { statusOf, waitsFor, wallMs, waveNames, waveWord } from './standing.ts'
import { type StopWords, sayStop } from './stop.ts'
import { sayDuration, sayTokens, sayUsd, shortSha, tokensOf } from './words.ts'
import { workOf } from './work-of.ts'

/** Where things of the run are on GitHub. */
export interface BoardLinks {
  /** `note`: which of several it is, and that it is merged. */
  readonly pullRequests: readonly { readonly number: number; readonly note: string }[]
  /** Page of a branch. */
  readonly branch: (name: string) => string
  /** What went wrong on the way to GitHub, in words: pushes that were refused. */
  readonly troubles: readonly string[]
}

/** The whole comment, without its marker. `nowMs`: for ages. */
export function renderIssueBoard(state: RunState, links: BoardLinks, nowMs: number): string {
  const parts = [
    head(state, nowMs),
    stopLines(state),
    ...state.waves.map((wave) => waveLines(state, wave, { links, nowMs })),
    footLines(state, links),
  ]
  return parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')
}

/** Why a run stands still, in the words of a comment; `next` as Markdown. Undefined while it goes on. */
export function sayStopOnIssue(state: RunState): StopWords | undefined {
  const stop = sayStop(state)
  return stop === undefined ? undefined : { what: inComment(stop.what), next: stop.next === undefined ? undefined : asAdvice(stop.next) }
}

function head(state: RunState, nowMs: number): readonly string[] {
  const use = totalUse(state)
  const facts = [
    `**${inert(statusOf(state))}**`,
    `${state.config.executionMode}, ${state.config.qualityLevel}`,
    `base \`${shortSha(state.base)}\``,
    sayDuration(wallMs(state, nowMs)),
    `${sayTokens(tokensOf(use))} tokens`,
    `${sayUsd(use.costUsd)} of ${sayUsd(state.config.budgetUsd)}`,
  ]
  return [`### ${inert(state.feature?.title ?? 'dce', 120)}`, '', `Run \`${state.run}\` · ${facts.join(' · ')}`]
}

function stopLines(state: RunState): readonly string[] {
  const stop = sayStopOnIssue(state)
  if (stop === undefined) return []
  return [`> **Stopped.** ${inert(stop.what, 2_000)}`, ...(stop.next === undefined ? [] : ['>', `> Go on with: ${stop.next}`])]
}

function waveLines(state: RunState, wave: WaveState, given: { readonly links: BoardLinks; readonly nowMs: number }): readonly string[] {
  const tasks = (state.plan?.tasks ?? []).filter((task) => task.wave === wave.wave)
  const rows = tasks.map((task) => row(taskState(state, task), waitsFor(state, task), given.nowMs))
  const commit =
    wave.commit === undefined ? '' : ` · [\`${shortSha(wave.commit)}\`](${given.links.branch(`dce/${state.run}/wave-${wave.wave}`)})`
  return [
    `**Wave ${wave.wave} · ${waveNames[wave.wave]}** — ${inert(waveWord(state, wave))}${commit}`,
    '',
    ...table(['task', 'state', 'attempt', 'files', 'tokens', 'cost', 'age', 'waits for'], rows),
  ]
}

function row(task: TaskState, waits: string | undefined, nowMs: number): readonly string[] {
  const used = task.use.turns > 0
  const endMs = task.phase === 'running' ? nowMs : (task.endedAt ?? nowMs)
  const files = workOf(task).files.length
  const note = task.phase === 'running' && task.turn > 0 ? `turn ${task.turn}` : (waits?.replace(/^waits for /u, '') ?? task.reason ?? '')
  return [
    inertCode(task.id),
    task.phase,
    task.attempt === 0 ? '' : String(task.attempt),
    files === 0 ? '' : String(files),
    used ? sayTokens(tokensOf(task.use)) : '',
    used ? sayUsd(task.use.costUsd) : '',
    task.startedAt === undefined ? '' : sayDuration(endMs - task.startedAt),
    inert(note, 160),
  ]
}

function footLines(state: RunState, { pullRequests, troubles, branch }: BoardLinks): readonly string[] {
  const pulls = pullRequests.map(({ number, note }) => `#${number}${note === '' ? '' : ` (${note})`}`)
  return [
    ...(pulls.length === 0 ? [] : [`Pull request${pulls.length === 1 ? '' : 's'}: ${pulls.join(', ')}`]),
    ...(state.published === false ? [] : [`All of it: [progress.md](${branch(`dce/${state.run}/state`)}/.claude/context/progress.md)`]),
    ...troubles.map((trouble) => `⚠️ ${inert(trouble, 1_000)}`),
  ]
}
