// Every command of the table from a comment: who may, what it does in a run at work, stuck and finished, on the issue, on the pull request, in reviews; and the buttons.
// What a plan that waits, and a cap that is reached, answer to them is in app-refused.test.ts.
import { execFileSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { commandHelp } from '../../src/run/parse-command.ts'
import type { Issue } from '../fakes/github/state.ts'
import type { MessagesRequest } from '../fakes/messages-api/request.ts'
import { answerFrom, type ScriptedBlock } from '../support/scripted-answers.ts'
import { runOnBoard } from './issue-picture.ts'
import { repository as files, firstTry, planAnswer, solution, specification, writeScript } from './quota-feature.ts'
import { openServed, type Served } from './serve-dce.ts'

let served: Served
let answerAfterMs = 10
/** While true every attempt at the entity is as wrong as the first. */
let stubborn = false
const firstWords = ({ messages }: MessagesRequest) => JSON.stringify(messages[0]?.content)

beforeAll(async () => {
  const script = { plan: planAnswer(), ...writeScript(mkdtempSync(join(process.env['HOME'] ?? '', 'script-')), { solution, firstTry }) }
  served = await openServed({
    files: { ...files, '.github/dce.yml': 'approve: always\npermissions: {clean: admin}\n' },
    answer: (request) => ({
      content: otherWords(request) ?? stillWrong(request) ?? answerFrom(script, request),
      firstTokenDelayMs: answerAfterMs,
    }),
  })
  await served.start()
}, 300_000)

afterEach(() => expect(served.fake.faults).toEqual([]))
afterAll(() => served.close())

const call = (name: string, input: unknown): ScriptedBlock => ({ type: 'tool_use', name, input })

// Who is asked for other words writes them; everything else is the script's.
function otherWords(request: MessagesRequest): readonly ScriptedBlock[] | undefined {
  const words = /Say it in (?<words>\w+) words/u.exec(firstWords(request))?.groups?.['words']
  if (words === undefined || !firstWords(request).includes('# Your task: w1-domain-service-designer')) return undefined
  const text = solution['w1-domain-service-designer']?.['internal/quota/describe.go']
  return threeTurns(request, 'internal/quota/describe.go', text?.replace('says what a quota allows', `is in ${words} words`))
}

// Something else each time, and never right.
function stillWrong(request: MessagesRequest): readonly ScriptedBlock[] | undefined {
  if (!stubborn || !/# Your task: w1-entity-architect.*# (?:Repair|Another attempt)/u.test(firstWords(request))) return undefined
  const path = 'internal/quota/quota.go'
  return threeTurns(request, path, `${firstTry['w1-entity-architect']?.[path]}\n// Looked at ${served.scene.api.requests.length} times.\n`)
}

function threeTurns({ messages }: MessagesRequest, path: string, content: string | undefined): readonly ScriptedBlock[] {
  switch (messages.filter(({ role }) => role === 'assistant').length) {
    case 0:
      return [call('read', { path })]
    case 1:
      return [call('write', { path, content })]
    default:
      return [call('hand_over', { summary: 'As it was asked for.', files: [path], requirements: [], checks: [] })]
  }
}

const board = (issue: number) => served.board(issue)?.body ?? ''
const say = (thread: number, by: string, text: string) => served.fake.people.comment(served.repository, thread, by, text)
const reacted = ({ reactions }: { readonly reactions: readonly { readonly content: string }[] }) => reactions.map(({ content }) => content)
const answerTo = (key: string, index = 0) =>
  [...served.repository.comments.values()].find(({ body }) => body.includes(`<!-- dce-answer ${key}-${index} -->`))?.body

function begin(text: string): Issue {
  const issue = served.fake.people.openIssue(served.repository, 'ada', { title: 'Call quotas', body: `${specification}\n${text}\n` })
  served.fake.people.label(served.repository, issue.number, 'ada', 'dce-feature')
  return issue
}

/** Says it, waits for the last reaction, and for the answer when one is expected. */
async function tells(thread: number, words: string, reaction: 'rocket' | 'confused', answer = ''): Promise<void> {
  const said = say(thread, 'bob', `/dce ${words}`)
  await served.until(`${reaction} for ${words}`, () => reacted(said).at(-1) === reaction)
  expect(reacted(said)).toEqual(['eyes', reaction])
  if (answer !== '') await served.until(`"${answer}" to ${words}`, () => answerTo(`comment-${said.id}`)?.includes(answer))
}

/** Bob may not: no eyes, no answer. */
async function faceOnly(thread: number, words: string): Promise<void> {
  const said = say(thread, 'bob', `/dce ${words}`)
  await served.until(`a face for ${words}`, () => reacted(said).join() === 'confused')
  expect(answerTo(`comment-${said.id}`)).toBeUndefined()
}

const show = (branch: string, path: string) =>
  execFileSync('git', ['--git-dir', served.repository.gitDir, 'show', `${branch}:${path}`], { encoding: 'utf8' })

describe('who may', () => {
  const usages = [...commandHelp.map(({ name, level }) => ({ words: name, level })), { words: 'aprove', level: 'write' as const }]

  it('is asked of each command; who may not gets a face for each and the sentence once', async () => {
    const { number } = served.fake.people.openIssue(served.repository, 'ada', { title: 'Nothing', body: 'No specification.' })
    const said = ['rob', 'tia'].flatMap((by) =>
      usages.map(({ words, level }) => ({ by, level, words, comment: say(number, by, `/dce ${words}`) })),
    )
    const refused = said.filter(({ by, level }) => by === 'rob' || level !== 'triage')
    const allowed = said.filter((one) => !refused.includes(one))
    await served.until('all faces', () => refused.every(({ comment }) => reacted(comment).join() === 'confused'))
    await served.until('all answers', () => allowed.every(({ comment }) => reacted(comment).length === 2))
    expect(allowed.map(({ words }) => words)).toEqual(['status', 'explain', 'help'])
    expect(refused.flatMap(({ comment }) => answerTo(`comment-${comment.id}`) ?? [])).toEqual([])
    const sentences = served.comments(number).filter(({ body }) => body.includes('this needs the permission'))
    expect(sentences.map(({ body }) => /@\w+/u.exec(body)?.[0]).sort()).toEqual(['@rob', '@tia'])
    await tells(number, 'aprove', 'confused', 'Did you mean `approve`?')
    await faceOnly(number, 'clean')
    expect(served.scene.api.requests).toEqual([])
  }, 60_000)
})

let issue: Issue
let pull: Issue

describe('a run at work', () => {
  it('takes pause, mode and quality, is not retried where it works, and goes on', async () => {
    issue = begin('At work.')
    const { number } = issue
    await served.until('a plan', () => board(number).includes('/dce approve'))
    answerAfterMs = 500
    await tells(number, 'approve', 'rocket')
    await served.until('agents', () => board(number).includes('| running |'))
    await tells(number, 'approve', 'confused', 'approved already')
    await tells(number, 'retry w1-entity-architect', 'confused', 'is running. `/dce pause` first')
    await tells(number, 'skip w1-entity-architect --reason "later"', 'confused', 'is running')
    await faceOnly(number, 'clean')
    await tells(number, 'pause', 'rocket')
    answerAfterMs = 10
    await served.until('paused', () => board(number).includes('stopped (paused)'))
    await tells(number, 'pause', 'confused', 'Nothing is running')
    await tells(number, 'skip w1-entity-architect --reason "later"', 'confused', 'w4-rest-api-builder needs it')
    await tells(number, 'mode sequential', 'rocket')
    await served.until('its mode', () => board(number).includes('sequential, production'))
    await tells(number, 'mode adaptive', 'rocket')
    await tells(number, 'resume', 'rocket')
    pull = await served.until('a pull request', () => served.pulls().find(({ pull: one }) => one?.draft === false), 60_000)
    await served.until('the end', () => board(number).includes('**finished**'))
  }, 120_000)
})

describe('a finished run', () => {
  it.each([
    ['approve', 'confused', 'approved already'],
    ['pause', 'confused', 'Nothing is running'],
    ['resume', 'confused', '`/dce retry`, `/dce fix` or `/dce update` reopen it'],
    ['budget +5', 'confused', 'nothing left that this could change'],
    ['mode parallel', 'confused', 'nothing left'],
    ['quality draft', 'confused', 'nothing left'],
    ['skip w1-entity-architect --reason "later"', 'confused', 'is merged already'],
    ['continue --from wave-3', 'confused', 'has no wave 3; it has 1, 4'],
    ['retry w9-nobody', 'confused', 'no task w9-nobody'],
    ['retry wave-3', 'confused', 'no wave 3'],
    ['retry --clean --alternative', 'confused', 'exclude each other'],
    ['cancel', 'confused', '`/dce clean` removes its branches'],
    ['update', 'rocket', 'has not moved'],
    ['status', 'rocket', 'finished;'],
    ['explain w4-rest-api-builder', 'rocket', 'Its use'],
    ['help', 'rocket', '| `/dce update` |'],
    ['check-work', 'rocket', 'R3  cmd/app/main.go'],
    ['plan', 'confused', 'on the issue'],
  ] as const)(
    'answers /dce %s on its pull request with %s',
    (words, reaction, answer) => tells(pull.number, words, reaction, answer),
    60_000,
  )

  it('hears two commands of one comment, and a review', async () => {
    const both = say(pull.number, 'tia', '/dce status\nand\n/dce explain w1-entity-architect')
    await served.until('two answers', () => [0, 1].every((index) => answerTo(`comment-${both.id}`, index) !== undefined))
    const long = say(pull.number, 'bob', '/dce check-work\n/dce check-work')
    await served.until('two long answers', () => [0, 1].every((index) => answerTo(`comment-${long.id}`, index)?.includes('Requirements')))
    const review = await served.fake.people.review(served.repository, pull.number, 'tia', { body: '/dce status', threads: [] })
    await served.until('an answer to the review', () => answerTo(`review-${review.id}`))
    const refused = await served.fake.people.review(served.repository, pull.number, 'tia', { body: '/dce fix', threads: [] })
    const told = () => served.comments(pull.number).some(({ body }) => body.includes('@tia, this needs the permission `write`'))
    await served.until('no permission', told)
    expect(answerTo(`review-${refused.id}`)).toBeUndefined()
  }, 60_000)

  it('fixes the one thread that says so, and leaves its neighbour', async () => {
    const path = 'internal/quota/describe.go'
    await served.fake.people.review(served.repository, pull.number, 'bob', {
      body: '',
      threads: [
        { path, line: 5, body: 'Say it in other words.\n\n/dce fix' },
        { path, line: 6, body: 'I like this line.' },
      ],
    })
    const threads = () => pull.pull?.threads ?? []
    const reply = await served.until('a reply', () => threads().find(({ user }) => user.type === 'Bot'), 60_000)
    expect(reply.inReplyTo).toBe(threads().find(({ body }) => body.includes('/dce fix'))?.id)
    expect(threads().filter(({ user }) => user.type === 'Bot')).toHaveLength(1)
    expect(show(pull.pull?.head ?? '', path)).toContain('is in other words')
  }, 90_000)

  it('is held up by nothing when a thread is deleted that it was to answer', async () => {
    const path = 'internal/quota/describe.go'
    await served.fake.people.review(served.repository, pull.number, 'bob', {
      body: '',
      threads: [{ path, line: 5, body: 'Say it in fewer words.\n\n/dce fix' }],
    })
    const asks = pull.pull?.threads.at(-1)
    await served.until('it is taken', () => asks?.reactions.some(({ content }) => content === 'rocket'))
    pull.pull?.threads.splice(pull.pull.threads.indexOf(asks as never), 1)
    await served.until('fewer words', () => show(pull.pull?.head ?? '', path).includes('is in fewer words'), 60_000)
    await served.until('the end', () => board(issue.number).includes('**finished**'))
    await served.settled()
  }, 90_000)

  it.each([
    ['--with-context "Say it in short words."', 'Say it in short words', 'short'],
    ['--clean --with-context "Say it in plain words."', 'Say it in plain words', 'plain'],
    ['--alternative --with-context "Say it in new words."', 'As it was asked for.', 'new'],
  ])(
    'makes one task again: retry %s',
    async (flags, told, words) => {
      const before = served.scene.api.requests.length
      await tells(issue.number, `retry w1-domain-service-designer ${flags}`, 'rocket')
      await served.until(
        'other words',
        () => show(pull.pull?.head ?? '', 'internal/quota/describe.go').includes(`is in ${words} words`),
        60_000,
      )
      await served.until('the end', () => board(issue.number).includes('**finished**'))
      expect(JSON.stringify(served.scene.api.requests[before]?.body)).toContain(told)
    },
    90_000,
  )

  it('takes over a base that moved', async () => {
    const { scene } = served
    execFileSync('sh', ['-c', 'mkdir -p notes && echo "We open at nine." > notes/HOURS.md'], { cwd: scene.repo })
    scene.git('add', '--all')
    scene.git('commit', '--quiet', '--message', 'hours')
    scene.git('push', '--quiet', served.repository.gitDir, 'HEAD:refs/heads/main')
    await tells(pull.number, 'update', 'rocket')
    await served.until('the notes', () => served.branches() && hasNotes(pull.pull?.head ?? ''), 60_000)
    await served.until('the end', () => board(issue.number).includes('**finished**'))
  }, 90_000)

  it('survives a click on the button of an old red check', async () => {
    const red = [...served.repository.checkRuns.values()].find(({ conclusion }) => conclusion === 'failure')
    const ends = () => served.comments(issue.number).filter(({ body }) => body.includes('The run is finished')).length
    const before = ends()
    served.fake.people.clickCheck(served.repository, red?.id ?? 0, 'bob', 'retry-wave')
    await served.until('the end once more', () => ends() > before)
    await tells(issue.number, 'status', 'rocket', 'finished;')
  }, 60_000)
})

function hasNotes(branch: string): boolean {
  try {
    return show(branch, 'notes/HOURS.md') !== ''
  } catch {
    return false
  }
}

describe('a run whose gate stays red', () => {
  it('is explained and retried by buttons for those who may, goes on by continue, and is cleaned by an admin', async () => {
    stubborn = true
    const { number } = begin('---\nStubborn.')
    await served.until('a plan', () => board(number).includes('/dce approve'))
    await tells(number, 'quality draft', 'rocket')
    await tells(number, 'approve', 'rocket')
    const stuck = () => board(number).includes('stopped (gate-stuck)')
    await served.until('a gate that is stuck', stuck, 60_000)
    const run = runOnBoard(served.repository, number)
    const red = [...served.repository.checkRuns.values()].find(
      ({ externalId, conclusion }) => externalId === `${run} wave-1` && conclusion === 'failure',
    )
    const before = served.scene.api.requests.length
    served.fake.people.clickCheck(served.repository, red?.id ?? 0, 'tia', 'retry-wave')
    await served.until('who may not', () => served.comments(number).some(({ body }) => body.includes('@tia, this needs the permission')))
    served.fake.people.clickCheck(served.repository, red?.id ?? 0, 'tia', 'explain-wave')
    await served.until('an explanation', () =>
      served.comments(number).some(({ body }) => body.includes('dce-answer click-') && body.includes('@tia')),
    )
    expect(served.scene.api.requests.length).toBe(before)
    served.fake.people.clickCheck(served.repository, red?.id ?? 0, 'bob', 'retry-wave')
    await served.until('another round', () => served.scene.api.requests.length > before)
    await served.until(
      'stuck again',
      () => stuck() && served.comments(number).filter(({ body }) => body.includes('stays red')).length >= 2,
      60_000,
    )
    stubborn = false
    await tells(number, 'continue --from wave-4', 'rocket')
    await served.until('the end', () => board(number).includes('**finished**'), 60_000)
    await faceOnly(number, 'clean')
    const clean = say(number, 'ada', '/dce clean')
    await served.until('nothing left', () => answerTo(`comment-${clean.id}`)?.includes('is removed'))
    expect(served.branches().filter((name) => name.includes(run))).toEqual([])
  }, 180_000)
})
