// `dce pr`: the branch of a finished run and its text -> a pull request, by gh or by a token; otherwise the exact commands.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { githubAddresses } from '../app/app-settings.ts'
import { type ExitCode, UserFault } from '../fault.ts'
import { pullRequestBranch, type RunId } from '../ids.ts'
import type { RunState } from '../run/state.ts'
import type { CommandResult } from '../world.ts'
import { reportsFolder } from './drive-here.ts'
import { type Machine, personEnv } from './open-machine.ts'
import { remoteRepository } from './remote-repository.ts'
import type { Terminal } from './terminal.ts'

/** Pushes the branch with the person's own git and opens the pull request. An open one for the branch is named, not made again. */
export async function prCommand(
  machine: Machine,
  terminal: Terminal,
  given: { readonly run: RunId; readonly state: RunState; readonly remote: string },
): Promise<ExitCode> {
  const { run, state } = given
  if (!state.finished)
    throw new UserFault({
      problem: `Run ${run} is not finished.`,
      hint: `\`dce resume --run ${run}\` goes on; \`dce status\` says why it stands.`,
      exitCode: 3,
    })
  const bodyPath = join(reportsFolder(machine, run), 'pull-request.md')
  const text = await readFile(bodyPath, 'utf8').catch(() => undefined)
  if (text === undefined) throw new UserFault({ problem: `${bodyPath} is missing.`, hint: `\`dce retry --run ${run}\` writes it again.` })
  const [heading = '', , ...body] = text.split('\n')
  const title = heading.replace(/^# /u, '')
  const branch = pullRequestBranch(run)
  const git = (args: readonly string[]) => call(machine, state.repo, ['git', ...args])
  const url = await git(['remote', 'get-url', given.remote])
  if (!ok(url)) {
    terminal.out(
      `There is no remote ${given.remote}. When there is one:\n\n  git push ${given.remote} ${branch}\n  gh pr create --head ${branch} --title '${title.replaceAll("'", "'\\''")}' --body-file ${bodyPath}`,
    )
    return 3
  }
  const pushed = await git(['push', given.remote, `refs/heads/${branch}:refs/heads/${branch}`])
  if (!ok(pushed))
    throw new UserFault({
      problem: `git push was refused: ${pushed.stderr.trim().slice(-800)}`,
      hint: 'Nothing is lost: the branch is in your repository. Push it where you may.',
      exitCode: 3,
    })
  return openPullRequest({ machine, terminal, repo: state.repo, branch, title, body: body.join('\n'), remoteUrl: url.stdout.trim() })
}

interface Opening {
  readonly machine: Machine
  readonly terminal: Terminal
  readonly repo: string
  readonly branch: string
  readonly title: string
  readonly body: string
  readonly remoteUrl: string
}

async function openPullRequest(opening: Opening): Promise<ExitCode> {
  const { machine, terminal } = opening
  const gh = await machine.exec.run({
    argv: ['gh', 'pr', 'create', '--head', opening.branch, '--title', opening.title, '--body-file', '-'],
    cwd: opening.repo,
    env: personEnv(machine.env),
    stdin: opening.body,
    timeoutMs: 60_000,
    maxOutputBytes: 20_000,
  })
  if (ok(gh)) {
    terminal.out(gh.stdout.trim())
    return 0
  }
  if (/already exists/u.test(gh.stderr)) {
    terminal.out(gh.stderr.trim())
    return 0
  }
  const token = machine.env['GITHUB_TOKEN'] ?? machine.env['GH_TOKEN']
  const place = remoteRepository(opening.remoteUrl)
  if (token === undefined || place === undefined) {
    terminal.out(
      `The branch ${opening.branch} is pushed. Open the pull request by hand, or install gh, or set GITHUB_TOKEN.\n${gh.exit.kind === 'not-started' ? '' : gh.stderr.trim()}`,
    )
    return 3
  }
  return byToken(opening, { token, ...place })
}

// REST, "Create a pull request"; 422 means that there is one already, which is then named.
async function byToken(
  opening: Opening,
  place: { readonly token: string; readonly owner: string; readonly name: string },
): Promise<ExitCode> {
  const api = githubAddresses(opening.machine.env).apiUrl
  const headers = {
    authorization: `Bearer ${place.token}`,
    accept: 'application/vnd.github+json',
    'content-type': 'application/json',
    'user-agent': 'dce',
  }
  const base = `${api}/repos/${place.owner}/${place.name}`
  const get = async (url: string) =>
    (await (await fetch(url, { headers, signal: AbortSignal.timeout(30_000) })).json()) as Record<string, unknown> &
      { readonly html_url?: string }[]
  const repository = (await get(base)) as unknown as { readonly default_branch?: string }
  const response = await fetch(`${base}/pulls`, {
    method: 'POST',
    headers,
    signal: AbortSignal.timeout(30_000),
    body: JSON.stringify({ title: opening.title, body: opening.body, head: opening.branch, base: repository.default_branch ?? 'main' }),
  })
  const answer = (await response.json()) as { readonly html_url?: string; readonly message?: string }
  const existing = response.status === 422 ? (await get(`${base}/pulls?head=${place.owner}:${opening.branch}`))[0]?.html_url : undefined
  const url = answer.html_url ?? existing
  if (url === undefined)
    throw new UserFault({
      problem: `GitHub answered ${response.status}: ${answer.message ?? ''}`,
      hint: 'The branch is pushed; check that the token may open pull requests.',
      exitCode: 3,
    })
  opening.terminal.out(url)
  return 0
}

function call(machine: Machine, cwd: string, argv: readonly string[]): Promise<CommandResult> {
  return machine.exec.run({
    argv,
    cwd,
    env: { ...personEnv(machine.env), GIT_TERMINAL_PROMPT: '0' },
    timeoutMs: 120_000,
    maxOutputBytes: 50_000,
  })
}

function ok(result: CommandResult): boolean {
  return result.exit.kind === 'exited' && result.exit.code === 0
}
