// One thing that doctor looked at -> a line for people: state, thing, what was found, what to do.
import type { Seen } from '../adapters/github/look.ts'

/** One thing that was looked at. `missing` keeps a run from starting; `limited` costs a proof or a convenience, or was not seen. */
export interface Finding {
  readonly what: string
  readonly state: 'ok' | 'limited' | 'missing'
  readonly found: string
  /** What to do; empty when all is well. */
  readonly todo: string
}

/** Findings about one thing: this machine, a repository, the App. */
export interface FindingGroup {
  readonly about: string
  readonly findings: readonly Finding[]
}

/** All is well. */
export function fine(what: string, found: string): Finding {
  return { what, state: 'ok', found, todo: '' }
}

/** What GitHub did not show is not well, and not missing either. `todo`: who may see it. */
export function unseen(what: string, seen: Exclude<Seen<unknown>, { kind: 'seen' }>, todo: string): Finding {
  if (seen.kind === 'unreachable')
    return { what, state: 'limited', found: `GitHub could not be asked: ${seen.why}`, todo: 'Check the network, or try again later.' }
  if (seen.status === 401)
    return {
      what,
      state: 'limited',
      found: 'GitHub does not accept the token',
      todo: 'Make a new one: this one is wrong, revoked or too old.',
    }
  const limit = seen.status === 429 || /rate limit/iu.test(seen.said)
  if (limit) return { what, state: 'limited', found: `GitHub asks to wait: ${seen.said}`, todo: 'Try again in an hour.' }
  return { what, state: 'limited', found: `could not be seen with this token (${seen.status} ${seen.said})`, todo }
}

/** Groups as text, in one table. */
export function renderGroups(groups: readonly FindingGroup[]): string {
  const marks = { ok: 'ok     ', limited: 'limited', missing: 'MISSING' } as const
  const width = Math.max(...groups.flatMap(({ findings }) => findings.map(({ what }) => what.length)))
  const lines = ({ what, state, found, todo }: Finding) => {
    const line = `${marks[state]}  ${what.padEnd(width)}  ${found}`
    return todo === '' ? line : `${line}\n${' '.repeat(11 + width)}-> ${todo}`
  }
  return groups.map(({ about, findings }) => [about, ...findings.map(lines)].join('\n')).join('\n\n')
}
