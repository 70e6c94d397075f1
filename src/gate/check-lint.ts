// The repository's own golangci-lint configuration -> new findings only. A proof: without the program or a configuration nothing is said.
import { posix } from 'node:path'
import { z } from 'zod'
import type { Go } from '../world.ts'
import { type Change, type CheckFindings, findings } from './change.ts'
import type { Checkouts } from './checkouts.ts'
import type { Finding } from './failure.ts'
import { whyStuck } from './measure-compile.ts'

/** What the linter is run with. */
export interface LintRequest {
  readonly change: Change
  readonly checkouts: Checkouts
  readonly go: Go
  readonly moduleDirs: readonly string[]
  readonly signal?: AbortSignal
}

const lintTimeoutMs = 15 * 60_000
const configurations = ['.golangci.yml', '.golangci.yaml', '.golangci.toml', '.golangci.json']

// The part of its JSON report that versions 1 and 2 share.
const Report = z.object({
  Issues: z.array(z.object({ FromLinter: z.string(), Text: z.string(), Pos: z.object({ Filename: z.string(), Line: z.int() }) })).nullish(),
})

/** Lints both sides; what the base has too is the base's. */
export async function checkLint(request: LintRequest): Promise<CheckFindings> {
  const { change } = request
  if (!change.head.files.some((file) => configurations.includes(posix.basename(file)))) {
    return findings('lint', { notApplicable: true, detail: 'the repository has no golangci-lint configuration' })
  }
  const head = await lintSide(request, 'head')
  if (head.stuck.length > 0) return findings('lint', { stuck: head.stuck })
  const base = change.base === undefined || head.findings.length === 0 ? { findings: [], stuck: [] } : await lintSide(request, 'base')
  return findings('lint', { head: head.findings, base: base.findings, stuck: base.stuck, detail: 'golangci-lint, no new finding' })
}

interface Linted {
  readonly findings: readonly Finding[]
  readonly stuck: readonly string[]
}

async function lintSide(request: LintRequest, side: 'head' | 'base'): Promise<Linted> {
  const root = await request.checkouts[side]()
  const all: Linted[] = []
  for (const moduleDir of request.moduleDirs) all.push(await lintModule(request, { root, moduleDir }))
  return { findings: all.flatMap((one) => one.findings), stuck: all.flatMap((one) => one.stuck) }
}

async function lintModule(request: LintRequest, place: { readonly root: string; readonly moduleDir: string }): Promise<Linted> {
  const run = (...args: readonly string[]) =>
    request.go.run({
      program: 'golangci-lint',
      args,
      cwd: posix.join(place.root, place.moduleDir),
      readable: [place.root],
      timeoutMs: lintTimeoutMs,
      ...(request.signal === undefined ? {} : { signal: request.signal }),
    })
  const version = await run('version')
  if (version.exit.kind === 'not-started' || (version.exit.kind === 'exited' && version.exit.code !== 0)) {
    return { findings: [], stuck: ['golangci-lint is not installed'] }
  }
  const isFirst = /version v?1\./.test(version.stdout + version.stderr)
  const output = isFirst ? ['--out-format=json'] : ['--output.json.path=stdout', '--show-stats=false']
  const result = await run('run', '--issues-exit-code=0', ...output, './...')
  const why = whyStuck(result) ?? (result.exit.kind === 'exited' && result.exit.code !== 0 ? result.stderr.trim().slice(-400) : undefined)
  return why === undefined
    ? { findings: readReport(result.stdout, place.moduleDir), stuck: [] }
    : { findings: [], stuck: [`golangci-lint: ${why}`] }
}

/** Findings of a report. Errors: throws on output that is no report: check the exit first. */
export function readReport(stdout: string, moduleDir: string): readonly Finding[] {
  const start = stdout.indexOf('{')
  const line = stdout.slice(start).split('\n', 1)[0] ?? ''
  return (Report.parse(JSON.parse(line)).Issues ?? []).map((issue) => ({
    check: 'lint',
    kind: 'lint',
    message: `${issue.Text} (${issue.FromLinter})`,
    file: posix.normalize(posix.join(moduleDir, issue.Pos.Filename)),
    line: issue.Pos.Line,
    hint: 'Mend what the linter says; a directive to silence it is refused.',
  }))
}
