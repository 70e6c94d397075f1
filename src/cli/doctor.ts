// This machine -> one line per thing that dce needs or likes, and what to do about what is missing.
import { statfs } from 'node:fs/promises'
import type { CommandResult, Exec } from '../world.ts'
import type { Finding } from './finding.ts'

/** What doctor asks the machine with. `probeSandbox`: undefined when the sandbox runs, else why not. */
export interface DoctorParts {
  readonly exec: Exec
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cacheDir: string
  readonly probeSandbox: () => Promise<string | undefined>
}

/** Looks at everything at once; order of the answer is fixed. Never throws for what is missing. */
export async function examine(parts: DoctorParts): Promise<readonly Finding[]> {
  return Promise.all([
    node(),
    program(parts, {
      what: 'git',
      argv: ['git', '--version'],
      least: [2, 38],
      todo: 'Install git 2.38 or newer (merge-tree --write-tree).',
      needed: true,
    }),
    program(parts, {
      what: 'go',
      argv: ['go', 'version'],
      least: [1, 21],
      todo: 'Install Go from https://go.dev/dl and put it on PATH.',
      needed: true,
    }),
    sandbox(parts),
    model(parts),
    disk(parts),
    program(parts, {
      what: 'ripgrep',
      argv: ['rg', '--version'],
      todo: 'Install ripgrep: agents search faster with it, and the sandbox wants it.',
      needed: false,
    }),
    program(parts, {
      what: 'golangci-lint',
      argv: ['golangci-lint', '--version'],
      todo: 'Without it a repository’s lint configuration is `not proven`.',
      needed: false,
    }),
    database(parts),
    program(parts, { what: 'gh', argv: ['gh', '--version'], todo: 'Without it `dce pr` wants GITHUB_TOKEN.', needed: false }),
  ])
}

function node(): Finding {
  const major = Number(process.versions.node.split('.')[0])
  const ok = major >= 24
  return { what: 'node', state: ok ? 'ok' : 'missing', found: process.versions.node, todo: ok ? '' : 'Install Node 24 or newer.' }
}

interface ProgramQuestion {
  readonly what: string
  readonly argv: readonly string[]
  readonly least?: readonly [number, number]
  readonly todo: string
  readonly needed: boolean
}

async function program(parts: DoctorParts, question: ProgramQuestion): Promise<Finding> {
  const result = await ask(parts, question.argv)
  const bad = question.needed ? 'missing' : 'limited'
  if (result.exit.kind !== 'exited' || result.exit.code !== 0)
    return { what: question.what, state: bad, found: 'not found', todo: question.todo }
  const line = result.stdout.split('\n')[0]?.trim() ?? ''
  const [, major, minor] = /(\d+)\.(\d+)/u.exec(line) ?? []
  const old = question.least !== undefined && !atLeast([Number(major), Number(minor)], question.least)
  return { what: question.what, state: old ? bad : 'ok', found: line, todo: old ? question.todo : '' }
}

function atLeast(found: readonly [number, number], least: readonly [number, number]): boolean {
  return found[0] > least[0] || (found[0] === least[0] && found[1] >= least[1])
}

async function sandbox(parts: DoctorParts): Promise<Finding> {
  const why = await parts.probeSandbox()
  return why === undefined
    ? { what: 'sandbox', state: 'ok', found: 'runs a command without network', todo: '' }
    : {
        what: 'sandbox',
        state: 'missing',
        found: why,
        todo: 'Install bubblewrap, socat and ripgrep, and allow unprivileged user namespaces; or say --sandbox off.',
      }
}

async function model(parts: DoctorParts): Promise<Finding> {
  const { env } = parts
  if (env['ANTHROPIC_API_KEY'] === undefined && env['ANTHROPIC_AUTH_TOKEN'] === undefined) {
    return {
      what: 'model',
      state: 'missing',
      found: 'no ANTHROPIC_API_KEY',
      todo: 'Set ANTHROPIC_API_KEY, or answer from a recording with --model replay:FILE.',
    }
  }
  const base = env['ANTHROPIC_BASE_URL'] ?? 'https://api.anthropic.com'
  try {
    const headers = { 'x-api-key': env['ANTHROPIC_API_KEY'] ?? '', 'anthropic-version': '2023-06-01' }
    const response = await fetch(`${base}/v1/models`, { headers, signal: AbortSignal.timeout(10_000) })
    if (response.ok) return { what: 'model', state: 'ok', found: `${base} answers`, todo: '' }
    return {
      what: 'model',
      state: 'missing',
      found: `${base} answers ${response.status}`,
      todo: response.status === 401 ? 'The key is not accepted; make a new one.' : 'Try again later, or check the address.',
    }
  } catch (cause) {
    return {
      what: 'model',
      state: 'missing',
      found: `${base} cannot be reached (${cause instanceof Error ? cause.message : String(cause)})`,
      todo: 'Check the network, a proxy, or ANTHROPIC_BASE_URL.',
    }
  }
}

/** Free space a run wants at least, bytes. Chosen: two build caches of a middling repository and 25 worktrees. */
const leastFreeBytes = 5 * 1024 ** 3

async function disk(parts: DoctorParts): Promise<Finding> {
  try {
    const stats = await statfs(existingParent(parts.cacheDir))
    const freeBytes = stats.bavail * stats.bsize
    const found = `${(freeBytes / 1024 ** 3).toFixed(1)} GiB free`
    const enough = freeBytes >= leastFreeBytes
    return {
      what: 'disk',
      state: enough ? 'ok' : 'limited',
      found,
      todo: enough ? '' : `Free some space: worktrees and build caches live in ${parts.cacheDir}.`,
    }
  } catch (cause) {
    return { what: 'disk', state: 'limited', found: String(cause), todo: `Make ${parts.cacheDir} writable.` }
  }
}

function existingParent(path: string): string {
  const parts = path.split('/')
  return parts.length > 2 ? `${parts.slice(0, 2).join('/')}/` : '/'
}

async function database(parts: DoctorParts): Promise<Finding> {
  if (parts.env['DCE_GATE_DATABASE_URL'] !== undefined) return { what: 'postgres', state: 'ok', found: 'DCE_GATE_DATABASE_URL', todo: '' }
  const found = await ask(parts, ['sh', '-c', 'command -v postgres || ls /usr/lib/postgresql/*/bin/postgres'])
  const ok = found.exit.kind === 'exited' && found.exit.code === 0
  return {
    what: 'postgres',
    state: ok ? 'ok' : 'limited',
    found: ok ? (found.stdout.split('\n')[0] ?? '') : 'none',
    todo: ok ? '' : 'Install PostgreSQL or set DCE_GATE_DATABASE_URL: without it migrations are `not proven`.',
  }
}

function ask(parts: DoctorParts, argv: readonly string[]): Promise<CommandResult> {
  const env = { PATH: parts.env['PATH'] ?? '', HOME: parts.env['HOME'] ?? '/' }
  return parts.exec.run({ argv, cwd: '/', env, timeoutMs: 15_000, maxOutputBytes: 10_000 })
}
