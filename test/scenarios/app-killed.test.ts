// The App and its durable engine, killed at one moment after the other of one run and started again: same tree, one board, one pull request, nothing paid twice.
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { answerFrom } from '../support/scripted-answers.ts'
import { pictureOf } from './issue-picture.ts'
import { repository as files, firstTry, planAnswer, solution, specification, writeScript } from './quota-feature.ts'
import { openServed, type Served } from './serve-dce.ts'

let served: Served

beforeAll(async () => {
  const script = { plan: planAnswer(), ...writeScript(mkdtempSync(join(process.env['HOME'] ?? '', 'script-')), { solution, firstTry }) }
  served = await openServed({
    files: { ...files, '.github/dce.yml': 'approve: never\n' },
    answer: (request) => ({ content: answerFrom(script, request), firstTokenDelayMs: 100 }),
  })
}, 300_000)

afterAll(() => served.close())

it('loses and repeats nothing', async () => {
  const { fake, repository, until } = served
  await served.start()
  const finished = (issue: number) => served.pulls().find(({ pull, body }) => pull?.draft === false && body?.includes(`Closes #${issue}.`))
  const whole = fake.people.openIssue(repository, 'ada', { title: 'Call quotas', body: specification })
  fake.people.label(repository, whole.number, 'ada', 'dce-feature')
  await until('an undisturbed run', () => finished(whole.number), 120_000)
  const turns = served.scene.api.requests.length

  const issue = fake.people.openIssue(repository, 'ada', { title: 'Call quotas', body: specification })
  const body = () => served.board(issue.number)?.body ?? ''
  const moments: readonly (readonly [string, () => unknown])[] = [
    ['the label, before it is answered', () => true],
    ['a board', () => body() !== ''],
    ['a plan', () => body().includes('w1-entity-architect')],
    [
      'a check run',
      () =>
        [...repository.checkRuns.values()].some(
          ({ externalId, status }) => externalId.startsWith(`${issue.number}-`) && status === 'completed',
        ),
    ],
    ['a repair', () => /w1-entity-architect` \| \w+ \| 2/u.test(body())],
    ['a wave 4', () => served.branches().some((name) => name.startsWith(`dce/${issue.number}-`) && name.endsWith('wave-4'))],
  ]
  fake.people.label(repository, issue.number, 'ada', 'dce-feature')
  for (const [index, [what, reached]] of moments.entries()) {
    await until(what, () => (reached() === undefined ? undefined : Boolean(reached())), 120_000).catch((cause: unknown) => {
      // What comes and goes between two looks is met by the next moment.
      if (finished(issue.number) === undefined) throw cause
    })
    // Once politely, at which agents that work hold up nothing; else at once, every other time with its durable engine.
    const from = Date.now()
    if (index === 2) await served.stop('SIGTERM')
    else await served.stop('SIGKILL', index % 2 === 0 ? undefined : 'alone')
    expect(Date.now() - from).toBeLessThan(20_000)
    await served.start()
  }
  await until('the end', () => finished(issue.number), 180_000)
  await until('the end on the board', () => body().includes('**finished**'))
  await until('a word about the end', () => served.comments(issue.number).find(({ body: text }) => text.includes('<!-- dce-asks')))
  await served.settled()
  expect(pictureOf(repository, issue.number)).toEqual(pictureOf(repository, whole.number))
  expect(served.pulls()).toHaveLength(2)
  // A turn that was in flight at a kill is asked again; with six kills and three agents at once these are few.
  expect(served.scene.api.requests.length - turns).toBeLessThanOrEqual(turns + 3 * moments.length)
  expect(fake.faults).toEqual([])
}, 600_000)

it('goes on through wrong, late and lost answers of GitHub, and makes nothing twice', async () => {
  const { fake, repository, until } = served
  const issue = fake.people.openIssue(repository, 'ada', { title: 'Call quotas', body: specification })
  const secondary = { status: 403, headers: { 'retry-after': '1' }, message: 'You have exceeded a secondary rate limit' } as const
  fake.failNext('GET /repos/{owner}/{repo}/contents', { status: 502 })
  fake.failNext('permission', { status: 401 })
  fake.failNext('git fetch', { status: 502 })
  fake.failNext('rules/branches', { status: 500 })
  fake.failNext('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', 'drop')
  fake.failNext('PATCH /repos/{owner}/{repo}/issues/comments', {
    status: 429,
    headers: { 'retry-after': '1' },
    message: 'secondary rate limit',
  })
  fake.failNext('git push', { status: 502 }, 2)
  fake.failNext('POST /repos/{owner}/{repo}/check-runs', 'drop')
  fake.failNext('PATCH /repos/{owner}/{repo}/check-runs', secondary)
  fake.failNext('POST /repos/{owner}/{repo}/pulls', 'drop')
  fake.hooks.fault({ event: 'issues', how: 'twice' })
  fake.people.label(repository, issue.number, 'ada', 'dce-feature')
  const pull = await until(
    'a pull request',
    () => served.pulls().find(({ pull, body }) => pull?.draft === false && body?.includes(`Closes #${issue.number}.`)),
    180_000,
  )
  await until('the end on the board', () => served.board(issue.number)?.body.includes(`#${pull.number}`))
  await until('a word about the end', () => served.comments(issue.number).find(({ body }) => body.includes('<!-- dce-asks')))
  const bot = served.comments(issue.number).filter(({ user }) => user.type === 'Bot')
  expect(bot.map((comment) => /<!-- (?<kind>dce-\w+)/u.exec(comment.body)?.groups?.['kind']).sort()).toEqual(['dce-asks', 'dce-board'])
  expect(served.pulls().filter(({ body }) => body?.includes(`#${issue.number}.`))).toHaveLength(1)
  expect([...repository.checkRuns.values()].filter(({ externalId }) => externalId.startsWith(`${issue.number}-`))).toHaveLength(3)
  expect(fake.unmet()).toEqual([])
  expect(fake.faults).toEqual([])
}, 300_000)
