// Command + policy -> the bubblewrap command line that holds it. Pure. Flags: bwrap(1), bubblewrap 0.8.
import type { Command, SandboxPolicy } from '../../world.ts'

/** What of the machine the sandbox shows. Absolute paths. Everything that is not named here or in the policy does not exist inside. */
export interface SandboxGround {
  /** Read-only: programs, libraries, their configuration. */
  readonly system: readonly string[]
  /** Read-only too: Go's root and module cache, wherever they lie. */
  readonly visible: readonly string[]
  /** Folders that are empty and writable inside, for one command. */
  readonly scratch: readonly string[]
  /** Files and folders below the above that are shown empty: keys and password hashes. */
  readonly secretFolders: readonly string[]
  readonly secretFiles: readonly string[]
}

/**
 * `bwrap … -- argv`. Later mounts win, so the order is: the system, empty folders, what is visible, what is writable, what inside that is read-only, what is hidden.
 * Own namespaces for users, processes, network (loopback only), IPC and host name; no capabilities; dies with us.
 */
export function bubblewrapArguments(command: Command, policy: SandboxPolicy, ground: SandboxGround): readonly string[] {
  const named = [...ground.visible, ...(policy.readable ?? [])]
  const below = (policy.readable ?? []).filter((path) => isBelow(path, policy.writable))
  const readable = [...named, command.cwd].filter((path) => path !== '/' && !isIn(path, policy.writable))
  return [
    'bwrap',
    '--unshare-all',
    '--die-with-parent',
    '--new-session',
    ...['--cap-drop', 'ALL'],
    ...shallowFirst(ground.system).flatMap((path) => ['--ro-bind-try', path, path]),
    ...['--dev', '/dev'],
    ...['--proc', '/proc'],
    ...shallowFirst(ground.scratch).flatMap((path) => ['--tmpfs', path]),
    ...shallowFirst(readable).flatMap((path) => ['--ro-bind-try', path, path]),
    ...shallowFirst(policy.writable).flatMap((path) => ['--bind-try', path, path]),
    ...shallowFirst(below).flatMap((path) => ['--ro-bind-try', path, path]),
    ...ground.secretFolders.flatMap((path) => ['--tmpfs', path]),
    ...ground.secretFiles.flatMap((path) => ['--ro-bind', '/dev/null', path]),
    ...['--remount-ro', '/'],
    ...['--chdir', command.cwd],
    '--',
    ...command.argv,
  ]
}

function shallowFirst(paths: readonly string[]): readonly string[] {
  return [...new Set(paths)].sort((a, b) => a.length - b.length || (a < b ? -1 : 1))
}

function isIn(path: string, folders: readonly string[]): boolean {
  return folders.includes(path) || isBelow(path, folders)
}

function isBelow(path: string, folders: readonly string[]): boolean {
  return folders.some((folder) => path.startsWith(`${folder}/`))
}
