// From a label to a pull request that is merged: all waves, judged by the repository's own workflow, which act runs as GitHub's runners would. One red wave is repaired.
import { execFileSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { gateWorkflowPath } from '../../src/app/read-gate-run.ts'
import { renderGateWorkflow } from '../../src/cli/gate-workflow.ts'
import { lookForAct } from '../fakes/github/find-act.ts'
import { answerFrom } from '../support/scripted-answers.ts'
import { judgeByAct } from './gate-by-act.ts'
import { repository as files, firstTry, planAnswer, solution, specification, writeScript } from './quota-feature.ts'
import { openServed, type Served } from './serve-dce.ts'

let served: Served
const workflow = renderGateWorkflow({ action: 'dce-dev/dce@v0', defaultBranch: 'main', goVersionFile: 'go.mod' })

describe.skipIf(lookForAct() === undefined)('the App with its gate by act', () => {
  beforeAll(async () => {
    const script = { plan: planAnswer(), ...writeScript(mkdtempSync(join(process.env['HOME'] ?? '', 'script-')), { solution, firstTry }) }
    served = await openServed({
      files: { ...files, '.github/dce.yml': 'approve: never\n', [gateWorkflowPath]: workflow },
      answer: (request) => ({ content: answerFrom(script, request), firstTokenDelayMs: 10 }),
      actions: judgeByAct,
    })
    await served.start()
  }, 300_000)

  afterAll(async () => {
    await served.close()
    expect(served.fake.faults).toEqual([])
  })

  it('ends in a merge', async () => {
    const { fake, repository, until } = served
    const issue = fake.people.openIssue(repository, 'ada', { title: 'Call quotas', body: specification })
    fake.people.label(repository, issue.number, 'ada', 'dce-feature')
    const pull = await until('a pull request', () => served.pulls().find(({ pull }) => pull?.draft === false), 400_000)
    const runs = [...repository.workflowRuns.values()]
    const said = runs.map(
      ({ ref, conclusion, jobs }) =>
        `${ref.split('/').at(-1)} ${conclusion}: ${jobs.map((job) => `${job.name} ${job.conclusion}`).join(', ')}`,
    )
    expect(said, runs.map(({ log }) => log).join('\n')).toEqual([
      'wave-1 failure: judge success, tests failure, warm skipped',
      'wave-1 success: judge success, tests success, warm skipped',
      'wave-4 success: judge success, tests success, warm skipped',
    ])
    expect([...repository.checkRuns.values()].map(({ name, conclusion }) => `${name}: ${conclusion}`)).toEqual([
      'dce / wave 1 Domain: failure',
      'dce / wave 1 Domain: success',
      'dce / wave 4 API: success',
    ])
    await fake.people.merge(repository, pull.number, 'ada')
    const git = (...words: readonly string[]) => execFileSync('git', ['--git-dir', repository.gitDir, ...words], { encoding: 'utf8' })
    expect(git('show', 'main:internal/quota/quota.go')).toContain('package quota')
  }, 600_000)
})
