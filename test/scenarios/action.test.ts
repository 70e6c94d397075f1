// The action in a repository without a server: each job on another machine, which knows only what is on GitHub.
import { execFileSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answerFrom } from '../support/scripted-answers.ts'
import { repository as files, firstTry, planAnswer, solution, specification, writeScript } from './quota-feature.ts'
import { type ActionScene, openActionScene } from './run-action.ts'

let at: ActionScene
const roles = { ada: 'admin', bob: 'write', rob: 'read' } as const

beforeAll(async () => {
  const script = { plan: planAnswer(), ...writeScript(mkdtempSync(join(process.env['HOME'] ?? '', 'script-')), { solution, firstTry }) }
  at = await openActionScene({
    files: { ...files, 'docs/quotas.md': specification },
    roles,
    answer: (request) => ({ content: answerFrom(script, request), firstTokenDelayMs: 100 }),
  })
}, 300_000)

afterAll(async () => {
  await at.close()
  expect(at.fake.faults).toEqual([])
})

const treeOf = (branch: string | undefined) =>
  execFileSync('git', ['--git-dir', at.repository.gitDir, 'rev-parse', `${branch}^{tree}`], { encoding: 'utf8' }).trim()
let tree = ''
let turns = 0

describe('a labelled issue', () => {
  it('is planned in one job, and built by the job of the comment that approves, on another machine', async () => {
    const issue = at.fake.people.openIssue(at.repository, 'rob', { title: 'Call quotas', body: specification })
    at.fake.people.label(at.repository, issue.number, 'ada', 'dce-feature')
    const planned = await at.job({ command: 'run' }, { event: 'issues' })
    expect(planned).toMatchObject({ code: 0, outputs: { verdict: 'approval' } })
    expect(at.board(issue.number)).toContain('/dce approve')
    expect(planned.log).toMatch(/^::stop-commands::\S+$/mu)
    expect(planned.summary).toContain('w1-entity-architect')
    const { run = '' } = planned.outputs
    expect(at.branches()).toContain(`dce/${run}/work`)

    at.fake.people.comment(at.repository, issue.number, 'bob', '/dce approve')
    const built = await at.job({ command: 'command' }, { event: 'issue_comment' })
    expect(built.log).toContain('Finished: all waves passed')
    expect(built).toMatchObject({ code: 0, outputs: { run, verdict: 'green', branch: `dce/${run}/pr` } })
    const [pull] = at.pulls()
    expect(built.outputs['pull_request']).toBe(String(pull?.number))
    expect(pull?.body).toContain(`Closes #${issue.number}.`)
    expect(Number(built.outputs['cost_usd'])).toBeGreaterThan(0)
    expect([...at.repository.comments.values()].filter(({ body }) => body.includes('<!-- dce-board'))).toHaveLength(1)
    tree = treeOf(pull?.pull?.head)
    turns = at.scene.api.requests.length
  }, 180_000)

  it('goes on after its time, a cancelled job and a lost runner: same tree, no turn paid twice', async () => {
    const issue = at.fake.people.openIssue(at.repository, 'ada', { title: 'Call quotas', body: specification })
    at.fake.people.label(at.repository, issue.number, 'ada', 'dce-feature')
    const before = at.scene.api.requests.length
    const inputs = { command: 'run', approve: 'never' }
    // Out of time as soon as it begins: nothing but the run itself.
    const late = await at.job({ ...inputs, time_limit_minutes: '0.001' }, { event: 'issues' })
    expect(late).toMatchObject({ code: 0, outputs: { verdict: 'paused' } })
    expect(
      [...at.repository.comments.values()].some(
        ({ body }) => body.includes('This job’s time is over') || body.includes("This job's time is over"),
      ),
    ).toBe(true)
    const ended = async (signal: 'SIGINT' | 'SIGKILL', when: RegExp) =>
      at.job(inputs, {
        event: 'issues',
        env: { DCE_LEAVE_EVERY_MS: '300' },
        watch: (child, log) => {
          const timer = setInterval(() => {
            if (!when.test(log())) return
            child.kill(signal)
            clearInterval(timer)
          }, 50)
          child.once('close', () => clearInterval(timer))
        },
      })
    const cancelled = await ended('SIGINT', /entity-architect.* starts|starts.*entity-architect/iu)
    expect(cancelled.code, cancelled.log).toBe(1)
    const lost = await ended('SIGKILL', /repair/iu)
    expect(lost.code, lost.log).toBe(null)
    const done = await at.job(inputs, { event: 'issues' })
    expect(done).toMatchObject({ code: 0, outputs: { verdict: 'green', run: late.outputs['run'] } })
    expect(treeOf(at.pulls().at(-1)?.pull?.head)).toBe(tree)
    expect(
      [...at.repository.comments.values()].filter(({ issue: of, body }) => of === issue.number && body.includes('<!-- dce-board')),
    ).toHaveLength(1)
    // What was asked when the runner was lost, since the last time that it was left, is asked again.
    expect(at.scene.api.requests.length - before).toBeLessThanOrEqual(turns + 6)
  }, 300_000)
})

describe('what is said', () => {
  const bots = (issue: number) => [...at.repository.comments.values()].filter((one) => one.issue === issue && one.user.type === 'Bot')

  it('while a job works reaches its run at once, and what no job was started for is heard by the next one', async () => {
    const issue = at.fake.people.openIssue(at.repository, 'ada', { title: 'Call quotas', body: specification })
    at.fake.people.label(at.repository, issue.number, 'ada', 'dce-feature')
    let said = false
    const paused = await at.job(
      { command: 'run', approve: 'never' },
      {
        event: 'issues',
        watch: (_child, log) => {
          const timer = setInterval(() => {
            if (said || !/entity-architect starts/u.test(log())) return
            said = true
            clearInterval(timer)
            at.fake.people.comment(at.repository, issue.number, 'bob', '/dce pause')
          }, 50)
        },
      },
    )
    expect(paused).toMatchObject({ code: 0, outputs: { verdict: 'paused' } })
    expect(paused.log).toContain('@bob: pause')

    // GitHub drops a waiting job when another one comes: only the last comment has one.
    const dropped = at.fake.people.comment(at.repository, issue.number, 'bob', '/dce status')
    at.fake.people.comment(at.repository, issue.number, 'bob', '/dce resume')
    const done = await at.job({ command: 'command' }, { event: 'issue_comment' })
    expect(done).toMatchObject({ code: 0, outputs: { verdict: 'green' } })
    expect(dropped.reactions.map(({ content }) => content)).toEqual(['eyes', 'rocket'])
    expect(bots(issue.number).filter(({ body }) => body.includes(`dce-answer comment-${dropped.id}`))).toHaveLength(1)
  }, 180_000)

  it('on the pull request of a finished run is about that run', async () => {
    const [pull] = at.pulls()
    at.fake.people.comment(at.repository, pull?.number ?? 0, 'bob', '/dce explain w1-entity-architect')
    const told = await at.job({ command: 'command' }, { event: 'issue_comment' })
    expect(told.code, told.log).toBe(0)
    expect(bots(pull?.number ?? 0).at(-1)?.body).toContain('w1-entity-architect')
  }, 60_000)
})

describe('a file of the repository', () => {
  it('is a specification without an issue', async () => {
    const done = await at.job({ command: 'run', spec_file: 'docs/quotas.md', approve: 'never' })
    expect(done).toMatchObject({ code: 0, outputs: { verdict: 'green' } })
    expect(done.outputs['run']).toMatch(/^spec-/u)
    const pull = at.pulls().find(({ pull }) => pull?.head === done.outputs['branch'])
    expect(pull?.body).not.toContain('Closes #')
  }, 120_000)
})

describe('what means nothing', () => {
  it('ends well and does nothing', async () => {
    const issue = at.fake.people.openIssue(at.repository, 'ada', { title: 'Other', body: 'nothing' })
    at.fake.people.comment(at.repository, issue.number, 'bob', 'nice weather')
    const { code, log } = await at.job({ command: 'command' }, { event: 'issue_comment' })
    expect(code).toBe(0)
    expect(log).toContain('Nothing in this event is for dce')
    at.fake.people.label(at.repository, issue.number, 'rob', 'dce-feature')
    expect((await at.job({ command: 'run' }, { event: 'issues' })).code).toBe(0)
    expect([...at.repository.comments.values()].at(-1)?.body).toContain('@rob, this needs the permission')
  }, 60_000)

  it('a wrong input is the job’s end, and nothing was asked of anybody', async () => {
    const calls = at.fake.calls.length
    const { code, log } = await at.job({ command: 'run', execution_mode: 'fast' }, { event: 'issues' })
    expect(code).toBe(1)
    expect(log).toContain('::error::The input `execution_mode` is wrong')
    expect(at.fake.calls.length).toBe(calls)
  })
})
