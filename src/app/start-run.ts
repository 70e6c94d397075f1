// A label on an issue -> a run whose first event is in the journal. Everything that can be refused is refused here, before any money is spent.
import { posix } from 'node:path'
import { inspectRepository } from '../adapters/git/inspect-repository.ts'
import { downloadModules } from '../cli/download-modules.ts'
import { openWorkshop, personEnv, type Workshop } from '../cli/open-machine.ts'
import { configFor, refuseWhatCannotBeBuilt, refuseWhatCannotBeRun } from '../cli/prepare-run.ts'
import { leftRunIds, makeRunId } from '../cli/run-id.ts'
import type { WrittenConfig } from '../config.ts'
import { UserFault } from '../fault.ts'
import { type SpecSource, specHash } from '../feature/read-spec.ts'
import type { GitHub, RepositoryOnGitHub } from '../github.ts'
import { asRepoPath, pullRequestBranch, type RunId, type Sha } from '../ids.ts'
import { configPath, readConfig } from '../read-config.ts'
import type { RunEvent } from '../run/event.ts'
import type { Git } from '../world.ts'
import { appConfigOf } from './app-config.ts'
import { type AppParts, type Origin, originKey, remoteOf, slugOf } from './parts.ts'
import { gateWorkflowFile, gateWorkflowPath } from './read-gate-run.ts'
import { refuseAnotherLine, refuseByRules } from './refuse-rules.ts'
import type { Thread } from './signal.ts'

/** What was asked for, pinned when it was. `guid` of the delivery: asked once more, the same run is answered. `planOnly`: stop behind the plan whatever it costs. */
export interface RunRequest {
  readonly thread: Thread
  readonly by: string
  readonly title: string
  readonly text: string
  readonly guid: string
  readonly planOnly: boolean
}

/** Begins it, or finds that it has begun. Errors: UserFault for what a person has to change; Gone; WorldFault. */
export async function startRun(parts: AppParts, request: RunRequest): Promise<RunId> {
  const { machine } = parts
  const journal = machine.journal()
  const github = parts.connect(request.thread)
  const repository = await github.repository()
  refuseArchived(repository)
  const remote = remoteOf(parts, request.thread, repository.cloneUrl)
  const base = await remote.fetch(repository.defaultBranch)
  const facts = await inspectRepository({ path: remote.dir, base, exec: machine.exec, env: personEnv(machine.env) })
  refuseWhatCannotBeRun(facts)
  const workshop = await openWorkshop(machine, { repo: remote.dir, sandbox: parts.sandbox, allowedHosts: [] })
  try {
    const spec = await specOf(workshop.git, base, request)
    const config = await configFor({ git: workshop.git, facts, spec, written: parts.written })
    await refuseWhatCannotBeBuilt(workshop, facts, config)
    await downloadModules(machine, workshop, [base])
    if (config.gatePlace === 'actions') await refuseWithoutGate(github, workshop.git, base)
    const run = await nameRun(parts, { workshop, request, spec, base })
    const { approve, publishing } = await appConfigAt(workshop.git, base, parts.written)
    const branch = pullRequestBranch(run)
    refuseAnotherLine(config.gatePlace, publishing.commits)
    refuseByRules(await github.rulesFor(branch), branch, publishing.commits)
    await journal.once({ run, key: originKey }, async (): Promise<Origin> => ({ thread: request.thread, by: request.by }))
    if ((await journal.load(run)).length > 0) return run
    await journal.append(run, {
      type: 'run-started',
      at: machine.clock.now(),
      run,
      repo: remote.dir,
      spec: { ...spec, hash: specHash(spec.text) },
      base,
      config,
      autoApprove: approve === 'never' && !request.planOnly,
      ...(typeof approve === 'object' && !request.planOnly ? { approveUnderUsd: approve.aboveUsd } : {}),
    } satisfies RunEvent)
    return run
  } finally {
    await workshop.close()
  }
}

/** The App's part of the configuration at a commit. Errors: UserFault with the line. */
export async function appConfigAt(git: Pick<Git, 'readFile'>, base: Sha, written: WrittenConfig) {
  const text = await git.readFile({ at: base, path: asRepoPath(configPath) })
  return appConfigOf({ ...(text === undefined ? {} : readConfig(text)), ...written })
}

function refuseArchived({ isArchived, pageUrl }: RepositoryOnGitHub): void {
  if (!isArchived) return
  throw new UserFault({ problem: `${pageUrl} is archived: nothing can be pushed to it.`, hint: 'Unarchive it in its settings.' })
}

// The text, or the file that it names and nothing else.
async function specOf(git: Git, base: Sha, { thread, title, text }: RunRequest): Promise<SpecSource> {
  const path = /^\s*`?(?<path>[\w./-]+\.(?:md|markdown))`?\s*$/u.exec(text)?.groups?.['path']
  if (path === undefined) {
    // The title names the feature, unless the text begins with a heading of its own.
    const named = /^\s*(?:#|---|###)/u.test(text) ? text : `# ${title}\n\n${text}`
    return { source: `issue-${thread.number}.md`, text: named }
  }
  const clean = posix.normalize(path)
  const found = clean.startsWith('..') || clean.startsWith('/') ? undefined : await git.readFile({ at: base, path: asRepoPath(clean) })
  if (found !== undefined) return { source: clean, text: found }
  throw new UserFault({
    problem: `The issue names ${path} as its specification, and the base branch has no such file.`,
    hint: 'Commit it to the base branch, or write the specification into the issue, and set the label again.',
  })
}

// One delivery names one run, whatever happens in between; a later one of the same text and base gets the next number.
function nameRun(
  { machine }: AppParts,
  given: { readonly workshop: Workshop; readonly request: RunRequest; readonly spec: SpecSource; readonly base: Sha },
): Promise<RunId> {
  const { request, spec, base, workshop } = given
  const journal = machine.journal()
  const slug = slugOf(request.thread)
  const named = makeRunId({ slug: `${slug}-by`, specHash: request.guid, base, counter: 0 })
  return journal.once({ run: named, key: 'github/run' }, async () => {
    const taken = new Set<string>([...journal.runs().map(({ run }) => run), ...(await leftRunIds(workshop.git, journal))])
    for (let counter = 1; ; counter++) {
      const run = makeRunId({ slug, specHash: specHash(spec.text), base, counter })
      if (!taken.has(run)) return run
    }
  })
}

const orLocal = 'or set `gate: local` in .github/dce.yml, and the App judges in its own sandbox. Then set the label again.'

async function refuseWithoutGate(github: GitHub, git: Git, base: Sha): Promise<void> {
  if ((await git.readFile({ at: base, path: asRepoPath(gateWorkflowPath) })) === undefined) {
    throw new UserFault({
      problem: `The gate runs in GitHub Actions, and the base branch has no ${gateWorkflowPath}.`,
      hint: `Run \`dce init\` in a clone and commit what it writes; ${orLocal}`,
    })
  }
  const workflow = await github.workflow(gateWorkflowFile)
  if (workflow?.isActive === true) return
  throw new UserFault({
    problem:
      workflow === undefined
        ? `GitHub does not run ${gateWorkflowPath}: Actions are disabled here, or it has not seen the file yet.`
        : `The workflow ${gateWorkflowFile} is not active (${workflow.state}).`,
    hint: `Enable it in the repository's Actions settings; ${orLocal}`,
  })
}
