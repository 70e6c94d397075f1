// A pull request that is there -> its labels and reviewers, as the repository's configuration asks. Each once: what people take away stays away.
import type { GitHub, PullRequestOnGitHub } from '../github.ts'
import { asRepoPath, type Sha } from '../ids.ts'
import type { RunState } from '../run/state.ts'
import type { Git } from '../world.ts'
import type { Publishing } from './app-config.ts'
import { codeownersPaths, ownersOf } from './codeowners.ts'
import type { AppParts, Origin } from './parts.ts'

/** `from`, `to`: the commits whose difference is proposed. */
interface Dressing {
  readonly github: GitHub
  readonly git: Git
  readonly state: RunState
  readonly origin: Origin
  readonly publishing: Publishing
  readonly pull: PullRequestOnGitHub
  readonly from: Sha
  readonly to: Sha
}

/** Sets labels when it is open, asks for reviews when the run is finished. Answers what people should know of it, in words. Errors: WorldFault. */
export async function dressPullRequest({ machine }: AppParts, given: Dressing): Promise<readonly string[]> {
  const { github, state, pull, publishing } = given
  const { run } = state
  if (!pull.isOpen) return []
  const journal = machine.journal()
  if (publishing.labels.length > 0) {
    await journal.once({ run, key: `github/labels/${pull.number}` }, async () => {
      await github.addLabels(pull.number, publishing.labels)
      return publishing.labels
    })
  }
  // A draft asks nobody: there will be more of it.
  if (publishing.reviewers === 'none' || !state.finished) return []
  return journal.once({ run, key: `github/reviewers/${pull.number}` }, () => askOwners(given))
}

async function askOwners({ github, git, state, origin, pull, from, to }: Dressing): Promise<readonly string[]> {
  const text = await codeownersAt(git, state.base)
  if (text === undefined) return ['Reviewers are to come from CODEOWNERS, and the base branch has no such file.']
  const changed = await git.changes({ from, to })
  const owners = ownersOf(
    text,
    changed.map(({ path }) => path),
    github.owner,
  )
  const refused = await github.requestReviewers(pull.number, owners)
  const unasked = [...refused, ...owners.others]
  const isAlone = owners.users.length === 1 && owners.users[0] === origin.by && owners.teams.length === 0
  return [
    ...(unasked.length === 0
      ? []
      : [`#${pull.number}: GitHub asks no review of ${unasked.join(', ')}, whom CODEOWNERS names: not collaborators?`]),
    ...(isAlone
      ? [`#${pull.number}: its only code owner, ${origin.by}, is who asked for the run: let somebody else look at it, too.`]
      : []),
  ]
}

async function codeownersAt(git: Git, base: Sha): Promise<string | undefined> {
  for (const path of codeownersPaths) {
    const text = await git.readFile({ at: base, path: asRepoPath(path) })
    if (text !== undefined) return text
  }
  return undefined
}
