// A run on this machine <-> a branch on GitHub from which another machine goes on: the Action's next job, the App after the Action, or an App that lost its disk.

import { z } from 'zod'
import { commitWork, readWork, refsBelow, setRef, type WorkPlace } from '../adapters/git/work-commit.ts'
import { RunCopy } from '../adapters/journal/copy-run.ts'
import { type Machine, openRepository, personEnv } from '../cli/open-machine.ts'
import { asSha, type BranchName, type RunId, workBranch } from '../ids.ts'
import { parseJson } from '../parse-json.ts'
import { replay } from '../run/drive.ts'
import type { RunEvent } from '../run/event.ts'
import { type AppParts, type Origin, originKey, originOf, remoteOf, slugOf } from './parts.ts'
import type { Thread } from './signal.ts'

const refs = z.record(
  z.string(),
  z
    .string()
    .regex(/^[0-9a-f]{40,64}$/u)
    .transform(asSha),
)
/** The note beside the objects. `branches` of the mirror, `pushed`: what GitHub was last given, both by name. `heldUntilMs`: a job carries it on, and says so again before. */
const Note = z.strictObject({ version: z.literal(1), copy: RunCopy, branches: refs, pushed: refs, heldUntilMs: z.number().exactOptional() })

/** Where the mirror notes what was pushed. Source: adapters/git/remote.ts. */
const pushedPrefix = 'refs/dce/pushed/'

/** Leaves it there, also when it is finished: a review may ask for more. Answers false when GitHub would not have it. Errors: WorldFault, Gone. */
export async function leaveRun(parts: AppParts, run: RunId, hold?: { readonly untilMs: number }): Promise<boolean> {
  const { machine } = parts
  const origin = await originOf(parts, run)
  const events = await machine.journal().load(run)
  const state = replay(events)
  if (origin === undefined || state === undefined) return false
  const git = await openRepository(machine, state.repo)
  const { cloneUrl } = await parts.connect(origin.thread).repository()
  const remote = remoteOf(parts, origin.thread, cloneUrl)
  const branch = workBranch(run)
  const place = placeOf(machine, git.dir)
  const whole = machine.journal().copy(run, endedConversations(events))
  const copy = { ...whole, letters: whole.letters.filter(({ letter }) => letter > state.lastLetter) }
  const branches = await git.branches(`dce/${run}/`)
  const note = JSON.stringify({
    version: 1,
    ...(hold === undefined ? {} : { heldUntilMs: hold.untilMs }),
    copy,
    branches: Object.fromEntries([...branches].filter(([name]) => name !== branch)),
    // What was pushed of this branch before is not what will be there: whoever reads the note knows where it found it.
    pushed: Object.fromEntries([...(await refsBelow(place, `${pushedPrefix}dce/${run}/`))].filter(([name]) => name !== 'work')),
  } satisfies z.input<typeof Note>)
  const to = await commitWork(place, {
    subject: `work of ${run}`,
    note,
    commits: [...branches].flatMap(([name, commit]) => (name === branch ? [] : [commit])),
    objects: copy.recorded.flatMap(([, value]) => [...value.matchAll(/\b[0-9a-f]{40}\b/gu)].map(([name]) => name)),
  })
  await git.moveBranch({ branch, to })
  return (await remote.push({ from: git.dir, branch, to })).kind === 'pushed'
}

// What agents said in attempts that are over is in nobody's way any more, and need not be published.
function endedConversations(events: readonly RunEvent[]): (key: string) => boolean {
  const ended = new Set(
    events.flatMap((event) => {
      if (event.type === 'task-ended') return [`${event.task}/a${event.attempt}/`]
      return event.type === 'task-reviewed' && event.unfinished === undefined ? [`review-${event.task}/a${event.attempt}/`] : []
    }),
  )
  return (key) => [...ended].some((prefix) => key.startsWith(prefix))
}

/** Runs of an issue, by their names. */
export function isRunOf(thread: Thread): (run: string) => boolean {
  const name = new RegExp(`^${slugOf(thread)}-[0-9a-f-]+$`, 'u')
  return (run) => name.test(run)
}

/** What was taken over, and what could not be, because a job of another door has it. */
export interface TakenOver {
  readonly taken: readonly RunId[]
  readonly held: readonly RunId[]
}

/**
 * Takes in what other machines left of these runs, where it is further than what is known here; what any run spent is counted.
 * `evenHeld`: who asks knows that no other job is at work.
 * Errors: WorldFault, Gone.
 */
export async function takeOverRuns(
  parts: AppParts,
  thread: Omit<Thread, 'number'>,
  { isWanted, evenHeld }: { readonly isWanted: (run: string) => boolean; readonly evenHeld: boolean },
): Promise<TakenOver> {
  const { machine } = parts
  const repository = await parts.connect(thread).repository()
  const remote = remoteOf(parts, thread, repository.cloneUrl)
  await remote.fetch(repository.defaultBranch)
  const clone = placeOf(machine, remote.dir)
  const all = await refsBelow(clone, 'refs/remotes/origin/dce/')
  const left = [...all].filter(([name]) => name.endsWith('/work'))
  const taken: RunId[] = []
  const held: RunId[] = []
  for (const [name, commit] of left) {
    const note = Note.safeParse(parseJson((await readWork(clone, commit)) ?? ''))
    if (!note.success) {
      machine.log.warn('a run that another machine left cannot be read', { commit, why: z.prettifyError(note.error) })
      continue
    }
    const { copy, branches, pushed, heldUntilMs = 0 } = note.data
    // A day's cap is one for all runs, whoever carried them on.
    machine.journal().countSpent(copy)
    if (!isWanted(name.slice(0, -'/work'.length))) continue
    const isHeld = !evenHeld && heldUntilMs > machine.clock.now()
    if (isHeld) held.push(copy.run)
    else if (await takeOver(parts, thread, { copy, branches, pushed: { ...pushed, work: commit }, repo: remote.dir })) taken.push(copy.run)
  }
  return { taken, held }
}

async function takeOver(
  parts: AppParts,
  repository: Omit<Thread, 'number'>,
  left: Pick<z.output<typeof Note>, 'copy' | 'branches' | 'pushed'> & { readonly repo: string },
): Promise<boolean> {
  const { machine } = parts
  const { copy, repo } = left
  const journal = machine.journal()
  if ((await journal.load(copy.run)).length >= copy.events.length || !journal.hold(copy.run)) return false
  try {
    const git = await openRepository(machine, repo)
    for (const [name, to] of Object.entries(left.branches)) await git.moveBranch({ branch: name as BranchName, to })
    for (const [name, to] of Object.entries(left.pushed))
      await setRef(placeOf(machine, git.dir), `${pushedPrefix}dce/${copy.run}/${name}`, to)
    const before = JSON.parse(copy.recorded.find(([key]) => key === originKey)?.[1] ?? '{}') as Partial<Origin>
    const { owner, name, installation } = repository
    const origin: Origin = { thread: { owner, name, installation, number: before.thread?.number ?? 0 }, by: before.by ?? '' }
    journal.takeIn({
      ...copy,
      // Folders are this machine's own.
      events: copy.events.map((event) => (event.type === 'run-started' ? { ...event, repo } : event)),
      recorded: [...copy.recorded.filter(([key]) => key !== originKey), [originKey, JSON.stringify(origin)]],
    })
    return true
  } finally {
    journal.release(copy.run)
  }
}

function placeOf(machine: Machine, dir: string): WorkPlace {
  return { dir, exec: machine.exec, env: personEnv(machine.env) }
}

/** Whether any machine ever began a run of the issue: its branches are on GitHub. Errors: WorldFault, Gone. */
export async function hasRunOnGitHub(parts: AppParts, thread: Thread): Promise<boolean> {
  const { cloneUrl, defaultBranch } = await parts.connect(thread).repository()
  const remote = remoteOf(parts, thread, cloneUrl)
  await remote.fetch(defaultBranch)
  const clone = placeOf(parts.machine, remote.dir)
  const isOne = isRunOf(thread)
  return [...(await refsBelow(clone, 'refs/remotes/origin/dce/')).keys()].some((name) => isOne(name.split('/')[0] ?? ''))
}

/** The newest run of an issue that is known here. */
export async function newestRunOf(parts: AppParts, thread: Thread): Promise<RunId | undefined> {
  for (const { run } of parts.machine.journal().runs()) {
    const origin = await originOf(parts, run)
    if (origin?.thread.number === thread.number && sameRepository(origin.thread, thread)) return run
  }
  return undefined
}

function sameRepository(a: Omit<Thread, 'number'>, b: Omit<Thread, 'number'>): boolean {
  return `${a.owner}/${a.name}`.toLowerCase() === `${b.owner}/${b.name}`.toLowerCase()
}
