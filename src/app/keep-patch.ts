// Commits that no push brings to GitHub -> a patch in the run's report folder, and in a comment. A refusal is no loss.
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openHistory } from '../adapters/git/history.ts'
import { reportsFolder } from '../cli/drive-here.ts'
import { WorldFault } from '../fault.ts'
import type { GitHub } from '../github.ts'
import type { BranchName, RunId, Sha } from '../ids.ts'
import { renderPatchComment } from '../report/patch-comment.ts'
import type { RunState } from '../run/state.ts'
import type { Git } from '../world.ts'
import { byGit } from './line-makers.ts'
import { type AppParts, gitEnv, type Origin } from './parts.ts'
import { straighten } from './straight-line.ts'

/** A branch that was refused. `why`: GitHub's words. */
export interface RefusedBranch {
  readonly branch: BranchName
  readonly tip: Sha
  readonly why: string
}

interface Refused {
  readonly github: GitHub
  readonly git: Git
  readonly state: RunState
  readonly origin: Origin
  readonly refused: RefusedBranch
}

/** Writes it once for each tip, and says so on the issue in one comment. Answers where it is; undefined when git makes none. Errors: WorldFault('github'), Gone. */
export async function keepPatch(parts: AppParts, given: Refused): Promise<string | undefined> {
  try {
    return await writePatch(parts, given)
  } catch (cause) {
    // The commits are still there, and the board still has to say so.
    if (!(cause instanceof WorldFault) || cause.service !== 'git') throw cause
    parts.machine.log.warn('no patch could be made', { run: given.state.run, cause: cause.message })
    return undefined
  }
}

async function writePatch(parts: AppParts, given: Refused): Promise<string> {
  const { github, git, state, origin, refused } = given
  const { run, base } = state
  return parts.machine.journal().once({ run, key: patchKey(refused.tip) }, async () => {
    const history = openHistory({ dir: git.dir, exec: parts.machine.exec, env: gitEnv(parts.machine) })
    const line = await straighten({
      commits: await history.line({ from: base, to: refused.tip }),
      base: { sha: base, tree: await git.treeOf(base) },
      make: byGit(history),
    })
    const places = line.kind === 'straight' ? line.places : new Map<Sha, Sha>()
    const folder = reportsFolder(parts.machine, run)
    await mkdir(folder, { recursive: true })
    const path = join(folder, 'work.patch')
    await history.writePatch({ from: base, to: places.get(refused.tip) ?? refused.tip, path })
    const patch = await readFile(path, 'utf8')
    const issue = origin.thread.number
    const body = renderPatchComment({ ...refused, run, path, patch, commits: places.size })
    if (issue !== 0) await github.putComment({ issue, marker: marker(run), body })
    return path
  })
}

/** Says of commits that were a patch that they are pushed by now. Errors: WorldFault, Gone. */
export async function takePatchBack(
  { machine }: AppParts,
  given: { readonly github: GitHub; readonly run: RunId; readonly origin: Origin; readonly pushed: ReadonlyMap<BranchName, Sha> },
): Promise<void> {
  const { github, run, origin, pushed } = given
  const journal = machine.journal()
  for (const [branch, tip] of pushed) {
    const wasPatch = (await journal.recorded({ run, key: patchKey(tip) })) !== undefined
    if (!wasPatch || origin.thread.number === 0) continue
    const body = `What was kept as a patch here is pushed by now: \`${branch}\`.`
    await journal.once({ run, key: `${patchKey(tip)}/pushed` }, () =>
      github.putComment({ issue: origin.thread.number, marker: marker(run), body }),
    )
  }
}

const patchKey = (tip: Sha) => `github/patch/${tip}`
const marker = (run: RunId) => `dce-patch ${run}`
