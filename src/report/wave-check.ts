// Judgements of a run -> check runs: the gate's word as title, checks as summary, failures as annotations. Pure.
import { sayVerdict, type Verdict } from '../gate/verdict.ts'
import type { CheckRunPicture } from '../github.ts'
import type { RunId, Sha, WaveNumber } from '../ids.ts'
import type { RunEvent } from '../run/event.ts'
import type { RunState } from '../run/state.ts'
import { gateSection } from './gate-report.ts'
import { plainLine } from './plain-line.ts'
import { waveNames } from './standing.ts'

/** Button names as they come back from GitHub (20 characters at most), by what they stand for. */
export const waveButtons = { retry: 'retry-wave', explain: 'explain-wave' } as const

/** The check run's key: run and wave, so that a button says what it is about. */
export function checkKey(run: RunId, wave: WaveNumber): string {
  return `${run} wave-${wave}`
}

/** Every judgement that there was, on the commit that was judged, oldest first, the last one of a commit alone; then what is at the gate now. */
export function waveChecks(state: RunState, events: readonly RunEvent[]): readonly CheckRunPicture[] {
  const judged = new Map(
    events.flatMap((event) => (event.type === 'gate-judged' ? [[`${event.wave} ${event.commit}`, event] as const] : [])),
  )
  const waiting = state.waves.filter((wave) => wave.phase === 'merged' && wave.commit !== undefined)
  return [
    ...[...judged.values()].map(({ wave, commit, verdict }) => judgedCheck(state, { wave, commit, verdict })),
    ...waiting.flatMap(({ wave, commit }) =>
      commit === undefined || judged.has(`${wave} ${commit}`) ? [] : [waitingCheck(state, wave, commit)],
    ),
  ]
}

function waitingCheck({ run }: RunState, wave: WaveNumber, head: Sha): CheckRunPicture {
  const summary = 'The gate is judging the merged wave.'
  return { ...nameOf(run, wave), head, state: 'in_progress', title: 'at the gate', summary, annotations: [], actions: [] }
}

function nameOf(run: RunId, wave: WaveNumber) {
  return { key: checkKey(run, wave), name: `dce / wave ${wave} ${waveNames[wave]}` }
}

function judgedCheck(
  state: RunState,
  judged: { readonly wave: WaveNumber; readonly commit: Sha; readonly verdict: Verdict },
): CheckRunPicture {
  const { wave, commit, verdict } = judged
  const round = state.waves.find((known) => known.wave === wave)?.round ?? 0
  const isGreen = verdict.verdict === 'green'
  return {
    ...nameOf(state.run, wave),
    head: commit,
    state: isGreen ? 'success' : 'failure',
    title: plainLine(sayVerdict(verdict), 200),
    summary: gateSection({ wave, round }, verdict).join('\n'),
    annotations: verdict.failures.flatMap((failure) =>
      failure.file === undefined
        ? []
        : [
            {
              path: failure.file,
              line: Math.max(1, failure.line ?? 1),
              level: 'failure' as const,
              title: `${failure.check}: ${failure.kind}`,
              message: `${failure.message}\n\n${failure.hint}`,
            },
          ],
    ),
    actions: isGreen
      ? []
      : [
          { label: 'Retry wave', description: 'One more round of repair', identifier: waveButtons.retry },
          { label: 'Explain', description: 'What failed, and who repairs it', identifier: waveButtons.explain },
        ],
  }
}
