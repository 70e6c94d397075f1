// The door for a terminal: words and environment -> one command, and its end -> an exit code. Only here are argv and env read.
import { Command, CommanderError } from 'commander'
import { boundMemory } from './cli/bound-memory.ts'
import { doctorCommand } from './cli/doctor-command.ts'
import type { RunFlags } from './cli/flags.ts'
import { type GateFlags, gateCommand } from './cli/gate-command.ts'
import { initCommand } from './cli/init-command.ts'
import { type Env, type Machine, openMachine } from './cli/open-machine.ts'
import { prCommand } from './cli/pr-command.ts'
import { runCommand } from './cli/run-command.ts'
import { serveCommand } from './cli/serve-command.ts'
import { specialistsCommand } from './cli/specialists-command.ts'
import { findRun, type SteerFlags, steerCommand } from './cli/steer-command.ts'
import { processTerminal, type Terminal } from './cli/terminal.ts'
import { Bug, diskFullHint, type ExitCode, isDiskFull, UserFault, WorldFault } from './fault.ts'
import { commandHelp } from './run/parse-command.ts'

/** Runs one command line and sets the exit code of the process. `argv`: without node and script. */
export async function main(argv: readonly string[], env: Env = process.env): Promise<void> {
  boundMemory()
  const terminal = processTerminal(env)
  const machine = openMachine(env)
  try {
    process.exitCode = await dispatch(argv, machine, terminal)
  } catch (cause) {
    process.exitCode = sayFault(cause, terminal)
  } finally {
    await machine.close()
  }
}

async function dispatch(argv: readonly string[], machine: Machine, terminal: Terminal): Promise<ExitCode> {
  let outcome: ExitCode = 0
  const program = buildProgram(machine, terminal, (code) => {
    outcome = code
  })
  await program.parseAsync([...argv], { from: 'user' })
  return outcome
}

function buildProgram(machine: Machine, terminal: Terminal, end: (code: ExitCode) => void): Command {
  const program = new Command('dce')
    .description('Turns a feature specification into a gated, reviewable branch on a Go repository.')
    .exitOverride()
    .configureOutput({ writeOut: (text) => terminal.out(text.trimEnd()), writeErr: () => undefined })
    .enablePositionalOptions()
  const planning = (command: string, description: string, more: Partial<RunFlags>) =>
    withRunOptions(program.command(command).description(description)).action(async (spec: string | undefined, flags: RunFlags) => {
      end(await runCommand({ machine, terminal, spec, flags: { ...flags, ...more } }))
    })
  planning('run [spec]', 'plan, ask, then build', {})
  planning('plan [spec]', 'read the specification and plan it; nothing is built', { yes: false })
  program
    .command('gate')
    .description('judge a commit: exit 0 green, 1 red or unknown')
    .option('--repo <dir>', 'the repository', '.')
    .option('--base <ref>', 'what it is compared with')
    .option('--head <ref>', 'what is judged (HEAD)')
    .option('--plan <file>', 'an implementation-plan.md')
    .option('--quality <level>', 'draft, production, bulletproof')
    .option('--sandbox <mode>', 'on, off')
    .option('--json', 'the verdict as JSON')
    .action(async (flags: GateFlags) => {
      end(await gateCommand(machine, terminal, flags))
    })
  program
    .command('doctor')
    .description('what this machine, the repository and the App have, and what to do about what they miss')
    .option('--repo <dir>', 'a checkout of the repository', '.')
    .option('--json', 'as JSON')
    .action(async (flags: { readonly repo: string; readonly json?: boolean }) => {
      end(await doctorCommand(machine, terminal, flags))
    })
  program
    .command('pr')
    .description('push the branch of a finished run and open its pull request')
    .option('--run <id>', 'the run; default: the newest of the repository')
    .option('--repo <dir>', 'the repository', '.')
    .option('--remote <name>', 'where to push', 'origin')
    .action(async (flags: { readonly run?: string; readonly repo: string; readonly remote: string }) => {
      const found = await findRun({ machine, terminal, flags: { ...flags, json: false, keep: false } })
      end(await prCommand(machine, terminal, { ...found, remote: flags.remote }))
    })
  program
    .command('init')
    .description('configuration, gate workflow and issue form for a repository: shown first, written after a yes')
    .option('--repo <dir>', 'the repository', '.')
    .option('--yes', 'write without asking')
    .option('--action <ref>', 'dce as the workflow names it: owner/name@ref')
    .action(async (flags: { readonly repo: string; readonly yes?: boolean; readonly action?: string }) => {
      end(await initCommand(machine, terminal, flags))
    })
  program
    .command('serve')
    .description('the GitHub App: webhooks in, runs on labelled issues; until it is stopped')
    .option('--model <which>', 'api, replay:FILE')
    .option('--sandbox <mode>', 'on, off')
    .action(async (flags: { readonly model?: string; readonly sandbox?: string }) => {
      end(await serveCommand(machine, terminal, flags))
    })
  const specialists = program.command('specialists').description('the specialists, as data')
  for (const verb of ['list', 'lint'] as const) {
    specialists
      .command(verb)
      .option('--repo <dir>', 'a repository with .dce/specialists', '.')
      .option('--json', 'as JSON')
      .action(async (flags: { readonly repo: string; readonly json?: boolean }) => {
        end(await specialistsCommand(terminal, { verb, repo: flags.repo, json: flags.json === true }))
      })
  }
  for (const help of commandHelp.filter(({ name }) => !['plan', 'help'].includes(name)))
    addSteering(program, help, { machine, terminal, end })
  return program
}

function withRunOptions(command: Command): Command {
  return command
    .option('--repo <dir>', 'the repository', '.')
    .option('--base <ref>', 'commit to build on (HEAD)')
    .option('--output-dir <dir>', 'folder the feature lives in, a Go module root or below it')
    .option('--mode <mode>', 'parallel, sequential, adaptive')
    .option('--quality <level>', 'draft, production, bulletproof')
    .option('--budget-usd <n>', 'cap of the run')
    .option('--max-parallel <n>', 'agents at once')
    .option('--yes', 'go on after the plan without asking')
    .option('--new', 'start another run of the same specification')
    .option('--keep', 'keep worktrees and task branches')
    .option('--json', 'the event stream, one JSON object a line')
    .option('--model <which>', 'api, record:FILE, replay:FILE')
    .option('--sandbox <mode>', 'on, off')
}

// Words behind a steering command belong to the grammar that comments use too, so commander only takes the options that say where.
function addSteering(
  program: Command,
  help: (typeof commandHelp)[number],
  parts: { readonly machine: Machine; readonly terminal: Terminal; readonly end: (code: ExitCode) => void },
): void {
  program
    .command(help.name)
    .description(help.meaning)
    .usage(help.usage.slice(help.name.length).trim())
    .allowUnknownOption()
    .helpOption('-h, --help')
    .argument('[words...]')
    .action(async (_words: readonly string[], _options: unknown, command: Command) => {
      const { words, flags } = takeWhere(command.args)
      parts.end(await steerCommand({ machine: parts.machine, terminal: parts.terminal, flags }, [help.name, ...words]))
    })
}

function takeWhere(args: readonly string[]): { readonly words: readonly string[]; readonly flags: SteerFlags } {
  const words: string[] = []
  const found: Record<string, string> = {}
  for (let index = 0; index < args.length; index++) {
    const word = args[index] ?? ''
    const [, name, inline] = /^--(run|repo|model|sandbox)(?:=(.*))?$/u.exec(word) ?? []
    if (name !== undefined) found[name] = inline ?? args[++index] ?? ''
    else if (word === '--json' || word === '--keep') found[word.slice(2)] = 'yes'
    else words.push(word)
  }
  const { run, repo, model, sandbox } = found
  return {
    words,
    flags: {
      repo: repo ?? '.',
      json: found['json'] !== undefined,
      keep: found['keep'] !== undefined,
      ...(run === undefined ? {} : { run }),
      ...(model === undefined ? {} : { model }),
      ...(sandbox === undefined ? {} : { sandbox }),
    },
  }
}

function sayFault(cause: unknown, terminal: Terminal): ExitCode {
  if (cause instanceof UserFault) {
    terminal.err(`${cause.problem}\n${cause.hint}`)
    return cause.exitCode
  }
  if (cause instanceof CommanderError) {
    if (cause.exitCode === 0) return 0
    terminal.err(`${cause.message.replace(/^error: /u, '')}\n\`dce help\` and \`dce --help\` list commands and options.`)
    return 2
  }
  if (isDiskFull(cause)) {
    terminal.err(`${cause instanceof Error ? cause.message : String(cause)}\n${diskFullHint} \`dce resume\` goes on where it stopped.`)
    return 4
  }
  if (cause instanceof WorldFault) {
    terminal.err(
      `${cause.message}\n${cause.retryable ? 'Try again; `dce resume` goes on where it stopped.' : '`dce doctor` looks at this machine.'}`,
    )
    return 4
  }
  terminal.err(
    cause instanceof Bug
      ? (cause.stack ?? cause.message)
      : `dce failed: ${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}`,
  )
  return 1
}

if (import.meta.main) await main(process.argv.slice(2))
