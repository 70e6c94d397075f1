// `.github/dce.yml` of the base branch -> what the App goes by: label, approval, who may say what. Pure.
import type { WrittenConfig } from '../config.ts'
import { UserFault } from '../fault.ts'
import { type Permission, permissionLevels } from '../github.ts'
import { nearestWord } from '../nearest-word.ts'
import { configPath } from '../read-config.ts'
import { commandHelp } from '../run/parse-command.ts'

/** See the fields of the same names in docs/github.md. */
export interface AppConfig {
  readonly label: string
  readonly approve: 'always' | 'never' | { readonly aboveUsd: number }
  /** Bots whose label or command counts, by their exact login. */
  readonly bots: readonly string[]
  /** The least permission for a command; `run` stands for the label. */
  readonly permissions: ReadonlyMap<string, Permission>
  readonly publishing: Publishing
}

/** How a run's work is put before people. */
export interface Publishing {
  /** `stacked`: one for each wave, on top of the one before. */
  readonly pullRequests: 'single' | 'stacked'
  readonly labels: readonly string[]
  readonly reviewers: 'none' | 'codeowners'
  /** `squash`: a straight line, one commit for each task; `api`: the same, made and signed by GitHub. */
  readonly commits: 'git' | 'squash' | 'api'
}

/** The label that starts a run, unless the repository calls it otherwise. */
export const defaultLabel = 'dce-feature'

/** Reads it. Errors: UserFault for a permission of a command that does not exist. */
export function appConfigOf(written: WrittenConfig): AppConfig {
  const names = ['run', ...commandHelp.map(({ name }) => name)]
  for (const name of Object.keys(written.permissions ?? {})) {
    if (names.includes(name)) continue
    const near = nearestWord(name, names)
    throw new UserFault({
      problem: `\`permissions.${name}\` in ${configPath} names no command.${near === undefined ? ` Commands are ${names.join(', ')}.` : ` Did you mean \`${near}\`?`}`,
      hint: `Edit ${configPath}.`,
    })
  }
  return {
    label: written.label ?? defaultLabel,
    approve: typeof written.approve === 'object' ? { aboveUsd: written.approve.above_usd } : (written.approve ?? 'always'),
    bots: written.bots ?? [],
    publishing: {
      pullRequests: written.pull_request ?? 'single',
      labels: written.pull_request_labels ?? [],
      reviewers: written.reviewers ?? 'none',
      commits: written.commits ?? 'git',
    },
    permissions: new Map(
      names.map((name) => [name, written.permissions?.[name] ?? commandHelp.find((help) => help.name === name)?.level ?? 'write']),
    ),
  }
}

/** Whether somebody's permission is enough. A command that nobody has heard of asks for as much as the strongest. */
export function mayDo(config: AppConfig, has: Permission, command: string): boolean {
  const wanted = config.permissions.get(command) ?? 'write'
  return permissionLevels.indexOf(has) >= permissionLevels.indexOf(wanted)
}
