// What people do with a run besides starting it: a review that finds something, a base that moves, comments to fix, pause, budget, cancel. Each through the CLI.
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { MessagesRequest } from '../fakes/messages-api/request.ts'
import { answerFrom, type ScriptedBlock } from '../support/scripted-answers.ts'
import { firstTry, planAnswer, repository, solution, specification, type Work, writeScript } from './quota-feature.ts'
import { openScene, runOf, type Scene, writeFiles } from './run-dce.ts'

const call = (name: string, input: unknown): ScriptedBlock => ({ type: 'tool_use', name, input })
const firstWords = (request: MessagesRequest) => JSON.stringify(request.messages[0]?.content)
const turnOf = (request: MessagesRequest) => request.messages.filter((message) => message.role === 'assistant').length + 1
const hasTool = (request: MessagesRequest, name: string) => request.tools?.some((tool) => tool.name === name) === true
const lastResults = (request: MessagesRequest) => JSON.stringify(request.messages.at(-1)?.content)

/** The feature with what bulletproof asks for: tests of every package, and of every line that matters. */
function thoroughPlan(): ReturnType<typeof planAnswer> {
  const plan = planAnswer()
  const tests: Readonly<Record<string, { readonly path: string; readonly symbols: readonly string[] }>> = {
    'w1-domain-service-designer': { path: 'internal/quota/describe_test.go', symbols: ['TestDescribe'] },
    'w4-rest-api-builder': { path: 'cmd/app/main_test.go', symbols: ['TestMainRuns'] },
  }
  const tasks = plan.tasks.map((task) => {
    const test = tests[task.id]
    return test === undefined
      ? task
      : { ...task, files: [...task.files, { ...test, symbols: [...test.symbols], change: 'create' as const }] }
  })
  return { ...plan, tasks }
}

function thoroughWork(): Work {
  const test = (name: string, packageName: string, body: string) =>
    `package ${packageName}\n\nimport "testing"\n\nfunc ${name}(t *testing.T) {\n${body}\n}\n`
  const entity = solution['w1-entity-architect'] ?? {}
  return {
    ...solution,
    'w1-entity-architect': {
      ...entity,
      'internal/quota/quota_test.go': `${entity['internal/quota/quota_test.go']}
func TestLimit(t *testing.T) {
	if _, err := New("b", 0); err == nil {
		t.Fatal("a limit of nothing was accepted")
	}
}
`,
    },
    'w1-domain-service-designer': {
      ...solution['w1-domain-service-designer'],
      'internal/quota/describe_test.go': test(
        'TestDescribe',
        'quota',
        '\tif got := Describe(&Quota{Buyer: "b", Limit: 2, Used: 1}); got != "b: 1 of 2" {\n\t\tt.Fatal(got)\n\t}',
      ),
    },
    'w4-rest-api-builder': {
      ...solution['w4-rest-api-builder'],
      'cmd/app/main_test.go': test('TestMainRuns', 'main', '\tmain()\n\tif t.Failed() {\n\t\tt.Fatal("main failed")\n\t}'),
    },
  }
}

/** Answers of a test before the script's: undefined leaves the request to the script. */
type Override = (request: MessagesRequest) => readonly ScriptedBlock[] | undefined

let scene: Scene
let override: Override = () => undefined
let firstTokenDelayMs = 10

beforeAll(async () => {
  const home = process.env['HOME'] ?? ''
  const script = { plan: thoroughPlan(), ...writeScript(mkdtempSync(join(home, 'script-')), { solution: thoroughWork(), firstTry }) }
  scene = await openScene({
    files: repository,
    specification,
    race: true,
    answer: (request) => ({ content: override(request) ?? answerFrom(script, request), firstTokenDelayMs }),
  })
})

afterAll(() => scene.close())

const treeOf = (run: string) => scene.git('rev-parse', `dce/${run}/pr^{tree}`)
const show = (run: string, path: string) => scene.git('show', `dce/${run}/pr:${path}`)
const dce = (...words: readonly string[]) => scene.dce(...words, '--repo', scene.repo)

/** A test of the reviewer's own, written beside the code and thrown away with the copy. */
const scratch = `cat > internal/quota/attack_test.go <<'EOT'
package quota

import "testing"

func TestAttack(t *testing.T) {
	q, _ := New("b", 1)
	_ = q.Consume()
	if q.Consume() == nil {
		t.Fatal("two calls on a limit of one")
	}
}
EOT
go test ./internal/quota`

describe('a finished run', () => {
  let run = ''

  it('of level bulletproof was read by a reviewer who runs what they suspect; the author mends it before the merge', async () => {
    const reviews: string[] = []
    override = (request) => {
      if (!hasTool(request, 'report_findings')) return undefined
      if (!firstWords(request).includes('under review: w1-entity-architect')) return [call('report_findings', { findings: [] })]
      if (turnOf(request) === 1) return [call('outline', { path: 'internal/quota' }), call('bash', { command: scratch })]
      reviews.push(lastResults(request))
      const findings = lastResults(request).includes('two calls on a limit of one')
        ? [{ file: 'internal/quota/quota.go', line: 30, problem: 'Consume lets one call too many through', why: 'limit 1, two calls' }]
        : []
      return [call('report_findings', { findings })]
    }
    const { said } = await dce('run', scene.spec, '--yes', '--quality', 'bulletproof', '--model', `record:${recording()}`)
    run = runOf(said)
    expect(said).toContain('w1-entity-architect: 1 finding of the reviewer, it goes back: internal/quota/quota.go:30')
    expect(said).toContain('w1-domain-service-designer: the reviewer found nothing')
    expect(reviews).toHaveLength(1)
    expect(show(run, 'internal/quota/quota.go')).toContain('q.Used >= q.Limit')
    expect(scene.git('ls-tree', '-r', '--name-only', `dce/${run}/pr`)).not.toContain('attack_test.go')
    expect(said).not.toContain('Repair round')
    expect(said).toContain('is finished: green')
  }, 300_000)

  it('is had again from its recording, without the service', async () => {
    const before = scene.api.requests.length
    const { code, said } = await dce('run', scene.spec, '--yes', '--new', '--quality', 'bulletproof', '--model', `replay:${recording()}`)
    expect(code).toBe(0)
    expect(treeOf(runOf(said))).toBe(treeOf(run))
    expect(scene.api.requests).toHaveLength(before)
  }, 300_000)

  it('takes over a base that moved; where both changed a line, a neutral reconciler keeps both', async () => {
    const theirs = repository['cmd/app/main.go']?.replace('func main() {}', 'func main() {\n\tprintln("open")\n}\n') ?? ''
    writeFiles(scene.repo, { 'cmd/app/main.go': theirs, 'notes/HOURS.md': 'We open at nine.\n' })
    scene.git('add', '--all')
    scene.git('commit', '--quiet', '--message', 'open the shop')
    const merged =
      solution['w4-rest-api-builder']?.['cmd/app/main.go']?.replace('func main() {\n', 'func main() {\n\tprintln("open")\n') ?? ''
    override = (request) =>
      hasTool(request, 'submit_merge') ? [call('submit_merge', { files: [{ path: 'cmd/app/main.go', text: merged }] })] : undefined
    const { code, said } = await dce('update', '--run', run)
    expect(said).toContain('The moved base')
    expect(code).toBe(0)
    expect(show(run, 'cmd/app/main.go')).toBe(merged.trim())
    expect(show(run, 'notes/HOURS.md')).toBe('We open at nine.')
    expect(scene.git('merge-base', 'HEAD', `dce/${run}/pr`)).toBe(scene.git('rev-parse', 'HEAD'))
  }, 300_000)

  it('gives a review comment to the owner of the file, and gates the fix', async () => {
    const asked: string[] = []
    override = (request) => {
      if (!firstWords(request).includes('# Your task: w1-domain-service-designer')) return undefined
      asked.push(firstWords(request))
      if (turnOf(request) === 1) return [call('read', { path: 'internal/quota/describe.go' })]
      if (turnOf(request) === 2)
        return [call('edit', { path: 'internal/quota/describe.go', old: 'what a quota allows', new: 'how much of a quota is used' })]
      return [
        call('hand_over', {
          summary: 'The comment says what the code does.',
          files: ['internal/quota/describe.go'],
          requirements: [],
          checks: [],
        }),
      ]
    }
    const { code, said } = await dce(
      'fix',
      '--comment',
      'internal/quota/describe.go:5: it says what is used, not what is allowed',
      '--run',
      run,
    )
    expect(asked[0]).toContain('not what is allowed')
    expect(said).toContain('w1-domain-service-designer')
    expect(code).toBe(0)
    expect(show(run, 'internal/quota/describe.go')).toContain('how much of a quota is used')
  }, 300_000)
})

describe('a run under way', () => {
  let run = ''

  it('is paused, told how to go on, goes on, and is cancelled for good', async () => {
    override = () => undefined
    firstTokenDelayMs = 400
    const child = scene.start('run', scene.spec, '--yes', '--new', '--repo', scene.repo)
    await until(() => /w1-entity-architect starts/u.test(child.said()))
    run = runOf(child.said())
    expect((await dce('pause', '--run', run)).said).toContain('Told the process')
    expect(await ended(child)).toBe(3)
    expect((await dce('status', '--run', run)).said).toMatch(/paused by you/iu)
    expect((await dce('skip', 'w1-entity-architect', '--reason', 'not now', '--run', run)).said).toMatch(/w4-rest-api-builder needs it/u)
    expect((await dce('mode', 'sequential', '--run', run)).code).toBe(3)
    const going = scene.start('resume', '--run', run, '--repo', scene.repo)
    await until(() => /Wave 1: 2 tasks merged/u.test(going.said()))
    await dce('cancel', '--run', run)
    expect(await ended(going)).toBe(1)
    expect(await dce('resume', '--run', run)).toMatchObject({ code: 2, said: expect.stringContaining('cancelled') })
    expect(scene.git('branch', '--list', `dce/${run}/wave-1`)).toContain('wave-1')
  }, 120_000)

  it('stops at its cap before a turn that would pass it, and goes on with more', async () => {
    firstTokenDelayMs = 10
    const poor = await dce('run', scene.spec, '--yes', '--new', '--budget-usd', '0.07')
    run = runOf(poor.said)
    expect(poor).toMatchObject({ code: 3, said: expect.stringContaining('cap of $0.07 is reached') })
    const rich = await dce('budget', '+5', '--run', run)
    expect(rich.said).toContain('is finished: green')
    expect(rich.code).toBe(0)
  }, 120_000)
})

function recording(): string {
  return join(scene.folder, 'run.jsonl')
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(20)
}

function ended(child: ReturnType<Scene['start']>): Promise<number | null> {
  return new Promise((resolve) => child.once('close', resolve))
}
