// A plan and its solution on disk -> what a model would answer, turn by turn. Scripted: it has no judgement; everything around it is real.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PlanAnswer } from '../../src/plan/plan.ts'

/** One block of an answer: words, or a tool call. */
export type ScriptedBlock =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'tool_use'; readonly name: string; readonly input: unknown }

/** What of a request the script looks at. */
export interface ScriptedRequest {
  readonly messages: readonly { readonly role: string; readonly content: unknown }[]
  readonly tools?: readonly { readonly name: string }[]
}

/** Where the script's texts are. `solution/<task>/<path>.txt` holds whole files; `firstTry` those that the first attempt gets wrong. */
export interface Script {
  readonly plan: PlanAnswer
  readonly solution: string
  readonly firstTry: string
}

/** Answers one request. Who asks is told by the first user message and the tools, as a real model is told. */
export function answerFrom(script: Script, request: ScriptedRequest): readonly ScriptedBlock[] {
  const turn = request.messages.filter((message) => message.role === 'assistant').length + 1
  const tools = new Set((request.tools ?? []).map((tool) => tool.name))
  if (tools.has('submit_plan')) return planTurn(script, turn)
  if (tools.has('report_findings')) return [call('report_findings', { findings: [] })]
  const first = textOf(request.messages[0]?.content)
  const id = /^# Your task: (\S+)$/mu.exec(first)?.[1] ?? ''
  const repairing = /^# (?:Repair|Another attempt|A reviewer)/mu.test(first)
  return taskTurn(script, { id, turn, repairing })
}

function planTurn(script: Script, turn: number): readonly ScriptedBlock[] {
  if (turn === 1)
    return [say('First I read what the repository has.'), call('glob', { pattern: '**/*.go' }), call('read', { path: 'go.mod' })]
  return [say('The repository is clear; here is the plan.'), call('submit_plan', script.plan)]
}

function taskTurn(
  script: Script,
  given: { readonly id: string; readonly turn: number; readonly repairing: boolean },
): readonly ScriptedBlock[] {
  const task = script.plan.tasks.find((candidate) => candidate.id === given.id)
  if (task === undefined) return [say(`I know no task ${given.id}.`)]
  const files = filesOf(script, given)
  const changing = task.files.filter((file) => file.change !== 'delete').map((file) => file.path)
  switch (given.turn) {
    case 1: {
      const there = given.repairing ? changing : task.files.filter((file) => file.change === 'edit').map((file) => file.path)
      return [say('I look at what is there.'), call('glob', { pattern: '**/*.go' }), ...there.map((path) => call('read', { path }))]
    }
    case 2:
      return [
        say(given.repairing ? 'I mend the cause.' : 'I write my files.'),
        ...[...files].map(([path, content]) => call('write', { path, content })),
      ]
    case 3:
      return [call('bash', { command: checkCommand([...files.keys()]) })]
    default:
      return [
        call('hand_over', {
          summary: given.repairing ? 'The cause of the failure is mended; nothing else changed.' : `${task.title}: written and checked.`,
          files: given.repairing ? changedOf(script, given.id) : changing,
          requirements: task.requirements.flatMap(spellOut).map((id) => ({ id, where: `${changing[0] ?? ''}${symbolOf(task)}` })),
          checks: [{ command: checkCommand([...files.keys()]), result: 'passed' }],
        }),
      ]
  }
}

// `R9-R12` in the plan stands for all four.
function spellOut(id: string): readonly string[] {
  const [, from, to] = /^R(\d+)-R(\d+)$/u.exec(id) ?? []
  return from === undefined || to === undefined
    ? [id]
    : Array.from({ length: Number(to) - Number(from) + 1 }, (_, index) => `R${Number(from) + index}`)
}

function symbolOf(task: PlanAnswer['tasks'][number]): string {
  const symbol = task.files[0]?.symbols[0]
  return symbol === undefined ? '' : `:${symbol}`
}

// The first attempt of a task with a wrong first try writes that; every other attempt writes the solution.
function filesOf(script: Script, given: { readonly id: string; readonly repairing: boolean }): ReadonlyMap<string, string> {
  const solution = readTree(join(script.solution, given.id))
  if (given.repairing) {
    const wrong = readTree(join(script.firstTry, given.id))
    return wrong.size === 0 ? solution : new Map([...solution].filter(([path, text]) => wrong.has(path) && wrong.get(path) !== text))
  }
  return new Map([...solution, ...readTree(join(script.firstTry, given.id))])
}

function changedOf(script: Script, id: string): readonly string[] {
  return [...filesOf(script, { id, repairing: true }).keys()]
}

function readTree(root: string, below = ''): ReadonlyMap<string, string> {
  if (!existsSync(join(root, below))) return new Map()
  const entries = readdirSync(join(root, below), { withFileTypes: true })
  return new Map(
    entries.flatMap((entry) => {
      const path = below === '' ? entry.name : `${below}/${entry.name}`
      if (entry.isDirectory()) return [...readTree(root, path)]
      return [[path.replace(/\.txt$/u, ''), readFileSync(join(root, path), 'utf8')] as const]
    }),
  )
}

function checkCommand(paths: readonly string[]): string {
  const packages = [...new Set(paths.filter((path) => path.endsWith('.go')).map((path) => `./${path.slice(0, path.lastIndexOf('/'))}`))]
  if (packages.length === 0) return `ls -l ${paths.join(' ')}`
  return `test -z "$(gofmt -l ${packages.join(' ')})" && go vet ${packages.join(' ')}`
}

function say(text: string): ScriptedBlock {
  return { type: 'text', text }
}

function call(name: string, input: unknown): ScriptedBlock {
  return { type: 'tool_use', name, input }
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  return content
    .map((block: { readonly type?: string; readonly text?: string }) => (block.type === 'text' ? (block.text ?? '') : ''))
    .join('\n')
}
