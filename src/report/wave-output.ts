// A wave and the analyzer's facts about its tree -> wave-<K>-output.yaml: what each task put there, for people and for the agents of later waves.
import { stringify } from 'yaml'
import { sayVerdict } from '../gate/verdict.ts'
import type { GoFacts } from '../go-facts.ts'
import type { WaveNumber } from '../ids.ts'
import type { Plan, Task } from '../plan/plan.ts'
import { type RunState, type TaskState, type WaveState, waveState } from '../run/state.ts'
import { cutText, plainLine } from './plain-line.ts'
import { waveNames } from './standing.ts'
import { workOf } from './work-of.ts'

/** The part of the facts that is told. */
export type WaveFacts = Pick<GoFacts, 'symbols' | 'interfaces' | 'routes' | 'tests'>

/** `facts`: of the wave's tree. `before`: of the tree before the wave; with it only what is new is called created, without it all that is there. */
export interface WaveOutputRequest {
  readonly state: RunState
  readonly plan: Plan
  readonly wave: WaveNumber
  readonly facts: WaveFacts
  readonly before?: WaveFacts
}

/** Name of the file in `.claude/context/`. */
export function waveOutputName(wave: WaveNumber): string {
  return `wave-${wave}-output.yaml`
}

/** The YAML text; undefined for a wave that the plan does not have. */
export function renderWaveOutput(request: WaveOutputRequest): string | undefined {
  const { state, plan } = request
  const wave = waveState(state, request.wave)
  if (wave === undefined) return undefined
  const output = {
    version: 1,
    run: state.run,
    wave: wave.wave,
    name: waveNames[wave.wave],
    ...(wave.commit === undefined ? {} : { commit: wave.commit }),
    verdict: wave.phase === 'accepted' ? 'accepted as it is' : wave.verdict === undefined ? 'not judged yet' : sayVerdict(wave.verdict),
    repair_rounds: wave.round,
    tasks: plan.tasks.flatMap((task) => taskOutput(request, wave, task)),
    reconciled: wave.reconciled,
    due: (wave.verdict?.due ?? []).map((item) => ({ what: item.what, subject: item.subject, wave: item.wave })),
  }
  return `# What wave ${wave.wave} put into the tree, as the gate's analyzer read it. Rendered by the program; edits are lost.\n${stringify(output, { lineWidth: 140 })}`
}

function taskOutput(request: WaveOutputRequest, wave: WaveState, task: Task): readonly object[] {
  const current = request.state.tasks[task.id]
  if (current === undefined) return []
  const files = filesIn(current, task, wave)
  if (files.length === 0) return task.wave === wave.wave ? [{ id: task.id, state: current.phase, ...reasonOf(current) }] : []
  const { summaries, notes } = workOf(current)
  return [
    {
      id: task.id,
      specialist: task.specialist,
      title: plainLine(task.title, 200),
      state: current.phase,
      attempt: current.attempt,
      files,
      ...present({
        symbols: symbolsIn(request, files),
        interfaces: interfacesIn(request, files),
        routes: routesIn(request, files),
        tests: testsIn(request, files),
      }),
      summary: cutText(summaries.join('\n'), 2_000),
      ...(notes.length === 0 ? {} : { notes: cutText(notes.join('\n'), 2_000) }),
    },
  ]
}

// A task of an earlier wave is here only with the attempt that repaired it here.
function filesIn(current: TaskState, task: Task, wave: WaveState): readonly string[] {
  if (task.wave === wave.wave) return workOf(current).files
  const here = wave.merged.find((merged) => merged.task === task.id)
  return current.merged.find((work) => work.attempt === here?.attempt)?.changed ?? []
}

function reasonOf(current: TaskState): { readonly reason?: string } {
  return current.reason === undefined ? {} : { reason: plainLine(current.reason, 400) }
}

function present(lists: Readonly<Record<string, readonly unknown[]>>): object {
  return Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0))
}

// Signatures that agents read: exported production declarations, by file.
function symbolsIn({ facts, before }: WaveOutputRequest, files: readonly string[]): readonly object[] {
  const known = new Set((before?.symbols ?? []).map((symbol) => `${symbol.package}.${symbol.receiver ?? ''}.${symbol.name}`))
  return files.flatMap((file) => {
    const symbols = facts.symbols.filter((symbol) => symbol.file === file && symbol.exported && !symbol.test)
    const created = symbols.filter((symbol) => !known.has(`${symbol.package}.${symbol.receiver ?? ''}.${symbol.name}`))
    const lines = created.map((symbol) => {
      const name = symbol.receiver === undefined ? symbol.name : `${symbol.receiver}.${symbol.name}`
      return plainLine(`${symbol.kind} ${name}: ${symbol.signature}`, 400)
    })
    return lines.length === 0 ? [] : [{ file, package: created[0]?.package, declares: lines }]
  })
}

function interfacesIn({ facts, before }: WaveOutputRequest, files: readonly string[]): readonly object[] {
  const known = new Set((before?.interfaces ?? []).map((declared) => `${declared.package}.${declared.name}`))
  return facts.interfaces
    .filter((declared) => files.includes(declared.file) && !declared.test && !known.has(`${declared.package}.${declared.name}`))
    .map((declared) => ({
      name: `${declared.package}.${declared.name}`,
      methods: declared.methods.map((method) => plainLine(method, 400)),
      implemented_by: declared.implementers
        .filter((implementer) => !implementer.test)
        .map((implementer) => `${implementer.pointer ? '*' : ''}${implementer.package}.${implementer.type}`),
    }))
}

function routesIn({ facts, before }: WaveOutputRequest, files: readonly string[]): readonly object[] {
  const known = new Set((before?.routes ?? []).map((route) => `${route.method ?? '*'} ${route.pattern}`))
  return facts.routes
    .filter((route) => files.includes(route.file) && !route.test && !known.has(`${route.method ?? '*'} ${route.pattern}`))
    .map((route) => ({
      route: plainLine(`${route.method ?? '*'} ${route.pattern}`, 300),
      ...(route.handler === undefined
        ? {}
        : { handler: [route.handler.package, route.handler.receiver, route.handler.name].filter(Boolean).join('.') }),
      mounted: route.mounted,
    }))
}

function testsIn({ facts, before }: WaveOutputRequest, files: readonly string[]): readonly string[] {
  const nameOf = (test: WaveFacts['tests'][number]) =>
    `${test.package}.${test.receiver === undefined ? '' : `${test.receiver}.`}${test.name}`
  const known = new Set((before?.tests ?? []).map(nameOf))
  return facts.tests.filter((test) => files.includes(test.file) && !known.has(nameOf(test))).map(nameOf)
}
