// What the whole feature owes and when, where the planner left it out: the answer's own obligations plus the defaults. Pure.
import type { WaveNumber } from '../ids.ts'
import { integratorFor, type Obligation, type Plan, type PlanAnswer } from './plan.ts'
import type { DeclaredSymbol, PlanFacts } from './plan-facts.ts'
import { qualityPolicies } from './quality-policy.ts'

type Facts = Pick<PlanFacts, 'feature' | 'files' | 'config' | 'declared'>
type PlanSoFar = Omit<Plan, 'due' | 'estimate'>

const httpMethods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']

/**
 * Obligations in the order interfaces, routes, constructors, migrations, coverage, benchmarks. What the planner said about a subject stands.
 * Interfaces are due in wave 2, routes and constructors with the wiring (the integrator of wave 4), measurements at the end; each in the nearest later wave with tasks, else the last.
 */
export function dueOf(plan: PlanSoFar, answered: PlanAnswer['due'], facts: Facts): readonly Obligation[] {
  const own = answered.map((duty): Obligation => ({ ...duty, wave: duty.wave as WaveNumber }))
  const all = [...own, ...defaultsOf(plan, facts)]
  return all.filter((duty, index) => all.findIndex((other) => other.what === duty.what && other.subject === duty.subject) === index)
}

function defaultsOf(plan: PlanSoFar, facts: Facts): readonly Obligation[] {
  const waves = [...new Set(plan.tasks.map(({ wave }) => wave))].filter((wave) => wave > 0)
  const last = waves.at(-1) ?? 5
  const fitting = (wave: WaveNumber): WaveNumber => waves.find((candidate) => candidate >= wave) ?? last
  const wiring = fitting(integratorFor(plan, 4)?.wave ?? 4)
  const waveOf = (task: string) => plan.tasks.find(({ id }) => id === task)?.wave ?? 1
  const migrations = plan.tasks.flatMap((task) =>
    task.files
      .filter(({ path, change }) => change === 'create' && /(^|\/)migrations?\/[^/]+\.sql$/u.test(path))
      .map(({ path }) => ({ what: 'migration' as const, subject: path, wave: fitting(task.wave) })),
  )
  return [
    ...ofKind(facts.declared, 'interface').map(({ subject, task }) => ({
      what: 'interface' as const,
      subject,
      wave: fitting(atLeast(waveOf(task), 2)),
    })),
    ...facts.feature.apiEndpoints
      .filter(({ method }) => httpMethods.includes(method))
      .map(({ method, path }) => ({ what: 'route' as const, subject: `${method} ${path}`, wave: wiring })),
    ...ofKind(facts.declared, 'constructor').map(({ subject, task }) => ({
      what: 'constructor' as const,
      subject,
      wave: fitting(atLeast(waveOf(task), wiring)),
    })),
    ...migrations,
    ...(qualityPolicies[facts.config.qualityLevel].owesCoverage ? newPackages(plan, facts) : []).map((subject) => ({
      what: 'coverage' as const,
      subject,
      wave: last,
    })),
    ...plan.benchmarks.map((benchmark) => ({ what: 'benchmark' as const, subject: `${benchmark.package}.${benchmark.name}`, wave: last })),
  ]
}

function ofKind(declared: readonly DeclaredSymbol[], kind: DeclaredSymbol['kind']): readonly DeclaredSymbol[] {
  return declared.filter((symbol) => symbol.kind === kind)
}

function atLeast(wave: WaveNumber, least: WaveNumber): WaveNumber {
  return wave > least ? wave : least
}

/** Folders that get Go code and have none at the base. */
function newPackages(plan: PlanSoFar, { files }: Facts): readonly string[] {
  const folderOf = (path: string) => (path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '.')
  const old = new Set([...files].filter((file) => file.endsWith('.go')).map(folderOf))
  const planned = plan.tasks
    .flatMap((task) => task.files)
    .filter(({ path, change }) => change === 'create' && path.endsWith('.go') && !path.endsWith('_test.go'))
  return [...new Set(planned.map(({ path }) => folderOf(path)))].filter((folder) => !old.has(folder))
}
