// What an agent asks beyond its task -> granted or not, by a pure rule. Source: design, section 4.
import type { RepoPath } from '../ids.ts'
import { ownerOf } from '../plan/ownership.ts'
import type { Contract, Plan, Task } from '../plan/plan.ts'
import type { RequestAnswered } from './attempt.ts'

/** A request as the tools parse it. */
export type AgentRequest =
  | { readonly kind: 'path'; readonly path: string; readonly why: string }
  | { readonly kind: 'contract'; readonly symbol: string; readonly source: string; readonly why: string }
  | { readonly kind: 'module'; readonly path: string; readonly why: string }

/** What the rule looks at. Everything was found out before; the rule itself waits for nothing. */
export interface RequestFacts {
  readonly plan: Plan
  readonly task: Task
  /** The agent's specialist has this request among its tools. */
  readonly isListed: boolean
  readonly isYours: (path: string) => boolean
  readonly exists: (path: string) => boolean
  readonly isProtected: (path: string) => string | undefined
  readonly modules: 'plan' | 'allow'
  /** Faults of the tree when the wanted declaration replaces the contract; empty: all consumers still type-check. */
  readonly contractFaults: readonly string[]
}

/** The answer. A new unowned file in a folder of the task is granted; everything else goes by who owns it. */
export function answerRequest(request: AgentRequest, facts: RequestFacts): RequestAnswered {
  if (!facts.isListed)
    return {
      kind: request.kind,
      subject: request.kind === 'contract' ? request.symbol : request.path,
      why: request.why,
      granted: false,
      reason: 'your role works with what the plan gives it; leave a note in the hand-over',
    }
  switch (request.kind) {
    case 'path':
      return answerPath(request, facts)
    case 'contract':
      return answerContract(request, facts)
    case 'module':
      return answerModule(request, facts)
  }
}

type Verdict = Pick<RequestAnswered, 'granted' | 'reason'>

function answerPath(request: Extract<AgentRequest, { kind: 'path' }>, facts: RequestFacts): RequestAnswered {
  const say = (verdict: Verdict): RequestAnswered => ({ kind: 'path', subject: request.path, why: request.why, ...verdict })
  const shut = facts.isProtected(request.path)
  if (shut !== undefined) return say({ granted: false, reason: `it is protected: ${shut}` })
  if (!isPlainPath(request.path)) return say({ granted: false, reason: 'name one file, relative to the root, without patterns' })
  if (facts.isYours(request.path)) return say({ granted: true, reason: 'it is yours already' })
  const owner = ownerOf(facts.plan, request.path)
  if (owner !== undefined && owner.id !== facts.task.id)
    return say({ granted: false, reason: `it belongs to ${owner.id}; leave a note for it in the hand-over` })
  if (facts.exists(request.path)) return say({ granted: false, reason: 'it exists and no task owns it; your note goes to the integrator' })
  const folders = foldersOf(facts.task)
  if (!folders.has(folderOf(request.path)))
    return say({ granted: false, reason: `a new file is granted only in a folder of your task (${[...folders].join(', ') || 'none'})` })
  return say({ granted: true, reason: 'new, unowned, and in a folder of the task' })
}

// Its owner declares a contract; whoever else finds it wanting says so, and the plan's integrator reads it.
function answerContract(request: Extract<AgentRequest, { kind: 'contract' }>, facts: RequestFacts): RequestAnswered {
  const say = (verdict: Verdict): RequestAnswered => ({ kind: 'contract', subject: request.symbol, why: request.why, ...verdict })
  const declared = contractDeclaring(facts.plan, request.symbol)
  if (declared === undefined)
    return say({ granted: false, reason: 'no contract declares it; what is in no contract you declare as you need it, in your own files' })
  const own = ownContract(facts, request.symbol)
  if (own === undefined)
    return say({ granted: false, reason: `it belongs to ${declared.task}, who builds it as written; leave a note in the hand-over` })
  if (facts.contractFaults.length > 0)
    return say({ granted: false, reason: `not everything that uses it still type-checks: ${facts.contractFaults.slice(0, 3).join('; ')}` })
  return { ...say({ granted: true, reason: 'everything that uses it still type-checks' }), contract: { ...own, source: request.source } }
}

function answerModule(request: Extract<AgentRequest, { kind: 'module' }>, facts: RequestFacts): RequestAnswered {
  const say = (verdict: Verdict): RequestAnswered => ({ kind: 'module', subject: request.path, why: request.why, ...verdict })
  if (facts.plan.modules.some((module) => module.path === request.path)) return say({ granted: true, reason: 'it is on the plan’s list' })
  if (facts.modules === 'allow') return say({ granted: true, reason: 'modules: allow' })
  return say({ granted: false, reason: 'it is not on the plan’s list; do without it, or say in the hand-over why that is worse' })
}

function foldersOf(task: Task): ReadonlySet<string> {
  const files = task.files.map((file) => folderOf(file.path))
  const patterns = task.paths.map((pattern) => (pattern.endsWith('/') ? pattern.slice(0, -1) : folderOf(pattern)))
  return new Set([...files, ...patterns])
}

function folderOf(path: RepoPath | string): string {
  const at = path.lastIndexOf('/')
  return at < 0 ? '.' : path.slice(0, at)
}

/** A pattern, a folder or a way out would grant more than was looked at. */
function isPlainPath(path: string): boolean {
  return !/[*?[\]{}!\\]|\/$|^\/|(?:^|\/)\.\.(?:\/|$)|^\.?$/u.test(path)
}

/** The contract that declares a symbol, if the plan has one; its task is who may change it. */
function contractDeclaring(plan: Pick<Plan, 'contracts'>, symbol: string): Contract | undefined {
  return plan.contracts.find(declares(symbol))
}

/** The contract of this task that declares the symbol. */
export function ownContract(
  who: { readonly plan: Pick<Plan, 'contracts'>; readonly task: Pick<Task, 'id'> },
  symbol: string,
): Contract | undefined {
  return who.plan.contracts.filter((contract) => contract.task === who.task.id).find(declares(symbol))
}

function declares(symbol: string): (contract: Contract) => boolean {
  const bare = symbol.slice(symbol.lastIndexOf('.') + 1).replace(/[^\p{L}\p{N}_]/gu, '')
  const word = new RegExp(`(?<![\\p{L}\\p{N}_])${bare}(?![\\p{L}\\p{N}_])`, 'u')
  return (contract) => bare !== '' && word.test(contract.source)
}
