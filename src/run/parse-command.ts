// Words -> RunCommand: one grammar for `dce …` in a terminal, `/dce …` in a comment, and buttons.
import { asTaskId, type WaveNumber } from '../ids.ts'
import { nearestWord } from '../nearest-word.ts'
import type { RunCommand } from './event.ts'

/** A command of the grammar as people read it. `level`: the permission it needs on GitHub by default. */
export interface CommandHelp {
  readonly name: string
  readonly usage: string
  readonly meaning: string
  readonly level: 'triage' | 'write'
}

/** Every command, in the order of the documentation. The docs' table and `help` are made from this. */
export const commandHelp: readonly CommandHelp[] = [
  { name: 'plan', usage: 'plan', meaning: 'feature and plan only', level: 'write' },
  { name: 'approve', usage: 'approve', meaning: 'go on with the pinned plan and estimate', level: 'write' },
  { name: 'status', usage: 'status', meaning: 'where the run stands', level: 'triage' },
  { name: 'explain', usage: 'explain <task>', meaning: 'what a task did, asked, cost, and why it stands where it stands', level: 'triage' },
  { name: 'help', usage: 'help', meaning: 'this list', level: 'triage' },
  { name: 'pause', usage: 'pause', meaning: 'stop starting things; agents finish their turn', level: 'write' },
  { name: 'resume', usage: 'resume', meaning: 'go on where it stopped', level: 'write' },
  {
    name: 'retry',
    usage: 'retry [wave-K | <task>] [--with-context "…"] [--clean | --alternative]',
    meaning: 'new attempt, files kept; --clean from the wave’s base; --alternative from the base, told what was tried',
    level: 'write',
  },
  { name: 'continue', usage: 'continue --from wave-K', meaning: 'accept the waves before K as they are, gate K−1 first', level: 'write' },
  {
    name: 'skip',
    usage: 'skip <task> --reason "…"',
    meaning: 'leave a task out; refused while a planned task depends on it',
    level: 'write',
  },
  { name: 'budget', usage: 'budget +5', meaning: 'raise the cap, in US dollars', level: 'write' },
  { name: 'mode', usage: 'mode parallel|sequential|adaptive', meaning: 'execution mode for what has not started', level: 'write' },
  { name: 'quality', usage: 'quality draft|production|bulletproof', meaning: 'quality level for what has not started', level: 'write' },
  { name: 'update', usage: 'update', meaning: 'merge the moved base, gate, repair', level: 'write' },
  { name: 'check-work', usage: 'check-work', meaning: 'the whole gate and requirement coverage; changes nothing', level: 'write' },
  {
    name: 'fix',
    usage: 'fix [--comment "path:line: text"]…',
    meaning: 'each review thread to the owner of the file; fixed and gated',
    level: 'write',
  },
  { name: 'cancel', usage: 'cancel', meaning: 'stop and keep the branches', level: 'write' },
  { name: 'clean', usage: 'clean', meaning: 'remove everything of a run', level: 'write' },
]

/** What the words mean: a command for the run, one that only asks or acts beside it, or why they mean nothing. */
export type ParsedCommand =
  | { readonly kind: 'run'; readonly command: RunCommand }
  | { readonly kind: 'beside'; readonly name: 'plan' | 'status' | 'help' | 'check-work' | 'clean' | 'update' }
  | { readonly kind: 'explain'; readonly task: string }
  | { readonly kind: 'unknown'; readonly problem: string }

/** Splits a line into words; double and single quotes keep words together, a backslash takes the next character as it is. */
export function splitWords(line: string): readonly string[] {
  const words = line.matchAll(/"((?:\\.|[^"\\])*)"|'([^']*)'|“([^”]*)”|(\S+)/gu)
  return [...words].map((match) => match[1]?.replace(/\\(.)/gu, '$1') ?? match[2] ?? match[3] ?? match[4] ?? '')
}

/** The meaning of a command's words (without `dce` or `/dce`). Never throws. */
export function parseCommand(words: readonly string[]): ParsedCommand {
  const [name, ...rest] = words
  switch (name) {
    case undefined:
      return { kind: 'beside', name: 'help' }
    case 'plan':
    case 'status':
    case 'help':
    case 'check-work':
    case 'clean':
    case 'update':
      return rest.length === 0 ? { kind: 'beside', name } : tooMuch(name, rest)
    case 'approve':
    case 'pause':
    case 'resume':
    case 'cancel':
      return rest.length === 0 ? { kind: 'run', command: { name } } : tooMuch(name, rest)
    case 'explain':
      return rest[0] === undefined ? wanted('explain', 'a task') : { kind: 'explain', task: rest[0] }
    case 'retry':
      return parseRetry(rest)
    case 'continue':
      return parseContinue(rest)
    case 'skip':
      return parseSkip(rest)
    case 'budget':
      return parseBudget(rest)
    case 'mode':
      return parseChoice(rest, {
        name: 'mode',
        choices: ['parallel', 'sequential', 'adaptive'] as const,
        make: (mode) => ({ name: 'mode', mode }),
      })
    case 'quality':
      return parseChoice(rest, {
        name: 'quality',
        choices: ['draft', 'production', 'bulletproof'] as const,
        make: (level) => ({ name: 'quality', level }),
      })
    case 'fix':
      return parseFix(rest)
    default: {
      const near = nearestWord(
        name,
        commandHelp.map((help) => help.name),
      )
      return unknown(`There is no command \`${name}\`.${near === undefined ? '' : ` Did you mean \`${near}\`?`} \`help\` lists them.`)
    }
  }
}

function parseRetry(words: readonly string[]): ParsedCommand {
  const { flags, bare, problem } = readFlags(words, { values: ['--with-context'], switches: ['--clean', '--alternative'] })
  if (problem !== undefined) return unknown(problem)
  if (bare.length > 1) return tooMuch('retry', bare.slice(1))
  if (flags.has('--clean') && flags.has('--alternative')) return unknown('`--clean` and `--alternative` exclude each other.')
  const context = flags.get('--with-context')
  const wave = waveOf(bare[0] ?? '')
  const target =
    bare[0] === undefined
      ? ({ kind: 'failed' } as const)
      : wave === undefined
        ? ({ kind: 'task', task: asTaskId(bare[0]) } as const)
        : ({ kind: 'wave', wave } as const)
  const how = flags.has('--clean') ? 'clean' : flags.has('--alternative') ? 'alternative' : 'kept'
  return { kind: 'run', command: { name: 'retry', target, how, ...(context === undefined ? {} : { context }) } }
}

function parseContinue(words: readonly string[]): ParsedCommand {
  const { flags, bare, problem } = readFlags(words, { values: ['--from'], switches: [] })
  if (problem !== undefined) return unknown(problem)
  const wave = waveOf(flags.get('--from') ?? bare[0] ?? '')
  return wave === undefined
    ? wanted('continue', '`--from wave-K` with K from 1 to 5')
    : { kind: 'run', command: { name: 'continue', from: wave } }
}

function parseSkip(words: readonly string[]): ParsedCommand {
  const { flags, bare, problem } = readFlags(words, { values: ['--reason'], switches: [] })
  if (problem !== undefined) return unknown(problem)
  const reason = flags.get('--reason')
  if (bare[0] === undefined || reason === undefined || reason.trim() === '') return wanted('skip', 'a task and `--reason "…"`')
  return { kind: 'run', command: { name: 'skip', task: asTaskId(bare[0]), reason } }
}

function parseBudget(words: readonly string[]): ParsedCommand {
  const amount = Number(words[0]?.replace(/^\+/u, '').replace(/^\$/u, ''))
  if (words.length !== 1 || !Number.isFinite(amount) || amount <= 0) return wanted('budget', 'an amount in US dollars, like `+5`')
  return { kind: 'run', command: { name: 'budget', addUsd: amount } }
}

function parseChoice<Choice extends string>(
  words: readonly string[],
  grammar: { readonly name: string; readonly choices: readonly Choice[]; readonly make: (choice: Choice) => RunCommand },
): ParsedCommand {
  const choice = grammar.choices.find((candidate) => candidate === words[0])
  if (choice === undefined || words.length > 1) return wanted(grammar.name, `one of ${grammar.choices.join(', ')}`)
  return { kind: 'run', command: grammar.make(choice) }
}

function parseFix(words: readonly string[]): ParsedCommand {
  const { all, bare, problem } = readFlags(words, { values: ['--comment'], switches: [] })
  if (problem !== undefined) return unknown(problem)
  if (bare.length > 0) return tooMuch('fix', bare)
  const threads = all.map(([, text]) => {
    const place = /^(?<file>[^:\s]+)(?::(?<line>\d+))?:\s*(?<text>.+)$/su.exec(text)?.groups
    return place === undefined
      ? undefined
      : { file: place['file'] ?? '', text: place['text'] ?? '', ...(place['line'] === undefined ? {} : { line: Number(place['line']) }) }
  })
  if (threads.length === 0 || threads.includes(undefined)) return wanted('fix', 'at least one `--comment "path:line: text"`')
  return { kind: 'run', command: { name: 'fix', threads: threads.flatMap((thread) => (thread === undefined ? [] : [thread])) } }
}

function waveOf(word: string): WaveNumber | undefined {
  const number = /^(?:wave-?)?([0-5])$/iu.exec(word)?.[1]
  return number === undefined ? undefined : (Number(number) as WaveNumber)
}

interface Flags {
  readonly flags: ReadonlyMap<string, string>
  readonly all: readonly (readonly [string, string])[]
  readonly bare: readonly string[]
  readonly problem: string | undefined
}

function readFlags(words: readonly string[], known: { readonly values: readonly string[]; readonly switches: readonly string[] }): Flags {
  const all: (readonly [string, string])[] = []
  const bare: string[] = []
  let problem: string | undefined
  for (let index = 0; index < words.length; index++) {
    const [name, inline] = splitAssignment(words[index] ?? '')
    if (!name.startsWith('--')) bare.push(words[index] ?? '')
    else if (known.switches.includes(name)) all.push([name, ''])
    else if (known.values.includes(name)) {
      const value = inline ?? words[++index]
      if (value === undefined) problem = `\`${name}\` wants a value.`
      else all.push([name, value])
    } else problem = `There is no flag \`${name}\` here.${suggest(name, [...known.values, ...known.switches])}`
  }
  return { flags: new Map(all), all, bare, problem }
}

function splitAssignment(word: string): readonly [string, string | undefined] {
  const at = word.startsWith('--') ? word.indexOf('=') : -1
  return at < 0 ? [word, undefined] : [word.slice(0, at), word.slice(at + 1)]
}

function suggest(name: string, known: readonly string[]): string {
  const near = nearestWord(name, known)
  return near === undefined ? '' : ` Did you mean \`${near}\`?`
}

function wanted(name: string, what: string): ParsedCommand {
  const usage = commandHelp.find((help) => help.name === name)?.usage ?? name
  return unknown(`\`${name}\` wants ${what}. Usage: \`${usage}\`.`)
}

function tooMuch(name: string, rest: readonly string[]): ParsedCommand {
  return unknown(`\`${name}\` does not take \`${rest.join(' ')}\`.`)
}

function unknown(problem: string): ParsedCommand {
  return { kind: 'unknown', problem }
}
