// A held run -> where it stands at its end or next stop: the loop with this machine's adapters. What people see of it is the caller's.
import { join } from 'node:path'
import { prices } from '../adapters/anthropic/prices.ts'
import type { ReplayReport } from '../adapters/anthropic/recording.ts'
import { createConverse, defaultMaxOutputTokens, defaultShortenAboveTokens } from '../agent/converse.ts'
import type { Config } from '../config.ts'
import type { RunId } from '../ids.ts'
import type { SpecialistSet } from '../plan/load-specialists.ts'
import { createCarryOut } from '../run/carry-out.ts'
import { type DriveRequest, drive, type GivenCommand, replay } from '../run/drive.ts'
import type { Happening } from '../run/event.ts'
import type { JudgeElsewhere } from '../run/run-world.ts'
import type { RunState } from '../run/state.ts'
import { type Machine, personEnv, type Workshop } from './open-machine.ts'
import { openModel } from './open-model.ts'

/** Folder of what people read of a run. */
export function reportsFolder(machine: Machine, run: RunId): string {
  return join(machine.places.state, 'runs', run)
}

/** What driving needs. `begin`: events of this process's part; `more`: commands besides those of the letter box. */
export interface Driving extends Pick<DriveRequest, 'onEvent' | 'onRefused' | 'signal'> {
  readonly machine: Machine
  readonly workshop: Workshop
  readonly specialists: SpecialistSet
  readonly run: RunId
  readonly config: Config
  readonly begin: readonly Happening[]
  readonly model: string | undefined
  readonly keep: boolean
  readonly more?: () => readonly GivenCommand[]
  /** See {@link RunWorld}; undefined: the gate runs here. */
  readonly judgeElsewhere?: JudgeElsewhere | undefined
}

/** Drives. `replayed`: what the recording says at the end, when the model was one. Errors: as {@link drive}, and those of opening the model. */
export async function driveHere(driving: Driving): Promise<{ readonly state: RunState; readonly replayed: ReplayReport | undefined }> {
  const { machine, workshop, run } = driving
  const journal = machine.journal()
  let now = replay(await journal.load(run))
  const caps = () => {
    const config = now?.config ?? driving.config
    return { runUsd: config.budgetUsd, dayUsd: config.dailyBudgetUsd, planUsd: config.planBudgetUsd }
  }
  const { model, replay: replayed } = openModel({
    flag: driving.model,
    env: machine.env,
    models: driving.config.models,
    purse: journal.purse,
    caps,
    clock: machine.clock,
    log: machine.log,
  })
  const state = await drive({
    run,
    journal,
    clock: machine.clock,
    carryOut: createCarryOut({
      run,
      ...workshop,
      exec: machine.exec,
      clock: machine.clock,
      log: machine.log,
      journal,
      converse: createConverse({
        model,
        journal,
        clock: machine.clock,
        maxOutputTokens: defaultMaxOutputTokens,
        shortenAboveTokens: defaultShortenAboveTokens,
      }),
      specialists: driving.specialists,
      folders: { ...workshop.folders, reports: reportsFolder(machine, run) },
      personEnv: personEnv(machine.env),
      builderPrice: prices[driving.config.models.builder],
      judgeElsewhere: driving.judgeElsewhere,
      keep: driving.keep,
    }),
    begin: driving.begin,
    letters: {
      waiting: () => [
        ...(driving.more?.() ?? []),
        ...journal.waiting(run).map(({ letter, body }) => ({ ...(body as GivenCommand), letter })),
      ],
      discard: (letter) => journal.discard(run, letter),
    },
    onEvent: (event, state_) => {
      now = state_
      driving.onEvent(event, state_)
    },
    onRefused: driving.onRefused,
    signal: driving.signal,
  })
  return { state, replayed: replayed?.() }
}
