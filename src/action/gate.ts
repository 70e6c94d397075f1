// `command: gate`: what is checked out -> one half of a judgement or all of it, as a report for whoever asked, a job summary, annotations, and the job's end.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inspectRepository } from '../adapters/git/inspect-repository.ts'
import { gateJobs, reportFile } from '../app/read-gate-run.ts'
import { downloadModules } from '../cli/download-modules.ts'
import { type Machine, openWorkshop, personEnv, type Workshop } from '../cli/open-machine.ts'
import { defaultConfig, overlayConfig } from '../config.ts'
import { UserFault } from '../fault.ts'
import { defaultBase } from '../gate/gate-command.ts'
import { type GateQuestion, hashOfQuestion, inputOf, readQuestion, writeQuestion } from '../gate/gate-question.ts'
import { type KnownFacts, verdictOfReport, writeReport } from '../gate/half-report.ts'
import { type Half, judgeHalves } from '../gate/judge.ts'
import { toVerdict } from '../gate/to-verdict.ts'
import type { Verdict } from '../gate/verdict.ts'
import { asRepoPath, asRunId, gateBranch, type Sha } from '../ids.ts'
import { configPath, readConfig } from '../read-config.ts'
import type { Inputs } from './inputs.ts'

/** What was judged. `report`: absolute path; undefined when both halves were judged at once. */
export interface GateDone {
  readonly verdict: Verdict
  readonly report: string
}

/** The event's part of it, from the runner's environment. */
export interface GatePlaces {
  readonly workspace: string
  /** `dce/<run>/wave-K` when dce asked. */
  readonly refName: string
  readonly temp: string
}

/** Judges. Errors: UserFault for a checkout that is none, or a base that is not there. */
export async function gate(
  machine: Machine,
  inputs: Pick<Inputs, 'part' | 'base' | 'sandbox'>,
  places: GatePlaces,
  say: (line: string) => void,
): Promise<GateDone> {
  const facts = await inspectRepository({ path: places.workspace, exec: machine.exec, env: personEnv(machine.env) })
  if (facts.shallow)
    throw new UserFault({
      problem: 'The checkout is shallow: there is nothing to compare with.',
      hint: 'Say `fetch-depth: 0` to actions/checkout.',
    })
  const workshop = await openWorkshop(machine, { repo: facts.root, sandbox: inputs.sandbox, allowedHosts: [] })
  try {
    const text = await questionFor(workshop, { commit: facts.headSha, refName: places.refName, base: inputs.base, say })
    const question = readQuestion(text)
    const { commit, base, wave, config } = question
    await downloadModules(machine, workshop, base === undefined ? [commit] : [commit, base])
    const { go, analyzer, openDatabase, folders, git } = workshop
    const onProgress = (check: string) => say(`… ${check}`)
    const input = await inputOf(question, { git, workDir: folders.work, cacheDir: folders.cache, onProgress })
    const judged = await judgeHalves(input, { go, analyzer, openDatabase, clock: machine.clock }, halvesOf(inputs.part))
    const known: KnownFacts = { tree: commit, base, wave, config, files: new Set(judged.files) }
    const path = join(places.temp, 'dce', reportFile)
    await mkdir(join(places.temp, 'dce'), { recursive: true })
    const half = halfOf(inputs.part)
    const report = half === undefined ? undefined : writeReport({ half, question: hashOfQuestion(text), tree: commit }, judged)
    const verdict =
      report === undefined ? toVerdict(judged.answers, { ...known, ...judged, files: known.files }) : verdictOfReport(report, known)
    await writeFile(path, JSON.stringify(report ?? verdict, undefined, 1))
    return { verdict, report: path }
  } finally {
    await workshop.close()
  }
}

function halfOf(part: Inputs['part']): Half | undefined {
  if (part === 'all') return undefined
  return part === gateJobs.reading ? 'reading' : 'executing'
}

function halvesOf(part: Inputs['part']): readonly Half[] {
  const half = halfOf(part)
  return half === undefined ? ['reading', 'executing'] : [half]
}

// What dce asked about this commit; a branch that nobody asked about is judged as a whole, against where it left the default branch.
async function questionFor(
  { git }: Workshop,
  at: { readonly commit: Sha; readonly refName: string; readonly base: string | undefined; readonly say: (line: string) => void },
): Promise<string> {
  const { commit, refName, say } = at
  const run = /^dce\/(?<run>[a-z0-9-]+)\/wave-\d/u.exec(refName)?.groups?.['run']
  const asked = run === undefined ? undefined : await git.resolve(`origin/${gateBranch(asRunId(run))}`)
  const text = asked === undefined ? undefined : await git.readFile({ at: asked, path: asRepoPath(`${commit}.json`) })
  if (text !== undefined) return text
  if (run !== undefined) say(`Nothing was asked about ${commit}: judged as a whole.`)
  const base = at.base === undefined ? await defaultBase(git, commit) : await git.resolve(at.base)
  if (at.base !== undefined && base === undefined)
    throw new UserFault({ problem: `There is no commit "${at.base}" in this checkout.`, hint: 'Change the input `base`, or fetch it.' })
  const written = await git.readFile({ at: commit, path: asRepoPath(configPath) })
  const config = overlayConfig(defaultConfig, written === undefined ? {} : readConfig(written))
  const question: GateQuestion = {
    version: 1,
    commit,
    ...(base === undefined ? {} : { base }),
    level: config.qualityLevel,
    config: config.gate,
  }
  return writeQuestion(question)
}
