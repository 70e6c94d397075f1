// The rules about what the whole feature owes: requirements, contracts, what is due when, benchmarks, modules, tests of the quality level. Pure; faults in words.
import { nearestWord } from '../nearest-word.ts'
import { ownerOf, ownsPath, patternsOf } from './ownership.ts'
import type { PlanAnswer, Task } from './plan.ts'
import type { PlanFacts } from './plan-facts.ts'
import { qualityPolicies } from './quality-policy.ts'

/** An answer with its tasks completed. */
interface Held {
  readonly answer: PlanAnswer
  readonly tasks: readonly Task[]
  readonly facts: Pick<PlanFacts, 'feature' | 'files' | 'config'>
}

/** Faults of everything that is not one task's own. */
export function checkDuties(held: Held): readonly string[] {
  return [
    ...(held.answer.summary.trim() === '' ? ['The summary is empty.'] : []),
    ...requirementFaults(held),
    ...contractFaults(held),
    ...dueFaults(held),
    ...benchmarkFaults(held),
    ...moduleFaults(held.answer),
    ...testFaults(held),
    ...(Number.isFinite(held.answer.estimate.turnsPerTask) && held.answer.estimate.basis.trim() !== ''
      ? []
      : ['The estimate has no basis in words.']),
  ]
}

function requirementFaults({ answer, tasks, facts }: Held): readonly string[] {
  const known = facts.feature.requirements.map(({ id }) => id)
  const served = new Set(tasks.flatMap(({ requirements }) => requirements))
  const left = answer.withoutTask.map(({ requirement }) => requirement)
  const unknown = [
    ...tasks.flatMap((task) => task.requirements.map((id) => ({ id, where: `Task ${task.id}` }))),
    ...left.map((id) => ({ id, where: 'withoutTask' })),
  ]
  const missing = facts.feature.requirements.filter(({ id }) => !served.has(id) && !left.includes(id))
  return [
    ...unknown
      .filter(({ id }) => !known.includes(id))
      .map(({ id, where }) => `${where} names requirement ${id}, which the feature does not have.${near(id, known)}`),
    ...answer.withoutTask
      .filter(({ reason }) => reason.trim() === '')
      .map(({ requirement }) => `withoutTask: ${requirement} has no reason.`),
    ...left.filter((id) => served.has(id)).map((id) => `${id} has a task and stands in withoutTask at once.`),
    ...missing.map(
      ({ id, text }) => `Requirement ${id} has no task ("${short(text)}"): give it to one, or name it in withoutTask with the reason.`,
    ),
    ...tasks
      .filter((task) => task.wave > 0 && task.wave < 5 && task.requirements.length === 0)
      .map(({ id }) => `Task ${id} serves no requirement: name those it serves, or leave the task out.`),
  ]
}

function near(word: string, known: readonly string[]): string {
  const meant = nearestWord(word, known)
  return meant === undefined
    ? ` It has ${known.length > 12 ? `${known.slice(0, 12).join(', ')}, …` : known.join(', ')}.`
    : ` Did you mean ${meant}?`
}

function short(text: string): string {
  const line = text.replace(/\s+/gu, ' ')
  return line.length <= 80 ? line : `${line.slice(0, 79)}…`
}

function contractFaults({ answer, tasks, facts }: Held): readonly string[] {
  return answer.contracts.flatMap((contract, index) => {
    const of = (fault: string) => `Contract ${index + 1} (${contract.task}, ${contract.path}): ${fault}`
    const task = tasks.find(({ id }) => id === contract.task)
    if (task === undefined)
      return [
        of(
          `there is no task ${contract.task}.${near(
            contract.task,
            tasks.map(({ id }) => id),
          )}`,
        ),
      ]
    const owner = ownerOf({ tasks }, contract.path)
    const file = task.files.find(({ path }) => path === contract.path)
    const own =
      owner?.id === task.id
        ? []
        : [
            of(
              owner === undefined
                ? `${contract.task} does not own the path: plan the file there.`
                : `the path belongs to ${owner.id}: the contract is that task's.`,
            ),
          ]
    const planned =
      own.length > 0 || (file !== undefined && file.change !== 'delete')
        ? []
        : [of('the file is not planned: list it among the files of the task.')]
    return [
      ...own,
      ...planned,
      ...(contract.path.endsWith('.go') && !contract.path.endsWith('_test.go')
        ? []
        : [of('a contract stands in a Go file that is no test.')]),
      ...(contract.kind === 'amend' && !facts.files.has(contract.path)
        ? [of('amend changes a file of the base commit, and this one does not exist: declare instead.')]
        : []),
      ...(contract.source.trim() === '' ? [of('the source is empty.')] : []),
    ]
  })
}

function dueFaults({ answer, tasks }: Held): readonly string[] {
  const waves = [...new Set(tasks.map(({ wave }) => wave))].filter((wave) => wave > 0)
  return answer.due.flatMap((duty) => {
    const of = (fault: string) => `Due ${duty.what} ${duty.subject} in wave ${duty.wave}: ${fault}`
    const planned = tasks.find((task) => task.files.some(({ path }) => path === duty.subject))
    return [
      ...(waves.some((wave) => wave === duty.wave)
        ? []
        : [of(`wave ${duty.wave} has no tasks; waves with tasks are ${waves.join(', ')}.`)]),
      ...(duty.subject.trim() === '' ? [of('it says not what.')] : []),
      ...(duty.what === 'route' && !/^[A-Z]+ \/\S*$/u.test(duty.subject) ? [of('a route is written as METHOD /path.')] : []),
      ...((duty.what === 'interface' || duty.what === 'constructor') && !/^\S+\.[A-Za-z_]\w*$/u.test(duty.subject)
        ? [of(`write it as folder.Name, like internal/service/quota.NewService.`)]
        : []),
      ...((duty.what === 'file' || duty.what === 'migration') && planned === undefined ? [of('no task plans that file.')] : []),
      ...(planned !== undefined && planned.wave > duty.wave ? [of(`${planned.id} writes it in wave ${planned.wave} only.`)] : []),
    ]
  })
}

function benchmarkFaults({ answer, tasks }: Held): readonly string[] {
  return answer.benchmarks.flatMap((benchmark) => {
    const of = (fault: string) => `Benchmark ${benchmark.name} in ${benchmark.package}: ${fault}`
    const folder = benchmark.package.replace(/^\.\//u, '').replace(/\/$/u, '')
    const written = tasks.some((task) => writesTestsIn(task, folder || '.'))
    return [
      ...(/^Benchmark(\p{Lu}|\p{N}|_)\w*$/u.test(benchmark.name)
        ? []
        : [of('its name must be Benchmark and a word with a capital, like BenchmarkEvaluate.')]),
      ...(written ? [] : [of('no task owns a test file of that package, so nobody would write it.')]),
    ]
  })
}

/** By a planned file, by a pattern of that folder, or by owning whatever is new there. */
function writesTestsIn(task: Task, folder: string): boolean {
  const deleted = new Set(task.files.filter(({ change }) => change === 'delete').map(({ path }) => path as string))
  const named = task.paths.some((path) => path.endsWith('_test.go') && folderOf(path) === folder && !deleted.has(path))
  return named || ownsPath(patternsOf(task), folder === '.' ? 'x_test.go' : `${folder}/x_test.go`)
}

function folderOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '.'
}

function moduleFaults(answer: PlanAnswer): readonly string[] {
  return answer.modules.flatMap((module) => {
    const of = (fault: string) => `Module ${module.path}@${module.version}: ${fault}`
    return [
      ...(/^[a-z0-9][a-z0-9.-]*\.[a-z]{2,}(\/[\w.~-]+)*$/iu.test(module.path)
        ? []
        : [of('a module path begins with a host name, like github.com/google/uuid.')]),
      ...(/^v\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+incompatible)?$/u.test(module.version) ? [] : [of('a version is like v1.2.3.')]),
      ...(module.why.trim() === '' ? [of('it has no reason.')] : []),
    ]
  })
}

/** Whether what is written is tested, as the level asks. */
function testFaults({ tasks, facts }: Held): readonly string[] {
  const { testsFor } = qualityPolicies[facts.config.qualityLevel]
  const code = tasks
    .flatMap((task) => (task.wave === 0 ? [] : task.files))
    .filter(({ path, change }) => path.endsWith('.go') && !path.endsWith('_test.go') && change !== 'delete')
  const packages = [...new Set(code.map(({ path }) => folderOf(path)))]
  if (testsFor === 'nothing' || packages.length === 0) return []
  if (testsFor === 'each package') {
    const bare = packages.filter((folder) => !tasks.some((task) => writesTestsIn(task, folder)))
    return bare.map(
      (folder) =>
        `Quality level ${facts.config.qualityLevel}: no task writes tests in ${folder}. Plan a _test.go file or a glob such as ${folder}/*_test.go.`,
    )
  }
  const tested = tasks.some((task) => task.paths.some((path) => path.endsWith('_test.go')))
  return tested
    ? []
    : [`Quality level ${facts.config.qualityLevel}: no task writes tests. Plan a _test.go file or a glob such as ${packages[0]}/*_test.go.`]
}
