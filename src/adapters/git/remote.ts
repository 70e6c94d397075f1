// A repository on GitHub <-> a bare clone of it here, over HTTPS with a token that is never written anywhere: it lives in the environment of one git process.
import { mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { WorldFault } from '../../fault.ts'
import { asSha, type BranchName, type Sha } from '../../ids.ts'
import type { Exec } from '../../world.ts'
import { type BaseEnvironment, gitEnvironment } from './git-environment.ts'
import { readRef } from './refs.ts'
import { createRunGit, type RunGit } from './run-git.ts'

/** How a push ended. `foreign`: the branch has commits that this run has not. `refused`: a rule, a hook or a permission; GitHub's words. */
export type PushResult =
  | { readonly kind: 'pushed' }
  | { readonly kind: 'foreign'; readonly found: Sha | undefined }
  | { readonly kind: 'refused'; readonly why: string }

/** The clone and its way to GitHub. Errors: WorldFault('git') for everything that is not an answer; a token that was refused is replaced once. */
export interface Remote {
  /** Absolute path of the bare clone: the repository that runs work on. */
  readonly dir: string
  /** Takes over what is new and points the clone's HEAD at the base branch. Answers the base branch's newest commit. */
  fetch(base: BranchName): Promise<Sha>
  /** Pushes a commit of `from` (a repository here) as the branch, if that is still what was last pushed, or absent. */
  push(request: { readonly from: string; readonly branch: BranchName; readonly to: Sha }): Promise<PushResult>
  /** Deletes a branch there that still is what was last pushed; or `put` there by other ways. */
  remove(request: { readonly from: string; readonly branch: BranchName; readonly put?: Sha | undefined }): Promise<PushResult>
}

/** Fetching a large repository for the first time, ms. By taste. */
const transferTimeoutMs = 20 * 60_000

/** So long nothing may move on the wire, s. GitHub tells every few seconds that it still works on a push. By taste. */
const stalledS = 120

/** What we last pushed under a name, so that a killed process knows it too. */
const pushedRef = (branch: BranchName) => `refs/dce/pushed/${branch}`

/** Opens it; the clone is made by the first fetch. Contract of `token`: a fresh one when asked for. */
export function openRemote(request: {
  readonly dir: string
  readonly url: string
  readonly token: (options: { readonly fresh: boolean }) => Promise<string>
  readonly exec: Exec
  readonly env: BaseEnvironment
  readonly stalledS?: number
}): Remote {
  const { dir, url } = request
  const slow = { GIT_HTTP_LOW_SPEED_LIMIT: '1', GIT_HTTP_LOW_SPEED_TIME: String(request.stalledS ?? stalledS) }
  const env = { ...gitEnvironment(request.env), ...slow }
  const run = createRunGit({ exec: request.exec, cwd: '/', env })
  const overNetwork = (cwd: string, args: readonly string[], expect: readonly number[]) =>
    withToken(request.token, async (token) =>
      run({ args, cwd, env: withHeader(env, token), expect: [...expect, 128], timeoutMs: transferTimeoutMs }),
    )
  return {
    dir,
    fetch: async (base) => {
      await prepare(run, dir)
      const { code, stderr } = await overNetwork(
        dir,
        [
          'fetch',
          '--quiet',
          '--prune',
          '--no-write-fetch-head',
          '--no-auto-maintenance',
          url,
          '+refs/heads/*:refs/remotes/origin/*',
          '+refs/tags/*:refs/tags/*',
        ],
        [0],
      )
      if (code !== 0) throw fault('fetch', stderr)
      const tip = await readRef((call) => run({ ...call, cwd: dir }), `refs/remotes/origin/${base}`)
      if (tip === undefined)
        throw new WorldFault({ service: 'git', problem: `the repository has no branch ${base}, or no commit on it`, retryable: false })
      await run({ args: ['update-ref', `refs/heads/${base}`, tip], cwd: dir })
      await run({ args: ['symbolic-ref', 'HEAD', `refs/heads/${base}`], cwd: dir })
      return tip
    },
    push: async ({ from, branch, to }) => {
      const here: RunGit = (call) => run({ ...call, cwd: from })
      const last = await readRef(here, pushedRef(branch))
      if (last === to) return { kind: 'pushed' }
      const result = await pushed(from, branch, `${to}:refs/heads/${branch}`, last)
      // A push whose answer was lost, or that a killed process no longer noted, has left exactly this commit there.
      const found = result.kind === 'foreign' ? await readThere(from, branch) : undefined
      if (result.kind === 'foreign' && found !== to) return { kind: 'foreign', found }
      if (result.kind === 'refused') return result
      await here({ args: ['update-ref', pushedRef(branch), to] })
      return { kind: 'pushed' }
    },
    remove: async ({ from, branch, put }) => {
      const here: RunGit = (call) => run({ ...call, cwd: from })
      const last = put ?? (await readRef(here, pushedRef(branch)))
      if (last === undefined) return { kind: 'pushed' }
      const result = await pushed(from, branch, `:refs/heads/${branch}`, last)
      if (result.kind === 'foreign' && (await readThere(from, branch)) !== undefined) return result
      if (result.kind === 'refused') return result
      await here({ args: ['update-ref', '-d', pushedRef(branch)] })
      return { kind: 'pushed' }
    },
  }

  async function pushed(from: string, branch: BranchName, spec: string, last: Sha | undefined): Promise<PushResult> {
    const lease = `--force-with-lease=refs/heads/${branch}:${last ?? ''}`
    const { code, stdout, stderr } = await overNetwork(from, ['push', '--porcelain', '--no-verify', lease, url, spec], [0, 1])
    if (code === 0) return { kind: 'pushed' }
    if (/\[rejected\] \((?:stale info|fetch first|non-fast-forward)\)/u.test(stdout)) return { kind: 'foreign', found: undefined }
    const refusal = refusalIn(stdout, stderr)
    if (refusal === undefined) throw fault('push', stderr)
    return { kind: 'refused', why: refusal }
  }

  async function readThere(from: string, branch: BranchName): Promise<Sha | undefined> {
    const { code, stdout, stderr } = await overNetwork(from, ['ls-remote', url, `refs/heads/${branch}`], [0])
    if (code !== 0) throw fault('ls-remote', stderr)
    const [sha = ''] = stdout.split('\t')
    return sha === '' ? undefined : asSha(sha)
  }
}

// `!<tab>from:to<tab>[remote rejected] (why)`, with the server's own lines on stderr. An archived repository answers 403 before that.
function refusalIn(stdout: string, stderr: string): string | undefined {
  const why = /\[remote rejected\] \((?<why>.+)\)/u.exec(stdout)?.groups?.['why']
  const said = stderr.split('\n').flatMap((line) => (line.startsWith('remote: ') ? [line.slice('remote: '.length).trim()] : []))
  if (why !== undefined)
    return [why, ...said]
      .filter((line) => line !== '')
      .join(' / ')
      .slice(0, 2_000)
  return /error: 403|returned error: 403/u.test(stderr) ? said.join(' / ').slice(0, 2_000) || '403' : undefined
}

async function prepare(run: RunGit, dir: string): Promise<void> {
  if ((await stat(join(dir, 'HEAD')).catch(() => undefined)) !== undefined) return
  await mkdir(dir, { recursive: true })
  await run({ args: ['init', '--quiet', '--bare', '--template=', dir], cwd: dir })
}

type Answer = Awaited<ReturnType<RunGit>>

async function withToken(
  token: (options: { readonly fresh: boolean }) => Promise<string>,
  work: (token: string) => Promise<Answer>,
): Promise<Answer> {
  const answer = await work(await token({ fresh: false }))
  const isRefused =
    answer.code === 128 && /Authentication failed|could not read Username|error: 401|terminal prompts disabled/u.test(answer.stderr)
  return isRefused ? work(await token({ fresh: true })) : answer
}

// As configuration of this one process; `x-access-token` is the name that GitHub gives to tokens of Apps.
function withHeader(env: Readonly<Record<string, string>>, token: string): Record<string, string> {
  const count = Number(env['GIT_CONFIG_COUNT'] ?? 0)
  const basic = Buffer.from(`x-access-token:${token}`).toString('base64')
  return {
    GIT_CONFIG_COUNT: String(count + 1),
    [`GIT_CONFIG_KEY_${count}`]: 'http.extraHeader',
    [`GIT_CONFIG_VALUE_${count}`]: `Authorization: Basic ${basic}`,
  }
}

function fault(what: string, stderr: string): WorldFault {
  const said = stderr.trim().split('\n').slice(-3).join(' / ').slice(0, 600)
  return new WorldFault({ service: 'git', problem: `git ${what} failed: ${said}`, retryable: true })
}
