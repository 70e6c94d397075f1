// One assignment in one worktree -> how the attempt ended. Start reading the agent here: tools, conversation, then what it left is checked and committed.
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { RunId, TreeSha } from '../ids.ts'
import { asRepoPath, asTreeSha } from '../ids.ts'
import { mayWrite } from '../plan/ownership.ts'
import type { Specialist } from '../plan/specialist.ts'
import type {
  Clock,
  ConversationEnd,
  ConversationUse,
  Converse,
  Exec,
  Git,
  Sandbox,
  SandboxPolicy,
  Tool,
  TreeChange,
  TurnReport,
} from '../world.ts'
import type { Assignment, AttemptOutcome, HandOver, RequestAnswered } from './attempt.ts'
import { firstMessage } from './prompt.ts'
import { type AgentRequest, answerRequest } from './requests.ts'
import { bashTool } from './tools/bash.ts'
import { type HandedOver, handOverTool } from './tools/hand-over.ts'
import { readTool } from './tools/read.ts'
import { requestTools } from './tools/request.ts'
import { globTool, grepTool } from './tools/search.ts'
import { editTool, writeTool } from './tools/write.ts'
import { refuseWrite, type Workspace } from './workspace.ts'

/** What leaves the worktree: the tree, what differs from the base, and why it may not leave (empty: it may). */
export interface Harvested {
  readonly tree: TreeSha
  readonly changes: readonly TreeChange[]
  readonly faults: readonly string[]
}

/** What an attempt is carried out with. Everything that later stages do is handed in. */
export interface AgentParts {
  readonly run: RunId
  readonly converse: Converse
  readonly git: Pick<Git, 'writeTree' | 'resetWorktree' | 'changes' | 'readFile'>
  readonly exec: Exec
  readonly sandbox: Sandbox
  readonly clock: Clock
  /** Absolute path of the worktree; it holds what the attempt starts from. */
  readonly worktree: string
  readonly policy: SandboxPolicy
  /** Environment of the shell: Go's, with the siblings' contracts as overlay. */
  readonly env: Readonly<Record<string, string>>
  readonly ripgrepPath: string | undefined
  readonly system: string
  readonly specialist: Specialist
  readonly modules: 'plan' | 'allow'
  readonly limits: { readonly maxTurns: number; readonly maxTokens: number; readonly maxUsd: number; readonly maxWallMs: number }
  readonly isProtected: (path: string) => string | undefined
  /** Contract: keeps the tree alive under a name of the attempt; may be called once per turn. */
  readonly keepTree: (tree: TreeSha, turn: number) => Promise<void>
  /** Contract: reads the worktree and judges every changed path; never throws for what the agent did. */
  readonly harvest: (assignment: Assignment) => Promise<Harvested>
  /** Contract: facts of the changed Go files in words: missing symbols, stubs. Empty: none. */
  readonly checkFacts: (changes: readonly TreeChange[]) => Promise<readonly string[]>
  /** Contract: what no longer type-checks when the declaration replaces the contract. */
  readonly tryContract: (request: Extract<AgentRequest, { kind: 'contract' }>) => Promise<readonly string[]>
  /** Contract: commits the tree as this attempt's work unless a later attempt exists; safe to repeat. */
  readonly commit: (
    tree: TreeSha,
    handOver: HandOver | undefined,
  ) => Promise<{ readonly kind: 'committed'; readonly commit: Assignment['base'] } | { readonly kind: 'superseded' }>
  readonly onTurn: (turn: TurnReport) => void
  readonly onRequest: (request: RequestAnswered) => void
  readonly onFirstByte?: () => void
  readonly signal: AbortSignal
  readonly finishTurn: AbortSignal
}

/** What is recorded with every turn, so that a resumed attempt has the same files, grants and reading behind it. */
interface SavedState {
  readonly tree: TreeSha
  readonly seen: readonly string[]
  readonly granted: readonly string[]
}

/** Carries the attempt out. Errors: WorldFault of git, sandbox or journal; everything the agent does is in the outcome. */
export async function runAgent(assignment: Assignment, parts: AgentParts): Promise<AttemptOutcome> {
  const desk = await openDesk(assignment, parts)
  const { end, use } = await parts.converse<HandedOver>({
    key: { run: parts.run, about: assignment.task.id, attempt: assignment.attempt },
    role: parts.specialist.model,
    effort: parts.specialist.effort,
    system: parts.system,
    firstMessage: firstMessage(assignment, parts.specialist),
    tools: desk.tools,
    limits: parts.limits,
    signal: parts.signal,
    finishTurn: parts.finishTurn,
    saveState: desk.save,
    restoreState: desk.restore,
    afterTurn: parts.onTurn,
    ...(parts.onFirstByte === undefined ? {} : { onFirstByte: parts.onFirstByte }),
  })
  return conclude({ end, use, desk, parts })
}

/** What one agent has before it: its tools, and what they share. */
interface Desk {
  readonly tools: readonly Tool<HandedOver>[]
  readonly save: () => Promise<string>
  readonly restore: (state: string) => Promise<void>
  readonly harvest: () => Promise<Harvested>
}

async function openDesk(assignment: Assignment, parts: AgentParts): Promise<Desk> {
  const { plan, task } = assignment
  const root = parts.worktree
  const seen = new Set<string>()
  const granted: string[] = []
  const readOnly = assignment.brief.kind === 'repair' ? assignment.brief.readOnly : []
  let turns = 0
  let returned = 0
  let lastTree = await parts.git.writeTree(root)
  const paths = () => [...assignment.paths, ...granted]
  const workspace: Workspace = {
    root,
    mayWrite: (path) => mayWrite({ plan, task, paths: paths(), readOnly }, path),
    isProtected: parts.isProtected,
  }
  const harvest = () => parts.harvest({ ...assignment, paths: paths() })
  const takeBack = async () => {
    const tree = await parts.git.writeTree(root)
    const changes = await parts.git.changes({ from: lastTree, to: tree })
    const strange = changes.filter(
      (change) => refuseWrite(workspace, { kind: 'inside', absolute: join(root, change.path), path: change.path }) !== undefined,
    )
    await Promise.all(strange.map((change) => restoreFile(parts, { tree: lastTree, path: change.path })))
    return strange.map((change) => change.path)
  }
  const ask = async (request: AgentRequest) => {
    const exists =
      request.kind === 'path' &&
      (await readFile(join(root, request.path)).then(
        () => true,
        () => false,
      ))
    const contractFaults = request.kind === 'contract' ? await parts.tryContract(request) : []
    const answer = answerRequest(request, {
      plan,
      task,
      exists: () => exists,
      isProtected: parts.isProtected,
      modules: parts.modules,
      contractFaults,
    })
    if (answer.granted && answer.kind === 'path') granted.push(answer.subject)
    parts.onRequest(answer)
    return answer
  }
  const check = async (handOver: HandOver) => {
    const faults = await checkHandOver(assignment, parts, { handOver, harvested: await harvest() })
    returned += faults.length > 0 ? 1 : 0
    return faults
  }
  const all: readonly Tool<HandedOver>[] = [
    readTool(root, seen),
    grepTool({ root, exec: parts.exec, ripgrepPath: parts.ripgrepPath }),
    globTool(root),
    writeTool(workspace, seen),
    editTool(workspace, seen),
    bashTool({ root, sandbox: parts.sandbox, policy: parts.policy, env: parts.env, takeBack }),
    ...requestTools(ask),
    handOverTool(check, () => returned - 1),
  ]
  return {
    tools: all,
    harvest,
    save: async () => {
      lastTree = await parts.git.writeTree(root)
      turns += 1
      await parts.keepTree(lastTree, turns)
      const state: SavedState = { tree: lastTree, seen: [...seen], granted: [...granted] }
      return JSON.stringify(state)
    },
    restore: async (text) => {
      const state = JSON.parse(text) as SavedState
      lastTree = asTreeSha(state.tree)
      await parts.git.resetWorktree({ path: root, tree: lastTree })
      for (const path of state.seen) seen.add(path)
      granted.push(...state.granted)
    },
  }
}

async function restoreFile(parts: AgentParts, file: { readonly tree: TreeSha; readonly path: string }): Promise<void> {
  const text = await parts.git.readFile({ at: file.tree, path: asRepoPath(file.path) })
  const absolute = join(parts.worktree, file.path)
  if (text === undefined) await rm(absolute, { recursive: true, force: true })
  else await writeFile(absolute, text)
}

/** What is not as said or not as planned, in words. What the tree says counts; the list in the hand-over is only compared with it. */
async function checkHandOver(
  assignment: Assignment,
  parts: AgentParts,
  given: { readonly handOver: HandOver; readonly harvested: Harvested },
): Promise<readonly string[]> {
  const { harvested, handOver } = given
  const changed = new Map(harvested.changes.map((change) => [change.path as string, change.change]))
  const claimed = handOver.files.filter((path) => !changed.has(path.replace(/^\.\//u, '')))
  const repairing = assignment.brief.kind === 'repair'
  if (changed.size === 0 && handOver.disputes.length === 0) return ['Nothing has changed: there is no work to hand over.']
  const planned = repairing ? [] : await plannedFaults(assignment, parts)
  return [
    ...harvested.faults,
    ...planned,
    ...claimed.map((path) => `You name ${path}, but it is the same as before.`),
    ...(await parts.checkFacts(harvested.changes)),
  ]
}

async function plannedFaults(assignment: Assignment, parts: AgentParts): Promise<readonly string[]> {
  const faults = await Promise.all(
    assignment.task.files.map(async (file) => {
      const there = await readFile(join(parts.worktree, file.path)).then(
        () => true,
        () => false,
      )
      if (file.change === 'delete') return there ? [`${file.path} is planned to be deleted and is still there.`] : []
      return there ? [] : [`${file.path} is planned and does not exist.`]
    }),
  )
  return faults.flat()
}

interface Ended {
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
      return { kind: 'stopped', reason: 'rejected', detail: `${end.status}: ${end.message}`, use }
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

async function handedOver({ use, desk, parts }: Ended, value: HandedOver): Promise<AttemptOutcome> {
  const { tree, changes, faults } = await desk.harvest()
  if (faults.length > 0) return { kind: 'not-as-said', faults, use }
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
