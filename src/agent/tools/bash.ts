// Tool `bash`: a command in the sandbox. Says how it ended, bounds what it printed, and takes back what it wrote outside the agent's paths.
import { join } from 'node:path'
import { z } from 'zod'
import type { CommandResult, Sandbox, SandboxPolicy, Tool } from '../../world.ts'
import { failed, succeeded } from './answer.ts'
import { bound } from './bounds.ts'

/** What commands of one agent run with. `env` gives Go's flags and the siblings' contracts (overlay) as they are now. */
export interface ShellParts {
  readonly root: string
  readonly sandbox: Sandbox
  readonly policy: SandboxPolicy
  readonly env: () => Promise<Readonly<Record<string, string>>>
  /** Absolute: what lies below `<it>/<number>/files/` stands for files of the worktree. */
  readonly overlayFolder?: string
  /** Whose commands these are: its own contract is nobody's but its own to fill. A reviewer has none. */
  readonly task?: string
  /** Contract: called before every command; what it answers, called after it, restores what was changed outside the agent's paths and names it. */
  readonly look: () => Promise<() => Promise<readonly string[]>>
}

const defaultTimeoutS = 120
const maxTimeoutS = 280
const maxOutputCharacters = 16_000

const input = z.object({ command: z.string().min(1), timeout_s: z.int().min(1).max(maxTimeoutS).optional() })

/** Runs `bash -c`. A test that panics with a contract's text is explained: it needs a sibling that is not there yet. */
export function bashTool(parts: ShellParts): Tool<never> {
  return {
    name: 'bash',
    description: `Run a shell command at the repository root: no network, no git, /tmp is emptied after it. ${defaultTimeoutS} s unless timeout_s.`,
    input,
    run: async (raw, { signal }) => {
      const { command, timeout_s: timeoutS = defaultTimeoutS } = input.parse(raw)
      const takeBack = await parts.look()
      const result = await parts.sandbox.run(
        {
          // One pipe for both streams: read as in a terminal, in the order in which they were written.
          argv: ['/bin/bash', '-c', 'exec "$0" -c "$1" 2>&1', '/bin/bash', command],
          cwd: parts.root,
          env: await parts.env(),
          timeoutMs: timeoutS * 1_000,
          maxOutputBytes: 200_000,
          signal,
        },
        { ...parts.policy, hidden: [...parts.policy.hidden, join(parts.root, '.git')] },
      )
      const takenBack = await takeBack()
      const text = [sayOutput(result, parts), sayExit(result), explainContracts(result, parts), sayTakenBack(takenBack)]
        .filter((part) => part !== '')
        .join('\n')
      const ok = result.exit.kind === 'exited' && result.exit.code === 0 && takenBack.length === 0
      return ok ? succeeded(text) : failed(text)
    },
  }
}

function sayOutput(result: CommandResult, { root, overlayFolder }: ShellParts): string {
  const output = [result.stdout.trimEnd(), result.stderr.trimEnd()].filter((stream) => stream !== '').join('\n')
  // Paths as all other tools name them: where the worktree and the contracts over it lie is nobody's business.
  const plain = output.replaceAll(`${root}/`, '')
  const named = overlayFolder === undefined ? plain : plain.replaceAll(new RegExp(`${RegExp.escape(overlayFolder)}/\\d+/files/`, 'gu'), '')
  return bound(named, 'Filter with grep, head or tail.', maxOutputCharacters)
}

function sayExit(result: CommandResult): string {
  switch (result.exit.kind) {
    case 'exited':
      return `[exit ${result.exit.code}]`
    case 'signalled':
      return `[killed by ${result.exit.signal}]`
    case 'timeout':
      return `[stopped after ${result.exit.afterMs / 1000} s: it did not end in time]`
    case 'cancelled':
      return '[cancelled]'
    case 'not-started':
      return `[not started: ${result.exit.message}]`
  }
}

// Only Go's own report of a panic says that something is missing, not the text of a contract that is shown. The exit code says nothing: a pipe hides it.
function explainContracts(result: CommandResult, { task }: ShellParts): string {
  const panics = `${result.stdout}${result.stderr}`.matchAll(/panic: dce: contract of ([a-z0-9-]+)/gu)
  const others = new Set([...panics].map((match) => match[1] ?? '').filter((named) => named !== task))
  return others.size === 0
    ? ''
    : `[not a failure of yours: this needs ${[...others].join(', ')}, which only exists as a contract until it is merged]`
}

function sayTakenBack(paths: readonly string[]): string {
  return paths.length === 0 ? '' : `[taken back, not yours to change: ${paths.slice(0, 20).join(', ')}. Ask with request_path.]`
}
