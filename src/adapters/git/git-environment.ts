// A few variables of the person's shell -> the whole environment of a git process, in which nothing of the target decides what is executed.

/** What a git process may know of the machine it runs on. `PATH` finds git itself; `HOME` and `SSH_AUTH_SOCK` only matter for lazy fetches over ssh. */
export type BaseEnvironment = Readonly<Record<string, string>>

/** Where git is usually found. Used when a caller hands in no `PATH`. */
const usualPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/homebrew/bin'

/** Laid over every configuration file: hooks, monitors, conversions, signing and background work are off. Source: github-pitfalls P41, P42. */
const ownConfig: readonly (readonly [key: string, value: string])[] = [
  ['core.hooksPath', '/dev/null'],
  ['core.fsmonitor', 'false'],
  ['core.untrackedCache', 'false'],
  ['core.autocrlf', 'false'],
  ['core.safecrlf', 'false'],
  ['core.quotePath', 'false'],
  ['core.attributesFile', '/dev/null'],
  ['core.fileMode', 'true'],
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
  ['fetch.writeCommitGraph', 'false'],
  ['fetch.recurseSubmodules', 'false'],
  ['submodule.recurse', 'false'],
  ['commit.gpgSign', 'false'],
  ['protocol.version', '2'],
  ['protocol.ext.allow', 'never'],
  // The person named this repository; it may belong to another user of the machine (containers).
  ['safe.directory', '*'],
]

const identity = { name: 'dce', email: 'dce@users.invalid' } as const

/**
 * The environment of one git process. `userConfig: true` lets git read the person's own global configuration (for questions about their clone,
 * such as which files they ignore); {@link ownConfig} still wins.
 */
export function gitEnvironment(base: BaseEnvironment, options: { readonly userConfig?: boolean } = {}): Record<string, string> {
  return {
    PATH: usualPath,
    ...base,
    LC_ALL: 'C',
    TZ: 'UTC',
    GIT_TERMINAL_PROMPT: '0',
    GIT_CONFIG_NOSYSTEM: '1',
    ...(options.userConfig === true ? {} : { GIT_CONFIG_GLOBAL: '/dev/null' }),
    GIT_ATTR_NOSYSTEM: '1',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_LITERAL_PATHSPECS: '1',
    GIT_EDITOR: 'false',
    GIT_SSH_COMMAND: 'ssh -oBatchMode=yes',
    GIT_AUTHOR_NAME: identity.name,
    GIT_AUTHOR_EMAIL: identity.email,
    GIT_COMMITTER_NAME: identity.name,
    GIT_COMMITTER_EMAIL: identity.email,
    ...configVariables(ownConfig),
  }
}

/** Configuration in command scope (it beats every file), as git reads it from the environment. */
function configVariables(config: readonly (readonly [key: string, value: string])[]): Record<string, string> {
  const numbered = config.flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, key],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ])
  return { GIT_CONFIG_COUNT: String(config.length), ...Object.fromEntries(numbered) }
}
