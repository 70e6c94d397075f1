// `dce pause | resume | retry | …`: a command for a run. A process that holds the run gets it in its letter box; otherwise this process carries it on.

import { rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { inspectRepository } from '../adapters/git/inspect-repository.ts'
import { type ExitCode, UserFault } from '../fault.ts'
import { asRunId, type RunId } from '../ids.ts'
import { explainTask } from '../report/explain.ts'
import { renderStatus } from '../report/status.ts'
import { replay } from '../run/drive.ts'
import type { RunCommand } from '../run/event.ts'
import { commandHelp, parseCommand } from '../run/parse-command.ts'
import { refuseCommand } from '../run/refuse-command.ts'
import type { RunState } from '../run/state.ts'
import { cleanRun } from '../wave/clean-run.ts'
import { carryRun } from './carry-run.ts'
import { checkWork } from './check-work.ts'
import { reportsFolder } from './drive-here.ts'
import { sandboxMode } from './flags.ts'
import { type Machine, openWorkshop, personEnv } from './open-machine.ts'
import { resumeEvents } from './run-command.ts'
import { specialistsFor } from './specialists-of.ts'
import type { Terminal } from './terminal.ts'

/** Flags that every steering command takes besides its own words. */
export interface SteerFlags {
  readonly run?: string
  readonly repo: string
  readonly model?: string
  readonly sandbox?: string
  readonly json: boolean
  readonly keep: boolean
}

/** Commands after which this process goes on with the run when nobody else does. */
const goesOn = new Set<RunCommand['name']>(['approve', 'resume', 'retry', 'continue', 'skip', 'budget', 'update', 'fix'])

interface Steering {
  readonly machine: Machine
  readonly terminal: Terminal
  readonly flags: SteerFlags
}

/** Carries a command out. `words`: the command and its words, without `dce`. */
export async function steerCommand(steering: Steering, words: readonly string[]): Promise<ExitCode> {
  const { terminal } = steering
  const parsed = parseCommand(words)
  switch (parsed.kind) {
    case 'unknown':
      throw new UserFault({ problem: parsed.problem, hint: '`dce help` lists the commands.' })
    case 'explain':
      return explain(steering, parsed.task)
    case 'run':
      return giveCommand(steering, parsed.command)
    case 'beside':
      break
  }
  switch (parsed.name) {
    case 'help':
      terminal.out(commandHelp.map((help) => `dce ${help.usage}\n    ${help.meaning}`).join('\n'))
      return 0
    case 'status':
      return status(steering)
    case 'check-work':
      return checkWork(steering.machine, terminal, {
        run: (await findRun(steering)).run,
        sandbox: sandboxMode(steering.flags.sandbox),
        json: steering.flags.json,
      })
    case 'clean':
      return clean(steering)
    case 'update':
      return update(steering)
    case 'plan':
      throw new UserFault({ problem: '`dce plan` plans a specification.', hint: 'Say which: dce plan spec.md' })
  }
}

/** The run that is meant: `--run`, else the newest of the repository. Errors: UserFault naming what there is. */
export async function findRun({ machine, flags }: Steering): Promise<{ readonly run: RunId; readonly state: RunState }> {
  const journal = machine.journal()
  const runs = journal.runs()
  if (flags.run !== undefined) {
    const state = replay(await journal.load(asRunId(flags.run)))
    if (state !== undefined) return { run: asRunId(flags.run), state }
    throw new UserFault({
      problem: `There is no run ${flags.run}.`,
      hint:
        runs.length === 0
          ? 'Start one: dce run spec.md'
          : `There are: ${runs
              .slice(0, 5)
              .map((run) => run.run)
              .join(', ')}.`,
    })
  }
  const { root } = await inspectRepository({ path: resolve(flags.repo), exec: machine.exec, env: personEnv(machine.env) })
  for (const { run } of runs) {
    const state = replay(await journal.load(run))
    if (state?.repo === root) return { run, state }
  }
  throw new UserFault({ problem: `No run was started in ${root} yet.`, hint: 'Start one: dce run spec.md' })
}

async function status(steering: Steering): Promise<ExitCode> {
  const { state } = await findRun(steering)
  steering.terminal.out(steering.flags.json ? JSON.stringify(state) : renderStatus(state, steering.machine.clock.now()))
  return 0
}

async function explain(steering: Steering, task: string): Promise<ExitCode> {
  const { run, state } = await findRun(steering)
  const events = await steering.machine.journal().load(run)
  const explanation = explainTask({ state, events, task, nowMs: steering.machine.clock.now() })
  if (explanation.kind === 'unknown') throw new UserFault({ problem: explanation.problem, hint: '`dce status` lists the tasks.' })
  steering.terminal.out(explanation.text)
  return 0
}

async function giveCommand(steering: Steering, command: RunCommand): Promise<ExitCode> {
  const { machine, terminal } = steering
  const { run, state } = await findRun(steering)
  const why = refuseCommand(state, command)
  if (why !== undefined)
    throw new UserFault({ problem: `\`${command.name}\` is refused: ${why}`, hint: '`dce status` shows where the run stands.' })
  const journal = machine.journal()
  if (!journal.hold(run)) {
    journal.post(run, { command, by: 'you' })
    terminal.out(`Told the process that carries out ${run}: ${command.name}.`)
    return 0
  }
  try {
    return await carryOn(steering, { run, state, command })
  } finally {
    journal.release(run)
  }
}

async function carryOn(
  steering: Steering,
  given: { readonly run: RunId; readonly state: RunState; readonly command: RunCommand },
): Promise<ExitCode> {
  const { machine, terminal, flags } = steering
  const { run, state, command } = given
  const workshop = await openWorkshop(machine, {
    repo: state.repo,
    sandbox: sandboxMode(flags.sandbox),
    allowedHosts: state.config.allowedHosts,
  })
  try {
    const resumed = resumeEvents(machine, run).slice(0, 1)
    const base = {
      machine,
      workshop,
      specialists: await specialistsFor(workshop.git, state.base),
      terminal,
      run,
      config: state.config,
      flags: { json: flags.json, keep: flags.keep, yes: true, model: goesOn.has(command.name) ? flags.model : (flags.model ?? 'api') },
    }
    return await carryRun({ ...base, begin: [...resumed, { type: 'command-given', command, by: 'you' }] })
  } finally {
    await workshop.close()
  }
}

// The base branch's newest commit, as the run's repository has it now.
async function update(steering: Steering): Promise<ExitCode> {
  const { state } = await findRun(steering)
  const { headSha } = await inspectRepository({ path: state.repo, exec: steering.machine.exec, env: personEnv(steering.machine.env) })
  if (headSha === state.base) {
    steering.terminal.out('The base has not moved.')
    return 0
  }
  return giveCommand(steering, { name: 'update', base: headSha })
}

async function clean(steering: Steering): Promise<ExitCode> {
  const { machine, terminal } = steering
  const { run, state } = await findRun(steering)
  const journal = machine.journal()
  for (let tries = 0; !journal.hold(run); tries++) {
    if (tries === 0) journal.post(run, { command: { name: 'cancel' }, by: 'you' })
    if (tries > 50)
      throw new UserFault({
        problem: `Run ${run} is still being carried out.`,
        hint: `Stop it with \`dce cancel --run ${run}\`, then clean.`,
        exitCode: 3,
      })
    await delay(200)
  }
  const workshop = await openWorkshop(machine, { repo: state.repo, sandbox: 'off', allowedHosts: [] })
  try {
    const cleaned = await cleanRun({ git: workshop.git, worktreesDir: workshop.folders.worktrees, run, what: 'everything' })
    journal.forget(run)
    await rm(reportsFolder(machine, run), { recursive: true, force: true })
    terminal.out(`Removed ${run}: ${cleaned.worktrees.length} worktrees, ${cleaned.branches.length} branches.`)
    for (const branch of cleaned.kept) terminal.out(`Kept ${branch}: it is checked out, or has commits of people.`)
    return 0
  } finally {
    await workshop.close()
  }
}
