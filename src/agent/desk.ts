// One assignment and its worktree -> what the agent has before it: tools in a fixed order, held to its paths, and the state that a resume needs.
import { lstat, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { asTreeSha, type TreeSha } from '../ids.ts'
import { mayWrite } from '../plan/ownership.ts'
import type { Tool } from '../world.ts'
import type { Assignment, HandOver, RequestAnswered } from './attempt.ts'
import { checkHandOver } from './check-hand-over.ts'
import { type AgentRequest, answerRequest, mayFetch, ownContract } from './requests.ts'
import type { AgentParts, Harvested } from './run-agent.ts'
import { takeBack } from './take-back.ts'
import { bashTool } from './tools/bash.ts'
import { type HandedOver, handOverTool } from './tools/hand-over.ts'
import { outlineTool } from './tools/outline.ts'
import { readTool } from './tools/read.ts'
import { requestTools } from './tools/request.ts'
import { globTool, grepTool } from './tools/search.ts'
import { editTool, writeTool } from './tools/write.ts'
import { placeOf, sayRight, type Workspace } from './workspace.ts'

/** What one agent has before it. `save` and `restore` are the conversation's. */
export interface Desk {
  readonly tools: readonly Tool<HandedOver>[]
  readonly save: () => Promise<string>
  readonly restore: (state: string) => Promise<void>
  /** What would leave the worktree now, by the paths that are granted by now. */
  readonly harvest: () => Promise<Harvested>
}

/**
 * What is recorded with every call that may have changed something, so that a resumed attempt has the same files, grants and reading behind it.
 * `tree`: the files when git last looked; `files`: what the tools wrote by name since then.
 */
interface SavedState {
  readonly tree: TreeSha
  readonly files: readonly (readonly [path: string, content: string])[]
  readonly seen: readonly string[]
  readonly granted: readonly string[]
  readonly returned: number
}

/** Characters of files that are recorded as they are; more becomes a tree. Chosen: a few source files, far less than a conversation. */
const maxFilesBeside = 100_000

/** What the tools share and change. */
interface Work {
  readonly assignment: Assignment
  readonly parts: AgentParts
  readonly workspace: Workspace
  readonly seen: Set<string>
  readonly granted: string[]
  /** The files when git last looked, and what was written by name since then. */
  tree: TreeSha
  readonly files: Map<string, string>
  /** What would leave the worktree, as long as nothing may have changed it. */
  harvested: Promise<Harvested> | undefined
  /** How often hand_over came back. */
  returned: number
}

/** Sets out the tools. Reads the worktree once. */
export async function openDesk(assignment: Assignment, parts: AgentParts): Promise<Desk> {
  const work = await newWork(assignment, parts)
  return {
    tools: toolsOf(work),
    save: () => save(work),
    restore: (state) => restore(work, JSON.parse(state) as SavedState),
    harvest: () => harvest(work),
  }
}

async function newWork(assignment: Assignment, parts: AgentParts): Promise<Work> {
  const { task, brief } = assignment
  const granted: string[] = []
  const readOnly = brief.kind === 'repair' ? brief.readOnly : []
  const workspace: Workspace = {
    root: parts.worktree,
    mayWrite: (path) => mayWrite({ plan: parts.plan(), task, paths: [...assignment.paths, ...granted], readOnly }, path),
    isProtected: parts.isProtected,
  }
  const tree = await parts.git.treeOf(assignment.startFrom ?? assignment.base)
  return {
    assignment,
    parts,
    workspace,
    seen: new Set(assignment.standIns),
    granted,
    tree,
    files: new Map(),
    harvested: undefined,
    returned: 0,
  }
}

/** The order is part of the prefix that all agents share in the cache: the same tools for everybody who writes. */
function toolsOf(work: Work): readonly Tool<HandedOver>[] {
  const { parts, workspace, seen } = work
  const root = parts.worktree
  const onWritten = (path: string, content: string) => {
    work.files.set(path, content)
    work.harvested = undefined
  }
  const { sandbox, policy, env, overlayFolder } = parts
  const { task } = work.assignment
  const shell = {
    root,
    sandbox,
    policy,
    env,
    task: task.id,
    look: () => look(work),
    ...(overlayFolder === undefined ? {} : { overlayFolder }),
  }
  return [
    readTool(root, seen),
    grepTool({ root, exec: parts.exec, ripgrepPath: parts.ripgrepPath }),
    globTool(root),
    ...(parts.outline === undefined ? [] : [outlineTool(root, parts.outline)]),
    writeTool(workspace, seen, onWritten),
    editTool(workspace, onWritten),
    bashTool(shell),
    ...requestTools((request) => ask(work, request)),
    handOverTool(
      (handOver) => check(work, handOver),
      () => work.returned - 1,
    ),
  ]
}

function isOurs({ workspace }: Work, path: string): boolean {
  return workspace.isProtected(path) === undefined && sayRight(workspace.mayWrite(path), path) === undefined
}

// A command that changed no file, as most that only check, needs no git.
async function look(work: Work): Promise<() => Promise<readonly string[]>> {
  const { git, worktree } = work.parts
  const before = await git.stampOf(worktree)
  return async () => {
    const unchanged = before !== undefined && before === (await git.stampOf(worktree))
    return unchanged ? [] : takeBackStrange(work)
  }
}

async function takeBackStrange(work: Work): Promise<readonly string[]> {
  const { git, worktree } = work.parts
  const { tree, paths } = await takeBack({
    git,
    root: worktree,
    before: work.tree,
    isOurs: (path) => isOurs(work, path),
    reset: (to) => reset(work, to),
  })
  looked(work, tree)
  return paths
}

function looked(work: Work, tree: TreeSha): void {
  work.tree = tree
  work.files.clear()
  work.harvested = undefined
}

async function reset({ parts }: Work, tree: TreeSha): Promise<void> {
  await parts.git.resetWorktree({ path: parts.worktree, tree })
  for (const folder of parts.emptyDirs ?? []) await mkdir(join(parts.worktree, folder), { recursive: true })
}

// --- State -------------------------------------------------------------------------------------------------------------------------

async function save(work: Work): Promise<string> {
  const beside = [...work.files.values()].reduce((sum, content) => sum + content.length, 0)
  if (beside > maxFilesBeside) looked(work, await work.parts.git.writeTree(work.parts.worktree))
  const { tree, files, seen, granted, returned } = work
  const state: SavedState = { tree, files: [...files], seen: [...seen], granted: [...granted], returned }
  return JSON.stringify(state)
}

async function restore(work: Work, state: SavedState): Promise<void> {
  looked(work, asTreeSha(state.tree))
  work.returned = state.returned
  for (const path of state.seen) work.seen.add(path)
  work.granted.push(...state.granted)
  await reset(work, work.tree)
  for (const [path, content] of state.files) {
    const absolute = join(work.parts.worktree, path)
    await mkdir(dirname(absolute), { recursive: true })
    await writeFile(absolute, content)
    work.files.set(path, content)
  }
}

function harvest(work: Work): Promise<Harvested> {
  const { parts, assignment, granted } = work
  work.harvested ??= parts.harvest({ ...assignment, paths: [...assignment.paths, ...granted] })
  return work.harvested
}

async function check(work: Work, handOver: HandOver): Promise<readonly string[]> {
  const { assignment, parts } = work
  const { tree, changes, faults: refused } = await harvest(work)
  const there = new Set<string>()
  for (const { path } of assignment.task.files) if (await isThere(join(parts.worktree, path))) there.add(path)
  const { startFrom } = assignment
  const now = startFrom === undefined ? undefined : await parts.git.changes({ from: startFrom, to: tree })
  const said = checkHandOver({
    assignment,
    handOver,
    changes,
    ...(now === undefined ? {} : { changedNow: new Set(now.map((change) => change.path)) }),
    exists: (path) => there.has(path),
  })
  const faults = [...refused, ...said, ...(await parts.checkFacts({ changes, tree }))]
  work.returned += faults.length > 0 ? 1 : 0
  return faults
}

// --- Requests ----------------------------------------------------------------------------------------------------------------------

async function ask(work: Work, asked: AgentRequest): Promise<RequestAnswered> {
  const { parts, assignment, granted, workspace } = work
  const { task } = assignment
  const plan = parts.plan()
  const request = await named(parts.worktree, asked)
  const own = request.kind === 'contract' ? ownContract({ plan, task }, request.symbol) : undefined
  const exists = request.kind === 'path' && (await isThere(join(parts.worktree, request.path)))
  const isListed = parts.specialist.tools.includes(toolOf(request))
  const { modules } = parts
  const isFetched = request.kind === 'module' && mayFetch(request.path, { plan, modules, isListed })
  const answer = answerRequest(request, {
    plan,
    task,
    isListed,
    isYours: (path) => isOurs(work, path),
    exists: () => exists,
    isProtected: workspace.isProtected,
    modules,
    ...(request.kind === 'contract' && own !== undefined && isListed
      ? { trial: await parts.tryContract({ ...own, source: request.source }) }
      : {}),
    ...(isFetched ? { fetch: await parts.fetchModule(request.path) } : {}),
  })
  await parts.onRequest(answer)
  if (answer.granted && answer.kind === 'path' && !isOurs(work, answer.subject)) {
    granted.push(answer.subject)
    work.harvested = undefined
  }
  return answer
}

function toolOf(request: AgentRequest): 'request_path' | 'request_contract_change' | 'request_module' {
  if (request.kind === 'contract') return 'request_contract_change'
  return request.kind === 'path' ? 'request_path' : 'request_module'
}

/** The path as the repository names it; one that leads outside stays as it is and is refused by the rule. */
async function named(root: string, request: AgentRequest): Promise<AgentRequest> {
  if (request.kind !== 'path') return request
  const place = await placeOf(root, request.path)
  return place.kind === 'inside' ? { ...request, path: place.target ?? place.path } : request
}

function isThere(absolute: string): Promise<boolean> {
  return lstat(absolute).then(
    () => true,
    () => false,
  )
}
