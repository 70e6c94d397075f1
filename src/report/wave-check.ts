// A judged wave -> its check run: the gate's word as title, checks as summary, failures as annotations. Pure.
import { sayVerdict } from '../gate/verdict.ts'
import type { CheckRunPicture } from '../github.ts'
import type { RunState, WaveState } from '../run/state.ts'
import { gateSection } from './gate-report.ts'
import { plainLine } from './plain-line.ts'
import { waveNames } from './standing.ts'

/** Button names as they come back from GitHub (20 characters at most), by what they stand for. */
export const waveButtons = { retry: 'retry-wave', explain: 'explain-wave' } as const

/** The check run's key: run and wave, so that a button says what it is about. */
export function checkKey(state: Pick<RunState, 'run'>, wave: WaveState): string {
  return `${state.run} wave-${wave.wave}`
}

/** The check run of a wave that is merged or judged; undefined before. */
export function waveCheck(state: RunState, wave: WaveState): CheckRunPicture | undefined {
  if (wave.commit === undefined) return undefined
  const base = { key: checkKey(state, wave), name: `dce / wave ${wave.wave} ${waveNames[wave.wave]}`, head: wave.commit }
  const { verdict } = wave
  if (verdict === undefined || wave.phase === 'merged' || wave.phase === 'building') {
    return {
      ...base,
      state: 'in_progress',
      title: 'at the gate',
      summary: 'The gate is judging the merged wave.',
      annotations: [],
      actions: [],
    }
  }
  return {
    ...base,
    state: verdict.verdict === 'green' ? 'success' : 'failure',
    title: plainLine(sayVerdict(verdict), 200),
    summary: gateSection(wave, verdict).join('\n'),
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
    actions:
      verdict.verdict === 'green'
        ? []
        : [
            { label: 'Retry wave', description: 'One more round of repair', identifier: waveButtons.retry },
            { label: 'Explain', description: 'What failed, and who repairs it', identifier: waveButtons.explain },
          ],
  }
}
