// Policy of Actions, the gate's workflow -> whether the gate can run there, and what to do where not. Pure. Source: github-pitfalls P32, P33.
import { parse } from 'yaml'
import type { Seen } from '../adapters/github/look.ts'
import type { ActionsLook } from '../adapters/github/look-at-repository.ts'
import { gateWorkflowFile, gateWorkflowPath } from '../app/read-gate-run.ts'
import type { GatePlace } from '../config.ts'
import { type Finding, fine, unseen } from './finding.ts'
import { publishedAction, renderGateWorkflow } from './gate-workflow.ts'

const administrator = 'An administrator’s token (fine-grained: administration: read) sees it.'
const settings = 'Settings → Actions → General'
const orLocal = 'write `gate: local` into .github/dce.yml: then the App judges in its own sandbox.'

/** What is asked about the gate: where it judges, its workflow's text on the default branch, and what Actions makes of that. */
export interface GateLook {
  readonly place: GatePlace
  readonly text: Seen<string | undefined>
  readonly state: Seen<string>
}

/** The line for the policy, judged by what the gate's workflow uses, or would use as `dce init` writes it. `owner` of the repository. */
export function examinePolicy(actions: Seen<ActionsLook>, gate: GateLook, owner: string): Finding {
  const what = 'Actions'
  if (actions.kind !== 'seen') return unseen(what, actions, administrator)
  const policy = actions.value
  if (!policy.enabled) {
    const found = 'disabled, here or by the organisation'
    return gate.place === 'local'
      ? fine(what, `${found}; the gate is local`)
      : { what, state: 'limited', found: `${found}: no run starts in GitHub`, todo: `Allow them in ${settings}, or ${orLocal}` }
  }
  const written = gate.text.kind === 'seen' ? gate.text.value : undefined
  const usual = renderGateWorkflow({ action: publishedAction, defaultBranch: 'main', goVersionFile: 'go.mod' })
  const refused = refusals(policy, usesOf(written ?? usual) ?? [], owner)
  if (refused.length > 0)
    return { what, state: 'limited', found: refused.map(({ says }) => says).join('; '), todo: refused.map(({ todo }) => todo).join(' ') }
  const those = { all: 'every action', local_only: `only actions of ${owner}`, selected: 'only selected actions' }[policy.allowed]
  return fine(what, `enabled, ${those}${policy.allowed === 'all' ? '' : '; the gate’s are among them'}${policy.pinned ? '; pinned' : ''}`)
}

interface Refusal {
  readonly says: string
  readonly todo: string
}

function refusals(policy: ActionsLook, uses: readonly string[], owner: string): readonly Refusal[] {
  const pin = 'Have each `uses:` name a commit, as @ and 40 digits; dce’s own by `dce init --action owner/dce@SHA`.'
  const loose = uses.some((one) => !isLocal(one) && !/@[0-9a-f]{40}$/u.test(one))
  const pinning = policy.pinned && loose ? [{ says: 'actions must be pinned to a commit', todo: pin }] : []
  if (policy.allowed === 'all') return pinning
  const those = policy.allowed === 'selected' ? 'only selected actions are allowed' : `only actions of ${owner} are allowed`
  if (policy.allowed === 'selected' && policy.selected?.kind !== 'seen')
    return [...pinning, { says: `${those}; which could not be seen with this token`, todo: administrator }]
  const not = uses.filter((one) => !isAllowed(policy, one, owner))
  if (not.length === 0) return pinning
  // Whether a maker is verified is told by no API.
  const unless = policy.selected?.kind === 'seen' && policy.selected.value.verified ? ', unless GitHub has verified their makers' : ''
  const says = `${those}, and ${not.join(', ')} ${not.length === 1 ? 'is' : 'are'} not among them${unless}`
  return [...pinning, { says, todo: `Allow them in ${settings}, "Actions permissions".` }]
}

/** What a workflow's steps and jobs use; undefined: its text is no workflow. */
export function usesOf(text: string): readonly string[] | undefined {
  const found: string[] = []
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    for (const [key, inner] of Object.entries(value)) {
      if (key === 'uses' && typeof inner === 'string') found.push(inner)
      else walk(inner)
    }
  }
  try {
    walk((parse(text) as { readonly jobs?: unknown } | null)?.jobs)
    return [...new Set(found)]
  } catch {
    return undefined
  }
}

function isLocal(use: string): boolean {
  return use.startsWith('./') || use.startsWith('docker://')
}

function isAllowed(policy: ActionsLook, use: string, owner: string): boolean {
  if (isLocal(use)) return true
  const [of = ''] = use.split('/')
  if (of.toLowerCase() === owner.toLowerCase()) return true
  if (policy.allowed === 'local_only' || policy.selected?.kind !== 'seen') return false
  const { githubOwned, patterns } = policy.selected.value
  if (githubOwned && ['actions', 'github'].includes(of.toLowerCase())) return true
  return patterns.some((pattern) => matches(pattern, use))
}

// GitHub's patterns: `owner/*`, `owner/name@v1`, `owner/name@*`; a star stands for anything.
function matches(pattern: string, use: string): boolean {
  const parts = pattern.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/gu, '\\$&'))
  return new RegExp(`^${parts.join('.*')}(?:@.*)?$`, 'iu').test(use)
}

/** The line for pull requests of workflows: only the Action with its own token needs it. */
export function examinePullsOfActions(mayOpen: Seen<boolean>): Finding {
  const what = 'pull requests by Actions'
  if (mayOpen.kind !== 'seen') return unseen(what, mayOpen, administrator)
  if (mayOpen.value) return fine(what, 'workflows may open them')
  return {
    what,
    state: 'limited',
    found: 'workflows may not open them with GITHUB_TOKEN; the App and `dce pr` may',
    todo: `For the Action: ${settings} → "Allow GitHub Actions to create and approve pull requests", or give it a token of an App.`,
  }
}

/** The line for the gate's workflow on the default branch. */
export function examineGateWorkflow(gate: GateLook, branch: string): Finding {
  const what = 'gate workflow'
  if (gate.place === 'local') return fine(what, 'not needed: the gate is local')
  if (gate.text.kind !== 'seen') return unseen(what, gate.text, 'A token with contents: read sees it.')
  const limited = (found: string, todo: string): Finding => ({ what, state: 'limited', found: `${found}: no run starts in GitHub`, todo })
  if (gate.text.value === undefined)
    return limited(`${branch} has no ${gateWorkflowPath}`, `\`dce init\` writes it; commit it to ${branch}. Or ${orLocal}`)
  if (usesOf(gate.text.value) === undefined) return limited(`${gateWorkflowPath} is not YAML`, '`dce init` writes it anew.')
  if (gate.state.kind !== 'seen')
    return unseen(what, gate.state, 'The file is there; a token with actions: read sees whether it is active.')
  if (gate.state.value === 'active') return fine(what, `${gateWorkflowPath} on ${branch}, active`)
  const enable = `Enable it: Actions → the workflow → Enable, or \`gh workflow enable ${gateWorkflowFile}\`. Or ${orLocal}`
  return limited(`it is ${gate.state.value.replaceAll('_', ' ')}`, enable)
}
