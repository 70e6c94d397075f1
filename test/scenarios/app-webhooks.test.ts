// Every payload that GitHub publishes as an example, signed and sent to the running App: taken, understood or not, and nothing comes of them.
import { createHmac } from 'node:crypto'
import examples from '@octokit/webhooks-examples'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { repository as files } from './quota-feature.ts'
import { openServed, type Served } from './serve-dce.ts'

let served: Served

beforeAll(async () => {
  served = await openServed({ files, answer: () => ({ content: [] }) })
  await served.start()
}, 300_000)

afterAll(() => served.close())

const published = examples as unknown as readonly {
  readonly name: string
  readonly examples: readonly Readonly<Record<string, unknown>>[]
}[]

async function post(event: string, payload: object, guid: string): Promise<number> {
  const { hook } = served.fake.state.app
  const body = JSON.stringify(payload)
  const headers = {
    'content-type': 'application/json',
    'x-github-event': event,
    'x-github-delivery': guid,
    'x-hub-signature-256': `sha256=${createHmac('sha256', hook?.secret ?? '')
      .update(body)
      .digest('hex')}`,
  }
  return (await fetch(hook?.url ?? '', { method: 'POST', headers, body })).status
}

it('takes them all, stays well, and makes nothing of them', async () => {
  const { fake } = served
  const [installation] = fake.state.installations.keys()
  const sent = published.flatMap(({ name, examples: payloads }) => payloads.map((payload) => ({ name, payload })))
  expect(sent.length).toBeGreaterThan(200)
  const refused: string[] = []
  for (const [index, { name, payload }] of sent.entries()) {
    // As they are; then as if they came from where the App is installed.
    for (const [way, body] of [payload, { ...payload, installation: { id: installation } }].entries()) {
      const status = await post(name, body, `00000000-0000-4000-8000-${String(way)}${String(index).padStart(11, '0')}`)
      if (status < 200 || status > 299) refused.push(`${name} ${String(payload['action'])}: ${status}`)
    }
  }
  expect(refused).toEqual([])

  // What is behind them in the same line has been heard when they have been.
  const issue = fake.people.openIssue(served.repository, 'ada', { title: 'Well?', body: '' })
  fake.people.comment(served.repository, issue.number, 'bob', '/dce help')
  await served.until('an answer', () => served.comments(issue.number).some(({ body }) => body.includes('| `/dce status` |')))
  await served.settled()
  const made = fake.calls.filter(
    ({ operation, path }) => /^(?:POST|PATCH|PUT|DELETE|git push)/u.test(operation) && !path.includes('/access_tokens'),
  )
  expect(new Set(made.map(({ path }) => path.replace(/\/comments\/\d+\/reactions$|\/comments$/u, '')))).toEqual(
    new Set(['/repos/acme/shop/issues', `/repos/acme/shop/issues/${issue.number}`]),
  )
  expect(served.scene.api.requests).toEqual([])
  expect(fake.faults).toEqual([])
}, 180_000)
