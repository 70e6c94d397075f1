// What a run asks of go, as types: commands that read and compile, programs of judged code. Re-exported by world.ts, where all ports are.
import type { CommandResult } from './world.ts'

/** One go command. `args` begin with the verb (`build`, `list`, `test`, …); the adapter adds the flag set that all commands share. Paths absolute, times in ms. */
export interface GoCommand {
  /** A program that reads code as go does and executes none of it, such as a linter; default: go. Looked up on PATH. */
  readonly program?: string
  readonly args: readonly string[]
  readonly cwd: string
  /** Folders that must be seen besides `cwd`: the whole checkout, other modules. */
  readonly readable?: readonly string[]
  /** Besides the build cache and the temporary folder, which every command may write. */
  readonly writable?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly stdin?: string
  readonly timeoutMs: number
  readonly signal?: AbortSignal
}

/** A program that is not the go command: a test binary of the judged tree, gofmt, a linter. Paths absolute, times in ms. */
export interface GoProgram {
  readonly argv: readonly string[]
  readonly cwd: string
  readonly readable?: readonly string[]
  readonly writable: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly timeoutMs: number
  readonly signal?: AbortSignal
}

/**
 * How go is run: always sandboxed, no network but loopback, no token, an empty HOME, GOTOOLCHAIN=local, GOPROXY=off, one flag set, one build cache.
 * Contract: never rejects for what the process does; may be called concurrently (at most as many go commands run at once as the machine has cores).
 */
export interface Go {
  /** `go1.26.8 linux/amd64`. Errors: UserFault (exit 4) when there is no go. */
  version(): Promise<string>
  run(command: GoCommand): Promise<CommandResult>
  /**
   * Runs another program in such an environment, with a HOME and a build cache of its own kind: what judged code does
   * cannot reach the go commands of a later judgement.
   */
  execute(program: GoProgram): Promise<CommandResult>
}
