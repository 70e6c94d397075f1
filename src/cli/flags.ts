// Flags of `dce run` -> the written configuration they stand for, with errors that name the flag.
import { ExecutionMode, QualityLevel, type WrittenConfig } from '../config.ts'
import { UserFault } from '../fault.ts'
import { nearestWord } from '../nearest-word.ts'

/** Options of `dce run` as commander hands them over: everything is text. */
export interface RunFlags {
  readonly repo: string
  readonly base?: string
  readonly outputDir?: string
  readonly mode?: string
  readonly quality?: string
  readonly budgetUsd?: string
  readonly maxParallel?: string
  readonly yes?: boolean
  readonly new?: boolean
  readonly keep?: boolean
  readonly json?: boolean
  readonly model?: string
  readonly sandbox?: string
}

/** The configuration that flags set. Errors: UserFault naming the flag, what was expected and what was found. */
export function configFromFlags(flags: RunFlags): WrittenConfig {
  return {
    ...(flags.mode === undefined ? {} : { execution_mode: choice('--mode', flags.mode, ExecutionMode.options) }),
    ...(flags.quality === undefined ? {} : { quality_level: choice('--quality', flags.quality, QualityLevel.options) }),
    ...(flags.outputDir === undefined ? {} : { output_dir: flags.outputDir }),
    ...(flags.budgetUsd === undefined
      ? {}
      : { budget_usd: amount('--budget-usd', flags.budgetUsd, { least: 0.01, most: 10_000, whole: false }) }),
    ...(flags.maxParallel === undefined
      ? {}
      : { max_parallel: amount('--max-parallel', flags.maxParallel, { least: 1, most: 100, whole: true }) }),
  }
}

/** How the sandbox is wanted: `on` unless a person says `off` in so many words. */
export function sandboxMode(flag: string | undefined): 'on' | 'off' {
  return flag === undefined ? 'on' : choice('--sandbox', flag, ['on', 'off'])
}

function choice<Choice extends string>(flag: string, value: string, choices: readonly Choice[]): Choice {
  const found = choices.find((candidate) => candidate === value)
  if (found !== undefined) return found
  const near = nearestWord(value, choices)
  throw new UserFault({
    problem: `\`${flag}\` must be one of ${choices.join(', ')}, got "${value}".`,
    hint: near === undefined ? `Run it again with one of these.` : `Did you mean ${flag} ${near}?`,
  })
}

function amount(flag: string, value: string, range: { readonly least: number; readonly most: number; readonly whole: boolean }): number {
  const number = Number(value)
  if (value.trim() !== '' && number >= range.least && number <= range.most && (!range.whole || Number.isInteger(number))) return number
  const kind = range.whole ? 'an integer' : 'a number'
  throw new UserFault({
    problem: `\`${flag}\` must be ${kind} from ${range.least} to ${range.most}, got "${value}".`,
    hint: `Run it again with ${kind} in that range.`,
  })
}
