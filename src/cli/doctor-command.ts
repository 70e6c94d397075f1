// `dce doctor`: this machine, the repository that the checkout comes from, and the App -> one table. What GitHub does not tell is a line, never a failure.
import { lookAtApp } from '../adapters/github/look-at-app.ts'
import { type AnyOctokit, type Credentials, createOctokit, kindPace } from '../adapters/github/octokit.ts'
import { probeSandbox } from '../adapters/sandbox/sandbox.ts'
import { type AppSettings, appSettings, githubAddresses } from '../app/app-settings.ts'
import { isUnconfigured, storedSettingsPath, withStoredSettings } from '../app/stored-settings.ts'
import { type ExitCode, UserFault } from '../fault.ts'
import type { CommandResult } from '../world.ts'
import { examine } from './doctor.ts'
import { examineApp } from './examine-app.ts'
import { examineRepository } from './examine-repository.ts'
import { type Finding, type FindingGroup, renderGroups } from './finding.ts'
import { type Env, type Machine, personEnv } from './open-machine.ts'
import { isOn, type RemoteRepository, remoteRepository } from './remote-repository.ts'
import type { Terminal } from './terminal.ts'

/** Looks and says. Exit 4 where something is missing without which a run does not start. */
export async function doctorCommand(
  machine: Machine,
  terminal: Terminal,
  flags: { readonly repo: string; readonly json?: boolean },
): Promise<ExitCode> {
  const own = examine({
    exec: machine.exec,
    env: machine.env,
    cacheDir: machine.places.cache,
    probeSandbox: () => probeSandbox(machine.exec),
  })
  const [findings, onGitHub] = await Promise.all([own, examineGitHub(machine, flags.repo)])
  const groups: readonly FindingGroup[] = [{ about: 'this machine', findings }, ...onGitHub]
  const all = groups.flatMap(({ about, findings: some }) => some.map((finding) => ({ about, ...finding })))
  terminal.out(flags.json === true ? JSON.stringify(all) : renderGroups(groups))
  return all.some(({ state }) => state === 'missing') ? 4 : 0
}

/** What was found out about the checkout: where it comes from, or why nothing is asked. */
type Origin = { readonly kind: 'here'; readonly repository: RemoteRepository } | { readonly kind: 'elsewhere'; readonly finding: Finding }

async function examineGitHub(machine: Machine, repo: string): Promise<readonly FindingGroup[]> {
  const stored = await settingsOf(machine)
  const { apiUrl, webUrl } = githubAddresses(stored.env)
  const origin = await originOf(machine, repo, webUrl)
  const connect = (credentials: Credentials) =>
    createOctokit({ credentials, baseUrl: apiUrl, log: machine.log, pace: { ...kindPace, timeoutMs: 10_000, once: true } })
  const repository = origin.kind === 'here' ? origin.repository : undefined
  const [repositoryGroup, appGroup] = await Promise.all([
    repositoryGroupOf({ machine, env: stored.env, origin, connect }),
    appGroupOf(stored, connect, repository),
  ])
  return [repositoryGroup, ...appGroup]
}

// What serve would read, with what keeps it from reading.
async function settingsOf(machine: Machine): Promise<{ readonly env: Env; readonly fault?: UserFault }> {
  try {
    return { env: await withStoredSettings(machine.env, storedSettingsPath(machine.places.state)) }
  } catch (cause) {
    if (cause instanceof UserFault) return { env: machine.env, fault: cause }
    throw cause
  }
}

async function originOf(machine: Machine, repo: string, webUrl: string): Promise<Origin> {
  const elsewhere = (found: string, todo: string): Origin => ({
    kind: 'elsewhere',
    finding: { what: 'repository', state: 'limited', found: `repository not looked at: ${found}`, todo },
  })
  const result = await call(machine, ['git', '-C', repo, 'remote', 'get-url', 'origin'])
  const address = result.exit.kind === 'exited' && result.exit.code === 0 ? result.stdout.trim() : undefined
  if (address === undefined) return elsewhere('this is no checkout with a remote origin', 'Run it in a clone, or name one by --repo.')
  const repository = remoteRepository(address)
  if (repository === undefined) return elsewhere('origin is not on a GitHub', 'For what is in GitHub, run it in a clone of that.')
  // The token is for this GitHub alone.
  if (!isOn(repository, webUrl))
    return elsewhere(`origin is on ${repository.host}, not on ${webUrl}`, 'For a GitHub Enterprise Server set GHE_HOST.')
  return { kind: 'here', repository }
}

async function repositoryGroupOf(given: {
  readonly machine: Machine
  readonly env: Env
  readonly origin: Origin
  readonly connect: (credentials: Credentials) => AnyOctokit
}): Promise<FindingGroup> {
  const { origin, env } = given
  if (origin.kind === 'elsewhere') return { about: 'repository', findings: [origin.finding] }
  const { host, owner, name } = origin.repository
  const about = `${host}/${owner}/${name}`
  const token = env['GITHUB_TOKEN'] ?? env['GH_TOKEN'] ?? (await tokenOfGh(given.machine, host))
  if (token === undefined || token.trim() === '') {
    const found = 'repository not looked at: set GITHUB_TOKEN'
    return { about, findings: [{ what: 'repository', state: 'limited', found, todo: 'Or log in with gh: `gh auth login`.' }] }
  }
  const octokit = given.connect({ kind: 'token', token })
  return { about, findings: await examineRepository({ octokit, owner, name, token }) }
}

async function tokenOfGh(machine: Machine, host: string): Promise<string | undefined> {
  const result = await call(machine, ['gh', 'auth', 'token', '--hostname', host])
  return result.exit.kind === 'exited' && result.exit.code === 0 ? result.stdout.trim() : undefined
}

// Nobody who uses the command line alone is bothered with an App.
async function appGroupOf(
  stored: { readonly env: Env; readonly fault?: UserFault },
  connect: (credentials: Credentials) => AnyOctokit,
  repository: RemoteRepository | undefined,
): Promise<readonly FindingGroup[]> {
  const about = 'the App'
  if (stored.fault === undefined && isUnconfigured(stored.env)) return []
  const settings = stored.fault ?? readSettings(stored.env)
  if (settings instanceof UserFault)
    return [{ about, findings: [{ what: 'App', state: 'missing', found: settings.problem, todo: settings.hint }] }]
  const { appId, privateKey } = settings
  const looks = await lookAtApp(connect({ kind: 'app', appId, privateKey, installation: undefined }), repository)
  return [{ about, findings: examineApp(looks, repository === undefined ? undefined : `${repository.owner}/${repository.name}`) }]
}

function readSettings(env: Env): AppSettings | UserFault {
  try {
    return appSettings(env)
  } catch (cause) {
    if (cause instanceof UserFault) return cause
    throw cause
  }
}

function call(machine: Machine, argv: readonly string[]): Promise<CommandResult> {
  return machine.exec.run({ argv, cwd: process.cwd(), env: personEnv(machine.env), timeoutMs: 15_000, maxOutputBytes: 10_000 })
}
