// The App, from a label on an issue to a pull request that is merged: as a process, against the fake GitHub, with real git, go and durable engine.
import { execFileSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answerFrom } from '../support/scripted-answers.ts'
import { repository as files, firstTry, planAnswer, solution, specification, writeScript } from './quota-feature.ts'
import { openServed, type Served } from './serve-dce.ts'

let served: Served

beforeAll(async () => {
  const script = { plan: planAnswer(), ...writeScript(mkdtempSync(join(process.env['HOME'] ?? '', 'script-')), { solution, firstTry }) }
  served = await openServed({
    files: { ...files, '.github/dce.yml': 'approve: always\n' },
    answer: (request) => ({ content: answerFrom(script, request), firstTokenDelayMs: 10 }),
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
    await fake.people.merge(repository, pull.number, 'ada')
    expect(issue.state).toBe('closed')
    const show = execFileSync('git', ['--git-dir', repository.gitDir, 'show', 'main:internal/quota/quota.go'], { encoding: 'utf8' })
    expect(show).toContain('q.Used >= q.Limit')
  }, 300_000)
})
