// A merged commit -> one with what the repository's own generators make of it (`generate:` of dce.yml). A generator that fails is a result.
import type { RepoPath, RunId, Sha, WaveNumber } from '../ids.ts'
import { waveBranch } from '../ids.ts'
import type { CommandResult, Git } from '../world.ts'
import { harvestTree } from './harvest.ts'

/** The commit with the generated files (the same one when nothing changed), or what is wrong, in words for a person. */
export type Generated =
  | { readonly kind: 'generated'; readonly commit: Sha; readonly paths: readonly RepoPath[] }
  | { readonly kind: 'failed'; readonly faults: readonly string[] }

/** What generating needs. */
export interface GenerateRequest {
  readonly git: Git
  readonly run: RunId
  readonly wave: WaveNumber
  /** Tip of the wave branch. */
  readonly commit: Sha
  /** Shell commands, in order, as dce.yml has them. */
  readonly commands: readonly string[]
  /** A checkout of the commit that nobody else uses. Absolute. */
  readonly checkout: string
  /** Contract: runs the command at the root of the checkout in the sandbox, for it executes what agents wrote; never rejects for what it does. */
  readonly execute: (command: string) => Promise<CommandResult>
}

/** Runs the generators and puts what they changed onto the wave branch as one commit of its own. What they write is held to the harvest's rules. */
export async function generate(request: GenerateRequest): Promise<Generated> {
  const { git, commit, commands, checkout } = request
  for (const command of commands) {
    const result = await request.execute(command)
    if (result.exit.kind !== 'exited' || result.exit.code !== 0) return { kind: 'failed', faults: [sayFailed(command, result)] }
  }
  const harvested = await harvestTree({ git, worktree: checkout, base: commit, rightTo: () => ({ kind: 'yours' }) })
  if (harvested.kind === 'refused')
    return { kind: 'failed', faults: harvested.faults.map(({ path, reason }) => `a generator wrote ${path}: it ${reason}`) }
  if (harvested.changes.length === 0) return { kind: 'generated', commit, paths: [] }
  const generated = await git.commit({
    tree: harvested.tree,
    parents: [commit],
    subject: `chore(w${request.wave}): generated code`,
    body: commands.map((command) => `    ${command}`).join('\n'),
    trailers: { 'Dce-Run': request.run, 'Dce-Wave': String(request.wave), 'Dce-Task': 'generated' },
  })
  const moved = await git.moveBranch({ branch: waveBranch(request.run, request.wave), to: generated, expected: commit })
  if (!moved) return { kind: 'failed', faults: [`${waveBranch(request.run, request.wave)} was moved by another process`] }
  return { kind: 'generated', commit: generated, paths: harvested.changes.map(({ path }) => path) }
}

function sayFailed(command: string, { exit, stdout, stderr }: CommandResult): string {
  const how =
    exit.kind === 'exited' ? `ended with ${exit.code}` : exit.kind === 'timeout' ? 'did not end in time' : `was not finished (${exit.kind})`
  const words = `${stdout}\n${stderr}`.trim().slice(-1_500)
  return `\`${command}\` (generate: in .github/dce.yml) ${how}${words === '' ? '' : `:\n${words}`}`
}
