// The gate in the repository's own workflow: asked by a push, heard by webhook or by looking, believed only as far as its jobs go.
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { gateWorkflowPath } from '../../src/app/read-gate-run.ts'
import { renderGateWorkflow } from '../../src/cli/gate-workflow.ts'
import type { WorkflowScript } from '../fakes/github/run-workflow.ts'
import { answerFrom } from '../support/scripted-answers.ts'
import { judgeAsJobs } from './gate-jobs.ts'
import { repository as files, firstTry, planAnswer, solution, specification, writeScript } from './quota-feature.ts'
import { openServed, type Served } from './serve-dce.ts'

let served: Served
/** How the next runs of the workflow go; then they judge. */
const instead: WorkflowScript[] = []
const workflow = renderGateWorkflow({ action: 'dce-dev/dce@v0', defaultBranch: 'main', goVersionFile: 'go.mod' })

beforeAll(async () => {
  const script = { plan: planAnswer(), ...writeScript(mkdtempSync(join(process.env['HOME'] ?? '', 'script-')), { solution, firstTry }) }
  served = await openServed({
    files: { ...files, '.github/dce.yml': 'approve: never\n', [gateWorkflowPath]: workflow },
    answer: (request) => ({ content: answerFrom(script, request), firstTokenDelayMs: 10 }),
    actions: (folder) => {
      const judge = judgeAsJobs(folder)
      return { by: 'scripted', script: (run, request) => (instead.shift() ?? judge)(run, request) }
    },
  })
  served.scene.env['DCE_GATE_BEGINS_WITHIN_MS'] = '4000'
  await served.start()
}, 300_000)

afterAll(async () => {
  await served.close()
  expect(served.fake.faults).toEqual([])
})

const runs = () => [...served.repository.workflowRuns.values()]
const finished = (issue: number) => served.pulls().find(({ pull, body }) => pull?.draft === false && body?.includes(`Closes #${issue}.`))

async function begin(title: string): Promise<number> {
  const { fake, repository } = served
  const issue = fake.people.openIssue(repository, 'ada', { title, body: `${specification}\n${title}\n` })
  fake.people.label(repository, issue.number, 'ada', 'dce-feature')
  return issue.number
}

describe('the gate in Actions', () => {
  it('judges every wave: a red one is repaired, the pull request is green', async () => {
    const issue = await begin('Call quotas')
    await served.until('a pull request', () => finished(issue), 180_000)
    // Wave 1 red, wave 1 repaired, wave 4: one run each, on the branch that the team sees, and none for the other branches.
    expect(runs().map(({ ref, conclusion }) => `${ref.split('/').at(-1)} ${conclusion}`)).toEqual([
      'wave-1 failure',
      'wave-1 success',
      'wave-4 success',
    ])
    const checks = [...served.repository.checkRuns.values()].map(({ name, conclusion }) => `${name}: ${conclusion}`)
    expect(checks).toEqual(['dce / wave 1 Domain: failure', 'dce / wave 1 Domain: success', 'dce / wave 4 API: success'])
    expect(runs()[0]?.artifacts.map(({ name }) => name)).toEqual(['dce-gate-judge', 'dce-gate-tests'])
  }, 240_000)

  it('a cancelled job is no answer: it is said, and `retry` asks anew about the same commit', async () => {
    instead.push(async () => ({
      jobs: [
        { name: 'judge', conclusion: 'success' },
        { name: 'tests', conclusion: 'cancelled' },
      ],
    }))
    const issue = await begin('Cancelled')
    const board = await served.until(
      'an unknown gate',
      () => (served.board(issue)?.body.includes('Stopped') ? served.board(issue) : undefined),
      120_000,
    )
    expect(board.body).toMatch(/tests \(the job \S+ ended as cancelled/u)
    served.fake.people.comment(served.repository, issue, 'ada', '/dce retry wave-1')
    await served.until('a pull request', () => finished(issue), 180_000)
    expect(runs().some(({ ref }) => ref.endsWith('/wave-1-again-1'))).toBe(true)
  }, 240_000)

  it('no run at all, and then one whose webhook is lost', async () => {
    served.fake.actions.hold()
    const { repository } = served
    const issue = await begin('Queued')
    await served.until('a queued run', () => runs().find(({ status }) => status === 'queued'), 120_000)
    served.fake.hooks.fault({ event: 'workflow_run', how: 'lose' })
    served.fake.hooks.fault({ event: 'workflow_run', how: 'lose' })
    await served.until('the board names it', () => served.board(issue)?.body.includes('The gate is at work in Actions'), 30_000)
    served.fake.actions.release()
    await served.until('a pull request', () => finished(issue), 180_000)

    // The workflow was switched off while the run was going on: nothing starts any more.
    const [known] = repository.workflows.values()
    if (known === undefined) throw new Error('no workflow')
    const next = await begin('Switched off')
    await served.until('a plan', () => served.board(next)?.body.includes('w1-entity-architect'), 120_000)
    known.state = 'disabled_manually'
    const board = await served.until(
      'it says so',
      () => (served.board(next)?.body.includes('Stopped') ? served.board(next) : undefined),
      120_000,
    )
    expect(board.body).toContain('GitHub began no run of dce-gate.yml')
    const refused = await begin('Not started')
    await served.until('refused before money', () =>
      served.comments(refused).find(({ body }) => body.includes('is not active (disabled_manually)')),
    )
    known.state = 'active'
  }, 300_000)
})
