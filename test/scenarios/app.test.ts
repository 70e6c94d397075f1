// The App, from a label on an issue to a pull request that is merged: as a process, against the fake GitHub, with real git, go and durable engine.
import { execFileSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answerFrom, type ScriptedBlock, type ScriptedRequest } from '../support/scripted-answers.ts'
import { repository as files, firstTry, planAnswer, solution, specification, writeScript } from './quota-feature.ts'
import { openServed, type Served } from './serve-dce.ts'

let served: Served

const leftOver = `package quota

import "fmt"

// Describe says what is left of a quota.
func Describe(q *Quota) string { return fmt.Sprintf("%s: %d left", q.Buyer, q.Limit-q.Used) }
`

const asksForLeft = ({ messages }: ScriptedRequest) => JSON.stringify(messages[0]).includes('Say what is left')

// The model that mends what the review asks for.
function leftTurn({ messages }: ScriptedRequest): readonly ScriptedBlock[] {
  const path = 'internal/quota/describe.go'
  const call = (name: string, input: unknown): ScriptedBlock => ({ type: 'tool_use', name, input })
  switch (messages.filter(({ role }) => role === 'assistant').length) {
    case 0:
      return [call('read', { path })]
    case 1:
      return [call('write', { path, content: leftOver })]
    default:
      return [call('hand_over', { summary: 'It says what is left.', files: [path], requirements: [], checks: [] })]
  }
}

beforeAll(async () => {
  const script = { plan: planAnswer(), ...writeScript(mkdtempSync(join(process.env['HOME'] ?? '', 'script-')), { solution, firstTry }) }
  served = await openServed({
    files: { ...files, '.github/dce.yml': 'approve: always\n' },
    answer: (request) => ({ content: asksForLeft(request) ? leftTurn(request) : answerFrom(script, request), firstTokenDelayMs: 10 }),
  })
  await served.start()
}, 300_000)

afterAll(async () => {
  await served.close()
  expect(served.fake.faults).toEqual([])
})

describe('a labelled issue', () => {
  it('is planned, waits for a yes, is built with one repair, and becomes a pull request that closes it', async () => {
    const { fake, repository, until } = served
    const issue = fake.people.openIssue(repository, 'rob', { title: 'Call quotas', body: specification })
    fake.people.label(repository, issue.number, 'ada', 'dce-feature')
    const board = await until('a board that waits for a yes', () => {
      const found = served.board(issue.number)
      return found?.body.includes('/dce approve') === true ? found : undefined
    })
    expect(board.body).toContain('w1-entity-architect')
    await until('a comment that asks', () =>
      served.comments(issue.number).find(({ body }) => body.includes('@ada') && body.includes('/dce approve')),
    )
    expect(served.pulls()).toEqual([])

    const yes = fake.people.comment(repository, issue.number, 'bob', 'Looks right.\n\n/dce approve')
    const pull = await until('a pull request', () => served.pulls().find(({ pull }) => pull?.draft === false), 120_000)
    expect(yes.reactions.map(({ content }) => content)).toEqual(['eyes', 'rocket'])
    expect(pull.body).toContain(`Closes #${issue.number}.`)
    await until('the end on the board', () => board.body.includes(`#${pull.number}`) && board.body.includes('**finished**'))
    expect([...repository.checkRuns.values()].map(({ name, conclusion }) => `${name}: ${conclusion}`)).toEqual(
      expect.arrayContaining(['dce / wave 1 Domain: failure', 'dce / wave 1 Domain: success', 'dce / wave 4 API: success']),
    )
    const red = [...repository.checkRuns.values()].find(({ conclusion }) => conclusion === 'failure')
    expect(red?.annotations[0]).toMatchObject({ path: 'internal/quota/quota_test.go', annotation_level: 'failure' })
    expect(served.branches().filter((name) => /\/(?:pr|state|wave-\d)$/u.test(name))).toHaveLength(4)
    expect(served.branches().every((name) => name === 'main' || name.startsWith('dce/'))).toBe(true)

    // A review asks for more: the owner of the file mends it, its own commit is pushed, the thread is answered and left open.
    await fake.people.review(repository, pull.number, 'bob', {
      body: '/dce fix',
      threads: [{ path: 'internal/quota/describe.go', line: 6, body: 'Say what is left instead of what was used.' }],
    })
    const head = () =>
      execFileSync('git', ['--git-dir', repository.gitDir, 'rev-parse', pull.pull?.head ?? ''], { encoding: 'utf8' }).trim()
    const reply = await until('an answer in the thread', () => pull.pull?.threads.find(({ user }) => user.type === 'Bot'), 120_000)
    expect(reply.body).toContain(head())
    expect(
      execFileSync('git', ['--git-dir', repository.gitDir, 'show', `${head()}:internal/quota/describe.go`], { encoding: 'utf8' }),
    ).toContain('left')
  }, 300_000)
})

describe('commands', () => {
  it('count for those who may, at the start of a line, once; others are told once', async () => {
    const { fake, repository, until } = served
    const issue = fake.people.openIssue(repository, 'ada', { title: 'Call quotas', body: specification })
    const say = (by: string, body: string) => fake.people.comment(repository, issue.number, by, body)
    const reacted = (id: number) => repository.comments.get(id)?.reactions.map(({ content }) => content)
    const answerTo = (text: string) => served.comments(issue.number).find(({ user, body }) => user.type === 'Bot' && body.includes(text))

    const early = say('bob', '/dce status')
    await until('there is no run', () => answerTo('There is no run here yet'))
    expect(reacted(early.id)).toEqual(['eyes', 'confused'])
    const typo = say('bob', '/dce aprove')
    await until('did you mean', () => answerTo('Did you mean `approve`?'))
    expect(reacted(typo.id)).toEqual(['eyes', 'confused'])
    say('tia', '/dce help')
    await until('the table', () => answerTo('| `/dce approve` |'))

    const refused = say('rob', '/dce help\n')
    const again = say('rob', '/dce approve')
    await until('no permission', () => [refused, again].every(({ id }) => reacted(id)?.join() === 'confused'))
    expect(served.comments(issue.number).filter(({ body }) => body.includes('@rob, this needs'))).toHaveLength(1)

    const quiet = [say('bob', 'I would say /dce help'), say('bob', '```\n/dce help\n```'), say('bob', '> /dce help'), say('ada', 'nothing')]
    fake.people.person('helper[bot]', 'Bot')
    quiet.push(say('helper[bot]', '/dce help'))
    fake.people.editComment(repository, quiet[3]?.id ?? 0, 'ada', '/dce help')
    await fake.hooks.settled()
    const last = say('tia', '/dce help')
    await until('the last one', () => reacted(last.id)?.includes('rocket'))
    expect(quiet.flatMap(({ id }) => reacted(id))).toEqual([])
  }, 120_000)

  it('a plan alone; a label set meanwhile starts nothing; cancel and clean leave nothing behind', async () => {
    const { fake, repository, until } = served
    const issue = fake.people.openIssue(repository, 'ada', { title: 'Call quotas again', body: `${specification}\nOnce more.\n` })
    const say = (by: string, body: string) => fake.people.comment(repository, issue.number, by, body)
    fake.hooks.fault({ event: 'issue_comment', how: 'twice' })
    say('bob', '/dce plan')
    const board = await until(
      'a plan',
      () => (served.board(issue.number)?.body.includes('/dce approve') === true ? served.board(issue.number) : undefined),
      120_000,
    )
    const run = /Run `(?<run>[^`]+)`/u.exec(board.body)?.groups?.['run'] ?? ''
    fake.people.label(repository, issue.number, 'bob', 'DCE-Feature')
    await until('it is not over', () => served.comments(issue.number).find(({ body }) => body.includes('is not over')))
    say('bob', '/dce cancel')
    await until('cancelled', () => board.body.includes('cancelled'))
    say('bob', '/dce clean')
    await until('nothing left', () =>
      served.comments(issue.number).find(({ body }) => body.includes(`everything of run \`${run}\` is removed`)),
    )
    expect(served.branches().filter((name) => name.includes(run))).toEqual([])
    expect(served.comments(issue.number).filter(({ body }) => body.includes('<!-- dce-board'))).toHaveLength(1)
  }, 180_000)
})

describe('a button of a check run', () => {
  it('is a command of whoever clicks it, and asks for the same permission', async () => {
    const { fake, repository, until } = served
    const red = [...repository.checkRuns.values()].find(({ conclusion }) => conclusion === 'failure')
    expect(red?.actions.map(({ identifier }) => identifier)).toEqual(['retry-wave', 'explain-wave'])
    const told = (text: string) => served.comments(1).find(({ body }) => body.includes(text))
    fake.people.clickCheck(repository, red?.id ?? 0, 'tia', 'retry-wave')
    await until('who may not', () => told('@tia, this needs the permission `write`'))
    fake.people.clickCheck(repository, red?.id ?? 0, 'bob', 'explain-wave')
    expect((await until('an answer', () => told('@bob'))).body).toContain('finished;')
  }, 60_000)
})

describe('a pull request', () => {
  it('that is merged closes its issue', async () => {
    const { fake, repository } = served
    const pull = served.pulls()[0]
    const closed = repository.issues.get(1)
    await fake.people.merge(repository, pull?.number ?? 0, 'ada')
    expect(closed?.state).toBe('closed')
    const show = execFileSync('git', ['--git-dir', repository.gitDir, 'show', 'main:internal/quota/quota.go'], { encoding: 'utf8' })
    expect(show).toContain('q.Used >= q.Limit')
  })
})
