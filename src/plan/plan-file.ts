// Plan <-> .claude/context/implementation-plan.md: Markdown for people, and at its end a block that the program reads back. Only the block is read.
import { createHash } from 'node:crypto'
import { UserFault } from '../fault.ts'
import type { Plan } from './plan.ts'
import { PlanBlock } from './plan-block.ts'
import { renderPlan } from './render-plan.ts'

/** Where the file stands, relative to the repository's root. */
export const implementationPlanPath = '.claude/context/implementation-plan.md'

/** The block's fence names its kind and pins its text. */
const opening = /^(?<fence>`{3,})json dce-plan sha256=(?<hash>[0-9a-f]{64})$/mu

/** The file's text. */
export function writePlanFile(plan: Plan): string {
  const json = JSON.stringify(plan, undefined, 1)
  // A fence must be longer than any run of backticks at the start of a line inside it.
  const longest = Math.max(2, ...[...json.matchAll(/`+/gu)].map(([run]) => run.length))
  const fence = '`'.repeat(longest + 1)
  return `${renderPlan(plan)}
<details>
<summary>The plan as dce reads it back (change the plan by commands, not here)</summary>

${fence}json dce-plan sha256=${hashOf(json)}
${json}
${fence}

</details>
`
}

/** Whether a text is such a file, whatever state it is in. */
function holdsPlanBlock(text: string): boolean {
  return /^`{3,}json dce-plan\b/mu.test(text.replace(/\r\n/gu, '\n'))
}

/** Reads the block back, exactly. Errors: UserFault for a file without a block, with a block that was changed, or that is not a plan; each says which. */
export function readPlanFile(text: string, path = implementationPlanPath): Plan {
  const plain = text.replace(/\r\n/gu, '\n')
  const start = opening.exec(plain)
  if (start?.groups === undefined) {
    throw wrong(
      path,
      holdsPlanBlock(plain) ? 'has a plan block whose first line was changed' : 'has no block that dce could read a plan from',
    )
  }
  const from = start.index + start[0].length + 1
  const end = plain.indexOf(`\n${start.groups['fence']}`, from)
  if (end < 0) throw wrong(path, 'has a plan block without an end')
  const json = plain.slice(from, end)
  if (hashOf(json) !== start.groups['hash']) throw wrong(path, 'has a plan block that was changed after dce wrote it')
  return parseBlock(json, path)
}

function parseBlock(json: string, path: string): Plan {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch (cause) {
    throw wrong(path, `has a plan block that is not JSON (${cause instanceof Error ? cause.message : String(cause)})`)
  }
  const read = PlanBlock.safeParse(value)
  if (read.success) return read.data
  const issue = read.error.issues[0]
  throw wrong(
    path,
    `has a plan block that is not a plan of version 1: ${issue?.path.join('.') || 'the whole'}: ${issue?.message ?? 'unreadable'}`,
  )
}

function hashOf(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex')
}

function wrong(path: string, problem: string): UserFault {
  return new UserFault({ problem: `${path} ${problem}.`, hint: 'Restore the file from git, or plan again: dce plan.' })
}
