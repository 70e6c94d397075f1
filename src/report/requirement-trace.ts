// What agents said about requirements, held against the tree -> where each requirement is met, and which are not.
import type { Feature } from '../feature/feature.ts'
import type { TaskId } from '../ids.ts'
import type { Plan } from '../plan/plan.ts'
import type { RunState } from '../run/state.ts'
import { workOf } from './work-of.ts'

/** A place in the tree. `symbol`: `NewQuota`, `(*Quota).Charge`; absent when the agent named none. */
interface Place {
  readonly file: string
  readonly symbol?: string
  readonly task: TaskId
}

/**
 * One requirement. `met`: a merged task names a place that is there. `claimed`: named, but the place is not there or not merged.
 * `unmet`: nobody names it. `why` is empty for `met`.
 */
export interface RequirementTrace {
  readonly id: string
  readonly text: string
  readonly state: 'met' | 'claimed' | 'unmet'
  readonly places: readonly Place[]
  readonly why: string
}

/** `paths`: every file of the tree that is judged. `symbols`: by path, what it declares; files that are not in it are not checked for symbols. */
export interface TraceRequest {
  readonly feature: Feature
  readonly plan: Plan
  readonly state: RunState
  readonly paths: ReadonlySet<string>
  readonly symbols?: ReadonlyMap<string, ReadonlySet<string>>
}

/** Every requirement of the feature, in its order. */
export function traceRequirements(request: TraceRequest): readonly RequirementTrace[] {
  const claims = claimsOf(request.state)
  return request.feature.requirements.map(({ id, text }) => {
    const mine = claims.filter((claim) => sameId(claim.requirement, id))
    const there = mine.filter((claim) => claim.merged && isThere(request, claim.place))
    const places = there.map((claim) => claim.place)
    if (places.length > 0) return { id, text, state: 'met', places: distinct(places), why: '' }
    if (mine.length > 0) return { id, text, state: 'claimed', places: [], why: sayClaims(request, mine) }
    return { id, text, state: 'unmet', places: [], why: sayUnmet(request, id) }
  })
}

interface Claim {
  readonly requirement: string
  readonly place: Place
  readonly merged: boolean
}

function claimsOf(state: RunState): readonly Claim[] {
  return Object.values(state.tasks).flatMap((task) =>
    workOf(task).requirements.flatMap((claim) =>
      placesIn(claim.where, task.id).map((place): Claim => {
        return { requirement: claim.id, place, merged: task.phase === 'merged' || task.phase === 'green' }
      }),
    ),
  )
}

// Agents write `a/b.go:Symbol`, several with commas or "and" between, sometimes a line instead of a symbol. A claim without a path stays a claim.
function placesIn(where: string, task: TaskId): readonly Place[] {
  const found = [...where.matchAll(/(?<file>[\w@.-]*(?:\/[\w@.-]+)+|[\w-]+\.[a-z]\w*)(?::(?<symbol>\(\*?\w+\)(?:\.\w+)?|\w[\w.]*))?/gu)]
  const places = found.map(({ groups }): Place => {
    const symbol = groups?.['symbol']?.replace(/\.$/u, '')
    const named = symbol !== undefined && !/^\d+$/u.test(symbol)
    return { file: (groups?.['file'] ?? '').replace(/^\.\//u, ''), ...(named ? { symbol } : {}), task }
  })
  return places.length > 0 ? places : [{ file: where, task }]
}

function isThere({ paths, symbols }: TraceRequest, { file, symbol }: Place): boolean {
  if (!paths.has(file)) return false
  const declared = symbols?.get(file)
  return symbol === undefined || declared === undefined || [...declared].some((name) => lastName(name) === lastName(symbol))
}

function lastName(symbol: string): string {
  return symbol.slice(symbol.lastIndexOf('.') + 1).replace(/[()*]/gu, '')
}

function sayClaims(request: TraceRequest, claims: readonly Claim[]): string {
  const reasons = claims.map(({ place, merged }) => {
    const name = `${place.file}${place.symbol === undefined ? '' : `:${place.symbol}`}`
    return merged
      ? `${place.task} names ${name}, which is not there`
      : `${place.task} names ${name} and is ${request.state.tasks[place.task]?.phase}`
  })
  return [...new Set(reasons)].join('; ')
}

function sayUnmet({ plan, state }: TraceRequest, id: string): string {
  const planned = plan.tasks.filter((task) => task.requirements.some((requirement) => sameId(requirement, id)))
  if (planned.length === 0) return 'no task of the plan has it'
  return planned.map((task) => `${task.id} has it and says nothing of it (${state.tasks[task.id]?.phase ?? 'pending'})`).join('; ')
}

function sameId(a: string, b: string): boolean {
  return a.trim().toLowerCase() === b.trim().toLowerCase()
}

function distinct(places: readonly Place[]): readonly Place[] {
  return [...new Map(places.map((place) => [`${place.file}:${place.symbol ?? ''}`, place])).values()]
}
