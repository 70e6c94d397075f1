// The rules about who does what and when: ids, specialists, waves, needs, folding and leaving out. Pure; faults in words.
import { nearestWord } from '../nearest-word.ts'
import { topologicalOrder } from './graph.ts'
import type { PlanAnswer } from './plan.ts'
import type { PlanFacts } from './plan-facts.ts'
import { qualityPolicies } from './quality-policy.ts'
import type { Specialist } from './specialist.ts'

type AnswerTask = PlanAnswer['tasks'][number]
type Facts = Pick<PlanFacts, 'specialists' | 'baseFailures' | 'config'>

/** More tasks than this are theatre, whatever the feature: four each for 26 specialists. Chosen by taste. */
const maxTasks = 104

/** Faults of tasks among each other and against the specialists. */
export function checkTasks(answer: PlanAnswer, facts: Facts): readonly string[] {
  const { tasks } = answer
  return [
    ...(tasks.length > maxTasks
      ? [`The plan has ${tasks.length} tasks, more than ${maxTasks}: join them, one task is worth an agent's whole conversation.`]
      : []),
    ...repeated(tasks.map(({ id }) => id)).map((id) => `Task id ${id} is used more than once: number them ${id}, ${id}-2, …`),
    ...tasks.flatMap((task) => [...idFaults(task), ...specialistFaults(task, facts), ...contentFaults(task)]),
    ...needsFaults(tasks),
    ...integratorFaults(tasks),
    ...leavingOutFaults(answer, facts),
  ]
}

function idFaults(task: AnswerTask): readonly string[] {
  const stem = `w${task.wave}-${task.specialist}`
  const rest = task.id.startsWith(stem) ? task.id.slice(stem.length) : undefined
  return rest !== undefined && /^(-\d+)?$/u.test(rest)
    ? []
    : [`Task ${task.id} must be called ${stem} (or ${stem}-2, ${stem}-3, …): w<wave>-<specialist>.`]
}

function specialistFaults(task: AnswerTask, { specialists, baseFailures, config }: Facts): readonly string[] {
  const specialist = specialists.find(({ name }) => name === task.specialist)
  if (specialist === undefined) return [`Task ${task.id}: ${unknownSpecialist(task.specialist, specialists)}`]
  if (!canBuild(specialist)) return [`Task ${task.id}: ${task.specialist} writes no files, so it can have no task.`]
  if (task.wave === 0) {
    return baseFailures.length > 0
      ? []
      : [
          `Task ${task.id} is in wave 0, which is for failures of the base commit only, and there are none: move it to wave ${specialist.wave}.`,
        ]
  }
  const left = qualityPolicies[config.qualityLevel].leavesOutDraftSkips && specialist.draft === 'skip'
  return [
    ...(task.wave === specialist.wave
      ? []
      : [`Task ${task.id} is in wave ${task.wave}, but ${task.specialist} works in wave ${specialist.wave}.`]),
    ...(left
      ? [`Task ${task.id}: quality level draft leaves ${task.specialist} out. Drop the task, or fold what cannot wait into a neighbour.`]
      : []),
  ]
}

/** The planner and reviewers read; who has neither tool builds nothing. */
function canBuild(specialist: Specialist): boolean {
  return specialist.tools.includes('write') || specialist.tools.includes('edit')
}

function unknownSpecialist(name: string, specialists: readonly Specialist[]): string {
  const known = specialists.filter(canBuild).map((specialist) => specialist.name)
  const near = nearestWord(name, known)
  return `there is no specialist ${name}.${near === undefined ? ` There are ${known.join(', ')}.` : ` Did you mean ${near}?`}`
}

function contentFaults(task: AnswerTask): readonly string[] {
  const blank = (['title', 'brief'] as const).filter((field) => task[field].trim() === '')
  const paths = repeated(task.files.map(({ path }) => path))
  return [
    ...(task.files.length === 0
      ? [`Task ${task.id} has no files: name what it creates, edits or deletes, or fold it into a neighbour's task.`]
      : []),
    ...blank.map((field) => `Task ${task.id}: ${field} is empty.`),
    ...(task.acceptance.some((line) => line.trim() === '')
      ? [`Task ${task.id} has an empty line of acceptance: say what can be checked.`]
      : []),
    ...paths.map((path) => `Task ${task.id} lists ${path} twice.`),
    ...task.files.flatMap((file) =>
      file.change === 'delete' && file.symbols.length > 0
        ? [`Task ${task.id} deletes ${file.path}, so it can declare no symbols there.`]
        : [],
    ),
  ]
}

function needsFaults(tasks: readonly AnswerTask[]): readonly string[] {
  const byId = new Map(tasks.map((task) => [task.id, task]))
  const faults = tasks.flatMap((task) =>
    task.needs.flatMap((need) => {
      const needed = byId.get(need)
      if (needed === undefined) {
        const near = nearestWord(need, [...byId.keys()])
        return [`Task ${task.id} needs ${need}, which is not in the plan.${near === undefined ? '' : ` Did you mean ${near}?`}`]
      }
      if (needed.wave < task.wave) return []
      return [
        needed === task
          ? `Task ${task.id} needs itself.`
          : `Task ${task.id} (wave ${task.wave}) needs ${need} (wave ${needed.wave}): needs point to earlier waves. Declare what it uses as a contract of ${need} instead.`,
      ]
    }),
  )
  const ordered = topologicalOrder(tasks)
  const circle =
    ordered.kind === 'cycle' && ordered.cycle.length > 1
      ? [`These tasks need each other in a circle: ${[...ordered.cycle, ordered.cycle[0]].join(' → ')}.`]
      : []
  return [...faults, ...circle]
}

function integratorFaults(tasks: readonly AnswerTask[]): readonly string[] {
  return [...new Set(tasks.map(({ wave }) => wave))].flatMap((wave) => {
    const ids = tasks.filter((task) => task.wave === wave && task.integrates).map(({ id }) => id)
    return ids.length > 1
      ? [`Wave ${wave} has ${ids.length} integrating tasks (${ids.join(', ')}): shared files belong to one of them.`]
      : []
  })
}

/** Every specialist works, is folded into a task, or is left out with a reason; never two of these. */
function leavingOutFaults(answer: PlanAnswer, { specialists, config }: Facts): readonly string[] {
  const working = new Set(answer.tasks.map(({ specialist }) => specialist))
  const covers = answer.tasks.flatMap((task) => task.covers.map((cover) => ({ ...cover, by: task })))
  const folded = new Set(covers.map(({ specialist }) => specialist))
  const skipped = new Set(answer.skipped.map(({ specialist }) => specialist))
  const known = new Set<string>(specialists.map(({ name }) => name))
  const free = qualityPolicies[config.qualityLevel].leavesOutDraftSkips
  const missing = specialists.filter(
    (one) => canBuild(one) && !working.has(one.name) && !folded.has(one.name) && !skipped.has(one.name) && !(free && one.draft === 'skip'),
  )
  const told = [
    ...answer.skipped.map((one) => ({ ...one, where: 'skipped' })),
    ...covers.map((one) => ({ ...one, where: `covers of ${one.by.id}` })),
  ]
  return [
    ...told
      .filter(({ specialist }) => !known.has(specialist))
      .map(({ specialist, where }) => `In ${where}: ${unknownSpecialist(specialist, specialists)}`),
    ...told.filter(({ reason }) => reason.trim() === '').map(({ specialist, where }) => `In ${where}: ${specialist} has no reason.`),
    ...covers
      .filter(({ specialist, by }) => specialist === by.specialist)
      .map(({ by }) => `Task ${by.id} covers its own specialist; leave that out.`),
    ...[...skipped].filter((one) => working.has(one)).map((one) => `${one} has a task and is skipped at once.`),
    ...[...skipped].filter((one) => folded.has(one)).map((one) => `${one} is folded into a task (covers) and skipped at once.`),
    ...(missing.length === 0
      ? []
      : [
          `Nobody says what becomes of ${missing.map(({ name }) => name).join(', ')}: give each a task, a task that covers it, or an entry in skipped with the reason.`,
        ]),
  ]
}

function repeated(words: readonly string[]): readonly string[] {
  return [...new Set(words.filter((word, index) => words.indexOf(word) !== index))]
}
