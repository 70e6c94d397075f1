// The workflow that `dce init` writes, run by act with the action as it is published: two jobs judge a pushed branch, and what they leave is what the App reads.
import { join } from 'node:path'
import { unzipSync } from 'fflate'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { appEvents, appPermissions } from '../../src/app/app-manifest.ts'
import { artifactOf, gateWorkflowPath, reportFile } from '../../src/app/read-gate-run.ts'
import { renderGateWorkflow } from '../../src/cli/gate-workflow.ts'
import { HalfReport } from '../../src/gate/half-report.ts'
import type { Half } from '../../src/gate/judge.ts'
import type { WorkflowRun } from '../fakes/github/actions-state.ts'
import { lookForAct } from '../fakes/github/find-act.ts'
import { type FakeGitHub, startGitHub } from '../fakes/github/server.ts'
import type { Repository } from '../fakes/github/state.ts'
import { type GitDir, makeGitDir, makeTempDir } from '../support/git-dir.ts'
import { judgeByAct } from './gate-by-act.ts'

const workflow = renderGateWorkflow({ action: 'dce-dev/dce@v0', defaultBranch: 'main', goVersionFile: 'go.mod' })
const files = {
  'go.mod': 'module example.test/shop\n\ngo 1.21\n',
  'shop.go': 'package shop\n\n// Two is two.\nfunc Two() int { return 2 }\n',
  [gateWorkflowPath]: workflow,
}

let fake: FakeGitHub
let repository: Repository
let work: GitDir

describe.skipIf(lookForAct() === undefined)('the gate by act', () => {
  beforeAll(async () => {
    const folder = makeTempDir('act')
    fake = await startGitHub({
      folder: join(folder, 'github'),
      permissions: appPermissions,
      events: appEvents,
      actions: judgeByAct(folder),
    })
    repository = fake.people.repository('acme/shop')
    work = makeGitDir(files)
    work.git('push', '--quiet', repository.gitDir, 'HEAD:refs/heads/main')
  })
  afterAll(async () => {
    await fake.close()
    expect(fake.faults).toEqual([])
  })

  async function judge(branch: string): Promise<WorkflowRun> {
    await fake.people.push(repository, 'ada', { from: work.dir, what: 'HEAD', to: branch })
    await fake.actions.settled()
    const run = [...repository.workflowRuns.values()].at(-1)
    if (run === undefined) throw new Error('nothing started')
    return run
  }
  const ends = (run: WorkflowRun) => run.jobs.map(({ name, conclusion }) => `${name} ${conclusion}`)
  const reportOf = (run: WorkflowRun, half: Half) => {
    const zip = run.artifacts.find(({ name }) => name === artifactOf(half))?.zip ?? new Uint8Array()
    return HalfReport.parse(JSON.parse(Buffer.from(unzipSync(zip)[reportFile] ?? []).toString()))
  }

  it('is green on what compiles: each job leaves its half', async () => {
    const head = work.commit({
      'shop_test.go': 'package shop\n\nimport "testing"\n\nfunc TestTwo(t *testing.T) {\n\tif Two() != 2 {\n\t\tt.Fatal("no")\n\t}\n}\n',
    })
    const run = await judge('dce/7-abc/wave-1')
    expect(ends(run), run.log).toEqual(['judge success', 'tests success', 'warm skipped'])
    for (const half of ['reading', 'executing'] as const) expect(reportOf(run, half)).toMatchObject({ half, tree: head })
    expect(run.jobs[0]?.summary).toContain('dce gate: green')
    expect(run.jobs[1]?.summary).toContain('1 tests passed in 1 package')
  }, 180_000)

  it('is red on what does not: the compiler names the line', async () => {
    work.commit({ 'shop.go': 'package shop\n\n// Two is two.\nfunc Two() int { return "2" }\n' })
    const run = await judge('dce/7-abc/wave-1')
    // Nothing of it could be run: that is the other half's word.
    expect(ends(run), run.log).toEqual(['judge failure', 'tests success', 'warm skipped'])
    expect(JSON.stringify(reportOf(run, 'reading'))).toContain('shop.go')
    expect(run.jobs[0]?.annotations.map(({ properties }) => properties['file'])).toContain('shop.go')
  }, 180_000)
})
