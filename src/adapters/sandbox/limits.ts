// This machine's cgroups -> groups that bound memory and processes of what is sandboxed, where the kernel lets us make one.
import { randomUUID } from 'node:crypto'
import { accessSync, constants, existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { availableParallelism, totalmem } from 'node:os'
import { join } from 'node:path'

/** The bounds of one command. `joins`: files that take its process id before it runs. `remove`: it has ended; another command may be bound so. */
export interface Bounds {
  readonly joins: readonly string[]
  remove(): void
}

/** The bounds of one program: memory of all its sandboxed commands together, processes of each. `forCommand`: undefined when the kernel refuses by now. */
export interface Limits {
  forCommand(): Bounds | undefined
  remove(): void
}

/** Share of the machine's memory that sandboxed commands may use together. Chosen: the orchestrator and the system keep a quarter. */
const memoryShare = 0.75
/** Processes and threads of one command. Chosen: a parallel go build needs about a hundred a core, a fork bomb has no bound. */
const mostProcesses = 1_024 + 128 * availableParallelism()

/**
 * Makes the group of this program, and removes those of dead ones. Undefined where cgroups cannot be written (most laptops without delegation):
 * then {@link joining} bounds the processes of a user by `ulimit -u`, and memory is not bounded. (`ulimit -v` breaks Go, tried.)
 */
export function makeLimits(
  memoryBytes: number = Math.floor(totalmem() * memoryShare),
  pid: number = process.pid,
  root = '/sys/fs/cgroup',
): Limits | undefined {
  try {
    return existsSync(join(root, 'cgroup.controllers')) ? unified(root, pid, memoryBytes) : separate(root, pid, memoryBytes)
  } catch {
    return undefined
  }
}

// Version 2: one tree; a group with processes cannot have limited children, so only a free root or a delegated one serves.
function unified(root: string, pid: number, memoryBytes: number): Limits | undefined {
  const controllers = readFileSync(join(root, 'cgroup.subtree_control'), 'utf8')
  if (!controllers.includes('memory') || !controllers.includes('pids')) return undefined
  removeDead(root)
  const folder = join(root, groupName(pid))
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'memory.max'), String(memoryBytes))
  writeFileSync(join(folder, 'cgroup.subtree_control'), '+pids')
  return perCommand(folder, [])
}

// Version 1: one tree per controller.
function separate(root: string, pid: number, memoryBytes: number): Limits | undefined {
  const name = groupName(pid)
  const [memory, pids] = ['memory', 'pids'].map((controller) => join(root, controller))
  if (memory === undefined || pids === undefined || !isWritable(memory) || !isWritable(pids)) return undefined
  for (const controller of [memory, pids]) {
    removeDead(controller)
    mkdirSync(join(controller, name), { recursive: true })
  }
  writeFileSync(join(memory, name, 'memory.limit_in_bytes'), String(memoryBytes))
  return perCommand(join(pids, name), [join(memory, name)])
}

function perCommand(folder: string, shared: readonly string[]): Limits {
  let count = 0
  // Groups of commands that have ended: to make and remove one costs the kernel more than anything else here, so the next command takes one
  // over, but only one without processes, which may be a moment after its command's end, or never while the program runs.
  const ended = new Set<string>()
  const takeOver = (): string | undefined => {
    for (const group of ended) if (isEmpty(group) && ended.delete(group)) return group
    return undefined
  }
  const make = (): string => {
    const own = join(folder, `c${++count}`)
    mkdirSync(own)
    writeFileSync(join(own, 'pids.max'), String(mostProcesses))
    return own
  }
  return {
    forCommand: () => {
      try {
        const own = takeOver() ?? make()
        return { joins: [own, ...shared].map((group) => join(group, 'cgroup.procs')), remove: () => void ended.add(own) }
      } catch {
        return undefined
      }
    },
    remove: () => {
      for (const group of [folder, ...shared]) removeGroup(group)
    },
  }
}

// Counts the processes of groups below it too, and those that nobody has waited for yet.
function isEmpty(group: string): boolean {
  try {
    return readFileSync(join(group, 'pids.current'), 'utf8').trim() === '0'
  } catch {
    return false
  }
}

// One process may open several sandboxes, each with bounds of its own.
function groupName(pid: number): string {
  return `dce-${pid}-${randomUUID().slice(0, 8)}`
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK)
    return true
  } catch {
    return false
  }
}

function removeDead(root: string): void {
  for (const name of readdirSync(root)) {
    const pid = Number(/^dce-(\d+)(?:-|$)/.exec(name)?.[1] ?? Number.NaN)
    if (!Number.isNaN(pid) && !existsSync(`/proc/${pid}`)) removeGroup(join(root, name))
  }
}

function removeGroup(group: string): boolean {
  try {
    for (const entry of readdirSync(group, { withFileTypes: true })) if (entry.isDirectory()) removeGroup(join(group, entry.name))
    rmdirSync(group)
    return true
  } catch {
    return !existsSync(group)
  }
}

/** The command line that joins the groups first; `sh` only writes its own pid and is replaced by the command. */
export function joining(bounds: Bounds | undefined, argv: readonly string[]): readonly string[] {
  if (bounds === undefined) return argv
  const { joins } = bounds
  const script = `${joins.map((_, index) => `echo $$ 2>/dev/null >"$${index + 1}"`).join('; ')}; shift ${joins.length}; exec "$@"`
  return ['/bin/sh', '-c', script, 'dce-limits', ...joins, ...argv]
}

/** For inside the sandbox, where there is no group: the kernel counts processes per user and namespace, root's excepted. dash calls it `-p`. */
export function underUlimit(argv: readonly string[]): readonly string[] {
  return [
    '/bin/sh',
    '-c',
    `ulimit -u ${mostProcesses} 2>/dev/null || ulimit -p ${mostProcesses} 2>/dev/null; exec "$@"`,
    'dce-limits',
    ...argv,
  ]
}
