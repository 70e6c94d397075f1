// Policy of Actions, the gate's workflow -> whether the gate can run there, and what to do where not. Pure. Source: github-pitfalls P32, P33.
import { parse } from 'yaml'
import type { Seen } from '../adapters/github/look.ts'
import type { ActionsLook } from '../adapters/github/look-at-repository.ts'
import { type Finding, fine, unseen } from './finding.ts'

/** Where the gate's workflow stands in a target repository. */
export const gateWorkflowPath = '.github/workflows/dce-gate.yml'

const administrator = 'An administrator’s token (fine-grained: administration: read) sees it.'
const settings = 'Settings → Actions → General'

/** What is asked about the workflow: its text on the default branch, and what Actions makes of it. */
export interface GateWorkflow {
  readonly text: Seen<string | undefined>
  readonly state: Seen<string>
}

/** The line for the policy, judged by what the gate's workflow uses. `owner` of the repository. */
export function examinePolicy(actions: Seen<ActionsLook>, gate: GateWorkflow, owner: string): Finding {
  const what = 'Actions'
  if (actions.kind !== 'seen') return unseen(what, actions, administrator)
  const policy = actions.value
  if (!policy.enabled)
    return {
      what,
      state: 'limited',
      found: 'disabled here, or by the organisation',
      todo: `Allow them in ${settings}; without them the gate runs where dce runs.`,
    }
  const text = gate.text.kind === 'seen' ? gate.text.value : undefined
  const uses = text === undefined ? undefined : usesOf(text)
  const refused = refusals(policy, uses, owner)
  if (refused.length > 0)
    return { what, state: 'limited', found: refused.map(({ says }) => says).join('; '), todo: refused.map(({ todo }) => todo).join(' ') }
  if (policy.allowed === 'all') return fine(what, 'enabled, every action may be used')
  return fine(
    what,
    `enabled, ${policy.allowed === 'selected' ? 'only selected actions' : `only actions of ${owner}`}; the gate’s are among them`,
  )
}

interface Refusal {
  readonly says: string
  readonly todo: string
}

function refusals(policy: ActionsLook, uses: readonly string[] | undefined, owner: string): readonly Refusal[] {
  const pinning =
    policy.pinned && (uses === undefined || uses.some((one) => !isLocal(one) && !/@[0-9a-f]{40}$/u.test(one)))
      ? [
          {
            says: 'actions must be pinned to a commit',
            todo: `Write the commit behind each \`uses:\` of ${gateWorkflowPath}, as @ and 40 digits.`,
          },
        ]
      : []
  if (policy.allowed === 'all') return pinning
  const allow = `Allow them in ${settings}, "Actions permissions".`
  const those = policy.allowed === 'selected' ? 'only selected actions are allowed' : `only actions of ${owner} are allowed`
  if (uses === undefined)
    return [...pinning, { says: those, todo: `The gate uses actions/checkout, actions/setup-go and dce’s own. ${allow}` }]
  if (policy.allowed === 'selected' && policy.selected?.kind !== 'seen')
    return [...pinning, { says: `${those}; which could not be seen with this token`, todo: administrator }]
  const not = uses.filter((one) => !isAllowed(policy, one, owner))
  return not.length === 0
    ? pinning
    : [...pinning, { says: `${those}, and ${not.join(', ')} ${not.length === 1 ? 'is' : 'are'} not among them`, todo: allow }]
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

// A verified creator is told by no API: such an action is named, and the person looks.
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
export function examineGateWorkflow(gate: GateWorkflow, branch: string): Finding {
  const what = 'gate workflow'
  const reader = 'A token with contents: read sees it.'
  if (gate.text.kind !== 'seen') return unseen(what, gate.text, reader)
  if (gate.text.value === undefined)
    return {
      what,
      state: 'limited',
      found: `${branch} has no ${gateWorkflowPath}`,
      todo: `\`dce init\` writes it; commit it to ${branch}. Without it the gate runs where dce runs.`,
    }
  if (usesOf(gate.text.value) === undefined)
    return { what, state: 'limited', found: `${gateWorkflowPath} is not YAML`, todo: '`dce init` writes it anew.' }
  if (gate.state.kind === 'seen') {
    if (gate.state.value === 'active') return fine(what, `${gateWorkflowPath} on ${branch}, active`)
    return {
      what,
      state: 'limited',
      found: `it is ${gate.state.value.replaceAll('_', ' ')}`,
      todo: 'Enable it: Actions → the workflow → Enable, or `gh workflow enable dce-gate.yml`.',
    }
  }
  return unseen(what, gate.state, 'The file is there; a token with actions: read sees whether it is active.')
}
