// A fake GitHub whose workflows are run by a script, a repository with two of them, and a listener in the app's place: what tests of Actions begin with.
import { execFile } from 'node:child_process'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { afterEach, expect } from 'vitest'
import { type GitDir, makeGitDir, makeTempDir } from '../../support/git-dir.ts'
import type { WorkflowRun } from './actions-state.ts'
import type { WorkflowOutcome, WorkflowScript } from './run-workflow.ts'
import { type FakeGitHub, startGitHub } from './server.ts'
import type { Access, Repository } from './state.ts'

/** Of a job that does nothing. */
export const steps = 'runs-on: ubuntu-latest\n    steps: [{run: "true"}]'
const gate = `name: Gate\non:\n  push: {branches: ['dce/**', '!dce/**/tmp']}\n  workflow_dispatch: {inputs: {run: {required: true}}}\nrun-name: gate \${{ inputs.run }}\njobs:\n  judge:\n    ${steps}\n  tests:\n    name: Tests\n    ${steps}\n`
const warm = `name: Warm\non: {push: {branches: [main]}}\npermissions: {contents: read, pull-requests: write}\njobs:\n  warm:\n    ${steps}\n`
/** Both jobs of the gate are well. */
export const green: WorkflowOutcome = {
  jobs: [
    { name: 'judge', conclusion: 'success' },
    { name: 'Tests', conclusion: 'success' },
  ],
}

/** The fake, a repository with workflows, and the app's side of it. */
export interface ActionsScene {
  readonly fake: FakeGitHub
  readonly repository: Repository
  readonly work: GitDir
  /** `action conclusion` of each webhook, as the app got it. */
  readonly heard: string[]
  readonly call: (method: string, path: string, body?: unknown) => Promise<{ readonly status: number; readonly body: never }>
  /** With the app's token, over HTTP. */
  readonly push: (branch: string, what?: string) => Promise<void>
  readonly runs: () => readonly WorkflowRun[]
}

let close: () => Promise<void> = async () => undefined
afterEach(() => close())

/** Opens it; closed after each test, which fails when the fake found a fault. */
export async function openActionsScene(
  script: WorkflowScript,
  permissions: Readonly<Record<string, Access>> = { actions: 'write', contents: 'write' },
): Promise<ActionsScene> {
  const fake = await startGitHub({
    folder: makeTempDir('github'),
    permissions,
    events: ['workflow_run'],
    actions: { by: 'scripted', script },
  })
  const repository = fake.people.repository('acme/shop')
  const work = makeGitDir({ '.github/workflows/gate.yml': gate, '.github/workflows/warm.yml': warm })
  work.git('push', '--quiet', repository.gitDir, 'HEAD:refs/heads/main')
  const [installation] = fake.state.installations.values()
  if (installation === undefined) throw new Error('not installed')
  fake.state.tokens.set('app-token', { value: 'app-token', installation, expiresAtMs: Number.POSITIVE_INFINITY })
  const heard: string[] = []
  const listener = await listen(fake, heard)
  close = async () => {
    await fake.close()
    await new Promise((resolve) => listener.close(resolve))
    expect(fake.faults).toEqual([])
  }
  return {
    fake,
    repository,
    work,
    heard,
    call: async (method, path, body) => {
      const answer = await fetch(`${fake.url}/repos/acme/shop/actions/${path}`, {
        method,
        headers: { authorization: 'Bearer app-token' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const text = await answer.text()
      return { status: answer.status, body: (text === '' ? undefined : JSON.parse(text)) as never }
    },
    push: (branch, what = 'HEAD') => pushFrom(work, withToken(fake, 'app-token'), `${what}:refs/heads/${branch}`),
    runs: () => [...repository.workflowRuns.values()],
  }
}

/** Not by the checkout's own handle: that waits for git while the fake in this process could not answer. */
export async function pushFrom({ dir }: GitDir, url: string, what: string): Promise<void> {
  await promisify(execFile)('git', ['-C', dir, 'push', '--quiet', '--force', url, what])
}

/** Where git pushes to with a token. */
export const withToken = (fake: FakeGitHub, token: string) => `${fake.url.replace('://', `://x-access-token:${token}@`)}/acme/shop.git`

async function listen(fake: FakeGitHub, heard: string[]): Promise<Server> {
  const server = createServer((request, response) => {
    let text = ''
    request.on('data', (chunk) => {
      text += chunk
    })
    request.on('end', () => {
      const { action, workflow_run: run } = JSON.parse(text) as {
        action: string
        workflow_run: { path: string; conclusion: string | null }
      }
      heard.push(`${run.path.split('/').at(-1)} ${action} ${run.conclusion ?? ''}`.trim())
      response.end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  fake.state.app.hook = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, secret: 'a secret' }
  return server
}
