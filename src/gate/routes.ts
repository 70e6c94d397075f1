// Routes of a tree -> findings: handlers that nothing mounts, registrations that no main reaches, planned routes that nobody registers. Pure.
import type { GoFacts } from '../go-facts.ts'
import type { Change, MeasuredTree } from './change.ts'
import type { Finding } from './failure.ts'
import type { Owed } from './obligations.ts'
import { symbolName } from './stubs.ts'
import { isTestSupport } from './unused-code.ts'

type Route = GoFacts['routes'][number]
type Handler = GoFacts['unmountedHandlers'][number]

/** Handlers and registrations that no request can come to. */
export function unmountedRoutes(tree: MeasuredTree): readonly Owed[] {
  const routes = tree.facts.routes.filter((one) => !one.mounted && !one.test && !isTestSupport(one.file))
  const handlers = tree.facts.unmountedHandlers.filter((one) => !one.reached && !isTestSupport(one.file))
  return [
    ...routes.map((one) => ({ finding: routeFinding(one), subjects: [sayRoute(one)] })),
    ...handlers.map((one) => ({ finding: handlerFinding(one), subjects: [`${one.package}.${symbolName(one)}`] })),
  ]
}

/**
 * Planned routes that are due and registered nowhere. Where no route of the tree can be told at all (a router that the analyzer does not know),
 * only handlers can be judged.
 */
export function missingRoutes(change: Change, isDue: (wave: number) => boolean): readonly Finding[] {
  const routes = change.head.facts.routes.filter((one) => !one.test)
  const planned = (change.plan?.due ?? []).filter((duty) => duty.what === 'route' && isDue(duty.wave))
  if (routes.length === 0) return []
  return planned
    .filter((duty) => !routes.some((one) => isRoute(duty.subject, one)))
    .map((duty) => ({
      check: 'conformance',
      kind: 'not-mounted',
      message: `${duty.subject} is planned, and no route is registered for it.`,
      symbol: duty.subject,
      hint: 'Register it on the router that the program serves.',
    }))
}

/** Whether a registration serves a planned `POST /api/v1/quotas/{id}`: whatever parameters are called, below whatever prefix is mounted elsewhere. */
export function isRoute(planned: string, route: Pick<Route, 'method' | 'pattern'>): boolean {
  const [method = '', path = ''] = planned.split(/\s+/)
  const wanted = shapeOf(path)
  const found = shapeOf(route.pattern.replace(/^[A-Z]+\s+/, ''))
  const methodFits = route.method === undefined || route.method.toUpperCase() === method.toUpperCase()
  return methodFits && (wanted === found || (found.length > 1 && wanted.endsWith(found)) || (wanted.length > 1 && found.endsWith(wanted)))
}

function shapeOf(path: string): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '{$}')
  return `/${parts.map((part) => (/^[:*{<]/.test(part) ? '{}' : part)).join('/')}`
}

function sayRoute(one: Route): string {
  return one.method === undefined ? one.pattern : `${one.method} ${one.pattern}`
}

function routeFinding(one: Route): Finding {
  return {
    check: 'conformance',
    kind: 'not-mounted',
    message: `${sayRoute(one)} is registered in code that no main reaches.`,
    file: one.file,
    line: one.line,
    symbol: one.handler === undefined ? sayRoute(one) : symbolName(one.handler),
    hint: 'Call the code that registers it where the server is put together.',
  }
}

function handlerFinding(one: Handler): Finding {
  return {
    check: 'conformance',
    kind: 'not-mounted',
    message: `The handler ${symbolName(one)} is registered on no route.`,
    file: one.file,
    line: one.line,
    package: one.package,
    symbol: symbolName(one),
    hint: 'Mount it on the router that the program serves, or leave it out.',
  }
}
