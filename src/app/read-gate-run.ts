// A finished run of the gate's workflow, its jobs and what they uploaded -> the verdict. What is believed, and why not, is decided here. Pure.
import { combineHalves, type HalfAnswer, HalfReport, type KnownFacts, verdictOfReport } from '../gate/half-report.ts'
import type { Half } from '../gate/judge.ts'
import type { Verdict } from '../gate/verdict.ts'
import type { JobOnGitHub } from '../github.ts'
import { parseJson } from '../parse-json.ts'

/** The workflow, as `dce init` writes it. */
export const gateWorkflowFile = 'dce-gate.yml'
/** Where it lies. */
export const gateWorkflowPath = `.github/workflows/${gateWorkflowFile}`

/** Job, artifact and file name of each half. */
export const gateJobs: Readonly<Record<Half, string>> = { reading: 'judge', executing: 'tests' }
/** Artifact that a half's job uploads. */
export const artifactOf = (half: Half) => `dce-gate-${gateJobs[half]}`
/** The file in it. */
export const reportFile = 'dce-gate.json'

/** What a workflow's run left behind. `artifacts`: texts of {@link reportFile} by half; undefined: none. */
export interface GateRun {
  readonly url: string
  readonly jobs: readonly JobOnGitHub[]
  readonly reports: Readonly<Record<Half, string | undefined>>
  /** Hash of the question that was asked. */
  readonly question: string
}

/** Puts it together. A half counts with its job's own end, the right commit and the right question; everything else is no answer. */
export function readGateRun(run: GateRun, known: KnownFacts): Verdict {
  return combineHalves(halfOf(run, 'reading', known), halfOf(run, 'executing', known), known)
}

/** The verdict where there is nothing to read: every check says why. */
export function noVerdict(why: string, known: KnownFacts): Verdict {
  return combineHalves({ kind: 'missing', half: 'reading', why }, { kind: 'missing', half: 'executing', why }, known)
}

function halfOf(run: GateRun, half: Half, known: KnownFacts): HalfAnswer {
  const job = run.jobs.find(({ name }) => name === gateJobs[half])
  const missing = (why: string): HalfAnswer => ({ kind: 'missing', half, why: `${why} (${job?.url || run.url})` })
  if (job === undefined) return missing(`the workflow has no job \`${gateJobs[half]}\``)
  if (job.conclusion !== 'success' && job.conclusion !== 'failure')
    return missing(`the job \`${job.name}\` ended as ${job.conclusion ?? job.status}`)
  const text = run.reports[half]
  if (text === undefined) return missing(`the job \`${job.name}\` ended as ${job.conclusion} and left no report`)
  const read = HalfReport.safeParse(parseJson(text))
  if (!read.success) return missing(`the report of the job \`${job.name}\` is not one that this release understands`)
  const report = read.data
  if (report.half !== half) return missing(`the report of the job \`${job.name}\` is that of another job`)
  if (report.tree !== known.tree) return missing(`the job \`${job.name}\` judged another commit, ${report.tree.slice(0, 12)}`)
  if (report.question !== run.question) return missing(`the job \`${job.name}\` was asked something else`)
  const ownEnd = verdictOfReport(report, known).verdict === 'green' ? 'success' : 'failure'
  if (ownEnd !== job.conclusion)
    return missing(`the job \`${job.name}\` ended as ${job.conclusion}, and its report says ${ownEnd === 'success' ? 'green' : 'red'}`)
  return { kind: 'reported', report }
}
