// `--model` and the environment -> the Model port: the API, a recorder before it, or a recording instead of it.
import Anthropic from '@anthropic-ai/sdk'
import { createGovernor } from '../adapters/anthropic/governor.ts'
import { type Caps, createLedger } from '../adapters/anthropic/ledger.ts'
import { createModel } from '../adapters/anthropic/model.ts'
import { type ReplayReport, recordTo, replayFrom } from '../adapters/anthropic/recording.ts'
import type { Config } from '../config.ts'
import { UserFault } from '../fault.ts'
import type { Clock, Log, Model, Purse } from '../world.ts'

/** What a model is opened with. `caps` is read at every reservation. */
export interface ModelRequest {
  readonly flag: string | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  readonly models: Config['models']
  readonly purse: Purse
  readonly caps: () => Caps
  readonly clock: Clock
  readonly log: Log
}

/** The model, and what a replay has to say at the end. */
export interface OpenModel {
  readonly model: Model
  readonly replay: (() => ReplayReport) | undefined
}

/** Requests at once. Chosen: more than max_parallel's upper end is never useful to one run. */
const concurrency = 100

/** Opens it. Errors: UserFault for a flag that means nothing (exit 2) and a missing key (exit 4). */
export function openModel(request: ModelRequest): OpenModel {
  const { flag, env } = request
  const [kind, ...rest] = (flag ?? 'api').split(':')
  const file = rest.join(':')
  if (kind === 'replay' && file !== '') {
    const { model, report } = replayFrom(file)
    return { model, replay: report }
  }
  if (kind !== 'api' && !(kind === 'record' && file !== '')) {
    throw new UserFault({
      problem: `\`--model\` must be api, record:FILE or replay:FILE, got "${flag}".`,
      hint: 'Leave it out to use the API.',
    })
  }
  if (env['ANTHROPIC_API_KEY'] === undefined && env['ANTHROPIC_AUTH_TOKEN'] === undefined) {
    throw new UserFault({
      problem: 'There is no key for the model.',
      hint: 'Set ANTHROPIC_API_KEY, or answer from a recording with --model replay:FILE.',
      exitCode: 4,
    })
  }
  const model = createModel({
    client: new Anthropic({
      apiKey: env['ANTHROPIC_API_KEY'] ?? null,
      authToken: env['ANTHROPIC_AUTH_TOKEN'] ?? null,
      ...(env['ANTHROPIC_BASE_URL'] === undefined ? {} : { baseURL: env['ANTHROPIC_BASE_URL'] }),
      maxRetries: 0,
      timeout: 10 * 60_000,
    }),
    models: request.models,
    ledger: createLedger({ purse: request.purse, caps: request.caps, clock: request.clock }),
    governor: createGovernor({ clock: request.clock, concurrency, random: Math.random }),
    clock: request.clock,
    log: request.log,
  })
  if (kind === 'api') return { model, replay: undefined }
  return { model: recordTo(file, model, new Date(request.clock.now()).toISOString().slice(0, 10)), replay: undefined }
}
