// What is thrown, and by whom it can be mended: a person (UserFault), time (WorldFault), or us (Bug). Expected failures are values.

/** How `dce` ends a process. Source: docs/cli.md, table of exit codes. */
export type ExitCode = 0 | 1 | 2 | 3 | 4 | 130

/** Facts of a {@link UserFault}: `problem` says what is wrong, with what was expected and found; `hint` says what to do. */
export interface UserFaultFacts {
  readonly problem: string
  readonly hint: string
  /** 2: wrong input; 3: stopped at a limit or question; 4: something is missing on this machine. */
  readonly exitCode?: 2 | 3 | 4
  readonly cause?: unknown
}

/** A person can act on it. Its message is complete: problem, then hint. */
export class UserFault extends Error {
  readonly problem: string
  readonly hint: string
  readonly exitCode: 2 | 3 | 4

  constructor(facts: UserFaultFacts) {
    super(`${facts.problem} ${facts.hint}`, { cause: facts.cause })
    this.name = 'UserFault'
    this.problem = facts.problem
    this.hint = facts.hint
    this.exitCode = facts.exitCode ?? 2
  }
}

/** Facts of a {@link WorldFault}. `retryAfterMs` is what the service asked for, when it did. */
export interface WorldFaultFacts {
  readonly service: 'model' | 'git' | 'go' | 'sandbox' | 'journal' | 'process' | 'github'
  readonly problem: string
  readonly retryable: boolean
  readonly retryAfterMs?: number
  readonly cause?: unknown
}

/** A service outside failed. Retrying is the adapter's work; what arrives here has been retried already. */
export class WorldFault extends Error {
  readonly service: WorldFaultFacts['service']
  readonly retryable: boolean
  readonly retryAfterMs: number | undefined

  constructor(facts: WorldFaultFacts) {
    super(`${facts.service}: ${facts.problem}`, { cause: facts.cause })
    this.name = 'WorldFault'
    this.service = facts.service
    this.retryable = facts.retryable
    this.retryAfterMs = facts.retryAfterMs
  }
}

/** What was worked on is not there any more: a repository deleted, an App uninstalled, an issue transferred. The run stops and says so where it still can. */
export class Gone extends Error {
  constructor(problem: string, cause?: unknown) {
    super(problem, { cause })
    this.name = 'Gone'
  }
}

/** What a person does about {@link isDiskFull}. */
export const diskFullHint = 'The disk is full: free some space, then go on. Nothing that was done is lost.'

/** Whether what failed is a full disk, or a used-up quota: told by node's code, or by the words of git, go and SQLite. */
export function isDiskFull(cause: unknown): boolean {
  const code = (cause as NodeJS.ErrnoException | null)?.code
  if (code === 'ENOSPC' || code === 'EDQUOT') return true
  return cause instanceof Error && isDiskFullText(cause.message)
}

/** The same of what a program printed. */
export function isDiskFullText(text: string): boolean {
  return /no space left on device|disk quota exceeded|database or disk is full/iu.test(text)
}

/** Something that cannot happen did. Ours to mend; the message asks for a report. */
export class Bug extends Error {
  constructor(problem: string, cause?: unknown) {
    super(`${problem} (this is a bug in dce, please report it)`, { cause })
    this.name = 'Bug'
  }
}

/** Makes an exhaustive switch a compile error when a case is missing, and a {@link Bug} at run time. */
export function never(value: never): never {
  throw new Bug(`unexpected value ${JSON.stringify(value)}`)
}

/** True for what GitHub will not do however often it is asked: refused, or gone. */
export function isRefusal(cause: unknown): cause is Gone | WorldFault {
  return cause instanceof Gone || (cause instanceof WorldFault && cause.service === 'github' && !cause.retryable)
}
