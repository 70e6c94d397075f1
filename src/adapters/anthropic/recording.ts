// A model's turns <-> a file: record what was really answered, and give it back later without a model. A turn is found by task, attempt and turn.
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import type Anthropic from '@anthropic-ai/sdk'
import { z } from 'zod'
import { UserFault } from '../../fault.ts'
import type { Model, TurnRequest, TurnResult } from '../../world.ts'
import { normalise } from './normalise.ts'

const Header = z.object({
  recording: z.literal('dce'),
  version: z.literal(1),
  date: z.string(),
  run: z.string().optional(),
  note: z.string().optional(),
})
const ToolAnswer = z.object({ tool: z.string().optional(), isError: z.boolean(), text: z.string() })
type ToolAnswer = z.infer<typeof ToolAnswer>
const Entry = z.object({
  about: z.string(),
  attempt: z.number(),
  turn: z.number(),
  /** What the tools answered since the turn before, normalised. */
  answers: z.array(ToolAnswer),
  result: z.looseObject({ kind: z.literal('answered') }),
})
type Entry = z.infer<typeof Entry>

/** A recording, read. `note`: what its maker says of it. */
export interface Recording {
  readonly date: string
  readonly note?: string
  /** The turn, from 1, of an attempt, from 1, at a task, the plan or whatever else was talked about; undefined when it was not recorded. */
  turn(about: string, attempt: number, turn: number): Entry | undefined
}

/** Differences that did not stop a replay: how many tool answers read otherwise than recorded, and the first few of them. */
export interface ReplayReport {
  readonly date: string
  readonly turns: number
  readonly differing: number
  readonly examples: readonly string[]
}

/** A model that writes every answered turn behind the real one's back. A file of the same run is continued, another run's is begun anew. Errors: UserFault for a file that is no recording. */
export function recordTo(path: string, model: Model, date: string): Model {
  // A file that is no recording is somebody's: it is not written over.
  let recorded = existsSync(path) ? readHeader(path, readLines(path)).run : undefined
  const begin = (run: string) => {
    recorded = run
    writeFileSync(path, `${JSON.stringify({ recording: 'dce', version: 1, date, run })}\n`)
  }
  return {
    turn: async (request, options) => {
      const result = await model.turn(request, options)
      if (result.kind === 'answered') {
        const { run, about, attempt } = request.conversation
        if (recorded !== run) begin(run)
        appendFileSync(path, `${JSON.stringify({ about, attempt, turn: request.turn, answers: toolAnswers(request), result })}\n`)
      }
      return result
    },
  }
}

/**
 * Tools whose success may differ: what a command finds depends on which siblings were merged by then, and that on how fast everybody was.
 * The files do not depend on it, and the gate judges those.
 */
const mayEndOtherwise: ReadonlySet<string> = new Set(['bash'])

/**
 * A model that answers from a recording. When a tool call's success differs from the recorded one the replay stops (`rejected`): what follows would answer another story. Only commands may end otherwise; they are counted.
 * Errors: UserFault for a file that is missing or no recording.
 */
export function replayFrom(path: string): { readonly model: Model; readonly report: () => ReplayReport } {
  const recording = readRecording(path)
  const { date } = recording
  let turns = 0
  let differing = 0
  const examples: string[] = []
  const model: Model = {
    turn: async (request, options) => {
      if (options.signal.aborted) return { kind: 'cancelled' }
      const { about, attempt } = request.conversation
      const name = `${about}, attempt ${attempt}, turn ${request.turn}`
      const entry = recording.turn(about, attempt, request.turn)
      if (entry === undefined) return { kind: 'rejected', status: 0, message: `the recording of ${date} has no turn for ${name}` }
      const compared = compare(entry.answers, toolAnswers(request))
      if (compared.successDiffers !== undefined)
        return { kind: 'rejected', status: 0, message: `replay stops at ${name}: ${compared.successDiffers}` }
      turns += 1
      differing += compared.texts.length
      for (const text of compared.texts) if (examples.length < 5) examples.push(`${name}: ${text}`)
      options.onFirstByte?.()
      return entry.result as unknown as TurnResult
    },
  }
  return { model, report: () => ({ date, turns, differing, examples }) }
}

/** Reads a recording whole. Errors: UserFault for a file that is missing, damaged or no recording. */
export function readRecording(path: string): Recording {
  const lines = readLines(path)
  const header = readHeader(path, lines)
  const entries = lines.slice(1).map((line, index) => {
    const entry = Entry.safeParse(parseLine(line, path, index + 2))
    if (!entry.success)
      throw new UserFault({
        problem: `${path} line ${index + 2} is no recorded turn.`,
        hint: 'The file is damaged; record it again with --model record:FILE.',
      })
    return entry.data
  })
  const byKey = new Map(entries.map((entry) => [keyOf(entry.about, entry.attempt, entry.turn), entry]))
  return {
    date: header.date,
    ...(header.note === undefined ? {} : { note: header.note }),
    turn: (about, attempt, turn) => byKey.get(keyOf(about, attempt, turn)),
  }
}

function readHeader(path: string, lines: readonly string[]): z.infer<typeof Header> {
  const header = Header.safeParse(parseLine(lines[0] ?? '', path, 1))
  if (header.success) return header.data
  throw new UserFault({
    problem: `${path} is not a recording of dce: its first line is no header.`,
    hint: 'Make one with --model record:FILE, in a file that is not there yet.',
  })
}

function readLines(path: string): readonly string[] {
  try {
    return readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
  } catch (cause) {
    throw new UserFault({ problem: `The recording ${path} cannot be read.`, hint: 'Check the path behind --model replay:.', cause })
  }
}

function parseLine(line: string, path: string, number: number): unknown {
  try {
    return JSON.parse(line)
  } catch (cause) {
    throw new UserFault({
      problem: `${path} line ${number} is not JSON.`,
      hint: 'The file is damaged or no recording. Make one with --model record:FILE, in a file that is not there yet.',
      cause,
    })
  }
}

function keyOf(about: string, attempt: number, turn: number): string {
  return JSON.stringify([about, attempt, turn])
}

function compare(
  recorded: Entry['answers'],
  now: Entry['answers'],
): { readonly successDiffers?: string; readonly texts: readonly string[] } {
  const texts: string[] = []
  for (let index = 0; index < Math.max(recorded.length, now.length); index++) {
    const before = recorded[index]
    const after = now[index]
    if (before === undefined || after === undefined)
      return { successDiffers: `${now.length} tool answers, recorded ${recorded.length}`, texts }
    if (before.isError !== after.isError && mayEndOtherwise.has(after.tool ?? '')) {
      texts.push(
        `tool answer ${index + 1} (${after.tool}) ${after.isError ? 'failed' : 'succeeded'}, recorded it ${before.isError ? 'failed' : 'succeeded'}`,
      )
      continue
    }
    if (before.isError !== after.isError) {
      return {
        successDiffers: `tool answer ${index + 1} ${after.isError ? 'failed' : 'succeeded'}, recorded it ${before.isError ? 'failed' : 'succeeded'}: ${after.text.slice(0, 300)}`,
        texts,
      }
    }
    if (before.text !== after.text) texts.push(`tool answer ${index + 1} reads otherwise`)
  }
  return { texts }
}

function toolAnswers(request: TurnRequest): Entry['answers'] {
  const content = request.messages.at(-1)?.content
  if (!Array.isArray(content)) return []
  const names = toolNames(request)
  return content.flatMap((block): readonly ToolAnswer[] => {
    if (block.type !== 'tool_result') return []
    return [{ tool: names.get(block.tool_use_id), isError: block.is_error === true, text: normalise(textOf(block)) }]
  })
}

/** Which tool the calls of the last answer were for. */
function toolNames(request: TurnRequest): ReadonlyMap<string, string> {
  const asked = request.messages.findLast((message) => message.role === 'assistant')?.content
  if (!Array.isArray(asked)) return new Map()
  return new Map(asked.flatMap((block) => (block.type === 'tool_use' ? [[block.id, block.name] as const] : [])))
}

function textOf(block: Anthropic.Beta.BetaToolResultBlockParam): string {
  if (typeof block.content === 'string') return block.content
  return (block.content ?? []).map((part) => (part.type === 'text' ? part.text : '')).join('\n')
}
