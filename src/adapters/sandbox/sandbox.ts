// The Sandbox port: bubblewrap where no host may be reached on Linux, sandbox-runtime where its proxy or macOS is needed, nothing when a person said so.
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { UserFault } from '../../fault.ts'
import type { Command, CommandResult, Exec, Sandbox, SandboxPolicy } from '../../world.ts'
import { bubblewrapArguments } from './bubblewrap.ts'
import { groundFor, privateFolders } from './ground.ts'
import { type Bounds, joining, makeLimits, underUlimit } from './limits.ts'

/** What a sandbox is opened with. `visible`: absolute folders that stay readable although they lie in a home: Go's root and module cache. */
export interface SandboxOptions {
  readonly mode: 'on' | 'off'
  readonly exec: Exec
  readonly visible: readonly string[]
  /** Hosts that commands may reach through the proxy; empty: none. */
  readonly allowedHosts: readonly string[]
  /** Memory of all commands together, bytes; default: a share of the machine's. Where the kernel lets nobody bound it, it is not bounded. */
  readonly memoryBytes?: number
}

/** A sandbox that wants to be closed. */
export interface OpenSandbox extends Sandbox {
  close(): Promise<void>
}

/** What to install, and what may be in the way. */
const howToMend =
  'Install it with: apt-get install bubblewrap socat ripgrep. On Ubuntu 24.04 unprivileged user namespaces are restricted: sysctl kernel.apparmor_restrict_unprivileged_userns=0, or an AppArmor profile for bwrap. Or say --sandbox off.'

/** Opens the sandbox and proves it with one command. Errors: UserFault (exit 4) when it cannot run here. */
export async function openSandbox(options: SandboxOptions): Promise<OpenSandbox> {
  if (options.mode === 'off') return { mode: 'off', run: (command) => options.exec.run(command), close: async () => undefined }
  const sandbox = await openOn(options)
  const why = await prove(sandbox)
  if (why === undefined) return sandbox
  await sandbox.close()
  throw new UserFault({ problem: `The sandbox cannot run here: ${why}.`, hint: howToMend, exitCode: 4 })
}

/** Why the sandbox cannot run on this machine; undefined when it can. */
export async function probeSandbox(exec: Exec): Promise<string | undefined> {
  try {
    const sandbox = await openSandbox({ mode: 'on', exec, visible: [], allowedHosts: [] })
    await sandbox.close()
    return undefined
  } catch (cause) {
    return cause instanceof UserFault ? cause.problem : String(cause)
  }
}

async function openOn(options: SandboxOptions): Promise<OpenSandbox> {
  if (process.platform !== 'linux') return proxied(options)
  const direct = bubblewrapped(options)
  if (options.allowedHosts.length === 0) return direct
  const behindProxy = await proxied(options)
  return {
    mode: 'on',
    run: (command, policy) => (policy.allowedHosts.length === 0 ? direct : behindProxy).run(command, policy),
    close: async () => {
      await Promise.all([direct.close(), behindProxy.close()])
    },
  }
}

function bubblewrapped(options: SandboxOptions): OpenSandbox {
  const limits = makeLimits(options.memoryBytes)
  return {
    mode: 'on',
    run: async (command, policy) => {
      const bounds = limits?.forCommand()
      const result = await options.exec.run(held(command, policy, { visible: options.visible, bounds }))
      bounds?.remove()
      return asSignal(result)
    },
    close: async () => limits?.remove(),
  }
}

function held(
  command: Command,
  policy: SandboxPolicy,
  walls: { readonly visible: readonly string[]; readonly bounds: Bounds | undefined },
): Command {
  const argv = walls.bounds === undefined ? underUlimit(command.argv) : command.argv
  const ground = groundFor(command, policy, walls.visible)
  return { ...command, argv: joining(walls.bounds, bubblewrapArguments({ ...command, argv }, policy, ground)), cwd: '/' }
}

// bubblewrap answers 128 + n for a command that died by signal n; nothing else of ours exits so.
function asSignal(result: CommandResult): CommandResult {
  const { exit } = result
  const signal = exit.kind === 'exited' ? deadlySignals[exit.code] : undefined
  return signal === undefined ? result : { ...result, exit: { kind: 'signalled', signal } }
}

const deadlySignals: Readonly<Record<number, string>> = { 134: 'SIGABRT', 136: 'SIGFPE', 137: 'SIGKILL', 139: 'SIGSEGV', 143: 'SIGTERM' }

// sandbox-runtime is one per process and wraps shell text; its filtering proxy is what an allow-list of hosts needs.
async function proxied(options: SandboxOptions): Promise<OpenSandbox> {
  // Loaded here: it is a fifth of what a command line takes to start, and most never need it.
  const { SandboxManager } = await import('@anthropic-ai/sandbox-runtime').catch((cause: unknown): never => {
    throw new UserFault({
      problem: 'Allowed hosts need the package @anthropic-ai/sandbox-runtime, and it is not installed here.',
      hint: 'The GitHub Action does not carry it: take `allowed_hosts` out of .github/dce.yml, or use the App or the command line.',
      exitCode: 4,
      cause,
    })
  })
  // Inside it starts programs that stand beside its code, and reaches its proxies by sockets.
  const ownPrograms = dirname(dirname(createRequire(import.meta.url).resolve('@anthropic-ai/sandbox-runtime')))
  await SandboxManager.initialize({
    network: { allowedDomains: [...options.allowedHosts], deniedDomains: [] },
    filesystem: { denyRead: [], allowWrite: [], denyWrite: [] },
  })
  const sockets = [SandboxManager.getLinuxHttpSocketPath(), SandboxManager.getLinuxSocksSocketPath()].filter((path) => path !== undefined)
  return {
    mode: 'on',
    run: async (command, policy) => {
      const filesystem = {
        denyRead: [...privateFolders(), ...policy.hidden],
        allowRead: [ownPrograms, ...sockets, ...options.visible, ...(policy.readable ?? []), ...policy.writable, command.cwd],
        allowWrite: [...policy.writable],
        denyWrite: [],
      }
      const wrapped = await SandboxManager.wrapWithSandboxArgv(
        command.argv.map(quote).join(' '),
        '/bin/bash',
        { filesystem, network: { allowedDomains: [...policy.allowedHosts], deniedDomains: [] } },
        command.signal,
        command.cwd,
      )
      return options.exec.run({ ...command, argv: wrapped.argv, env: { ...command.env, ...onlyText(wrapped.env) } })
    },
    close: () => SandboxManager.reset(),
  }
}

function onlyText(env: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined || name in process.env ? [] : [[name, value]])),
  )
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}

async function prove(sandbox: Sandbox): Promise<string | undefined> {
  const command: Command = {
    argv: ['/bin/sh', '-c', 'echo held'],
    cwd: '/',
    env: { PATH: '/usr/bin:/bin' },
    timeoutMs: 15_000,
    maxOutputBytes: 4_000,
  }
  const result = await sandbox.run(command, { writable: [], hidden: [], allowedHosts: [] })
  if (result.exit.kind === 'exited' && result.exit.code === 0 && result.stdout.includes('held')) return undefined
  if (result.exit.kind === 'not-started') return result.exit.message
  const said = result.stderr.trim().split('\n').at(-1) ?? ''
  return said.includes('bwrap') && said.includes('not found')
    ? 'bubblewrap is not installed'
    : said === ''
      ? `a first command ended with ${JSON.stringify(result.exit)}`
      : said
}
