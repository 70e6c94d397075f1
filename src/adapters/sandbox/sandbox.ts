// The Sandbox port: bubblewrap where no host may be reached on Linux, sandbox-runtime where its proxy or macOS is needed, nothing when a person said so.
import { homedir } from 'node:os'
import { SandboxManager } from '@anthropic-ai/sandbox-runtime'
import { UserFault } from '../../fault.ts'
import type { Command, CommandResult, Exec, Sandbox, SandboxPolicy } from '../../world.ts'
import { bubblewrapArguments, type SandboxGround } from './bubblewrap.ts'
import { joining, type Limits, makeLimits } from './limits.ts'

/** What a sandbox is opened with. `visible`: absolute folders that stay readable although they lie in a home: Go's root and module cache. */
export interface SandboxOptions {
  readonly mode: 'on' | 'off'
  readonly exec: Exec
  readonly visible: readonly string[]
  /** Hosts that commands may reach through the proxy; empty: none. */
  readonly allowedHosts: readonly string[]
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
  if (process.platform === 'linux' && options.allowedHosts.length === 0) return bubblewrapped(options)
  return proxied(options)
}

function bubblewrapped(options: SandboxOptions): OpenSandbox {
  const limits = makeLimits(`dce-${process.pid}`)
  const ground: SandboxGround = { emptied: emptiedFolders(), visible: options.visible }
  return {
    mode: 'on',
    run: async (command, policy) => asSignal(await options.exec.run(held(command, policy, { ground, limits }))),
    close: async () => limits?.remove(),
  }
}

function held(
  command: Command,
  policy: SandboxPolicy,
  walls: { readonly ground: SandboxGround; readonly limits: Limits | undefined },
): Command {
  return { ...command, argv: joining(walls.limits, bubblewrapArguments(command, policy, walls.ground)), cwd: '/' }
}

// Homes hold keys and tokens, /tmp other runs, /run and /var/run sockets of services (docker among them).
function emptiedFolders(): readonly string[] {
  return [...new Set(['/home', '/root', homedir(), '/tmp', '/var/tmp', '/run'])].filter((path) => path !== '/')
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
  await SandboxManager.initialize({
    network: { allowedDomains: [...options.allowedHosts], deniedDomains: [] },
    filesystem: { denyRead: [], allowWrite: [], denyWrite: [] },
  })
  return {
    mode: 'on',
    run: async (command, policy) => {
      const filesystem = {
        denyRead: [...emptiedFolders(), ...policy.hidden],
        allowRead: [...options.visible, ...(policy.readable ?? []), ...policy.writable, command.cwd],
        allowWrite: [...policy.writable],
        denyWrite: [],
      }
      const wrapped = await SandboxManager.wrapWithSandboxArgv(
        command.argv.map(quote).join(' '),
        '/bin/bash',
        { filesystem },
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
