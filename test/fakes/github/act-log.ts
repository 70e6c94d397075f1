// Lines of `act --json` -> jobs with their steps, annotations and summaries, as they go on.
import type { JobConclusion, LogAnnotation, Step, WorkflowRun } from './actions-state.ts'
import type { JobOutcome } from './run-workflow.ts'

interface Line {
  readonly msg?: string
  readonly job?: string
  readonly jobID?: string
  readonly matrix?: Readonly<Record<string, unknown>>
  readonly jobResult?: JobConclusion
  readonly step?: string
  readonly stage?: string
  readonly stepID?: readonly string[]
  readonly stepid?: readonly string[]
  readonly stepResult?: JobConclusion
  readonly command?: string
  readonly content?: string
  readonly arg?: string
  readonly kvPairs?: Readonly<Record<string, string>>
}

export interface ActLog {
  /** Takes one line; answers whether a job or a step began or ended. */
  take(line: string): boolean
  /** Jobs that act told of. */
  jobs(): readonly JobOutcome[]
  /** All as text, for people. */
  text(): string
}

interface Told {
  readonly name: string
  conclusion: JobConclusion | null
  readonly steps: Map<string, Step>
  readonly annotations: LogAnnotation[]
  summary: string
}

const levels = new Set(['error', 'warning', 'notice'])

export function openActLog(run: WorkflowRun): ActLog {
  const told = new Map<string, Told>()
  const texts: string[] = []
  return {
    take: (text) => {
      const line = parse(text)
      if (line.msg?.startsWith('LocalRepositoryCache') === true) return false
      texts.push(line.job === undefined ? (line.msg ?? text) : `[${line.job.trim()}] ${(line.msg ?? '').trimEnd()}`)
      if (line.jobID === undefined) return false
      const key = `${line.jobID} ${JSON.stringify(line.matrix ?? {})}`
      const job = told.get(key) ?? { name: nameOf(run, line), conclusion: null, steps: new Map(), annotations: [], summary: '' }
      const isNew = !told.has(key)
      told.set(key, job)
      return note(job, line) || isNew
    },
    jobs: () => [...told.values()].map((job) => ({ ...job, steps: [...job.steps.values()] })),
    text: () => texts.map((line) => `${line}\n`).join(''),
  }
}

function parse(text: string): Line {
  try {
    return JSON.parse(text) as Line
  } catch {
    return { msg: text }
  }
}

// As GitHub names them: a job of a matrix has its values in brackets, unless its name is an expression.
function nameOf(run: WorkflowRun, line: Line): string {
  const name = run.file.jobs.find(({ id }) => id === line.jobID)?.name ?? line.jobID ?? ''
  const values = Object.values(line.matrix ?? {})
  if (name.includes('${{')) return (line.job ?? name).trim().split('/').slice(1).join('/')
  return values.length === 0 ? name : `${name} (${values.map(String).join(', ')})`
}

function note(job: Told, line: Line): boolean {
  if (line.command === 'summary') job.summary += line.content ?? ''
  if (line.command !== undefined && levels.has(line.command))
    job.annotations.push({ level: line.command as LogAnnotation['level'], message: line.arg ?? '', properties: line.kvPairs ?? {} })
  if (line.jobResult !== undefined) job.conclusion = line.jobResult
  const isStep = noteStep(job, line)
  return isStep || line.jobResult !== undefined
}

// Steps inside of an action are none of the job's; what comes before and after main steps is shown when it went wrong.
function noteStep(job: Told, line: Line): boolean {
  const id = line.stepID ?? line.stepid ?? []
  const isMain = line.stage === undefined || line.stage === 'Main'
  if (line.step === undefined || id.length !== 1 || (!isMain && line.stepResult !== 'failure')) return false
  const name = isMain ? (line.step.trim().split('\n')[0] ?? '') : `${line.stage} ${line.step}`
  const key = `${line.stage ?? ''} ${id[0]}`
  if (job.steps.has(key) && line.stepResult === undefined) return false
  job.steps.set(key, { name, conclusion: line.stepResult ?? null })
  return true
}
