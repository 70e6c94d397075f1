// N agents' worth of work as plain data: a Go repository, a specification, a plan of one wave, and what the model answers at each turn.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { packageRoot } from '../src/cli/package-root.ts'
import type { PlanAnswer } from '../src/plan/plan.ts'
import type { AnswerBlock } from '../test/fakes/messages-api/answers.ts'
import type { MessagesRequest } from '../test/fakes/messages-api/request.ts'

/** What each agent does in its ten turns. `mixed`: it reads, searches, writes, edits and runs; `files`: nine file tools and one `true`; `demo`: the demo's recording. */
export type Work = 'mixed' | 'files' | 'demo'

/** Turns of one agent; the last one ends its work. */
export const turnsPerAgent = 10

/** Folders and names of one measurement. Absolute paths. */
export interface Site {
  readonly folder: string
  readonly repo: string
  readonly spec: string
}

/** Task `index`, from 0, in all its names. */
export function taskOf(index: number): { readonly id: string; readonly path: string; readonly packageName: string } {
  const number = String(index + 1).padStart(4, '0')
  return { id: `w1-entity-architect-${index + 1}`, path: `internal/q${number}/quota.go`, packageName: `q${number}` }
}

/**
 * A repository with `files` small Go files in one commit, and a specification with one requirement per agent. `proseBytes`: more words in the
 * specification, for a longer prefix. `layered`: packages import each other and a part of the standard library, and have tests.
 */
export function makeSite(request: {
  readonly agents: number
  readonly files: number
  readonly proseBytes?: number
  readonly layered?: boolean
}): Site {
  const folder = mkdtempSync(join(tmpdir(), 'dce-bench-'))
  const repo = join(folder, 'repo')
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(repo, path)), { recursive: true })
    writeFileSync(join(repo, path), text)
  }
  write('go.mod', 'module example.test/bench\n\ngo 1.21\n')
  write('cmd/app/main.go', '// Command app does nothing yet.\npackage main\n\nfunc main() {}\n')
  for (let index = 0; index < request.files; index++) {
    const { path, text } = request.layered === true ? layeredFile(index) : plainFile(index)
    write(path, text)
  }
  const git = (...words: readonly string[]) => execFileSync('git', ['-C', repo, ...words], { stdio: 'ignore' })
  execFileSync('git', ['init', '--quiet', '--initial-branch=main', repo])
  git('add', '--all')
  git('-c', 'user.name=bench', '-c', 'user.email=bench@example.invalid', 'commit', '--quiet', '--message', 'base')
  const spec = join(folder, 'spec.md')
  const requirements = Array.from({ length: request.agents }, (_, index) => `- R${index + 1}: Quota ${index + 1} must count what is used.`)
  const prose = 'A quota counts what its owner used today. '.repeat(Math.ceil((request.proseBytes ?? 0) / 42))
  writeFileSync(spec, `# Quotas\n\n## Overview\nMany small quotas. ${prose}\n\n## Requirements\n${requirements.join('\n')}\n`)
  return { folder, repo, spec }
}

const filesPerPackage = 10

function packageName(number: number): string {
  return `p${String(number).padStart(3, '0')}`
}

function plainFile(index: number): { readonly path: string; readonly text: string } {
  const name = packageName(Math.floor(index / filesPerPackage))
  const which = index % filesPerPackage
  return {
    path: `internal/${name}/f${which}.go`,
    text: `// Package ${name} is ballast.\npackage ${name}\n\n// F${which} answers a number.\nfunc F${which}() int { return ${index} }\n`,
  }
}

// Packages in layers of ten: each but those of the lowest layer uses one below it. The last file of each is its test.
function layeredFile(index: number): { readonly path: string; readonly text: string } {
  const number = Math.floor(index / filesPerPackage)
  const name = packageName(number)
  const which = index % filesPerPackage
  if (which === filesPerPackage - 1) {
    const test = `func TestF1(t *testing.T) {\n\tif F1(2) != "2" {\n\t\tt.Error(F1(2))\n\t}\n}\n`
    return { path: `internal/${name}/f_test.go`, text: `package ${name}\n\nimport "testing"\n\n${test}` }
  }
  const below = number < 10 ? undefined : packageName(number - 10)
  const imports = ['"fmt"', ...(below === undefined ? [] : ['', `"example.test/bench/internal/${below}"`])]
  const answer = below === undefined ? 'fmt.Sprint(n)' : `fmt.Sprintf("%s", ${below}.F${which}(n))`
  return {
    path: `internal/${name}/f${which}.go`,
    text: `// Package ${name} is ballast.\npackage ${name}\n\nimport (\n${imports.map((line) => (line === '' ? '' : `\t${line}`)).join('\n')}\n)\n\n// F${which} says a number.\nfunc F${which}(n int) string { return ${answer} }\n`,
  }
}

/** One wave, one task per agent, one file each, no contracts. */
export function planOf(agents: number): PlanAnswer {
  const specialists = readdirSync(join(packageRoot(), 'specialists'))
    .filter((name) => /^[1-5]-/u.test(name))
    .map((name) => name.slice(2, -3))
  return {
    summary: 'Many small quotas.',
    tasks: Array.from({ length: agents }, (_, index) => ({
      id: taskOf(index).id,
      specialist: 'entity-architect',
      wave: 1,
      title: `Quota ${index + 1}`,
      brief: 'Write it.',
      files: [{ path: taskOf(index).path, change: 'create' as const, symbols: ['Quota'] }],
      paths: [],
      needs: [],
      acceptance: ['it compiles'],
      requirements: [`R${index + 1}`],
      covers: [],
      integrates: false,
    })),
    contracts: [],
    due: [],
    benchmarks: [],
    modules: [],
    skipped: specialists
      .filter((name) => name !== 'entity-architect')
      .map((specialist) => ({ specialist, reason: 'There is no work for it.' })),
    withoutTask: [],
    estimate: { turnsPerTask: turnsPerAgent, basis: 'ten turns each' },
  }
}

/** The model's answer. The bare loop's agents name their task in the same heading, and have no `hand_over`: they end with words. */
export function answerOf(request: MessagesRequest, plan: PlanAnswer, work: Work): readonly AnswerBlock[] {
  const tools = new Set((request.tools ?? []).map((tool) => tool.name))
  const turn = turnOf(request)
  if (tools.has('submit_plan')) return [{ type: 'tool_use', name: 'submit_plan', input: plan }]
  const index = Math.max(0, agentOf(request))
  const { path, packageName } = taskOf(index)
  if (turn === turnsPerAgent) return tools.has('hand_over') ? [handOver(path, index)] : [{ type: 'text', text: 'Done.' }]
  return [
    { type: 'text', text: `Turn ${turn}.` },
    { type: 'tool_use', ...stepOf(turn, { path, packageName, work }) },
    // The last turn is the hand-over: the ninth file tool stands beside the first.
    ...(work === 'files' && turn === 1 ? [{ type: 'tool_use' as const, name: 'read', input: { path: 'go.mod' } }] : []),
  ]
}

/** Which agent asks, from 0; -1 when it is none of them. */
export function agentOf(request: MessagesRequest): number {
  return Number(/# Your task: w1-entity-architect-(\d+)/u.exec(JSON.stringify(request.messages[0]?.content))?.[1] ?? 0) - 1
}

/** Which turn of its conversation a request asks for, from 1. */
export function turnOf(request: MessagesRequest): number {
  return request.messages.filter((message) => message.role === 'assistant').length + 1
}

function handOver(path: string, index: number): AnswerBlock {
  const input = { summary: 'Written.', files: [path], requirements: [{ id: `R${index + 1}`, where: path }], checks: [] }
  return { type: 'tool_use', name: 'hand_over', input }
}

interface Doing {
  readonly path: string
  readonly packageName: string
  readonly work: Work
}

function stepOf(turn: number, { path, packageName, work }: Doing): { readonly name: string; readonly input: unknown } {
  const text = (times: number) =>
    `// Package ${packageName} counts.\npackage ${packageName}\n\n// Quota counts what is used.\ntype Quota struct{ Used${' '}int }\n${'// More.\n'.repeat(times)}`
  const command = work === 'files' ? 'true' : `gofmt -l internal/${packageName}`
  const steps: readonly { readonly name: string; readonly input: unknown }[] = [
    { name: 'glob', input: { pattern: 'internal/p00*/*.go' } },
    { name: 'read', input: { path: 'cmd/app/main.go' } },
    work === 'files'
      ? { name: 'read', input: { path: 'internal' } }
      : { name: 'grep', input: { pattern: 'func F1', path: 'internal/p000' } },
    { name: 'write', input: { path, content: text(0) } },
    { name: 'read', input: { path } },
    { name: 'edit', input: { path, old: 'Used int', new: 'Limit, Used int' } },
    { name: 'bash', input: { command } },
    { name: 'write', input: { path, content: text(3) } },
    work === 'files' ? { name: 'read', input: { path } } : { name: 'bash', input: { command } },
  ]
  return steps[turn - 1] ?? { name: 'read', input: { path } }
}
