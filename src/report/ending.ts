// RunState -> the last words of a run in a terminal: how it ended, where the result is, how to look at it, what to type next.
import { sayVerdict } from '../gate/verdict.ts'
import { pullRequestBranch } from '../ids.ts'
import { type RunState, totalUse } from '../run/state.ts'
import { plainLine } from './plain-line.ts'
import { wallMs } from './standing.ts'
import { sayPublishFault, sayStop } from './stop.ts'
import { count, sayDuration, sayTokens, sayUsd, shortSha, tokensOf } from './words.ts'

/** Where things are. Paths absolute. `published`: the branch is in the user's repository. */
export interface EndingFacts {
  readonly state: RunState
  readonly nowMs: number
  readonly progressPath: string
  /** Set when something failed. */
  readonly failuresPath?: string
  readonly published: boolean
}

/** The lines, joined. */
export function renderEnding(facts: EndingFacts): string {
  const { state } = facts
  const use = totalUse(state)
  const stop = sayStop(state)
  const spent = `${sayDuration(wallMs(state, facts.nowMs))}, ${sayTokens(tokensOf(use))} tokens, ${sayUsd(use.costUsd)} of ${sayUsd(state.config.budgetUsd)}`
  const lines = [
    `${outcome(state)} (${spent})`,
    ...(stop === undefined ? [] : [plainLine(stop.what, 1_000), ...(stop.next === undefined ? [] : ['', `  ${stop.next}`])]),
    ...(facts.published ? ['', ...lookAtIt(state)] : []),
    ...(state.published === 'failed' ? ['', sayPublishFault(state), '', `  dce resume --run ${state.run}`] : []),
    ...(state.finished && state.published !== 'failed' ? ['', 'The pull request:', '', `  dce pr --run ${state.run}`] : []),
    '',
    `Progress: ${facts.progressPath}`,
    ...(facts.failuresPath === undefined ? [] : [`Failures: ${facts.failuresPath}`]),
  ]
  return `${lines.join('\n')}\n`
}

function outcome(state: RunState): string {
  const red = state.waves.filter((wave) => wave.phase !== 'green')
  const last = state.waves.at(-1)?.verdict
  if (state.finished && red.length === 0)
    return plainLine(`Run ${state.run} is finished: ${last === undefined ? 'green' : sayVerdict(last)}`)
  if (state.finished) return `Run ${state.run} is finished, but wave ${red.map((wave) => wave.wave).join(', ')} did not pass the gate`
  const passed = state.waves.length - red.length
  const done = state.waves.length === 0 ? '' : `, ${passed} of ${count(state.waves.length, 'wave')} green`
  return `Run ${state.run} ${state.stop?.kind === 'approval' ? 'waits for you' : 'stopped'}${done}`
}

// Ready to be copied: the user's checkout was not touched, so everything is said relative to the base commit.
function lookAtIt(state: RunState): readonly string[] {
  const branch = pullRequestBranch(state.run)
  const base = shortSha(state.base)
  return [
    `The result is on branch ${branch}; your checkout was not touched. Look at it:`,
    '',
    `  git log --graph --oneline ${base}..${branch}`,
    `  git diff ${base}...${branch}`,
  ]
}
