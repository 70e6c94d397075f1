// A repository on GitHub, through a token -> one line per thing that a run needs or likes there, and what to do about what is missing.
import type { Seen } from '../adapters/github/look.ts'
import { type LookPlace, lookAtRepository, looksAt, type RepositoryLook } from '../adapters/github/look-at-repository.ts'
import { appConfigOf, defaultLabel } from '../app/app-config.ts'
import { gateWorkflowFile, gateWorkflowPath } from '../app/read-gate-run.ts'
import { defaultConfig, type GatePlace, overlayConfig, type WrittenConfig } from '../config.ts'
import { UserFault } from '../fault.ts'
import { asRunId, pullRequestBranch } from '../ids.ts'
import { configPath, readConfig } from '../read-config.ts'
import { examineGateWorkflow, examinePolicy, examinePullsOfActions } from './examine-actions.ts'
import { type Commits, examineDefaultBranch, examineOurBranches } from './examine-rules.ts'
import { type Finding, fine, unseen } from './finding.ts'

/** Asks GitHub for everything at once; order of the answer is fixed. Never throws. `token`: its first letters say what kind it is. */
export async function examineRepository(place: LookPlace & { readonly token: string }): Promise<readonly Finding[]> {
  const { owner, name, token } = place
  const seen = await lookAtRepository(place)
  if (seen.kind !== 'seen')
    return [unseen('repository', seen, `See that origin is right: ${owner}/${name} is not there, or this token is not let into it.`)]
  const repository = seen.value
  const looks = looksAt(place, repository)
  const file = await looks.file(configPath)
  const config = examineConfig(file, repository.defaultBranch)
  // Any name below dce/ stands for all: rules go by patterns.
  const ours = pullRequestBranch(asRunId('1-000000'))
  const [ourRules, rules, protection, actions, mayOpen, text, state, label] = await Promise.all([
    looks.rules(ours),
    looks.rules(repository.defaultBranch),
    looks.protection(),
    looks.actions(),
    looks.mayOpenPulls(),
    looks.file(gateWorkflowPath),
    looks.workflow(gateWorkflowFile),
    looks.label(config.label),
  ])
  const gate = { place: config.gatePlace, text, state }
  return [
    examineItself(repository, `${owner}/${name}`),
    examineToken(repository, token),
    examineIssues(repository),
    examineOurBranches(ourRules, config.commits),
    examineDefaultBranch(repository.defaultBranch, { rules, protection }, config.commits),
    examinePolicy(actions, gate, owner),
    examinePullsOfActions(mayOpen),
    examineGateWorkflow(gate, repository.defaultBranch),
    examineLabel(label, config.label),
    config.finding,
  ]
}

function examineItself(repository: RepositoryLook, slug: string): Finding {
  const what = 'repository'
  const found = `${slug}, ${repository.isPrivate ? 'private' : 'public'}, default branch ${repository.defaultBranch}`
  if (!repository.isArchived) return fine(what, found)
  return { what, state: 'missing', found: `${found}, archived: nothing can be pushed`, todo: 'Unarchive it in its settings.' }
}

/** What a token may do. GitHub tells a person's role; of the token itself only a classic one's scopes. */
export function examineToken({ role, scopes, isPrivate }: RepositoryLook, token: string): Finding {
  const what = 'token'
  const wanted = 'contents, issues and pull requests: write'
  if (token.startsWith('ghs_'))
    return { what, state: 'limited', found: 'of an App or a workflow: what it may is not told', todo: `See that it has ${wanted}.` }
  const person = `its person has the role ${role ?? 'none'}`
  if (role === undefined || role === 'read' || role === 'triage')
    return {
      what,
      state: 'limited',
      found: `${person}: pushing, labels and commands want write`,
      todo: 'Ask an administrator of the repository for the role write.',
    }
  if (scopes !== undefined) {
    const enough = scopes.includes('repo') || (!isPrivate && scopes.includes('public_repo'))
    if (enough) return fine(what, `${person}, scopes ${scopes.join(', ')}`)
    return {
      what,
      state: 'limited',
      found: `${person}, but its scopes are ${scopes.join(', ') || 'none'}`,
      todo: `Make one with the scope ${isPrivate ? 'repo' : 'public_repo'}.`,
    }
  }
  return {
    what,
    state: 'limited',
    found: `${person}; what a fine-grained token itself may is not told`,
    todo: `See that it has ${wanted}.`,
  }
}

function examineIssues({ hasIssues }: RepositoryLook): Finding {
  if (hasIssues) return fine('issues', 'enabled')
  return {
    what: 'issues',
    state: 'limited',
    found: 'disabled: there is nothing to set the label on',
    todo: 'Enable them in Settings → General, or use the command line alone.',
  }
}

function examineLabel(seen: Seen<true>, label: string): Finding {
  const what = 'label'
  if (seen.kind === 'seen') return fine(what, label)
  if (seen.kind === 'hidden' && seen.status === 404)
    return {
      what,
      state: 'limited',
      found: `there is no label ${label}`,
      todo: `Make it: gh label create ${label}, or Issues → Labels → New label.`,
    }
  return unseen(what, seen, 'A token with issues: read sees it.')
}

interface ReadConfig {
  readonly finding: Finding
  readonly label: string
  readonly commits: Commits
  readonly gatePlace: GatePlace
}

/** `.github/dce.yml` by the product's own reader. */
export function examineConfig(seen: Seen<string | undefined>, branch: string): ReadConfig {
  const what = configPath
  const usual = { label: defaultLabel, commits: undefined, gatePlace: gatePlaceOf({}) }
  if (seen.kind !== 'seen') return { ...usual, finding: unseen(what, seen, 'A token with contents: read sees it.') }
  if (seen.value === undefined) return { ...usual, finding: fine(what, `not on ${branch}: everything is as it is by default`) }
  try {
    const written = readConfig(seen.value)
    const { label, publishing } = appConfigOf(written)
    return { label, commits: publishing.commits, gatePlace: gatePlaceOf(written), finding: fine(what, `valid on ${branch}`) }
  } catch (cause) {
    if (!(cause instanceof UserFault)) throw cause
    return { ...usual, finding: { what, state: 'missing', found: cause.problem, todo: cause.hint } }
  }
}

function gatePlaceOf(written: WrittenConfig): GatePlace {
  return overlayConfig(defaultConfig, written).gatePlace ?? 'local'
}
