// What deliveries mean: a table, and all real payloads that GitHub publishes as examples.
import examples from '@octokit/webhooks-examples'
import { describe, expect, it } from 'vitest'
import { commandsIn } from '../../src/app/commands-in.ts'
import { hear, threadKey } from '../../src/app/signal.ts'

const where = {
  repository: { name: 'Shop', owner: { login: 'Acme' } },
  installation: { id: 7 },
  sender: { login: 'ada', type: 'User' },
}
const thread = { installation: 7, owner: 'Acme', name: 'Shop', number: 3 }
const issue = { number: 3, title: 'Quota', body: null }
const heard = (event: string, payload: object) => hear({ guid: 'g', event, payload: { ...where, ...payload } })

describe('a delivery', () => {
  it('of a label is what it says, by whom, with the text as it was then', () => {
    expect(heard('issues', { action: 'labeled', issue: { ...issue, body: 'text' }, label: { name: 'dce-feature' } })).toEqual({
      kind: 'signal',
      signal: { kind: 'labelled', thread, by: { login: 'ada', isBot: false }, label: 'dce-feature', title: 'Quota', text: 'text' },
    })
  })

  it('of a comment, a line of a review and a review is something said; edits of comments are not', () => {
    const comment = { id: 5, body: '/dce status' }
    expect(heard('issue_comment', { action: 'created', issue, comment })).toMatchObject({
      signal: { kind: 'said', comment: { kind: 'comment', id: 5 } },
    })
    const pull = { number: 3, head: { ref: 'dce/1-abc/pr' } }
    expect(heard('pull_request_review_comment', { action: 'created', pull_request: pull, comment })).toMatchObject({
      signal: { comment: { kind: 'review-comment', id: 5 }, head: 'dce/1-abc/pr' },
    })
    expect(heard('pull_request_review', { action: 'submitted', pull_request: pull, review: { id: 6, body: null } })).toMatchObject({
      signal: { comment: { kind: 'review', id: 6 }, text: '' },
    })
    expect(heard('issue_comment', { action: 'edited', issue, comment })).toMatchObject({ kind: 'nothing' })
  })

  it('of an edit that ticks the box in a comment of a bot is a tick; another edit, and a box of a person, are nothing', () => {
    const [from, body] = ['plan\n\n- [ ] Approve the plan', 'plan\n\n- [x] Approve the plan']
    const edit = (user: object, changes: object) =>
      heard('issue_comment', { action: 'edited', issue, changes, comment: { id: 5, body, user } })
    const bot = { login: 'dce[bot]', type: 'Bot' }
    expect(edit(bot, { body: { from } })).toEqual({
      kind: 'signal',
      signal: { kind: 'ticked', thread, by: { login: 'ada', isBot: false }, comment: 5, guid: 'g' },
    })
    expect(edit(bot, { body: { from: 'something else' } })).toMatchObject({ kind: 'nothing' })
    expect(edit(bot, {})).toMatchObject({ kind: 'nothing' })
    expect(edit({ login: 'ada', type: 'User' }, { body: { from } })).toMatchObject({ kind: 'nothing' })
  })

  it('by an App is by a bot, whatever it calls itself', () => {
    const sender = { login: 'ada', type: 'Bot' }
    expect(heard('issues', { sender, action: 'labeled', issue, label: { name: 'x' } })).toMatchObject({ signal: { by: { isBot: true } } })
  })

  it('without an installation, or of another shape, means nothing', () => {
    expect(heard('issues', { installation: undefined, action: 'labeled', issue, label: { name: 'x' } })).toMatchObject({ kind: 'nothing' })
    expect(hear({ guid: 'g', event: 'issues', payload: null })).toMatchObject({ kind: 'nothing' })
    expect(hear({ guid: 'g', event: 'issues', payload: { action: 'labeled' } })).toMatchObject({ kind: 'nothing' })
  })

  it('names its thread without regard to case, as GitHub does', () => {
    expect(threadKey(thread)).toBe(threadKey({ ...thread, owner: 'acme', name: 'SHOP' }))
  })

  const published = examples as unknown as readonly {
    readonly name: string
    readonly examples: readonly Readonly<Record<string, unknown>>[]
  }[]
  const all = published.flatMap(({ name, examples: payloads }) =>
    payloads.map((payload) => ({ event: name, payload: { ...payload, installation: { id: 7 } } })),
  )

  it.each(all)('$event $payload.action of GitHub’s own examples is understood or means nothing', ({ event, payload }) => {
    const understood = hear({ guid: 'g', event, payload })
    const action = `${event}.${String((payload as { readonly action?: string }).action)}`
    const ours = [
      'issues.labeled',
      'issue_comment.created',
      'pull_request_review_comment.created',
      'pull_request_review.submitted',
      'issues.deleted',
      'issues.transferred',
    ]
    if (ours.includes(action)) expect(understood.kind).toBe('signal')
    else
      expect(understood.kind === 'signal' ? ['edited', 'clicked', 'merged'] : ['nothing']).toContain(
        understood.kind === 'signal' ? understood.signal.kind : 'nothing',
      )
  })
})

describe('commands in a text', () => {
  it.each([
    ['/dce status', ['status']],
    ['Thanks!\r\n/dce retry wave-1 --clean\r\n/dce budget +5\r\n', ['retry wave-1 --clean', 'budget +5']],
    ['/dce', ['']],
    ['/dce\tstatus', ['status']],
    ['I said /dce status', []],
    [' /dce status', []],
    ['> /dce status', []],
    ['/dcestatus', []],
    ['```\n/dce status\n```\n/dce help', ['help']],
    ['~~~sh\n/dce status\n```\n/dce pause\n~~~', []],
    ['````\n```\n/dce status\n````\n/dce help', ['help']],
  ])('%j gives %j', (text, commands) => {
    expect(commandsIn(text)).toEqual(commands)
  })
})
