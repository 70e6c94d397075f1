// A run that the Action planned is built by the App: what one door leaves on GitHub the other one goes on from.
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { answerFrom } from '../support/scripted-answers.ts'
import { repository as files, firstTry, planAnswer, solution, specification, writeScript } from './quota-feature.ts'
import { jobsIn } from './run-action.ts'
import { openServed, type Served } from './serve-dce.ts'

let served: Served

beforeAll(async () => {
  const script = { plan: planAnswer(), ...writeScript(mkdtempSync(join(process.env['HOME'] ?? '', 'script-')), { solution, firstTry }) }
  served = await openServed({ files, answer: (request) => ({ content: answerFrom(script, request), firstTokenDelayMs: 10 }) })
}, 300_000)

afterAll(async () => {
  await served.close()
  expect(served.fake.faults).toEqual([])
})

it('is one run with one board, and no turn is paid twice', async () => {
  const { fake, repository, scene, until } = served
  const job = jobsIn(scene, fake)
  const issue = fake.people.openIssue(repository, 'ada', { title: 'Call quotas', body: specification })
  fake.people.label(repository, issue.number, 'ada', 'dce-feature')
  const planned = await job({ command: 'run' }, { event: 'issues' })
  expect(planned, planned.log).toMatchObject({ code: 0, outputs: { verdict: 'approval' } })
  const turns = scene.api.requests.length

  await served.start()
  fake.people.comment(repository, issue.number, 'bob', '/dce approve')
  const pull = await until('a pull request', () => served.pulls().find(({ pull }) => pull?.draft === false), 120_000)
  expect(pull.pull?.head).toBe(`dce/${planned.outputs['run']}/pr`)
  await until('the end on the board', () => served.board(issue.number)?.body.includes('**finished**'))
  expect(served.comments(issue.number).filter(({ body }) => body.includes('<!-- dce-board'))).toHaveLength(1)
  const plans = scene.api.requests.slice(turns).filter((request) => JSON.stringify(request.body.messages[0]).includes('submit_plan'))
  expect(plans).toEqual([])

  // And back: what the App finished, a job on another machine knows.
  fake.people.comment(repository, issue.number, 'ada', '/dce status')
  await served.stop('SIGTERM')
  fake.people.comment(repository, issue.number, 'ada', '/dce explain w1-entity-architect')
  const told = await job({ command: 'command' }, { event: 'issue_comment' })
  expect(told, told.log).toMatchObject({ code: 0, outputs: { run: planned.outputs['run'], verdict: 'green' } })
}, 300_000)
