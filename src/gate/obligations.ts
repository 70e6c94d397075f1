// What the whole feature owes -> what is owed now. Before the wave that discharges it an obligation is listed, from then on it is red. Pure.
import type { WaveNumber } from '../ids.ts'
import type { Obligation } from '../plan/plan.ts'
import type { Change } from './change.ts'

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
  return planned === found || found.endsWith(`/${planned}`) || planned.endsWith(`/${found}`)
}
