// A world of plain data under the real story: every effect is answered from a table, so that decide.ts can be run to the end in memory.
import type { AttemptOutcome } from '../../src/agent/attempt.ts'
import { type Config, defaultConfig } from '../../src/config.ts'
import type { Failure, Verdict } from '../../src/gate/verdict.ts'
import { asBranchName, asRepoPath, asRunId, asSha, asSpecialistName, asTaskId, type WaveNumber } from '../../src/ids.ts'
import type { Plan, Task } from '../../src/plan/plan.ts'
import { decide } from '../../src/run/decide.ts'
import { type Effect, keyOf } from '../../src/run/effect.ts'
import type { Happening, RunEvent, StopReason } from '../../src/run/event.ts'
import { noUse, type RunState } from '../../src/run/state.ts'

/** A task with sensible defaults: `w<wave>-<name>`, one file of its own. */
export function makeTask(wave: WaveNumber, name: string, more: Partial<Omit<Task, 'needs'>> & { needs?: readonly string[] } = {}): Task {
  const { needs, ...rest } = more
  return {
    id: asTaskId(`w${wave}-${name}`),
    specialist: asSpecialistName(name),
    wave,
    title: name,
    brief: `do ${name}`,
    files: [{ path: asRepoPath(`internal/w${wave}/${name}.go`), change: 'create', symbols: [`New${name}`] }],
    paths: [],
    needs: (needs ?? []).map(asTaskId),
    acceptance: ['it works'],
    requirements: ['R1'],
    covers: [],
    integrates: false,
    ...rest,
  }
}

/** A plan of these tasks and nothing else. */
export function makePlan(tasks: readonly Task[]): Plan {
  return {
    version: 1,
    summary: 'a plan',
    tasks,
    contracts: [],
    due: [],
    benchmarks: [],
    modules: [],
    skipped: [],
    estimate: { tasks: tasks.length, turns: 10, inputTokens: 1, outputTokens: 1, usd: 1, minutes: 1, basis: 'test' },
  }
}

/** A verdict with these failures. */
export function makeVerdict(failures: readonly Failure[], wave?: number): Verdict {
  return {
    verdict: failures.length === 0 ? 'green' : 'red',
    ...(wave === undefined ? {} : { wave }),
    tree: 't',
    checks: [],
    failures: [...failures],
    notProven: [],
    due: [],
    alsoAtBase: [],
    flaky: [],
    figures: {},
    durationMs: 1,
  }
}

/** A compile failure in a file. */
export function makeFailure(file: string, more: Partial<Failure> = {}): Failure {
  return {
    id: `compile:${file}`,
    check: 'compilation',
    kind: 'compile',
    message: 'undefined: X',
    file,
    line: 3,
    hint: 'declare it',
    ...more,
  }
}

/** An attempt that finished. */
export function finished(commit: string): AttemptOutcome {
  return {
    kind: 'finished',
    commit: asSha(commit),
    changed: [],
    handOver: { summary: 'done', files: [], requirements: [], checks: [], disputes: [], notes: '' },
    use: { ...noUse, turns: 3, costUsd: 0.1 },
  }
}

/** How the simulated world answers; everything not given goes well. */
export interface Answers {
  readonly plan: Plan
  readonly config?: Partial<Config>
  readonly autoApprove?: boolean
  readonly task?: (effect: Extract<Effect, { type: 'run-task' }>) => AttemptOutcome | undefined
  readonly gate?: (effect: Extract<Effect, { type: 'judge-wave' }>, count: number) => Verdict
  readonly merge?: (effect: Extract<Effect, { type: 'merge-wave' }>) => Happening | undefined
  /** Findings of a review, or why it was cut short. */
  readonly review?: (effect: Extract<Effect, { type: 'review-task' }>) => readonly string[] | StopReason
  /** Which of the pending effects is answered next; default the oldest. */
  readonly pick?: (pending: readonly Effect[]) => number
}

/** What a simulated run left: the last state, all events, all effects in the order of their start. */
export interface Simulation {
  readonly state: RunState
  readonly events: readonly RunEvent[]
  readonly effects: readonly Effect[]
  readonly mostTasksAtOnce: number
}

/** The event every run begins with. */
export function startEvent(answers: Answers): Happening {
  return {
    type: 'run-started',
    run: asRunId('demo-abc123'),
    repo: '/repo',
    spec: { source: 'spec.md', text: '# Spec', hash: 'h' },
    base: asSha('base'),
    config: { ...defaultConfig, ...answers.config },
    autoApprove: answers.autoApprove ?? true,
  }
}

/** Runs decide to the end (or 2,000 events). `from`: events that were already journaled; `extra`: commands given once the world is quiet; `until`: the world stops before it answers such an effect. */
export function simulate(
  answers: Answers,
  more: { from?: readonly RunEvent[]; extra?: readonly Happening[]; until?: Effect['type'] } = {},
): Simulation {
  let state: RunState | undefined
  let clock = 0
  const events: RunEvent[] = []
  const effects: Effect[] = []
  const pending: Effect[] = []
  const gates = new Map<number, number>()
  const extra = [...(more.extra ?? [])]
  let mostTasksAtOnce = 0
  const tell = (happening: Happening) => {
    const event: RunEvent = { ...happening, at: ++clock }
    events.push(event)
    const decision = decide(state, event)
    state = decision.state
    for (const effect of decision.effects) {
      effects.push(effect)
      if (effect.type === 'finish-turns') continue
      pending.push(effect)
      if (effect.type === 'run-task') {
        const { task, attempt, base, brief, paths, overlap, startFrom } = effect
        tell({
          type: 'task-started',
          task,
          attempt,
          base,
          brief,
          paths,
          overlap,
          branch: asBranchName(`dce/x/${task}`),
          ...(startFrom === undefined ? {} : { startFrom }),
        })
      }
    }
    mostTasksAtOnce = Math.max(mostTasksAtOnce, Object.values(state.tasks).filter((task) => task.phase === 'running').length)
  }
  if (more.from === undefined) tell(startEvent(answers))
  else {
    for (const event of more.from) {
      state = decide(state, event).state
      events.push(event)
      clock = event.at
    }
    tell({ type: 'process-resumed', pid: 2 })
  }
  for (let step = 0; step < 2000; step++) {
    if (pending.length === 0) {
      const next = extra.shift()
      if (next === undefined) break
      tell(next)
      continue
    }
    const [effect] = pending.splice(answers.pick?.(pending) ?? 0, 1)
    if (effect?.type === more.until) break
    if (effect !== undefined) tell(answerEffect(effect, answers, gates))
  }
  if (state === undefined) throw new Error('no state')
  return { state, events, effects, mostTasksAtOnce }
}

/** The world's answer to one effect; everything not given goes well. */
export function answerEffect(effect: Effect, answers: Answers, gates: Map<number, number> = new Map()): Happening {
  switch (effect.type) {
    case 'read-feature':
      return {
        type: 'feature-read',
        notSo: [],
        feature: {
          version: 1,
          title: 'Spec',
          slug: 'spec',
          spec: { source: 'spec.md', hash: 'h', text: '# Spec' },
          overview: '',
          requirements: [{ id: 'R1', text: 'x' }],
          domainModels: [],
          serviceRequirements: [],
          apiEndpoints: [],
          qualityStandards: [],
          dependencies: [],
          notWanted: [],
        },
      }
    case 'measure-base':
      return { type: 'base-measured', failures: [], compiles: true }
    case 'make-plan':
      return { type: 'plan-made', plan: answers.plan, use: noUse }
    case 'commit-seams':
      return { type: 'seams-committed', commit: asSha('seams') }
    case 'run-task':
      return {
        type: 'task-ended',
        task: effect.task,
        attempt: effect.attempt,
        outcome: answers.task?.(effect) ?? finished(`${effect.task}@${effect.attempt}`),
      }
    case 'review-task':
      return reviewed(effect, answers.review?.(effect) ?? [])
    case 'merge-wave':
      return (
        answers.merge?.(effect) ?? {
          type: 'wave-merged',
          wave: effect.wave,
          commit: asSha(`wave-${effect.wave}:${effect.tasks.map((task) => `${task.task}@${task.attempt}`).join('+')}`),
          merged: effect.tasks,
          reconciled: [],
          generated: [],
          compiles: true,
          use: noUse,
        }
      )
    case 'judge-wave': {
      const count = (gates.get(effect.wave) ?? 0) + 1
      gates.set(effect.wave, count)
      return {
        type: 'gate-judged',
        wave: effect.wave,
        commit: effect.commit,
        verdict: answers.gate?.(effect, count) ?? makeVerdict([], effect.wave),
      }
    }
    case 'rule-disputes':
      return {
        type: 'disputes-ruled',
        wave: effect.wave,
        rulings: effect.disputes.map((dispute) => ({ ...dispute, upheld: false, reason: 'the specification says so' })),
        use: noUse,
      }
    case 'merge-base':
      return { type: 'base-moved', wave: effect.wave, commit: asSha(`rebased-${effect.wave}`), base: effect.base }
    case 'publish':
      return { type: 'published', branches: [], final: effect.final }
    case 'finish-turns':
      throw new Error('finish-turns is not answered')
  }
}

function reviewed(effect: Extract<Effect, { type: 'review-task' }>, answer: readonly string[] | StopReason): Happening {
  if ('kind' in answer) return { type: 'effect-failed', effect: keyOf(effect), message: 'cut short', stop: answer }
  return { type: 'task-reviewed', task: effect.task, attempt: effect.attempt, findings: answer, use: noUse }
}
