// What the fake asks of real git, on its bare repositories; and real clone and push over HTTP, by git's own http-backend.
import { execFile, spawn } from 'node:child_process'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { basename, dirname } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Output of git in a bare repository. Errors: rejects when git fails. */
export async function git(gitDir: string, ...args: readonly string[]): Promise<string> {
  return (await run('git', ['--git-dir', gitDir, ...args], { maxBuffer: 64_000_000 })).stdout.trim()
}

/** The object a name stands for, if it is there. */
export async function readRef(gitDir: string, name: string): Promise<string | undefined> {
  return git(gitDir, 'rev-parse', '--verify', '--quiet', '--end-of-options', name).catch(() => undefined)
}

/** Sums that a pull request shows. */
export async function countsBetween(
  gitDir: string,
  base: string,
  head: string,
): Promise<{ readonly commits: number; readonly additions: number; readonly deletions: number; readonly changedFiles: number }> {
  const zero = { commits: 0, additions: 0, deletions: 0, changedFiles: 0 }
  try {
    const lines = (await git(gitDir, 'diff', '--numstat', `${base}...${head}`)).split('\n').filter((line) => line !== '')
    const sum = (column: number) => lines.reduce((total, line) => total + (Number(line.split('\t')[column]) || 0), 0)
    const commits = Number(await git(gitDir, 'rev-list', '--count', `${base}..${head}`))
    return { commits, additions: sum(0), deletions: sum(1), changedFiles: lines.length }
  } catch {
    return zero
  }
}

/** Serves `/<owner>/<name>.git/…`. `env` reaches the repository's hooks. `done` is waited for before the last byte of the answer. */
export function serveGit(
  request: IncomingMessage,
  response: ServerResponse,
  given: {
    readonly gitDir: string
    readonly rest: string
    readonly env: Readonly<Record<string, string>>
    readonly done: () => Promise<void>
  },
): void {
  const url = new URL(request.url ?? '/', 'http://x')
  const backend = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env['PATH'],
      GIT_PROJECT_ROOT: dirname(given.gitDir),
      PATH_INFO: `/${basename(given.gitDir)}${given.rest}`,
      GIT_HTTP_EXPORT_ALL: '1',
      REMOTE_USER: 'app',
      REQUEST_METHOD: request.method ?? 'GET',
      QUERY_STRING: url.search.slice(1),
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      ...(request.headers['content-encoding'] === undefined ? {} : { HTTP_CONTENT_ENCODING: String(request.headers['content-encoding']) }),
      ...(request.headers['git-protocol'] === undefined ? {} : { GIT_PROTOCOL: String(request.headers['git-protocol']) }),
      ...given.env,
    },
  })
  request.pipe(backend.stdin)
  backend.stdin.on('error', () => undefined)
  const head: Buffer[] = []
  let begun = false
  backend.stdout.on('data', (chunk: Buffer) => {
    if (begun) return void response.write(chunk)
    head.push(chunk)
    const all = Buffer.concat(head)
    const end = all.indexOf('\r\n\r\n')
    if (end < 0) return
    begun = true
    const lines = all.subarray(0, end).toString().split('\r\n')
    let status = 200
    for (const line of lines) {
      const [name = '', value = ''] = line.split(/: (.*)/su)
      if (name.toLowerCase() === 'status') status = Number.parseInt(value, 10)
      else response.setHeader(name, value)
    }
    response.writeHead(status)
    response.write(all.subarray(end + 4))
  })
  backend.on('close', () => {
    if (!begun) response.writeHead(500)
    void given.done().finally(() => response.end())
  })
}
