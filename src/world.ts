// All that a run asks of the outside, as types. Stages take these as parameters; adapters implement them; only the doors join the two.
import type Anthropic from '@anthropic-ai/sdk'
import type { z } from 'zod'
import type { RunId } from './ids.ts'

export type { CommitRequest, Git, MergeResult, TreeChange } from './git.ts'
export type { Go, GoCommand, GoProgram } from './go.ts'
export type { OpenDatabase, ScratchDatabase, SqlAnswer } from './scratch-database.ts'

/** A process to run. `argv[0]` is looked up on PATH; there is never a shell unless argv names one. Times in ms, sizes in bytes. */
export interface Command {
  readonly argv: readonly string[]
  readonly cwd: string
  /** The whole environment; nothing is inherited unless the adapter's docs say so. */
  readonly env: Readonly<Record<string, string>>
  readonly stdin?: string
  readonly timeoutMs: number
  /** Kept per stream: the first and the last half of this; what lies between is dropped and counted. */
  readonly maxOutputBytes: number
  readonly signal?: AbortSignal
}

/** How a process ended. A signal, a timeout, a failure to start are never exit 0. */
export type Exit =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'signalled'; readonly signal: string }
  | { readonly kind: 'timeout'; readonly afterMs: number }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'not-started'; readonly message: string }

/** What a process left behind. `droppedBytes`: what the bound cut out of both streams. */
export interface CommandResult {
  readonly exit: Exit
  readonly stdout: string
  readonly stderr: string
  readonly droppedBytes: number
  readonly durationMs: number
}

/**
 * Runs processes, as soon as there is one through the starter: a small program that does nothing else (a spawn blocks a large Node process for milliseconds).
 * Contract: never rejects for what the process does; kills the whole process group on timeout or abort, SIGTERM then SIGKILL; may be called concurrently.
 */
export interface Exec {
  run(command: Command): Promise<CommandResult>
}

/** What a sandboxed command may do. Paths are absolute. Everything else of the file system is read-only or hidden; no network but loopback. */
export interface SandboxPolicy {
  readonly writable: readonly string[]
  /** Visible although it lies under a hidden folder (homes and temporary folders are hidden). The working folder is always visible. */
  readonly readable?: readonly string[]
  readonly hidden: readonly string[]
  /** Host names that may be reached; empty: none. */
  readonly allowedHosts: readonly string[]
}

/** Runs a command inside the sandbox; with `mode: 'off'` (a person said so) it runs it plainly. Same contract as {@link Exec}. */
export interface Sandbox {
  readonly mode: 'on' | 'off'
  run(command: Command, policy: SandboxPolicy): Promise<CommandResult>
}

/** A message content as the Messages API knows it. */
export type Message = Anthropic.Beta.BetaMessageParam
/** Tokens of one turn as the API reports them. */
export interface Usage {
  readonly inputTokens: number
  readonly cacheReadTokens: number
  readonly cacheWriteTokens: number
  readonly outputTokens: number
}

/** One request for one turn. `system` and `messages` carry the cache breakpoints. What it is made of is never changed: later requests share parts of it. */
export interface TurnRequest {
  readonly role: ModelRole
  readonly effort: 'low' | 'medium' | 'high'
  readonly system: readonly Anthropic.Beta.BetaTextBlockParam[]
  readonly tools: readonly Anthropic.Beta.BetaTool[]
  readonly messages: readonly Message[]
  readonly maxTokens: number
  /** Who asks: for the ledger, the governor's fairness, and recordings. */
  readonly conversation: ConversationKey
  readonly turn: number
}

/** Which model answers is configuration; who asks is one of these. Source: design, section 7. */
export type ModelRole = 'planner' | 'builder' | 'reviewer' | 'reconciler'

/** Names a conversation stably over resumes: run, what it is about (task id, `plan`, `reconcile-w2`, …), attempt. */
export interface ConversationKey {
  readonly run: RunId
  readonly about: string
  readonly attempt: number
}

/** The model's answer to one turn, or why there is none. */
export type TurnResult =
  | {
      readonly kind: 'answered'
      readonly content: readonly Anthropic.Beta.BetaContentBlock[]
      readonly stopReason: 'end_turn' | 'tool_use' | 'max_tokens' | 'refusal' | 'other'
      readonly usage: Usage
      /** What it cost in US dollars; undefined when the model has no known price. */
      readonly costUsd: number | undefined
      readonly model: string
      readonly firstTokenMs: number
      readonly durationMs: number
    }
  | { readonly kind: 'out-of-budget'; readonly which: 'run' | 'day' | 'plan'; readonly spentUsd: number; readonly capUsd: number }
  | { readonly kind: 'rate-limited'; readonly untilMs: number }
  | { readonly kind: 'rejected'; readonly status: number; readonly message: string }
  | { readonly kind: 'cancelled' }

/**
 * The model, behind governor (rate limits, concurrency), ledger (money: reserve before, settle after) and retries.
 * Contract: never rejects for what the service answers, only for bugs; honours the signal within a second; may be called concurrently.
 * `onFirstByte` is called once when the answer begins (the prefix is then in the cache).
 */
export interface Model {
  turn(request: TurnRequest, options: { readonly signal: AbortSignal; readonly onFirstByte?: () => void }): Promise<TurnResult>
}

/** What a tool call gives back to the model. `ends`: the conversation is over, with this value. */
export interface ToolAnswer<Ending> {
  readonly text: string
  readonly isError: boolean
  readonly ends?: Ending
}

/** A tool: what the model reads of it, and what it does. `run` gets parsed input; it never throws for what the model asked wrongly. */
export interface Tool<Ending, Schema extends z.ZodType = z.ZodType> {
  readonly name: string
  readonly description: string
  readonly input: Schema
  run(input: z.output<Schema>, context: { readonly signal: AbortSignal; readonly turn: number }): Promise<ToolAnswer<Ending>>
  /** A call of an earlier process, answered from the journal and not run again: what the tool remembers of its calls. Never throws. */
  recall?(input: z.output<Schema>, answer: ToolAnswer<Ending>): Promise<void>
}

/** Bounds of one conversation: money in US dollars, time in ms. */
export interface ConversationLimits {
  readonly maxTurns: number
  readonly maxTokens: number
  readonly maxUsd: number
  readonly maxWallMs: number
}

/** All ways a conversation stops. */
export type ConversationEnd<Ending> =
  | { readonly kind: 'ended'; readonly value: Ending }
  | { readonly kind: 'ran-dry'; readonly lastText: string }
  | { readonly kind: 'limit'; readonly which: 'turns' | 'tokens' | 'usd' | 'wall' | 'loop' | 'faults' }
  | { readonly kind: 'out-of-budget'; readonly which: 'run' | 'day' | 'plan'; readonly spentUsd: number; readonly capUsd: number }
  | { readonly kind: 'rate-limited'; readonly untilMs: number }
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'rejected'; readonly status: number; readonly message: string }
  | { readonly kind: 'interrupted' }
  | { readonly kind: 'superseded' }

/** What a conversation used, in sum. */
export interface ConversationUse {
  readonly turns: number
  readonly toolCalls: number
  readonly usage: Usage
  readonly costUsd: number | undefined
}

/** One conversation with tools, until a tool ends it or a limit does. */
export interface ConversationRequest<Ending> {
  readonly key: ConversationKey
  readonly role: ModelRole
  readonly effort: 'low' | 'medium' | 'high'
  /** Shared by siblings, byte for byte; the breakpoint is set behind it. */
  readonly system: string
  /** First user message: what is this conversation's alone. */
  readonly firstMessage: string
  readonly tools: readonly Tool<Ending>[]
  readonly limits: ConversationLimits
  readonly signal: AbortSignal
  /** Finish the turn and stop (Ctrl-C once, pause). */
  readonly finishTurn?: AbortSignal
  readonly onFirstByte?: () => void
  /** Names the state of the files (a tree) after the tools of a turn ran; recorded together with their results. */
  readonly saveState?: () => Promise<string>
  /** Brings the files back to a recorded state; called once, before the first step of a resumed conversation that is not recorded. */
  readonly restoreState?: (state: string) => Promise<void>
  readonly afterTurn?: (turn: TurnReport) => void
}

/** What is told after each turn. */
export interface TurnReport {
  readonly turn: number
  readonly use: ConversationUse
  readonly lastTools: readonly string[]
  /** True when the turn was read from the journal, not paid again. */
  readonly replayed: boolean
}

/** Implemented by agent/converse.ts; handed to the stages that need judgement. Contract: rejects only for bugs and a broken journal. */
export type Converse = <Ending>(
  request: ConversationRequest<Ending>,
) => Promise<{ readonly end: ConversationEnd<Ending>; readonly use: ConversationUse }>

/**
 * The durable record of runs. Contract suite: test/adapters/journal/contract.ts.
 * `append` is durable when it resolves; `once` runs the effect at most once per key over all processes that hold the run, and gives the recorded value afterwards.
 */
export interface Journal<Event> {
  append(run: RunId, event: Event): Promise<void>
  load(run: RunId): Promise<readonly Event[]>
  once<Value>(request: { readonly run: RunId; readonly key: string }, effect: () => Promise<Value>): Promise<Value>
  /** The value recorded under the key, if any. */
  recorded<Value>(request: { readonly run: RunId; readonly key: string }): Promise<Value | undefined>
}

/** One reservation of money, before a request is sent. `day`: UTC date, `2026-11-23`. `part` is what the planning cap looks at. */
export interface Reservation {
  readonly run: RunId
  readonly day: string
  readonly part: 'plan' | 'work'
  readonly about: string
  readonly usd: number
}

/**
 * Where money is remembered: over processes, over kills. A reservation that was never settled (the process died) stays charged as reserved.
 * Contract: every method is atomic over processes and durable when it returns.
 */
export interface Purse {
  reserve(reservation: Reservation): number
  /** Runs the work, which must not wait, at once and while no other process can reserve: what it reads is still so when it reserves. Answers when that is durable. */
  exclusively<Value>(work: () => Value): Promise<Value>
  settle(id: number, usd: number): void
  spentUsd(scope: { readonly run?: RunId; readonly day?: string; readonly part?: 'plan' | 'work' }): number
  /** Closes what a dead process left open, charged as reserved, and says how much that is. */
  closeOpen(run: RunId): number
}

/** Now, in ms since the epoch, and a sleep that ends early on abort. */
export interface Clock {
  now(): number
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** Structured log for people who debug dce itself; people who use it read report/. */
export interface Log {
  info(message: string, data?: Readonly<Record<string, unknown>>): void
  warn(message: string, data?: Readonly<Record<string, unknown>>): void
}
