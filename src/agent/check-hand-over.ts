// What an agent says it did + what its tree says -> what is not as said or not as planned, in words. Pure: the tree counts, never the agent's word.
import type { TreeChange } from '../world.ts'
import type { Assignment, HandOver } from './attempt.ts'

/** What the rule looks at. `changes`: against the base; `changedNow`: paths that this attempt changed itself, when it began with files of an earlier one. `exists`: in the tree that would be committed. */
export interface HandedTree {
  readonly assignment: Pick<Assignment, 'task' | 'brief' | 'standIns'>
  readonly handOver: HandOver
  readonly changes: readonly Pick<TreeChange, 'path' | 'change'>[]
  readonly changedNow?: ReadonlySet<string>
  readonly exists: (path: string) => boolean
}

/**
 * Faults in the order in which they are best mended; empty: it is as said. A repair may leave planned files as they are, and may change nothing
 * when it disputes a test, or says where the cause lies instead.
 */
export function checkHandOver({ assignment, handOver, changes, changedNow, exists }: HandedTree): readonly string[] {
  const changed = new Set(changes.map((change) => change.path as string))
  if (changed.size === 0) return [...unchangedFaults(assignment.brief, handOver), ...disputeFaults(assignment.brief, handOver)]
  const named = new Set(handOver.files.map((path) => path.replace(/^\.\//u, '')))
  return [
    ...disputeFaults(assignment.brief, handOver),
    ...plannedFaults(assignment, changed, exists),
    ...[...named]
      .filter((path) => !changed.has(path) && !isContract(assignment, path))
      .map((path) => `You name ${path}, but it is the same as before.`),
    ...[...(changedNow ?? changed)]
      .filter((path) => changed.has(path) && !named.has(path))
      .map((path) => `${path} is ${changeOf(changes, path)}, but you do not name it.`),
  ]
}

function unchangedFaults(brief: Assignment['brief'], { disputes, notes }: HandOver): readonly string[] {
  if (brief.kind !== 'repair') return ['Nothing has changed: there is no work to hand over.']
  if (disputes.length > 0 || notes.trim() !== '') return []
  return ['Nothing has changed. Mend the cause; where it lies in what is not yours, say under notes which symbol of which file, and why.']
}

// A dispute stops the round for a ruling, so it is about a test that really fails.
function disputeFaults(brief: Assignment['brief'], { disputes }: HandOver): readonly string[] {
  if (brief.kind !== 'repair') return []
  const failing = brief.failures.join('\n')
  return disputes
    .filter(({ test }) => !failing.includes(functionOf(test)))
    .map(
      ({ test }) => `${test} is none of the failing tests, so there is nothing to dispute. A cause that is not yours belongs under notes.`,
    )
}

// TestA/case_1, example.test/p.TestA and p/a_test.go: TestA/case_1 name what the gate calls TestA.
function functionOf(test: string): string {
  return /\b(?:Test|Fuzz|Example)\w+/u.exec(test)?.[0] ?? test
}

// Types and interfaces may be right as the contract has them.
function isContract({ standIns = [] }: HandedTree['assignment'], path: string): boolean {
  return standIns.includes(path)
}

function plannedFaults({ task, brief }: HandedTree['assignment'], changed: ReadonlySet<string>, exists: HandedTree['exists']) {
  const isWhole = brief.kind === 'first' || brief.kind === 'retry'
  return task.files.flatMap(({ path, change }) => {
    if (change === 'delete') return exists(path) ? [`${path} is planned to be deleted and is still there.`] : []
    if (!exists(path)) return [`${path} is planned and does not exist.`]
    return isWhole && change === 'edit' && !changed.has(path) ? [`${path} is planned to be edited and is the same as before.`] : []
  })
}

function changeOf(changes: HandedTree['changes'], path: string): string {
  return changes.find((change) => change.path === path)?.change ?? 'changed'
}
