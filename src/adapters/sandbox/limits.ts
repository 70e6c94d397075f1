// This machine's cgroups -> a group that bounds memory and processes of everything sandboxed, where the kernel lets us make one.
import { accessSync, constants, existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { totalmem } from 'node:os'
import { join } from 'node:path'

/** Bounds that commands join before they run. `joins`: files that take the process id. */
export interface Limits {
  readonly joins: readonly string[]
  remove(): void
}

/** Share of the machine's memory that sandboxed commands may use together. Chosen: the orchestrator and the system keep a quarter. */
const memoryShare = 0.75
/** Processes and threads together. Chosen: a parallel go build needs a few hundred, a fork bomb has no bound. */
const mostProcesses = 4_096

/** Makes the group; undefined where cgroups cannot be written (most laptops without delegation): then only time and output are bounded. */
export function makeLimits(name: string, root = '/sys/fs/cgroup'): Limits | undefined {
  const memoryBytes = Math.floor(totalmem() * memoryShare)
  try {
    return existsSync(join(root, 'cgroup.controllers')) ? unified(root, name, memoryBytes) : separate(root, name, memoryBytes)
  } catch {
    return undefined
  }
}

// Version 2: one tree; a group with processes cannot have limited children, so only a free root or a delegated one serves.
function unified(root: string, name: string, memoryBytes: number): Limits | undefined {
  const controllers = readFileSync(join(root, 'cgroup.subtree_control'), 'utf8')
  if (!controllers.includes('memory') || !controllers.includes('pids')) return undefined
  const folder = join(root, name)
  mkdirSync(folder)
  writeFileSync(join(folder, 'memory.max'), String(memoryBytes))
  writeFileSync(join(folder, 'pids.max'), String(mostProcesses))
  return { joins: [join(folder, 'cgroup.procs')], remove: () => removeFolders([folder]) }
}

// Version 1: one tree per controller.
function separate(root: string, name: string, memoryBytes: number): Limits | undefined {
  const wanted = [
    { folder: join(root, 'memory', name), file: 'memory.limit_in_bytes', value: String(memoryBytes) },
    { folder: join(root, 'pids', name), file: 'pids.max', value: String(mostProcesses) },
  ].filter(({ folder }) => isWritable(join(folder, '..')))
  if (wanted.length === 0) return undefined
  for (const { folder, file, value } of wanted) {
    mkdirSync(folder)
    writeFileSync(join(folder, file), value)
  }
  return {
    joins: wanted.map(({ folder }) => join(folder, 'cgroup.procs')),
    remove: () => removeFolders(wanted.map(({ folder }) => folder)),
  }
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK)
    return true
  } catch {
    return false
  }
}

function removeFolders(folders: readonly string[]): void {
  for (const folder of folders) {
    try {
      rmdirSync(folder)
    } catch {
      // Still busy: the kernel refuses until the last process is gone; an empty group costs nothing.
    }
  }
}

/** The command line that joins the group first; `sh` only writes its own pid and is replaced by the command. */
export function joining(limits: Limits | undefined, argv: readonly string[]): readonly string[] {
  if (limits === undefined) return argv
  const script = `${limits.joins.map((_, index) => `echo $$ 2>/dev/null >"$${index + 1}"`).join('; ')}; shift ${limits.joins.length}; exec "$@"`
  return ['/bin/sh', '-c', script, 'dce-limits', ...limits.joins, ...argv]
}
