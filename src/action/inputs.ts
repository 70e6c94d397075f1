// What a workflow wrote beside `uses:` -> the action's inputs, checked. Wrong values name the input, what was expected and what was found.
import { z } from 'zod'
import { type GatePlace, type WrittenConfig, WrittenConfig as WrittenSchema } from '../config.ts'
import { UserFault } from '../fault.ts'

/** Inputs of action.yml. Empty texts are absent. */
export interface Inputs {
  readonly command: 'run' | 'command' | 'gate'
  readonly token: string
  readonly apiKey: string | undefined
  readonly specFile: string | undefined
  readonly part: 'judge' | 'tests' | 'all'
  readonly base: string | undefined
  readonly sandbox: 'on' | 'off'
  readonly timeLimitMs: number
  readonly model: string | undefined
  /** What the inputs say of the configuration; wins over the repository's. */
  readonly written: WrittenConfig
}

const optional = z
  .string()
  .transform((text) => (text.trim() === '' ? undefined : text.trim()))
  .optional()
const number = (what: string) => z.coerce.number({ error: `expected ${what}` }).positive()

const Schema = z.object({
  command: z.enum(['run', 'command', 'gate']),
  github_token: z.string().min(1),
  anthropic_api_key: optional,
  spec_file: optional,
  output_dir: optional,
  execution_mode: optional,
  quality_level: optional,
  budget_usd: optional,
  approve: optional,
  part: z.enum(['judge', 'tests', 'all']),
  base: optional,
  sandbox: z.enum(['on', 'off']),
  time_limit_minutes: number('minutes'),
  model: optional,
})

/** Reads them. `get`: an input by its name, empty when it is not there. Errors: UserFault for each that is wrong. */
export function readInputs(get: (name: string) => string): Inputs {
  const raw = Object.fromEntries(Object.keys(Schema.shape).map((name) => [name, get(name)]))
  const read = Schema.safeParse(raw)
  if (!read.success) throw wrong(read.error, raw)
  const { data } = read
  return {
    command: data.command,
    token: data.github_token,
    apiKey: data.anthropic_api_key,
    specFile: data.spec_file,
    part: data.part,
    base: data.base,
    sandbox: data.sandbox,
    timeLimitMs: data.time_limit_minutes * 60_000,
    model: data.model,
    written: writtenOf(data, raw),
  }
}

// An Action has no server: whoever carries the run out judges it.
const gateHere: { readonly gate: GatePlace } = { gate: 'local' }

function writtenOf(data: z.infer<typeof Schema>, raw: Readonly<Record<string, string>>): WrittenConfig {
  const { output_dir, execution_mode, quality_level, budget_usd, approve } = data
  const written = WrittenSchema.safeParse({
    ...gateHere,
    ...(output_dir === undefined ? {} : { output_dir }),
    ...(execution_mode === undefined ? {} : { execution_mode }),
    ...(quality_level === undefined ? {} : { quality_level }),
    ...(budget_usd === undefined ? {} : { budget_usd: Number(budget_usd) }),
    ...(approve === undefined ? {} : { approve: approveOf(approve) }),
  })
  if (!written.success) throw wrong(written.error, raw)
  return written.data
}

function approveOf(text: string): unknown {
  const above = /^above:(?<usd>[\d.]+)$/u.exec(text)?.groups?.['usd']
  return above === undefined ? text : { above_usd: Number(above) }
}

function wrong(error: z.ZodError, raw: Readonly<Record<string, string>>): UserFault {
  const [issue] = error.issues
  const name = String(issue?.path[0] ?? 'command')
  const found = name.includes('token') || name.includes('key') ? 'nothing' : JSON.stringify(raw[name] ?? '')
  return new UserFault({
    problem: `The input \`${name}\` is wrong: ${issue?.message ?? 'not understood'}, found ${found}.`,
    hint: 'Change it under `with:` in the workflow; action.yml says what each input takes.',
  })
}
