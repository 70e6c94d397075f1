// The scripted plan and its solution -> do they still hold? The plan is held against the product's own rules, the code is merged wave by wave and judged by go.
// It works on a copy in a temporary folder and asks no model. Run: node examples/scripted/verify.ts
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { Feature } from '../../src/feature/feature.ts'
import { loadSpecFile } from '../../src/feature/load-spec-file.ts'
import { readSpec } from '../../src/feature/read-spec.ts'
import { checkPlan } from '../../src/plan/check-plan.ts'
import { loadSpecialists } from '../../src/plan/load-specialists.ts'
import { ownerOf } from '../../src/plan/ownership.ts'
import { type Plan, PlanAnswer } from '../../src/plan/plan.ts'

const run = promisify(execFile)
const here = import.meta.dirname
const repository = join(here, '..', 'call-exchange')
const specialistsFolder = join(here, '..', '..', 'specialists')

interface Outcome {
  readonly command: string
  readonly good: boolean
  readonly output: string
}

/** Every file below a folder, relative, with `/` between parts. */
async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort()
}

async function readFeature(): Promise<Feature> {
  const { result } = readSpec(await loadSpecFile(join(here, '..', 'buyer-quotas.md')))
  if (result.kind === 'questions') throw new Error(`The specification raises questions:\n${result.questions.join('\n')}`)
  return result.feature
}

/** The plan as the product would take it. Contracts are type-checked by the run itself. */
async function readPlan(): Promise<Plan> {
  const answer = PlanAnswer.parse(JSON.parse(await readFile(join(here, 'plan.json'), 'utf8')))
  const loaded = await loadSpecialists({ builtInFolder: specialistsFolder, repository: [] })
  if (loaded.kind === 'faulty') throw new Error(`The specialists have faults:\n${JSON.stringify(loaded.faults, undefined, 2)}`)
  const checked = checkPlan(answer, {
    feature: await readFeature(),
    config: { outputDir: '.', qualityLevel: 'production', executionMode: 'adaptive', maxParallel: 5 },
    files: new Set(await filesBelow(repository)),
    links: new Set(),
    whyProtected: () => undefined,
    specialists: loaded.set.specialists,
    baseFailures: [],
    contractFaults: [],
    declared: [],
    price: undefined,
  })
  if (checked.kind === 'faults') throw new Error(`The plan has faults:\n${checked.faults.join('\n')}`)
  return checked.plan
}

/** Each task's folder holds exactly its planned files, and no folder is left over. */
async function solutionFaults(plan: Plan): Promise<readonly string[]> {
  const folders = await readdir(join(here, 'solution'))
  const known = new Set<string>(plan.tasks.map(({ id }) => id))
  const perTask = plan.tasks.map(async (task) => {
    const written = (await filesBelow(join(here, 'solution', task.id))).map((path) => path.replace(/\.txt$/u, ''))
    const planned = task.files.map(({ path }) => path as string)
    return [
      ...written.filter((path) => !planned.includes(path)).map((path) => `${task.id} writes ${path}, which is not planned.`),
      ...planned.filter((path) => !written.includes(path)).map((path) => `${task.id} does not write ${path}.`),
      ...written.filter((path) => ownerOf(plan, path)?.id !== task.id).map((path) => `${task.id} does not own ${path}.`),
    ]
  })
  return [
    ...folders.filter((folder) => !known.has(folder)).map((folder) => `solution/${folder} is of no task.`),
    ...(await Promise.all(perTask)).flat(),
  ]
}

async function apply(from: string, tree: string): Promise<void> {
  for (const path of await filesBelow(from)) {
    const target = join(tree, path.replace(/\.txt$/u, ''))
    await mkdir(dirname(target), { recursive: true })
    await writeFile(target, await readFile(join(from, path)))
  }
}

async function ask(tree: string, program: string, args: readonly string[]): Promise<Outcome> {
  const command = [program, ...args].join(' ')
  try {
    const { stdout, stderr } = await run(program, args, { cwd: tree })
    return { command, good: program !== 'gofmt' || stdout === '', output: `${stdout}${stderr}` }
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { readonly stdout?: string; readonly stderr?: string }
    return { command, good: false, output: stdout + stderr || String(error) }
  }
}

async function judge(tree: string): Promise<readonly Outcome[]> {
  const format = await ask(tree, 'gofmt', ['-l', '.'])
  const build = await ask(tree, 'go', ['build', '-gcflags=-e', './...'])
  const vet = await ask(tree, 'go', ['vet', './...'])
  const test = await ask(tree, 'go', ['test', './...'])
  return [format, build, vet, test]
}

function say(what: string, outcomes: readonly Outcome[]): void {
  const failed = outcomes.filter(({ good }) => !good)
  process.stdout.write(`${what}: ${failed.length === 0 ? 'green' : 'red'}\n`)
  for (const { command, output } of failed) process.stdout.write(`  ${command}\n${output.replace(/^/gmu, '    ')}\n`)
}

/** What a first try has to do: fail, and in no package but those its own tasks write. */
function firstTryFaults(outcomes: readonly Outcome[], tasks: Plan['tasks']): readonly string[] {
  const meant = new Set(tasks.flatMap(({ files }) => files.map(({ path }) => dirname(path))))
  const failed = outcomes.filter(({ good }) => !good)
  if (failed.length === 0) return ['it is green: nothing would be repaired.']
  const format = failed.filter(({ command }) => command.startsWith('gofmt')).map(() => 'it is not formatted.')
  const named = failed.flatMap(({ output }) => [...output.matchAll(/^(?:# \[?|FAIL\t)([^\s\]]+)/gmu)].map(([, name = '']) => name))
  const elsewhere = new Set(named.filter((name) => ![...meant].some((folder) => name.replace(/\.test$/u, '').endsWith(`/${folder}`))))
  return [...format, ...(named.length === 0 ? ['it names no package.'] : []), ...[...elsewhere].map((name) => `it fails in ${name}.`)]
}

/** Solutions wave by wave, each judged; the defect first where its wave is reached. Gives what did not hold. */
async function mergeWaves(plan: Plan, tree: string): Promise<readonly string[]> {
  const problems: string[] = []
  const defective = await readdir(join(here, 'first-try'))
  for (const wave of new Set(plan.tasks.map((task) => task.wave))) {
    const tasks = plan.tasks.filter((task) => task.wave === wave)
    for (const { id } of tasks) await apply(join(here, defective.includes(id) ? 'first-try' : 'solution', id), tree)
    if (tasks.some(({ id }) => defective.includes(id))) {
      const outcomes = await judge(tree)
      say(`wave ${wave}, first try`, outcomes)
      const wrong = tasks.filter(({ id }) => defective.includes(id))
      problems.push(...firstTryFaults(outcomes, wrong).map((fault) => `The first try of wave ${wave}: ${fault}`))
      for (const { id } of tasks) await apply(join(here, 'solution', id), tree)
    }
    const outcomes = await judge(tree)
    say(`wave ${wave}`, outcomes)
    problems.push(...outcomes.filter(({ good }) => !good).map(({ command }) => `Wave ${wave}: ${command} fails.`))
  }
  const benchmarks = await ask(tree, 'go', ['test', '-run=^$', '-bench=.', '-benchtime=100ms', './internal/service/quota'])
  process.stdout.write(benchmarks.output)
  return benchmarks.good ? problems : [...problems, 'The benchmarks fail.']
}

const tree = await mkdtemp(join(tmpdir(), 'dce-scripted-'))
try {
  await cp(repository, tree, { recursive: true })
  const plan = await readPlan()
  const unplanned = await solutionFaults(plan)
  const base = await judge(tree)
  say('base', base)
  const broken = base.filter(({ good }) => !good).map(({ command }) => `Base: ${command} fails.`)
  const problems = [...unplanned, ...broken, ...(await mergeWaves(plan, tree))]
  process.stdout.write(problems.length === 0 ? `${plan.tasks.length} tasks, all hold.\n` : `${problems.join('\n')}\n`)
  process.exitCode = problems.length === 0 ? 0 : 1
} finally {
  await rm(tree, { recursive: true, force: true })
}
