// What the App does not do, and says: rules that no push would get past, texts that say nothing, caps that are reached, things that are gone.
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { answerFrom } from '../support/scripted-answers.ts'
import { repository as files, planAnswer, solution, specification, writeScript } from './quota-feature.ts'
import { openServed, type Served } from './serve-dce.ts'

let served: Served
let asked = 0
let answerAfterMs = 10

beforeAll(async () => {
  const script = { plan: planAnswer(), ...writeScript(mkdtempSync(join(process.env['HOME'] ?? '', 'script-')), { solution, firstTry: {} }) }
  served = await openServed({
    files: { ...files, '.github/dce.yml': 'approve: {above_usd: 0.1}\n', 'docs/quotas.md': specification },
    answer: (request) => ({ content: answerFrom(script, request), firstTokenDelayMs: answerAfterMs }),
  })
  await served.start()
}, 300_000)

afterEach(() => expect(served.fake.faults).toEqual([]))
afterAll(() => served.close())

function label(body: string, title = 'Call quotas') {
  const issue = served.fake.people.openIssue(served.repository, 'ada', { title, body })
  asked = served.scene.api.requests.length
  served.fake.people.label(served.repository, issue.number, 'ada', 'dce-feature')
  return issue
}

let waiting: number | undefined

async function waitingRun(): Promise<number> {
  const issue = label(`${specification}\nAnd every command.\n`)
  await told(issue.number, '/dce approve')
  return issue.number
}

/** What the board says after a command that has no words of its own. */
const shownAfter: Readonly<Record<string, string>> = {
  budget: 'of $30.00',
  mode: 'sequential, production',
  quality: 'sequential, draft',
  cancel: 'stopped (cancelled)',
}

const told = (issue: number, text: string) =>
  served.until(
    `"${text}" on #${issue}`,
    () => served.comments(issue).find(({ body, user }) => user.type === 'Bot' && body.includes(text)),
    120_000,
  )

describe('nothing is paid', () => {
  it('where a ruleset would refuse what the run makes', async () => {
    served.repository.rules.push({ type: 'required_signatures', branches: /^dce\//u })
    const issue = label(specification)
    const { body } = await told(issue.number, 'No run was started')
    expect(body).toContain('wants signed commits')
    expect(body).toContain('Write `commits: api`')
    expect(body).toContain('or exclude `dce/**`')
    expect(served.scene.api.requests.length).toBe(asked)
    served.repository.rules.length = 0
  }, 120_000)

  it('for a file that is not there, a wrong option, and a label of somebody who may not', async () => {
    const missing = label('docs/no-such.md')
    expect((await told(missing.number, 'No run was started')).body).toContain('docs/no-such.md')
    const wrong = label(`---\nquality_level: prodution\n---\n${specification}`)
    expect((await told(wrong.number, 'No run was started')).body).toContain('prodution')
    const issue = served.fake.people.openIssue(served.repository, 'ada', { title: 'Call quotas', body: specification })
    served.fake.people.label(served.repository, issue.number, 'tia', 'dce-feature')
    await told(issue.number, '@tia, this needs the permission `write`')
    expect(served.scene.api.requests.length).toBe(asked)
    expect(served.pulls()).toEqual([])
  }, 120_000)
})

describe('a repository without a commit', () => {
  it('is said to be one, and the next label is heard', async () => {
    const { people } = served.fake
    const empty = people.repository('acme/empty', { roles: { ada: 'admin' } })
    const issue = people.openIssue(empty, 'ada', { title: 'Call quotas', body: specification })
    const words = () => [...empty.comments.values()].filter(({ body }) => body.includes('No run was started'))
    people.label(empty, issue.number, 'ada', 'dce-feature')
    const said = await served.until('a word', () => words()[0])
    expect(said.body).toContain('no branch main')
    const before = said.history.length
    people.label(empty, issue.number, 'ada', 'dce-feature')
    await served.until('the word again', () => said.history.length > before)
    expect(words()).toHaveLength(1)
  }, 60_000)
})

describe('a run', () => {
  it('of a file that the issue names waits for a yes above the sum, refuses what makes no sense, and ends when it is cancelled', async () => {
    const issue = label('docs/quotas.md')
    await told(issue.number, '/dce approve')
    const say = (text: string) => served.fake.people.comment(served.repository, issue.number, 'bob', text)
    const early = say('/dce retry wave-1')
    await served.until('refused', () => early.reactions.some(({ content }) => content === 'confused'))
    say('/dce cancel')
    await served.until('cancelled', () => served.board(issue.number)?.body.includes('stopped (cancelled)'))
    const late = say('/dce approve')
    await served.until('too late', () => late.reactions.some(({ content }) => content === 'confused'))
    await told(issue.number, 'The run was cancelled')
  }, 120_000)

  it.each([
    ['status', 'rocket', 'stopped (approval)'],
    ['explain w1-entity-architect', 'rocket', 'w1-entity-architect'],
    ['explain w9-nobody', 'confused', 'w9-nobody'],
    ['help', 'rocket', '| `/dce clean` |'],
    ['plan', 'confused', 'is not over'],
    ['pause', 'confused', 'Nothing is running'],
    ['resume', 'confused', 'waits for your word: `/dce approve`'],
    ['retry', 'confused', 'waits for your word'],
    ['retry w1-entity-architect --clean', 'confused', 'waits for your word'],
    ['continue --from wave-4', 'confused', 'waits for your word'],
    ['continue', 'confused', 'wants `--from wave-K`'],
    ['skip w1-entity-architect --reason "later"', 'confused', 'w4-rest-api-builder needs it'],
    ['skip w1-entity-architect', 'confused', 'wants a task and `--reason "…"`'],
    ['budget +5', 'rocket', ''],
    ['budget five', 'confused', 'wants an amount'],
    ['mode sequential', 'rocket', ''],
    ['mode slow', 'confused', 'wants one of parallel, sequential, adaptive'],
    ['quality draft', 'rocket', ''],
    ['update', 'rocket', 'the base has not moved'],
    ['check-work', 'rocket', 'has not merged anything yet'],
    ['fix', 'confused', 'no open thread'],
    ['cancel now', 'confused', 'does not take `now`'],
    ['cancel', 'rocket', ''],
    ['resume', 'confused', 'The run was cancelled'],
    ['clean', 'rocket', 'is removed'],
  ])(
    'that waits for a yes answers /dce %s with %s',
    async (words, reaction, answer) => {
      waiting ??= await waitingRun()
      const said = served.fake.people.comment(served.repository, waiting, 'bob', `/dce ${words}`)
      await served.until(`${reaction} for ${words}`, () => said.reactions.at(-1)?.content === reaction)
      expect(said.reactions.map(({ content }) => content)).toEqual(['eyes', reaction])
      const after = () =>
        served.comments(waiting ?? 0).filter(({ id, user, body }) => id > said.id && user.type === 'Bot' && body.includes('dce-answer'))
      if (answer !== '') await served.until(`the answer to ${words}`, () => after().some(({ body }) => body.includes(answer)))
      // What a command changes is in the run before the next one is given.
      else
        await served.until('the board follows', () =>
          served.board(waiting ?? 0)?.body.includes(shownAfter[words.split(' ')[0] ?? ''] ?? ''),
        )
    },
    60_000,
  )

  it('stops at its cap, says so, and goes on when the cap is raised', async () => {
    const issue = label(`---\nbudget_usd: 0.06\n---\n${specification}`)
    await told(issue.number, '/dce budget +5')
    const paid = /\$(?<usd>[\d.]+) of \$0\.06/u.exec(served.board(issue.number)?.body ?? '')?.groups?.['usd']
    expect(Number(paid)).toBeLessThanOrEqual(0.06)
    expect(served.scene.api.requests.length).toBe(asked)
    const raised = served.fake.people.comment(served.repository, issue.number, 'bob', '/dce budget +5')
    await told(issue.number, '/dce approve')
    served.fake.people.comment(served.repository, issue.number, 'bob', '/dce approve')
    await served.until('a pull request', () => served.pulls().find(({ pull }) => pull?.draft === false), 120_000)
    expect(raised.reactions.map(({ content }) => content)).toEqual(['eyes', 'rocket'])
  }, 300_000)

  it('whose issue is transferred is cancelled', async () => {
    const issue = label(`${specification}\nElsewhere soon.\n`)
    await told(issue.number, '/dce approve')
    const run = /Run `(?<run>[^`]+)`/u.exec(served.board(issue.number)?.body ?? '')?.groups?.['run'] ?? ''
    served.fake.people.transfer(served.repository, issue.number, 'ada')
    const status = async () => (await served.scene.dce('status', '--run', run)).said
    for (let tries = 0; tries < 50 && !(await status()).includes('cancelled'); tries++)
      await new Promise((resolve) => setTimeout(resolve, 200))
    expect(await status()).toContain('cancelled')
    expect(served.scene.api.requests.length).toBe(asked + 2)
  }, 120_000)

  it('that nobody can see any more, because the App was uninstalled, is paused; what is labelled then is nothing', async () => {
    const issue = label(`---\nquality_level: draft\n---\n${specification}\nUnseen.\n`)
    await told(issue.number, '/dce approve')
    const run = /Run `(?<run>[^`]+)`/u.exec(served.board(issue.number)?.body ?? '')?.groups?.['run'] ?? ''
    answerAfterMs = 3_000
    served.fake.people.comment(served.repository, issue.number, 'bob', '/dce approve')
    await served.until('agents at work', () => served.scene.api.requests.length > asked + 2)
    const [installation] = served.fake.state.installations.values()
    if (installation !== undefined) served.fake.people.uninstall(installation, 'ada')
    const status = async () => (await served.scene.dce('status', '--run', run)).said
    for (let tries = 0; tries < 100 && !(await status()).includes('paused'); tries++)
      await new Promise((resolve) => setTimeout(resolve, 200))
    expect(await status()).toContain('Paused by dce')
    // Agents finish the turn that they are in.
    await new Promise((resolve) => setTimeout(resolve, 4_000))
    const paid = served.scene.api.requests.length
    const calls = served.fake.calls.filter(({ status: code }) => code < 300).length
    served.fake.people.label(served.repository, 1, 'ada', 'dce-feature')
    await served.fake.hooks.settled()
    await new Promise((resolve) => setTimeout(resolve, 4_000))
    expect(served.scene.api.requests.length).toBe(paid)
    expect(served.fake.calls.filter(({ status: code }) => code < 300).length).toBe(calls)
  }, 120_000)
})
