// Roles that belong to no task: the reconciler of conflicting changes and the reviewer of disputed tests. Their answers are checked by who asked.
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { succeeded } from '../agent/tools/answer.ts'
import { data } from '../plan/data.ts'
import type { Conflict, Reconcile, Reconciliation } from '../wave/reconcile.ts'
import type { ConversationUse, Tool } from '../world.ts'
import type { EffectContext } from './drive.ts'
import type { Effect } from './effect.ts'
import type { Ruling } from './event.ts'
import { finalEnd } from './halt.ts'
import type { RunWorld } from './run-world.ts'
import { addUse, noUse } from './state.ts'

const Merge = z.strictObject({
  files: z.array(z.strictObject({ path: z.string(), text: z.string().nullable().describe('The whole merged text; null: deleted.') })),
  dropped: z
    .array(z.strictObject({ path: z.string(), line: z.string(), reason: z.string() }))
    .default([])
    .describe('Every added line of either side that is not in the result.'),
  gave_up: z.string().optional().describe('Only when the two intentions contradict each other: which two lines.'),
})

const limits = { maxTurns: 12, maxTokens: 1_000_000, maxUsd: 2, maxWallMs: 15 * 60_000 }

/** A reconciler for one merge; `use` is what it has cost so far. `about` names its conversations. */
export function createReconciler(
  world: RunWorld,
  context: EffectContext,
  about: string,
): { readonly reconcile: Reconcile; readonly use: () => ConversationUse } {
  let use = noUse
  const reconcile = async (conflict: Conflict): Promise<Reconciliation> => {
    const answer: Tool<Reconciliation> = {
      name: 'submit_merge',
      description: 'The merged texts.',
      input: Merge,
      run: async (raw) => {
        const merge = Merge.parse(raw)
        const value: Reconciliation =
          merge.gave_up === undefined
            ? { kind: 'reconciled', files: merge.files, dropped: merge.dropped }
            : { kind: 'gave-up', reason: merge.gave_up }
        return { ...succeeded('Taken; it is compared line by line.'), ends: value }
      },
    }
    const question = sayConflict(conflict)
    const role = world.specialists.roles.reconciler
    const result = await world.converse<Reconciliation>({
      key: { run: world.run, about: `${about}-${createHash('sha256').update(question).digest('hex').slice(0, 8)}`, attempt: 1 },
      role: role.model,
      effort: role.effort,
      system: role.prompt,
      firstMessage: question,
      tools: [answer],
      limits,
      signal: context.signal,
    })
    const end = finalEnd(result.end)
    use = addUse(use, result.use)
    return end.kind === 'ended' ? end.value : { kind: 'gave-up', reason: `the reconciler ended without an answer (${end.kind})` }
  }
  return { reconcile, use: () => use }
}

function sayConflict(conflict: Conflict): string {
  const files = conflict.files.map((file) =>
    [
      `## ${file.path}${file.oursBy === undefined ? '' : ` (ours: ${file.oursBy.id}, ${file.oursBy.brief})`}`,
      data('base', file.base ?? '(not there)'),
      data('ours', file.ours ?? '(not there)'),
      data('theirs', file.theirs ?? '(not there)'),
    ].join('\n'),
  )
  const theirs =
    conflict.theirsBy === undefined
      ? 'Theirs is the repository’s own new history.'
      : `Theirs is ${conflict.theirsBy.id}: ${conflict.theirsBy.brief}`
  const faults =
    conflict.faults.length === 0 ? [] : [`Your last answer was refused:\n${conflict.faults.map((fault) => `- ${fault}`).join('\n')}`]
  return [theirs, ...files, ...faults, 'Answer with submit_merge.'].join('\n\n')
}

const Rulings = z.strictObject({
  rulings: z.array(
    z.strictObject({ test: z.string(), ruling: z.enum(['test-wrong', 'code-wrong', 'specification-silent']), reason: z.string() }),
  ),
})

/** Rules on disputed tests. A test that is not ruled upon, or on which the specification is silent, stands. */
export async function ruleOnTests(
  world: RunWorld,
  context: EffectContext,
  effect: Extract<Effect, { type: 'rule-disputes' }>,
): Promise<{ readonly rulings: readonly Ruling[]; readonly use: ConversationUse }> {
  const role = world.specialists.roles.reviewer
  const tool: Tool<z.infer<typeof Rulings>> = {
    name: 'rule',
    description: 'Rule on every disputed test.',
    input: Rulings,
    run: async (raw) => ({ ...succeeded('Noted.'), ends: Rulings.parse(raw) }),
  }
  const { feature, waves } = context.state()
  const failures = waves.find((wave) => wave.wave === effect.wave)?.verdict?.failures ?? []
  const question = [
    data('specification', feature?.spec.text ?? ''),
    ...effect.disputes.map((dispute) =>
      data(
        `dispute about ${dispute.test}`,
        `${dispute.why}\n\n${failures
          .filter((failure) => failure.test === dispute.test)
          .map((failure) => failure.message)
          .join('\n')}`,
      ),
    ),
    'Rule on each with `rule`.',
  ].join('\n\n')
  const round = waves.find((wave) => wave.wave === effect.wave)?.round ?? 0
  const { end, use } = await world.converse<z.infer<typeof Rulings>>({
    key: { run: world.run, about: `disputes-w${effect.wave}`, attempt: round + 1 },
    role: role.model,
    effort: role.effort,
    system: role.prompt,
    firstMessage: question,
    tools: [tool],
    limits,
    signal: context.signal,
  })
  const answer = finalEnd(end)
  const given = answer.kind === 'ended' ? answer.value.rulings : []
  const rulings = effect.disputes.map((dispute): Ruling => {
    const ruling = given.find((candidate) => candidate.test === dispute.test)
    return { ...dispute, upheld: ruling?.ruling === 'test-wrong', reason: ruling?.reason ?? 'no ruling was given' }
  })
  return { rulings, use }
}
