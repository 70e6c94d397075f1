// `dce run [spec.md]`: a specification and a repository -> a run, new or resumed.
import { resolve } from 'node:path'
import { inspectRepository, type RepositoryFacts } from '../adapters/git/inspect-repository.ts'
import type { Config } from '../config.ts'
import { type ExitCode, UserFault } from '../fault.ts'
import { featureContextPath, writeFeatureContext } from '../feature/feature-context.ts'
import { loadSpecFile } from '../feature/load-spec-file.ts'
import { type SpecSource, specHash } from '../feature/read-spec.ts'
import { slugOf } from '../feature/slug.ts'
import { takeOverContext } from '../feature/take-over-context.ts'
import { asRepoPath, type RunId } from '../ids.ts'
import { count, listSome } from '../report/words.ts'
import type { Happening } from '../run/event.ts'
import type { Git } from '../world.ts'
import { carryRun } from './carry-run.ts'
import { configFromFlags, type RunFlags, sandboxMode } from './flags.ts'
import { type Machine, openWorkshop, personEnv } from './open-machine.ts'
import { configFor, refuseWhatCannotBeBuilt, refuseWhatCannotBeRun } from './prepare-run.ts'
import { leftRunIds, makeRunId } from './run-id.ts'
import { specialistsFor } from './specialists-of.ts'
import type { Terminal } from './terminal.ts'

/** Carries `dce run` out. Errors: UserFault for everything a person can mend; then nothing was changed anywhere. */
export async function runCommand(request: {
  readonly machine: Machine
  readonly terminal: Terminal
  readonly spec: string | undefined
  readonly flags: RunFlags
}): Promise<ExitCode> {
  const { machine, terminal, flags } = request
  const written = configFromFlags(flags)
  const sandbox = sandboxMode(flags.sandbox)
  if (sandbox === 'off') terminal.err('The sandbox is off: commands of agents and of the gate run unprotected.')
  const given = request.spec === undefined ? undefined : await loadSpecFile(resolve(request.spec), request.spec)
  const facts = await inspectRepository({
    path: resolve(flags.repo),
    exec: machine.exec,
    env: personEnv(machine.env),
    ...(flags.base === undefined ? {} : { base: flags.base }),
  })
  refuseWhatCannotBeRun(facts)
  sayDirty(facts, terminal)
  const workshop = await openWorkshop(machine, { repo: facts.root, sandbox, allowedHosts: [] })
  try {
    const spec = given ?? (await existingContext(workshop.git, facts, terminal))
    const config = await configFor({ git: workshop.git, facts, spec, written })
    await refuseWhatCannotBeBuilt(workshop, facts, config)
    const left = await leftRunIds(workshop.git, machine.journal())
    const chosen = chooseRun(machine, { spec, facts, fresh: flags.new === true, left })
    if (chosen.kind === 'existing' && !(await mayResume(chosen.run, terminal, flags))) return 3
    if (!machine.journal().hold(chosen.run)) {
      throw new UserFault({
        problem: `Run ${chosen.run} is being carried out by another process.`,
        hint: `Watch it with \`dce status --run ${chosen.run}\`, or start another with --new.`,
        exitCode: 3,
      })
    }
    try {
      return await carryRun({
        machine,
        workshop,
        specialists: await specialistsFor(workshop.git, facts.base),
        terminal,
        run: chosen.run,
        config,
        begin:
          chosen.kind === 'existing'
            ? resumeEvents(machine, chosen.run)
            : startEvents({ run: chosen.run, facts, spec, config, yes: flags.yes === true }),
        flags: { json: flags.json === true, keep: flags.keep === true, yes: flags.yes === true, model: flags.model },
      })
    } finally {
      machine.journal().release(chosen.run)
    }
  } finally {
    await workshop.close()
  }
}

/** Events with which another process's run goes on: what it left in flight is charged, what stopped it is lifted. */
export function resumeEvents(machine: Machine, run: RunId): readonly Happening[] {
  return [
    { type: 'process-resumed', pid: process.pid, lostUsd: machine.journal().purse.closeOpen(run) },
    { type: 'command-given', command: { name: 'resume' }, by: 'you' },
  ]
}

function sayDirty(facts: RepositoryFacts, terminal: Terminal): void {
  if (facts.dirtyPaths.length === 0) return
  terminal.err(`Not part of the run: ${count(facts.dirtyPaths.length, 'uncommitted path')} (${listSome(facts.dirtyPaths, 3)}).`)
}

// Without a specification an existing context is taken over, after it was checked against the tree.
async function existingContext(git: Git, facts: RepositoryFacts, terminal: Terminal): Promise<SpecSource> {
  const files = new Set<string>(await git.listFiles(facts.base))
  const taken = await takeOverContext({ files, read: (path) => git.readFile({ at: facts.base, path: asRepoPath(path) }) })
  if (taken.kind === 'none') {
    throw new UserFault({
      problem: 'There is no specification: no file was named, and the repository holds no feature context.',
      hint: 'Name one: dce run spec.md',
    })
  }
  for (const statement of taken.notSo) terminal.err(`Not so any more in ${taken.source}: ${statement}`)
  if (taken.kind === 'questions')
    throw new UserFault({
      problem: `${taken.source} cannot be built on: ${taken.questions.join(' ')}`,
      hint: 'Answer this in it, or name a specification: dce run spec.md',
    })
  terminal.err(`Taking over ${taken.source}.`)
  return { source: featureContextPath, text: writeFeatureContext(taken.feature) }
}

type Chosen = { readonly kind: 'new' | 'existing'; readonly run: RunId }

// The counter only grows: ids of cancelled and finished runs are not used again, nor those of cleaned runs that spent something, nor those of runs that
// left branches and whose journal is gone.
function chooseRun(
  machine: Machine,
  request: { readonly spec: SpecSource; readonly facts: RepositoryFacts; readonly fresh: boolean; readonly left: ReadonlySet<string> },
): Chosen {
  const known = new Set<string>(
    machine
      .journal()
      .runs()
      .map((run) => run.run),
  )
  const slug = slugOf(request.spec.source.replace(/^.*\//u, '').replace(/\.[^.]+$/u, ''))
  let last: RunId | undefined
  for (let counter = 1; ; counter++) {
    const run = makeRunId({ slug, specHash: specHash(request.spec.text), base: request.facts.base, counter })
    if (known.has(run)) {
      last = run
      continue
    }
    if (request.left.has(run)) continue
    return last === undefined || request.fresh ? { kind: 'new', run } : { kind: 'existing', run: last }
  }
}

async function mayResume(run: RunId, terminal: Terminal, flags: RunFlags): Promise<boolean> {
  if (flags.yes === true) return true
  if (terminal.isTty && flags.json !== true && (await terminal.confirm(`Run ${run} is of this specification and base. Resume it?`)))
    return true
  terminal.err(`Run ${run} is of this specification and base. Resume it with \`dce resume --run ${run}\`, or start another with --new.`)
  return false
}

function startEvents(request: {
  readonly run: RunId
  readonly facts: RepositoryFacts
  readonly spec: SpecSource
  readonly config: Config
  readonly yes: boolean
}): readonly Happening[] {
  const { spec, facts } = request
  return [
    {
      type: 'run-started',
      run: request.run,
      repo: facts.root,
      spec: { source: spec.source, text: spec.text, hash: specHash(spec.text) },
      base: facts.base,
      config: request.config,
      autoApprove: request.yes,
    },
  ]
}
