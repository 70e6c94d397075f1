// A held run -> its end or its next stop: the loop with a board, commands from other terminals, and Ctrl-C.
import { join } from 'node:path'
import type { Config } from '../config.ts'
import type { ExitCode } from '../fault.ts'
import type { RunId } from '../ids.ts'
import type { SpecialistSet } from '../plan/load-specialists.ts'
import { renderEnding } from '../report/ending.ts'
import { renderEstimate } from '../report/estimate.ts'
import { failuresOf } from '../report/failures-log.ts'
import { type LiveBoard, startLiveBoard } from '../report/live-board.ts'
import { type GivenCommand, replay } from '../run/drive.ts'
import type { Happening, RunEvent } from '../run/event.ts'
import type { RunState } from '../run/state.ts'
import { driveHere, reportsFolder } from './drive-here.ts'
import { exitCodeOf } from './exit-code.ts'
import { type Interrupts, listenForInterrupts } from './interrupt.ts'
import type { Machine, Workshop } from './open-machine.ts'
import type { Terminal } from './terminal.ts'
import { writeProgress } from './write-progress.ts'

/** What carrying a run on needs. `begin`: events of this process's part. */
export interface Carrying {
  readonly machine: Machine
  readonly workshop: Workshop
  readonly specialists: SpecialistSet
  readonly terminal: Terminal
  readonly run: RunId
  readonly config: Config
  readonly begin: readonly Happening[]
  readonly flags: { readonly json: boolean; readonly keep: boolean; readonly yes: boolean; readonly model: string | undefined }
}

/** Carries on until it ends or stops; asks about the plan where somebody can answer. */
export async function carryRun(carrying: Carrying): Promise<ExitCode> {
  const { machine, terminal, run, flags } = carrying
  dropOldPauses(machine, run)
  const interrupts = listenForInterrupts((text) => terminal.err(text))
  try {
    let state = await carryOnce(carrying, interrupts, carrying.begin)
    if (state.stop?.kind === 'approval' && !interrupts.interrupted() && terminal.isTty && !flags.json) {
      terminal.err(renderEstimate(state, terminal.width))
      if (await terminal.confirm('Go on?'))
        state = await carryOnce(carrying, interrupts, [{ type: 'command-given', command: { name: 'approve' }, by: 'you' }])
    }
    if (!flags.json) terminal.out(endingOf(machine, run, state))
    return exitCodeOf(state, interrupts.interrupted())
  } finally {
    interrupts.dispose()
  }
}

// A pause that the last process did not hear any more asked for what has happened; the word that goes on is the later one.
function dropOldPauses(machine: Machine, run: RunId): void {
  const journal = machine.journal()
  for (const { letter, body } of journal.waiting(run)) {
    if ((body as GivenCommand).command.name === 'pause') journal.discard(run, letter)
  }
}

async function carryOnce(carrying: Carrying, interrupts: Interrupts, begin: readonly Happening[]): Promise<RunState> {
  const { machine, workshop, run, flags, terminal, specialists, config } = carrying
  const show = openShow(carrying, await machine.journal().load(run))
  const driven = driveHere({
    machine,
    workshop,
    specialists,
    run,
    config,
    begin,
    model: flags.model,
    keep: flags.keep,
    more: pauseOnInterrupt(interrupts),
    onEvent: show.tell,
    onRefused: (command, why) => terminal.err(`${command.name}: ${why}`),
    signal: interrupts.stop,
  })
  const { state, replayed } = await driven.finally(() => show.stop())
  if (replayed !== undefined && !flags.json) {
    terminal.err(
      `Answered from a recording of ${replayed.date}: ${replayed.turns} turns, ${replayed.differing} tool answers read otherwise than recorded.`,
    )
  }
  return state
}

// The first Ctrl-C is the command `pause`, once.
function pauseOnInterrupt(interrupts: Interrupts): () => readonly GivenCommand[] {
  let told = false
  return () => {
    if (told || !interrupts.interrupted()) return []
    told = true
    return [{ command: { name: 'pause' }, by: 'Ctrl-C' }]
  }
}

// Board on a terminal, plain lines elsewhere, events as JSON on request; progress.md always.
function openShow(carrying: Carrying, recorded: readonly RunEvent[]): LiveBoard {
  const { machine, terminal, run, flags } = carrying
  const progress = writeProgress(machine, run, recorded)
  const onBoard = terminal.isTty && !flags.json
  const board = onBoard
    ? startLiveBoard(
        {
          stream: process.stdout,
          now: () => machine.clock.now(),
          colour: terminal.colour,
          ascii: /^(C|POSIX)$/u.test(machine.env['LC_ALL'] ?? machine.env['LANG'] ?? ''),
        },
        replay(recorded),
      )
    : undefined
  return {
    tell: (event: RunEvent, state: RunState) => {
      const narration = progress.tell(event, state)
      if (flags.json) terminal.out(JSON.stringify(event))
      else if (board !== undefined) board.tell(event, state)
      else if (narration.weight !== 'detail') terminal.err(`${new Date(event.at).toISOString().slice(11, 19)} ${narration.text}`)
    },
    stop: () => {
      board?.stop()
      progress.write()
    },
  }
}

function endingOf(machine: Machine, run: RunId, state: RunState): string {
  const folder = reportsFolder(machine, run)
  return renderEnding({
    state,
    nowMs: machine.clock.now(),
    progressPath: join(folder, 'progress.md'),
    ...(failuresOf(state).length === 0 ? {} : { failuresPath: join(folder, 'failures.log') }),
    published: state.published === true && state.waves.some((wave) => wave.commit !== undefined),
  })
}
