// What the whole feature owes -> what is owed now. Before the wave that discharges it an obligation is listed, from then on it is red. Pure.
import type { WaveNumber } from '../ids.ts'
import type { Obligation } from '../plan/plan.ts'
import type { Change } from './change.ts'
import { compareWithBase, type Finding, toFailure } from './failure.ts'

/**
 * The wave in which something is due: the plan's word, else the plan's last wave. Without a plan or a wave everything is due now, which is wave 0.
 * Subjects are compared as {@link isSubject} does.
 */
export function dueWave(change: Change, what: Obligation['what'], subject: string): WaveNumber {
  const { plan, wave } = change
  if (plan === undefined || wave === undefined) return 0
  const named = plan.due.find((duty) => duty.what === what && isSubject(duty.subject, subject))
  return named?.wave ?? lastWave(change)
}

/** The plan's last wave with work. */
export function lastWave(change: Change): WaveNumber {
  const waves = change.plan?.tasks.map((task) => task.wave) ?? []
  return waves.sort((a, b) => b - a)[0] ?? 0
}

/** True when what is due in that wave has to be there at this gate. */
export function isDue(change: Change, wave: WaveNumber): boolean {
  return change.wave === undefined || wave <= change.wave
}

/** Tasks of waves after the judged one, by id. */
export function laterTasks(change: Change): ReadonlyMap<string, WaveNumber> {
  const { plan, wave } = change
  const later = plan === undefined || wave === undefined ? [] : plan.tasks.filter((task) => task.wave > wave)
  return new Map(later.map((task) => [task.id, task.wave]))
}

/** The task whose contract a body or a panic stands for, by the text that the overlay gives it. Source: design, section 4. */
export function contractTask(text: string): string | undefined {
  return /dce: contract of ([a-z0-9-]+)/.exec(text)?.[1]
}

/** Splits things by whether they are due at this gate. */
export function splitDue<Value>(
  change: Change,
  values: readonly Value[],
  wave: (value: Value) => WaveNumber,
): { readonly now: readonly Value[]; readonly later: readonly Value[] } {
  const now = values.filter((value) => isDue(change, wave(value)))
  return { now, later: values.filter((value) => !now.includes(value)) }
}

/** Whether a plan's name for something means this: equal, or a longer path to the same (`internal/quota.New` and `example.com/m/internal/quota.New`). */
export function isSubject(planned: string, found: string): boolean {
  return found !== '' && (planned === found || found.endsWith(`/${planned}`) || planned.endsWith(`/${found}`))
}

/** A finding that may be due later, with the names by which a plan may mention it. */
export interface Owed {
  readonly finding: Finding
  readonly subjects: readonly string[]
}

/** What the head owes and the base does not: now, and later with the wave. */
export function splitOwed(
  change: Change,
  what: Obligation['what'],
  sides: { readonly head: readonly Owed[]; readonly base: readonly Owed[] },
): { readonly now: readonly Finding[]; readonly later: readonly Obligation[] } {
  const fresh = newOwed(change, sides)
  const { now, later } = splitDue(change, fresh, (one) => waveOf(change, what, one))
  return {
    now: now.map((one) => one.finding),
    later: later.map((one) => ({ what, subject: one.subjects[0] ?? one.finding.message, wave: waveOf(change, what, one) })),
  }
}

function newOwed(change: Change, sides: { readonly head: readonly Owed[]; readonly base: readonly Owed[] }): readonly Owed[] {
  const known = new Map(sides.head.map((one) => [toFailure(one.finding), one]))
  const base = sides.base.map((one) => toFailure(one.finding))
  const { blamed } = compareWithBase({ head: [...known.keys()], base, files: new Set(change.head.files) })
  return blamed.flatMap((failure) => known.get(failure) ?? [])
}

function waveOf(change: Change, what: Obligation['what'], one: Owed): WaveNumber {
  const named = change.plan?.due.find((duty) => duty.what === what && one.subjects.some((subject) => isSubject(duty.subject, subject)))
  return named === undefined ? dueWave(change, what, '') : dueWave(change, what, named.subject)
}
