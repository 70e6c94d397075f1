// The workflows of examples/, as a repository copies them: a label starts a job that plans, a comment starts one that builds. act runs both, with GITHUB_TOKEN alone.
import { mkdtempSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { appEvents, appPermissions } from '../../src/app/app-manifest.ts'
import { lookForAct } from '../fakes/github/find-act.ts'
import { type ActionsOptions, type FakeGitHub, startGitHub } from '../fakes/github/server.ts'
import type { Repository } from '../fakes/github/state.ts'
import { whyNoSandbox } from '../support/sandbox.ts'
import { answerFrom } from '../support/scripted-answers.ts'
import { judgeByAct } from './gate-by-act.ts'
import { repository as files, firstTry, planAnswer, solution, specification, writeScript } from './quota-feature.ts'
import { openScene, type Scene } from './run-dce.ts'

const examples = join(import.meta.dirname, '../../examples/workflows')
const workflow = (name: string) => {
  const text = readFileSync(join(examples, name), 'utf8')
  // Where this machine cannot hold commands, neither can the job's.
  return noSandbox === undefined ? text : text.replace('          command:', '          sandbox: off\n          command:')
}
const noSandbox = await whyNoSandbox()

let scene: Scene
let fake: FakeGitHub
let repository: Repository

describe.skipIf(lookForAct() === undefined)('the examples by act', () => {
  beforeAll(async () => {
    const script = { plan: planAnswer(), ...writeScript(mkdtempSync(join(process.env['HOME'] ?? '', 'script-')), { solution, firstTry }) }
    scene = await openScene({
      files: {
        ...files,
        '.github/workflows/dce-run.yml': workflow('dce-run.yml'),
        '.github/workflows/dce-commands.yml': workflow('dce-commands.yml'),
      },
      specification: '',
      answer: (request) => ({ content: answerFrom(script, request), firstTokenDelayMs: 10 }),
    })
    fake = await startGitHub({
      folder: join(scene.folder, 'github'),
      permissions: appPermissions,
      events: appEvents,
      actions: withModel(judgeByAct(scene.folder)),
    })
    repository = fake.people.repository('acme/shop', { roles: { ada: 'admin', bob: 'write' } })
    scene.git('push', '--quiet', repository.gitDir, 'HEAD:refs/heads/main')
  }, 300_000)

  afterAll(async () => {
    await fake.close()
    await scene.close()
    expect(fake.faults).toEqual([])
  })

  function withModel(options: ActionsOptions): ActionsOptions {
    if (options.by !== 'act') throw new Error('not by act')
    return {
      ...options,
      env: { ...options.env, ANTHROPIC_BASE_URL: scene.api.url, DCE_BOARD_EVERY_MS: '500' },
      secrets: { ANTHROPIC_API_KEY: 'test' },
    }
  }

  it('end in a pull request', async () => {
    const issue = fake.people.openIssue(repository, 'bob', { title: 'Call quotas', body: specification })
    fake.people.label(repository, issue.number, 'ada', 'dce-feature')
    await fake.actions.settled()
    const logs = () => [...repository.workflowRuns.values()].map(({ log }) => log).join('\n')
    const board = () => [...repository.comments.values()].find(({ body }) => body.includes('<!-- dce-board'))
    expect(board()?.body, logs()).toContain('/dce approve')
    expect(board()?.user.login).toBe('github-actions[bot]')

    fake.people.comment(repository, issue.number, 'ada', '/dce approve')
    await fake.actions.settled()
    const pull = [...repository.issues.values()].find((one) => one.pull?.draft === false)
    expect(pull?.body, logs()).toContain(`Closes #${issue.number}.`)
    const ends = [...repository.workflowRuns.values()].map(({ event, conclusion }) => `${event} ${conclusion}`)
    expect(ends).toEqual(['issues success', 'issue_comment success'])
    // What its own token does starts nothing; secrets are never printed.
    expect(logs()).not.toContain('ghs_')
  }, 600_000)
})
