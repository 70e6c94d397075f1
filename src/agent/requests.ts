// What an agent asks beyond its task -> granted or not, by a pure rule. Source: design, section 4.
import type { RepoPath, TaskId } from '../ids.ts'
import { ownerOf } from '../plan/ownership.ts'
import type { Contract, Plan, Task } from '../plan/plan.ts'
import type { RequestAnswered } from './attempt.ts'

/** A request as the tools parse it. */
export type AgentRequest =
  | { readonly kind: 'path'; readonly path: string; readonly why: string }
  | { readonly kind: 'contract'; readonly symbol: string; readonly source: string; readonly why: string }
  | { readonly kind: 'module'; readonly path: string; readonly why: string }

/** What came of trying a wanted contract: what no longer type-checks with it, and the finished tasks that would have to go on with it. */
export interface ContractTrial {
  readonly faults: readonly string[]
  readonly requeues: readonly TaskId[]
}

/** What came of fetching a module. */
export type ModuleFetch = { readonly kind: 'fetched'; readonly version: string } | { readonly kind: 'failed'; readonly why: string }

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
  /** Set when a contract of the task was tried. */
  readonly trial?: ContractTrial
  /** Set when the module was fetched, which `modules: allow` permits. */
  readonly fetch?: ModuleFetch
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
  const { faults, requeues } = facts.trial ?? { faults: ['it was not tried'], requeues: [] }
  if (faults.length > 0)
    return say({ granted: false, reason: `not everything that uses it still type-checks: ${faults.slice(0, 3).join('; ')}` })
  const contract = { ...own, source: request.source }
  if (requeues.length === 0) return { ...say({ granted: true, reason: 'everything that uses it still type-checks' }), contract }
  return { ...say({ granted: true, reason: `${requeues.join(', ')} had finished and will follow it` }), contract, requeues }
}

/** A module path, never a flag or a version query. Source: go.dev/ref/mod, module paths. */
const modulePath = /^[a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)+(?:\/[\w.~-]+)*$/iu

function answerModule(request: Extract<AgentRequest, { kind: 'module' }>, facts: RequestFacts): RequestAnswered {
  const say = (verdict: Verdict): RequestAnswered => ({ kind: 'module', subject: request.path, why: request.why, ...verdict })
  if (facts.plan.modules.some((module) => module.path === request.path)) return say({ granted: true, reason: 'it is on the plan’s list' })
  const { fetch } = facts
  if (fetch?.kind === 'failed') return say({ granted: false, reason: `it could not be fetched: ${fetch.why}` })
  if (fetch !== undefined) {
    const module = { path: request.path, version: fetch.version, why: request.why }
    return { ...say({ granted: true, reason: `${request.path}@${fetch.version} is in go.mod now, for all tasks` }), module }
  }
  return say({ granted: false, reason: 'it is not on the plan’s list; do without it, or say in the hand-over why that is worse' })
}

/** True when the module is worth fetching: it is a package of one that the plan lists, or configuration allows any; and it is not there yet. */
export function mayFetch(path: string, { plan, modules, isListed }: Pick<RequestFacts, 'plan' | 'modules' | 'isListed'>): boolean {
  if (!isListed || !modulePath.test(path) || plan.modules.some((module) => module.path === path)) return false
  return modules === 'allow' || plan.modules.some((module) => path.startsWith(`${module.path}/`))
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
