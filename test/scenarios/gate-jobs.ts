// A run of the gate's workflow without a runner: a clone of the commit, and the action as a process once for each job. What act does with the real file, quickly.
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { artifactOf, gateJobs, reportFile } from '../../src/app/read-gate-run.ts'
import type { Half } from '../../src/gate/judge.ts'
import type { WorkflowOutcome, WorkflowScript } from '../fakes/github/run-workflow.ts'
import { whyNoSandbox } from '../support/sandbox.ts'
import { warmGoCaches } from '../support/warm-go-cache.ts'

const noSandbox = await whyNoSandbox()
const halves: readonly Half[] = ['reading', 'executing']

/** Judges with the action of this checkout. `cacheHome`: kept between runs, as a runner's restored cache is. */
export function judgeAsJobs(folder: string): WorkflowScript {
  return async (run, { repository }): Promise<WorkflowOutcome> => {
    const place = mkdtempSync(join(folder, 'job-'))
    const workspace = join(place, 'workspace')
    execFileSync('git', ['clone', '--quiet', repository.gitDir, workspace])
    execFileSync('git', ['-C', workspace, 'checkout', '--quiet', '--detach', run.head.sha])
    warmGoCaches({ cacheHome: join(place, 'cache'), repo: workspace })
    const ends = []
    for (const half of halves) ends.push({ half, ...(await job({ half, place, workspace, ref: run.ref })) })
    rmSync(place, { recursive: true, force: true })
    return {
      jobs: ends.map(({ half, code }) => ({ name: gateJobs[half], conclusion: code === 0 ? 'success' : 'failure' })),
      artifacts: Object.fromEntries(
        ends.flatMap(({ half, report }) => (report === undefined ? [] : [[artifactOf(half), { [reportFile]: report }]])),
      ),
      log: ends.map(({ log }) => log).join('\n'),
    }
  }
}

async function job(given: { readonly half: Half; readonly place: string; readonly workspace: string; readonly ref: string }) {
  const { half, place, workspace, ref } = given
  const temp = join(place, half)
  mkdirSync(temp)
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../src/action.ts')], {
    cwd: workspace,
    env: {
      ...process.env,
      INPUT_COMMAND: 'gate',
      INPUT_PART: gateJobs[half],
      INPUT_GITHUB_TOKEN: 'unused',
      INPUT_SANDBOX: noSandbox === undefined ? 'on' : 'off',
      INPUT_TIME_LIMIT_MINUTES: '60',
      RUNNER_TEMP: temp,
      XDG_CACHE_HOME: join(place, 'cache'),
      GITHUB_WORKSPACE: workspace,
      GITHUB_REF_NAME: ref.replace('refs/heads/', ''),
    },
  })
  let log = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data) => {
      log += String(data)
    })
  }
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  const path = join(temp, 'dce', reportFile)
  return { code, log, report: existsSync(path) ? readFileSync(path, 'utf8') : undefined }
}
