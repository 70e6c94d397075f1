// Bad days through the CLI: what goes wrong ends a process with a sentence and its exit code, `dce resume` goes on, and nothing is lost or paid twice.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, realpathSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PlanAnswer } from '../../src/plan/plan.ts'
import type { Answer, Fault } from '../fakes/messages-api/answers.ts'
import type { MessagesRequest } from '../fakes/messages-api/request.ts'
import { answerFrom, type ScriptedBlock } from '../support/scripted-answers.ts'
import { mountSmallDisk } from '../support/small-disk.ts'
import { warmGoCaches } from '../support/warm-go-cache.ts'
import { planAnswer, repository, solution, specification, writeScript } from './quota-feature.ts'
import { openScene, runOf, type Said, type Scene, writeFiles } from './run-dce.ts'

/** What the model does instead of its script; undefined leaves it to the script. */
type Mood = (request: MessagesRequest) => Answer | Promise<Answer> | undefined

let scene: Scene
let mood: Mood = () => undefined
/** Answers that were given whole: each of them is paid. */
let paid = 0
/** Those of runs whose journal is another one. */
let paidElsewhere = 0
let script: Parameters<typeof answerFrom>[0]
/** A plan without a network. It tries for half a minute before it gives up, so it does that beside the other days. */
let offline: Promise<Said>

beforeAll(async () => {
  script = { plan: planAnswer(), ...writeScript(mkdtempSync(join(process.env['HOME'] ?? '', 'script-')), { solution, firstTry: {} }) }
  scene = await openScene({
    files: repository,
    specification,
    answer: async (request) => {
      const given = (await mood(request)) ?? scripted(request)
      if (given.fault === undefined) paid += 1
      return given
    },
  })
  const spec = join(scene.folder, 'other.md')
  writeFileSync(spec, specification.replace('Call quotas', 'Other quotas'))
  scene.env['ANTHROPIC_BASE_URL'] = await closedPort()
  offline = scene.dce('plan', spec, '--repo', scene.repo)
  delete scene.env['ANTHROPIC_BASE_URL']
}, 120_000)

afterAll(() => scene.close())

const call = (name: string, input: unknown): ScriptedBlock => ({ type: 'tool_use', name, input })
const says = (text: string): Answer => ({ content: [{ type: 'text', text }] })
const does = (...content: readonly ScriptedBlock[]): Answer => ({ content })
const fails = (fault: Fault): Answer => ({ content: [{ type: 'text', text: 'half of a' }], fault })
const isPlanner = (request: MessagesRequest) => request.tools?.some((tool) => tool.name === 'submit_plan') === true
const taskOf = (request: MessagesRequest) => /# Your task: ([a-z0-9-]+)/u.exec(JSON.stringify(request.messages[0]?.content))?.[1]
const turnOf = (request: MessagesRequest) => request.messages.filter((message) => message.role === 'assistant').length + 1
const told = (request: MessagesRequest) => JSON.stringify(request.messages.at(-1)?.content)

/** The script's answer as if the first `lost` turns of the conversation had not been. */
function scripted(request: MessagesRequest, lost = 0): Answer {
  const [first, ...rest] = request.messages
  return does(...answerFrom(script, { ...request, messages: first === undefined ? [] : [first, ...rest.slice(2 * lost)] }))
}

const run = (...words: readonly string[]) => scene.dce('run', scene.spec, '--repo', scene.repo, '--yes', ...words)
const resume = (id: string) => scene.dce('resume', '--run', id, '--repo', scene.repo)
const treeOf = (id: string) => scene.git('rev-parse', `dce/${id}/pr^{tree}`)

function recorded(stateHome = join(scene.folder, 'state')): number {
  const journal = new DatabaseSync(join(stateHome, 'dce', 'journal.sqlite'), { readOnly: true })
  try {
    return Number(journal.prepare("SELECT COUNT(*) AS turns FROM recorded WHERE key LIKE '%/model'").get()?.['turns'])
  } finally {
    journal.close()
  }
}

describe('a run on a bad day', () => {
  let id = ''

  it.each<[string, Mood, RegExp]>([
    ['a key that is not accepted', () => fails({ kind: 'status', status: 401 }), /does not accept the key \(401\).*ANTHROPIC_API_KEY/su],
    ['a model that is not known', () => fails({ kind: 'status', status: 404 }), /does not know the model \(404\).*dce\.yml/su],
    ['a limit of an hour', () => fails({ kind: 'status', status: 429, retryAfterS: 3_600 }), /rate limit holds until .* UTC/u],
    ['a planner that ends without work', () => says('I think that is all.'), /ended without a plan: I think that is all\./u],
    ['a planner that refuses', () => ({ ...says('Not this.'), stopReason: 'refusal' }), /the model refused: Not this\./u],
    ['plans with a circle, strange paths and a contract that cannot be', faultyPlans, /No plan could be made: .*undefined: Buyer/su],
  ])(
    'stops with 3 and says what to do: %s',
    async (_, bad, sentence) => {
      mood = (request) => (isPlanner(request) ? bad(request) : undefined)
      const { code, said } = id === '' ? await run() : await resume(id)
      id ||= runOf(said)
      expect(said).toMatch(sentence)
      expect(said).not.toMatch(/\n {4}at /u)
      expect(code, said).toBe(3)
      expect(recorded()).toBe(paid)
    },
    180_000,
  )

  it('gave each fault of those plans back in words, twice', () => {
    expect(faultsTold).toHaveLength(2)
    expect(faultsTold[0]).toMatch(/in a circle: .*would belong to two tasks.*/u)
    expect(faultsTold[0]).toMatch(/\.git\/hooks\/pre-commit: it is protected/u)
    expect(faultsTold[0]).toMatch(/a path has no empty part, no \. and no \.\. in it/u)
    expect(faultsTold[0]).toMatch(/internal\/nobody\/x\.go/u)
    expect(faultsTold[1]).toMatch(/Contract 1 .*undefined: Buyer/u)
  })

  it('lives through short limits, overload and answers that break off, and through agents that misbehave', async () => {
    const trouble: readonly Fault[] = [
      { kind: 'status', status: 429, retryAfterS: 1 },
      { kind: 'status', status: 529 },
      { kind: 'cut', afterEvents: 3 },
      { kind: 'error-event', afterEvents: 3 },
    ]
    let tries = 0
    mood = (request) => {
      if (isPlanner(request)) return tries < trouble.length ? fails(trouble[tries++] ?? { kind: 'reset' }) : undefined
      if (taskOf(request) === 'w1-entity-architect') return isAgain(request) ? refusing(request) : looping(request)
      return taskOf(request) === 'w1-domain-service-designer' ? reckless(request) : undefined
    }
    const { code, said } = await resume(id)
    expect(tries).toBe(trouble.length)
    expect(said).toMatch(/w1-entity-architect .*went in circles/u)
    expect(said).toMatch(/w1-entity-architect failed: refused: I will not write this\./u)
    expect(said).toContain(`dce retry w1-entity-architect --run ${id}`)
    expect(code, said).toBe(3)
    expect(recklessTold.join('\n')).toMatch(/stopped after 1 s/u)
    expect(recklessTold[1]).toMatch(/characters cut\. Filter with grep/u)
    expect(recklessTold[1]?.length).toBeLessThan(20_000)
    expect(loopingTold.join('\n')).toMatch(/There is no tool fly/u)
    expect(loopingTold.join('\n')).toMatch(/The input of read does not fit/u)
    expect(loopingTold.join('\n')).toMatch(/cmd\/app\/main\.go belongs to w4-rest-api-builder/u)
    expect(loopingTold.join('\n')).toMatch(/taken back, not yours to change: README\.md/u)
    // Between two waves nothing of a command is left: neither what hung nor what left its group.
    expect(execFileSync('sh', ['-c', 'pgrep -x -f "sleep 30[01]" || true'], { encoding: 'utf8' })).toBe('')
    expect(recorded()).toBe(paid)
  }, 300_000)

  it('is carried out by one process at a time; another is refused with 3 and changes nothing', async () => {
    let letGo: () => void = () => undefined
    const held = new Promise<void>((resolve) => {
      letGo = resolve
    })
    mood = async (request) => {
      if (taskOf(request) !== 'w1-entity-architect') return scripted(request)
      await held
      return hesitating(request)
    }
    const first = scene.start('retry', 'w1-entity-architect', '--run', id, '--repo', scene.repo)
    const ended = new Promise<number | null>((resolve) => first.once('close', resolve))
    while (!/w1-entity-architect starts/u.test(first.said())) await sleep(20)
    const second = await run()
    letGo()
    expect(second).toMatchObject({ code: 3, said: expect.stringContaining(`Run ${id} is being carried out by another process.`) })
    expect(await ended, first.said()).toBe(0)
    expect(hesitatingTold.join('\n')).toMatch(/was cut at the output limit and was not run/u)
    expect(hesitatingTold.join('\n')).toMatch(/Nothing has changed: there is no work to hand over/u)
    expect(scene.git('show', `dce/${id}/pr:internal/quota/quota.go`)).toBe(
      solution['w1-entity-architect']?.['internal/quota/quota.go']?.trim(),
    )
    expect(scene.git('status', '--porcelain')).toBe('')
    expect(recorded()).toBe(paid)
  }, 300_000)

  const disksMounted = process.platform === 'linux' && process.getuid?.() === 0
  it.skipIf(!disksMounted)(
    'stops when a disk is full, of worktrees or of the journal, and goes on when there is space again',
    async () => {
      mood = () => undefined
      const repo = createHash('sha256').update(realpathSync(scene.repo)).digest('hex').slice(0, 12)
      const worktrees = mountSmallDisk(join(scene.folder, 'cache', 'dce', 'repositories', repo, 'worktrees'), 4 * 1024 * 1024)
      const state = mountSmallDisk(join(scene.folder, 'small-state'), 16 * 1024 * 1024)
      if (worktrees === undefined || state === undefined) throw new Error('root cannot mount here')
      const before = paid
      scene.env['XDG_STATE_HOME'] = state.path
      try {
        worktrees.fill()
        const first = await run('--new')
        const other = runOf(first.said)
        expect(first.said).toMatch(/No space left on device.*The disk is full: free some space, then go on/su)
        expect(first.code, first.said).toBe(3)
        worktrees.free()

        mood = (request) => {
          if (taskOf(request) === 'w1-entity-architect' && turnOf(request) === 2) state.fill()
          return undefined
        }
        const second = await resume(other)
        expect(second.said).toMatch(/no space left on device.*The disk is full: free some space, then go on/su)
        expect(second.said).not.toMatch(/\n {4}at /u)
        expect(second.code, second.said).toBe(3)
        state.free()
        mood = () => undefined

        const third = await resume(other)
        expect(third.code, third.said).toBe(0)
        expect(treeOf(other)).toBe(treeOf(id))
        expect(recorded(state.path)).toBe(paid - before)
      } finally {
        paidElsewhere = paid - before
        delete scene.env['XDG_STATE_HOME']
        worktrees.unmount()
        state.unmount()
      }
    },
    300_000,
  )
})

describe('without a network', () => {
  it('a plan stops with 3 and names the address, and is made when the service can be reached again', async () => {
    mood = () => undefined
    const stopped = await offline
    expect(stopped).toMatchObject({ code: 3, said: expect.stringMatching(/cannot be reached: .*ECONNREFUSED.*ANTHROPIC_BASE_URL/su) })
    expect(await resume(runOf(stopped.said))).toMatchObject({ code: 3, said: expect.stringContaining('dce approve') })
    expect(recorded()).toBe(paid - paidElsewhere)
  }, 300_000)
})

describe('an unusual repository', () => {
  it('(a workspace with vendored code, in subfolders, on a detached HEAD of a shallow clone, red at its base) is judged; its base is not blamed', async () => {
    const source = join(scene.folder, 'unusual-source')
    const unusual = join(scene.folder, 'unusual')
    const git = (where: string, ...words: readonly string[]) => execFileSync('git', ['-C', where, ...words], { encoding: 'utf8' })
    writeFiles(source, {
      'go.work': 'go 1.21\n\nuse ./api\n\nuse ./lib\n',
      'api/go.mod': 'module example.test/api\n\ngo 1.21\n\nrequire example.test/lib v0.0.0\n',
      'api/api.go': 'package api\n\nimport "example.test/lib"\n\n// Name is what callers see.\nfunc Name() string { return lib.Name() }\n',
      'lib/go.mod': 'module example.test/lib\n\ngo 1.21\n',
      'lib/lib.go': 'package lib\n\n// Name is a name.\nfunc Name() string { return "lib" }\n',
      'lib/broken/old.go': 'package broken\n\nvar Count int = "many"\n',
      'tool/go.mod': 'module example.test/tool\n\ngo 1.21\n\nrequire example.test/greet v1.0.0\n',
      'tool/main.go': 'package main\n\nimport "example.test/greet"\n\nfunc main() { greet.Hello() }\n',
      'tool/vendor/modules.txt': '# example.test/greet v1.0.0\n## explicit; go 1.21\nexample.test/greet\n',
      'tool/vendor/example.test/greet/greet.go': 'package greet\n\n// Hello greets.\nfunc Hello() { println("hello") }\n',
    })
    execFileSync('git', ['init', '--quiet', source])
    for (const [path, text] of [
      ['notes.txt', 'older\n'],
      ['notes.txt', 'old\n'],
      ['lib/lib.go', 'package lib\n\n// Name is a name.\nfunc Name() string { return "library" }\n'],
    ] as const) {
      writeFiles(source, { [path]: text })
      git(source, 'add', '--all')
      git(source, 'commit', '--quiet', '--message', path)
    }
    execFileSync('git', ['clone', '--quiet', '--depth', '2', `file://${source}`, unusual])
    git(unusual, 'checkout', '--quiet', '--detach')
    warmGoCaches({ cacheHome: join(scene.folder, 'cache'), repo: unusual })
    const { code, said } = await scene.dce('gate', '--repo', unusual, '--base', 'HEAD~1')
    expect(said).toMatch(/The base has too, not blamed: .*lib\/broken\/old\.go/u)
    expect(said).not.toMatch(/tool\/main\.go/u)
    expect(code, said).toBe(0)
  }, 180_000)
})

// --- Planners and agents that misbehave ---------------------------------------------------------------------------------------------------

const faultsTold: string[] = []

/** Three plans that do not hold: whatever is wrong with paths and order, then twice a contract that does not type-check. */
function faultyPlans(request: MessagesRequest): Answer {
  const turn = turnOf(request)
  if (turn > 1) faultsTold.push(told(request))
  const plan = planAnswer()
  const file = (path: string) => ({ path, change: 'create' as const, symbols: [] })
  const strange: Readonly<Record<string, Partial<PlanAnswer['tasks'][number]>>> = {
    'w1-entity-architect': { needs: ['w4-rest-api-builder'] },
    'w1-domain-service-designer': { files: [...['internal/quota/quota.go', '.git/hooks/pre-commit', '../outside.go'].map(file)] },
  }
  const nobodys = {
    task: 'w1-entity-architect',
    path: 'internal/nobody/x.go',
    kind: 'declare' as const,
    source: 'package nobody\n\nfunc X()\n',
  }
  if (turn === 1) {
    const tasks = plan.tasks.map((task) => ({ ...task, ...strange[task.id] }))
    return does(call('submit_plan', { ...plan, tasks, contracts: [...plan.contracts, nobodys] }))
  }
  const contracts = plan.contracts.map((contract) => ({ ...contract, source: contract.source.replace('buyer string', 'buyer Buyer') }))
  return does(call('submit_plan', { ...plan, contracts }))
}

const isAgain = (request: MessagesRequest) => JSON.stringify(request.messages[0]?.content).includes('# Another attempt')

const loopingTold: string[] = []

/** Garbage, then writes that are not its own, then one and the same question for ever. */
function looping(request: MessagesRequest): Answer {
  loopingTold.push(told(request))
  switch (turnOf(request)) {
    case 1:
      return does(call('fly', { to: 'the moon' }), call('read', { file: 7 }))
    case 2:
      return does(
        call('write', { path: 'cmd/app/main.go', content: 'package main\n' }),
        call('write', { path: '../outside.go', content: '' }),
      )
    case 3:
      return does(call('bash', { command: 'echo mine > README.md; echo x > ../outside.go; true' }))
    default:
      return does(call('read', { path: 'go.mod' }))
  }
}

/** Says no. */
function refusing(_: MessagesRequest): Answer {
  return { ...says('I will not write this.'), stopReason: 'refusal' }
}

const recklessTold: string[] = []

/** Commands that hang, leave children behind and print a gigabyte; then the work. */
function reckless(request: MessagesRequest): Answer {
  recklessTold.push(told(request))
  if (turnOf(request) > 1) return scripted(request, 1)
  return does(
    call('bash', { command: 'setsid sleep 301 & sleep 300', timeout_s: 1 }),
    call('bash', { command: 'setsid sleep 301 >/dev/null 2>&1 & head -c 1000000000 /dev/zero | tr "\\0" x' }),
  )
}

const hesitatingTold: string[] = []

/** An answer that is cut in its call, a hand-over without work, words; then the work. */
function hesitating(request: MessagesRequest): Answer {
  hesitatingTold.push(told(request))
  switch (turnOf(request)) {
    case 1:
      return { ...does(call('write', { path: 'internal/quota/quota.go', content: 'package' })), stopReason: 'max_tokens' }
    case 2:
      return does(call('hand_over', { summary: 'Done.', files: [], requirements: [], checks: [] }))
    case 3:
      return says('It is done, is it not?')
    default:
      return scripted(request, 3)
  }
}

/** Address of a port where nobody listens. */
async function closedPort(): Promise<string> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise<void>((resolve) => server.close(() => resolve()))
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
}
