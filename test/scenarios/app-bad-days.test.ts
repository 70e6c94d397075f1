// Days on which GitHub, its deliveries and the App's rights go wrong: each ends with what an undisturbed run leaves on GitHub, made once, or says why not.
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { CallFault } from '../fakes/github/server.ts'
import type { Issue } from '../fakes/github/state.ts'
import { answerFrom } from '../support/scripted-answers.ts'
import { pictureOf, runOnBoard } from './issue-picture.ts'
import { repository as files, firstTry, planAnswer, solution, specification, writeScript } from './quota-feature.ts'
import { openServed, type Served } from './serve-dce.ts'

let served: Served
let answerAfterMs = 10
/** Set: the model waits with its answer to a repair. */
let repair: (() => Promise<void>) | undefined
/** What an undisturbed run leaves, and how often it asks the model. */
let undisturbed: readonly string[] = []
let turns = 0

beforeAll(async () => {
  const script = { plan: planAnswer(), ...writeScript(mkdtempSync(join(process.env['HOME'] ?? '', 'script-')), { solution, firstTry }) }
  served = await openServed({
    files: { ...files, '.github/dce.yml': 'approve: never\n' },
    answer: async (request) => {
      if (repair !== undefined && /# Repair/u.test(JSON.stringify(request.messages[0]))) await repair()
      return { content: answerFrom(script, request), firstTokenDelayMs: answerAfterMs }
    },
  })
  Object.assign(served.scene.env, { DCE_LOOK_EVERY_MS: '500', DCE_GITHUB_TIMEOUT_MS: '2000' })
  await served.start()
  const issue = begin()
  await finished(issue.number)
  undisturbed = pictureOf(served.repository, issue.number)
  turns = asked()
}, 300_000)

afterEach(() => {
  answerAfterMs = 10
  expect(served.fake.faults).toEqual([])
})
afterAll(() => served.close())

const asked = () => served.scene.api.requests.length
const board = (issue: number) => served.board(issue)?.body ?? ''
const say = (issue: number, by: string, text: string) => served.fake.people.comment(served.repository, issue, by, text)
const answersTo = (comment: number) =>
  [...served.repository.comments.values()].filter(({ body }) => body.includes(`dce-answer comment-${comment}-`))

function begin(): Issue {
  const issue = served.fake.people.openIssue(served.repository, 'ada', { title: 'Call quotas', body: specification })
  served.fake.people.label(served.repository, issue.number, 'ada', 'dce-feature')
  return issue
}

async function finished(issue: number): Promise<void> {
  await served.until('the end', () => board(issue).includes('**finished**'), 120_000)
  await served.until('a word about the end', () => served.comments(issue).some(({ body }) => body.includes('The run is finished')))
}

/** Waits until GitHub shows what an undisturbed run leaves. */
async function sameAsUndisturbed(issue: number): Promise<void> {
  await finished(issue)
  const same = () => JSON.stringify(pictureOf(served.repository, issue)) === JSON.stringify(undisturbed)
  await served.until('the same picture', same, 20_000).catch(() => expect(pictureOf(served.repository, issue)).toEqual(undisturbed))
}

/** Answers to commands, and patches of pushes that were refused, are not what an undisturbed run leaves. */
function forgetAnswers(issue: number): void {
  for (const { id } of served.comments(issue).filter(({ body }) => /<!-- dce-(?:answer|patch)/u.test(body)))
    served.repository.comments.delete(id)
}

/** Where a run stands by the journal: what GitHub may not be told. */
async function status(run: string, word: string): Promise<void> {
  let told = ''
  const giveUpAt = Date.now() + 60_000
  while (Date.now() < giveUpAt && !told.includes(word)) told = (await served.scene.dce('status', '--run', run)).said
  expect(told, served.said()).toContain(word)
}

/** Holds the next repair where it begins. */
function holdRepair(): { readonly reached: Promise<void>; readonly goOn: () => void } {
  const reached = Promise.withResolvers<void>()
  const told = Promise.withResolvers<void>()
  repair = () => {
    repair = undefined
    reached.resolve()
    return told.promise
  }
  return { reached: reached.promise, goOn: told.resolve }
}

const writes = [
  'POST /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions',
  'POST /repos/{owner}/{repo}/issues/{issue_number}/comments',
  'PATCH /repos/{owner}/{repo}/issues/comments',
  'POST /repos/{owner}/{repo}/check-runs',
  'PATCH /repos/{owner}/{repo}/check-runs',
  // A single pull request is opened as it stays.
  'POST /repos/{owner}/{repo}/pulls',
]
const soon = { headers: { 'retry-after': '1' } } as const

const secondary = { status: 403, ...soon, message: 'You have exceeded a secondary rate limit' } as const
const forbidden = { status: 403, message: 'Resource not accessible by integration' } as const
const faults: Readonly<Record<string, readonly CallFault[]>> = {
  '401 and 429': [{ status: 401 }, { status: 429, ...soon, message: 'secondary rate limit' }],
  'a secondary limit and 500': [secondary, { status: 500 }],
  '502 and no answer': [{ status: 502 }, 'hang'],
  'an answer that is lost': ['drop'],
  '403 and 404': [forbidden, { status: 404 }],
  '409 and 422': [{ status: 409 }, { status: 422 }],
}

// All of them take minutes: `npm run test:faults`. The first is among the usual tests.
const isAll = process.env['DCE_TEST_FAULTS'] === 'all'

describe('a write of each kind that goes wrong, once each', () => {
  it.each(isAll ? Object.keys(faults) : Object.keys(faults).slice(0, 1))(
    'with %s leaves what it should',
    async (name) => {
      for (const fault of faults[name] ?? []) {
        for (const write of writes) served.fake.failNext(write, fault)
        if (typeof fault === 'object') served.fake.failNext('git push', fault)
      }
      const held = holdRepair()
      const { number } = begin()
      await served.until('a board', () => board(number) !== '')
      // More is said and shown, so that there is enough that can go wrong: a pull request that is not finished, too.
      for (const words of ['status', 'help']) say(number, 'bob', `/dce ${words}`)
      await held.reached
      const run = runOnBoard(served.repository, number)
      say(number, 'bob', '/dce pause')
      await status(run, 'Paused by')
      held.goOn()
      const draft = () => served.pulls().some(({ pull }) => pull?.draft === true && pull.head.includes(run))
      await served.until('a draft', () => board(number).includes('stopped (paused)') && draft())
      say(number, 'bob', '/dce resume')
      await finished(number)
      await served.settled()
      forgetAnswers(number)
      await sameAsUndisturbed(number)
      expect(served.fake.unmet()).toEqual([])
      // What is refused, and not only late, is said while it lasts.
      if (/403 and|422/u.test(name)) expect(served.board(number)?.history.join('\n')).toContain('it is tried again')
    },
    120_000,
  )
})

describe('rights', () => {
  it('tokens that run out at any time are replaced; an edit and doubled deliveries change nothing', async () => {
    for (const event of ['issues', 'issues', 'issues', 'issue_comment']) served.fake.hooks.fault({ event, how: 'twice' })
    answerAfterMs = 100
    const before = asked()
    const { number } = begin()
    await served.until('agents at work', () => board(number).includes('| running |'))
    served.fake.expireTokens()
    served.fake.people.editIssue(served.repository, number, 'ada', `${specification}\n- R4: something else.\n`)
    const question = say(number, 'bob', '/dce status')
    await served.until('a repair', () => /w1-entity-architect` \| \w+ \| 2/u.test(board(number)))
    served.fake.expireTokens()
    await served.until('an answer', () => answersTo(question.id).length > 0)
    forgetAnswers(number)
    await sameAsUndisturbed(number)
    expect(asked() - before).toBe(turns)
  }, 120_000)

  it.each(['uninstalled', 'suspended'] as const)(
    'an App that is %s pays nothing more, and goes on by command when it is back',
    async (how) => {
      const [installation] = served.fake.state.installations.values()
      if (installation === undefined) throw new Error('no installation')
      const before = asked()
      answerAfterMs = 1_000
      const { number } = begin()
      await served.until('agents at work', () => board(number).includes('| running |'))
      const run = runOnBoard(served.repository, number)
      if (how === 'suspended') served.fake.people.suspend(installation, 'ada', true)
      else served.fake.people.uninstall(installation, 'ada')
      await status(run, 'stopped: Paused by dce')
      const paid = asked() - before
      expect(paid).toBeLessThan(turns / 2)
      if (how === 'suspended') served.fake.people.suspend(installation, 'ada', false)
      else served.fake.people.install(installation, 'ada')
      answerAfterMs = 10
      const on = say(number, 'bob', '/dce resume')
      await served.until('it goes on', () => on.reactions.some(({ content }) => content === 'rocket'))
      await sameAsUndisturbed(number)
      // What was paid is not paid again.
      expect(asked() - before).toBe(turns)
    },
    120_000,
  )

  it('an issue that is deleted cancels its run', async () => {
    answerAfterMs = 1_000
    const { number } = begin()
    await served.until('agents at work', () => board(number).includes('| running |'))
    const run = runOnBoard(served.repository, number)
    served.fake.people.deleteIssue(served.repository, number, 'ada')
    await status(run, 'cancelled')
  }, 120_000)
})

describe('deliveries', () => {
  it('that never come are looked up; one that comes late is no second one', async () => {
    for (const event of ['issues', 'issues']) served.fake.hooks.fault({ event, how: 'never' })
    const { number } = begin()
    await served.until('a run', () => runOnBoard(served.repository, number) !== '')
    served.fake.hooks.fault({ event: 'issue_comment', how: 'never' })
    const lost = say(number, 'bob', '/dce status')
    served.fake.hooks.fault({ event: 'issue_comment', how: { delayMs: 3_000 } })
    const late = say(number, 'bob', '/dce explain w1-entity-architect')
    const quiet = [say(number, 'bob', 'nothing'), say(number, 'bob', '/dce help')]
    served.fake.people.editComment(served.repository, quiet[1]?.id ?? 0, 'bob', '/dce cancel')
    await served.until('both', () => [lost, late].every(({ id }) => answersTo(id).length > 0))
    await served.fake.hooks.settled()
    await finished(number)
    expect([lost, late].map(({ id }) => answersTo(id).length)).toEqual([1, 1])
    forgetAnswers(number)
    await sameAsUndisturbed(number)

    served.fake.hooks.fault({ event: 'pull_request_review_comment', how: 'never' })
    const pull = served.pulls().find(({ pull: one }) => one?.head.includes(runOnBoard(served.repository, number)))
    const threads = [{ path: 'cmd/app/main.go', line: 12, body: '/dce status' }]
    await served.fake.people.review(served.repository, pull?.number ?? 0, 'bob', { body: '', threads })
    const line = pull?.pull?.threads.at(-1)?.id
    await served.until('an answer', () => served.comments(pull?.number ?? 0).some(({ body }) => body.includes(`review-comment-${line}-0`)))
  }, 120_000)

  it('in another order are heard as they come', async () => {
    served.fake.hooks.fault({ event: 'issues', how: { delayMs: 1_000 } })
    served.fake.hooks.fault({ event: 'issues', how: { delayMs: 4_000 } })
    const { number } = begin()
    const early = say(number, 'bob', '/dce status')
    await served.until('an answer', () => answersTo(early.id).length > 0)
    await served.fake.hooks.settled()
    await finished(number)
    expect(answersTo(early.id)).toHaveLength(1)
    forgetAnswers(number)
    await sameAsUndisturbed(number)
  }, 120_000)

  it('that were lost while nobody listened are heard at the next start, once', async () => {
    const { number: known } = [...served.repository.issues.values()].find(({ pull }) => pull === undefined) ?? { number: 0 }
    await served.stop('SIGKILL')
    for (const event of ['issues', 'issue_comment']) served.fake.hooks.fault({ event, how: 'never' })
    const issue = served.fake.people.openIssue(served.repository, 'ada', { title: 'Call quotas', body: specification })
    served.fake.hooks.fault({ event: 'issues', how: 'never' })
    served.fake.people.label(served.repository, issue.number, 'ada', 'dce-feature')
    const commands = [say(known, 'bob', '/dce status'), say(known, 'bob', '/dce help'), say(known, 'rob', '/dce status')]
    await served.fake.hooks.settled()
    await served.start()
    await sameAsUndisturbed(issue.number)
    await served.until('answers', () =>
      commands.every(({ reactions }) => reactions.some(({ content }) => /rocket|confused/u.test(content))),
    )
    await served.fake.hooks.settled()
    expect(commands.map(({ id }) => answersTo(id).length)).toEqual([1, 1, 0])
  }, 180_000)
})
