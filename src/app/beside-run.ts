// Long work that a command asks for beside its run: the whole gate on what there is, or removing everything of the run. Answered on the thread.

import { rm } from 'node:fs/promises'
import { checkWork } from '../cli/check-work.ts'
import { reportsFolder } from '../cli/drive-here.ts'
import { openWorkshop } from '../cli/open-machine.ts'
import { UserFault } from '../fault.ts'
import type { RunId } from '../ids.ts'
import { inComment } from '../report/in-comment.ts'
import { cleanRun } from '../wave/clean-run.ts'
import type { Beside } from './hear.ts'
import { type AppParts, remoteOf, stateOf } from './parts.ts'
import { lastPut } from './publish-branches.ts'

/** Does it and says so. Errors: WorldFault, Gone. */
export async function besideRun(parts: AppParts, { name, run, answer }: Beside): Promise<void> {
  const text = await (name === 'clean' ? clean(parts, run, answer.thread) : judge(parts, run)).catch((cause: unknown) => {
    if (cause instanceof UserFault) return inComment(`${cause.problem} ${cause.hint}`)
    throw cause
  })
  const github = parts.connect(answer.thread)
  await github.putComment({ issue: answer.thread.number, marker: `dce-answer ${answer.key}`, body: `@${answer.by} ${text}` })
}

async function judge({ machine, sandbox }: AppParts, run: RunId): Promise<string> {
  const lines: string[] = []
  const say = (line: string) => void lines.push(line)
  const terminal = { isTty: false, width: 100, height: 40, colour: false, out: say, err: say, confirm: async () => false }
  await checkWork(machine, terminal, { run, sandbox, json: false })
  return `the whole gate on what there is:\n\n\`\`\`\n${lines.join('\n')}\n\`\`\``
}

async function clean(parts: AppParts, run: RunId, thread: Parameters<typeof remoteOf>[1]): Promise<string> {
  const { machine } = parts
  const journal = machine.journal()
  const state = await stateOf(parts, run)
  if (state === undefined) return 'there is nothing left of that run.'
  if (!state.finished && state.stop === undefined) {
    throw new UserFault({ problem: `Run ${run} is going on.`, hint: 'Say `/dce cancel` first.' })
  }
  const repository = await parts.connect(thread).repository()
  const remote = remoteOf(parts, thread, repository.cloneUrl)
  const workshop = await openWorkshop(machine, { repo: state.repo, sandbox: 'off', allowedHosts: [] })
  const { git, folders } = workshop
  const kept: string[] = []
  try {
    for (const branch of (await git.branches(`dce/${run}/`)).keys()) {
      const { last: put } = await lastPut(parts, run, branch)
      if ((await remote.remove({ from: git.dir, branch, put })).kind !== 'pushed') kept.push(branch)
    }
    await cleanRun({ git, worktreesDir: folders.worktrees, run, what: 'everything' })
  } finally {
    await workshop.close()
  }
  journal.forget(run)
  await rm(reportsFolder(machine, run), { recursive: true, force: true })
  return `everything of run \`${run}\` is removed${kept.length === 0 ? '.' : `, but for ${kept.join(', ')}: they have commits of people.`}`
}
