// This machine -> what of it a sandboxed command sees: programs and libraries; no home, no checkout, no socket, no key.
import { readdirSync, realpathSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import type { Command, SandboxPolicy } from '../../world.ts'
import type { SandboxGround } from './bubblewrap.ts'

/** Where distributions keep programs, libraries and their configuration. Homes, checkouts, sockets (`/run`) and services' data (`/var`) are not among them. */
const system = [
  ...['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/etc', '/sys'],
  ...['/nix', '/gnu', '/snap', '/home/linuxbrew/.linuxbrew', '/var/lib/snapd/snap'],
]
const scratch = ['/tmp', '/var/tmp', '/run']
/** As root the sandboxed command is root in its namespace, and could read these. */
const secrets = [
  ...['/etc/shadow', '/etc/shadow-', '/etc/gshadow', '/etc/gshadow-', '/etc/sudoers', '/etc/sudoers.d', '/etc/ssh', '/etc/ssl/private'],
  ...['/etc/docker', '/etc/kubernetes', '/etc/letsencrypt', '/etc/krb5.keytab', '/etc/NetworkManager', '/etc/wireguard'],
]

/**
 * The ground for one command: the machine's, the folders of its PATH, what is visible to all, less what its policy hides.
 * Looks at what the hidden paths are: folders and files are hidden differently, and what is missing needs no hiding.
 */
export function groundFor(command: Command, policy: SandboxPolicy, visible: readonly string[]): SandboxGround {
  const hidden = [...secrets, ...policy.hidden].flatMap(asItIs)
  return {
    system,
    visible: [...foldersOfPath(command.env['PATH'] ?? ''), ...visible],
    scratch,
    secretFolders: hidden.flatMap(({ path, isFile }) => (isFile ? [] : [path])),
    secretFiles: hidden.flatMap(({ path, isFile }) => (isFile ? [path] : [])),
  }
}

/** Folders that hold everything of a person; nobody's PATH means to show them. */
const whole = new Set(['/', '/root', '/home', homedir()])

function foldersOfPath(path: string): readonly string[] {
  return path.split(':').filter((folder) => folder.startsWith('/') && !whole.has(folder.replace(/\/+$/u, '') || '/'))
}

function asItIs(path: string): readonly { readonly path: string; readonly isFile: boolean }[] {
  const stats = statSync(path, { throwIfNoEntry: false })
  return stats === undefined ? [] : [{ path: realpathSync(path), isFile: !stats.isDirectory() }]
}

/** What every machine has at its root besides {@link system}, and needs. */
const kernel = ['/dev', '/proc']

/** Where {@link system} is not bound by itself, everything else is taken away: homes, checkouts, temporary folders, sockets. */
export function privateFolders(): readonly string[] {
  if (process.platform === 'darwin') return ['/Users', '/Volumes', '/private/tmp', '/private/var/folders', '/private/var/root']
  const shown = new Set([...system, ...kernel])
  const roots = readdirSync('/', { withFileTypes: true }).filter((entry) => entry.isDirectory() && !shown.has(`/${entry.name}`))
  return [...roots.map((entry) => `/${entry.name}`), ...secrets.flatMap(asItIs).map(({ path }) => path)]
}
