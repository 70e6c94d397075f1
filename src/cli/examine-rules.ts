// Rules of a repository -> whether a run's branches and its merge get past them, and what to do where not. Pure. Source: github-pitfalls P35.
import type { Seen } from '../adapters/github/look.ts'
import type { RuleLook } from '../adapters/github/look-at-repository.ts'
import type { Publishing } from '../app/app-config.ts'
import { type Finding, fine, unseen } from './finding.ts'

/** How a run's commits are made: as they are, one per task in a line, or through GitHub's API, which signs them. From `.github/dce.yml`. */
export type Commits = Publishing['commits'] | undefined

/** Who sees rules: whoever sees the repository. */
const reader = 'A token with metadata: read sees it.'
const administrator = 'An administrator’s token (fine-grained: administration: read) sees it'
const leaveOut = 'Leave `dce/**` out of it in Settings → Rules'

interface Obstacle {
  readonly says: string
  readonly todo: string
  /** The App starts no run against it. */
  readonly stops: boolean
}

/** What a rule means for branches that a run makes and moves; undefined: nothing. */
function obstacleOf({ type, pattern }: RuleLook, commits: Commits): Obstacle | undefined {
  const named = pattern === undefined ? '' : ` (${pattern})`
  switch (type) {
    case 'creation':
      return { says: 'forbids to create them', todo: `${leaveOut}.`, stops: true }
    case 'update':
      return { says: 'forbids to update them', todo: `${leaveOut}.`, stops: true }
    case 'required_signatures':
      if (commits === 'api') return undefined
      return {
        says: 'wants signed commits',
        todo: `Write \`commits: api\` into .github/dce.yml (GitHub signs what its API makes). Or: ${leaveOut}.`,
        stops: true,
      }
    case 'required_linear_history':
      if (commits === 'api' || commits === 'squash') return undefined
      return {
        says: 'wants a linear history, and waves are merges',
        todo: `Write \`commits: squash\` into .github/dce.yml. Or: ${leaveOut}.`,
        stops: true,
      }
    case 'pull_request':
    case 'required_status_checks':
    case 'required_deployments':
      return { says: `refuses pushes (${type})`, todo: `${leaveOut}: it is for the branch that is merged into.`, stops: false }
    case 'deletion':
      return { says: 'forbids to delete them', todo: `${leaveOut}, or remove them yourself: \`/dce clean\` cannot.`, stops: false }
    case 'non_fast_forward':
      return { says: 'forbids to push over them', todo: `${leaveOut}: a wave that is done again replaces its branch.`, stops: false }
    case 'branch_name_pattern':
    case 'commit_message_pattern':
    case 'commit_author_email_pattern':
    case 'committer_email_pattern':
    case 'file_path_restriction':
    case 'file_extension_restriction':
    case 'max_file_size':
    case 'max_file_path_length':
      return { says: `may refuse pushes (${type}${named})`, todo: `See whether it fits what dce pushes, or: ${leaveOut}.`, stops: false }
    default:
      return undefined
  }
}

/** The line for branches below `dce/`. */
export function examineOurBranches(rules: Seen<readonly RuleLook[]>, commits: Commits): Finding {
  const what = 'branches dce/**'
  if (rules.kind !== 'seen') return unseen(what, rules, reader)
  const obstacles = rules.value.flatMap((rule) => obstacleOf(rule, commits) ?? [])
  if (obstacles.length === 0) return fine(what, rules.value.length === 0 ? 'no rule holds for them' : 'no rule is in the way')
  return {
    what,
    state: obstacles.some(({ stops }) => stops) ? 'missing' : 'limited',
    found: `a ruleset ${[...new Set(obstacles.map(({ says }) => says))].join('; one ')}`,
    todo: [...new Set(obstacles.map(({ todo }) => todo))].join(' '),
  }
}

/** The line for the branch that is merged into: what its rules ask of a run's commits. */
export function examineDefaultBranch(
  branch: string,
  seen: {
    readonly rules: Seen<readonly RuleLook[]>
    readonly protection: Seen<{ readonly signatures: boolean; readonly linear: boolean }>
  },
  commits: Commits,
): Finding {
  const what = `branch ${branch}`
  const { rules, protection } = seen
  if (rules.kind !== 'seen') return unseen(what, rules, reader)
  const wants = (type: string) => rules.value.some((rule) => rule.type === type)
  const classic = protection.kind === 'seen' ? protection.value : { signatures: false, linear: false }
  const asks = [
    ...((wants('required_signatures') || classic.signatures) && commits !== 'api'
      ? [{ says: 'signed commits are wanted', todo: 'Merge by squash, which GitHub signs, or write `commits: api` into .github/dce.yml.' }]
      : []),
    ...((wants('required_linear_history') || classic.linear) && commits !== 'api' && commits !== 'squash'
      ? [{ says: 'a linear history is wanted', todo: 'Merge by squash or rebase, or write `commits: squash` into .github/dce.yml.' }]
      : []),
  ]
  if (asks.length > 0)
    return { what, state: 'limited', found: asks.map(({ says }) => says).join('; '), todo: asks.map(({ todo }) => todo).join(' ') }
  // That no ruleset says so does not mean that nothing does.
  if (protection.kind !== 'seen')
    return unseen(what, protection, `${administrator}. No ruleset is in the way; the older branch protection may be.`)
  return fine(what, 'asks nothing of commits that dce does not do')
}
