// Command + policy -> the bubblewrap command line that holds it. Pure. Flags: bwrap(1), bubblewrap 0.8.
import type { Command, SandboxPolicy } from '../../world.ts'

/** What of the machine the sandbox takes into account. Absolute paths. */
export interface SandboxGround {
  /** Folders that are emptied: homes, temporary folders, runtime sockets. */
  readonly emptied: readonly string[]
  /** Read-only although below an emptied folder: Go's toolchain and module cache. */
  readonly visible: readonly string[]
}

/**
 * `bwrap … -- argv`. Later mounts win, so the order is: everything read-only, emptied folders, what is visible again, what is writable, what is hidden inside that.
 * Own namespaces for users, processes, network (loopback only), IPC and host name; no capabilities; dies with us.
 */
export function bubblewrapArguments(command: Command, policy: SandboxPolicy, ground: SandboxGround): readonly string[] {
  const readable = [...ground.visible, ...(policy.readable ?? []), command.cwd].filter((path) => !isUnder(path, policy.writable))
  return [
    'bwrap',
    '--unshare-all',
    '--die-with-parent',
    '--new-session',
    '--cap-drop',
    'ALL',
    ...['--ro-bind', '/', '/'],
    ...['--dev', '/dev'],
    ...['--proc', '/proc'],
    ...shallowFirst(ground.emptied).flatMap((path) => ['--tmpfs', path]),
    ...shallowFirst(readable).flatMap((path) => ['--ro-bind-try', path, path]),
    ...shallowFirst(policy.writable).flatMap((path) => ['--bind-try', path, path]),
    ...policy.hidden.flatMap((path) => ['--tmpfs', path]),
    ...['--chdir', command.cwd],
    '--',
    ...command.argv,
  ]
}

function shallowFirst(paths: readonly string[]): readonly string[] {
  return [...new Set(paths)].sort((a, b) => a.length - b.length || (a < b ? -1 : 1))
}

function isUnder(path: string, folders: readonly string[]): boolean {
  return folders.some((folder) => path === folder || path.startsWith(`${folder}/`))
}
