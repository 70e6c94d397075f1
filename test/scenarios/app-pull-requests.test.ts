// How a run's work is put before people: one pull request for each wave, labels and reviewers, straight and signed histories, patches, ticked boxes.
import { execFileSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Issue } from '../fakes/github/state.ts'
import { answerFrom } from '../support/scripted-answers.ts'
import { repository as files, planAnswer, solution, specification, writeScript } from './quota-feature.ts'
import { writeFiles } from './run-dce.ts'
import { openServed, type Served } from './serve-dce.ts'

let served: Served

beforeAll(async () => {
  const script = { plan: planAnswer(), ...writeScript(mkdtempSync(join(process.env['HOME'] ?? '', 'script-')), { solution, firstTry: {} }) }
  served = await openServed({ files, answer: (request) => ({ content: answerFrom(script, request), firstTokenDelayMs: 10 }) })
  await served.start()
}, 300_000)

afterEach(() => expect(served.fake.faults).toEqual([]))
afterAll(() => served.close())

/** The base branch is the repository as it was at first, with these files. */
function configure(more: Readonly<Record<string, string>>): void {
  const { scene, repository } = served
  const first = scene.git('rev-list', '--max-parents=0', 'HEAD')
  scene.git('reset', '--quiet', '--hard', first)
  const config = more['.github/dce.yml'] ?? ''
  const approve = config.includes('approve:') ? '' : 'approve: never\n'
  writeFiles(scene.repo, { ...more, '.github/dce.yml': `${approve}gate: local\n${config}` })
  scene.git('add', '--all')
  scene.git('commit', '--quiet', '--message', `base for ${Object.keys(more).join(', ')}`)
  scene.git('push', '--quiet', '--force', repository.gitDir, 'HEAD:refs/heads/main')
}

function label(title: string): Issue {
  const issue = served.fake.people.openIssue(served.repository, 'rob', { title, body: specification })
  served.fake.people.label(served.repository, issue.number, 'ada', 'dce-feature')
  return issue
}

const inGit = (...words: readonly string[]) =>
  execFileSync('git', ['--git-dir', served.repository.gitDir, ...words], { encoding: 'utf8' }).trim()

const runOf = (issue: Issue) => /Run `(?<run>[^`]+)`/u.exec(served.board(issue.number)?.body ?? '')?.groups?.['run'] ?? '?'
const pullsOf = (issue: Issue) => served.pulls().filter(({ pull }) => pull?.head.startsWith(`dce/${runOf(issue)}/`))
/** What was judged, in the App's clone. */
const localTree = (run: string, wave: number) => {
  const clone = join(served.scene.folder, 'state', 'dce', 'clones', 'acme--shop.git')
  return execFileSync('git', ['--git-dir', clone, 'rev-parse', `dce/${run}/wave-${wave}^{tree}`], { encoding: 'utf8' }).trim()
}
const finished = (issue: Issue) => served.until('the end', () => served.board(issue.number)?.body.includes('**finished**'), 120_000)

describe('a stack of pull requests', () => {
  let first: Issue
  let second: Issue
  let issue: Issue

  it('has one for each wave, on the wave before, ready when the run is finished, with labels and the owners of what changed', async () => {
    configure({
      '.github/dce.yml': 'pull_request: stacked\npull_request_labels: [built-by-dce]\nreviewers: codeowners\n',
      '.github/CODEOWNERS': '* @eve\n/internal/ @bob @acme/core\n',
    })
    served.repository.teams.add('core')
    issue = label('Quotas in a stack')
    await finished(issue)
    const pulls = await served.until('two that are ready', () => {
      const found = pullsOf(issue)
      return found.length === 2 &&
        found.every(({ pull }) => pull?.draft === false && pull.reviewers.length + (pull.base === 'main' ? 0 : 1) > 0)
        ? found
        : undefined
    })
    ;[first, second] = pulls as [Issue, Issue]
    const run = runOf(issue)
    expect(
      pulls.map(({ title, labels, pull }) => ({ title, labels, head: pull?.head, base: pull?.base, reviewers: pull?.reviewers })),
    ).toEqual([
      {
        title: '[1/2] Call quotas: Domain',
        labels: ['built-by-dce'],
        head: `dce/${run}/wave-1`,
        base: 'main',
        reviewers: ['bob', '@core'],
      },
      { title: '[2/2] Call quotas: API', labels: ['built-by-dce'], head: `dce/${run}/wave-4`, base: `dce/${run}/wave-1`, reviewers: [] },
    ])
    await served.until('links to each other', () => first.body?.includes(`2/2 API #${second.number}`))
    expect(second.body).toContain(`1/2 Domain #${first.number} · **2/2 API**`)
    expect(first.body).toContain(`Part of #${issue.number}.`)
    expect(first.body).not.toContain('Closes #')
    expect(second.body).toContain(`Closes #${issue.number}.`)
    const board = await served.until(
      'the board',
      () => served.board(issue.number)?.body.includes('(2/2)') && served.board(issue.number)?.body,
    )
    expect(board).toContain(`Pull requests: #${first.number} (1/2), #${second.number} (2/2)`)
    expect(board).toContain('GitHub asks no review of eve')
    const ready = `#${first.number}, #${second.number} are ready for review, in this order.`
    await served.until('the last word', () => served.comments(issue.number).find(({ body }) => body.includes(ready)))
  }, 300_000)

  it('is retargeted when one is merged, and nothing breaks when its branch is deleted', async () => {
    const { fake, repository } = served
    await fake.people.merge(repository, first.number, 'ada')
    await served.until('retargeted', () => second.pull?.base === 'main')
    await fake.people.deleteBranch(repository, first.pull?.head ?? '', 'button')
    expect(issue.state).toBe('open')
    await served.until('said on the board', () => served.board(issue.number)?.body.includes(`#${first.number} (1/2, merged)`))
    await fake.people.merge(repository, second.number, 'ada')
    expect(issue.state).toBe('closed')
    expect(inGit('show', 'main:cmd/app/main.go')).toContain('quota.Describe')
    await served.until('said on the board', () => served.board(issue.number)?.body.includes(`#${second.number} (2/2, merged)`))
    expect(served.branches()).not.toContain(first.pull?.head)
    expect(pullsOf(issue)).toHaveLength(2)
  }, 120_000)
})

describe('a ruleset of the branches', () => {
  const rules = (...types: readonly string[]) =>
    served.repository.rules.splice(0, 9, ...types.map((type) => ({ type, branches: /^dce\//u })))
  const treeOf = (rev: string) => inGit('rev-parse', `${rev}^{tree}`)
  async function finishedUnder(title: string): Promise<{ readonly issue: Issue; readonly run: string; readonly pull: Issue }> {
    const issue = label(title)
    await finished(issue)
    const pull = await served.until('a pull request', () => pullsOf(issue).find(({ pull }) => pull?.draft === false))
    return { issue, run: runOf(issue), pull }
  }

  it('that wants a linear history gets one commit for each task, of the trees that were judged', async () => {
    configure({ '.github/dce.yml': 'commits: squash\n' })
    rules('required_linear_history')
    const { issue, run, pull } = await finishedUnder('Quotas in a line')
    expect(inGit('rev-list', '--merges', `dce/${run}/pr`, `dce/${run}/wave-1`, `dce/${run}/state`)).toBe('')
    expect(inGit('log', '--reverse', '--format=%s', `main..dce/${run}/pr`).split('\n').slice(-3)).toEqual([
      'w1: The quota',
      'w1: What a quota says',
      'w4: Its use',
    ])
    expect([treeOf(`dce/${run}/wave-1`), treeOf(`dce/${run}/pr`)]).toEqual([localTree(run, 1), localTree(run, 4)])
    expect([...served.repository.checkRuns.values()].map(({ headSha }) => headSha)).toEqual(
      expect.arrayContaining([inGit('rev-parse', `dce/${run}/wave-1`), inGit('rev-parse', `dce/${run}/pr`)]),
    )
    expect(served.board(issue.number)?.body).not.toContain('⚠️')
    expect(pull.body).toContain(`Closes #${issue.number}.`)
    served.fake.people.comment(served.repository, issue.number, 'bob', '/dce clean')
    await served.until('nothing left', () => !served.branches().some((name) => name.includes(run)))
  }, 300_000)

  it('that wants signatures too gets the same line, made and signed by GitHub', async () => {
    configure({ '.github/dce.yml': 'commits: api\npull_request: stacked\n' })
    rules('required_linear_history', 'required_signatures')
    const { issue, run } = await finishedUnder('Signed quotas')
    const line = inGit('rev-list', `dce/${run}/wave-4`, `dce/${run}/pr`, `dce/${run}/state`, '--not', 'main').split('\n')
    for (const commit of line) expect(inGit('cat-file', 'commit', commit)).toContain('gpgsig')
    expect(inGit('rev-list', '--merges', ...line)).toBe('')
    expect([treeOf(`dce/${run}/wave-1`), treeOf(`dce/${run}/pr`)]).toEqual([localTree(run, 1), localTree(run, 4)])
    expect(inGit('show', `dce/${run}/state:.claude/context/progress.md`)).toContain('# Progress: Call quotas')
    expect(pullsOf(issue).map(({ pull }) => pull?.base)).toEqual(['main', `dce/${run}/wave-1`])
    expect(served.board(issue.number)?.body).not.toContain('⚠️')
    served.fake.people.comment(served.repository, issue.number, 'bob', '/dce clean')
    await served.until('nothing left', () => !served.branches().some((name) => name.includes(run)))
    rules()
  }, 300_000)
})

describe('a push that is refused although no rule said so', () => {
  it('becomes a patch of the whole work, in the report folder and on the issue, and is tried again when it is asked for', async () => {
    configure({})
    const { scene, repository, fake } = served
    repository.rules.push({ type: 'file_path_restriction', branches: /\/(wave-[0-9]|pr)$/u, untold: true })
    const issue = label('Quotas that nobody takes')
    await finished(issue)
    const run = runOf(issue)
    const comment = await served.until('the whole patch', () =>
      served.comments(issue.number).find(({ body }) => body.includes('work.patch') && body.includes('w4: Its use')),
    )
    expect(comment.body).toContain('against the rule')
    const path = join(scene.folder, 'state', 'dce', 'runs', run, 'work.patch')
    expect(comment.body).toContain(path)
    await served.until('said on the board', () => served.board(issue.number)?.body.includes(path))
    expect(pullsOf(issue)).toEqual([])
    const clone = mkdtempSync(join(process.env['HOME'] ?? '', 'clone-'))
    execFileSync('git', ['clone', '--quiet', repository.gitDir, clone])
    execFileSync('git', ['-C', clone, 'am', '--quiet', path])
    const tree = execFileSync('git', ['-C', clone, 'rev-parse', 'HEAD^{tree}'], { encoding: 'utf8' }).trim()
    expect(tree).toBe(localTree(run, 4))

    repository.rules.length = 0
    fake.people.comment(repository, issue.number, 'bob', '/dce status')
    await served.until('a pull request', () => pullsOf(issue).find(({ pull }) => pull?.draft === false))
    await served.until('nothing is wrong any more', () => served.board(issue.number)?.body.includes('⚠️') === false)
    await served.until('the patch is taken back', () => comment.body.includes('is pushed by now'))
  }, 300_000)
})

describe('a plan that waits', () => {
  const asks = (issue: Issue) =>
    served.until('a box', () =>
      served.comments(issue.number).find(({ user, body }) => user.type === 'Bot' && /^- \[ \] Approve/mu.test(body)),
    )
  const tick = (id: number, by: string) => {
    const body = served.repository.comments.get(id)?.body ?? ''
    served.fake.people.editComment(served.repository, id, by, body.replace('- [ ] Approve', '- [x] Approve'))
  }
  const answer = (issue: Issue, text: string, after = 0) =>
    served.until(text, () =>
      served.comments(issue.number).find(({ id, user, body }) => id > after && user.type === 'Bot' && body.includes(text)),
    )

  it('is approved by a tick of somebody who may; another’s is taken back, and other edits mean nothing', async () => {
    const { fake, repository } = served
    configure({ '.github/dce.yml': 'approve: always\n' })
    const issue = label('Quotas to tick')
    const asked = await asks(issue)
    expect(asked.body).toContain('`/dce approve`')
    tick(asked.id, 'tia')
    await answer(issue, '@tia, this needs the permission `write`')
    await served.until('taken back', () => asked.body.includes('- [ ] Approve'))
    const told = fake.people.comment(repository, issue.number, 'bob', '- [ ] Approve the plan')
    fake.people.editComment(repository, told.id, 'bob', '- [x] Approve the plan')
    fake.people.editComment(repository, asked.id, 'bob', `${asked.body}\n\n/dce approve`)
    fake.people.editComment(repository, asked.id, 'bob', asked.body.replace(/\n\n\/dce approve$/u, ''))
    await fake.hooks.settled()
    expect(served.board(issue.number)?.body).toContain('waits for approval')
    tick(asked.id, 'bob')
    await finished(issue)
    expect(asked.reactions.map(({ content }) => content)).toEqual(['confused', 'rocket'])
    expect(asked.body).toContain('- [x] Approve')
  }, 300_000)

  it('of a text that was edited asks once more, by tick and by word, and is then built as it is pinned', async () => {
    const { fake, repository } = served
    configure({ '.github/dce.yml': 'approve: always\n' })
    const issue = label('Quotas to edit')
    const asked = await asks(issue)
    fake.people.editIssue(repository, issue.number, 'rob', `${specification}- R4: A back door.\n`)
    await answer(issue, 'This issue was edited after its plan was made')
    tick(asked.id, 'bob')
    await answer(issue, '`/dce approve` once more builds the plan as it is pinned')
    await served.until('taken back', () => asked.body.includes('- [ ] Approve'))
    expect(served.board(issue.number)?.body).toContain('waits for approval')
    fake.people.editIssue(repository, issue.number, 'rob', `${specification}- R4: Another back door.\n`)
    const first = fake.people.comment(repository, issue.number, 'bob', '/dce approve\n/dce approve')
    await answer(issue, '`/dce approve` once more builds the plan as it is pinned', first.id)
    await served.until(
      'both refused',
      () => served.comments(issue.number).filter(({ id, body }) => id > first.id && body.includes('once more builds')).length === 2,
    )
    expect(served.board(issue.number)?.body).toContain('waits for approval')
    const second = fake.people.comment(repository, issue.number, 'bob', '/dce approve')
    await finished(issue)
    expect(second.reactions.map(({ content }) => content)).toEqual(['eyes', 'rocket'])
    expect(inGit('show', `dce/${runOf(issue)}/state:.claude/context/feature-context.yaml`)).not.toContain('back door')
  }, 300_000)

  it('of a text that was edited is replaced by one of the new text when it is asked for', async () => {
    const { fake, repository } = served
    configure({ '.github/dce.yml': 'approve: always\n' })
    const issue = label('Quotas to plan again')
    await asks(issue)
    const old = runOf(issue)
    const same = fake.people.comment(repository, issue.number, 'bob', '/dce plan')
    await answer(issue, 'is not over', same.id)
    fake.people.editIssue(repository, issue.number, 'ada', `${specification}\nFor buyers.\n`)
    await answer(issue, 'This issue was edited')
    fake.people.comment(repository, issue.number, 'bob', '/dce plan')
    await served.until('cancelled', () => served.board(issue.number)?.body.includes('stopped (cancelled)'))
    await served.until('two boards', () => served.comments(issue.number).filter(({ body }) => body.includes('<!-- dce-board')).length === 2)
    const boards = served.comments(issue.number).filter(({ body }) => body.includes('<!-- dce-board'))
    await served.until('another plan', () => boards.at(-1)?.body.includes('waits for approval'), 120_000)
    expect(boards[0]?.body).toContain(old)
    expect(boards[1]?.body).not.toContain(old)
    expect(served.branches().filter((name) => /\/(?:pr|wave-\d)$/u.test(name) && name.includes(old))).toEqual([])
  }, 300_000)
})
