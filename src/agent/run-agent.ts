// One assignment in one worktree -> how the attempt ended. Start reading the agent here: tools, conversation, then what it left is checked and committed.
import type { Feature } from '../feature/feature.ts'
import type { RunId, TreeSha } from '../ids.ts'
import type { Contract, Plan } from '../plan/plan.ts'
import type { Persona } from '../plan/specialist.ts'
import type {
  Clock,
  ConversationEnd,
  ConversationUse,
  Converse,
  Exec,
  Git,
  Sandbox,
  SandboxPolicy,
  TreeChange,
  TurnReport,
} from '../world.ts'
import type { Assignment, AttemptOutcome, HandOver, RequestAnswered } from './attempt.ts'
import { type Desk, openDesk } from './desk.ts'
import { firstMessage } from './prompt.ts'
import type { ContractTrial, ModuleFetch } from './requests.ts'
import type { HandedOver } from './tools/hand-over.ts'
import type { Outline } from './tools/outline.ts'

/** What leaves the worktree: the tree, what differs from the base, and why it may not leave (empty: it may). */
export interface Harvested {
  readonly tree: TreeSha
  readonly changes: readonly TreeChange[]
  readonly faults: readonly string[]
}

/** What an attempt is carried out with. Everything that later stages do is handed in. */
export interface AgentParts {
  readonly run: RunId
  /** The feature's; an agent is told the words of its own. */
  readonly requirements: Feature['requirements']
  readonly converse: Converse
  readonly git: Pick<Git, 'treeOf' | 'writeTree' | 'resetWorktree' | 'changes' | 'stampOf'>
  readonly exec: Exec
  readonly sandbox: Sandbox
  readonly clock: Clock
  /** Absolute path of the worktree; it holds what the attempt starts from. */
  readonly worktree: string
  readonly policy: SandboxPolicy
  /** See ShellParts. */
  readonly overlayFolder?: string
  /** Contract: the environment of the shell, Go's, with the siblings' contracts as they are now as overlay; asked before each command. */
  readonly env: () => Promise<Readonly<Record<string, string>>>
  readonly ripgrepPath: string | undefined
  readonly system: string
  /** The plan as it is now: grants to siblings and changed contracts count at once. */
  readonly plan: () => Plan
  /** Who works: the task's specialist, or the role that a repair calls for. */
  readonly specialist: Persona
  readonly modules: 'plan' | 'allow'
  /** Folders, relative to the root, that only the overlay knows: git does not hold them, so they are made again after each reset. */
  readonly emptyDirs?: readonly string[]
  /** What the tool `outline` shows; without it there is no such tool. */
  readonly outline?: Outline
  readonly limits: { readonly maxTurns: number; readonly maxTokens: number; readonly maxUsd: number; readonly maxWallMs: number }
  readonly isProtected: (path: string) => string | undefined
  /** Contract: reads the worktree and judges every changed path; never throws for what the agent did. */
  readonly harvest: (assignment: Assignment) => Promise<Harvested>
  /** Contract: facts of the changed Go files in words: missing symbols, stubs. Empty: none. */
  readonly checkFacts: (harvested: Pick<Harvested, 'changes' | 'tree'>) => Promise<readonly string[]>
  /** Contract: what no longer type-checks when this contract of the task stands as given; never throws for what the agent wrote. */
  readonly tryContract: (contract: Contract) => Promise<ContractTrial>
  /** Contract: fetches the newest version with the person's own settings, outside the sandbox; no code of the module is run. */
  readonly fetchModule: (path: string) => Promise<ModuleFetch>
  /** Contract: commits the tree as this attempt's work unless a later attempt exists; safe to repeat. */
  readonly commit: (
    tree: TreeSha,
    handOver: HandOver | undefined,
  ) => Promise<{ readonly kind: 'committed'; readonly commit: Assignment['base'] } | { readonly kind: 'superseded' }>
  readonly onTurn: (turn: TurnReport) => void
  /** Contract: resolves when the answer is in the journal; the agent hears of it after that. */
  readonly onRequest: (request: RequestAnswered) => Promise<void>
  readonly onFirstByte?: () => void
  readonly signal: AbortSignal
  readonly finishTurn: AbortSignal
}

/** Carries the attempt out. Errors: WorldFault of git, sandbox or journal; everything the agent does is in the outcome. */
export async function runAgent(assignment: Assignment, parts: AgentParts): Promise<AttemptOutcome> {
  const desk = await openDesk(assignment, parts)
  const { end, use } = await parts.converse<HandedOver>({
    key: { run: parts.run, about: assignment.task.id, attempt: assignment.attempt },
    role: parts.specialist.model,
    effort: parts.specialist.effort,
    system: parts.system,
    firstMessage: firstMessage(assignment, parts.specialist, parts.requirements),
    tools: desk.tools,
    limits: parts.limits,
    signal: parts.signal,
    finishTurn: parts.finishTurn,
    saveState: desk.save,
    restoreState: desk.restore,
    afterTurn: parts.onTurn,
    ...(parts.onFirstByte === undefined ? {} : { onFirstByte: parts.onFirstByte }),
  })
  return conclude({ end, use, desk, parts, assignment })
}

interface Ended {
  readonly assignment: Assignment
  readonly end: ConversationEnd<HandedOver>
  readonly use: ConversationUse
  readonly desk: Desk
  readonly parts: AgentParts
}

async function conclude(ended: Ended): Promise<AttemptOutcome> {
  const { end, use, parts } = ended
  switch (end.kind) {
    case 'ended':
      return handedOver(ended, end.value)
    case 'superseded':
      return { kind: 'superseded', use }
    case 'interrupted':
      // The last turn's tree is recorded; the attempt goes on from it under the same number.
      return { kind: 'stopped', reason: 'interrupted', detail: parts.signal.aborted ? 'stopped at once' : 'the turn was finished', use }
    case 'limit':
      return stoppedWithWork(ended, end.which, `its limit of ${end.which} is reached`)
    case 'ran-dry':
      return stoppedWithWork(ended, 'ran-dry', end.lastText.slice(0, 500))
    case 'refused':
      return { kind: 'stopped', reason: 'refused', detail: end.message.slice(0, 500), use }
    case 'rejected':
      return { kind: 'stopped', reason: 'rejected', detail: end.message, status: end.status, use }
    case 'out-of-budget':
      return {
        kind: 'stopped',
        reason: 'out-of-budget',
        detail: `${end.which} cap of $${end.capUsd} reached, $${end.spentUsd.toFixed(2)} spent or reserved`,
        use,
      }
    case 'rate-limited':
      return { kind: 'stopped', reason: 'rate-limited', detail: 'the service limits requests', untilMs: end.untilMs, use }
  }
}

async function handedOver({ use, desk, parts, assignment }: Ended, value: HandedOver): Promise<AttemptOutcome> {
  const { tree, changes, faults } = await desk.harvest()
  if (faults.length > 0) return { kind: 'not-as-said', faults, use }
  // A repair may find that the cause lies elsewhere, and says where.
  if (changes.length === 0 && (assignment.brief.kind !== 'repair' || value.faults.length > 0))
    return { kind: 'not-as-said', faults: ['nothing has changed', ...value.faults], use }
  const committed = await parts.commit(tree, value.handOver)
  if (committed.kind === 'superseded') return { kind: 'superseded', use }
  if (value.faults.length > 0) return { kind: 'not-as-said', faults: value.faults, commit: committed.commit, use }
  return { kind: 'finished', commit: committed.commit, changed: changes.map((change) => change.path), handOver: value.handOver, use }
}

// Work that is clean is kept on the attempt's branch, so that the next attempt can start from it; work that may not leave stays in the worktree's kept tree.
async function stoppedWithWork(
  { use, desk, parts }: Ended,
  reason: Extract<AttemptOutcome, { kind: 'stopped' }>['reason'],
  detail: string,
): Promise<AttemptOutcome> {
  const { tree, changes, faults } = await desk.harvest()
  if (changes.length === 0 || faults.length > 0) return { kind: 'stopped', reason, detail, use }
  const committed = await parts.commit(tree, undefined)
  return committed.kind === 'superseded' ? { kind: 'superseded', use } : { kind: 'stopped', reason, detail, commit: committed.commit, use }
}
