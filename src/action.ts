// The door for a workflow: inputs and event -> one command, and its end -> outputs, a job summary and the job's own end. Only here is the runner's environment read.
import { EventEmitter } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as core from '@actions/core'
import { type JobBounds, outcomeOf } from './action/carry-in-job.ts'
import { gate } from './action/gate.ts'
import { handleRequest, handleSignal } from './action/handle-event.ts'
import { type Inputs, readInputs } from './action/inputs.ts'
import { readySandbox } from './action/ready-sandbox.ts'
import { beginUntrusted } from './action/untrusted-output.ts'
import { openGitHub } from './adapters/github/github.ts'
import { createOctokit } from './adapters/github/octokit.ts'
import type { AppParts } from './app/parts.ts'
import { hear, type Signal, type Thread } from './app/signal.ts'
import { reportsFolder } from './cli/drive-here.ts'
import { type Machine, openMachine, personEnv } from './cli/open-machine.ts'
import { writeProgress } from './cli/write-progress.ts'
import { Bug, UserFault, WorldFault } from './fault.ts'
import { sayVerdict } from './gate/verdict.ts'
import { pullRequestBranch, type RunId } from './ids.ts'
import { gateBody } from './report/gate-report.ts'
import { inert } from './report/inert-markdown.ts'
import { plainLook, renderVerdict } from './report/render-verdict.ts'
import { totalUse } from './run/state.ts'

type Env = Readonly<Record<string, string | undefined>>

/** A runner that is lost costs at most this much work, ms. By taste. */
const usualLeaveEveryMs = 5 * 60_000
/** For finishing a turn and pushing, ms. Chosen: the longest turn of a model is a few minutes. */
const endWithinMs = 10 * 60_000
/** Job summaries hold 1 MiB a step; more says nothing new. */
const maxSummaryCharacters = 500_000

/** Runs the action. Never rejects: what went wrong is the job's end, in words. */
export async function main(env: Env): Promise<void> {
  try {
    const inputs = readInputs((name) => core.getInput(name))
    for (const secret of [inputs.token, inputs.apiKey]) if (secret !== undefined) core.setSecret(secret)
    const machine = openMachine(machineEnv(env, inputs))
    const trusted = beginUntrusted((line) => process.stdout.write(`${line}\n`))
    try {
      const end = await perform(machine, inputs, env)
      trusted.end()
      end()
    } finally {
      trusted.end()
      await machine.close()
    }
  } catch (cause) {
    core.setFailed(wordsOf(cause))
  }
}

// Programs outside the sandbox see the person's settings (proxies, Go's), never the workflow's secrets.
function machineEnv(env: Env, inputs: Inputs): Env {
  const kept = Object.entries(env).filter(([name]) => !/^(?:INPUT_|ACTIONS_|GITHUB_TOKEN$|ANTHROPIC_API_KEY$)/u.test(name))
  return {
    ...Object.fromEntries(kept),
    XDG_STATE_HOME: join(tempOf(env), 'dce', 'state'),
    ...(inputs.apiKey === undefined ? {} : { ANTHROPIC_API_KEY: inputs.apiKey }),
  }
}

function tempOf(env: Env): string {
  return env['RUNNER_TEMP'] ?? '/tmp'
}

/** What remains to be told when untrusted output is over: outputs, summary, annotations. */
type End = () => void

async function perform(machine: Machine, inputs: Inputs, env: Env): Promise<End> {
  if (inputs.sandbox === 'on') {
    const isRoot = process.getuid?.() === 0
    await readySandbox({ exec: machine.exec, env: personEnv(machine.env), say: (line) => console.log(line), isRoot })
  }
  return inputs.command === 'gate' ? judge(machine, inputs, env) : carryOut(machine, inputs, env)
}

// --- gate --------------------------------------------------------------------------------------------------------------------------

async function judge(machine: Machine, inputs: Inputs, env: Env): Promise<End> {
  const places = { workspace: env['GITHUB_WORKSPACE'] ?? '.', refName: env['GITHUB_REF_NAME'] ?? '', temp: tempOf(env) }
  const { verdict, report } = await gate(machine, inputs, places, (line) => console.log(line))
  console.log(renderVerdict(verdict, plainLook).join('\n'))
  await summarise([`### dce gate: ${inert(sayVerdict(verdict))}`, '', ...gateBody(verdict)].join('\n'))
  return () => {
    core.setOutput('verdict', verdict.verdict)
    core.setOutput('report', report)
    // GitHub shows ten of a step; all of them are in the report and in the App's check run.
    for (const failure of verdict.failures.slice(0, 10)) {
      const place = failure.file === undefined ? {} : { file: failure.file, startLine: Math.max(1, failure.line ?? 1) }
      core.error(`${failure.message}\n${failure.hint}`, { title: `${failure.check}: ${failure.kind}`, ...place })
    }
    if (verdict.verdict !== 'green') core.setFailed(`The gate is ${verdict.verdict}.`)
  }
}

// --- run and command ---------------------------------------------------------------------------------------------------------------

async function carryOut(machine: Machine, inputs: Inputs, env: Env): Promise<End> {
  const down = new AbortController()
  const stop = () => down.abort()
  // A cancelled job is asked twice before it is killed: what it leaves must get away in between. Source: github-pitfalls P27.
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  const parts = partsOf(machine, inputs, { env, signal: down.signal })
  const bounds: JobBounds = {
    timeLimitMs: inputs.timeLimitMs,
    leaveEveryMs: Number(env['DCE_LEAVE_EVERY_MS'] ?? usualLeaveEveryMs),
    endWithinMs: Math.min(endWithinMs, inputs.timeLimitMs / 4),
    since: machine.clock.now(),
  }
  const run = await about(parts, inputs, { env, bounds })
  if (run === undefined) return () => core.notice('Nothing in this event is for dce.')
  const { state, word } = await outcomeOf(parts, run)
  // A run that another job carried has no report on this machine yet.
  writeProgress(machine, run, await machine.journal().load(run)).write()
  const progress = join(reportsFolder(machine, run), 'progress.md')
  await summarise(readFileSync(progress, 'utf8'))
  return () => {
    core.setOutput('run', run)
    core.setOutput('verdict', word)
    core.setOutput('branch', pullRequestBranch(run))
    core.setOutput('pull_request', parts.pulls.get(run) ?? '')
    core.setOutput('cost_usd', (totalUse(state).costUsd ?? 0).toFixed(2))
    core.setOutput('progress', progress)
    // A question is no failure; a run that cannot go on is one. A job that was cancelled never ends green.
    const isFine = state.finished || ['approval', 'questions', 'paused', 'cancelled'].includes(state.stop?.kind ?? '')
    if (down.signal.aborted) core.setFailed('The job was cancelled; the run goes on from its branches.')
    else if (!isFine) core.setFailed(`Run ${run} stopped: ${word}.`)
  }
}

function partsOf(machine: Machine, inputs: Inputs, given: { readonly env: Env; readonly signal: AbortSignal }): AppParts {
  const { env, signal } = given
  const credentials = { kind: 'token' as const, token: inputs.token }
  const octokit = createOctokit({ credentials, baseUrl: env['GITHUB_API_URL'] ?? 'https://api.github.com', log: machine.log })
  return {
    machine,
    connect: ({ owner, name }) => openGitHub({ octokit, credentials, owner, name }),
    findInstallation: async () => undefined,
    installations: new Map(),
    webUrl: env['GITHUB_SERVER_URL'] ?? 'https://github.com',
    model: inputs.model,
    sandbox: inputs.sandbox,
    written: inputs.written,
    boardEveryMs: Number(env['DCE_BOARD_EVERY_MS'] ?? 15_000),
    gatePollMs: 30_000,
    gateBeginsWithinMs: 600_000,
    gateNews: new Map(),
    pulls: new Map(),
    bell: new EventEmitter(),
    tell: (_run, { text, weight }) => {
      if (weight !== 'detail') console.log(text)
    },
    inHand: new Set(),
    signal,
  }
}

async function about(
  parts: AppParts,
  inputs: Inputs,
  given: { readonly env: Env; readonly bounds: JobBounds },
): Promise<RunId | undefined> {
  const { env, bounds } = given
  if (inputs.specFile !== undefined && inputs.command === 'run') {
    const [owner = '', name = ''] = (env['GITHUB_REPOSITORY'] ?? '').split('/')
    const thread: Thread = { installation: 0, owner, name, number: 0 }
    const guid = `${env['GITHUB_RUN_ID'] ?? ''}-${inputs.specFile}`
    const by = env['GITHUB_ACTOR'] ?? ''
    return handleRequest(parts, { thread, by, title: inputs.specFile, text: inputs.specFile, guid, planOnly: false }, bounds)
  }
  const signal = signalOf(env)
  return signal === undefined ? undefined : handleSignal(parts, signal, bounds)
}

// The event as a webhook brings it, but for the installation: there is none.
function signalOf(env: Env): (Signal & { readonly thread: Thread }) | undefined {
  const path = env['GITHUB_EVENT_PATH']
  if (path === undefined)
    throw new UserFault({ problem: 'There is no event.', hint: 'Use the action in a workflow, on issues or issue_comment.' })
  const payload = { ...(JSON.parse(readFileSync(path, 'utf8')) as object), installation: { id: 0 } }
  const heard = hear({ guid: env['GITHUB_RUN_ID'] ?? '', event: env['GITHUB_EVENT_NAME'] ?? '', payload })
  if (heard.kind !== 'signal') return undefined
  const { signal } = heard
  return signal.thread === undefined ? undefined : { ...signal, thread: signal.thread }
}

async function summarise(text: string): Promise<void> {
  // Only where there is a runner to read it.
  if (process.env['GITHUB_STEP_SUMMARY'] === undefined) return
  await core.summary.addRaw(text.slice(0, maxSummaryCharacters), true).write()
}

function wordsOf(cause: unknown): string {
  if (cause instanceof UserFault) return `${cause.problem} ${cause.hint}`
  if (cause instanceof WorldFault) return cause.message
  const text = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)
  return cause instanceof Bug ? text : `dce failed: ${text}`
}

if (import.meta.main) await main(process.env)
