// A repository as it is now -> signals that no webhook brought: labels that were set, commands that were given. What was heard is known by the thread.
import { UserFault } from '../fault.ts'
import type { GitHub, RecentComment, RecentIssue, Recently, Since } from '../github.ts'
import { configPath, readConfig } from '../read-config.ts'
import { isOver } from '../report/standing.ts'
import { appConfigOf } from './app-config.ts'
import { commandsIn } from './commands-in.ts'
import { type AppParts, originOf, stateOf } from './parts.ts'
import { type Signal, type Thread, threadKey } from './signal.ts'

/** A list as it was looked at last. The moment stays while nothing is new: only the same question can be answered with "not modified". */
export interface SeenList extends Since {
  /** The newest change in it, ms; 0: none. */
  readonly newestMs: number
}

/** What is remembered of a repository between two looks. */
export interface Looked {
  readonly issues: SeenList
  readonly comments: SeenList
  /** Comments on lines of pull requests. */
  readonly lines: SeenList
}

/** What a look found, oldest first, and what to remember. */
export interface Found {
  readonly signals: readonly Extract<Signal, { kind: 'labelled' | 'said' }>[]
  readonly looked: Looked
}

/** A thread remembers what it heard for longer than this; what is older is nobody's wish any more. Source: GitHub's own redelivery, github-pitfalls P12. */
export const rememberedMs = 3 * 24 * 3_600_000
/** Clocks differ, and lists lag behind. Chosen. */
const overlapMs = 5 * 60_000
/** A moment is moved at least this often, ms. Chosen. */
const dayMs = 24 * 3_600_000

/**
 * Where a repository's first look begins. An App that was just installed may have missed its first label; one that has forgotten everything must not start
 * what is long over. Commands count from now.
 */
export function firstLook(installedAtMs: number, nowMs: number): Looked {
  const isNew = installedAtMs > nowMs - rememberedMs
  const fromNow = { sinceMs: nowMs, newestMs: 0 }
  return { issues: isNew ? { ...fromNow, sinceMs: installedAtMs } : fromNow, comments: fromNow, lines: fromNow }
}

/** What to ask for next: from just before this look when there was something new, else the same again. */
export function nextLook(seen: SeenList, answer: Recently<{ readonly updatedMs: number }>, nowMs: number): SeenList {
  const newestMs = answer.kind === 'changed' ? Math.max(seen.newestMs, ...answer.items.map(({ updatedMs }) => updatedMs)) : seen.newestMs
  const sinceMs = nowMs - overlapMs
  if ((newestMs > seen.newestMs || nowMs - seen.sinceMs > dayMs) && sinceMs > seen.sinceMs) return { sinceMs, newestMs }
  return answer.kind === 'unchanged'
    ? seen
    : { sinceMs: seen.sinceMs, newestMs, ...(answer.etag === undefined ? {} : { etag: answer.etag }) }
}

/** Comments that give a command. An edited one does not count: nobody knows what it said. Source: github-pitfalls P8. */
export function newCommands(comments: readonly RecentComment[], sinceMs: number): readonly RecentComment[] {
  return comments
    .filter(({ createdMs, updatedMs, text }) => createdMs >= sinceMs && updatedMs === createdMs && commandsIn(text).length > 0)
    .toSorted((a, b) => a.createdMs - b.createdMs || a.id - b.id)
}

/** Looks. Errors: Gone, WorldFault. */
export async function lookAgain(parts: AppParts, repository: Omit<Thread, 'number'>, seen: Looked): Promise<Found> {
  const nowMs = parts.machine.clock.now()
  const github = parts.connect(repository)
  const sinceIssues = notTooOld(seen.issues, nowMs)
  const issues = await github.recentIssues(sinceIssues)
  const labelled =
    issues.kind === 'unchanged' ? [] : await labels(parts, { github, repository, issues: issues.items, sinceMs: sinceIssues.sinceMs })
  const comments = await commands(github, { kind: 'comment', seen: notTooOld(seen.comments, nowMs), nowMs })
  const lines = await commands(github, { kind: 'review-comment', seen: notTooOld(seen.lines, nowMs), nowMs })
  const said = [...comments.found, ...lines.found].map(({ kind, id, thread, text, by, isMarked }) => {
    return { kind: 'said' as const, thread: { ...repository, number: thread }, by, text, comment: { kind, id }, isMarked }
  })
  const looked = { issues: nextLook(sinceIssues, issues, nowMs), comments: comments.next, lines: lines.next }
  return { signals: [...labelled, ...said], looked }
}

async function commands(
  github: GitHub,
  { kind, seen, nowMs }: { readonly kind: RecentComment['kind']; readonly seen: SeenList; readonly nowMs: number },
): Promise<{ readonly found: readonly RecentComment[]; readonly next: SeenList }> {
  const { sinceMs, etag } = seen
  const answer = await github.recentComments({ kind, sinceMs, ...(etag === undefined ? {} : { etag }) })
  const found = answer.kind === 'unchanged' ? [] : newCommands(answer.items, sinceMs)
  return { found, next: nextLook(seen, answer, nowMs) }
}

function notTooOld(seen: SeenList, nowMs: number): SeenList {
  return seen.sinceMs < nowMs - rememberedMs ? { sinceMs: nowMs - rememberedMs, newestMs: seen.newestMs } : seen
}

interface Labels {
  readonly github: GitHub
  readonly repository: Omit<Thread, 'number'>
  readonly issues: readonly RecentIssue[]
  readonly sinceMs: number
}

// The text is that of now: what it was when the label was set, nobody told us.
async function labels(parts: AppParts, { github, repository, issues, sinceMs }: Labels): Promise<Found['signals']> {
  if (issues.every((issue) => issue.labels.length === 0)) return []
  const wanted = await labelOf(github)
  const candidates = issues.filter(({ labels: names }) => names.some((name) => name.toLowerCase() === wanted))
  const found: Extract<Signal, { kind: 'labelled' }>[] = []
  for (const { number, title, text } of candidates) {
    const thread = { ...repository, number }
    const set = await github.labelSetter({ issue: number, label: wanted ?? '' })
    if (set === undefined || set.atMs < sinceMs || (await hasRun(parts, thread, set.atMs))) continue
    found.push({ kind: 'labelled', thread, by: set.by, label: wanted ?? '', title, text, at: set.atMs, polled: true })
  }
  return found.toSorted((a, b) => (a.at ?? 0) - (b.at ?? 0))
}

// With a configuration that cannot be read nobody knows what the label is called.
async function labelOf(github: GitHub): Promise<string | undefined> {
  const text = await github.readFile(configPath)
  try {
    return appConfigOf(text === undefined ? {} : readConfig(text)).label.toLowerCase()
  } catch (cause) {
    if (cause instanceof UserFault) return undefined
    throw cause
  }
}

/** True while the thread's run goes on, and when it began after the label was set. */
async function hasRun(parts: AppParts, thread: Thread, labelledMs: number): Promise<boolean> {
  const journal = parts.machine.journal()
  for (const { run } of journal.runs()) {
    const origin = await originOf(parts, run)
    if (origin === undefined || threadKey(origin.thread) !== threadKey(thread)) continue
    const state = await stateOf(parts, run)
    if (state !== undefined && (!isOver(state) || state.startedAt >= labelledMs)) return true
  }
  return false
}
