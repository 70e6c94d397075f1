// `dce check-work`: the whole gate on a run's newest tree, and which requirements are met where. Changes nothing.

import { type ExitCode, UserFault } from '../fault.ts'
import { runGateCommand } from '../gate/gate-command.ts'
import type { RunId } from '../ids.ts'
import { renderVerdict } from '../report/render-verdict.ts'
import { type RequirementTrace, traceRequirements } from '../report/requirement-trace.ts'
import { replay } from '../run/drive.ts'
import { type Machine, openWorkshop } from './open-machine.ts'
import type { Terminal } from './terminal.ts'

/** Judges everything due and prints verdict and requirement coverage. Exit 0 only when green. */
export async function checkWork(
  machine: Machine,
  terminal: Terminal,
  request: { readonly run: RunId; readonly sandbox: 'on' | 'off'; readonly json: boolean },
): Promise<ExitCode> {
  const state = replay(await machine.journal().load(request.run))
  const tip = state?.waves.filter((wave) => wave.commit !== undefined).at(-1)?.commit
  if (state?.plan === undefined || state.feature === undefined || tip === undefined) {
    throw new UserFault({ problem: `Run ${request.run} has not merged anything yet.`, hint: '`dce status` shows where it stands.' })
  }
  const workshop = await openWorkshop(machine, { repo: state.repo, sandbox: request.sandbox, allowedHosts: [] })
  try {
    const { folders, git } = workshop
    const { verdict, exitCode } = await runGateCommand(
      {
        git,
        head: tip,
        base: state.base,
        plan: state.plan,
        level: state.config.qualityLevel,
        config: state.config.gate,
        workDir: folders.work,
        cacheDir: folders.cache,
      },
      { go: workshop.go, analyzer: workshop.analyzer, openDatabase: workshop.openDatabase, clock: machine.clock },
    )
    const paths = new Set<string>(await git.listFiles(tip))
    const traces = traceRequirements({ feature: state.feature, plan: state.plan, state, paths })
    if (request.json) terminal.out(JSON.stringify({ verdict, requirements: traces }))
    else {
      terminal.out(renderVerdict(verdict, { width: terminal.width, colour: terminal.colour }).join('\n'))
      terminal.out(`\nRequirements\n${traces.map(sayTrace).join('\n')}`)
    }
    return exitCode
  } finally {
    await workshop.close()
  }
}

function sayTrace(trace: RequirementTrace): string {
  const places = trace.places.map((place) => `${place.file}${place.symbol === undefined ? '' : `:${place.symbol}`}`)
  return `${trace.state.padEnd(7)} ${trace.id}  ${places.length > 0 ? places.join(', ') : trace.why}`
}
