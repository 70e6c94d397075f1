// Real workflow files, run by act on this machine, as the product sees them through the fake. Skipped where act is not.
import { execFile, execFileSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { unzipSync } from 'fflate'
import { afterEach, describe, expect, it } from 'vitest'
import { makeGitDir, makeTempDir, writeFiles } from '../../support/git-dir.ts'
import type { WorkflowRun } from './actions-state.ts'
import { lookForAct } from './find-act.ts'
import { type FakeGitHub, startGitHub } from './server.ts'
import type { Repository } from './state.ts'

const gate = `
name: Gate
on: {push: {branches: ['dce/**']}, workflow_dispatch: {inputs: {run: {required: true}}}}
permissions: {contents: read}
jobs:
  judge:
    name: The judge
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v6
        with: {fetch-depth: 0, persist-credentials: false}
      - uses: actions/setup-go@v6
      - uses: dce/dce@v0
        with: {command: gate}
        env: {TOKEN: '\${{ github.token }}', RUN: '\${{ inputs.run }}'}
      - run: |
          echo "from a step" >>"$GITHUB_STEP_SUMMARY"
          git fetch --quiet "\${GITHUB_SERVER_URL/:\\/\\//:\\/\\/x-access-token:$TOKEN@}/$GITHUB_REPOSITORY" main
          git rev-parse FETCH_HEAD >fetched.txt
        env: {TOKEN: '\${{ github.token }}'}
      - uses: actions/upload-artifact@v4
        if: always()
        with:
          name: dce-gate
          path: |
            report.json
            fetched.txt
  tests:
    needs: judge
    if: \${{ !cancelled() }}
    runs-on: ubuntu-latest
    steps:
      - run: test ! -e go.mod
      - uses: actions/checkout@v6
      - run: |
          test "$(git rev-list --count HEAD)" = 1
          git config --get-regexp 'http.*extraheader' >/dev/null
          echo "::warning file=a.go,line=3::slow%0Atest"
          exit 3
  after:
    needs: tests
    runs-on: ubuntu-latest
    steps: [{run: 'true'}]
`

// The action under test in miniature: it tells what a runner gave it.
const action = {
  'action.yml': 'name: dce\ninputs: {command: {required: true}}\nruns: {using: node24, main: main.mjs}\n',
  'main.mjs': `
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
const env = process.env
const asked = await fetch(env.GITHUB_API_URL + '/repos/' + env.GITHUB_REPOSITORY, { headers: { authorization: 'Bearer ' + env.TOKEN } })
appendFileSync(env.GITHUB_STEP_SUMMARY, '# Gate\\n')
console.log('::error file=x.go,line=1,title=T::wrong')
console.log('::notice::' + env.TOKEN)
writeFileSync('report.json', JSON.stringify({
  command: env.INPUT_COMMAND, sha: env.GITHUB_SHA, ref: env.GITHUB_REF, run: env.GITHUB_RUN_ID, attempt: env.GITHUB_RUN_ATTEMPT, event: env.GITHUB_EVENT_NAME,
  head: execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).trim(), commits: Number(execFileSync('git', ['rev-list', '--count', '--all'], { encoding: 'utf8' })),
  payload: JSON.parse(readFileSync(env.GITHUB_EVENT_PATH, 'utf8')).ref, status: asked.status, input: env.RUN, actor: env.GITHUB_ACTOR, extra: env.EXTRA, secret: env.SECRET ?? null,
}))
`,
}

let close: () => Promise<void> = async () => undefined
afterEach(() => close())

async function open(files: Readonly<Record<string, string>>): Promise<{
  readonly fake: FakeGitHub
  readonly repository: Repository
  readonly folder: string
  readonly work: ReturnType<typeof makeGitDir>
  readonly push: (branch: string) => Promise<WorkflowRun>
}> {
  const folder = makeTempDir('github')
  const local = makeTempDir('action')
  writeFiles(local, action)
  const fake = await startGitHub({
    folder,
    permissions: { actions: 'write', contents: 'write' },
    events: ['workflow_run'],
    actions: { by: 'act', localActions: { 'dce/dce@v0': local }, env: { EXTRA: 'of the machine' } },
  })
  close = async () => {
    await fake.close()
    expect(fake.faults).toEqual([])
    expect(existsSync(join(folder, 'act')) ? readdirSync(join(folder, 'act')) : []).toEqual([])
  }
  const repository = fake.people.repository('acme/shop')
  const work = makeGitDir({ 'go.mod': 'module x\n', 'README.md': 'base\n' })
  work.git('push', '--quiet', repository.gitDir, 'HEAD:refs/heads/main')
  work.commit(files)
  const push = async (branch: string) => {
    await fake.people.push(repository, 'ada', { from: work.dir, what: 'HEAD', to: branch })
    const run = [...repository.workflowRuns.values()].at(-1)
    if (run === undefined) throw new Error('nothing started')
    return run
  }
  return { fake, repository, folder, work, push }
}

const artifactOf = (run: WorkflowRun, name: string) => {
  const found = run.artifacts.find((one) => one.name === name)
  return Object.fromEntries(
    Object.entries(unzipSync(found?.zip ?? new Uint8Array())).map(([path, bytes]) => [path, Buffer.from(bytes).toString()]),
  )
}

describe.skipIf(lookForAct() === undefined)('act', () => {
  it('runs the jobs of a pushed workflow file: conclusions, summaries, annotations and artifacts are those of its steps', async () => {
    const { fake, work, push } = await open({ '.github/workflows/gate.yml': gate })
    const run = await push('dce/7-abc/w1')
    await fake.actions.settled()
    expect(
      run.jobs.map(({ name, conclusion, status }) => [name, conclusion, status]),
      run.log,
    ).toEqual([
      ['The judge', 'success', 'completed'],
      ['tests', 'failure', 'completed'],
      ['after', 'skipped', 'completed'],
    ])
    expect(run.conclusion).toBe('failure')
    const { 'report.json': report = '{}', 'fetched.txt': fetched } = artifactOf(run, 'dce-gate')
    expect(JSON.parse(report)).toEqual({
      command: 'gate',
      sha: work.head(),
      ref: 'refs/heads/dce/7-abc/w1',
      run: String(run.id),
      attempt: '1',
      event: 'push',
      head: work.head(),
      commits: 2,
      payload: 'refs/heads/dce/7-abc/w1',
      status: 200,
      input: '',
      actor: 'ada',
      extra: 'of the machine',
      secret: null,
    })
    expect(fetched?.trim()).toBe(work.git('rev-parse', 'HEAD~1'))
    const [judge, tests] = run.jobs
    expect(judge?.summary).toBe('# Gate\nfrom a step\n')
    expect(judge?.annotations).toEqual([
      { level: 'error', message: 'wrong', properties: { file: 'x.go', line: '1', title: 'T' } },
      { level: 'notice', message: expect.stringMatching(/^ghs_/u), properties: {} },
    ])
    expect(tests?.annotations).toEqual([{ level: 'warning', message: 'slow\ntest', properties: { file: 'a.go', line: '3' } }])
    expect(judge?.steps.map(({ name, conclusion }) => `${conclusion} ${name}`)).toEqual([
      'success Set up job',
      'success actions/checkout@v6',
      'success actions/setup-go@v6',
      'success dce/dce@v0',
      'success echo "from a step" >>"$GITHUB_STEP_SUMMARY"',
      'success actions/upload-artifact@v4',
      'success Complete job',
    ])
    // The log is masked.
    expect(run.log).toContain('::notice::***')
  })

  it('a dispatch has its inputs, and runs at its ref', async () => {
    const { fake, repository, push } = await open({ '.github/workflows/gate.yml': gate })
    await fake.people.push(repository, 'ada', { from: join(repository.gitDir), what: 'refs/heads/main', to: 'other' })
    const first = await push('main').catch(() => undefined)
    expect(first).toBeUndefined()
    const [installation] = fake.state.installations.values()
    if (installation === undefined) throw new Error('not installed')
    fake.state.tokens.set('t', { value: 't', installation, expiresAtMs: Number.POSITIVE_INFINITY })
    const answer = await fetch(`${fake.url}/repos/acme/shop/actions/workflows/gate.yml/dispatches`, {
      method: 'POST',
      headers: { authorization: 'Bearer t' },
      body: JSON.stringify({ ref: 'main', inputs: { run: 'r7' } }),
    })
    expect(answer.status).toBe(204)
    await fake.actions.settled()
    const [run] = repository.workflowRuns.values()
    if (run === undefined) throw new Error('nothing started')
    expect(JSON.parse(artifactOf(run, 'dce-gate')['report.json'] ?? '{}'), run.log).toMatchObject({
      event: 'workflow_dispatch',
      input: 'r7',
      ref: 'refs/heads/main',
    })
  })

  it('a cancelled run leaves no process, and jobs that had not begun are cancelled too', async () => {
    const marker = `${60_000 + Math.floor(Math.random() * 9_999)}`
    const slow = `on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps: [{run: 'sleep ${marker} & trap "" INT TERM; sleep ${marker}; sleep ${marker}'}]\n  b:\n    needs: a\n    runs-on: ubuntu-latest\n    steps: [{run: 'true'}]\n`
    const { fake, push } = await open({ '.github/workflows/slow.yml': slow })
    const run = await push('dce/1')
    const sleeps = () =>
      execFileSync('ps', ['-A', '-o', 'args='], { encoding: 'utf8' })
        .split('\n')
        .filter((line) => line.trim() === `sleep ${marker}`)
    while (sleeps().length < 2) await new Promise((resolve) => setTimeout(resolve, 50))
    expect(fake.actions.cancel(run)).toBe(true)
    await fake.actions.settled()
    expect([run.conclusion, ...run.jobs.map(({ conclusion }) => conclusion)]).toEqual(['cancelled', 'cancelled', 'cancelled'])
    expect(sleeps()).toEqual([])
  })

  it('closing ends what goes on', async () => {
    const marker = `${70_000 + Math.floor(Math.random() * 9_999)}`
    const slow = `on: push\njobs: {a: {runs-on: ubuntu-latest, steps: [{run: 'sleep ${marker}'}]}}\n`
    const { fake, push } = await open({ '.github/workflows/slow.yml': slow })
    const run = await push('dce/1')
    while (run.jobs[0]?.steps.some(({ name }) => name.startsWith('sleep')) !== true) await new Promise((resolve) => setTimeout(resolve, 50))
    expect(run.jobs[0]).toMatchObject({ status: 'in_progress', conclusion: null })
    await fake.close()
    expect(execFileSync('ps', ['-A', '-o', 'args='], { encoding: 'utf8' })).not.toContain(`sleep ${marker}`)
    close = async () => undefined
  })

  it('an action that is not on this machine is a fault of the test, said by its name', async () => {
    const { fake, push } = await open({
      '.github/workflows/x.yml': 'on: push\njobs: {a: {runs-on: ubuntu-latest, steps: [{uses: some/thing@v1}]}}\n',
    })
    const run = await push('dce/1')
    await fake.actions.settled()
    expect(run.conclusion).toBe('failure')
    expect((fake.faults as string[]).splice(0)).toEqual([expect.stringContaining('some/thing@v1, which is not on this machine')])
  })
})

it('without act, opening says how to get it', async () => {
  const code = "import('./test/fakes/github/find-act.ts').then((it) => it.findAct()).catch((cause) => console.log(cause.message))"
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', code], {
    env: { PATH: '/nowhere' },
    cwd: new URL('../../..', import.meta.url).pathname,
  })
  // Where it was built into the cache of this checkout there is nothing to say.
  expect(stdout === '' || stdout.includes('scripts/install-act.ts')).toBe(true)
})
