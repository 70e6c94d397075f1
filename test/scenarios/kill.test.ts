// kill -9 once before and once after every kind of durable write of a run of two waves: the tree is that of an undisturbed run, and no turn is paid twice.
// With DCE_TEST_KILL_EVERY=1 (npm run test:kill) a run of its own is killed before each single write as well.
import { mkdtempSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answerFrom } from '../../examples/scripted-model.ts'
import type { LoggedRequest } from '../fakes/messages-api/server.ts'
import { planAnswer, repository, specification, writeScript } from './quota-feature.ts'
import { openScene, runOf, type Said, type Scene } from './run-dce.ts'

let scene: Scene
let whole = ''
let writes: readonly string[] = []

beforeAll(async () => {
  const script = { plan: planAnswer(), ...writeScript(mkdtempSync(join(process.env['HOME'] ?? '', 'script-'))) }
  scene = await openScene({
    files: repository,
    specification,
    answer: (request) => ({ content: answerFrom(script, request), firstTokenDelayMs: 10 }),
  })
  scene.env['NODE_OPTIONS'] = `--import ${new URL('./kill-at.ts', import.meta.url).href}`
  scene.env['DCE_TEST_WRITES'] = join(scene.folder, 'writes')
  const { code, said } = await start()
  expect(code).toBe(0)
  whole = runOf(said)
  writes = readFileSync(join(scene.folder, 'writes'), 'utf8').trim().split('\n')
  delete scene.env['DCE_TEST_WRITES']
}, 120_000)

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

describe('kill -9', () => {
  it('before and after every kind of write, one after the other in one run, changes nothing in the end', async () => {
    const kinds = [...new Set(writes)]
    expect(kinds).toEqual(
      expect.arrayContaining(['event task-started', 'recorded model', 'recorded tool', 'event wave-merged', 'event published']),
    )
    const from = scene.api.requests.length
    let run = ''
    // What a resumed process writes first is met wherever it begins.
    for (const kind of kinds.flatMap((name) => (name === 'event task-ended' ? ['event process-resumed', name] : [name]))) {
      for (const point of [`before:${kind}`, `after:${kind}`]) {
        const { code, said } = await killedAt(point, () => (run === '' ? start() : resume(run)))
        expect(`${point}: ${code === null ? 'killed' : said}`).toBe(`${point}: killed`)
        if (run === '') run = runOf(said) || newestRun()
      }
    }
    expect((await scene.dce('status', '--run', run, '--repo', scene.repo)).said).toContain('\nfinished; ')
    expect(treeOf(run)).toBe(treeOf(whole))
    expect(paidTwice(run, from)).toEqual([])
  }, 300_000)

  const isEvery = process.env['DCE_TEST_KILL_EVERY'] === '1'
  it.runIf(isEvery)(
    'before every single write of a run, each in a run of its own, changes nothing in the end',
    async () => {
      for (let write = 1; write <= writes.length; write++) {
        const from = scene.api.requests.length
        const killed = await killedAt(`before:#${write}`, start)
        expect(killed.code, `write ${write} of ${writes.length}, ${writes[write - 1]}`).toBeNull()
        const run = runOf(killed.said) || newestRun()
        const { code } = run === whole ? await start() : await resume(run)
        const ended = run === whole ? newestRun() : run
        expect(code, `resumed after write ${write}, ${writes[write - 1]}`).toBe(0)
        expect(treeOf(ended)).toBe(treeOf(whole))
        expect(paidTwice(ended, from)).toEqual([])
        console.log(`${write} of ${writes.length} (${writes[write - 1]}): same tree, nothing paid twice`)
        await scene.dce('clean', '--run', ended, '--repo', scene.repo)
      }
    },
    7_200_000,
  )
})

/** A run that was killed before it could say its name is known to the journal, or not at all. */
function newestRun(): string {
  const journal = new DatabaseSync(join(scene.folder, 'state', 'dce', 'journal.sqlite'), { readOnly: true })
  try {
    const row = journal.prepare('SELECT run, MAX(at) FROM event GROUP BY run ORDER BY 2 DESC').get()
    const run = String(row?.['run'] ?? '')
    return run === whole ? '' : run
  } finally {
    journal.close()
  }
}
