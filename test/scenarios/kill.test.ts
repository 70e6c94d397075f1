// kill -9 once before and once after every kind of durable step, in the journal and in git, of a run of two waves with two tasks each: the tree is that of
// an undisturbed run, and no turn is paid twice. With DCE_TEST_KILL_EVERY (npm run test:kill; `40-60` for a part) a run of its own is killed before each single step.
import { mkdtempSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PlanAnswer } from '../../src/plan/plan.ts'
import type { LoggedRequest } from '../fakes/messages-api/server.ts'
import { answerFrom } from '../support/scripted-answers.ts'
import { firstTry, planAnswer, repository, solution, specification, type Work, writeScript } from './quota-feature.ts'
import { openScene, runOf, type Said, type Scene } from './run-dce.ts'

/** The quota feature with a second task in its last wave. */
function twoByTwo(): PlanAnswer {
  const plan = planAnswer()
  const [first] = plan.tasks
  if (first === undefined) throw new Error('the plan has no task')
  const usage = {
    ...first,
    id: 'w4-api-documenter',
    specialist: 'api-documenter',
    wave: 4,
    title: 'What the program says of itself',
    files: [{ path: 'cmd/app/usage.go', change: 'create' as const, symbols: ['usage'] }],
    requirements: ['R3'],
  }
  const contract = { task: usage.id, path: 'cmd/app/usage.go', kind: 'declare' as const, source: 'package main\n\nfunc usage() string\n' }
  return {
    ...plan,
    tasks: [...plan.tasks, usage],
    contracts: [...plan.contracts, contract],
    skipped: plan.skipped.filter(({ specialist }) => specialist !== usage.specialist),
  }
}

const work: Work = {
  ...solution,
  'w4-rest-api-builder': {
    'cmd/app/main.go':
      solution['w4-rest-api-builder']?.['cmd/app/main.go']?.replace('func main() {\n', 'func main() {\n\tfmt.Println(usage())\n') ?? '',
  },
  'w4-api-documenter': {
    'cmd/app/usage.go': 'package main\n\n// usage says what the program is for.\nfunc usage() string { return "app shows a quota" }\n',
  },
}

let scene: Scene
let whole = ''
let steps: readonly string[] = []

beforeAll(async () => {
  const script = { plan: twoByTwo(), ...writeScript(mkdtempSync(join(process.env['HOME'] ?? '', 'script-')), { solution: work, firstTry }) }
  scene = await openScene({
    files: repository,
    specification,
    answer: (request) => ({ content: answerFrom(script, request), firstTokenDelayMs: 10 }),
  })
  scene.env['NODE_OPTIONS'] = `--import ${new URL('./kill-at.ts', import.meta.url).href}`
  scene.env['DCE_TEST_STEPS'] = join(scene.folder, 'steps')
  const { code, said } = await start()
  expect(code).toBe(0)
  whole = runOf(said)
  steps = readFileSync(join(scene.folder, 'steps'), 'utf8').trim().split('\n')
  delete scene.env['DCE_TEST_STEPS']
}, 300_000)

afterAll(() => scene.close())

const start = () => scene.dce('run', scene.spec, '--repo', scene.repo, '--yes', '--new')
const resume = (run: string) => scene.dce('resume', '--run', run, '--repo', scene.repo)
const treeOf = (run: string) => scene.git('rev-parse', `dce/${run}/pr^{tree}`)

async function killedAt(point: string, go: () => Promise<Said>): Promise<Said> {
  scene.env['DCE_TEST_KILL'] = point
  try {
    return await go()
  } finally {
    delete scene.env['DCE_TEST_KILL']
  }
}

/** Answers that were recorded, by the number of the request they answered: the server numbers its tool calls by it. */
function recordedAnswers(run: string): ReadonlySet<number> {
  const journal = new DatabaseSync(join(scene.folder, 'state', 'dce', 'journal.sqlite'), { readOnly: true })
  try {
    const rows = journal.prepare("SELECT value FROM recorded WHERE run = ? AND key LIKE '%/model'").all(run)
    return new Set(rows.map((row) => Number(/toolu_(\d+)_/u.exec(String(row['value']))?.[1])))
  } finally {
    journal.close()
  }
}

/** Turns that were asked for again although their answer was recorded: paid twice. `from`: index of the run's first request. */
function paidTwice(run: string, from: number): readonly string[] {
  const recorded = recordedAnswers(run)
  const seen = new Map<string, boolean>()
  return scene.api.requests.slice(from).flatMap((request, index) => {
    const turn = turnOf(request)
    const again = seen.get(turn) === true
    seen.set(turn, again || recorded.has(from + index + 1))
    return again ? [turn.slice(0, 200)] : []
  })
}

function turnOf({ body }: LoggedRequest): string {
  return JSON.stringify([body.messages.length, body.messages[0]?.content])
}

/** Kinds that a run of this shape has to have: a kind that gets another name, or is no longer met, is no longer killed at. */
const expectedKinds = [
  ...['run-started', 'feature-read', 'base-measured', 'plan-made', 'seams-committed', 'task-started', 'task-progressed', 'task-ended'],
  ...['wave-merged', 'gate-judged', 'published'],
].map((type) => `event ${type}`)
const expectedSteps = [
  ...['recorded model', 'recorded tool', 'money reserved', 'money settled'],
  ...['worktree made', 'checkout made', 'worktree removed', 'files added', 'tree written', 'commit made', 'merge made'].map(
    (kind) => `git ${kind}`,
  ),
  ...['task', 'wave', 'pr', 'state'].map((branch) => `git ${branch} branch moved`),
  ...['git objects published', 'git publishing noted', 'git branch deleted'],
  ...['wave', 'pr', 'state'].map((branch) => `git ${branch} branch published`),
]

describe('kill -9', () => {
  it('before and after every kind of step, one after the other in one run, changes nothing in the end', async () => {
    const kinds = [...new Set(steps)]
    expect(kinds).toEqual(expect.arrayContaining([...expectedKinds, ...expectedSteps]))
    const from = scene.api.requests.length
    const before = knownRuns()
    let run = ''
    // What a resumed process writes first is met wherever it begins.
    for (const kind of kinds.flatMap((name) => (name === 'event task-ended' ? ['event process-resumed', name] : [name]))) {
      for (const point of [`before:${kind}`, `after:${kind}`]) {
        const { code, said } = await killedAt(point, () => (run === '' ? start() : resume(run)))
        expect(`${point}: ${code === null ? 'killed' : said}`).toBe(`${point}: killed`)
        if (run === '') run = runOf(said) || newRun(before)
      }
    }
    const { said } = await resume(run)
    expect((await scene.dce('status', '--run', run, '--repo', scene.repo)).said, said).toContain('\nfinished; ')
    expect(treeOf(run)).toBe(treeOf(whole))
    expect(paidTwice(run, from)).toEqual([])
  }, 900_000)

  const every = process.env['DCE_TEST_KILL_EVERY']
  it.runIf(every !== undefined)(
    'before every single step of a run, each in a run of its own, changes nothing in the end',
    async () => {
      const [first = 1, last = Number.POSITIVE_INFINITY] = every?.includes('-') === true ? every.split('-').map(Number) : []
      for (let step = first; step <= last; step++) {
        const name = `step ${step} of ${steps.length}, ${steps[step - 1] ?? 'one more'}`
        const from = scene.api.requests.length
        const before = knownRuns()
        const killed = await killedAt(`before:#${step}`, start)
        // Agents at work do not take the same number of steps each time; behind the last one there is nobody to kill.
        if (killed.code === 0 && step > steps.length * 0.95) break
        expect(killed.code, name).toBeNull()
        const begun = runOf(killed.said) || newRun(before)
        const { code, said } = begun === '' ? await start() : await resume(begun)
        const run = begun || runOf(said)
        expect(code, `resumed after ${name}: ${said}`).toBe(0)
        expect(treeOf(run), name).toBe(treeOf(whole))
        expect(paidTwice(run, from), name).toEqual([])
        console.log(`${name}: same tree, nothing paid twice`)
        await scene.dce('clean', '--run', run, '--repo', scene.repo)
      }
    },
    14_400_000,
  )
})

/** A run that was killed before it could say its name is known to the journal, or not at all (''). */
function newRun(before: ReadonlySet<string>): string {
  return [...knownRuns()].find((run) => !before.has(run)) ?? ''
}

function knownRuns(): ReadonlySet<string> {
  const journal = new DatabaseSync(join(scene.folder, 'state', 'dce', 'journal.sqlite'), { readOnly: true })
  try {
    return new Set(
      journal
        .prepare('SELECT DISTINCT run FROM event')
        .all()
        .map((row) => String(row['run'])),
    )
  } finally {
    journal.close()
  }
}
