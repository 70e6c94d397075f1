// A few lines -> a plan, for tests that are about one part of it.
import { asRepoPath, asSpecialistName, asTaskId, type WaveNumber } from '../../src/ids.ts'
import type { Plan, PlannedFile, Task } from '../../src/plan/plan.ts'

/** A planned file as a test writes it. */
export interface FileLine {
  readonly path: string
  readonly change?: PlannedFile['change']
  readonly symbols?: readonly string[]
  readonly wave?: WaveNumber
}

/** A plan with one task per wave that owns these files. Contracts belong to the task of wave 1. */
export function planOf(
  files: readonly FileLine[],
  more: Partial<Pick<Plan, 'due' | 'benchmarks' | 'modules'>> & {
    readonly contracts?: readonly { readonly path: string; readonly source: string }[]
  } = {},
): Plan {
  const waves = [...new Set(files.map((file) => file.wave ?? 1))].sort()
  return {
    version: 1,
    summary: 'a test',
    tasks: waves.map((wave) =>
      taskOf(
        wave,
        files.filter((file) => (file.wave ?? 1) === wave),
      ),
    ),
    due: [],
    benchmarks: [],
    modules: [],
    skipped: [],
    estimate: { tasks: 1, turns: 1, inputTokens: 1, outputTokens: 1, usd: 1, minutes: 1, basis: 'none' },
    ...more,
    contracts: (more.contracts ?? []).map(({ path, source }) => ({
      task: asTaskId('w1-builder'),
      path: asRepoPath(path),
      kind: 'declare',
      source,
    })),
  }
}

function taskOf(wave: WaveNumber, files: readonly FileLine[]): Task {
  return {
    id: asTaskId(`w${wave}-builder`),
    specialist: asSpecialistName('builder'),
    wave,
    title: 'a task',
    brief: 'build',
    files: files.map(({ path, change, symbols }) => ({ path: asRepoPath(path), change: change ?? 'create', symbols: symbols ?? [] })),
    paths: [],
    needs: [],
    acceptance: [],
    requirements: [],
    covers: [],
    integrates: false,
  }
}
