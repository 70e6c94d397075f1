// The rules of a branch and the way that commits are made -> why no run may begin, and what to do. Pure. Source: github-pitfalls P35.
import type { GatePlace } from '../config.ts'
import { UserFault } from '../fault.ts'
import type { BranchRule } from '../github.ts'
import type { BranchName } from '../ids.ts'
import { configPath } from '../read-config.ts'
import type { Publishing } from './app-config.ts'

type Way = Publishing['commits']

/** What a rule is against, and the ways that it lets pass, the simplest first. What is not named here lets everything of ours pass. */
const known: Readonly<Record<string, { readonly says: string; readonly passes: readonly Way[] }>> = {
  creation: { says: 'forbids to create branches of this name', passes: [] },
  update: { says: 'forbids to update branches of this name', passes: [] },
  required_signatures: { says: 'wants signed commits on branches of this name', passes: ['api'] },
  required_linear_history: { says: 'wants a linear history on branches of this name, and waves are merges', passes: ['squash', 'api'] },
}

const ways: Readonly<Record<Way, string>> = {
  git: '`commits: git`',
  squash: '`commits: squash` (one commit for each task)',
  api: '`commits: api` (one commit for each task, made and signed by GitHub)',
}

/** Errors: UserFault when no push of ours would get past. */
export function refuseByRules(rules: readonly BranchRule[], branch: BranchName, commits: Way): void {
  const against = rules.flatMap(({ type }) => known[type] ?? []).filter(({ passes }) => !passes.includes(commits))
  if (against.length === 0) return
  const way = (['squash', 'api'] as const).find((one) => against.every(({ passes }) => passes.includes(one)))
  const write = way === undefined ? 'Exclude' : `Write ${ways[way]} into ${configPath} of the base branch, or exclude`
  throw new UserFault({
    problem: `A ruleset of this repository ${against.map(({ says }) => says).join('; another ')} (${branch}).`,
    hint: `${write} \`dce/**\` from it, or give the App a bypass, in Settings → Rules; then set the label again.`,
  })
}

/** Errors: UserFault where the gate would judge, and so push, other commits than those that people get. */
export function refuseAnotherLine(gatePlace: GatePlace | undefined, commits: Way): void {
  if (commits === 'git' || gatePlace !== 'actions') return
  throw new UserFault({
    problem: `With \`commits: ${commits}\` what is published is a line of its own, and the gate in GitHub Actions judges commits as they were merged, which it has to push.`,
    hint: `Set \`gate: local\` in ${configPath}, or take \`commits\` out; then set the label again.`,
  })
}
