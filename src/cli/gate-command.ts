// `dce gate [--base REF] [--plan FILE] [--json]`: the gate alone, on any Go repository.
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { inspectRepository } from '../adapters/git/inspect-repository.ts'
import { defaultConfig, overlayConfig } from '../config.ts'
import { type ExitCode, UserFault } from '../fault.ts'
import { runGateCommand } from '../gate/gate-command.ts'
import { asRepoPath } from '../ids.ts'
import { readPlanFile } from '../plan/plan-file.ts'
import { configPath, readConfig } from '../read-config.ts'
import { renderVerdict } from '../report/render-verdict.ts'
import { configFromFlags, sandboxMode } from './flags.ts'
import { listenForInterrupts } from './interrupt.ts'
import { type Machine, openWorkshop, personEnv } from './open-machine.ts'
import type { Terminal } from './terminal.ts'

/** Flags of `dce gate`, as written. */
export interface GateFlags {
  readonly repo: string
  readonly base?: string
  readonly head?: string
  readonly plan?: string
  readonly quality?: string
  readonly sandbox?: string
  readonly json?: boolean
}

/** Judges and prints. Exit 0 green, 1 red or unknown, 130 interrupted. */
export async function gateCommand(machine: Machine, terminal: Terminal, flags: GateFlags): Promise<ExitCode> {
  const written = configFromFlags({ repo: flags.repo, ...(flags.quality === undefined ? {} : { quality: flags.quality }) })
  const sandbox = sandboxMode(flags.sandbox)
  const plan = flags.plan === undefined ? undefined : readPlanFile(await readPlan(flags.plan), flags.plan)
  const facts = await inspectRepository({ path: resolve(flags.repo), exec: machine.exec, env: personEnv(machine.env) })
  const interrupts = listenForInterrupts(() => undefined)
  const workshop = await openWorkshop(machine, { repo: facts.root, sandbox, allowedHosts: [] })
  try {
    const { git, folders } = workshop
    const text = await git.readFile({ at: facts.headSha, path: asRepoPath(configPath) })
    const config = overlayConfig(overlayConfig(defaultConfig, text === undefined ? {} : readConfig(text)), written)
    const { verdict, exitCode } = await runGateCommand(
      {
        git,
        level: config.qualityLevel,
        config: config.gate,
        workDir: folders.work,
        cacheDir: folders.cache,
        signal: interrupts.finish,
        ...(flags.head === undefined ? {} : { head: flags.head }),
        ...(flags.base === undefined ? {} : { base: flags.base }),
        ...(plan === undefined ? {} : { plan }),
        onProgress: (check) => {
          if (flags.json !== true) terminal.err(`… ${check}`)
        },
      },
      { go: workshop.go, analyzer: workshop.analyzer, openDatabase: workshop.openDatabase, clock: machine.clock },
    )
    terminal.out(
      flags.json === true ? JSON.stringify(verdict) : renderVerdict(verdict, { width: terminal.width, colour: terminal.colour }).join('\n'),
    )
    return exitCode
  } catch (cause) {
    if (!interrupts.interrupted()) throw cause
    terminal.err('Interrupted: nothing was judged. What was measured of the base is kept.')
    return 130
  } finally {
    interrupts.dispose()
    await workshop.close()
  }
}

async function readPlan(path: string): Promise<string> {
  try {
    return await readFile(resolve(path), 'utf8')
  } catch (cause) {
    throw new UserFault({ problem: `The plan ${path} cannot be read.`, hint: 'Name the implementation-plan.md of a run.', cause })
  }
}
