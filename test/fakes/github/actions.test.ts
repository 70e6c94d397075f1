// The fake's Actions as the product sees them: what starts, what waits, what is told, and what is refused. A script stands for the runner.
import { execFile } from 'node:child_process'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { unzipSync } from 'fflate'
import { afterEach, describe, expect, it } from 'vitest'
import { type GitDir, makeGitDir, makeTempDir } from '../../support/git-dir.ts'
import type { WorkflowRun } from './actions-state.ts'
import type { WorkflowOutcome, WorkflowScript } from './run-workflow.ts'
import { type FakeGitHub, startGitHub } from './server.ts'
import type { Access, Repository } from './state.ts'

const steps = 'runs-on: ubuntu-latest\n    steps: [{run: "true"}]'
const gate = `name: Gate\non:\n  push: {branches: ['dce/**', '!dce/**/tmp']}\n  workflow_dispatch: {inputs: {run: {required: true}}}\nrun-name: gate \${{ inputs.run }}\njobs:\n  judge:\n    ${steps}\n  tests:\n    name: Tests\n    ${steps}\n`
const warm = `name: Warm\non: {push: {branches: [main]}}\npermissions: {contents: read, pull-requests: write}\njobs:\n  warm:\n    ${steps}\n`
const green: WorkflowOutcome = {
  jobs: [
    { name: 'judge', conclusion: 'success' },
    { name: 'Tests', conclusion: 'success' },
  ],
}

interface Scene {
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

async function open(
  script: WorkflowScript,
  permissions: Readonly<Record<string, Access>> = { actions: 'write', contents: 'write' },
): Promise<Scene> {
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

// Not by the checkout's own handle: that waits for git while the fake in this process could not answer.
async function pushFrom({ dir }: GitDir, url: string, what: string): Promise<void> {
  await promisify(execFile)('git', ['-C', dir, 'push', '--quiet', '--force', url, what])
}

const withToken = (fake: FakeGitHub, token: string) => `${fake.url.replace('://', `://x-access-token:${token}@`)}/acme/shop.git`

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

const never = () => new Promise<WorkflowOutcome>(() => undefined)

describe('what starts', () => {
  it('a push starts the workflows whose filters take its branch, as they are in the pushed commit', async () => {
    const { fake, push, runs, work, heard } = await open(() => green)
    await push('dce/7-abc/w1')
    await push('dce/7-abc/tmp')
    await push('feature')
    await fake.actions.settled()
    await fake.hooks.settled()
    expect(runs().map((run) => [run.workflow.path, run.ref, run.head.sha, run.conclusion])).toEqual([
      ['.github/workflows/gate.yml', 'refs/heads/dce/7-abc/w1', work.head(), 'success'],
    ])
    expect(heard.toSorted()).toEqual(['gate.yml completed success', 'gate.yml in_progress', 'gate.yml requested'])
  })

  it('nothing: a deleted branch, a commit that says so, a disabled workflow, Actions off', async () => {
    const { fake, push, runs, work, repository } = await open(() => green)
    await push('dce/1')
    await push('dce/1', '')
    work.commit({}, 'work [skip ci]')
    await push('dce/2')
    work.commit({}, 'more')
    fake.actions.workflowAt(repository, '.github/workflows/gate.yml').state = 'disabled_manually'
    await push('dce/3')
    repository.actionsEnabled = false
    await push('main')
    expect(runs().map(({ ref }) => ref)).toEqual(['refs/heads/dce/1'])
  })

  it("what a workflow's own token pushes starts no workflow, and the token may what the file allows", async () => {
    const tokens: string[] = []
    const { fake, push, runs } = await open(async (run, { mintToken }) => {
      const token = mintToken()
      tokens.push(token)
      const own = makeGitDir()
      const pushes = () => pushFrom(own, withToken(fake, token), `HEAD:refs/heads/dce/by-${run.id}`)
      // Read is all that it has by default.
      await expect(pushes()).rejects.toThrow(/403/u)
      Object.assign(run.file.permissions, { contents: 'write' })
      await pushes()
      return green
    })
    await push('dce/1')
    await fake.actions.settled()
    expect(runs()).toHaveLength(1)
    expect(fake.state.tokens.has(tokens[0] ?? '')).toBe(false)
  })

  it('a file that is no workflow fails at once', async () => {
    const { fake, push, runs, work } = await open(() => green)
    work.commit({ '.github/workflows/gate.yml': 'on: push\njobs: {}\n' })
    await push('dce/1')
    await fake.actions.settled()
    expect(runs().map(({ conclusion, log }) => [conclusion, log])).toEqual([
      ['startup_failure', '.github/workflows/gate.yml defines no jobs\n'],
    ])
  })
})

describe('dispatches', () => {
  it('run the file as it is at the ref, and answer with the run when asked to', async () => {
    const { call, runs, push } = await open(() => green)
    await push('side')
    const workflow = 'workflows/gate.yml'
    expect(await call('POST', `${workflow}/dispatches`, { ref: 'side', inputs: { run: 'r1' } })).toMatchObject({ status: 204 })
    const told = await call('POST', `${workflow}/dispatches`, { ref: 'main', inputs: { run: 'r2' }, return_run_details: true })
    expect(told).toMatchObject({ status: 200, body: { workflow_run_id: runs()[1]?.id } })
    expect(runs().map(({ title, ref, event }) => [title, ref, event])).toEqual([
      ['gate r1', 'refs/heads/side', 'workflow_dispatch'],
      ['gate r2', 'refs/heads/main', 'workflow_dispatch'],
    ])
  })

  it('are refused in words', async () => {
    const { call } = await open(() => green)
    const dispatch = async (file: string, body: unknown) => (await call('POST', `workflows/${file}/dispatches`, body)).status
    expect(await dispatch('none.yml', { ref: 'main' })).toBe(404)
    expect(await dispatch('warm.yml', { ref: 'main' })).toBe(422)
    expect(await dispatch('gate.yml', { ref: 'nowhere', inputs: { run: 'x' } })).toBe(422)
    expect(await dispatch('gate.yml', { ref: 'main' })).toBe(422)
    expect(await dispatch('gate.yml', { ref: 'main', inputs: { run: 'x', other: 'y' } })).toBe(422)
  })

  it('need more than the permission to read', async () => {
    const { call } = await open(() => green, { actions: 'read', contents: 'write' })
    expect(await call('GET', 'workflows/gate.yml')).toMatchObject({ status: 200, body: { name: 'Gate', state: 'active' } })
    expect((await call('POST', 'workflows/gate.yml/dispatches', { ref: 'main', inputs: { run: 'x' } })).status).toBe(403)
  })
})

describe('the queue', () => {
  it('runs go one after the other, and wait while no runner is free', async () => {
    const order: string[] = []
    const { fake, push, runs, call, work } = await open(async ({ ref }) => {
      order.push(`begin ${ref}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
      order.push(`end ${ref}`)
      return green
    })
    fake.actions.hold()
    await push('dce/1')
    await push('dce/2')
    expect(runs().map(({ status }) => status)).toEqual(['queued', 'queued'])
    const listed = await call('GET', `workflows/gate.yml/runs?head_sha=${work.head()}&branch=dce/2&event=push`)
    expect(listed.body).toMatchObject({ total_count: 1, workflow_runs: [{ head_branch: 'dce/2', status: 'queued', conclusion: null }] })
    fake.actions.release()
    await fake.actions.settled()
    expect(order).toEqual(['begin refs/heads/dce/1', 'end refs/heads/dce/1', 'begin refs/heads/dce/2', 'end refs/heads/dce/2'])
  })

  it('cancels what waits and what goes on; what ended cannot be cancelled', async () => {
    const { fake, push, runs, call } = await open(async (_run, { report }) => {
      report([
        { name: 'judge', conclusion: 'success' },
        { name: 'Tests', conclusion: null },
      ])
      return never()
    })
    await push('dce/1')
    await push('dce/2')
    const [going, waiting] = runs()
    for (const run of [waiting, going]) expect((await call('POST', `runs/${run?.id}/cancel`)).status).toBe(202)
    await fake.actions.settled()
    expect(runs().map(({ conclusion, jobs }) => [conclusion, jobs.map((job) => job.conclusion)])).toEqual([
      ['cancelled', ['success', 'cancelled']],
      ['cancelled', ['cancelled', 'cancelled']],
    ])
    expect((await call('POST', `runs/${going?.id}/cancel`)).status).toBe(409)
  })

  it('a run begun again keeps its id; jobs of the newest attempt are shown', async () => {
    const { fake, push, runs, call } = await open(({ attempt }) =>
      attempt === 1
        ? {
            jobs: [
              { name: 'judge', conclusion: 'failure' },
              { name: 'Tests', conclusion: 'skipped' },
            ],
          }
        : green,
    )
    await push('dce/1')
    await fake.actions.settled()
    const [run] = runs()
    expect(run?.conclusion).toBe('failure')
    expect((await call('POST', `runs/${run?.id}/rerun`)).status).toBe(201)
    await fake.actions.settled()
    expect((await call('GET', `runs/${run?.id}`)).body).toMatchObject({ id: run?.id, run_attempt: 2, conclusion: 'success' })
    expect((await call('GET', `runs/${run?.id}/jobs?filter=latest`)).body).toMatchObject({
      total_count: 2,
      jobs: [{ run_attempt: 2 }, { conclusion: 'success' }],
    })
    expect((await call('GET', `runs/${run?.id}/jobs?filter=all`)).body).toMatchObject({ total_count: 4 })
  })
})

describe('artifacts', () => {
  it('are zips behind a signed address elsewhere, which takes no credentials', async () => {
    const { fake, push, runs, call } = await open(() => ({
      ...green,
      artifacts: { 'dce-gate': { 'report.json': '{"verdict":"green"}' }, other: {} },
    }))
    await push('dce/1')
    await fake.actions.settled()
    const listed = (await call('GET', `runs/${runs()[0]?.id}/artifacts?name=dce-gate`)).body as {
      artifacts: { archive_download_url: string }[]
    }
    expect(listed).toMatchObject({
      total_count: 1,
      artifacts: [{ name: 'dce-gate', expired: false, workflow_run: { head_branch: 'dce/1' } }],
    })
    const url = listed.artifacts[0]?.archive_download_url ?? ''
    const headers = { authorization: 'Bearer app-token' }
    const address = (await fetch(url, { headers, redirect: 'manual' })).headers.get('location') ?? ''
    expect(new URL(address).port).not.toBe(new URL(fake.url).port)
    expect((await fetch(address, { headers })).status).toBe(400)
    expect(fake.faults).toHaveLength(1)
    ;(fake.faults as string[]).pop()
    // The client itself leaves credentials out for another origin.
    const files = unzipSync(new Uint8Array(await (await fetch(url, { headers })).arrayBuffer()))
    expect(Object.keys(files)).toEqual(['report.json'])
    expect(Buffer.from(files['report.json'] ?? []).toString()).toBe('{"verdict":"green"}')
    for (const artifact of runs()[0]?.artifacts ?? []) artifact.expired = true
    expect((await fetch(url, { headers })).status).toBe(410)
  })
})
