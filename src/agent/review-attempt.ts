// A finished attempt -> findings of somebody who looks for faults (bulletproof). They work in a copy that is thrown away; an empty list is a good answer.
import { z } from 'zod'
import { data } from '../plan/data.ts'
import type { Task } from '../plan/plan.ts'
import type { Role } from '../plan/specialist.ts'
import type { ConversationEnd, ConversationKey, ConversationUse, Converse, Exec, Tool } from '../world.ts'
import { succeeded } from './tools/answer.ts'
import { bashTool, type ShellParts } from './tools/bash.ts'
import { type Outline, outlineTool } from './tools/outline.ts'
import { readTool } from './tools/read.ts'
import { globTool, grepTool } from './tools/search.ts'

/** What a review is held with. `shell.root`: a checkout of the work, which nothing is taken from. */
export interface Review {
  readonly converse: Converse
  readonly exec: Exec
  readonly ripgrepPath: string | undefined
  readonly role: Role
  readonly key: ConversationKey
  readonly system: string
  readonly shell: Omit<ShellParts, 'look'>
  readonly outline: Outline
  readonly task: Task
  readonly diff: string
  readonly signal: AbortSignal
  readonly finishTurn: AbortSignal
  readonly saveState: () => Promise<string>
  readonly restoreState: (state: string) => Promise<void>
}

/** What came of it. `no-end`: nothing is known. */
export type ReviewOutcome =
  | { readonly kind: 'findings'; readonly findings: readonly string[] }
  | { readonly kind: 'no-end'; readonly end: Exclude<ConversationEnd<never>, { readonly kind: 'ended' }> }

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

/** Findings as sentences. */
export async function reviewAttempt(review: Review): Promise<{ readonly outcome: ReviewOutcome; readonly use: ConversationUse }> {
  const { shell } = review
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
      readTool(shell.root, new Set()),
      grepTool({ root: shell.root, exec: review.exec, ripgrepPath: review.ripgrepPath }),
      globTool(shell.root),
      outlineTool(shell.root, review.outline),
      // What they write there is scratch: nothing is taken back, nothing is kept.
      bashTool({ ...shell, look: async () => async () => [] }),
      report,
    ],
    limits,
    signal: review.signal,
    finishTurn: review.finishTurn,
    saveState: review.saveState,
    restoreState: review.restoreState,
  })
  return { outcome: end.kind === 'ended' ? { kind: 'findings', findings: end.value } : { kind: 'no-end', end }, use }
}
