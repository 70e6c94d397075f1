// Branches of a run -> GitHub, as the repository takes them: as they are, as a straight line, or as commits that GitHub signs.
import { openHistory } from '../adapters/git/history.ts'
import type { PushResult, Remote } from '../adapters/git/remote.ts'
import type { GitHub } from '../github.ts'
import { type BranchName, pullRequestBranch, type RunId, type Sha, stateBranch, waveBranch } from '../ids.ts'
import type { RunState, WaveState } from '../run/state.ts'
import type { Git } from '../world.ts'
import type { Publishing } from './app-config.ts'
import type { RefusedBranch } from './keep-patch.ts'
import { byApi, byGit } from './line-makers.ts'
import { type AppParts, gitEnv } from './parts.ts'
import { straighten } from './straight-line.ts'

/** Branches that GitHub has as they are here, by their newest commit here; and what stands there for a commit of them. */
export interface PublishedBranches {
  readonly pushed: ReadonlyMap<BranchName, Sha>
  /** Undefined: GitHub has no such commit. */
  readonly placeOf: (commit: Sha) => Sha | undefined
  readonly troubles: readonly string[]
  /** The furthest of the work that a rule refused. */
  readonly refused: RefusedBranch | undefined
}

/** What publishing needs. */
export interface PublishGiven {
  readonly github: GitHub
  readonly git: Git
  readonly remote: Remote
  readonly state: RunState
  readonly commits: Publishing['commits']
}

/** Publishes branches that people see. A refusal is no loss: the work is in the clone, and the words say what stands in the way. Errors: WorldFault, Gone. */
export async function publishBranches(parts: AppParts, given: PublishGiven): Promise<PublishedBranches> {
  const { git, state, commits } = given
  const { run } = state
  const waves = state.waves.filter((wave) => !isAskedByItsPush(state, wave))
  const branches = [...waves.map((wave) => waveBranch(run, wave.wave)), pullRequestBranch(run), stateBranch(run)]
  const pushed = new Map<BranchName, Sha>()
  const places = new Map<Sha, Sha>()
  const troubles: string[] = []
  let refused: RefusedBranch | undefined
  for (const branch of branches) {
    const tip = await git.readBranch(branch)
    if (tip === undefined) continue
    const result = await publishOne(parts, given, { branch, tip, places })
    if (result.kind === 'pushed') pushed.set(branch, tip)
    else troubles.push(sayTrouble(branch, result))
    if (result.kind === 'refused' && branch !== stateBranch(run)) refused = { branch, tip, why: result.why }
  }
  return { pushed, troubles, refused, placeOf: (commit) => (commits === 'git' ? commit : places.get(commit)) }
}

// A push begins the gate's workflow: what is merged or being merged is pushed by its judgement, behind the question.
function isAskedByItsPush({ config }: RunState, wave: WaveState): boolean {
  return config.gatePlace === 'actions' && (wave.phase === 'merged' || wave.phase === 'building')
}

function sayTrouble(branch: BranchName, result: Exclude<PushResult, { kind: 'pushed' }>): string {
  if (result.kind === 'refused')
    return `${branch} could not be pushed: ${result.why.replace(/\.$/u, '')}. The work is kept; \`/dce status\` tries again.`
  return result.found === undefined
    ? `${branch} was deleted on GitHub and was left so.`
    : `${branch} has commits of somebody else and was left as it is.`
}

async function publishOne(
  parts: AppParts,
  given: PublishGiven,
  { branch, tip, places }: { readonly branch: BranchName; readonly tip: Sha; readonly places: Map<Sha, Sha> },
): Promise<PushResult> {
  const { github, git, remote, state, commits } = given
  // The state branch is a line by itself.
  const isOwn = branch === stateBranch(state.run)
  if (commits === 'git' || (commits === 'squash' && isOwn)) return remote.push({ from: git.dir, branch, to: tip })
  const history = openHistory({ dir: git.dir, exec: parts.machine.exec, env: gitEnv(parts.machine) })
  const base = isOwn ? undefined : { sha: state.base, tree: await git.treeOf(state.base) }
  const line = await straighten({
    commits: await history.line({ from: base?.sha, to: tip }),
    base,
    make: commits === 'squash' ? byGit(history) : byApi({ parts, run: state.run, github, git, history }),
  })
  if (line.kind === 'refused') return line
  const to = line.places.get(tip) ?? tip
  for (const [commit, place] of line.places) places.set(commit, place)
  if (commits === 'squash') return remote.push({ from: git.dir, branch, to })
  return moveRef(parts, {
    github,
    run: state.run,
    branch,
    to,
    isOnLine: (sha) => sha === base?.sha || [...line.places.values()].includes(sha),
  })
}

// The lease of a push, over the API: a branch is moved when it is where it was last put, or not there yet.
async function moveRef(
  parts: AppParts,
  move: {
    readonly github: GitHub
    readonly run: RunId
    readonly branch: BranchName
    readonly to: Sha
    readonly isOnLine: (sha: Sha) => boolean
  },
): Promise<PushResult> {
  const { github, run, branch, to, isOnLine } = move
  const { last, count } = await lastPut(parts, run, branch)
  if (last === to) return { kind: 'pushed' }
  const found = await github.readRef(branch)
  if (found !== to) {
    if (found !== last) return { kind: 'foreign', found }
    const moved = await github.setRef({ branch, from: found, to, force: found !== undefined && !isOnLine(found) })
    if (moved.kind === 'refused') return moved
  }
  await parts.machine.journal().once({ run, key: putKey(branch, count) }, async () => to)
  return { kind: 'pushed' }
}

const putKey = (branch: BranchName, count: number) => `github/ref/${branch}/${count}`

/** Where a branch was last put through the API, and how often it was. */
export async function lastPut(
  { machine }: AppParts,
  run: RunId,
  branch: BranchName,
): Promise<{ readonly last: Sha | undefined; readonly count: number }> {
  let last: Sha | undefined
  for (let count = 0; ; count++) {
    const next = await machine.journal().recorded<Sha>({ run, key: putKey(branch, count) })
    if (next === undefined) return { last, count }
    last = next
  }
}
