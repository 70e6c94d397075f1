// A finished attempt -> findings of somebody who looks for faults (bulletproof). Reads only; an empty list is a good answer.
import { z } from 'zod'
import type { Task } from '../plan/plan.ts'
import type { Role } from '../plan/specialist.ts'
import type { ConversationKey, ConversationUse, Converse, Exec, Tool } from '../world.ts'
import { data } from './prompt.ts'
import { succeeded } from './tools/answer.ts'
import { readTool } from './tools/read.ts'
import { globTool, grepTool } from './tools/search.ts'

/** What a review is held with. `root`: a checkout of the work, which nothing is taken from. */
export interface Review {
  readonly converse: Converse
  readonly exec: Exec
  readonly ripgrepPath: string | undefined
  readonly role: Role
  readonly key: ConversationKey
  readonly system: string
  readonly root: string
  readonly task: Task
  readonly diff: string
  readonly signal: AbortSignal
  readonly finishTurn: AbortSignal
}

const Findings = z.strictObject({
  findings: z.array(
    z.strictObject({
      file: z.string(),
      line: z.int().optional(),
      problem: z.string(),
      why: z.string().describe('The input or sequence that shows it.'),
    }),
  ),
})

/** Bounds of a review. Chosen: a fraction of what the work took. */
const limits = { maxTurns: 20, maxTokens: 1_500_000, maxUsd: 2, maxWallMs: 20 * 60_000 }

/** Findings as sentences. A review that does not come to an end finds nothing; its use is told all the same. */
export async function reviewAttempt(review: Review): Promise<{ readonly findings: readonly string[]; readonly use: ConversationUse }> {
  const report: Tool<readonly string[]> = {
    name: 'report_findings',
    description: 'End the review with what is wrong; an empty list when nothing is.',
    input: Findings,
    run: async (raw) => {
      const findings = Findings.parse(raw).findings.map(
        (finding) => `${finding.file}${finding.line === undefined ? '' : `:${finding.line}`} ${finding.problem} (${finding.why})`,
      )
      return { ...succeeded('Noted.'), ends: findings }
    },
  }
  const { end, use } = await review.converse<readonly string[]>({
    key: review.key,
    role: review.role.model,
    effort: review.role.effort,
    system: review.system,
    firstMessage: [
      review.role.prompt,
      `# The task under review: ${review.task.id}\n${review.task.title}\n${review.task.brief}`,
      data('diff', review.diff),
    ].join('\n\n'),
    tools: [
      readTool(review.root, new Set()),
      grepTool({ root: review.root, exec: review.exec, ripgrepPath: review.ripgrepPath }),
      globTool(review.root),
      report,
    ],
    limits,
    signal: review.signal,
    finishTurn: review.finishTurn,
  })
  return { findings: end.kind === 'ended' ? end.value : [], use }
}
