// What is found in a file that a later task has yet to write -> due with that task: only its contract stands there, and nobody who is asked now may write it. Pure.
import type { WaveNumber } from '../ids.ts'
import { ownerOf } from '../plan/ownership.ts'
import type { Obligation } from '../plan/plan.ts'
import type { Change, CheckFindings } from './change.ts'
import { laterTasks } from './obligations.ts'

/** The answer without findings in such files. A file that the base has is not one: what is found there is compared with the base. */
export function leaveToOwners(change: Change, answer: CheckFindings): CheckFindings {
  const tasks = laterTasks(change)
  const old = new Set(change.base?.files)
  const waveOf = (file: string | undefined): WaveNumber | undefined => {
    if (file === undefined || change.plan === undefined || old.has(file)) return undefined
    return tasks.get(ownerOf(change.plan, file)?.id ?? '')
  }
  const later = answer.head.flatMap(({ file = '' }): readonly Obligation[] => {
    const wave = waveOf(file)
    return wave === undefined ? [] : [{ what: 'file', subject: file, wave }]
  })
  if (later.length === 0) return answer
  return { ...answer, head: answer.head.filter(({ file }) => waveOf(file) === undefined), due: [...answer.due, ...later] }
}
